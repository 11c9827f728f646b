// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batches} from "../src/Batches.sol";
import {RewardPool} from "../src/RewardPool.sol";
import {WorkerRegistry} from "../src/WorkerRegistry.sol";
import {Mini} from "./Mini.sol";
import {CROWD, Entry, PEOPLE, PoolWorld} from "./PoolWorld.sol";

abstract contract Handler {
    PoolWorld immutable world;

    constructor(PoolWorld world_) {
        world = world_;
    }
}

contract Workers is Handler {
    constructor(PoolWorld w) Handler(w) {}

    function join() external {
        world.newWorker();
    }

    function rotate(uint256 seed) external {
        world.move(seed);
    }

    function withdraw(uint256 seed) external {
        world.draw(seed);
    }

    function open(uint256 seed) external {
        world.openSlot(seed);
    }
}

contract Posters is Handler {
    constructor(PoolWorld w) Handler(w) {}

    function post(uint256 who, uint256 seed) external {
        world.postOne(who, seed);
    }

    function settle(uint256 who, uint256 seed) external {
        world.postOne(who, seed);
        world.settleOne(false);
    }

    function cancelOrExpire(uint8 which) external {
        if (which % 4 == 0) world.expireOne();
        else world.cancelOne();
    }

    function bond(uint256 who, uint96 amount) external {
        world.put(who, amount % 20 ether);
        world.takeTooMuch(who);
    }
}

contract Challengers is Handler {
    constructor(PoolWorld w) Handler(w) {}

    function challenge(uint256 who, uint32 worker) external {
        world.postOne(who / 7, worker);
        world.challengeOne(who, worker);
    }

    function decide(uint8 how) external {
        if (how % 3 == 2) world.lapseOne();
        else world.resolveOne(how % 3 == 0);
    }

    function draw(uint256 who, uint256 amount) external {
        world.take(who, amount);
        world.takeTooMuch(who);
    }
}

contract Auditors is Handler {
    constructor(PoolWorld w) Handler(w) {}

    function release(uint256 who, uint256 seed) external {
        world.postOne(who, seed);
        world.settleOne(true);
    }

    function forge(uint256 seed) external {
        world.forge(seed);
    }
}

contract Governance is Handler {
    constructor(PoolWorld w) Handler(w) {}

    function params(uint256 seed) external {
        world.newParams(seed);
    }

    function ban(uint256 seed, bool banned) external {
        world.banOne(seed, banned);
    }

    function pause(bool on) external {
        world.pauseOne(on);
    }

    function money(uint96 amount, bool more) external {
        if (more) world.fundWith(amount % 1000 ether);
        else world.reclaimSome(amount);
    }

    function time(uint256 seconds_) external {
        world.later(seconds_ % 3 days);
    }
}

contract Token is Handler {
    constructor(PoolWorld w) Handler(w) {}

    function callBack(uint256 seed, uint256 who, uint96 amount) external {
        world.arm(seed);
        if (amount % 3 == 0) world.draw(who);
        else if (amount % 3 == 1) world.take(who, amount);
        else world.reclaimSome(amount);
        world.disarm();
    }
}

contract Adapter is Handler {
    constructor(PoolWorld w) Handler(w) {}

    function callBack() external {
        world.hostileJoin();
    }
}

contract PoolInvariantTest is Mini {
    uint256 constant UNIT = 1e12;
    uint256 constant BOND = 5 ether;

    PoolWorld world;
    RewardPool pool;
    WorkerRegistry registry;
    address[] handlers;

    function setUp() public {
        world = new PoolWorld();
        (pool, registry) = world.thePool();
        handlers = [
            address(new Workers(world)),
            address(new Posters(world)),
            address(new Challengers(world)),
            address(new Auditors(world)),
            address(new Governance(world)),
            address(new Token(world)),
            address(new Adapter(world))
        ];
    }

    function targetContracts() public view returns (address[] memory) {
        return handlers;
    }

    /// All of them after every call of one campaign: ten campaigns would take ten times as long.
    function invariant_all() public view {
        Entry[CROWD + 1] memory book = world.entries();
        the_balance_covers_what_is_owed_and_all_bonds();
        owed_is_the_sum_of_the_lanes();
        what_was_credited_is_owed_or_paid(book);
        bonds_are_the_sum_of_the_bonds();
        every_batch_settles_once();
        the_cap_holds();
        everybody_is_as_the_book_says(book);
        the_banned_get_nothing_new_and_lose_nothing(book);
        a_worker_keeps_its_number_and_its_human(book);
        pay_never_falls_with_a_score();
    }

    function the_balance_covers_what_is_owed_and_all_bonds() private view {
        (, uint64 owed,,) = pool.account();
        atMost(owed * UNIT + pool.bonds(), world.money().balanceOf(address(pool)));
    }

    function owed_is_the_sum_of_the_lanes() private view {
        uint256 sum = 0;
        for (uint32 w = 0; w < CROWD + 4; ++w) {
            (uint256 credit,,,) = pool.lane(w);
            sum += credit;
        }
        (, uint64 owed,,) = pool.account();
        eq(sum, owed * UNIT);
    }

    function what_was_credited_is_owed_or_paid(Entry[CROWD + 1] memory book) private view {
        uint256 earned = 0;
        uint256 drawn = 0;
        for (uint256 w = 1; w <= CROWD; ++w) {
            Entry memory e = book[w];
            earned += e.earned;
            drawn += e.drawn;
        }
        (, uint64 owed,,) = pool.account();
        eq(earned, owed + drawn);
        // nothing came or went by another way
        eq(world.money().balanceOf(address(pool)), world.moneyIn() + pool.bonds() - drawn * UNIT);
    }

    function bonds_are_the_sum_of_the_bonds() private view {
        uint256 sum = 0;
        uint256 locked = 0;
        for (uint256 i = 0; i < PEOPLE; ++i) {
            address who = world.someone(i);
            sum += pool.bondOf(who);
            locked += pool.locked(who);
            atMost(pool.locked(who), pool.bondOf(who));
        }
        eq(sum, pool.bonds());
        (,,,,, Batches.State state,,) = pool.inFlight();
        eq(locked, BOND * uint256(state)); // nobody's, the poster's, the challenger's too
    }

    function every_batch_settles_once() private view {
        (uint64 settled,,,) = pool.account();
        eq(settled, world.settlements());
    }

    function the_cap_holds() private view {
        atMost(world.money().totalSupply(), world.money().cap());
    }

    function everybody_is_as_the_book_says(Entry[CROWD + 1] memory book) private view {
        for (uint32 w = 1; w <= CROWD; ++w) {
            Entry memory e = book[w];
            (uint256 credit, uint256 reputation, uint256 batches, uint256 last) = pool.lane(w);
            eq(credit, (e.earned - e.drawn) * UNIT);
            eq(reputation, e.reputation);
            eq(batches, e.batches);
            eq(last, e.last);
        }
    }

    function the_banned_get_nothing_new_and_lose_nothing(Entry[CROWD + 1] memory book) private view {
        for (uint32 w = 1; w <= CROWD; ++w) {
            Entry memory e = book[w];
            if (w <= registry.count()) yes(registry.isBanned(w) == e.banned, "banned as the book says");
            if (!e.banned) continue;
            (uint256 credit,,,) = pool.lane(w);
            eq(credit + e.drawn * UNIT, uint256(e.earnedAtBan) * UNIT);
        }
    }

    function a_worker_keeps_its_number_and_its_human(Entry[CROWD + 1] memory book) private view {
        uint256 count = registry.count();
        for (uint32 w = 1; w <= count; ++w) {
            Entry memory e = book[w];
            eq(registry.ownerOf(w), e.account);
            eq(registry.indexOf(e.account), w);
            eq(registry.indexOfPerson(e.key), w);
        }
    }

    /// At a few pairs of scores, others each time.
    function pay_never_falls_with_a_score() private view {
        (uint64 settled,,, uint64 ends) = pool.account();
        uint256 seed = uint256(keccak256(abi.encode(settled, ends, block.timestamp, pool.version())));
        (uint256 low, uint256 high) = (seed % 10_001, (seed >> 32) % 10_001);
        if (low > high) (low, high) = (high, low);
        atMost(quote(low, low), quote(high, low));
        atMost(quote(low, low), quote(low, high));
        atMost(quote(high, low), quote(high, high));
        atMost(quote(low, high), quote(high, high));
    }

    function quote(uint256 score, uint256 bonus) private view returns (uint256) {
        return pool.quote(pool.version(), 9999, uint16(score), uint16(bonus), 3, 5000);
    }
}

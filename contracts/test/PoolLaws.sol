// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batches} from "../src/Batches.sol";
import {RewardPool} from "../src/RewardPool.sol";
import {WorkerRegistry} from "../src/WorkerRegistry.sol";
import {Mini} from "./Mini.sol";
import {CROWD, Entry, PEOPLE, PoolWorld} from "./PoolWorld.sol";
import {HostileToken} from "./mocks/BadTokens.sol";

uint256 constant SLOTS = CROWD / 4 + 1;

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

/// All that the laws look at, read once: to look takes longer than to act.
/// @param book    What the lanes should hold.
/// @param lanes   What they hold.
/// @param settled The last settled batch.
/// @param owed    What the pool says that it owes, in units.
/// @param bonds   What it says that is staked, in base units.
/// @param balance What it has, in base units.
struct Look {
    Entry[CROWD + 1] book;
    uint256[4 * SLOTS] lanes;
    uint64 settled;
    uint64 owed;
    uint256 bonds;
    uint256 balance;
}

/// What holds of the pool and the registry whoever does whatever, one law a function.
abstract contract PoolLaws is Mini {
    uint256 constant UNIT = 1e12;
    uint256 constant BOND = 5 ether;

    PoolWorld world;
    RewardPool pool;
    WorkerRegistry registry;
    HostileToken money;
    address[] handlers;
    address[PEOPLE] people;

    function setUp() public {
        world = new PoolWorld();
        (pool, registry) = world.thePool();
        money = world.money();
        for (uint256 i = 0; i < PEOPLE; ++i) {
            people[i] = world.someone(i);
        }
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

    function look() internal view returns (Look memory l) {
        l.book = world.entries();
        for (uint256 slot = 0; slot < SLOTS; ++slot) {
            uint256 four = pool.lanes(slot);
            for (uint256 i = 0; i < 4; ++i) {
                l.lanes[4 * slot + i] = uint64(four >> (192 - 64 * i));
            }
        }
        (l.settled, l.owed,,) = pool.account();
        l.bonds = pool.bonds();
        l.balance = money.balanceOf(address(pool));
    }

    /// A number that is another after most calls.
    function chance(Look memory l) private view returns (uint256) {
        return uint128(uint256(keccak256(abi.encode(l.settled, l.owed, l.bonds, l.balance, block.timestamp))));
    }

    /// A lane is credit 40 | reputation 14 | batches 4 | last 6.
    function credit(Look memory l, uint256 worker) private pure returns (uint256) {
        return l.lanes[worker] >> 24;
    }

    // ---- money

    function the_balance_covers_what_is_owed_and_all_bonds(Look memory l) internal pure {
        atMost(l.owed * UNIT + l.bonds, l.balance);
    }

    function owed_is_the_sum_of_the_lanes(Look memory l) internal pure {
        uint256 sum = 0;
        for (uint256 w = 0; w < 4 * SLOTS; ++w) {
            sum += credit(l, w);
        }
        eq(sum, l.owed);
    }

    function what_was_credited_is_owed_or_paid(Look memory l) internal view {
        uint256 earned = 0;
        uint256 drawn = 0;
        for (uint256 w = 1; w <= CROWD; ++w) {
            Entry memory e = l.book[w];
            earned += e.earned;
            drawn += e.drawn;
        }
        eq(earned, l.owed + drawn);
        // nothing came or went by another way
        eq(l.balance, world.moneyIn() + l.bonds - drawn * UNIT);
    }

    function bonds_are_the_sum_of_the_bonds(Look memory l) internal view {
        uint256 sum = 0;
        uint256 locked = 0;
        for (uint256 i = 0; i < PEOPLE; ++i) {
            uint256 has = pool.bondOf(people[i]);
            uint256 stakes = pool.locked(people[i]);
            atMost(stakes, has);
            sum += has;
            locked += stakes;
        }
        eq(sum, l.bonds);
        (,,,,, Batches.State state,,) = pool.inFlight();
        eq(locked, BOND * uint256(state)); // nobody's, the poster's, the challenger's too
    }

    function the_door_is_shut_to_a_token_that_calls_back(Look memory) internal view {
        yes(!world.entered(), "it came in");
    }

    // ---- batches

    function every_batch_settles_once(Look memory l) internal view {
        eq(l.settled, world.settlements());
        yes(!world.repeated(), "one was settled that was not in flight");
    }

    function everybody_is_as_the_book_says(Look memory l) internal pure {
        for (uint256 w = 1; w <= CROWD; ++w) {
            Entry memory e = l.book[w];
            uint256 low = uint256(e.reputation) << 10 | uint256(e.batches) << 6 | e.last;
            eq(l.lanes[w], (uint256(e.earned) - e.drawn) << 24 | low);
        }
    }

    /// At a pair of scores and a pair of bonuses, others each time.
    function pay_never_falls_with_a_score(Look memory l) internal view {
        uint32 version = pool.version();
        uint256 seed = chance(l);
        (uint16 low, uint16 high) = (uint16(seed % 10_001), uint16((seed >> 32) % 10_001));
        if (low > high) (low, high) = (high, low);
        uint256 middling = quote(version, low, high);
        uint256 other = quote(version, high, low);
        uint256 bad = quote(version, low, low);
        uint256 good = quote(version, high, high);
        atMost(bad, middling);
        atMost(bad, other);
        atMost(middling, good);
        atMost(other, good);
    }

    function quote(uint32 version, uint16 score, uint16 bonus) private view returns (uint256) {
        return pool.quote(version, 9999, score, bonus, 3, 5000);
    }

    // ---- workers

    function the_banned_get_nothing_new_and_lose_nothing(Look memory l) internal view {
        uint256 bans = registry.bans(0);
        for (uint256 w = 1; w <= CROWD; ++w) {
            Entry memory e = l.book[w];
            yes(bans >> w & 1 == (e.banned ? 1 : 0), "banned as the book says");
            if (e.banned) eq(credit(l, w) + e.drawn, e.earnedAtBan);
        }
    }

    /// Of a few workers, others each time: to ask for each would take longer than all other laws.
    function a_worker_keeps_its_number_and_its_human(Look memory l) internal view {
        uint32 count = registry.count();
        eq(count, world.joined());
        uint256 first = chance(l);
        for (uint256 i = 0; i < 5; ++i) {
            uint32 w = uint32(1 + (first + i) % count);
            Entry memory e = l.book[w];
            eq(registry.ownerOf(w), e.account);
            eq(registry.indexOf(e.account), w);
            eq(registry.indexOfPerson(e.key), w);
            if (e.before != address(0)) eq(registry.indexOf(e.before), 0);
        }
    }
}

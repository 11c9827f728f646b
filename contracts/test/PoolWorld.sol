// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batches} from "../src/Batches.sol";
import {RewardPool} from "../src/RewardPool.sol";
import {WorkerRegistry} from "../src/WorkerRegistry.sol";
import {PoolCase} from "./PoolCase.sol";
import {Slow} from "./Slow.sol";
import {HostileToken} from "./mocks/BadTokens.sol";
import {HostileAdapter} from "./mocks/HostileAdapter.sol";
import {OpenAdapter} from "./mocks/OpenAdapter.sol";

uint256 constant CROWD = 20; // the most workers
uint256 constant PEOPLE = 4; // who post and challenge

/// What the pool should hold of a worker, kept without packing anything.
struct Entry {
    bytes32 key;
    address account;
    address before; // which held the worker before it moved
    uint64 earned; // ever, in units
    uint64 drawn; // ever, in units
    uint64 earnedAtBan;
    uint16 reputation;
    uint8 batches;
    uint8 last;
    bool banned;
}

/// The pool with a hostile token, and the book that it is compared with. Handlers act through it. What must not
/// succeed is tried and written down, not asserted: it is for the laws to see it.
contract PoolWorld is PoolCase {
    HostileToken public money;
    HostileAdapter public hostile;

    Entry[CROWD + 1] book;
    uint256 public joined;
    uint256 public settlements;
    uint256 public moneyIn;
    bool public repeated; // a batch was settled that is not in flight
    bool public entered; // the token came in by calling back
    mapping(uint256 slot => bool) public written;
    bytes32[] words; // of the batch in flight
    Batches.Params posted; // what it is judged by

    constructor() {
        vm.warp(1_700_000_000);
        registry = new WorkerRegistry(OWNER, SPACE);
        adapter = new OpenAdapter(SPACE);
        hostile = new HostileAdapter(registry, SPACE);
        money = new HostileToken();
        vm.startPrank(OWNER);
        registry.setAdapter(adapter, true);
        registry.setAdapter(hostile, true);
        vm.stopPrank();
        pool = newPool(money, ordinary());
        vm.startPrank(OWNER);
        for (uint256 i = 0; i < PEOPLE; ++i) {
            pool.setPoster(someone(i), true);
        }
        for (uint256 key = 1; key <= 3; ++key) {
            pool.setAuditor(vm.addr(key), true);
        }
        pool.setQuorum(2);
        vm.stopPrank();
        fundWith(1000 ether);
        for (uint256 i = 0; i < PEOPLE; ++i) {
            put(i, 3 * BOND);
        }
        for (uint256 i = 0; i < 9; ++i) {
            newWorker();
        }
    }

    function someone(uint256 i) public pure returns (address) {
        return address(uint160(0x5000 + i % PEOPLE));
    }

    function entries() external view returns (Entry[CROWD + 1] memory) {
        return book;
    }

    function thePool() external view returns (RewardPool, WorkerRegistry) {
        return (pool, registry);
    }

    function later(uint256 time) public {
        vm.warp(block.timestamp + time);
    }

    // ---- workers

    function newWorker() public {
        uint256 w = registry.count() + 1;
        if (w > CROWD) return;
        vm.prank(accountOf(w));
        registry.join(adapter, abi.encode(bytes32(w)));
        note(accountOf(w), bytes32(w));
    }

    function note(address account, bytes32 key) private {
        Entry storage e = book[++joined];
        (e.account, e.key) = (account, key);
    }

    function move(uint256 seed) public {
        uint256 w = aWorker(seed);
        address to = address(uint160(uint256(keccak256(abi.encode(seed, registry.ownerOf(uint32(w)))))));
        if (registry.indexOf(to) != 0) return;
        vm.prank(book[w].account);
        registry.rotate(to);
        vm.prank(to);
        registry.accept(uint32(w));
        (book[w].before, book[w].account) = (book[w].account, to);
    }

    function draw(uint256 seed) public {
        uint256 w = aWorker(seed);
        if (creditOf(w) == 0) return;
        uint256 has = money.balanceOf(book[w].account);
        pool.withdraw(uint32(w));
        book[w].drawn += uint64((money.balanceOf(book[w].account) - has) / UNIT);
    }

    function openSlot(uint256 seed) public {
        uint256[] memory slots = new uint256[](1);
        slots[0] = seed % (CROWD / 4 + 1);
        pool.open(slots);
        start(slots[0], pool.params(pool.version()).startReputation);
    }

    function aWorker(uint256 seed) public view returns (uint256) {
        return 1 + seed % registry.count();
    }

    // ---- bonds and money

    function fundWith(uint256 amount) public {
        money.mint(address(pool), amount);
        moneyIn += amount;
    }

    function put(uint256 who, uint256 amount) public {
        money.mint(someone(who), amount);
        vm.startPrank(someone(who));
        money.approve(address(pool), amount);
        pool.deposit(amount);
        vm.stopPrank();
    }

    function take(uint256 who, uint256 amount) public {
        uint256 free = pool.bondOf(someone(who)) - pool.locked(someone(who));
        amount = within(amount, 0, free);
        vm.prank(someone(who));
        pool.withdrawBond(amount);
    }

    function takeTooMuch(uint256 who) public {
        uint256 free = pool.bondOf(someone(who)) - pool.locked(someone(who));
        vm.prank(someone(who));
        tried(address(pool), abi.encodeCall(pool.withdrawBond, (free + 1)));
    }

    // ---- a batch

    function compose(uint256 seed) private {
        delete words;
        uint256 count = registry.count();
        for (uint256 slot = 0; slot <= count / 4; ++slot) {
            seed = uint256(keccak256(abi.encode(seed)));
            if (seed % 3 == 0) continue;
            bytes32 word_ = word(slot);
            for (uint256 i = 0; i < 4; ++i) {
                uint256 w = slot * 4 + i;
                uint256 x = seed >> (40 * i + 8);
                if (w == 0 || w > count || x % 5 == 0) continue;
                word_ |= field(i, x % 997, (x >> 10) % 10_001, (x >> 24) % 10_001);
            }
            words.push(word_);
        }
        if (words.length == 0) words.push(word(0));
    }

    function postOne(uint256 who, uint256 seed) public {
        if (state() != Batches.State.None || pool.bondOf(someone(who)) < BOND) return;
        if (block.timestamp < pool.pausedUntil()) later(pool.pausedUntil() - block.timestamp);
        compose(seed);
        posted = pool.params(pool.version());
        uint64 batch = next();
        bytes32[] memory said = words;
        vm.prank(someone(who));
        pool.post(batch, bytes32(seed | 1), said);
    }

    function cancelOne() public {
        if (state() != Batches.State.Open) return;
        (,, address poster,,,,,) = pool.inFlight();
        uint64 batch = next();
        vm.prank(poster);
        pool.cancel(batch);
    }

    function challengeOne(uint256 who, uint32 worker) public {
        if (state() != Batches.State.Open || block.timestamp >= readyAt()) return;
        if (pool.bondOf(someone(who)) < pool.locked(someone(who)) + BOND) return;
        uint64 batch = next();
        vm.prank(someone(who));
        pool.challenge(batch, worker, LOG);
    }

    function resolveOne(bool upheld) public {
        if (state() != Batches.State.Challenged) return;
        uint64 batch = next();
        vm.prank(ARBITER);
        pool.resolve(batch, upheld);
    }

    function lapseOne() public {
        if (state() != Batches.State.Challenged) return;
        later(posted.patience);
        pool.lapse(next());
    }

    function expireOne() public {
        if (state() != Batches.State.Open) return;
        later(uint256(readyAt()) + posted.period + posted.patience - block.timestamp);
        pool.expire(next());
    }

    function settleOne(bool bySignatures) public {
        if (state() != Batches.State.Open) return;
        uint64 batch = next();
        bytes32[] memory said = words;
        Entry[CROWD + 1] memory after_ = book;
        uint256 total = expected(after_, batch);
        if (!affordable(total)) return;
        if (bySignatures) {
            pool.settle(batch, said, signatures(batch, total));
        } else {
            if (block.timestamp < readyAt()) later(readyAt() - block.timestamp);
            if (!affordable(total)) return;
            pool.settle(batch, said);
        }
        settlements++;
        for (uint256 w = 1; w <= CROWD; ++w) {
            book[w] = after_[w];
        }
        for (uint256 i = 0; i < said.length; ++i) {
            written[uint256(said[i]) >> 224] = true;
        }
        again(batch, said);
    }

    /// The same batch once more, and the next one with the same words: there is none.
    function again(uint64 batch, bytes32[] memory said) private {
        for (uint64 i = 0; i < 2; ++i) {
            bytes memory data = abi.encodeWithSignature("settle(uint64,bytes32[])", batch + i, said);
            if (tried(address(pool), data)) repeated = true;
        }
    }

    function affordable(uint256 total) private view returns (bool) {
        (, uint64 owes, uint64 spent, uint64 ends) = pool.account();
        if (block.timestamp >= ends) spent = 0;
        if (total > posted.batchBudget || spent + total > posted.periodBudget) return false;
        return money.balanceOf(address(pool)) >= (owes + total) * UNIT + pool.bonds();
    }

    /// The book after the batch, by the definition of the rule, one worker after the other.
    function expected(Entry[CROWD + 1] memory after_, uint64 batch) private view returns (uint256 total) {
        for (uint256 i = 0; i < words.length; ++i) {
            uint256 slot = uint256(words[i]) >> 224;
            for (uint256 k = 0; k < 4; ++k) {
                uint256 w = slot * 4 + k;
                if (w == 0 || w > CROWD) continue;
                if (!written[slot]) after_[w].reputation = posted.startReputation;
                uint256 said = uint256(words[i]) >> (168 - 56 * k) & (2 ** 56 - 1);
                if (said >> 32 != 0 && !after_[w].banned) total += judge(after_[w], said, batch);
            }
        }
    }

    function judge(Entry memory e, uint256 said, uint64 batch) private view returns (uint256 pays) {
        uint256 score = said >> 16 & 0xffff;
        pays = Slow.pay(posted.rule, said >> 32, score, said & 0xffff, e.batches, e.reputation);
        e.earned += uint64(pays);
        e.reputation = uint16(Slow.moved(e.reputation, score));
        if (e.batches < 15) ++e.batches;
        e.last = uint8(batch % 64);
    }

    function start(uint256 slot, uint16 reputation) private {
        if (written[slot]) return;
        written[slot] = true;
        for (uint256 w = slot * 4; w < slot * 4 + 4 && w <= CROWD; ++w) {
            book[w].reputation = reputation;
        }
    }

    function signatures(uint64 batch, uint256 total) private view returns (bytes[] memory two) {
        bytes32 what = pool.settlementDigest(
            batch, keccak256(abi.encodePacked(words)), uint128(total * UNIT), logRoot()
        );
        two = new bytes[](2);
        (uint256 a, uint256 b) = vm.addr(1) < vm.addr(2) ? (1, 2) : (2, 1);
        (two[0], two[1]) = (signature(uint256(a), what), signature(uint256(b), what));
    }

    function signature(uint256 key, bytes32 what) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, what);
        return abi.encodePacked(r, s, v);
    }

    function logRoot() private view returns (bytes32 root) {
        (, root,,,,,,) = pool.inFlight();
    }

    /// With signatures of others nothing is released.
    function forge(uint256 seed) public {
        if (state() != Batches.State.Open) return;
        bytes[] memory two = new bytes[](2);
        (two[0], two[1]) = (signature(4 + seed % 9, LOG), signature(1, LOG));
        bytes4 selector = bytes4(keccak256("settle(uint64,bytes32[],bytes[])"));
        tried(address(pool), abi.encodeWithSelector(selector, next(), words, two));
    }

    // ---- governance

    function newParams(uint256 seed) public {
        Batches.Params memory p = ordinary();
        p.rule.rate = uint40(1 + seed % 5000);
        p.rule.t0 = uint16((seed >> 16) % 7500);
        p.rule.m2 = uint16(10_000 + (seed >> 32) % 22_000);
        p.rule.lo = uint16((seed >> 48) % 8001);
        p.rule.probation = uint8((seed >> 64) % 16);
        p.rule.floorAt = uint16((seed >> 72) % 10_001);
        p.startReputation = uint16(1 + (seed >> 88) % 10_000);
        p.batchBudget = uint64(1e6 + (seed >> 104) % 1e9);
        p.periodBudget = uint64(1e6 + (seed >> 140) % 1e10);
        setParams(p);
    }

    function banOne(uint256 seed, bool banned) public {
        uint256 w = aWorker(seed);
        if (banned && !book[w].banned) book[w].earnedAtBan = book[w].earned;
        book[w].banned = banned;
        ban(uint32(w), banned);
    }

    function pauseOne(bool on) public {
        if (on) {
            if (pool.pausedUntil() != 0 && block.timestamp < pool.pausedUntil() + 7 days) return;
            vm.prank(GUARDIAN);
            pool.pause();
        } else {
            vm.prank(OWNER);
            pool.unpause();
        }
    }

    function reclaimSome(uint256 amount) public {
        uint256 free = money.balanceOf(address(pool)) - owed() * UNIT - pool.bonds();
        amount = within(amount, 0, free);
        vm.prank(OWNER);
        pool.reclaim(OWNER, amount);
        moneyIn -= amount;
        uint256 tooMuch = free - amount + 1;
        vm.prank(OWNER);
        if (tried(address(pool), abi.encodeCall(pool.reclaim, (OWNER, tooMuch)))) moneyIn -= tooMuch;
    }

    // ---- the hostile

    function arm(uint256 seed) public {
        bytes32[] memory said = words;
        uint32 w = uint32(aWorker(seed));
        bytes[5] memory calls = [
            abi.encodeCall(pool.withdraw, (w)),
            abi.encodeCall(pool.withdrawBond, (1)),
            abi.encodeCall(pool.deposit, (0)),
            abi.encodeWithSignature("settle(uint64,bytes32[])", next(), said),
            abi.encodeCall(pool.lapse, (next()))
        ];
        money.arm(address(pool), calls[seed % 5]);
    }

    function disarm() public {
        if (money.called() && money.done()) entered = true;
        money.arm(address(0), "");
    }

    /// The adapter joins itself in the middle of a join: as the same human, and as somebody else.
    function hostileJoin() public {
        if (registry.count() + 2 > CROWD) return;
        hostile.arm(adapter, "alice");
        hostileJoins();
        hostile.arm(adapter, "mallory");
        hostileJoins();
        hostile.arm(OpenAdapter(address(0)), "");
    }

    /// If that does what it must not, there are workers of whom the book knows nothing.
    function hostileJoins() private {
        bool known = registry.indexOfPerson("mallory") != 0;
        address who = accountOf(999);
        vm.prank(who);
        if (!tried(address(registry), abi.encodeCall(registry.join, (hostile, "")))) return;
        if (!known) note(address(hostile), "mallory");
        note(who, "alice");
    }

    /// Whether the call succeeds.
    function tried(address where, bytes memory data) private returns (bool done) {
        (done,) = where.call(data);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batches} from "../src/Batches.sol";
import {RewardPool} from "../src/RewardPool.sol";
import {PoolCase} from "./PoolCase.sol";

/// Who is paid what: lanes, bans, budgets and the widths of all that is packed.
contract PoolPayTest is PoolCase {
    function setUp() public {
        build();
        fund();
        join(40);
    }

    // ---- lanes

    function test_everybody_gets_the_quote_and_a_history() public {
        bytes32[] memory words = new bytes32[](2);
        words[0] = word(1) | field(0, 100, 9000, 9000) | field(3, 7, 6000, 500);
        words[1] = word(2) | field(1, 5, 5999, 9000);
        uint256 want4 = pool.quote(1, 100, 9000, 9000, 0, 5000);
        uint256 want7 = pool.quote(1, 7, 6000, 500, 0, 5000);
        uint64 batch = post(words);
        ready();
        bytes32 head = keccak256(abi.encode(bytes32(0), batch, keccak256(abi.encodePacked(words)), LOG));
        vm.expectEmit(address(pool));
        emit RewardPool.Settled(1, want4 + want7, head);
        pool.settle(batch, words);
        eqBytes(pool.head(), head);
        eq(creditOf(4), want4);
        eq(creditOf(7), want7);
        eq(creditOf(9), 0);
        eq(owed() * UNIT, want4 + want7);
        eq(reputationOf(4), 5250);
        eq(reputationOf(7), 5063); // 5062.5, towards the score
        eq(reputationOf(9), 5063); // 5062.4
        eq(batchesOf(4), 1);
        eq(batchesOf(9), 1); // judged, though it got nothing
        eq(batchesOf(5), 0);
        (,,, uint256 last) = pool.lane(4);
        eq(last, 1);
        // 100 units at a thousandth, times 1.15, all of the bonus, and half for newcomers
        eq(want4, 100 * 1000 * 115 / 200 * UNIT);
    }

    function test_heads_are_chained() public {
        bytes32[] memory words = one(4, 1, 1, 1);
        settle(words);
        bytes32 first = pool.head();
        settle(words);
        bytes32 dataHash = keccak256(abi.encodePacked(words));
        eqBytes(pool.head(), keccak256(abi.encode(first, uint64(2), dataHash, LOG)));
    }

    function test_batches_saturate_and_the_last_wraps() public {
        setParams(flat());
        bytes32[] memory words = one(6, 1, 5000, 0);
        for (uint256 i = 1; i <= 70; ++i) {
            settle(words);
            (uint256 credit, uint256 reputation, uint256 batches, uint256 last) = pool.lane(6);
            eq(credit, i * UNIT);
            eq(reputation, 5000);
            eq(batches, i < 15 ? i : 15);
            eq(last, i % 64);
        }
    }

    function test_probation_ends_with_the_batches() public {
        bytes32[] memory words = one(6, 1000, 8000, 9000);
        for (uint256 i = 0; i < 5; ++i) {
            uint256 before = creditOf(6);
            settle(words);
            eq(creditOf(6) - before, i < 3 ? 500_000 * UNIT : 1_000_000 * UNIT);
        }
    }

    function test_a_bad_reputation_is_felt_until_it_is_better() public {
        Batches.Params memory p = ordinary();
        (p.startReputation, p.rule.probation) = (3990, 0);
        setParams(p);
        settle(one(6, 1000, 8000, 9000)); // 0.25, and up to 4241
        settle(one(6, 1000, 8000, 9000));
        eq(creditOf(6), 250_000 * UNIT + 1_000_000 * UNIT);
    }

    function test_a_new_worker_has_the_reputation_of_the_opening_of_the_slot() public {
        settle(one(4, 1, 5000, 5000));
        Batches.Params memory p = ordinary();
        p.startReputation = 9000;
        setParams(p);
        eq(reputationOf(5), 5000);
        settle(many(4, 8, 1, 9000, 5000));
        eq(reputationOf(5), 5250);
        eq(reputationOf(8), 9000); // of a slot that is written only now
        eq(reputationOf(9), 9000);
    }

    function test_opened_lanes_are_as_new() public {
        uint256[] memory slots = new uint256[](3);
        (slots[0], slots[1], slots[2]) = (1, 2, 1);
        vm.prank(STRANGER);
        pool.open(slots);
        (uint256 credit, uint256 reputation, uint256 batches, uint256 last) = pool.lane(11);
        eq(credit + batches + last, 0);
        eq(reputation, 5000);
        settle(many(4, 16, 9, 9000, 7000));
        eq(creditOf(4), creditOf(16)); // slot 4 was not opened
        (, reputation,,) = pool.lane(4);
        eq(reputation, reputationOf(16));
        uint256 slot = pool.lanes(1);
        pool.open(slots);
        eq(pool.lanes(1), slot); // lanes in use are left alone
    }

    // ---- bans

    function test_the_banned_get_nothing_new_and_lose_nothing() public {
        setParams(flat());
        settle(many(4, 40, 10, 9000, 0));
        uint32[4] memory banned = [uint32(4), 7, 30, 40];
        for (uint256 i = 0; i < 4; ++i) {
            ban(banned[i], true);
        }
        settle(many(4, 40, 10, 1000, 0));
        for (uint256 w = 4; w <= 40; ++w) {
            bool out = registry.isBanned(uint32(w));
            eq(creditOf(w), (out ? 10 : 20) * UNIT);
            eq(batchesOf(w), out ? 1 : 2);
            if (out) eq(reputationOf(w), 5250);
        }
        eq(owed(), 37 * 20 - 4 * 10);
        pool.withdraw(40);
        eq(token.balanceOf(accountOf(40)), 10 * UNIT);
        ban(30, false);
        settle(many(4, 40, 10, 1000, 0));
        eq(creditOf(30), 20 * UNIT);
        eq(creditOf(7), 10 * UNIT);
    }

    /// Whoever is banned after the posting gets nothing either.
    function test_a_ban_counts_at_settlement() public {
        bytes32[] memory words = one(40, 10, 9000, 9000);
        uint64 batch = post(words);
        ban(40, true);
        ready();
        pool.settle(batch, words);
        eq(creditOf(40), 0);
        eq(batchesOf(40), 0);
        eq(owed(), 0);
    }

    function test_bans_of_every_word_are_read() public {
        join(600);
        setParams(flat());
        ban(255, true);
        ban(256, true);
        ban(511, true);
        ban(512, true);
        ban(640, true);
        settle(many(4, 640, 10, 9000, 0));
        for (uint256 w = 4; w <= 640; ++w) {
            eq(creditOf(w), registry.isBanned(uint32(w)) ? 0 : 10 * UNIT);
        }
    }

    // ---- widths

    function test_a_lane_holds_39_bits_of_credit_and_no_more() public {
        uint256 most = (1 << 39) - 1;
        for (uint256 i = 0; i < 4; ++i) {
            uint256 credits = most - 5 << 24 | 5000 << 10 | 1 << 6;
            vm.store(address(pool), slotOf(2), bytes32(credits << (192 - 64 * i)));
            setParams(flat());
            uint64 batch = post(one(8 + i, 6, 9000, 0));
            ready();
            wants(RewardPool.CreditTooLarge.selector, 8 + i);
            pool.settle(batch, one(8 + i, 6, 9000, 0));
            vm.prank(POSTER);
            pool.cancel(batch);
            fundAll();
            settle(one(8 + i, 5, 9000, 0));
            eq(creditOf(8 + i), most * UNIT);
        }
    }

    /// The largest pay there is would run over all lanes above it: the budget is in the way.
    function test_no_pay_runs_over_into_other_lanes() public {
        Batches.Params memory p = flat();
        p.rule.rate = type(uint40).max;
        p.batchBudget = (1 << 39) - 1;
        setParams(p);
        bytes32[] memory words = one(11, 0xffffff, 9000, 0);
        uint64 batch = post(words);
        ready();
        (bool done,) = address(pool).call(abi.encodeWithSignature("settle(uint64,bytes32[])", batch, words));
        yes(!done, "must not settle");
        vm.prank(POSTER);
        pool.cancel(batch);
        // one more than the budget, from nothing: it fits the lane, and is over the budget
        p.rule.rate = 1 << 39;
        setParams(p);
        words = one(11, 1, 9000, 0);
        batch = post(words);
        ready();
        wants(RewardPool.CreditTooLarge.selector, 11);
        pool.settle(batch, words);
    }

    function test_all_the_units_there_are() public {
        Batches.Params memory p = flat();
        p.rule.rate = 3;
        setParams(p);
        settle(many(4, 7, 0xffffff, 10_000, 10_000));
        for (uint256 w = 4; w < 8; ++w) {
            eq(creditOf(w), 3 * 0xffffff * UNIT);
        }
    }

    /// Numbers of workers have 32 bits, slots 30 of their 32.
    function test_the_last_worker_that_can_be() public {
        uint256 last = type(uint32).max;
        vm.store(address(registry), bytes32(uint256(1)), bytes32(last << 160)); // pendingOwner 160 | count 32
        eq(registry.count(), last);
        setParams(flat());
        settle(one(last, 7, 9000, 0));
        eq(creditOf(last), 7 * UNIT);
        uint64 batch = next();
        for (uint256 slot = 1 << 30; slot < 1 << 32; slot *= 2) {
            wants(Batches.NoSuchWorker.selector, slot * 4);
            vm.prank(POSTER);
            pool.post(batch, LOG, one(slot * 4, 7, 9000, 0));
        }
    }

    function test_there_are_no_lanes_beyond_the_slots() public {
        uint256[] memory slots = new uint256[](1);
        slots[0] = (1 << 32) - 1;
        pool.open(slots);
        yes(pool.lanes(slots[0]) != 0, "the last one is opened");
        slots[0] = 1 << 32;
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x32));
        pool.open(slots);
    }

    /// Owed, spent and the number of the batch have 64 bits each: none runs over into the next.
    function test_the_account_holds_64_bits_of_each() public {
        Batches.Params memory p = flat();
        p.periodBudget = type(uint64).max;
        setParams(p);
        uint64 batch = post(one(5, 6, 9000, 0));
        ready();
        setAccount(batch - 1, type(uint64).max - 5, 0);
        wantsOverflow();
        pool.settle(batch, one(5, 6, 9000, 0));
        setAccount(batch - 1, 0, type(uint64).max - 5);
        wants(RewardPool.OverPeriodBudget.selector, 6, 5);
        pool.settle(batch, one(5, 6, 9000, 0));
        setAccount(batch - 1, 0, type(uint64).max - 6);
        pool.settle(batch, one(5, 6, 9000, 0));
        (, uint64 owes, uint64 spent,) = pool.account();
        eq(owes, 6);
        eq(spent, type(uint64).max);
        setAccount(type(uint64).max, 0, 0);
        wantsOverflow();
        vm.prank(POSTER);
        pool.post(0, LOG, one(5, 6, 9000, 0));
    }

    /// Slot 15: ends | spent | owed | settled, in a period that goes on.
    function setAccount(uint64 last, uint64 owes, uint64 spent) private {
        uint256 ends = block.timestamp + 1 days;
        uint256 packed = ends << 192 | uint256(spent) << 128 | uint256(owes) << 64 | last;
        vm.store(address(pool), bytes32(uint256(15)), bytes32(packed));
        (uint64 a, uint64 b, uint64 c, uint64 d) = pool.account();
        yes(a == last && b == owes && c == spent && d == ends, "the account is there");
    }

    // ---- budgets

    function test_a_batch_has_a_budget() public {
        Batches.Params memory p = flat();
        p.batchBudget = 100;
        setParams(p);
        settle(many(4, 7, 25, 9000, 0));
        bytes32[] memory words = many(4, 8, 25, 9000, 0);
        uint64 batch = post(words);
        ready();
        wants(RewardPool.OverBatchBudget.selector, 125, 100);
        pool.settle(batch, words);
    }

    function test_a_period_has_a_budget_and_then_begins_anew() public {
        Batches.Params memory p = flat();
        (p.batchBudget, p.periodBudget, p.period, p.window) = (100, 150, 100 days, 1 days);
        setParams(p);
        settle(many(4, 7, 25, 9000, 0));
        (,, uint64 spent, uint64 ends) = pool.account();
        eq(spent, 100);
        eq(ends, block.timestamp + 100 days);
        bytes32[] memory words = many(4, 7, 13, 9000, 0);
        uint64 batch = post(words);
        ready();
        wants(RewardPool.OverPeriodBudget.selector, 52, 50);
        pool.settle(batch, words);
        vm.warp(ends - 1);
        wants(RewardPool.OverPeriodBudget.selector, 52, 50);
        pool.settle(batch, words);
        vm.warp(ends);
        pool.settle(batch, words);
        (,, spent, ends) = pool.account();
        eq(spent, 52);
        eq(ends, block.timestamp + 100 days);
        settle(many(4, 5, 49, 9000, 0)); // 98: all that is left
        (,, spent,) = pool.account();
        eq(spent, 150);
    }

    /// A budget that was made smaller than what is spent leaves nothing, and what runs is not cut short.
    function test_other_parameters_do_not_begin_a_period() public {
        Batches.Params memory p = flat();
        (p.batchBudget, p.periodBudget, p.period) = (100, 150, 100 days);
        setParams(p);
        settle(many(4, 7, 25, 9000, 0));
        (p.periodBudget, p.period) = (99, 1);
        setParams(p);
        bytes32[] memory words = one(4, 1, 9000, 0);
        uint64 batch = post(words);
        ready();
        wants(RewardPool.OverPeriodBudget.selector, 1, 0);
        pool.settle(batch, words);
    }

    function test_the_pool_must_hold_what_it_owes() public {
        uint256 has = token.balanceOf(address(pool)) - 2 * BOND;
        vm.prank(OWNER);
        pool.reclaim(OWNER, has - 100 * UNIT);
        setParams(flat());
        bytes32[] memory words = one(4, 101, 9000, 0);
        uint64 batch = post(words);
        ready();
        wants(RewardPool.NotFunded.selector, 100 * UNIT + 2 * BOND, 101 * UNIT + 2 * BOND);
        pool.settle(batch, words);
        require(token.transfer(address(pool), UNIT));
        pool.settle(batch, words);
        eq(creditOf(4), 101 * UNIT);
    }

    // ---- helpers

    /// Where the pool keeps a slot of lanes: found by looking, so that no layout is written down here.
    function slotOf(uint256 slot) private returns (bytes32) {
        uint256[] memory slots = new uint256[](1);
        slots[0] = slot;
        pool.open(slots);
        for (uint256 i = 0; i < 64; ++i) {
            if (uint256(vm.load(address(pool), bytes32(i + slot))) == pool.lanes(slot)) {
                return bytes32(i + slot);
            }
        }
        revert NotSo("there are lanes");
    }

    /// So that there is enough for lanes that were filled by hand.
    function fundAll() private {
        require(token.transfer(address(pool), 1000 ether));
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batches} from "../src/Batches.sol";
import {Bonds} from "../src/Bonds.sol";
import {Review} from "../src/Review.sol";
import {PoolCase} from "./PoolCase.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

/// From posting to the end, without a look at who is paid what.
contract PoolBatchTest is PoolCase {
    bytes32 constant EVIDENCE = keccak256("evidence");

    bytes32[] words;

    function setUp() public {
        build();
        fund();
        join(9);
        words = one(5, 100, 9000, 9000);
    }

    // ---- posting

    function test_a_posted_batch_is_in_flight() public {
        vm.expectEmit(address(pool));
        emit Batches.Posted(1, POSTER, keccak256(abi.encodePacked(words)), LOG, 1);
        post(words);
        isState(Batches.State.Open);
        eq(readyAt(), block.timestamp + 1 days);
        eq(pool.locked(POSTER), BOND);
        eq(pool.bondOf(POSTER), BOND);
        (bytes32 dataHash, bytes32 logRoot, address poster,, uint32 version,,,) = pool.inFlight();
        eqBytes(dataHash, keccak256(abi.encodePacked(words)));
        eqBytes(logRoot, LOG);
        eq(poster, POSTER);
        eq(version, 1);
    }

    function test_batches_are_numbered_without_a_gap() public {
        wants(Batches.WrongBatch.selector, 0, 1);
        postAs(POSTER, 0);
        wants(Batches.WrongBatch.selector, 2, 1);
        postAs(POSTER, 2);
        settle(words);
        wants(Batches.WrongBatch.selector, 1, 2);
        postAs(POSTER, 1);
        postAs(POSTER, 2);
    }

    function test_one_batch_is_in_flight() public {
        post(words);
        wants(Batches.WrongState.selector, uint256(Batches.State.Open));
        postAs(POSTER, 1);
    }

    function test_only_posters_post() public {
        wants(Review.NotAPoster.selector, uint160(STRANGER));
        postAs(STRANGER, 1);
        vm.prank(OWNER);
        pool.setPoster(POSTER, false);
        wants(Review.NotAPoster.selector, uint160(POSTER));
        postAs(POSTER, 1);
    }

    function test_a_poster_needs_a_bond() public {
        vm.prank(POSTER);
        pool.withdrawBond(1);
        vm.expectRevert(abi.encodeWithSelector(Bonds.BondTooSmall.selector, POSTER, BOND - 1, BOND));
        postAs(POSTER, 1);
    }

    function test_a_batch_needs_a_log_and_words() public {
        vm.expectRevert(Batches.NoLogRoot.selector);
        vm.prank(POSTER);
        pool.post(1, 0, words);
        words = new bytes32[](0);
        wants(Batches.WrongLength.selector, 0);
        postAs(POSTER, 1);
        words = new bytes32[](513);
        wants(Batches.WrongLength.selector, 513);
        postAs(POSTER, 1);
    }

    function test_slots_rise() public {
        words = new bytes32[](2);
        (words[0], words[1]) = (word(2) | field(0, 1, 1, 1), word(2) | field(1, 1, 1, 1));
        wants(Batches.SlotsOutOfOrder.selector, 2, 2);
        postAs(POSTER, 1);
        words[1] = word(1) | field(1, 1, 1, 1);
        wants(Batches.SlotsOutOfOrder.selector, 2, 1);
        postAs(POSTER, 1);
        (words[0], words[1]) = (words[1], words[0]);
        postAs(POSTER, 1);
    }

    function test_workers_exist() public {
        words = one(0, 1, 1, 1);
        wants(Batches.NoSuchWorker.selector, 0);
        postAs(POSTER, 1);
        words = one(10, 1, 1, 1);
        wants(Batches.NoSuchWorker.selector, 10);
        postAs(POSTER, 1);
        words = one(1 << 32, 1, 1, 1);
        wants(Batches.NoSuchWorker.selector, 1 << 32);
        postAs(POSTER, 1);
        words = one(9, 1, 1, 1); // the last there is
        words[0] |= field(2, 0, 1, 1); // of the next nothing is said
        postAs(POSTER, 1);
    }

    function test_scores_are_scores() public {
        for (uint256 i = 4; i < 8; ++i) {
            for (uint256 bad = 10_001; bad < 65_536; bad = bad * 2 - 5000) {
                words = one(i, 1, bad, 0);
                wants(Batches.ScoreTooLarge.selector, i);
                postAs(POSTER, 1);
                words = one(i, 1, 0, bad);
                wants(Batches.ScoreTooLarge.selector, i);
                postAs(POSTER, 1);
            }
        }
        words = one(7, 1, 65_535, 65_535);
        wants(Batches.ScoreTooLarge.selector, 7);
        postAs(POSTER, 1);
        words = many(4, 7, 0xffffff, 10_000, 10_000);
        words[0] &= ~field(2, 0xffffff, 0, 0); // of worker 6 nothing is said
        words[0] |= field(2, 0, 65_535, 65_535);
        postAs(POSTER, 1);
    }

    function testFuzz_scores_are_scores(uint64 a, uint64 b, uint64 c, uint64 d) public {
        words = new bytes32[](1);
        words[0] = word(1) | bytes32(uint256(a) % 2 ** 56 << 168 | uint256(b) % 2 ** 56 << 112);
        words[0] |= bytes32(uint256(c) % 2 ** 56 << 56 | uint256(d) % 2 ** 56);
        uint256 bad = 0;
        for (uint256 k = 0; k < 4; ++k) {
            uint256 i = 3 - k; // the first one is what the error names
            uint256 said = uint256(words[0]) >> (56 * k);
            bool high = (said >> 16 & 0xffff) > 10_000 || (said & 0xffff) > 10_000;
            if ((said >> 32 & 0xffffff) != 0 && high) bad = 4 + i;
        }
        if (bad != 0) wants(Batches.ScoreTooLarge.selector, bad);
        postAs(POSTER, 1);
    }

    // ---- the parameters of its posting

    function test_a_batch_keeps_the_parameters_of_its_posting() public {
        post(words);
        Batches.Params memory p = flat();
        p.window = 1;
        setParams(p);
        eq(pool.version(), 2);
        eq(readyAt(), block.timestamp + 1 days);
        ready();
        pool.settle(1, words);
        eq(creditOf(5), pool.quote(1, 100, 9000, 9000, 0, 5000));
        yes(creditOf(5) != pool.quote(2, 100, 9000, 9000, 0, 5000), "the rules must differ");
        settle(words);
        eq(creditOf(5), pool.quote(1, 100, 9000, 9000, 0, 5000) + 100 * UNIT);
    }

    function test_parameters_are_the_owners() public {
        Batches.Params memory p = flat();
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, STRANGER));
        vm.prank(STRANGER);
        pool.setParams(p);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, STRANGER));
        vm.prank(STRANGER);
        pool.setArbiter(STRANGER);
        vm.expectEmit(address(pool));
        emit Batches.ParamsSet(2, p);
        setParams(p);
        eqBytes(keccak256(abi.encode(pool.params(2))), keccak256(abi.encode(p)));
        vm.expectEmit(address(pool));
        emit Batches.Arbiter(STRANGER);
        vm.prank(OWNER);
        pool.setArbiter(STRANGER);
        eq(pool.arbiter(), STRANGER);
    }

    function test_parameters_within_bounds() public {
        Batches.Params memory p = ordinary();
        p.startReputation = 0;
        refused(p, abi.encodeWithSelector(Batches.StartOutOfRange.selector, 0));
        p.startReputation = 10_001;
        refused(p, abi.encodeWithSelector(Batches.StartOutOfRange.selector, 10_001));
        p = ordinary();
        p.batchBudget = 1 << 39;
        refused(p, abi.encodeWithSelector(Batches.BudgetTooLarge.selector, 1 << 39, (1 << 39) - 1));
        p = ordinary();
        p.period = 0;
        refused(p, abi.encodeWithSelector(Batches.ZeroTime.selector, 0, p.window, p.patience));
        p = ordinary();
        p.window = 0;
        refused(p, abi.encodeWithSelector(Batches.ZeroTime.selector, p.period, 0, p.patience));
        p = ordinary();
        p.patience = 0;
        refused(p, abi.encodeWithSelector(Batches.ZeroTime.selector, p.period, p.window, 0));
        p = ordinary();
        (p.startReputation, p.batchBudget) = (10_000, (1 << 39) - 1);
        setParams(p);
    }

    function refused(Batches.Params memory p, bytes memory why) private {
        vm.expectRevert(why);
        setParams(p);
    }

    // ---- window

    function test_nobody_settles_inside_the_window() public {
        post(words);
        uint40 until = readyAt();
        vm.warp(until - 1);
        wants(Batches.WindowIsOpen.selector, until);
        pool.settle(1, words);
        vm.warp(until);
        vm.prank(STRANGER);
        pool.settle(1, words);
        eq(settled(), 1);
        isState(Batches.State.None);
        eq(pool.locked(POSTER), 0);
    }

    function test_what_is_settled_is_what_was_posted() public {
        post(words);
        ready();
        bytes32[] memory other = one(5, 101, 9000, 9000);
        vm.expectRevert(
            abi.encodeWithSelector(
                Batches.OtherData.selector,
                keccak256(abi.encodePacked(other)),
                keccak256(abi.encodePacked(words))
            )
        );
        pool.settle(1, other);
    }

    function test_a_batch_settles_once() public {
        settle(words);
        wants(Batches.WrongBatch.selector, 1, 2);
        pool.settle(1, words);
        wants(Batches.WrongState.selector, 0);
        pool.settle(2, words);
    }

    function test_times_hold_40_bits() public {
        vm.warp(uint256(type(uint40).max) - 1 days + 1);
        wantsOverflow();
        vm.prank(POSTER);
        pool.post(1, LOG, words);
        vm.warp(block.timestamp - 1);
        post(words);
        eq(readyAt(), type(uint40).max);
        challenge();
        vm.warp(block.timestamp + 1);
        vm.prank(ARBITER);
        wantsOverflow(); // the frozen second does not fit
        pool.resolve(1, false);
    }

    // ---- challenge

    function test_a_challenge_freezes_the_batch() public {
        post(words);
        vm.expectEmit(address(pool));
        emit Batches.Challenged(1, CHALLENGER, 5, EVIDENCE);
        challenge();
        isState(Batches.State.Challenged);
        eq(pool.locked(CHALLENGER), BOND);
        ready();
        wants(Batches.WrongState.selector, 2);
        pool.settle(1, words);
        wants(Batches.WrongState.selector, 2);
        pool.settle(1, words, new bytes[](0));
        wants(Batches.WrongState.selector, 2);
        vm.prank(POSTER);
        pool.cancel(1);
        wants(Batches.WrongState.selector, 2);
        pool.expire(1);
        wants(Batches.WrongState.selector, 2);
        challenge();
        wants(Batches.WrongState.selector, 2);
        postAs(POSTER, 1);
        notYours(POSTER);
        notYours(CHALLENGER);
    }

    function test_a_challenge_is_inside_the_window_and_has_a_bond() public {
        post(words);
        uint40 until = readyAt();
        vm.expectRevert(abi.encodeWithSelector(Bonds.BondTooSmall.selector, STRANGER, 0, BOND));
        vm.prank(STRANGER);
        pool.challenge(1, 5, EVIDENCE);
        vm.warp(until);
        wants(Batches.WindowIsClosed.selector, until);
        challenge();
        vm.warp(until - 1);
        challenge();
    }

    function test_who_challenges_himself_has_two_bonds_at_stake() public {
        post(words);
        vm.expectRevert(abi.encodeWithSelector(Bonds.BondTooSmall.selector, POSTER, BOND, 2 * BOND));
        vm.prank(POSTER);
        pool.challenge(1, 5, EVIDENCE);
        stake(POSTER, BOND);
        vm.prank(POSTER);
        pool.challenge(1, 5, EVIDENCE);
        eq(pool.locked(POSTER), 2 * BOND);
        notYours(POSTER);
        resolve(true);
        eq(pool.bondOf(POSTER), 2 * BOND);
        eq(pool.bonds(), 3 * BOND);
    }

    function test_upheld_the_challenger_gets_both_bonds() public {
        post(words);
        challenge();
        vm.expectEmit(address(pool));
        emit Bonds.Bonded(POSTER, 0);
        vm.expectEmit(address(pool));
        emit Bonds.Bonded(CHALLENGER, 2 * BOND);
        vm.expectEmit(address(pool));
        emit Batches.Resolved(1, true);
        resolve(true);
        isState(Batches.State.None);
        eq(settled(), 0);
        eq(pool.bondOf(POSTER), 0);
        eq(pool.bondOf(CHALLENGER), 2 * BOND);
        eq(pool.bonds(), 2 * BOND);
        vm.prank(CHALLENGER);
        pool.withdrawBond(2 * BOND);
        eq(token.balanceOf(CHALLENGER), 2 * BOND);
        stake(POSTER, BOND);
        post(words); // the number is free again
    }

    function test_denied_the_poster_gets_the_challengers_bond() public {
        post(words);
        challenge();
        resolve(false);
        isState(Batches.State.Open);
        eq(pool.bondOf(POSTER), 2 * BOND);
        eq(pool.bondOf(CHALLENGER), 0);
        eq(pool.locked(CHALLENGER), 0);
        eq(pool.bonds(), 2 * BOND);
    }

    /// A challenge, by a friend of the poster's say, leaves others as much time as there was.
    function test_denied_the_rest_of_the_window_runs_on() public {
        post(words);
        uint40 until = readyAt();
        vm.warp(until - 10);
        challenge();
        vm.warp(until + 1000);
        resolve(false);
        eq(readyAt(), until + 1010);
        vm.warp(until + 1009);
        wants(Batches.WindowIsOpen.selector, until + 1010);
        pool.settle(1, words);
        stake(STRANGER, BOND);
        vm.prank(STRANGER);
        pool.challenge(1, 5, EVIDENCE);
        resolve(true);
        eq(pool.bondOf(STRANGER), 2 * BOND);
        eq(pool.bondOf(POSTER), BOND);
    }

    /// Who keeps challenging without cause pays a bond each time.
    function test_challenging_without_cause_is_dear() public {
        stake(CHALLENGER, 4 * BOND);
        post(words);
        for (uint256 i = 0; i < 5; ++i) {
            challenge();
            vm.warp(block.timestamp + 1 days);
            resolve(false);
        }
        eq(pool.bondOf(CHALLENGER), 0);
        eq(pool.bondOf(POSTER), 6 * BOND);
        vm.expectRevert(abi.encodeWithSelector(Bonds.BondTooSmall.selector, CHALLENGER, 0, BOND));
        challenge();
        ready();
        pool.settle(1, words);
    }

    function test_only_the_arbiter_decides_and_only_challenges() public {
        post(words);
        wants(Batches.WrongState.selector, 1);
        resolve(true);
        challenge();
        wants(Batches.NotTheArbiter.selector, uint160(OWNER));
        vm.prank(OWNER);
        pool.resolve(1, true);
        wants(Batches.WrongBatch.selector, 2, 1);
        vm.prank(ARBITER);
        pool.resolve(2, true);
    }

    function test_a_challenge_that_nobody_decides_lapses() public {
        post(words);
        wants(Batches.WrongState.selector, 1);
        pool.lapse(1);
        challenge();
        uint256 until = block.timestamp + 3 days;
        vm.warp(until - 1);
        wants(Batches.ArbiterHasTime.selector, until);
        pool.lapse(1);
        vm.warp(until);
        vm.expectEmit(address(pool));
        emit Batches.Voided(1);
        vm.prank(STRANGER);
        pool.lapse(1);
        isState(Batches.State.None);
        eq(pool.bondOf(POSTER), BOND);
        eq(pool.bondOf(CHALLENGER), BOND);
        eq(pool.locked(POSTER) + pool.locked(CHALLENGER), 0);
        settle(words);
    }

    // ---- taking back

    function test_the_poster_takes_a_batch_back() public {
        post(words);
        wants(Batches.NotThePoster.selector, uint160(STRANGER));
        vm.prank(STRANGER);
        pool.cancel(1);
        vm.expectEmit(address(pool));
        emit Batches.Voided(1);
        vm.prank(POSTER);
        pool.cancel(1);
        isState(Batches.State.None);
        eq(pool.bondOf(POSTER), BOND);
        vm.prank(POSTER);
        pool.withdrawBond(BOND);
        eq(token.balanceOf(POSTER), BOND);
    }

    function test_a_batch_that_nobody_settles_expires() public {
        post(words);
        uint256 from = uint256(readyAt()) + 7 days + 3 days;
        vm.warp(from - 1);
        wants(Batches.TooSoonToExpire.selector, from);
        pool.expire(1);
        vm.warp(from);
        vm.expectEmit(address(pool));
        emit Batches.Voided(1);
        vm.prank(STRANGER);
        pool.expire(1);
        isState(Batches.State.None);
        eq(settled(), 0);
        eq(pool.bondOf(POSTER), BOND);
        settle(words);
    }

    function test_nothing_happens_to_a_batch_that_is_not() public {
        wants(Batches.WrongState.selector, 0);
        challenge();
        wants(Batches.WrongState.selector, 0);
        resolve(true);
        wants(Batches.WrongState.selector, 0);
        pool.lapse(1);
        wants(Batches.WrongState.selector, 0);
        vm.prank(POSTER);
        pool.cancel(1);
        wants(Batches.WrongState.selector, 0);
        pool.expire(1);
    }

    // ---- helpers

    function postAs(address who, uint64 batch) private {
        bytes32[] memory said = words;
        vm.prank(who);
        pool.post(batch, LOG, said);
    }

    function challenge() private {
        vm.prank(CHALLENGER);
        pool.challenge(1, 5, EVIDENCE);
    }

    function resolve(bool upheld) private {
        vm.prank(ARBITER);
        pool.resolve(1, upheld);
    }

    function notYours(address who) private {
        uint256 has = pool.bondOf(who);
        vm.expectRevert(abi.encodeWithSelector(Bonds.BondTooSmall.selector, who, has, has + 1));
        vm.prank(who);
        pool.withdrawBond(1);
    }

    function isState(Batches.State want) private view {
        eq(uint256(state()), uint256(want));
    }
}

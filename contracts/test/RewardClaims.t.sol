// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ClaimTree} from "../src/ClaimTree.sol";
import {Review} from "../src/Review.sol";
import {Reward} from "../src/Reward.sol";
import {RewardClaims} from "../src/RewardClaims.sol";
import {ClaimsCase, Plain, Tree} from "./ClaimsCase.sol";
import {Calling, Feeing, Mute} from "./mocks/ClaimTokens.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

contract RewardClaimsTest is ClaimsCase {
    uint256 constant KEY1 = 0xA11CE;
    uint256 constant KEY2 = 0xB0B;
    uint256 constant W = 9; // a worker

    function setUp() public override {
        super.setUp();
        token.mint(address(claims), 1e30);
        for (uint256 w = 1; w < 40; ++w) {
            join(w);
        }
    }

    function proofOf(uint256 slot, uint256 n, uint256 extra, uint256 w)
        internal
        pure
        returns (bytes32[] memory)
    {
        return Tree.proof(leaves(slot, n, extra), w - 4 * slot);
    }

    function quorum() internal {
        claims.setAuditor(vm.addr(KEY1), true);
        claims.setAuditor(vm.addr(KEY2), true);
        claims.setQuorum(2);
    }

    // ---- the tree ----

    function test_leaf_and_node_are_those_of_OpenZeppelin() public view {
        require(claims.leafOf(7, 8) == Tree.leaf(7, 8));
        bytes32[] memory all = leaves(1, 3, 0);
        for (uint256 i = 0; i < all.length; ++i) {
            require(MerkleProof.verify(Tree.proof(all, i), Tree.root(all), all[i]));
        }
    }

    /// A tree of two that OpenZeppelin's JavaScript library made, its first values being addresses.
    function test_leaf_and_node_are_those_of_the_javascript_library() public view {
        bytes32 a =
            claims.leafOf(uint160(0xB22d5Fdc1B75f70beDdde83a84ab8265ebEc4C1d), 293546399663269006673356);
        bytes32 b =
            claims.leafOf(uint160(0xE5402527D97d31B3F6692A67153dceb52544Dee0), 447173514045120101071304);
        require(a == 0x6be6c5448fd0de1a861082a8341db8fa4021768f4a987b396f5f8add779b83aa);
        require(b == 0x953c54a78f6b45bda6f336027f6a1874ea87d7297f037c77a60068c686a0a932);
        require(Tree.parent(a, b) == 0xd371c0d9e6cb8d284cb280ffe203bc4ddd5a6b30b462f0d73c95fc759c8749de);
    }

    function test_the_root_is_that_of_the_slow_tree_for_every_number_of_words() public view {
        for (uint256 n = 1; n < 70; ++n) {
            (bytes32 root,) = claims.rootOf(0, batch(0, n, 1));
            require(root == Tree.root(leaves(0, n, 1)));
        }
    }

    function test_a_full_group_is_thirteen_deep() public {
        uint256 slot = 2048 * 3;
        (bytes32 root,) = claims.rootOf(3, batch(slot, 2048, 1));
        bytes32[] memory all = leaves(slot, 2048, 1);
        require(root == Tree.root(all));
        eq(Tree.proof(all, 8191).length, 13);
        bytes32[] memory words = new bytes32[](2049);
        vm.expectRevert(abi.encodeWithSelector(ClaimTree.WrongLength.selector, 2049));
        claims.rootOf(3, words);
    }

    /// Any rule, any words: the same integers as the library's, the same root as the slow tree's.
    function testFuzz_as_the_library_and_the_slow_tree(uint256 seed, uint256 size, uint256 start) public {
        RewardClaims.Params memory p = params();
        p.rule = anyRule(seed);
        claims.setParams(p);
        size = within(size, 1, 24);
        start = within(start, 0, 100);
        bytes32[] memory words = new bytes32[](size);
        bytes32[] memory all = new bytes32[](4 * size);
        uint256 slot = start * 2048 + within(seed, 0, 700);
        uint256 sum = 0;
        for (uint256 i = 0; i < 4 * size; ++i) {
            if (i % 4 == 0) {
                slot += 1 + seed % 3;
                words[i / 4] = bytes32(slot << 224);
            }
            (uint256 said, uint256 pay) = anything(p.rule, uint256(keccak256(abi.encode(seed, i))));
            words[i / 4] |= bytes32(said << (168 - 56 * (i % 4)));
            all[i] = Tree.leaf(4 * slot + i % 4, pay);
            sum += pay;
        }
        (bytes32 root, uint256 total_) = claims.rootOf(uint32(start), words);
        eq(total_, sum);
        require(root == Tree.root(all));
    }

    /// What may be said of a worker, and what it is worth by the library.
    function anything(Reward.Rule memory r, uint256 x) internal view returns (uint256 said, uint256 pay) {
        uint256 units = x % 5 == 0 ? 0 : uint24(x >> 8);
        uint256 score = near(x >> 40, x % 3 == 0 ? r.t0 : x % 3 == 1 ? r.t1 : r.t2);
        uint256 bonus = near(x >> 80, x % 7 < 4 ? r.lo : r.hi);
        pay = Reward.pay(Reward.table(r), units, score, bonus, 15, 10_000) * UNIT;
        eq(claims.quote(2, uint24(units), uint16(score), uint16(bonus)), pay);
        said = field(units, score, bonus);
    }

    /// A score: some at or beside a threshold, others anywhere.
    function near(uint256 x, uint256 threshold) internal pure returns (uint256 score) {
        score = x % 2 == 0 ? x % 10_001 : threshold + x % 3;
        if (x % 2 == 1 && score > 0) --score;
        if (score > 10_000) score = 10_000;
    }

    function anyRule(uint256 seed) internal pure returns (Reward.Rule memory r) {
        uint256 x = uint256(keccak256(abi.encode(seed)));
        r.rate = x % 11 == 0 ? type(uint40).max : uint40(x);
        r.t0 = uint16((x >> 40) % 6000);
        r.t1 = uint16(r.t0 + (x >> 56) % 4000);
        r.t2 = uint16(r.t1 + (x >> 72) % (10_001 - r.t1));
        r.m0 = uint16((x >> 88) % 10_000);
        r.m1 = uint16(r.m0 + (x >> 104) % 10_000);
        r.m2 = uint16(r.m1 + (x >> 120) % 12_769);
        r.lo = uint16((x >> 136) % 6000);
        r.hi = uint16(r.lo + (x % 5 == 0 ? 0 : (x >> 152) % (x % 17 == 0 ? 59_000 : 6000)));
        r.c0 = uint16((x >> 168) % 16_000);
        r.c1 = uint16(r.c0 + (x >> 184) % 16_768);
    }

    // ---- commits ----

    function test_a_root_takes_force_when_its_window_has_passed() public {
        bytes32 root = commit(0, batch(0, 10, 0));
        (uint40 from, uint32 group,) = claims.roots(root);
        eq(from, block.timestamp + 1 hours);
        eq(group, 0);
        bytes32[] memory proof = proofOf(0, 10, 0, W);
        vm.warp(from - 1);
        vm.expectRevert(abi.encodeWithSelector(RewardClaims.NotInForce.selector, root, from));
        claims.claim(W, total(W, 0), proof);
        vm.warp(from);
        claims.claim(W, total(W, 0), proof);
        eq(token.balanceOf(account(W)), total(W, 0));
    }

    function test_a_quorum_puts_it_in_force_at_once() public {
        quorum();
        bytes32[] memory words = batch(0, 10, 0);
        (, uint256 sum) = claims.rootOf(0, words);
        bytes32 digest = claims.settlementDigest(1, keccak256(abi.encodePacked(words)), uint128(sum), LOG);
        bytes[] memory signatures = new bytes[](2);
        bool swap = vm.addr(KEY1) > vm.addr(KEY2);
        signatures[swap ? 1 : 0] = sign(KEY1, digest);
        signatures[swap ? 0 : 1] = sign(KEY2, digest);
        bytes[] memory few = new bytes[](1);
        few[0] = signatures[0];
        vm.prank(POSTER);
        vm.expectRevert(abi.encodeWithSelector(Review.TooFewSignatures.selector, 1, 2));
        claims.commit(0, LOG, words, few);
        // other words, another log: not what they signed
        vm.prank(POSTER);
        vm2.expectPartialRevert(Review.NotAnAuditor.selector);
        claims.commit(0, bytes32(uint256(1)), words, signatures);
        vm.prank(POSTER);
        claims.commit(0, LOG, words, signatures);
        claims.claim(W, total(W, 0), proofOf(0, 10, 0, W));
        // and only once: the next commit has another number
        words = batch(0, 10, 0);
        vm.prank(POSTER);
        vm2.expectRevert();
        claims.commit(0, LOG, words, signatures);
    }

    function test_signatures_for_another_contract_or_chain_do_not_count() public {
        quorum();
        RewardClaims other = build(token, uint64(UNIT));
        bytes32[] memory words = batch(0, 1, 0);
        require(!committed(words, signed(digestOf(other, words))));
        uint256 chain = block.chainid;
        vm.chainId(chain + 1);
        bytes[] memory signatures = signed(digestOf(claims, words));
        vm.chainId(chain);
        require(!committed(words, signatures));
        require(committed(words, signed(digestOf(claims, words))));
    }

    function test_a_signature_has_one_form_and_counts_once() public {
        quorum();
        bytes32[] memory words = batch(0, 1, 0);
        bytes[] memory signatures = signed(digestOf(claims, words));
        (bytes memory low, bytes memory first) = (signatures[1], signatures[0]);
        (bytes32 r, bytes32 s, uint8 v) = (part(low, 32), part(low, 64), uint8(low[64]));
        uint256 order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        signatures[1] = abi.encodePacked(r, order - uint256(s), 55 - v);
        require(!committed(words, signatures));
        signatures[1] = first;
        require(!committed(words, signatures));
        (signatures[0], signatures[1]) = (low, first);
        require(!committed(words, signatures));
        (signatures[0], signatures[1]) = (first, low);
        require(committed(words, signatures));
    }

    function part(bytes memory of_, uint256 from) internal pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := mload(add(of_, from))
        }
    }

    /// What the auditors sign of the first commit.
    function digestOf(RewardClaims where, bytes32[] memory words) internal view returns (bytes32) {
        (, uint256 sum) = where.rootOf(0, words);
        return where.settlementDigest(1, keccak256(abi.encodePacked(words)), uint128(sum), LOG);
    }

    function signed(bytes32 digest) internal pure returns (bytes[] memory signatures) {
        signatures = new bytes[](2);
        bool swap = vm.addr(KEY1) > vm.addr(KEY2);
        signatures[swap ? 1 : 0] = sign(KEY1, digest);
        signatures[swap ? 0 : 1] = sign(KEY2, digest);
    }

    function committed(bytes32[] memory words, bytes[] memory signatures) internal returns (bool good) {
        bytes4 selector = bytes4(keccak256("commit(uint32,bytes32,bytes32[],bytes[])"));
        vm.prank(POSTER);
        (good,) = address(claims).call(abi.encodeWithSelector(selector, 0, LOG, words, signatures));
    }

    function test_only_posters_commit_and_not_in_a_pause() public {
        vm.expectRevert(abi.encodeWithSelector(Review.NotAPoster.selector, address(this)));
        claims.commit(0, LOG, batch(0, 1, 0));
        vm.prank(GUARDIAN);
        claims.pause();
        vm.prank(POSTER);
        vm.expectRevert(abi.encodeWithSelector(Review.PostingIsPaused.selector, block.timestamp + 7 days));
        claims.commit(0, LOG, batch(0, 1, 0));
    }

    function test_a_log_without_root_is_refused() public {
        vm.prank(POSTER);
        vm.expectRevert(RewardClaims.NoLogRoot.selector);
        claims.commit(0, 0, batch(0, 1, 0));
    }

    function test_words_must_rise_and_be_of_the_group() public {
        bytes32[] memory words = batch(5, 2, 0);
        (words[0], words[1]) = (words[1], words[0]);
        vm.expectRevert(abi.encodeWithSelector(ClaimTree.SlotsOutOfOrder.selector, 7, 5));
        claims.rootOf(0, words);
        words[0] = words[1];
        vm.expectRevert(abi.encodeWithSelector(ClaimTree.SlotsOutOfOrder.selector, 6, 5));
        claims.rootOf(0, words);
        words = batch(2047, 2, 0);
        vm.expectRevert(abi.encodeWithSelector(ClaimTree.OtherGroup.selector, 2048, 0));
        claims.rootOf(0, words);
        vm.expectRevert(abi.encodeWithSelector(ClaimTree.OtherGroup.selector, 2047, 1));
        claims.rootOf(1, words);
        vm.expectRevert(abi.encodeWithSelector(ClaimTree.WrongLength.selector, 0));
        claims.rootOf(0, new bytes32[](0));
    }

    function test_nobody_and_those_beyond_the_last_get_nothing() public {
        vm.expectRevert(abi.encodeWithSelector(ClaimTree.NoSuchWorker.selector, 0));
        claims.rootOf(0, one(0, 1, 9000, 9000));
        workers(38);
        claims.rootOf(0, one(38, 1, 9000, 9000));
        vm.expectRevert(abi.encodeWithSelector(ClaimTree.NoSuchWorker.selector, 39));
        claims.rootOf(0, one(39, 1, 9000, 9000));
        vm.expectRevert(abi.encodeWithSelector(ClaimTree.NoSuchWorker.selector, 40));
        claims.rootOf(0, one(41, 0, 0, 0));
        workers(0);
        vm.expectRevert(abi.encodeWithSelector(ClaimTree.NoSuchWorker.selector, 2));
        claims.rootOf(0, one(2, 1, 9000, 9000));
    }

    function test_scores_end_at_10000() public {
        for (uint256 w = 36; w < 40; ++w) {
            claims.rootOf(0, one(w, 1, 10_000, 10_000));
            bytes32[] memory words = batch(3, 7, 0);
            words[6] = one(w, 1, 10_001, 0)[0];
            vm.expectRevert(abi.encodeWithSelector(ClaimTree.ScoreTooLarge.selector, w));
            claims.rootOf(0, words);
            words[6] = one(w, 1, 0, 65_535)[0];
            vm.expectRevert(abi.encodeWithSelector(ClaimTree.ScoreTooLarge.selector, w));
            claims.rootOf(0, words);
        }
    }

    function test_a_group_waits_for_its_last_root() public {
        commit(0, batch(0, 10, 0));
        uint256 until = block.timestamp + 1 hours;
        vm.warp(until - 1);
        vm.prank(POSTER);
        vm.expectRevert(abi.encodeWithSelector(RewardClaims.GroupIsPending.selector, 0, until));
        claims.commit(0, LOG, batch(0, 10, 1));
        commit(1, batch(2048, 10, 0)); // another does not
        vm.warp(until);
        commit(0, batch(0, 10, 1));
    }

    function test_the_same_root_is_not_committed_twice() public {
        bytes32 root = commit(0, batch(0, 10, 0));
        pass();
        vm.prank(POSTER);
        vm.expectRevert(abi.encodeWithSelector(RewardClaims.KnownRoot.selector, root));
        claims.commit(0, LOG, batch(0, 10, 0));
    }

    function test_logs_are_chained() public {
        bytes32[] memory words = batch(0, 1, 0);
        commit(0, words);
        bytes32 data = keccak256(abi.encodePacked(words));
        bytes32 head = keccak256(abi.encode(bytes32(0), uint64(1), data, LOG));
        require(claims.head() == head);
        words = batch(2048, 2, 0);
        commit(1, words);
        data = keccak256(abi.encodePacked(words));
        head = keccak256(abi.encode(head, uint64(2), data, LOG));
        require(claims.head() == head);
    }

    // ---- cancelling ----

    function test_guardian_and_owner_cancel_within_the_window() public {
        bytes32 root = commit(0, batch(0, 10, 0));
        vm.prank(POSTER);
        vm.expectRevert(abi.encodeWithSelector(RewardClaims.MayNotCancel.selector, POSTER));
        claims.cancel(root);
        vm.prank(GUARDIAN);
        claims.cancel(root);
        pass();
        bytes32[] memory proof = proofOf(0, 10, 0, W);
        vm.expectRevert(abi.encodeWithSelector(RewardClaims.UnknownRoot.selector, root));
        claims.claim(W, total(W, 0), proof);
        // it can be committed again, and what it adds is counted once
        commit(0, batch(0, 10, 0));
        claims.cancel(root); // the owner
        eq(spent(), 0);
        commit(0, batch(0, 10, 0));
        pass();
        vm.prank(GUARDIAN);
        vm.expectRevert(abi.encodeWithSelector(RewardClaims.NotPending.selector, root));
        claims.cancel(root);
        vm.prank(GUARDIAN);
        vm.expectRevert(abi.encodeWithSelector(RewardClaims.NotPending.selector, bytes32(uint256(5))));
        claims.cancel(bytes32(uint256(5)));
        claims.claim(W, total(W, 0), proof);
    }

    function spent() internal view returns (uint256 s) {
        (, s,) = claims.account();
    }

    // ---- budgets ----

    function test_budgets_are_on_what_is_added() public {
        RewardClaims.Params memory p = params();
        p.rule.rate = 1;
        (p.rule.m2, p.rule.c1) = (10_000, 10_000);
        (p.rule.m0, p.rule.m1) = (10_000, 10_000);
        (p.commitBudget, p.periodBudget) = (1000, 1500);
        claims.setParams(p);
        vm.prank(POSTER);
        vm.expectRevert(abi.encodeWithSelector(RewardClaims.OverCommitBudget.selector, 1001, 1000));
        claims.commit(0, LOG, one(9, 1001, 9000, 9000));
        commit(0, one(9, 1000, 9000, 9000));
        eq(spent(), 1000);
        pass();
        commit(0, one(9, 1400, 9000, 9000));
        eq(spent(), 1400);
        pass();
        commit(0, one(9, 100, 9000, 9000)); // less: nothing is given back
        eq(spent(), 1400);
        vm.prank(POSTER);
        vm.expectRevert(abi.encodeWithSelector(RewardClaims.OverPeriodBudget.selector, 101, 100));
        claims.commit(1, LOG, one(8192, 101, 9000, 9000));
        bytes32 root = commit(1, one(8192, 100, 9000, 9000));
        eq(spent(), 1500);
        // cancelled in a later period: the earlier one's budget is gone
        vm.prank(GUARDIAN);
        claims.cancel(root);
        eq(spent(), 1400);
        vm.warp(block.timestamp + 1 days);
        commit(1, one(8192, 999, 9000, 9000));
        eq(spent(), 999);
    }

    function test_a_cancelled_root_of_an_earlier_period_gives_this_one_nothing() public {
        RewardClaims.Params memory p = params();
        p.window = 2 days;
        claims.setParams(p);
        bytes32 root = commit(0, batch(0, 10, 0));
        vm.warp(block.timestamp + 1 days);
        commit(1, batch(2048, 10, 0));
        uint256 before = spent();
        vm.prank(GUARDIAN);
        claims.cancel(root);
        eq(spent(), before);
    }

    // ---- widths ----

    /// All numbers as large as they can be, in a full group: no product and no sum runs over.
    function test_the_largest_of_all() public {
        RewardClaims.Params memory p = params();
        p.rule.rate = type(uint40).max;
        (p.rule.m0, p.rule.m1, p.rule.m2) = (32_767, 32_767, 32_767);
        (p.rule.c0, p.rule.c1) = (32_767, 32_767);
        (p.commitBudget, p.periodBudget) = (type(uint64).max, type(uint64).max);
        claims = build(token, 1e18);
        claims.setParams(p);
        uint256 pay = uint256(type(uint40).max) * 0xffffff * 32_767 ** 2 / 1e8;
        bytes32[] memory words = new bytes32[](2048);
        bytes32[] memory all = new bytes32[](8192);
        uint256 same = field(0xffffff, 10_000, 10_000);
        for (uint256 k = 0; k < 2048; ++k) {
            words[k] = bytes32((2048 + k) << 224 | same << 168 | same << 112 | same << 56 | same);
        }
        for (uint256 i = 0; i < 8192; ++i) {
            all[i] = Tree.leaf(8192 + i, pay * 1e18);
        }
        (bytes32 root, uint256 sum) = claims.rootOf(1, words);
        require(root == Tree.root(all));
        eq(sum, 8192 * pay * 1e18);
        atMost(8192 * pay, type(uint96).max); // what a group can hold
        vm.expectRevert(
            abi.encodeWithSelector(RewardClaims.OverCommitBudget.selector, 8192 * pay, type(uint64).max)
        );
        commit(1, words);
    }

    function test_times_hold_40_bits() public {
        vm.warp(uint256(type(uint40).max) - 1 hours + 1);
        vm2.expectPartialRevert(SafeCast.SafeCastOverflowedUintDowncast.selector);
        commit(0, batch(0, 1, 0));
        vm.warp(block.timestamp - 1);
        bytes32 root = commit(0, batch(0, 1, 0));
        (uint40 from,,) = claims.roots(root);
        eq(from, type(uint40).max);
    }

    /// Only a leaf has a worker, and no leaf has one beyond 32 bits: not even one that looks like another's.
    function test_a_wider_number_is_no_worker() public {
        commit(0, batch(0, 10, 0));
        pass();
        bytes32[] memory proof = proofOf(0, 10, 0, W);
        vm2.expectPartialRevert(RewardClaims.UnknownRoot.selector);
        claims.claim(W | 1 << 32, total(W, 0), proof);
    }

    // ---- parameters ----

    function test_parameters_that_cannot_be() public {
        RewardClaims.Params memory p = params();
        p.rule.probation = 1;
        vm.expectRevert(RewardClaims.NoHistoryHere.selector);
        claims.setParams(p);
        p = params();
        p.rule.floorAt = 1;
        vm.expectRevert(RewardClaims.NoHistoryHere.selector);
        claims.setParams(p);
        p = params();
        p.period = 0;
        vm.expectRevert(RewardClaims.BadParams.selector);
        claims.setParams(p);
        p = params();
        p.window = 0; // nobody could cancel
        vm.expectRevert(RewardClaims.BadParams.selector);
        claims.setParams(p);
        p = params();
        p.rule.t1 = 0;
        vm2.expectPartialRevert(Reward.TiersOutOfOrder.selector);
        claims.setParams(p);
        vm.prank(POSTER);
        vm2.expectRevert();
        claims.setParams(params());
        vm.expectRevert(RewardClaims.BadParams.selector);
        new RewardClaims(address(this), token, registry, 0, params());
        vm.expectRevert(RewardClaims.BadParams.selector);
        new RewardClaims(address(this), token, registry, 1e18 + 1, params());
        eq(claims.version(), 1);
        eq(claims.params(1).window, 1 hours);
    }

    // ---- claims ----

    function test_anybody_may_and_claiming_cannot_be_front_run() public {
        commit(0, batch(0, 10, 0));
        pass();
        bytes32[] memory proof = proofOf(0, 10, 0, W);
        // somebody in front of the worker changes nothing but who pays for gas
        vm.prank(address(0xbad));
        claims.claim(W, total(W, 0), proof);
        eq(token.balanceOf(account(W)), total(W, 0));
        eq(token.balanceOf(address(0xbad)), 0);
        // the worker comes too late, and has the money
        vm2.expectPartialRevert(RewardClaims.NothingToClaim.selector);
        vm.prank(account(W));
        claims.claim(W, total(W, 0), proof);
        eq(token.balanceOf(account(W)), total(W, 0));
    }

    function test_twice_pays_once() public {
        commit(0, batch(0, 10, 0));
        pass();
        bytes32[] memory proof = proofOf(0, 10, 0, W);
        claims.claim(W, total(W, 0), proof);
        vm.expectRevert(
            abi.encodeWithSelector(RewardClaims.NothingToClaim.selector, W, total(W, 0), total(W, 0))
        );
        claims.claim(W, total(W, 0), proof);
    }

    function test_later_totals_pay_the_difference_and_old_roots_nothing_more() public {
        commit(0, batch(0, 10, 0));
        pass();
        bytes32[] memory old = proofOf(0, 10, 0, W);
        commit(0, batch(0, 10, 5));
        pass();
        bytes32[] memory late = proofOf(0, 10, 5, W);
        claims.claim(W, total(W, 5), late);
        eq(token.balanceOf(account(W)), total(W, 5));
        vm.expectRevert(
            abi.encodeWithSelector(RewardClaims.NothingToClaim.selector, W, total(W, 0), total(W, 5))
        );
        claims.claim(W, total(W, 0), old);
        // in the order of the commits it is as much
        claims.claim(W + 1, total(W + 1, 0), proofOf(0, 10, 0, W + 1));
        claims.claim(W + 1, total(W + 1, 5), proofOf(0, 10, 5, W + 1));
        eq(token.balanceOf(account(W + 1)), total(W + 1, 5));
    }

    function test_a_total_that_falls_takes_nothing() public {
        commit(0, batch(0, 10, 5));
        pass();
        claims.claim(W, total(W, 5), proofOf(0, 10, 5, W));
        commit(0, batch(0, 10, 0));
        pass();
        bytes32[] memory proof = proofOf(0, 10, 0, W);
        vm2.expectPartialRevert(RewardClaims.NothingToClaim.selector);
        claims.claim(W, total(W, 0), proof);
        commit(0, batch(0, 10, 6));
        pass();
        claims.claim(W, total(W, 6), proofOf(0, 10, 6, W));
        eq(token.balanceOf(account(W)), total(W, 6));
    }

    function test_a_banned_worker_gets_nothing_new_and_loses_nothing() public {
        commit(0, batch(0, 10, 0));
        pass();
        registry.setBan(uint32(W), true);
        bytes32[] memory words = batch(0, 10, 5);
        commit(0, words);
        pass();
        bytes32[] memory all = leaves(0, 10, 5);
        all[W] = Tree.leaf(W, 0);
        // the others' proofs have the banned one's zero in them
        claims.claim(W + 1, total(W + 1, 5), Tree.proof(all, W + 1));
        bytes32[] memory proof = proofOf(0, 10, 5, W);
        vm2.expectPartialRevert(RewardClaims.UnknownRoot.selector);
        claims.claim(W, total(W, 5), proof);
        proof = Tree.proof(all, W);
        vm2.expectPartialRevert(RewardClaims.NothingToClaim.selector);
        claims.claim(W, 0, proof);
        // what was earned before the ban is still there
        claims.claim(W, total(W, 0), proofOf(0, 10, 0, W));
        eq(token.balanceOf(account(W)), total(W, 0));
    }

    /// Each of 256 bits of each word of bans is its worker's.
    function testFuzz_bans(uint256 bans, uint256 slot) public {
        slot = within(slot, 1, 60_000);
        for (uint256 i = 0; i < 4; ++i) {
            if (bans >> i & 1 == 1) registry.setBan(uint32(4 * slot + i), true);
        }
        bytes32[] memory all = leaves(slot, 1, 7);
        for (uint256 i = 0; i < 4; ++i) {
            if (bans >> i & 1 == 1) all[i] = Tree.leaf(4 * slot + i, 0);
        }
        (bytes32 root,) = claims.rootOf(uint32(slot / 2048), batch(slot, 1, 7));
        require(root == Tree.root(all));
    }

    function test_after_a_rotation_the_new_account_is_paid() public {
        commit(0, batch(0, 10, 0));
        pass();
        bytes32 slot = keccak256(abi.encode(W, uint256(7)));
        vm.store(address(registry), slot, bytes32(uint256(0xcafe)));
        claims.claim(W, total(W, 0), proofOf(0, 10, 0, W));
        eq(token.balanceOf(address(0xcafe)), total(W, 0));
        eq(token.balanceOf(account(W)), 0);
    }

    function test_a_node_is_no_leaf() public {
        commit(0, batch(0, 4, 0));
        pass();
        bytes32[] memory all = leaves(0, 4, 0);
        bytes32[] memory level = Tree.up(all);
        // the two leaves under node 0, as if they were a worker and a total, and the proof of node 0
        (uint256 a, uint256 b) = (uint256(all[0]), uint256(all[1]));
        if (a > b) (a, b) = (b, a);
        bytes32[] memory proof = Tree.proof(level, 0);
        vm2.expectPartialRevert(RewardClaims.UnknownRoot.selector);
        claims.claim(a, b, proof);
        // nor is the root its own proof
        (a, b) = (uint256(Tree.up(level)[0]), uint256(Tree.up(level)[1]));
        if (a > b) (a, b) = (b, a);
        vm2.expectPartialRevert(RewardClaims.UnknownRoot.selector);
        claims.claim(a, b, new bytes32[](0));
    }

    function testFuzz_wrong_leaves_and_proofs(uint256 w, uint256 more, uint256 bit, uint256 other) public {
        w = within(w, 1, 39);
        commit(0, batch(0, 10, 0));
        pass();
        bytes32[] memory proof = proofOf(0, 10, 0, w);
        more = within(more, 1, 1e30);
        vm2.expectPartialRevert(RewardClaims.UnknownRoot.selector);
        claims.claim(w, total(w, 0) + more, proof);
        other = within(other, 1, 39);
        if (other != w) {
            vm2.expectPartialRevert(RewardClaims.UnknownRoot.selector);
            claims.claim(other, total(w, 0), proof);
        }
        proof[bit % proof.length] ^= bytes32(1 << (bit >> 8) % 256);
        vm2.expectPartialRevert(RewardClaims.UnknownRoot.selector);
        claims.claim(w, total(w, 0), proof);
    }

    /// Whatever the order of commits and claims, a worker has the highest total that was ever in force for it
    /// and claimed.
    function testFuzz_cumulative(uint256 seed) public {
        uint256 highest = 0;
        for (uint256 i = 0; i < 6; ++i) {
            uint256 extra = i + 10 * (uint256(keccak256(abi.encode(seed, i))) % 5);
            commit(0, batch(0, 3, extra));
            pass();
            if (uint256(keccak256(abi.encode(seed, i, i))) % 2 == 0) continue;
            bytes32[] memory proof = proofOf(0, 3, extra, W);
            uint256 t = total(W, extra);
            if (t <= highest) vm2.expectPartialRevert(RewardClaims.NothingToClaim.selector);
            else highest = t;
            claims.claim(W, t, proof);
            eq(token.balanceOf(account(W)), highest);
            eq(claims.claimed(W), highest);
        }
    }

    // ---- other people's tokens ----

    function test_a_claim_that_is_not_covered_can_be_made_later() public {
        Plain poor = new Plain(18);
        claims = build(poor, uint64(UNIT));
        commit(0, batch(0, 10, 0));
        pass();
        bytes32[] memory proof = proofOf(0, 10, 0, W);
        vm2.expectRevert();
        claims.claim(W, total(W, 0), proof);
        eq(claims.claimed(W), 0);
        poor.mint(address(claims), total(W, 0));
        claims.claim(W, total(W, 0), proof);
        eq(poor.balanceOf(account(W)), total(W, 0));
    }

    function test_six_decimals() public {
        Plain usd = new Plain(6);
        claims = build(usd, 1);
        usd.mint(address(claims), 1e15);
        commit(0, batch(0, 10, 0));
        pass();
        bytes32[] memory all = new bytes32[](40);
        for (uint256 w = 0; w < 40; ++w) {
            all[w] = Tree.leaf(w, total(w, 0) / UNIT);
        }
        claims.claim(W, total(W, 0) / UNIT, Tree.proof(all, W));
        eq(usd.balanceOf(account(W)), total(W, 0) / UNIT);
    }

    function test_a_token_that_takes_a_fee_is_refused() public {
        Feeing fee = new Feeing();
        claims = build(fee, uint64(UNIT));
        fee.mint(address(claims), 1e30);
        commit(0, batch(0, 10, 0));
        pass();
        bytes32[] memory proof = proofOf(0, 10, 0, W);
        uint256 t = total(W, 0);
        vm.expectRevert(abi.encodeWithSelector(RewardClaims.InexactToken.selector, t - t / 10, t));
        claims.claim(W, t, proof);
    }

    function test_a_token_that_returns_nothing_will_do() public {
        Mute mute = new Mute();
        claims = build(IERC20(address(mute)), uint64(UNIT));
        mute.give(address(claims), 1e30);
        commit(0, batch(0, 10, 0));
        pass();
        claims.claim(W, total(W, 0), proofOf(0, 10, 0, W));
        eq(mute.balanceOf(account(W)), total(W, 0));
        mute.silence();
        bytes32[] memory proof = proofOf(0, 10, 0, W + 1);
        vm.expectRevert(abi.encodeWithSelector(RewardClaims.NoBalance.selector, account(W + 1)));
        claims.claim(W + 1, total(W + 1, 0), proof);
    }

    function test_a_token_that_calls_back_gets_nothing_twice() public {
        Calling calling = new Calling();
        claims = build(calling, uint64(UNIT));
        calling.mint(address(claims), 1e30);
        commit(0, batch(0, 10, 0));
        pass();
        bytes32[] memory proof = proofOf(0, 10, 0, W);
        // the same claim again, from within: it is paid already
        calling.callBack(address(claims), abi.encodeCall(RewardClaims.claim, (W, total(W, 0), proof)));
        claims.claim(W, total(W, 0), proof);
        require(!calling.went());
        eq(calling.balanceOf(account(W)), total(W, 0));
        // another's claim from within: both are paid what is theirs
        bytes32[] memory proof1 = proofOf(0, 10, 0, W + 1);
        calling.callBack(
            address(claims), abi.encodeCall(RewardClaims.claim, (W + 1, total(W + 1, 0), proof1))
        );
        claims.claim(W + 2, total(W + 2, 0), proofOf(0, 10, 0, W + 2));
        require(calling.went());
        eq(calling.balanceOf(account(W + 1)), total(W + 1, 0));
        eq(calling.balanceOf(account(W + 2)), total(W + 2, 0));
        eq(calling.balanceOf(address(claims)), 1e30 - total(W, 0) - total(W + 1, 0) - total(W + 2, 0));
    }
}

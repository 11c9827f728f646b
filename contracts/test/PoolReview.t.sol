// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batches} from "../src/Batches.sol";
import {Review} from "../src/Review.sol";
import {RewardPool} from "../src/RewardPool.sol";
import {PoolCase} from "./PoolCase.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// Release by auditors, and the roles.
contract PoolReviewTest is PoolCase {
    uint256 constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    uint256[3] keys; // of auditors, in rising order of their addresses
    bytes32[] words;
    uint256 total;

    function setUp() public {
        build();
        fund();
        join(9);
        keys = [uint256(1), 2, 3];
        for (uint256 i = 0; i < 3; ++i) {
            for (uint256 j = i + 1; j < 3; ++j) {
                if (vm.addr(keys[j]) < vm.addr(keys[i])) (keys[i], keys[j]) = (keys[j], keys[i]);
            }
        }
        vm.startPrank(OWNER);
        for (uint256 i = 0; i < 3; ++i) {
            pool.setAuditor(vm.addr(keys[i]), true);
        }
        pool.setQuorum(2);
        vm.stopPrank();
        words = one(5, 100, 9000, 9000);
        total = pool.quote(1, 100, 9000, 9000, 0, 5000);
    }

    // ---- a quorum

    function test_a_quorum_releases_at_once() public {
        post(words);
        vm.prank(STRANGER);
        pool.settle(1, words, signed(0, 2));
        eq(creditOf(5), total);
        eq(settled(), 1);
        eq(pool.locked(POSTER), 0);
    }

    function test_more_than_a_quorum_releases_too() public {
        post(words);
        bytes[] memory all = new bytes[](3);
        for (uint256 i = 0; i < 3; ++i) {
            all[i] = sign(keys[i]);
        }
        pool.settle(1, words, all);
        eq(creditOf(5), total);
    }

    function test_the_digest_is_that_of_eip712() public view {
        bytes32 kind = keccak256("Settlement(uint64 seq,bytes32 dataHash,uint128 total,bytes32 logRoot)");
        eqBytes(kind, 0x202e326585db19a84744537ffcbb79e03859d323844bf79a9c83d7a866dd224e);
        eqBytes(pool.SETTLEMENT_TYPEHASH(), kind);
        eqBytes(
            pool.settlementDigest(7, "d", 8, "r"),
            digestOf(address(pool), keccak256(abi.encode(kind, 7, bytes32("d"), 8, bytes32("r"))))
        );
    }

    /// A vector of the shared cases: another implementation signed it, for a contract at this address.
    function test_the_digest_is_that_of_others() public {
        vm.chainId(10);
        address there = 0xA4b602EA3a95d6535A57bd19194E64521EA433BD;
        bytes32 message = keccak256(
            abi.encode(
                pool.SETTLEMENT_TYPEHASH(),
                uint64(7),
                bytes32(0x4a79e3171d3dee6aeb1c5320e9a08cc37838d6ba6eff37b82bf29dcd983d5f1c),
                uint128(6160790498972665352526815027),
                bytes32(0x01ee22ae65cfeee5bc1af480aa28d31bcd5ceea508cac8795979e5aab3bc4d10)
            )
        );
        eqBytes(message, 0x8c8240a8452dbdaac73b1c9076c0c71ddac966ccee9fda70ebf609902653b0d3);
        eqBytes(digestOf(there, message), 0x9ed38f3628029c0a3c237c4dfeb3c6d9ca640a2dcd4f55cdc6be09b211f05f5a);
    }

    function test_without_a_quorum_there_is_no_release() public {
        vm.prank(OWNER);
        pool.setQuorum(0);
        post(words);
        bytes[] memory two = signed(0, 1);
        vm.expectRevert(Review.NoQuorum.selector);
        pool.settle(1, words, two);
        ready();
        vm.expectRevert(Review.NoQuorum.selector);
        pool.settle(1, words, new bytes[](0));
    }

    function test_fewer_than_a_quorum_release_nothing() public {
        post(words);
        bytes[] memory all = new bytes[](1);
        all[0] = sign(keys[0]);
        wants(Review.TooFewSignatures.selector, 1, 2);
        pool.settle(1, words, all);
        eq(settled(), 0);
        eq(creditOf(5), 0);
    }

    function test_an_auditor_counts_once_and_in_order() public {
        post(words);
        (address a, address b) = (vm.addr(keys[0]), vm.addr(keys[1]));
        bytes[] memory all = signed(0, 0);
        vm.expectRevert(abi.encodeWithSelector(Review.SignersOutOfOrder.selector, a, a));
        pool.settle(1, words, all);
        all = signed(1, 0);
        vm.expectRevert(abi.encodeWithSelector(Review.SignersOutOfOrder.selector, b, a));
        pool.settle(1, words, all);
    }

    function test_only_auditors_count() public {
        post(words);
        vm.prank(OWNER);
        pool.setAuditor(vm.addr(keys[1]), false);
        bytes[] memory all = signed(0, 1);
        vm.expectRevert(abi.encodeWithSelector(Review.NotAnAuditor.selector, vm.addr(keys[1])));
        pool.settle(1, words, all);
    }

    function test_the_other_s_of_a_signature_is_refused() public {
        post(words);
        bytes[] memory all = signed(0, 1);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(keys[1], digest());
        bytes32 high = bytes32(ORDER - uint256(s));
        all[1] = abi.encodePacked(r, high, uint8(55 - v));
        vm.expectRevert(abi.encodeWithSelector(ECDSA.ECDSAInvalidSignatureS.selector, high));
        pool.settle(1, words, all);
        all[1] = abi.encodePacked(r, bytes32(uint256(s) | 1 << 255 >> 1 >> 255), v, uint8(0)); // a byte too long
        vm.expectRevert(abi.encodeWithSelector(ECDSA.ECDSAInvalidSignatureLength.selector, 66));
        pool.settle(1, words, all);
    }

    /// Each thing that is signed, changed: another signer comes out, who is no auditor.
    function test_all_that_is_signed_matters() public {
        post(words);
        bytes32 dataHash = keccak256(abi.encodePacked(words));
        releasesNothing(pool.settlementDigest(2, dataHash, uint128(total), LOG));
        releasesNothing(pool.settlementDigest(1, "other", uint128(total), LOG));
        releasesNothing(pool.settlementDigest(1, dataHash, uint128(total) + 1, LOG));
        releasesNothing(pool.settlementDigest(1, dataHash, uint128(total), "other"));
    }

    function test_signatures_are_for_one_pool_and_chain() public {
        RewardPool other = newPool(IERC20(address(token)), ordinary());
        post(words);
        releasesNothing(other.settlementDigest(1, keccak256(abi.encodePacked(words)), uint128(total), LOG));
        bytes[] memory all = signed(0, 1);
        uint256 chain = block.chainid;
        vm.chainId(chain + 1);
        (bool done,) = tried(all);
        yes(!done, "another chain");
        vm.chainId(chain);
        (done,) = tried(all);
        yes(done, "this chain");
    }

    /// Who challenges in front of the auditors' release keeps it waiting for the arbiter, and pays a bond for that.
    function test_a_challenge_in_front_of_the_release_delays_it_and_no_more() public {
        post(words);
        bytes[] memory all = signed(0, 1);
        vm.prank(CHALLENGER);
        pool.challenge(1, 5, LOG);
        wants(Batches.WrongState.selector, 2);
        pool.settle(1, words, all);
        vm.prank(ARBITER);
        pool.resolve(1, false);
        pool.settle(1, words, all);
        eq(creditOf(5), total);
        eq(pool.bondOf(CHALLENGER), 0);
    }

    /// A ban changes the total: what was signed before it does not release any longer.
    function test_a_ban_wants_new_signatures() public {
        post(words);
        bytes[] memory all = signed(0, 1);
        ban(5, true);
        (bool done,) = tried(all);
        yes(!done, "the old total");
        total = 0;
        pool.settle(1, words, signed(0, 1));
    }

    function test_auditors_release_other_data_as_little() public {
        post(words);
        bytes[] memory all = signed(0, 1);
        bytes32[] memory other = one(5, 101, 9000, 9000);
        vm.expectRevert(
            abi.encodeWithSelector(
                Batches.OtherData.selector,
                keccak256(abi.encodePacked(other)),
                keccak256(abi.encodePacked(words))
            )
        );
        pool.settle(1, other, all);
    }

    // ---- the guardian

    function test_the_guardian_stops_posting_and_nothing_else() public {
        settle(words);
        post(words);
        uint256 until = block.timestamp + 7 days;
        vm.expectEmit(address(pool));
        emit Review.Paused(uint40(until));
        pause();
        ready();
        pool.settle(2, words);
        pool.withdraw(5);
        vm.prank(CHALLENGER);
        pool.withdrawBond(BOND);
        wants(Review.PostingIsPaused.selector, until);
        vm.prank(POSTER);
        pool.post(3, LOG, words);
        vm.warp(until - 1);
        wants(Review.PostingIsPaused.selector, until);
        vm.prank(POSTER);
        pool.post(3, LOG, words);
        vm.warp(until);
        post(words);
    }

    function test_a_pause_holds_40_bits() public {
        vm.warp(uint256(type(uint40).max) - 7 days + 1);
        wantsOverflow();
        vm.prank(GUARDIAN);
        pool.pause();
        vm.warp(block.timestamp - 1);
        vm.prank(GUARDIAN);
        pool.pause();
        eq(pool.pausedUntil(), type(uint40).max);
    }

    function test_the_guardian_must_wait_as_long_as_it_stopped() public {
        pause();
        uint256 until = block.timestamp + 7 days;
        wants(Review.TooSoonToPause.selector, until + 7 days);
        pause();
        vm.warp(until + 7 days - 1);
        wants(Review.TooSoonToPause.selector, until + 7 days);
        pause();
        vm.warp(until + 7 days);
        pause();
        eq(pool.pausedUntil(), until + 14 days);
    }

    function test_the_owner_lifts_the_pause_and_the_guardian_waits_all_the_same() public {
        pause();
        uint256 time = block.timestamp + 1 days;
        vm.warp(time);
        vm.expectEmit(address(pool));
        emit Review.Paused(uint40(time));
        vm.prank(OWNER);
        pool.unpause();
        post(words);
        wants(Review.TooSoonToPause.selector, time + 7 days);
        pause();
        vm.warp(time + 9 days);
        vm.prank(OWNER);
        pool.unpause(); // long over
        eq(pool.pausedUntil(), time);
        pause();
    }

    function test_another_guardian_inherits_the_wait() public {
        pause();
        vm.prank(OWNER);
        pool.setGuardian(STRANGER);
        wants(Review.NotTheGuardian.selector, uint160(GUARDIAN));
        pause();
        wants(Review.TooSoonToPause.selector, block.timestamp + 14 days);
        vm.prank(STRANGER);
        pool.pause();
    }

    // ---- roles

    function test_roles_are_the_owners_and_announced() public {
        bytes memory no = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, address(this));
        vm.expectRevert(no);
        pool.setPoster(STRANGER, true);
        vm.expectRevert(no);
        pool.setAuditor(STRANGER, true);
        vm.expectRevert(no);
        pool.setQuorum(1);
        vm.expectRevert(no);
        pool.setGuardian(STRANGER);
        vm.expectRevert(no);
        pool.unpause();
        vm.startPrank(OWNER);
        vm.expectEmit(address(pool));
        emit Review.Poster(STRANGER, true);
        pool.setPoster(STRANGER, true);
        vm.expectEmit(address(pool));
        emit Review.Auditor(STRANGER, true);
        pool.setAuditor(STRANGER, true);
        vm.expectEmit(address(pool));
        emit Review.Quorum(1);
        pool.setQuorum(1);
        vm.expectEmit(address(pool));
        emit Review.Guardian(STRANGER);
        pool.setGuardian(STRANGER);
        vm.stopPrank();
        yes(pool.posts(STRANGER) && pool.audits(STRANGER), "poster and auditor");
        eq(pool.quorum(), 1);
        eq(pool.guardian(), STRANGER);
    }

    // ---- helpers

    function pause() private {
        vm.prank(GUARDIAN);
        pool.pause();
    }

    function digest() private view returns (bytes32) {
        bytes32 kind = keccak256("Settlement(uint64 seq,bytes32 dataHash,uint128 total,bytes32 logRoot)");
        bytes32 dataHash = keccak256(abi.encodePacked(words));
        return digestOf(address(pool), keccak256(abi.encode(kind, uint64(1), dataHash, uint128(total), LOG)));
    }

    function digestOf(address there, bytes32 message) private view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256("lbl"),
                keccak256("1"),
                block.chainid,
                there
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, message));
    }

    function sign(uint256 key) private view returns (bytes memory) {
        return signature(key, digest());
    }

    function signature(uint256 key, bytes32 what) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, what);
        return abi.encodePacked(r, s, v);
    }

    function signed(uint256 a, uint256 b) private view returns (bytes[] memory all) {
        all = new bytes[](2);
        (all[0], all[1]) = (sign(keys[a]), sign(keys[b]));
    }

    function tried(bytes[] memory all) private returns (bool, bytes memory) {
        bytes4 selector = bytes4(keccak256("settle(uint64,bytes32[],bytes[])"));
        return address(pool).call(abi.encodeWithSelector(selector, uint64(1), words, all));
    }

    function releasesNothing(bytes32 what) private {
        bytes[] memory all = new bytes[](2);
        (all[0], all[1]) = (signature(keys[0], what), signature(keys[1], what));
        (bool done,) = tried(all);
        yes(!done && settled() == 0, "must release nothing");
    }
}

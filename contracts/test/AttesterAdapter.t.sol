// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AttesterAdapter} from "../src/adapters/AttesterAdapter.sol";
import {Mini} from "./Mini.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

contract AttesterAdapterTest is Mini {
    uint256 constant KEY = 0xA77;
    uint256 constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
    address constant OWNER = address(0x0531);
    address constant ALICE = address(0xA11CE);
    address constant BOB = address(0xB0B);
    bytes32 constant SPACE = keccak256("space");
    bytes32 constant NULLIFIER = keccak256("alice");

    AttesterAdapter adapter;
    uint64 deadline;

    function setUp() public {
        vm.warp(1_700_000_000);
        deadline = uint64(block.timestamp + 1 hours);
        adapter = new AttesterAdapter(OWNER, SPACE);
        allow(KEY, true);
    }

    function test_a_statement_of_an_attester_gives_the_nullifier() public view {
        eqBytes(adapter.space(), SPACE);
        eqBytes(adapter.person(ALICE, proof(KEY, ALICE)), NULLIFIER);
    }

    function test_several_attesters_may_attest() public {
        allow(KEY + 1, true);
        eqBytes(adapter.person(ALICE, proof(KEY + 1, ALICE)), NULLIFIER);
        eqBytes(adapter.person(ALICE, proof(KEY, ALICE)), NULLIFIER);
    }

    function test_only_attesters_may_attest() public {
        bytes memory p = proof(KEY + 1, ALICE);
        vm.expectRevert(abi.encodeWithSelector(AttesterAdapter.NotAnAttester.selector, vm.addr(KEY + 1)));
        adapter.person(ALICE, p);
        allow(KEY, false);
        p = proof(KEY, ALICE);
        vm.expectRevert(abi.encodeWithSelector(AttesterAdapter.NotAnAttester.selector, vm.addr(KEY)));
        adapter.person(ALICE, p);
    }

    function test_a_statement_is_for_one_account() public view {
        bytes memory p = proof(KEY, ALICE);
        refused(BOB, p);
    }

    function test_a_statement_holds_up_to_its_deadline() public {
        bytes memory p = proof(KEY, ALICE);
        vm.warp(deadline);
        eqBytes(adapter.person(ALICE, p), NULLIFIER);
        vm.warp(deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(AttesterAdapter.Expired.selector, deadline));
        adapter.person(ALICE, p);
    }

    function test_a_statement_is_for_one_adapter_and_chain() public {
        bytes memory p = proof(KEY, ALICE);
        AttesterAdapter other = new AttesterAdapter(OWNER, SPACE);
        vm.prank(OWNER);
        other.setAttester(vm.addr(KEY), true);
        (bool done,) = address(other).staticcall(abi.encodeCall(other.person, (ALICE, p)));
        yes(!done, "another adapter");
        vm.chainId(block.chainid + 1);
        refused(ALICE, p);
    }

    function test_nullifier_and_deadline_are_signed() public view {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, digestOf(ALICE, NULLIFIER, deadline));
        bytes memory sig = abi.encodePacked(r, s, v);
        refused(ALICE, abi.encode(keccak256("bob"), deadline, sig));
        refused(ALICE, abi.encode(NULLIFIER, deadline + 1, sig));
    }

    function test_the_other_s_is_refused() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, digestOf(ALICE, NULLIFIER, deadline));
        bytes32 high = bytes32(ORDER - uint256(s));
        bytes memory p = abi.encode(NULLIFIER, deadline, abi.encodePacked(r, high, uint8(55 - v)));
        vm.expectRevert(abi.encodeWithSelector(ECDSA.ECDSAInvalidSignatureS.selector, high));
        adapter.person(ALICE, p);
    }

    function test_only_the_owner_names_attesters() public {
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, BOB));
        vm.prank(BOB);
        adapter.setAttester(BOB, true);
    }

    function test_naming_is_announced() public {
        vm.expectEmit(address(adapter));
        emit AttesterAdapter.Attester(BOB, true);
        vm.prank(OWNER);
        adapter.setAttester(BOB, true);
        yes(adapter.attests(BOB), "bob attests");
    }

    // ---- helpers

    function allow(uint256 key, bool on) private {
        vm.prank(OWNER);
        adapter.setAttester(vm.addr(key), on);
    }

    /// By another error or another signer: a statement that was not signed so.
    function refused(address who, bytes memory p) private view {
        (bool done,) = address(adapter).staticcall(abi.encodeCall(adapter.person, (who, p)));
        yes(!done, "must be refused");
    }

    function proof(uint256 key, address who) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digestOf(who, NULLIFIER, deadline));
        return abi.encode(NULLIFIER, deadline, abi.encodePacked(r, s, v));
    }

    /// From the text of EIP-712, not from what the adapter says.
    function digestOf(address who, bytes32 nullifier, uint64 until) private view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256("lbl AttesterAdapter"),
                keccak256("1"),
                block.chainid,
                address(adapter)
            )
        );
        bytes32 kind = keccak256("Person(address who,bytes32 nullifier,uint64 deadline)");
        bytes32 message = keccak256(abi.encode(kind, who, nullifier, until));
        return keccak256(abi.encodePacked(hex"1901", domain, message));
    }
}

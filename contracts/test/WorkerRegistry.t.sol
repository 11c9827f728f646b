// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPersonhood} from "../src/IPersonhood.sol";
import {WorkerRegistry} from "../src/WorkerRegistry.sol";
import {AttesterAdapter} from "../src/adapters/AttesterAdapter.sol";
import {EasAdapter, IEas} from "../src/adapters/EasAdapter.sol";
import {Mini} from "./Mini.sol";
import {HostileAdapter} from "./mocks/HostileAdapter.sol";
import {OpenAdapter} from "./mocks/OpenAdapter.sol";
import {EasMock} from "./mocks/ProofSystems.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

contract WorkerRegistryTest is Mini {
    address constant OWNER = address(0x0531);
    address constant ALICE = address(0xA11CE);
    address constant BOB = address(0xB0B);
    address constant CAROL = address(0xCA401);
    bytes32 constant SPACE = keccak256("space");

    WorkerRegistry registry;
    OpenAdapter adapter;

    function setUp() public {
        vm.warp(1_700_000_000);
        registry = new WorkerRegistry(OWNER, SPACE);
        adapter = new OpenAdapter(SPACE);
        enable(adapter, true);
    }

    // ---- joining

    function test_workers_are_numbered_from_one() public {
        eq(registry.count(), 0);
        eq(join(ALICE, "alice"), 1);
        vm.warp(block.timestamp + 5);
        eq(join(BOB, "bob"), 2);
        eq(registry.count(), 2);
        eq(registry.indexOf(ALICE), 1);
        eq(registry.indexOf(BOB), 2);
        eq(registry.indexOf(CAROL), 0);
        eq(registry.indexOfPerson("bob"), 2);
        eq(registry.ownerOf(1), ALICE);
        eq(registry.worker(2).account, BOB);
        eq(registry.worker(2).since, block.timestamp);
        eq(registry.worker(1).since, block.timestamp - 5);
    }

    function test_joining_is_announced() public {
        vm.expectEmit(address(registry));
        emit WorkerRegistry.Joined(1, ALICE, address(adapter), "alice");
        join(ALICE, "alice");
    }

    function test_a_human_joins_once() public {
        join(ALICE, "alice");
        vm.expectRevert(abi.encodeWithSelector(WorkerRegistry.PersonIsHere.selector, bytes32("alice"), 1));
        join(BOB, "alice");
    }

    function test_an_account_holds_one_worker() public {
        join(ALICE, "alice");
        vm.expectRevert(abi.encodeWithSelector(WorkerRegistry.AccountIsTaken.selector, ALICE, 1));
        join(ALICE, "bob");
    }

    function test_who_is_no_human_does_not_join() public {
        vm.expectRevert(abi.encodeWithSelector(WorkerRegistry.NotAPerson.selector, ALICE));
        join(ALICE, 0);
    }

    function test_nobody_joins_by_an_adapter_that_is_not_enabled() public {
        OpenAdapter other = new OpenAdapter(SPACE);
        vm.expectRevert(abi.encodeWithSelector(WorkerRegistry.NotEnabled.selector, address(other)));
        vm.prank(ALICE);
        registry.join(other, abi.encode("alice"));
    }

    function test_a_disabled_adapter_takes_nothing_from_who_joined() public {
        join(ALICE, "alice");
        enable(adapter, false);
        eq(registry.ownerOf(1), ALICE);
        vm.expectRevert(abi.encodeWithSelector(WorkerRegistry.NotEnabled.selector, address(adapter)));
        join(BOB, "bob");
    }

    function test_an_adapter_of_another_space_cannot_be_enabled() public {
        OpenAdapter other = new OpenAdapter("elsewhere");
        vm.expectRevert(
            abi.encodeWithSelector(
                WorkerRegistry.OtherSpace.selector, address(other), bytes32("elsewhere"), SPACE
            )
        );
        enable(other, true);
        enable(other, false); // to disable it no question is asked
    }

    /// An attester that signs and writes on chain: the same nullifier, so the same human is known again.
    function test_a_human_joins_once_through_two_adapters_of_one_space() public {
        uint256 key = 0xA77;
        EasMock eas = new EasMock();
        EasAdapter onChain = new EasAdapter(eas, vm.addr(key), "schema", SPACE);
        AttesterAdapter signed = new AttesterAdapter(OWNER, SPACE);
        enable(onChain, true);
        enable(signed, true);
        vm.prank(OWNER);
        signed.setAttester(vm.addr(key), true);
        IEas.Attestation memory a;
        (a.uid, a.schema, a.attester, a.recipient) = ("uid", "schema", vm.addr(key), ALICE);
        a.data = abi.encode(bytes32("alice"));
        eas.attest(a);
        vm.prank(ALICE);
        registry.join(onChain, abi.encode(bytes32("uid")));
        uint64 until = uint64(block.timestamp);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, signed.digest(BOB, "alice", until));
        bytes memory proof = abi.encode(bytes32("alice"), until, abi.encodePacked(r, s, v));
        vm.expectRevert(abi.encodeWithSelector(WorkerRegistry.PersonIsHere.selector, bytes32("alice"), 1));
        vm.prank(BOB);
        registry.join(signed, proof);
    }

    /// Whoever sees a statement on its way cannot use it: it names the account.
    function test_joining_cannot_be_front_run() public {
        uint256 key = 0xA77;
        AttesterAdapter signed = new AttesterAdapter(OWNER, SPACE);
        enable(signed, true);
        vm.prank(OWNER);
        signed.setAttester(vm.addr(key), true);
        uint64 until = uint64(block.timestamp);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, signed.digest(ALICE, "alice", until));
        bytes memory proof = abi.encode(bytes32("alice"), until, abi.encodePacked(r, s, v));
        vm.prank(BOB);
        (bool done,) = address(registry).call(abi.encodeCall(registry.join, (signed, proof)));
        yes(!done, "bob must not join with it");
        vm.prank(ALICE);
        eq(registry.join(signed, proof), 1);
    }

    function test_an_adapter_that_calls_back_makes_no_second_worker() public {
        HostileAdapter hostile = new HostileAdapter(registry, SPACE);
        enable(hostile, true);
        // it joins by itself in the middle, as the very same human
        hostile.arm(adapter, "alice");
        vm.expectRevert(abi.encodeWithSelector(WorkerRegistry.PersonIsHere.selector, bytes32("alice"), 1));
        vm.prank(ALICE);
        registry.join(hostile, "");
        eq(registry.count(), 0);
        // and as another one: both are there, each once
        hostile.arm(adapter, "mallory");
        vm.prank(ALICE);
        eq(registry.join(hostile, ""), 2);
        eq(registry.ownerOf(1), address(hostile));
        eq(registry.ownerOf(2), ALICE);
        eq(registry.count(), 2);
    }

    function test_numbers_hold_32_bits() public {
        uint32 last = type(uint32).max;
        vm.store(address(registry), bytes32(uint256(1)), bytes32(uint256(last - 1) << 160)); // pendingOwner | count
        eq(registry.count(), last - 1);
        join(ALICE, "alice");
        eq(registry.indexOf(ALICE), last);
        ban(last, true);
        yes(registry.isBanned(last) && registry.bans(last >> 8) == 1 << 255, "the last bit of the last word");
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x11));
        join(BOB, "bob");
    }

    // ---- rotation

    function test_rotation_moves_the_key_and_nothing_else() public {
        join(ALICE, "alice");
        ban(1, true);
        uint256 since = block.timestamp;
        vm.warp(since + 99);
        rotate(ALICE, BOB);
        eq(registry.ownerOf(1), ALICE); // not before it is accepted
        eq(registry.rotatingTo(1), BOB);
        vm.expectEmit(address(registry));
        emit WorkerRegistry.Rotated(1, ALICE, BOB);
        accept(BOB, 1);
        eq(registry.ownerOf(1), BOB);
        eq(registry.indexOf(BOB), 1);
        eq(registry.indexOf(ALICE), 0);
        eq(registry.indexOfPerson("alice"), 1);
        eq(registry.count(), 1);
        eq(registry.worker(1).since, since);
        eq(registry.rotatingTo(1), address(0));
        yes(registry.isBanned(1), "banned still");
    }

    function test_only_the_named_account_takes_over() public {
        join(ALICE, "alice");
        vm.expectRevert(abi.encodeWithSelector(WorkerRegistry.NotRotatingHere.selector, 1, CAROL, address(0)));
        accept(CAROL, 1);
        rotate(ALICE, BOB);
        vm.expectRevert(abi.encodeWithSelector(WorkerRegistry.NotRotatingHere.selector, 1, CAROL, BOB));
        accept(CAROL, 1);
    }

    function test_a_rotation_can_be_taken_back_and_works_once() public {
        join(ALICE, "alice");
        rotate(ALICE, BOB);
        rotate(ALICE, address(0));
        vm.expectRevert(abi.encodeWithSelector(WorkerRegistry.NotRotatingHere.selector, 1, BOB, address(0)));
        accept(BOB, 1);
        rotate(ALICE, BOB);
        accept(BOB, 1);
        rotate(BOB, CAROL);
        accept(CAROL, 1);
        vm.expectRevert(abi.encodeWithSelector(WorkerRegistry.NotRotatingHere.selector, 1, BOB, address(0)));
        accept(BOB, 1);
    }

    function test_who_holds_a_worker_takes_no_other() public {
        join(ALICE, "alice");
        join(BOB, "bob");
        rotate(ALICE, BOB);
        vm.expectRevert(abi.encodeWithSelector(WorkerRegistry.AccountIsTaken.selector, BOB, 2));
        accept(BOB, 1);
    }

    function test_only_the_account_rotates() public {
        join(ALICE, "alice");
        vm.expectRevert(abi.encodeWithSelector(WorkerRegistry.NoWorker.selector, BOB));
        rotate(BOB, CAROL);
    }

    function test_asking_to_rotate_is_announced() public {
        join(ALICE, "alice");
        vm.expectEmit(address(registry));
        emit WorkerRegistry.Rotating(1, ALICE, BOB);
        rotate(ALICE, BOB);
    }

    // ---- bans

    function test_bans_are_bits() public {
        for (uint256 i = 1; i <= 260; ++i) {
            join(address(uint160(0x1000 + i)), bytes32(i));
        }
        ban(1, true);
        ban(255, true);
        ban(256, true);
        ban(260, true);
        eq(registry.bans(0), 1 << 1 | 1 << 255);
        eq(registry.bans(1), 1 << 0 | 1 << 4);
        ban(255, false);
        ban(256, false);
        ban(256, false);
        eq(registry.bans(0), 1 << 1);
        eq(registry.bans(1), 1 << 4);
        yes(registry.isBanned(260) && !registry.isBanned(256) && !registry.isBanned(259), "260 alone");
        eq(registry.ownerOf(260), address(uint160(0x1000 + 260)));
    }

    function test_only_workers_are_banned_and_only_by_the_owner() public {
        join(ALICE, "alice");
        vm.expectRevert(abi.encodeWithSelector(WorkerRegistry.NoSuchWorker.selector, 0));
        ban(0, true);
        vm.expectRevert(abi.encodeWithSelector(WorkerRegistry.NoSuchWorker.selector, 2));
        ban(2, true);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, BOB));
        vm.prank(BOB);
        registry.setBan(1, true);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, BOB));
        vm.prank(BOB);
        registry.setAdapter(adapter, false);
    }

    function test_bans_and_adapters_are_announced() public {
        join(ALICE, "alice");
        vm.expectEmit(address(registry));
        emit WorkerRegistry.Banned(1, true);
        ban(1, true);
        vm.expectEmit(address(registry));
        emit WorkerRegistry.Enabled(address(adapter), false);
        enable(adapter, false);
    }

    function test_nobody_has_a_number_beyond_the_last() public {
        join(ALICE, "alice");
        vm.expectRevert(abi.encodeWithSelector(WorkerRegistry.NoSuchWorker.selector, 0));
        registry.ownerOf(0);
        vm.expectRevert(abi.encodeWithSelector(WorkerRegistry.NoSuchWorker.selector, 2));
        registry.ownerOf(2);
        vm.expectRevert(abi.encodeWithSelector(WorkerRegistry.NoSuchWorker.selector, 0));
        registry.worker(0);
        vm.expectRevert(abi.encodeWithSelector(WorkerRegistry.NoSuchWorker.selector, 2));
        registry.worker(2);
    }

    // ---- helpers

    function join(address who, bytes32 key) private returns (uint32) {
        vm.prank(who);
        return registry.join(adapter, abi.encode(key));
    }

    function enable(IPersonhood which, bool on) private {
        vm.prank(OWNER);
        registry.setAdapter(which, on);
    }

    function rotate(address from, address to) private {
        vm.prank(from);
        registry.rotate(to);
    }

    function accept(address who, uint32 index) private {
        vm.prank(who);
        registry.accept(index);
    }

    function ban(uint32 index, bool on) private {
        vm.prank(OWNER);
        registry.setBan(index, on);
    }
}

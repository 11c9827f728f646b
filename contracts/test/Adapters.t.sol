// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BrightIdAdapter} from "../src/adapters/BrightIdAdapter.sol";
import {EasAdapter, IEas} from "../src/adapters/EasAdapter.sol";
import {HumanPassportAdapter} from "../src/adapters/HumanPassportAdapter.sol";
import {ProofOfHumanityAdapter} from "../src/adapters/ProofOfHumanityAdapter.sol";
import {WorldIdAdapter} from "../src/adapters/WorldIdAdapter.sol";
import {Mini} from "./Mini.sol";
import {
    BrightIdMock,
    EasMock,
    PassportMock,
    ProofOfHumanityMock,
    WorldIdMock
} from "./mocks/ProofSystems.sol";

contract AdaptersTest is Mini {
    address constant ALICE = address(0xA11CE);
    address constant BOB = address(0xB0B);
    bytes32 constant SPACE = keccak256("space");

    function setUp() public {
        vm.warp(1_700_000_000);
    }

    // ---- World ID

    uint256[8] points = [uint256(1), 2, 3, 4, 5, 6, 7, 8];

    function worldId() private returns (WorldIdAdapter adapter, WorldIdMock router) {
        router = new WorldIdMock();
        adapter = new WorldIdAdapter(router, "app_staging_1", "join");
        uint256 app = uint256(keccak256("app_staging_1")) >> 8;
        eq(adapter.externalNullifierHash(), uint256(keccak256(abi.encodePacked(app, "join"))) >> 8);
        router.prove(signal(ALICE), 99, adapter.externalNullifierHash(), points);
    }

    function signal(address who) private pure returns (uint256) {
        return uint256(keccak256(abi.encodePacked(who))) >> 8;
    }

    function test_world_id_gives_the_nullifier() public {
        (WorldIdAdapter adapter, WorldIdMock router) = worldId();
        eqBytes(adapter.person(ALICE, abi.encode(router.ROOT(), 99, points)), bytes32(uint256(99)));
    }

    function test_world_id_proof_is_bound_to_the_account() public {
        (WorldIdAdapter adapter, WorldIdMock router) = worldId();
        bytes memory proof = abi.encode(router.ROOT(), 99, points);
        vm.expectRevert(WorldIdMock.ProofInvalid.selector);
        adapter.person(BOB, proof);
    }

    function test_world_id_refuses_another_nullifier_root_or_proof() public {
        (WorldIdAdapter adapter, WorldIdMock router) = worldId();
        uint256 root = router.ROOT();
        vm.expectRevert(WorldIdMock.ProofInvalid.selector);
        adapter.person(ALICE, abi.encode(root, 98, points));
        vm.expectRevert(WorldIdMock.NonExistentRoot.selector);
        adapter.person(ALICE, abi.encode(root + 1, 99, points));
        points[7] = 0;
        vm.expectRevert(WorldIdMock.ProofInvalid.selector);
        adapter.person(ALICE, abi.encode(root, 99, points));
    }

    function test_world_id_space_is_that_of_router_app_and_action() public {
        WorldIdMock a = new WorldIdMock();
        bytes32 space = new WorldIdAdapter(a, "app_1", "join").space();
        eqBytes(new WorldIdAdapter(a, "app_1", "join").space(), space);
        yes(new WorldIdAdapter(a, "app_2", "join").space() != space, "another app");
        yes(new WorldIdAdapter(a, "app_1", "play").space() != space, "another action");
        yes(new WorldIdAdapter(new WorldIdMock(), "app_1", "join").space() != space, "another router");
    }

    // ---- Proof of Humanity

    function test_proof_of_humanity_gives_the_humanity_whoever_holds_it() public {
        ProofOfHumanityMock register = new ProofOfHumanityMock();
        ProofOfHumanityAdapter adapter = new ProofOfHumanityAdapter(register);
        register.claim(bytes20("soul"), ALICE, uint40(block.timestamp + 1));
        eqBytes(adapter.person(ALICE, ""), bytes32(bytes20("soul")));
        eqBytes(adapter.person(BOB, ""), 0);
        register.claim(bytes20("soul"), BOB, uint40(block.timestamp + 1));
        eqBytes(adapter.person(BOB, ""), bytes32(bytes20("soul")));
        eqBytes(adapter.person(ALICE, ""), 0);
    }

    function test_proof_of_humanity_runs_out() public {
        ProofOfHumanityMock register = new ProofOfHumanityMock();
        ProofOfHumanityAdapter adapter = new ProofOfHumanityAdapter(register);
        register.claim(bytes20("soul"), ALICE, uint40(block.timestamp + 1));
        vm.warp(block.timestamp + 1);
        eqBytes(adapter.person(ALICE, ""), 0);
    }

    // ---- Human Passport

    function test_human_passport_wants_the_threshold() public {
        PassportMock decoder = new PassportMock();
        HumanPassportAdapter adapter = new HumanPassportAdapter(decoder);
        decoder.set(ALICE, 200_000, uint64(block.timestamp + 1));
        decoder.set(BOB, 199_999, uint64(block.timestamp + 1));
        eqBytes(adapter.person(ALICE, ""), bytes32(uint256(uint160(ALICE))));
        eqBytes(adapter.person(BOB, ""), 0);
    }

    function test_human_passport_reverts_without_a_score_of_today() public {
        PassportMock decoder = new PassportMock();
        HumanPassportAdapter adapter = new HumanPassportAdapter(decoder);
        vm.expectRevert(PassportMock.AttestationNotFound.selector);
        adapter.person(ALICE, "");
        uint64 expires = uint64(block.timestamp);
        decoder.set(ALICE, 900_000, expires);
        vm.expectRevert(abi.encodeWithSelector(PassportMock.AttestationExpired.selector, expires));
        adapter.person(ALICE, "");
    }

    // ---- BrightID

    function test_bright_id_wants_a_verified_account() public {
        BrightIdMock snapshot = new BrightIdMock();
        BrightIdAdapter adapter = new BrightIdAdapter(snapshot);
        eqBytes(adapter.person(ALICE, ""), 0);
        snapshot.set(ALICE, true);
        eqBytes(adapter.person(ALICE, ""), bytes32(uint256(uint160(ALICE))));
        eqBytes(adapter.person(BOB, ""), 0);
    }

    function test_spaces_of_account_keys_differ_by_system_and_contract() public {
        bytes32 a = new BrightIdAdapter(BrightIdMock(ALICE)).space();
        yes(a != new BrightIdAdapter(BrightIdMock(BOB)).space(), "another snapshot");
        bytes32 b = new HumanPassportAdapter(PassportMock(ALICE)).space();
        yes(a != b, "another system");
        yes(b != new HumanPassportAdapter(PassportMock(BOB)).space(), "another decoder");
        bytes32 c = new ProofOfHumanityAdapter(ProofOfHumanityMock(ALICE)).space();
        yes(a != c && b != c, "another system");
        yes(c != new ProofOfHumanityAdapter(ProofOfHumanityMock(BOB)).space(), "another register");
    }

    // ---- EAS

    bytes32 constant UID = keccak256("uid");
    bytes32 constant SCHEMA = keccak256("schema");
    address constant ATTESTER = address(0xA77);

    EasMock eas = new EasMock();
    EasAdapter onChain = new EasAdapter(eas, ATTESTER, SCHEMA, SPACE);

    function good() private view returns (IEas.Attestation memory a) {
        a.uid = UID;
        a.schema = SCHEMA;
        a.time = uint64(block.timestamp);
        a.recipient = ALICE;
        a.attester = ATTESTER;
        a.revocable = true;
        a.data = abi.encode(bytes32("nullifier"));
    }

    function keyOf(IEas.Attestation memory a) private returns (bytes32) {
        eas.attest(a);
        return onChain.person(ALICE, abi.encode(UID));
    }

    function test_eas_gives_what_the_attester_wrote() public {
        eqBytes(onChain.space(), SPACE);
        eqBytes(keyOf(good()), "nullifier");
        IEas.Attestation memory a = good();
        a.expirationTime = uint64(block.timestamp + 1);
        eqBytes(keyOf(a), "nullifier");
    }

    function test_eas_refuses_what_was_never_attested() public view {
        eqBytes(onChain.person(ALICE, abi.encode(UID)), 0);
    }

    function test_eas_refuses_what_is_revoked_or_expired() public {
        IEas.Attestation memory a = good();
        a.revocationTime = uint64(block.timestamp);
        eqBytes(keyOf(a), 0);
        a = good();
        a.expirationTime = uint64(block.timestamp);
        eqBytes(keyOf(a), 0);
    }

    function test_eas_refuses_another_schema_attester_or_recipient() public {
        IEas.Attestation memory a = good();
        a.schema = keccak256("other");
        eqBytes(keyOf(a), 0);
        a = good();
        a.attester = BOB;
        eqBytes(keyOf(a), 0);
        a = good();
        a.recipient = BOB;
        eqBytes(keyOf(a), 0);
    }

    function test_eas_refuses_data_that_is_no_nullifier() public {
        IEas.Attestation memory a = good();
        a.data = hex"01";
        eas.attest(a);
        (bool done,) = address(onChain).staticcall(abi.encodeCall(onChain.person, (ALICE, abi.encode(UID))));
        yes(!done, "short data must revert");
    }
}

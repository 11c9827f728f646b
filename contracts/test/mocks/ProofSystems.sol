// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBrightIdSnapshot} from "../../src/adapters/BrightIdAdapter.sol";
import {IEas} from "../../src/adapters/EasAdapter.sol";
import {IPassportDecoder} from "../../src/adapters/HumanPassportAdapter.sol";
import {IProofOfHumanity} from "../../src/adapters/ProofOfHumanityAdapter.sol";
import {IWorldId} from "../../src/adapters/WorldIdAdapter.sol";

/// A router that knows one root and believes the proofs it was told of: it gives nothing back, and reverts when
/// a proof does not hold, whichever of its inputs is another one.
contract WorldIdMock is IWorldId {
    uint256 public constant ROOT = 77;

    mapping(bytes32 statement => bool) public holds;

    error NonExistentRoot();
    error ProofInvalid();

    function prove(uint256 signal, uint256 nullifier, uint256 externalNullifier, uint256[8] calldata proof)
        external
    {
        holds[keccak256(abi.encode(1, signal, nullifier, externalNullifier, proof))] = true;
    }

    function verifyProof(
        uint256 root,
        uint256 groupId,
        uint256 signalHash,
        uint256 nullifierHash,
        uint256 externalNullifierHash,
        uint256[8] calldata proof
    ) external view {
        if (root != ROOT) revert NonExistentRoot();
        bytes32 statement =
            keccak256(abi.encode(groupId, signalHash, nullifierHash, externalNullifierHash, proof));
        if (!holds[statement]) revert ProofInvalid();
    }
}

/// A humanity belongs to an account until it runs out; then the account still has it, and is no human.
contract ProofOfHumanityMock is IProofOfHumanity {
    struct Humanity {
        address owner;
        uint40 expires;
    }

    mapping(bytes20 id => Humanity) public humanities;
    mapping(address account => bytes20) public humanityOf;

    function claim(bytes20 id, address owner, uint40 expires) external {
        delete humanityOf[humanities[id].owner];
        humanities[id] = Humanity(owner, expires);
        humanityOf[owner] = id;
    }

    function isHuman(address account) external view returns (bool) {
        Humanity memory h = humanities[humanityOf[account]];
        return h.owner == account && block.timestamp < h.expires;
    }
}

/// Scores with four decimals, a threshold, and an age beyond which a score is no answer.
contract PassportMock is IPassportDecoder {
    struct Score {
        uint256 value;
        uint64 expires;
    }

    uint256 public constant THRESHOLD = 200_000;

    mapping(address account => Score) public scores;

    error AttestationNotFound();
    error AttestationExpired(uint64 expirationTime);

    function set(address account, uint256 value, uint64 expires) external {
        scores[account] = Score(value, expires);
    }

    function isHuman(address account) external view returns (bool) {
        Score memory s = scores[account];
        if (s.expires == 0) revert AttestationNotFound();
        if (s.expires <= block.timestamp) revert AttestationExpired(s.expires);
        return s.value >= THRESHOLD;
    }
}

contract BrightIdMock is IBrightIdSnapshot {
    mapping(address account => bool) public isVerifiedUser;

    function set(address account, bool verified) external {
        isVerifiedUser[account] = verified;
    }
}

/// Keeps what is attested, and gives all zeros for what is not.
contract EasMock is IEas {
    mapping(bytes32 uid => Attestation) private _all;

    function attest(Attestation calldata a) external {
        _all[a.uid] = a;
    }

    function getAttestation(bytes32 uid) external view returns (Attestation memory) {
        return _all[uid];
    }
}

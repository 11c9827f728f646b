// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPersonhood} from "../IPersonhood.sol";

/// @title The Ethereum Attestation Service, as far as it is used here
interface IEas {
    struct Attestation {
        bytes32 uid;
        bytes32 schema;
        uint64 time;
        uint64 expirationTime;
        uint64 revocationTime;
        bytes32 refUID;
        address recipient;
        address attester;
        bool revocable;
        bytes data;
    }

    /// @notice The attestation with this number; all of it zero if there is none.
    function getAttestation(bytes32 uid) external view returns (Attestation memory);
}

/// @title  Personhood by an attestation on chain
/// @notice The key is what the attester wrote: its data is abi.encode(bytes32 nullifier).
/// @dev    Proof: abi.encode(bytes32 uid). The service says of an attestation only that it exists; schema,
///         attester, recipient, revocation and expiry are looked at here. The space is given: it may be that
///         of an {AttesterAdapter} whose attester writes the same nullifiers.
contract EasAdapter is IPersonhood {
    /// @notice The service.
    IEas public immutable eas;

    /// @notice Whose attestations count.
    address public immutable attester;

    /// @notice Which schema they have.
    bytes32 public immutable schema;

    /// @inheritdoc IPersonhood
    bytes32 public immutable space;

    /// @param eas_      The service.
    /// @param attester_ Whose attestations count.
    /// @param schema_   Which schema they have.
    /// @param space_    The space of the nullifiers that they carry.
    constructor(IEas eas_, address attester_, bytes32 schema_, bytes32 space_) {
        eas = eas_;
        attester = attester_;
        schema = schema_;
        space = space_;
    }

    /// @inheritdoc IPersonhood
    function person(address who, bytes calldata proof) external view returns (bytes32) {
        IEas.Attestation memory a = eas.getAttestation(abi.decode(proof, (bytes32)));
        bool ours = a.attester == attester && a.schema == schema && a.recipient == who;
        bool holds = a.revocationTime == 0 && (a.expirationTime == 0 || a.expirationTime > block.timestamp);
        return ours && holds ? abi.decode(a.data, (bytes32)) : bytes32(0);
    }
}

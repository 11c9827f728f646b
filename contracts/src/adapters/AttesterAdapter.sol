// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPersonhood} from "../IPersonhood.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

/// @title  Personhood by the word of an attester
/// @notice The default: somebody whom governance trusts to tell humans apart signs that an account belongs to
///         the human with this nullifier. What a nullifier is, a hash of a passport or of an employee's number,
///         is the attester's affair; that one human has one is what it is trusted with.
/// @dev    Proof: abi.encode(bytes32 nullifier, uint64 deadline, bytes signature), the signature by EIP-712
///         of Person(address who,bytes32 nullifier,uint64 deadline). The domain names this chain and this
///         contract, and `who` is signed: a statement cannot be used elsewhere, nor by anybody else.
contract AttesterAdapter is IPersonhood, EIP712, Ownable2Step {
    /// @notice The type hash of a statement.
    bytes32 public constant PERSON_TYPEHASH =
        keccak256("Person(address who,bytes32 nullifier,uint64 deadline)");

    /// @inheritdoc IPersonhood
    bytes32 public immutable space;

    /// @notice Who may attest.
    mapping(address attester => bool) public attests;

    /// @notice An attester may attest from now on, or may not any longer.
    event Attester(address indexed attester, bool attests);

    /// @notice The statement is too old.
    error Expired(uint64 deadline);

    /// @notice The signature is not by an attester.
    error NotAnAttester(address signer);

    /// @param owner_ The timelock of governance.
    /// @param space_ The space of the attesters' nullifiers.
    constructor(address owner_, bytes32 space_) EIP712("lbl AttesterAdapter", "1") Ownable(owner_) {
        space = space_;
    }

    /// @notice Says whether somebody may attest.
    /// @param attester The account that signs.
    /// @param on       Whether it may.
    function setAttester(address attester, bool on) external onlyOwner {
        attests[attester] = on;
        emit Attester(attester, on);
    }

    /// @inheritdoc IPersonhood
    function person(address who, bytes calldata proof) external view returns (bytes32) {
        (bytes32 nullifier, uint64 deadline, bytes memory signature) =
            abi.decode(proof, (bytes32, uint64, bytes));
        if (block.timestamp > deadline) revert Expired(deadline);
        address signer = ECDSA.recover(digest(who, nullifier, deadline), signature);
        if (!attests[signer]) revert NotAnAttester(signer);
        return nullifier;
    }

    /// @notice What an attester signs.
    /// @param who       The account.
    /// @param nullifier The human's key.
    /// @param deadline  The last second at which the statement holds.
    function digest(address who, bytes32 nullifier, uint64 deadline) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(PERSON_TYPEHASH, who, nullifier, deadline)));
    }
}

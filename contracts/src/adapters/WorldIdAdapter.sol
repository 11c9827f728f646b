// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPersonhood} from "../IPersonhood.sol";

/// @title World ID's router, as far as it is used here
interface IWorldId {
    /// @notice Reverts unless the proof holds.
    function verifyProof(
        uint256 root,
        uint256 groupId,
        uint256 signalHash,
        uint256 nullifierHash,
        uint256 externalNullifierHash,
        uint256[8] calldata proof
    ) external view;
}

/// @title  Personhood by World ID
/// @notice The key is the nullifier hash, which a human has once for each app and action.
/// @dev    Proof: abi.encode(uint256 root, uint256 nullifierHash, uint256[8] proof), made for the signal that
///         is the joining account. Group 1 is that of humans who were seen by an orb.
contract WorldIdAdapter is IPersonhood {
    /// @notice Humans who were seen by an orb.
    uint256 public constant GROUP = 1;

    /// @notice World ID's router.
    IWorldId public immutable worldId;

    /// @notice Hash of the app and the action that proofs must be made for.
    uint256 public immutable externalNullifierHash;

    /// @param worldId_ World ID's router.
    /// @param appId    The app, as it is registered: "app_...".
    /// @param action   The action.
    constructor(IWorldId worldId_, string memory appId, string memory action) {
        worldId = worldId_;
        uint256 app = _toField(abi.encodePacked(appId));
        externalNullifierHash = _toField(abi.encodePacked(app, action));
    }

    /// @inheritdoc IPersonhood
    function space() external view returns (bytes32) {
        return keccak256(abi.encode("World ID", worldId, externalNullifierHash));
    }

    /// @inheritdoc IPersonhood
    function person(address who, bytes calldata proof) external view returns (bytes32) {
        (uint256 root, uint256 nullifierHash, uint256[8] memory points) =
            abi.decode(proof, (uint256, uint256, uint256[8]));
        worldId.verifyProof(
            root, GROUP, _toField(abi.encodePacked(who)), nullifierHash, externalNullifierHash, points
        );
        return bytes32(nullifierHash);
    }

    /// @dev World ID's hash into its field: Keccak less its last byte.
    function _toField(bytes memory value) private pure returns (uint256) {
        return uint256(keccak256(value)) >> 8;
    }
}

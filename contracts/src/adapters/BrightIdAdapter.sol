// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPersonhood} from "../IPersonhood.sol";

/// @title BrightID's snapshot, as far as it is used here
interface IBrightIdSnapshot {
    /// @notice Whether the account was linked to a unique human of this app.
    function isVerifiedUser(address account) external view returns (bool);
}

/// @title  Personhood by BrightID
/// @notice The key is the account: BrightID links one account a human and app.
/// @dev    No proof is wanted: the snapshot names the accounts.
contract BrightIdAdapter is IPersonhood {
    /// @notice The snapshot of this app.
    IBrightIdSnapshot public immutable snapshot;

    /// @param snapshot_ The snapshot of this app.
    constructor(IBrightIdSnapshot snapshot_) {
        snapshot = snapshot_;
    }

    /// @inheritdoc IPersonhood
    function space() external view returns (bytes32) {
        return keccak256(abi.encode("BrightID", snapshot));
    }

    /// @inheritdoc IPersonhood
    function person(address who, bytes calldata) external view returns (bytes32) {
        return snapshot.isVerifiedUser(who) ? bytes32(uint256(uint160(who))) : bytes32(0);
    }
}

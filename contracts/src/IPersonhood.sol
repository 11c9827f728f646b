// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title  A way to tell one human from another
/// @notice One adapter speaks for one system of proofs. What it gives is a key that is the same for the
///         same human however often asked, and different for different humans.
interface IPersonhood {
    /// @notice The space that the keys are in. Two adapters name the same space only if they give the same key
    ///         for the same human: then a registry can trust both, and nobody can join through each.
    function space() external view returns (bytes32);

    /// @notice The key of the human who holds `who`.
    /// @dev    The proof must be bound to `who`, or somebody who sees it in the pool of pending transactions
    ///         could join with it first.
    /// @param who   The account that wants to join; the registry passes its caller.
    /// @param proof What the system of this adapter wants to see.
    /// @return key  Never zero for a human; zero, or a revert, says that this is not shown.
    function person(address who, bytes calldata proof) external returns (bytes32 key);
}

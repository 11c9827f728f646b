// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPersonhood} from "../IPersonhood.sol";

/// @title Proof of Humanity v2, as far as it is used here
interface IProofOfHumanity {
    /// @notice Whether an account holds a humanity that has not run out.
    function isHuman(address account) external view returns (bool);

    /// @notice The humanity that an account holds; zero if none.
    function humanityOf(address account) external view returns (bytes20);
}

/// @title  Personhood by Proof of Humanity, version 2
/// @notice The key is the humanity, which stays with the human when the account changes.
/// @dev    No proof is wanted: the account itself is registered there.
contract ProofOfHumanityAdapter is IPersonhood {
    /// @notice The register of humanities.
    IProofOfHumanity public immutable register;

    /// @param register_ The register of humanities, or its mirror on this chain.
    constructor(IProofOfHumanity register_) {
        register = register_;
    }

    /// @inheritdoc IPersonhood
    function space() external view returns (bytes32) {
        return keccak256(abi.encode("Proof of Humanity v2", register));
    }

    /// @inheritdoc IPersonhood
    function person(address who, bytes calldata) external view returns (bytes32) {
        return register.isHuman(who) ? bytes32(register.humanityOf(who)) : bytes32(0);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPersonhood} from "../IPersonhood.sol";

/// @title Human Passport's decoder, as far as it is used here
interface IPassportDecoder {
    /// @notice Whether the account's score is at the threshold or above, and not out of date.
    function isHuman(address account) external view returns (bool);
}

/// @title  Personhood by Human Passport
/// @notice The key is the account. A human who fills two passports has two keys: choose this one only where
///         that is dearer than what it gains.
/// @dev    No proof is wanted: the score is attested on chain.
contract HumanPassportAdapter is IPersonhood {
    /// @notice The decoder of passports.
    IPassportDecoder public immutable decoder;

    /// @param decoder_ The decoder of passports.
    constructor(IPassportDecoder decoder_) {
        decoder = decoder_;
    }

    /// @inheritdoc IPersonhood
    function space() external view returns (bytes32) {
        return keccak256(abi.encode("Human Passport", decoder));
    }

    /// @inheritdoc IPersonhood
    function person(address who, bytes calldata) external view returns (bytes32) {
        return decoder.isHuman(who) ? bytes32(uint256(uint160(who))) : bytes32(0);
    }
}

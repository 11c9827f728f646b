// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPersonhood} from "../../src/IPersonhood.sol";

/// Believes whatever key the proof names.
contract OpenAdapter is IPersonhood {
    bytes32 public immutable space;

    constructor(bytes32 space_) {
        space = space_;
    }

    function person(address, bytes calldata proof) external pure returns (bytes32) {
        return abi.decode(proof, (bytes32));
    }
}

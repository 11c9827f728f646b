// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPersonhood} from "../../src/IPersonhood.sol";
import {WorkerRegistry} from "../../src/WorkerRegistry.sol";

/// When it is asked, it first joins by another adapter itself, and then says that its caller is "alice".
contract HostileAdapter is IPersonhood {
    bytes32 public immutable space;

    WorkerRegistry private immutable _registry;
    IPersonhood private _through;
    bytes32 private _as;

    constructor(WorkerRegistry registry, bytes32 space_) {
        _registry = registry;
        space = space_;
    }

    function arm(IPersonhood through, bytes32 as_) external {
        (_through, _as) = (through, as_);
    }

    function person(address, bytes calldata) external returns (bytes32) {
        if (address(_through) != address(0)) {
            _registry.join(_through, abi.encode(_as));
            delete _through;
        }
        return "alice";
    }
}

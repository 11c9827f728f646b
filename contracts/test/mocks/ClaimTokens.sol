// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// Takes a tenth of what is sent from whoever gets it.
contract Feeing is ERC20("Fee", "FEE") {
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (from != address(0) && to != address(0)) super._update(to, address(0), amount / 10);
    }
}

/// Calls back whenever it is moved.
contract Calling is ERC20("Call", "CALL") {
    address public target;
    bytes public data;
    bool public went;

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function callBack(address target_, bytes calldata data_) external {
        (target, data) = (target_, data_);
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (target == address(0)) return;
        address where = target;
        target = address(0);
        (went,) = where.call(data);
    }
}

/// Returns nothing from transfer, as some tokens do, and nothing at all from balanceOf if told so.
contract Mute {
    mapping(address account => uint256) public balances;
    bool public silent;

    function give(address to, uint256 amount) external {
        balances[to] += amount;
    }

    function silence() external {
        silent = true;
    }

    function transfer(address to, uint256 amount) external {
        balances[msg.sender] -= amount;
        balances[to] += amount;
    }

    function balanceOf(address account) external view returns (uint256) {
        bool quiet = silent;
        assembly {
            if quiet { return(0, 0) }
        }
        return balances[account];
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Capped} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Capped.sol";

/// Calls somebody back in the middle of a transfer, once, and keeps what came of it.
contract HostileToken is ERC20("Hostile", "HOS"), ERC20Capped(1_000_000_000 ether) {
    address public target;
    bytes public data;
    bool public called;
    bool public done;
    bytes public answer;

    function mint(address to, uint256 value) external {
        _mint(to, value);
    }

    function arm(address target_, bytes calldata data_) external {
        (target, data, called) = (target_, data_, false);
    }

    function _update(address from, address to, uint256 value) internal override(ERC20, ERC20Capped) {
        if (target != address(0) && !called) {
            called = true;
            (done, answer) = target.call(data);
        }
        super._update(from, to, value);
    }
}

/// Keeps a hundredth of every transfer.
contract FeeToken is ERC20("Fee", "FEE") {
    function mint(address to, uint256 value) external {
        _mint(to, value);
    }

    function _update(address from, address to, uint256 value) internal override {
        if (from != address(0)) {
            super._update(from, address(0xFEE), value / 100);
            value -= value / 100;
        }
        super._update(from, to, value);
    }
}

/// Six decimals.
contract SmallToken is ERC20("Small", "SMA") {
    function decimals() public pure override returns (uint8) {
        return 6;
    }
}

/// Says no instead of reverting.
contract SilentToken is ERC20("Silent", "SIL") {
    bool public refuses;

    function mint(address to, uint256 value) external {
        _mint(to, value);
    }

    function refuse(bool refuses_) external {
        refuses = refuses_;
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        return !refuses && super.transfer(to, value);
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        return !refuses && super.transferFrom(from, to, value);
    }
}

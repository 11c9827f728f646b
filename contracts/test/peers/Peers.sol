// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

// What others pay by, as plainly as it can be written, for t/perf/contracts.sh to measure beside ours.

/// A token without votes.
contract PlainToken is ERC20("Plain", "PLN") {
    constructor(uint256 supply) {
        _mint(msg.sender, supply);
    }
}

/// Many transfers in one transaction: takes the sum, and gives to each.
contract Disperse {
    function disperse(IERC20 token, address[] calldata to, uint256[] calldata values) external {
        uint256 total = 0;
        for (uint256 i = 0; i < to.length; ++i) {
            total += values[i];
        }
        require(token.transferFrom(msg.sender, address(this), total));
        for (uint256 i = 0; i < to.length; ++i) {
            require(token.transfer(to[i], values[i]));
        }
    }
}

/// One root for ever, whose leaves are claimed once each: a bit a leaf says which were.
contract Distributor {
    IERC20 public immutable token;
    bytes32 public immutable root;
    mapping(uint256 word => uint256) private _claimed;

    event Claimed(uint256 index, address account, uint256 amount);

    constructor(IERC20 token_, bytes32 root_) {
        (token, root) = (token_, root_);
    }

    function claim(uint256 index, address account, uint256 amount, bytes32[] calldata proof) external {
        uint256 bit = 1 << (index & 255);
        require(_claimed[index >> 8] & bit == 0, "claimed");
        require(MerkleProof.verify(proof, root, keccak256(abi.encodePacked(index, account, amount))), "proof");
        _claimed[index >> 8] |= bit;
        require(token.transfer(account, amount));
        emit Claimed(index, account, amount);
    }
}

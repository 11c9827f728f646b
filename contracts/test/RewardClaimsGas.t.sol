// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LabelToken} from "../src/LabelToken.sol";
import {RewardClaims} from "../src/RewardClaims.sol";
import {ClaimsCase, Tree} from "./ClaimsCase.sol";

/// What it costs, each call being a transaction of its own: 21,000, its calldata, and what runs, or the floor of
/// EIP-7623 if that is more.
contract RewardClaimsGasTest is ClaimsCase {
    /// forge-config: default.isolate = true
    function test_commit_at_a_thousand_workers() public {
        uint256 first = transaction(POSTER, commitData(batch(1, 250, 1_000_000)));
        pass();
        uint256 again = transaction(POSTER, commitData(batch(1, 250, 2_000_000)));
        emit Gas("commit", first, again);
        atMost(first, 900_000);
        atMost(again, 800_000);
    }

    event Gas(string what, uint256 first, uint256 again);

    function commitData(bytes32[] memory words) internal pure returns (bytes memory) {
        return abi.encodeWithSignature("commit(uint32,bytes32,bytes32[])", 0, keccak256("log"), words);
    }

    /// The gas of a call as a transaction.
    function transaction(address from, bytes memory data) internal returns (uint256) {
        vm.prank(from);
        (bool good,) = address(claims).call(data);
        if (!good) revert("the call failed");
        uint256 gas = vm2.lastCallGas().gasTotalUsed;
        uint256 tokens = 0;
        for (uint256 i = 0; i < data.length; ++i) {
            tokens += data[i] == 0 ? 1 : 4;
        }
        uint256 floor = 21_000 + 10 * tokens;
        return gas > floor ? gas : floor;
    }

    /// forge-config: default.isolate = true
    function test_claim_from_a_million_leaves() public {
        token.mint(address(claims), 1e30);
        atMost(secondClaim("claim"), 63_000);
    }

    /// Votes are looked for in two more slots at every transfer, whether there are any or not.
    /// forge-config: default.isolate = true
    function test_claim_of_a_token_with_votes() public {
        LabelToken votes = new LabelToken("Label", "LBL", 1e31, address(0), address(this));
        claims = build(votes, uint64(UNIT));
        require(votes.transfer(address(claims), 1e30));
        atMost(secondClaim("claim of a token with votes"), 68_000);
    }

    function secondClaim(string memory what) internal returns (uint256 again) {
        uint32 group = 121;
        uint256 slot = 121 * 2048;
        uint256 w = 4 * slot + 7;
        join(w);
        commit(group, batch(slot, 2048, 0));
        pass();
        bytes32[] memory proof = Tree.proof(leaves(slot, 2048, 0), 7);
        eq(proof.length, 13);
        uint256 first = transaction(account(w), abi.encodeCall(RewardClaims.claim, (w, total(w, 0), proof)));
        commit(group, batch(slot, 2048, 1));
        pass();
        proof = Tree.proof(leaves(slot, 2048, 1), 7);
        again = transaction(account(w), abi.encodeCall(RewardClaims.claim, (w, total(w, 1), proof)));
        emit Gas(what, first, again);
        eq(claims.token().balanceOf(account(w)), total(w, 1));
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ClaimTree} from "../src/ClaimTree.sol";
import {RewardPool} from "../src/RewardPool.sol";
import {PoolCase} from "./PoolCase.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

/// The cheats that only these tests use.
interface VmFiles {
    function etch(address target, bytes calldata code) external;
    function readFile(string calldata path) external view returns (string memory);
    function toString(uint256 number) external pure returns (string memory);
    function keyExistsJson(string calldata json, string calldata key) external view returns (bool);
    function parseJsonAddress(string calldata json, string calldata key) external pure returns (address);
    function parseJsonBytes(string calldata json, string calldata key) external pure returns (bytes memory);
    function parseJsonBytes32(string calldata json, string calldata key) external pure returns (bytes32);
    function parseJsonBytes32Array(string calldata json, string calldata key)
        external
        pure
        returns (bytes32[] memory);
    function parseJsonString(string calldata json, string calldata key) external pure returns (string memory);
    function parseJsonUint(string calldata json, string calldata key) external pure returns (uint256);
}

/// What other implementations made, as files that are not ours alone; bin/vectors brings them to cache/.
contract SharedCasesTest is PoolCase {
    VmFiles private constant files = VmFiles(address(vm));

    /// What OpenZeppelin's JavaScript library made of trees: our leaves are its leaves, our proofs its proofs.
    function test_trees_of_others() public {
        string memory json = cases("cache/merkle.json");
        uint256 proofs = 0;
        for (uint256 i = 0; has(json, entry("", i, "")); ++i) {
            string memory tree = entry("", i, "");
            bytes32 root = files.parseJsonBytes32(json, string.concat(tree, ".root"));
            bool pairs =
                has(json, entry(tree, ".values", 0, "[1]")) && !has(json, entry(tree, ".values", 0, "[2]"));
            for (uint256 k = 0; has(json, entry(tree, ".proofs", k, "")); ++k) {
                bytes32 leaf = files.parseJsonBytes32(json, entry(tree, ".proofs", k, ".leaf"));
                bytes32[] memory proof =
                    files.parseJsonBytes32Array(json, entry(tree, ".proofs", k, ".proof"));
                eqBytes(this.climb(leaf, proof), root);
                yes(MerkleProof.verify(proof, root, leaf), "by OpenZeppelin too");
                if (pairs) {
                    uint256 which = files.parseJsonUint(json, entry(tree, ".proofs", k, ".i"));
                    eqBytes(leafOf(json, entry(tree, ".values", which, "")), leaf);
                }
                if (proof.length != 0) {
                    proof[k % proof.length] ^= bytes32(uint256(1) << k % 256);
                    yes(this.climb(leaf, proof) != root, "not by another proof");
                }
                ++proofs;
            }
        }
        yes(proofs > 50, "all the trees");
    }

    function climb(bytes32 leaf, bytes32[] calldata proof) external pure returns (bytes32) {
        return ClaimTree.climb(leaf, proof);
    }

    /// A leaf of account and amount is one of index and total.
    function leafOf(string memory json, string memory key) private pure returns (bytes32) {
        return ClaimTree.leafOf(
            uint160(files.parseJsonAddress(json, string.concat(key, "[0]"))),
            files.parseJsonUint(json, string.concat(key, "[1]"))
        );
    }

    /// What others signed for a pool at their address and on their chain is what a pool there would want signed.
    function test_settlements_that_others_signed() public {
        string memory json = cases("cache/eip712.json");
        build();
        uint256 settlements = 0;
        for (uint256 i = 0; has(json, entry("", i, "")); ++i) {
            if (!same(files.parseJsonString(json, entry("", i, ".primaryType")), "Settlement")) continue;
            string memory one_ = entry("", i, "");
            eqBytes(
                pool.SETTLEMENT_TYPEHASH(), files.parseJsonBytes32(json, string.concat(one_, ".typeHash"))
            );
            bytes32 digest = digestThere(json, one_);
            eqBytes(digest, files.parseJsonBytes32(json, string.concat(one_, ".digest")));
            eq(
                ECDSA.recover(digest, files.parseJsonBytes(json, string.concat(one_, ".signature"))),
                files.parseJsonAddress(json, string.concat(one_, ".address"))
            );
            ++settlements;
        }
        yes(settlements > 0, "some are settlements");
    }

    /// The digest by our code, put to where the message is meant for.
    function digestThere(string memory json, string memory one_) private returns (bytes32) {
        address there = files.parseJsonAddress(json, string.concat(one_, ".domain.verifyingContract"));
        vm.chainId(files.parseJsonUint(json, string.concat(one_, ".domain.chainId")));
        files.etch(there, address(pool).code);
        return RewardPool(there)
            .settlementDigest(
                uint64(files.parseJsonUint(json, string.concat(one_, ".message.seq"))),
                files.parseJsonBytes32(json, string.concat(one_, ".message.dataHash")),
                uint128(files.parseJsonUint(json, string.concat(one_, ".message.total"))),
                files.parseJsonBytes32(json, string.concat(one_, ".message.logRoot"))
            );
    }

    // ---- the files

    /// The text of a file, or the test is skipped, and that is said.
    function cases(string memory path) private returns (string memory) {
        bool there = vm.exists(path);
        vm.skip(!there, string.concat("no ", path, ": bin/vectors brings it"));
        return files.readFile(path);
    }

    function has(string memory json, string memory key) private view returns (bool) {
        return files.keyExistsJson(json, key);
    }

    function entry(string memory key, uint256 i, string memory more) private pure returns (string memory) {
        return entry(key, ".cases", i, more);
    }

    function entry(string memory key, string memory list, uint256 i, string memory more)
        private
        pure
        returns (string memory)
    {
        return string.concat(key, list, "[", files.toString(i), "]", more);
    }

    function same(string memory a, string memory b) private pure returns (bool) {
        return keccak256(bytes(a)) == keccak256(bytes(b));
    }
}

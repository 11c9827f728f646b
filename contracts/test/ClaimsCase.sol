// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Reward} from "../src/Reward.sol";
import {RewardClaims} from "../src/RewardClaims.sol";
import {WorkerRegistry} from "../src/WorkerRegistry.sol";
import {Mini} from "./Mini.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// The cheats that only these tests use.
interface VmClaims {
    function expectRevert() external;
    function expectPartialRevert(bytes4 selector) external;
    function lastCallGas() external view returns (Gas memory);

    struct Gas {
        uint64 gasLimit;
        uint64 gasTotalUsed;
        uint64 gasMemoryUsed;
        int64 gasRefunded;
        uint64 gasRemaining;
    }
}

/// A token like any other, with as many decimals as one likes.
contract Plain is ERC20 {
    uint8 immutable _decimals;

    constructor(uint8 decimals_) ERC20("Plain", "PLN") {
        _decimals = decimals_;
    }

    function decimals() public view override returns (uint8) {
        return _decimals;
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// Builds the same trees the slow way: level by level in fresh arrays, with OpenZeppelin's hashing.
library Tree {
    function leaf(uint256 index, uint256 total) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(index, total))));
    }

    function parent(bytes32 a, bytes32 b) internal pure returns (bytes32) {
        return a < b ? keccak256(bytes.concat(a, b)) : keccak256(bytes.concat(b, a));
    }

    function up(bytes32[] memory level) internal pure returns (bytes32[] memory above) {
        above = new bytes32[]((level.length + 1) / 2);
        for (uint256 i = 0; i < above.length; ++i) {
            above[i] = 2 * i + 1 < level.length ? parent(level[2 * i], level[2 * i + 1]) : level[2 * i];
        }
    }

    function root(bytes32[] memory leaves) internal pure returns (bytes32) {
        while (leaves.length > 1) leaves = up(leaves);
        return leaves[0];
    }

    function proof(bytes32[] memory leaves, uint256 k) internal pure returns (bytes32[] memory) {
        bytes32[] memory all = new bytes32[](13);
        uint256 n = 0;
        while (leaves.length > 1) {
            if (k ^ 1 < leaves.length) all[n++] = leaves[k ^ 1];
            leaves = up(leaves);
            k /= 2;
        }
        bytes32[] memory some = new bytes32[](n);
        for (uint256 i = 0; i < n; ++i) {
            some[i] = all[i];
        }
        return some;
    }
}

/// A registry with a million workers, made by writing its storage; and what the tests of claims share.
abstract contract ClaimsCase is Mini {
    VmClaims internal constant vm2 = VmClaims(address(vm));

    address constant POSTER = address(0x9057);
    address constant GUARDIAN = address(0x6a4d);
    bytes32 constant LOG = bytes32(uint256(0x106));
    uint256 constant UNIT = 1e12;
    uint256 constant RATE = 1000;

    WorkerRegistry registry;
    Plain token;
    RewardClaims claims;

    function rule() internal pure returns (Reward.Rule memory) {
        return Reward.Rule({
            rate: uint40(RATE),
            t0: 6000,
            t1: 7500,
            t2: 8500,
            m0: 8000,
            m1: 10000,
            m2: 11500,
            lo: 500,
            hi: 8000,
            c0: 2000,
            c1: 10000,
            probation: 0,
            probationBp: 0,
            floorAt: 0,
            floorBp: 0
        });
    }

    function params() internal pure returns (RewardClaims.Params memory) {
        return RewardClaims.Params({
            rule: rule(), commitBudget: 1e16, periodBudget: 1e16, period: 1 days, window: 1 hours
        });
    }

    function setUp() public virtual {
        vm.warp(1_000_000);
        registry = new WorkerRegistry(address(this), "space");
        workers(1_000_000);
        token = new Plain(18);
        claims = build(token, uint64(UNIT));
    }

    function build(IERC20 token_, uint64 unit) internal returns (RewardClaims made) {
        made = new RewardClaims(address(this), token_, registry, unit, params());
        made.setPoster(POSTER, true);
        made.setGuardian(GUARDIAN);
    }

    /// So many workers there are; the account of each is its number and then some.
    function workers(uint256 count) internal {
        // slot 1: pendingOwner 160 | count 32
        vm.store(address(registry), bytes32(uint256(1)), bytes32(count << 160));
        eq(registry.count(), count);
    }

    function account(uint256 index) internal pure returns (address) {
        return address(uint160(0xacc0000000000000 + index));
    }

    /// The registry has slots 0, 1, then mappings: enabled 2, indexOf 3, indexOfPerson 4, bans 5,
    /// rotatingTo 6, _workers 7.
    function join(uint256 index) internal {
        bytes32 slot = keccak256(abi.encode(index, uint256(7)));
        vm.store(address(registry), slot, bytes32(uint256(uint160(account(index)))));
        eq(registry.ownerOf(uint32(index)), account(index));
    }

    function field(uint256 units, uint256 score, uint256 bonus) internal pure returns (uint256) {
        return units << 32 | score << 16 | bonus;
    }

    /// n words from a slot on; worker w has w % 1000 + extra units, all well done.
    function batch(uint256 slot, uint256 n, uint256 extra) internal pure returns (bytes32[] memory words) {
        words = new bytes32[](n);
        for (uint256 k = 0; k < n; ++k) {
            uint256 word = (slot + k) << 224;
            for (uint256 i = 0; i < 4; ++i) {
                uint256 worker = 4 * (slot + k) + i;
                if (worker == 0) continue;
                word |= field(worker % 1000 + extra, 9000, 9000) << (168 - 56 * i);
            }
            words[k] = bytes32(word);
        }
    }

    /// What worker w of such a batch has earned.
    function total(uint256 worker, uint256 extra) internal pure returns (uint256) {
        return worker == 0 ? 0 : (worker % 1000 + extra) * RATE * 115 / 100 * UNIT;
    }

    function leaves(uint256 slot, uint256 n, uint256 extra) internal pure returns (bytes32[] memory all) {
        all = new bytes32[](4 * n);
        for (uint256 i = 0; i < 4 * n; ++i) {
            all[i] = Tree.leaf(4 * slot + i, total(4 * slot + i, extra));
        }
    }

    function commit(uint32 group, bytes32[] memory words) internal returns (bytes32) {
        vm.prank(POSTER);
        return claims.commit(group, LOG, words);
    }

    function sign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 t) = vm.sign(key, digest);
        return abi.encodePacked(r, t, v);
    }

    function one(uint256 worker, uint256 units, uint256 score, uint256 bonus)
        internal
        pure
        returns (bytes32[] memory words)
    {
        words = new bytes32[](1);
        words[0] = bytes32((worker / 4) << 224 | field(units, score, bonus) << (168 - 56 * (worker % 4)));
    }

    function pass() internal {
        vm.warp(block.timestamp + 1 hours);
    }
}

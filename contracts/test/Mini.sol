// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// What forge offers to tests, as far as ours use it.
interface Vm {
    function prank(address caller) external;
    function startPrank(address caller) external;
    function stopPrank() external;
    function cool(address target) external;
    function load(address target, bytes32 slot) external view returns (bytes32);
    function store(address target, bytes32 slot, bytes32 value) external;
    function exists(string calldata path) external view returns (bool);
    function readLine(string calldata path) external view returns (string memory);
    function closeFile(string calldata path) external;
    function parseBytes(string calldata hexText) external pure returns (bytes memory);
    function skip(bool condition, string calldata why) external;
    function label(address target, string calldata name) external;
    function roll(uint256 blockNumber) external;
    function warp(uint256 time) external;
    function chainId(uint256 id) external;
    function assume(bool condition) external pure;
    function addr(uint256 key) external pure returns (address);
    function sign(uint256 key, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function expectEmit(address emitter) external;
    function expectRevert(bytes4 selector) external;
    function expectRevert(bytes calldata data) external;
}

/// The few lines of a test library that we need.
abstract contract Mini {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    error NotEqual(uint256 got, uint256 want);
    error NotEqualAddress(address got, address want);
    error NotEqualBytes(bytes32 got, bytes32 want);
    error NotEqualText(string got, string want);
    error NotSo(string what);
    error Above(uint256 got, uint256 limit);

    function eq(uint256 got, uint256 want) internal pure {
        if (got != want) revert NotEqual(got, want);
    }

    function eq(address got, address want) internal pure {
        if (got != want) revert NotEqualAddress(got, want);
    }

    function eq(string memory got, string memory want) internal pure {
        if (keccak256(bytes(got)) != keccak256(bytes(want))) revert NotEqualText(got, want);
    }

    function eqBytes(bytes32 got, bytes32 want) internal pure {
        if (got != want) revert NotEqualBytes(got, want);
    }

    function yes(bool so, string memory what) internal pure {
        if (!so) revert NotSo(what);
    }

    function atMost(uint256 got, uint256 limit) internal pure {
        if (got > limit) revert Above(got, limit);
    }

    /// Any x, brought into low..high.
    function within(uint256 x, uint256 low, uint256 high) internal pure returns (uint256) {
        uint256 span = high - low;
        return span == type(uint256).max ? x : low + x % (span + 1);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Lanes} from "./Lanes.sol";
import {Reward} from "./Reward.sol";
import {WorkerRegistry} from "./WorkerRegistry.sol";

/// @title  The Merkle tree of a commit
/// @notice What {RewardClaims} makes of the words of a commit:
///
///         - workers come in groups of 8192: group g has the workers 8192 g to 8192 g + 8191;
///         - the words of a commit are those of {Lanes}, slots rising, all of one group;
///         - word k gives the leaves 4 k to 4 k + 3, for the workers 4 slot to 4 slot + 3, also where there are
///           no units: n = 4 * words leaves, at most 8192, in this order, unsorted;
///         - leaf = keccak256(keccak256(index . total)), both uint256; total in base units, 0 for a banned worker;
///         - node 2 i and node 2 i + 1 of a level make node i of the next: keccak256(smaller . larger);
///         - the last node of a level of odd length is carried up as it is;
///         - a proof is the siblings from the leaf up, none where a node was carried; 13 at most.
///
///         OpenZeppelin's MerkleProof verifies it.
/// @dev    Every worker of a commit costs what is computed here, and nothing else of it does: so it is written in
///         assembly where that halves the price.
library ClaimTree {
    /// @notice Words of a full group, and slots of a group.
    uint256 internal constant GROUP = 2048;

    /// @notice A commit has 1 to {GROUP} words.
    error WrongLength(uint256 words);

    /// @notice Slots must rise from word to word: this one had to be at least so much.
    error SlotsOutOfOrder(uint256 least, uint256 slot);

    /// @notice The slot is not one of the group.
    error OtherGroup(uint256 slot, uint32 group);

    /// @notice There is no worker with this number.
    error NoSuchWorker(uint256 worker);

    /// @notice A score or bonus is above 10000.
    error ScoreTooLarge(uint256 worker);

    /// @notice A leaf of the tree. It is hashed twice, so that no node passes for one.
    /// @param index The worker's number.
    /// @param total What the worker has earned in all, in base units.
    function leafOf(uint256 index, uint256 total) internal pure returns (bytes32 leaf) {
        assembly ("memory-safe") {
            // the scratch space holds the two words
            mstore(0x00, index)
            mstore(0x20, total)
            mstore(0x00, keccak256(0x00, 0x40))
            leaf := keccak256(0x00, 0x20)
        }
    }

    /// @notice Where a proof leads to from a leaf: {MerkleProof-processProof}, at half its price.
    /// @param node  The leaf.
    /// @param proof The siblings from there up.
    function climb(bytes32 node, bytes32[] calldata proof) internal pure returns (bytes32) {
        assembly ("memory-safe") {
            let end := add(proof.offset, shl(5, proof.length))
            for { let from := proof.offset } lt(from, end) { from := add(from, 0x20) } {
                let sibling := calldataload(from)
                let at := shl(5, gt(node, sibling))
                mstore(at, node)
                mstore(xor(at, 0x20), sibling)
                node := keccak256(0x00, 0x40)
            }
        }
        return node;
    }

    /// @notice The root of what the words of a commit say.
    /// @param group    The group.
    /// @param words    The words.
    /// @param rule     From quality to money.
    /// @param unit     Base units of the token in one unit of the rate.
    /// @param registry Who the workers are, and who is banned.
    /// @return root    The root.
    /// @return total   The sum of the totals, in units of the rate.
    function rootOf(
        uint32 group,
        bytes32[] calldata words,
        Reward.Rule memory rule,
        uint256 unit,
        WorkerRegistry registry
    ) internal view returns (bytes32 root, uint256 total) {
        uint256 n = words.length;
        if (n == 0 || n > GROUP) revert WrongLength(n);
        _checkEnds(group, words, registry);
        Table memory t = _table(rule, unit);
        bytes32[] memory nodes = new bytes32[](n);
        uint256 next = 0;
        uint256 page = type(uint256).max; // of bans, 64 slots each
        uint256 bans;
        for (uint256 k = 0; k < n;) {
            uint256 word = _at(words, k);
            uint256 slot = word >> 224;
            if (slot < next) revert SlotsOutOfOrder(next, slot);
            unchecked {
                next = slot + 1;
                if (slot >> 6 != page) {
                    page = slot >> 6;
                    bans = registry.bans(page);
                }
                if (bans >> (slot << 2 & 255) & 15 != 0) {
                    word = Lanes.without(word, bans >> (slot << 2 & 255));
                }
                total += _four(t, word, nodes, k);
                ++k;
            }
        }
        if (t.wrong != 0) _refuse(words);
        root = _reduce(nodes);
    }

    /// @dev words[k], of which it is known that there is one.
    function _at(bytes32[] calldata words, uint256 k) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := calldataload(add(words.offset, shl(5, k)))
        }
    }

    /// @dev The first word and the last are of the group, and what they say is of workers. As slots rise, so are
    ///      then those between.
    function _checkEnds(uint32 group, bytes32[] calldata words, WorkerRegistry registry) private view {
        uint256 first = uint256(words[0]);
        uint256 last = uint256(words[words.length - 1]);
        if (first >> 224 < group * GROUP) revert OtherGroup(first >> 224, group);
        if (last >> 224 >= (uint256(group) + 1) * GROUP) revert OtherGroup(last >> 224, group);
        if (first >> 224 == 0 && Lanes.said(first, 0) >> 32 != 0) revert NoSuchWorker(0);
        uint256 count = registry.count();
        for (uint256 i = 0; i < 4; ++i) {
            uint256 worker = (last >> 224) * 4 + i;
            // a word without any worker has no place here at all
            if (worker > count && (i == 0 || Lanes.said(last, i) >> 32 != 0)) revert NoSuchWorker(worker);
        }
    }

    /// @dev Names the first worker with a score or bonus above 10000.
    function _refuse(bytes32[] calldata words) private pure {
        for (uint256 i = 0; i < 4 * words.length; ++i) {
            uint256 word = uint256(words[i / 4]);
            uint256 said = Lanes.said(word, i % 4);
            if ((said >> 16 & 0xffff) > Reward.ONE || (said & 0xffff) > Reward.ONE) {
                revert ScoreTooLarge((word >> 224) * 4 + i % 4);
            }
        }
    }

    /// @dev One in each of the four fields of a word; times x, it is x in each.
    uint256 private constant EACH = 0x1_00000000000001_00000000000001_00000000000001;

    /// @dev The lowest 16 bits of each field.
    uint256 private constant LOW = 0xffff_0000000000ffff_0000000000ffff_0000000000ffff;

    /// @dev A rule as {_four} wants it: thresholds as what reaches 2^16 when it is added to a score that is not
    ///      below them, in each field; factors as what they are above the one before.
    /// @param run   Length of the line; at least 1.
    /// @param unit  Base units in one unit of the rate.
    /// @param t0    Where the first tier begins.
    /// @param t1    The second.
    /// @param t2    The third.
    /// @param pay0  Factor of the first tier, times the rate: 55 bits.
    /// @param pay1  What the second gives more.
    /// @param pay2  What the third gives more than that.
    /// @param from  Where the line begins.
    /// @param to    Where it ends.
    /// @param lo    Bonus score where it begins.
    /// @param hi    Bonus score where it ends.
    /// @param base  Factor where it begins, times its length.
    /// @param rise  What it gives more where it ends.
    /// @param most  What is 10000, as a threshold that must not be passed.
    /// @param wrong Not zero once it was.
    struct Table {
        uint256 run;
        uint256 unit;
        uint256 t0;
        uint256 t1;
        uint256 t2;
        uint256 pay0;
        uint256 pay1;
        uint256 pay2;
        uint256 from;
        uint256 to;
        uint256 lo;
        uint256 hi;
        uint256 base;
        uint256 rise;
        uint256 most;
        uint256 wrong;
    }

    function _table(Reward.Rule memory r, uint256 unit) private pure returns (Table memory t) {
        uint256 rate = r.rate;
        t.unit = unit;
        (t.t0, t.t1, t.t2) = (_reach(r.t0), _reach(r.t1), _reach(r.t2));
        (t.pay0, t.pay1, t.pay2) = (rate * r.m0, rate * (r.m1 - r.m0), rate * (r.m2 - r.m1));
        (t.from, t.to, t.lo, t.hi) = (_reach(r.lo), _reach(r.hi), r.lo, r.hi);
        (t.run, t.base, t.rise) = (r.hi - r.lo, uint256(r.c0) * (r.hi - r.lo), r.c1 - r.c0);
        // a line without length is a step, to its upper end
        if (t.run == 0) (t.run, t.base, t.rise) = (1, r.c1, 0);
        t.most = _reach(Reward.ONE + 1);
    }

    function _reach(uint256 threshold) private pure returns (uint256) {
        return EACH * (0x10000 - threshold);
    }

    /// @dev The four leaves of a word, up to the node over them, which is put at nodes[k]. What {Reward-pay} says
    ///      for one worker is worked out for four at once where it takes no division: most of what a commit costs
    ///      is here, and so it is written out. The tests hold the one against the other.
    /// @return sum Of the four totals, in units of the rate.
    function _four(Table memory t, uint256 word, bytes32[] memory nodes, uint256 k)
        private
        pure
        returns (uint256 sum)
    {
        assembly ("memory-safe") {
            // the gate, times the rate: each tier that is reached adds to it
            let gates := and(shr(16, word), LOW)
            // the line: how far the bonus is on it, times its rise, and its base; nothing before it begins
            let lines := and(word, LOW)

            mstore(
                add(t, 0x1e0),
                or(
                    mload(add(t, 0x1e0)),
                    and(shr(16, or(add(gates, mload(add(t, 0x1c0))), add(lines, mload(add(t, 0x1c0))))), EACH)
                )
            )
            gates := add(
                add(
                    mul(and(shr(16, add(gates, mload(add(t, 0x40)))), EACH), mload(add(t, 0xa0))),
                    mul(and(shr(16, add(gates, mload(add(t, 0x60)))), EACH), mload(add(t, 0xc0)))
                ),
                mul(and(shr(16, add(gates, mload(add(t, 0x80)))), EACH), mload(add(t, 0xe0)))
            )
            {
                let begun := and(shr(16, add(lines, mload(add(t, 0x100)))), EACH)
                let ended := and(shr(16, add(lines, mload(add(t, 0x120)))), EACH)
                lines := add(and(lines, mul(sub(begun, ended), 0xffff)), mul(ended, mload(add(t, 0x160))))
                lines := mul(sub(lines, mul(begun, mload(add(t, 0x140)))), mload(add(t, 0x1a0)))
                lines := add(lines, mul(begun, mload(add(t, 0x180))))
            }

            // each of the four: units times gate times line, of which 24 + 55 + 15 bits; the factors of
            // {Reward-pay} that are 10000 here are left out
            let run := mload(t)
            let unit_ := mload(add(t, 0x20))
            let worker := shl(2, shr(224, word))

            let pay := mul(and(shr(200, word), 0xffffff), shr(168, gates))
            pay := div(mul(pay, div(shr(168, lines), run)), 100000000)
            sum := pay
            mstore(0x00, worker)
            mstore(0x20, mul(pay, unit_))
            mstore(0x00, keccak256(0x00, 0x40))
            let node := keccak256(0x00, 0x20)

            pay := mul(and(shr(144, word), 0xffffff), and(shr(112, gates), 0xffffffffffffff))
            pay := div(mul(pay, div(and(shr(112, lines), 0xffffffffffffff), run)), 100000000)
            sum := add(sum, pay)
            mstore(0x00, or(worker, 1))
            mstore(0x20, mul(pay, unit_))
            mstore(0x00, keccak256(0x00, 0x40))
            let other := keccak256(0x00, 0x20)

            // the smaller one first
            let at := shl(5, gt(node, other))
            mstore(at, node)
            mstore(xor(at, 0x20), other)
            node := keccak256(0x00, 0x40)

            pay := mul(and(shr(88, word), 0xffffff), and(shr(56, gates), 0xffffffffffffff))
            pay := div(mul(pay, div(and(shr(56, lines), 0xffffffffffffff), run)), 100000000)
            sum := add(sum, pay)
            mstore(0x00, or(worker, 2))
            mstore(0x20, mul(pay, unit_))
            mstore(0x00, keccak256(0x00, 0x40))
            other := keccak256(0x00, 0x20)

            pay := mul(and(shr(32, word), 0xffffff), and(gates, 0xffffffffffffff))
            pay := div(mul(pay, div(and(lines, 0xffffffffffffff), run)), 100000000)
            sum := add(sum, pay)
            mstore(0x00, or(worker, 3))
            mstore(0x20, mul(pay, unit_))
            mstore(0x00, keccak256(0x00, 0x40))
            pay := keccak256(0x00, 0x20)

            at := shl(5, gt(other, pay))
            mstore(at, other)
            mstore(xor(at, 0x20), pay)
            other := keccak256(0x00, 0x40)

            at := shl(5, gt(node, other))
            mstore(at, node)
            mstore(xor(at, 0x20), other)
            mstore(add(nodes, shl(5, add(k, 1))), keccak256(0x00, 0x40))
        }
    }

    /// @dev The root over nodes, of which there is at least one. They are overwritten.
    function _reduce(bytes32[] memory nodes) private pure returns (bytes32 root) {
        assembly ("memory-safe") {
            let base := add(nodes, 0x20)
            for { let n := mload(nodes) } gt(n, 1) { n := shr(1, add(n, 1)) } {
                let end := add(base, shl(6, shr(1, n)))
                let to := base
                for { let from := base } lt(from, end) { from := add(from, 0x40) } {
                    let a := mload(from)
                    let b := mload(add(from, 0x20))
                    // the smaller one first
                    let at := shl(5, gt(a, b))
                    mstore(at, a)
                    mstore(xor(at, 0x20), b)
                    mstore(to, keccak256(0x00, 0x40))
                    to := add(to, 0x20)
                }
                // the last of an odd number is carried up
                if and(n, 1) { mstore(to, mload(end)) }
            }
            root := mload(base)
        }
    }
}

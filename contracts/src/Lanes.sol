// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title  Four workers a storage slot
/// @notice A lane is what a pool knows of one worker, in 64 bits:
///
///         credit 40 | reputation 14 | batches 4 | last 6
///
///         - credit:     what the worker has earned and not drawn yet, in millionths of a token;
///         - reputation: a moving average of scores, in basis points;
///         - batches:    how many batches paid the worker, 15 standing for more too;
///         - last:       the number of the last of them, modulo 64.
///
///         Worker w is lane w % 4, the first being the highest bits, of slot w / 4. In a batch a word holds
///         what is said of the four workers of one slot:
///
///         slot 32 | four times: units 24 | score 16 | bonus 16
library Lanes {
    /// @notice The most credit that a lane can hold: half a million tokens. The highest bit of its field stays
    ///         free: a credit and a pay that are both no more than this have a sum that still is in the field.
    uint256 internal constant MOST_CREDIT = (1 << 39) - 1;

    /// @notice Batches are counted up to this.
    uint256 internal constant MOST_BATCHES = 15;

    /// @dev The same lane four times is this times the lane.
    uint256 internal constant FOUR = 1 | 1 << 64 | 1 << 128 | 1 << 192;

    /// @dev The bits of a slot that no credit may have.
    uint256 private constant OVER = FOUR << 63;

    uint256 private constant LANE = (1 << 64) - 1;
    /// @dev The lowest bit of every score and every bonus of a word.
    uint256 private constant ALL = (1 | 1 << 16) * (1 | 1 << 56 | 1 << 112 | 1 << 168);

    uint256 private constant FIELD = (1 << 56) - 1;

    /// @notice The credit of a lane.
    function credit(uint256 lane) internal pure returns (uint256) {
        return lane >> 24;
    }

    /// @notice The reputation of a lane.
    function reputation(uint256 lane) internal pure returns (uint256) {
        return lane >> 10 & 0x3fff;
    }

    /// @notice How many batches a lane was in.
    function batches(uint256 lane) internal pure returns (uint256) {
        return lane >> 6 & 15;
    }

    /// @notice The number of the last batch of a lane, modulo 64.
    function last(uint256 lane) internal pure returns (uint256) {
        return lane & 63;
    }

    /// @notice A lane of these parts.
    function make(uint256 credit_, uint256 reputation_, uint256 batches_, uint256 last_)
        internal
        pure
        returns (uint256)
    {
        return credit_ << 24 | reputation_ << 10 | batches_ << 6 | (last_ & 63);
    }

    /// @notice The lane with its credit drawn. It is not zero if it was in a batch: the slot need never be
    ///         created again.
    function drawn(uint256 lane) internal pure returns (uint256) {
        return lane & ((1 << 24) - 1);
    }

    /// @notice Lane i of a slot.
    function get(uint256 slot, uint256 i) internal pure returns (uint256) {
        unchecked {
            return slot >> (192 - (i << 6)) & LANE;
        }
    }

    /// @notice The slot with lane i changed.
    function put(uint256 slot, uint256 i, uint256 lane) internal pure returns (uint256) {
        unchecked {
            uint256 shift = 192 - (i << 6);
            return slot & ~(LANE << shift) | lane << shift;
        }
    }

    /// @notice What a word says of its worker i: units 24 | score 16 | bonus 16.
    function said(uint256 word, uint256 i) internal pure returns (uint256) {
        unchecked {
            return word >> (168 - 56 * i) & FIELD;
        }
    }

    /// @notice What a word says of its workers, 64 bits apart as their lanes are.
    function spread(uint256 word) internal pure returns (uint256) {
        return
            (word & FIELD << 168) << 24 | (word & FIELD << 112) << 16 | (word & FIELD << 56) << 8 | word
                & FIELD;
    }

    /// @notice Whether a lane of the slot has more credit than it can hold.
    function overfull(uint256 slot) internal pure returns (bool) {
        return slot & OVER != 0;
    }

    /// @notice The first lane of the slot that has more credit than it can hold; 4 if none has.
    function firstOverfull(uint256 slot) internal pure returns (uint256 i) {
        while (i < 4 && credit(get(slot, i)) <= MOST_CREDIT) ++i;
    }

    /// @notice A word that says nothing of some of its workers.
    /// @param word The word.
    /// @param four Bit i says that worker i is left out.
    function without(uint256 word, uint256 four) internal pure returns (uint256) {
        if (four == 0) return word;
        unchecked {
            for (uint256 i = 0; i < 4; ++i) {
                if (four >> i & 1 == 1) word &= ~(FIELD << (168 - 56 * i));
            }
        }
        return word;
    }

    /// @notice Whether a score or a bonus of a word is above 10000, looking at all eight of them at once.
    /// @dev    One of 2^14 or more has bit 14 or 15 set. Another gets bit 14 by adding 2^14 - 10001 if it is above
    ///         10000, and there is no carry from one field into the next then.
    function tooLarge(uint256 word) internal pure returns (bool) {
        unchecked {
            return (word | (word + ALL * ((1 << 14) - 10_001))) & ALL * (3 << 14) != 0;
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Lanes} from "./Lanes.sol";

/// @title  From quality to money, in integers
/// @notice The rule by which work is paid. `reward_pay4` of the C library computes the same from the same
///         integers: the one rounding is the floor of one exact division.
///
///         pay = floor(rate * units * gate * bonus * newcomer * doubted / 10^16)
///
///         where each factor after `units` is in basis points, 10000 being all of it:
///
///         - gate:     `m0`, `m1` or `m2` from score `t0`, `t1` or `t2` on; nothing below `t0`;
///         - bonus:    0 below `lo`, from `c0` at `lo` in a straight line to `c1` at `hi`, `c1` from there on;
///         - newcomer: `probationBp` for a worker's first `probation` batches;
///         - doubted:  `floorBp` for a worker whose reputation is below `floorAt`.
///
///         Flat pay, a threshold, steps, a line (the score is posted as the bonus too), the peers' bonus,
///         probation and a reputation floor are all of them settings of these numbers.
library Reward {
    /// @notice All of it, in basis points.
    uint256 internal constant ONE = 10_000;

    /// @notice The largest factor.
    uint256 internal constant MOST = 1 << 15;

    uint256 private constant TIER = 1 << 15;

    // one number in every lane, or all ones
    uint256 private constant FOUR = Lanes.FOUR;
    uint256 private constant LANE = (1 << 64) - 1;
    uint256 private constant UNITS = 0xffffff * FOUR;
    uint256 private constant SCORES = 0xffff * FOUR;
    uint256 private constant REPUTATIONS = 0x3fff * FOUR;
    uint256 private constant BATCHES = 15 * FOUR;

    /// @notice The parameters of the rule.
    /// @param rate        Pay for one unit of work with all factors at 10000, in the units of the caller.
    /// @param t0          Score from which there is pay at all.
    /// @param t1          Score of the second tier.
    /// @param t2          Score of the third tier.
    /// @param m0          Factor of the first tier.
    /// @param m1          Factor of the second tier.
    /// @param m2          Factor of the third tier.
    /// @param lo          Bonus score at which the line begins.
    /// @param hi          Bonus score at which the line ends.
    /// @param c0          Factor at `lo`.
    /// @param c1          Factor from `hi` on.
    /// @param probation   Batches for which a worker is new; at most 15.
    /// @param probationBp Factor for a new worker.
    /// @param floorAt     Reputation below which a worker is doubted.
    /// @param floorBp     Factor for a doubted worker.
    struct Rule {
        uint40 rate;
        uint16 t0;
        uint16 t1;
        uint16 t2;
        uint16 m0;
        uint16 m1;
        uint16 m2;
        uint16 lo;
        uint16 hi;
        uint16 c0;
        uint16 c1;
        uint8 probation;
        uint16 probationBp;
        uint16 floorAt;
        uint16 floorBp;
    }

    /// @notice The tiers are not in order, or pay would fall where the score rises.
    error TiersOutOfOrder(uint16 t0, uint16 t1, uint16 t2, uint16 m0, uint16 m1, uint16 m2);

    /// @notice The line runs backwards, or downwards.
    error LineOutOfOrder(uint16 lo, uint16 hi, uint16 c0, uint16 c1);

    /// @notice No score reaches a tier beyond 10000: a tier that is not wanted has the factor of the one below.
    error TierTooHigh(uint16 t2);

    /// @notice No reputation is beyond 10000.
    error FloorTooHigh(uint16 floorAt);

    /// @notice A factor is not below 2^15.
    error FactorTooLarge(uint256 factor);

    /// @notice Newcomers, or the doubted, would be paid more than the others.
    error PenaltyAboveOne(uint256 factor);

    /// @notice A lane counts no more than fifteen batches.
    error ProbationTooLong(uint8 probation);

    /// @notice Refuses a rule under which better work could be paid less, or a product could overflow.
    /// @param r The rule.
    function check(Rule memory r) internal pure {
        if (r.t0 > r.t1 || r.t1 > r.t2 || r.m0 > r.m1 || r.m1 > r.m2) {
            revert TiersOutOfOrder(r.t0, r.t1, r.t2, r.m0, r.m1, r.m2);
        }
        if (r.t2 > ONE) revert TierTooHigh(r.t2);
        if (r.lo > r.hi || r.c0 > r.c1) revert LineOutOfOrder(r.lo, r.hi, r.c0, r.c1);
        if (r.m2 >= MOST) revert FactorTooLarge(r.m2);
        if (r.c1 >= MOST) revert FactorTooLarge(r.c1);
        if (r.probationBp > ONE) revert PenaltyAboveOne(r.probationBp);
        if (r.floorBp > ONE) revert PenaltyAboveOne(r.floorBp);
        if (r.floorAt > ONE) revert FloorTooHigh(r.floorAt);
        if (r.probation > 15) revert ProbationTooLong(r.probation);
    }

    /// @notice What is computed with: the rule as {payFour} wants it. Where a number is meant for four lanes it is
    ///         there four times.
    /// @param tier0   2^15 - t0: a score added to it has bit 15 if the tier is reached.
    /// @param tier1   2^15 - t1.
    /// @param tier2   2^15 - t2.
    /// @param step0   The rate times m0.
    /// @param step1   The rate times m1 - m0.
    /// @param step2   The rate times m2 - m1.
    /// @param lo      Where the line begins.
    /// @param length  hi - lo.
    /// @param first   c0.
    /// @param rise    c1 - c0.
    /// @param known   2^4 - probation: batches added to it have bit 4 if the worker is not new.
    /// @param trusted 2^14 - floorAt: a reputation added to it has bit 14 if the worker is not doubted.
    /// @param both    Product of both factors for who is new and doubted,
    /// @param notNew  what is added to it for who is not new,
    /// @param notDoubted for who is not doubted,
    /// @param neither and on top of these for who is neither.
    struct Table {
        uint256 tier0;
        uint256 tier1;
        uint256 tier2;
        uint256 step0;
        uint256 step1;
        uint256 step2;
        uint256 lo;
        uint256 length;
        uint256 first;
        uint256 rise;
        uint256 known;
        uint256 trusted;
        uint256 both;
        uint256 notNew;
        uint256 notDoubted;
        uint256 neither;
    }

    /// @notice The table of a rule.
    /// @param r A checked rule.
    function table(Rule memory r) internal pure returns (Table memory t) {
        unchecked {
            uint256 rate = r.rate;
            (t.tier0, t.tier1, t.tier2) = ((TIER - r.t0) * FOUR, (TIER - r.t1) * FOUR, (TIER - r.t2) * FOUR);
            (t.step0, t.step1, t.step2) = (rate * r.m0, rate * (r.m1 - r.m0), rate * (r.m2 - r.m1));
            (t.lo, t.length, t.first, t.rise) = (r.lo, r.hi - r.lo, r.c0, r.c1 - r.c0);
            t.known = (16 - uint256(r.probation)) * FOUR;
            t.trusted = ((1 << 14) - uint256(r.floorAt)) * FOUR;
            uint256 new_ = r.probationBp;
            uint256 doubted = r.floorBp;
            t.both = new_ * doubted * FOUR;
            t.notNew = (ONE - new_) * doubted;
            t.notDoubted = new_ * (ONE - doubted);
            t.neither = (ONE - new_) * (ONE - doubted);
        }
    }

    /// @notice The pay of one worker in one batch, in the units of the rate.
    /// @param t          The table of the rule.
    /// @param units      Units of verified work, below 2^24.
    /// @param score      The score; what is above 10000 counts as 10000, here and in the others.
    /// @param bonus      The bonus score.
    /// @param batches    Batches the worker was in before; 15 stands for more too.
    /// @param reputation The worker's reputation before.
    /// @return amount    The pay.
    function pay(
        Table memory t,
        uint256 units,
        uint256 score,
        uint256 bonus,
        uint256 batches,
        uint256 reputation
    ) internal pure returns (uint256 amount) {
        uint256 lane = Lanes.make(0, _atMost(reputation, ONE), _atMost(batches, Lanes.MOST_BATCHES), 0);
        (, amount) = payFour(t, 0, lane, units << 32 | _atMost(score, ONE) << 16 | _atMost(bonus, ONE));
    }

    /// @notice Pays the four workers of a slot, and moves their reputation a sixteenth of the way to the score,
    ///         rounded towards the score: in the end it arrives there.
    /// @dev    All that a batch costs is in here and in reading and writing the slot. So the four are computed at
    ///         once, each in its 64 bits of a word, as far as no division is needed; what is added to or taken
    ///         from such a word never carries from one lane into the next. No product has more than
    ///         40 + 24 + 4 * 15 bits.
    /// @param t      The table of the rule.
    /// @param last   The number of the batch, modulo 64.
    /// @param slot   The lanes before.
    /// @param word   What the batch says of them, see {Lanes}; those of whom it says nothing stay as they are.
    /// @return then  The lanes afterwards. A credit that gets too large runs over into the next lane: whoever keeps
    ///               the lanes has to see to it that this does not stay (see {Lanes-MOST_CREDIT}).
    /// @return total What the four are paid together.
    function payFour(Table memory t, uint256 last, uint256 slot, uint256 word)
        internal
        pure
        returns (uint256 then, uint256 total)
    {
        unchecked {
            uint256 said = Lanes.spread(word);
            uint256 rates = _gates(t, said >> 16 & SCORES);
            uint256 doubts = _doubts(t, slot);
            for (uint256 shift = 0; shift != 256; shift += 64) {
                uint256 its = said >> shift;
                uint256 amount = its >> 32 & 0xffffff;
                if (amount == 0) continue;
                amount *= (rates >> shift & LANE) * (doubts >> shift & LANE);
                // the line; below `lo` the difference wraps around and is larger than any length
                uint256 along = (its & 0xffff) - t.lo;
                uint256 length = t.length;
                if (along < length) amount *= t.first + t.rise * along / length;
                else amount *= along >> 255 == 0 ? t.first + t.rise : 0;
                amount /= 1e16;
                total += amount;
                then += amount << shift;
            }
            then = (then << 24) + _seen(slot, said, last);
        }
    }

    function _atMost(uint256 x, uint256 most) private pure returns (uint256) {
        return x < most ? x : most;
    }

    /// @dev The rate times the factor of the gate: the sum of the steps up to each worker's tier, 55 bits each.
    function _gates(Table memory t, uint256 scores) private pure returns (uint256) {
        unchecked {
            return (scores + t.tier0 >> 15 & FOUR) * t.step0 + (scores + t.tier1 >> 15 & FOUR) * t.step1
                + (scores + t.tier2 >> 15 & FOUR) * t.step2;
        }
    }

    /// @dev The products of the factors of newcomers and of the doubted, 27 bits each.
    function _doubts(Table memory t, uint256 slot) private pure returns (uint256) {
        unchecked {
            uint256 known = (slot >> 6 & BATCHES) + t.known >> 4 & FOUR;
            uint256 trusted = (slot >> 10 & REPUTATIONS) + t.trusted >> 14 & FOUR;
            return t.both + known * t.notNew + trusted * t.notDoubted + (known & trusted) * t.neither;
        }
    }

    /// @dev The lanes with reputation moved, batches counted and the last one noted.
    function _seen(uint256 slot, uint256 said, uint256 last) private pure returns (uint256) {
        unchecked {
            uint256 scores = said >> 16 & SCORES;
            uint256 batches = slot >> 6 & BATCHES;
            batches += FOUR - (batches + FOUR >> 4 & FOUR);
            uint256 reputations = slot >> 10 & REPUTATIONS;
            // bit 15 if the score is larger, for then it has to be rounded up
            uint256 up = scores + ((1 << 15) - 1) * FOUR - reputations >> 15 & FOUR;
            reputations = 15 * (reputations + up) + scores >> 4 & REPUTATIONS;
            // all ones in the lanes that anything is said of
            uint256 paid = ((said >> 32 & UNITS) + UNITS >> 24 & FOUR) * 0xffffff;
            return slot ^ ((slot ^ (reputations << 10 | batches << 6 | last * FOUR)) & paid);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Lanes} from "../src/Lanes.sol";
import {Reward} from "../src/Reward.sol";
import {PoolCase} from "./PoolCase.sol";
import {Slow} from "./Slow.sol";

/// The library, callable: so that its refusals can be looked at.
contract Rules {
    function check(Reward.Rule memory r) external pure {
        Reward.check(r);
    }
}

contract RewardTest is PoolCase {
    Rules rules = new Rules();

    // ---- the models, each by parameters alone

    function test_flat() public pure {
        Reward.Rule memory r = flatRule(250);
        eq(pay(r, 3, 0, 0), 750);
        eq(pay(r, 3, 10_000, 10_000), 750);
    }

    function test_threshold() public pure {
        Reward.Rule memory r = flatRule(250);
        (r.t0, r.t1, r.t2) = (7000, 7000, 7000);
        eq(pay(r, 3, 6999, 0), 0);
        eq(pay(r, 3, 7000, 0), 750);
        eq(pay(r, 3, 10_000, 0), 750);
    }

    function test_stepped() public pure {
        Reward.Rule memory r = flatRule(1000);
        (r.t0, r.t1, r.t2) = (6000, 7500, 8500);
        (r.m0, r.m1, r.m2) = (8000, 10_000, 11_500);
        eq(pay(r, 1, 5999, 0), 0);
        eq(pay(r, 1, 6000, 0), 800);
        eq(pay(r, 1, 7499, 0), 800);
        eq(pay(r, 1, 7500, 0), 1000);
        eq(pay(r, 1, 8499, 0), 1000);
        eq(pay(r, 1, 8500, 0), 1150);
        eq(pay(r, 1, 10_000, 0), 1150);
    }

    /// Linear in the score: it is posted as the bonus too.
    function test_linear() public pure {
        Reward.Rule memory r = flatRule(10_000);
        (r.lo, r.hi, r.c0, r.c1) = (0, 10_000, 0, 10_000);
        for (uint256 score = 0; score <= 10_000; score += 1250) {
            eq(pay(r, 7, score, score), 7 * score);
        }
        eq(pay(r, 7, 9999, 9999), 7 * 9999);
    }

    function test_bonus() public pure {
        Reward.Rule memory r = flatRule(10_000);
        (r.lo, r.hi, r.c0, r.c1) = (500, 8000, 2000, 10_000);
        eq(pay(r, 1, 0, 499), 0);
        eq(pay(r, 1, 0, 500), 2000);
        eq(pay(r, 1, 0, 501), 2001); // 2000 + 8000 / 7500, floored
        eq(pay(r, 1, 0, 7999), 9998);
        eq(pay(r, 1, 0, 8000), 10_000);
        eq(pay(r, 1, 0, 10_000), 10_000);
    }

    function test_a_line_that_is_a_point_is_a_threshold() public pure {
        Reward.Rule memory r = flatRule(10_000);
        (r.lo, r.hi, r.c0, r.c1) = (700, 700, 1, 5000);
        eq(pay(r, 1, 0, 699), 0);
        eq(pay(r, 1, 0, 700), 5000);
    }

    function test_probation() public pure {
        Reward.Rule memory r = flatRule(1000);
        (r.probation, r.probationBp) = (3, 5000);
        Reward.Table memory t = Reward.table(r);
        eq(Reward.pay(t, 1, 0, 0, 0, 5000), 500);
        eq(Reward.pay(t, 1, 0, 0, 2, 5000), 500);
        eq(Reward.pay(t, 1, 0, 0, 3, 5000), 1000);
        r.probation = 15;
        t = Reward.table(r);
        eq(Reward.pay(t, 1, 0, 0, 14, 5000), 500);
        eq(Reward.pay(t, 1, 0, 0, 15, 5000), 1000);
    }

    function test_reputation_floor() public pure {
        Reward.Rule memory r = flatRule(1000);
        (r.floorAt, r.floorBp) = (4000, 0);
        Reward.Table memory t = Reward.table(r);
        eq(Reward.pay(t, 1, 0, 0, 9, 3999), 0);
        eq(Reward.pay(t, 1, 0, 0, 9, 4000), 1000);
        r.floorBp = 2500;
        t = Reward.table(r);
        eq(Reward.pay(t, 1, 0, 0, 9, 3999), 250);
        (r.probation, r.probationBp) = (15, 5000);
        t = Reward.table(r);
        eq(Reward.pay(t, 1, 0, 0, 9, 3999), 125); // both
    }

    function test_there_is_one_division() public pure {
        Reward.Rule memory r = flatRule(3);
        (r.m0, r.m1, r.m2) = (5000, 5000, 5000);
        (r.c0, r.c1) = (20_000, 20_000);
        eq(pay(r, 1, 0, 0), 3); // two, one after the other, would give 2
    }

    function test_the_largest_of_all() public pure {
        Reward.Rule memory r = flatRule(type(uint40).max);
        (r.m0, r.m1, r.m2) = (32_767, 32_767, 32_767);
        (r.c0, r.c1) = (32_767, 32_767);
        uint256 most = type(uint24).max;
        eq(pay(r, most, 0, 0), uint256(type(uint40).max) * most * 32_767 * 32_767 / 1e8);
    }

    function test_what_is_more_than_all_counts_as_all() public pure {
        Reward.Table memory t = Reward.table(ordinary().rule);
        uint256 most = Reward.pay(t, 5, 10_000, 10_000, 15, 10_000);
        eq(most, 5750);
        eq(Reward.pay(t, 5, 65_535, 10_001, 16, 16_384), most);
        eq(Reward.pay(t, 5, 10_001, 65_535, 255, 65_535), most);
    }

    // ---- laws

    function testFuzz_it_is_the_definition(
        Reward.Rule memory r,
        uint24 units,
        uint16 score,
        uint16 bonus,
        uint8 batches,
        uint16 rep
    ) public pure {
        tame(r);
        (score, bonus, batches, rep) = (score % 10_001, bonus % 10_001, batches % 16, rep % 10_001);
        Reward.check(r);
        uint256 fast = Reward.pay(Reward.table(r), units, score, bonus, batches, rep);
        eq(fast, Slow.pay(r, units, score, bonus, batches, rep));
    }

    /// Near the edges, where random numbers hardly ever are.
    function testFuzz_it_is_the_definition_at_the_edges(
        Reward.Rule memory r,
        uint256 which,
        uint8 by,
        uint8 batches
    ) public pure {
        tame(r);
        uint256[3] memory tiers = [uint256(r.t0), r.t1, r.t2];
        uint256[2] memory ends = [uint256(r.lo), r.hi];
        uint256 score = near(tiers[which % 3], by % 3);
        uint256 bonus = near(ends[which / 3 % 2], by / 3 % 3);
        uint256 rep = near(r.floorAt, by / 9 % 3);
        uint256 fast = Reward.pay(Reward.table(r), 1e6, score, bonus, batches % 16, rep);
        eq(fast, Slow.pay(r, 1e6, score, bonus, batches % 16, rep));
    }

    function testFuzz_pay_never_falls_with_a_score(
        Reward.Rule memory r,
        uint24 units,
        uint16 score,
        uint16 bonus,
        uint16 more,
        uint8 batches,
        uint16 rep
    ) public pure {
        tame(r);
        (score, bonus, batches, rep) = (score % 10_001, bonus % 10_001, batches % 16, rep % 10_001);
        Reward.Table memory t = Reward.table(r);
        uint256 base = Reward.pay(t, units, score, bonus, batches, rep);
        uint256 higher = score + more % (10_001 - score);
        atMost(base, Reward.pay(t, units, higher, bonus, batches, rep));
        higher = bonus + more % (10_001 - bonus);
        atMost(base, Reward.pay(t, units, score, higher, batches, rep));
        if (batches < 15) atMost(base, Reward.pay(t, units, score, bonus, batches + 1, rep));
        higher = rep + more % (10_001 - rep);
        atMost(base, Reward.pay(t, units, score, bonus, batches, higher));
        if (units < type(uint24).max) {
            atMost(base, Reward.pay(t, uint256(units) + 1, score, bonus, batches, rep));
        }
    }

    // ---- four at once

    struct Four {
        uint24[4] units;
        uint16[4] score;
        uint16[4] bonus;
        uint40[4] credit;
        uint16[4] reputation;
        uint8[4] batches;
    }

    function testFuzz_four_at_once_are_four_one_by_one(
        Reward.Rule memory r,
        Four memory f,
        uint8 last,
        bool none
    ) public pure {
        tame(r);
        uint256 slot;
        uint256 word = uint256(uint160(0xdead)) << 224;
        for (uint256 i = 0; i < 4; ++i) {
            (f.score[i], f.bonus[i]) = (f.score[i] % 10_001, f.bonus[i] % 10_001);
            (f.reputation[i], f.batches[i]) = (f.reputation[i] % 10_001, f.batches[i] % 16);
            f.credit[i] %= 1 << 39;
            f.units[i] %= 1 << 12; // so that no pay is more than a lane may have
            if (none && i % 2 == 0) f.units[i] = 0;
            slot = Lanes.put(slot, i, Lanes.make(f.credit[i], f.reputation[i], f.batches[i], 9));
            word |= uint256(field(i, f.units[i], f.score[i], f.bonus[i]));
        }
        r.rate %= 1 << 20;
        (uint256 then, uint256 total) = Reward.payFour(Reward.table(r), last & 63, slot, word);
        for (uint256 i = 0; i < 4; ++i) {
            total -= paid(r, f, i, Lanes.get(slot, i), Lanes.get(then, i), last & 63);
        }
        eq(total, 0);
    }

    function paid(Reward.Rule memory r, Four memory f, uint256 i, uint256 before, uint256 lane, uint256 last)
        private
        pure
        returns (uint256 pays)
    {
        if (f.units[i] == 0) {
            eq(lane, before);
            return 0;
        }
        pays = Slow.pay(r, f.units[i], f.score[i], f.bonus[i], f.batches[i], f.reputation[i]);
        eq(Lanes.credit(lane), f.credit[i] + pays);
        eq(Lanes.reputation(lane), Slow.moved(f.reputation[i], f.score[i]));
        eq(Lanes.batches(lane), f.batches[i] == 15 ? 15 : f.batches[i] + 1);
        eq(Lanes.last(lane), last);
    }

    function test_reputation_arrives_at_the_score() public pure {
        Reward.Table memory t = Reward.table(flatRule(1));
        uint256[4] memory goals = [uint256(0), 1, 9999, 10_000];
        for (uint256 g = 0; g < 4; ++g) {
            uint256 lane = Lanes.make(0, 5000, 0, 0);
            uint256 steps = 0;
            while (Lanes.reputation(lane) != goals[g]) {
                uint256 before = Lanes.reputation(lane);
                (lane,) = Reward.payFour(t, 0, lane, uint256(1) << 32 | goals[g] << 16);
                uint256 now_ = Lanes.reputation(lane);
                yes(goals[g] > before ? now_ > before : now_ < before, "must come nearer");
                atMost(++steps, 200);
            }
            (lane,) = Reward.payFour(t, 0, lane, uint256(1) << 32 | goals[g] << 16);
            eq(Lanes.reputation(lane), goals[g]); // and stays
        }
    }

    // ---- what is refused

    function test_tiers_must_be_in_order() public {
        Reward.Rule memory r = ordinary().rule;
        r.t0 = r.t1 + 1;
        refusedTiers(r);
        r = ordinary().rule;
        r.t1 = r.t2 + 1;
        refusedTiers(r);
        r = ordinary().rule;
        r.m0 = r.m1 + 1;
        refusedTiers(r);
        r = ordinary().rule;
        r.m1 = r.m2 + 1;
        refusedTiers(r);
    }

    function refusedTiers(Reward.Rule memory r) private {
        bytes4 why = Reward.TiersOutOfOrder.selector;
        vm.expectRevert(abi.encodeWithSelector(why, r.t0, r.t1, r.t2, r.m0, r.m1, r.m2));
        rules.check(r);
    }

    function test_the_line_must_not_run_backwards_or_down() public {
        Reward.Rule memory r = ordinary().rule;
        r.lo = r.hi + 1;
        vm.expectRevert(abi.encodeWithSelector(Reward.LineOutOfOrder.selector, r.lo, r.hi, r.c0, r.c1));
        rules.check(r);
        r = ordinary().rule;
        r.c0 = r.c1 + 1;
        vm.expectRevert(abi.encodeWithSelector(Reward.LineOutOfOrder.selector, r.lo, r.hi, r.c0, r.c1));
        rules.check(r);
    }

    function test_bounds_of_a_rule() public {
        Reward.Rule memory r = ordinary().rule;
        (r.m2, r.c1, r.t2, r.floorAt) = (32_767, 32_767, 10_000, 10_000);
        (r.probation, r.probationBp, r.floorBp) = (15, 10_000, 10_000);
        rules.check(r);
        r.m2 = 32_768;
        refused(r, Reward.FactorTooLarge.selector, 32_768);
        r = ordinary().rule;
        r.c1 = 32_768;
        refused(r, Reward.FactorTooLarge.selector, 32_768);
        r = ordinary().rule;
        r.t2 = 10_001;
        refused(r, Reward.TierTooHigh.selector, 10_001);
        r = ordinary().rule;
        r.probationBp = 10_001;
        refused(r, Reward.PenaltyAboveOne.selector, 10_001);
        r = ordinary().rule;
        r.floorBp = 10_001;
        refused(r, Reward.PenaltyAboveOne.selector, 10_001);
        r = ordinary().rule;
        r.floorAt = 10_001;
        refused(r, Reward.FloorTooHigh.selector, 10_001);
        r = ordinary().rule;
        r.probation = 16;
        refused(r, Reward.ProbationTooLong.selector, 16);
    }

    function refused(Reward.Rule memory r, bytes4 why, uint256 what) private {
        wants(why, what);
        rules.check(r);
    }

    // ---- helpers

    function pay(Reward.Rule memory r, uint256 units, uint256 score, uint256 bonus)
        private
        pure
        returns (uint256)
    {
        return Reward.pay(Reward.table(r), units, score, bonus, 0, 0);
    }

    function near(uint256 x, uint256 by) private pure returns (uint256) {
        x = x + by == 0 ? 0 : x + by - 1;
        return x > 10_000 ? 10_000 : x;
    }

    /// Any numbers, made a rule.
    function tame(Reward.Rule memory r) private pure {
        (r.t0, r.t1, r.t2) = sorted(r.t0 % 10_001, r.t1 % 10_001, r.t2 % 10_001);
        (r.m0, r.m1, r.m2) = sorted(r.m0 % 32_768, r.m1 % 32_768, r.m2 % 32_768);
        (r.lo, r.hi,) = sorted(r.lo, r.hi, type(uint16).max);
        (r.c0, r.c1,) = sorted(r.c0 % 32_768, r.c1 % 32_768, type(uint16).max);
        (r.probation, r.probationBp) = (r.probation % 16, r.probationBp % 10_001);
        (r.floorAt, r.floorBp) = (r.floorAt % 10_001, r.floorBp % 10_001);
    }

    function sorted(uint16 a, uint16 b, uint16 c) private pure returns (uint16, uint16, uint16) {
        if (a > b) (a, b) = (b, a);
        if (b > c) (b, c) = (c, b);
        if (a > b) (a, b) = (b, a);
        return (a, b, c);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Reward} from "../src/Reward.sol";

/// The rule once more, word by word from the definition, for the fast one to be compared with.
library Slow {
    function pay(
        Reward.Rule memory r,
        uint256 units,
        uint256 score,
        uint256 bonus,
        uint256 batches,
        uint256 reputation
    ) internal pure returns (uint256) {
        uint256 all = rate(r, units, score) * line(r, bonus);
        all *= batches < r.probation ? r.probationBp : 10_000;
        all *= reputation < r.floorAt ? r.floorBp : 10_000;
        return all / 1e16;
    }

    function rate(Reward.Rule memory r, uint256 units, uint256 score) private pure returns (uint256) {
        return r.rate * units * (score < r.t0 ? 0 : score < r.t1 ? r.m0 : score < r.t2 ? r.m1 : r.m2);
    }

    function line(Reward.Rule memory r, uint256 bonus) private pure returns (uint256) {
        if (bonus < r.lo) return 0;
        if (bonus >= r.hi) return r.c1;
        return r.c0 + uint256(r.c1 - r.c0) * (bonus - r.lo) / (r.hi - r.lo);
    }

    function moved(uint256 reputation, uint256 score) internal pure returns (uint256) {
        if (score > reputation) return reputation + (score - reputation + 15) / 16;
        return reputation - (reputation - score + 15) / 16;
    }
}

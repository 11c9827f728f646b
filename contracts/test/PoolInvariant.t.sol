// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Look, PoolLaws} from "./PoolLaws.sol";

contract PoolInvariantTest is PoolLaws {
    /// All laws after every call of one campaign: ten campaigns would take ten times as long.
    function invariant_all() public view {
        Look memory l = look();
        the_balance_covers_what_is_owed_and_all_bonds(l);
        owed_is_the_sum_of_the_lanes(l);
        what_was_credited_is_owed_or_paid(l);
        bonds_are_the_sum_of_the_bonds(l);
        the_door_is_shut_to_a_token_that_calls_back(l);
        every_batch_settles_once(l);
        everybody_is_as_the_book_says(l);
        pay_never_falls_with_a_score(l);
        the_banned_get_nothing_new_and_lose_nothing(l);
        a_worker_keeps_its_number_and_its_human(l);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PoolLaws} from "./PoolLaws.sol";

/// Each law in a campaign of its own. bin/mutants names the one that a fault has to break; the tests look at all of
/// them together, in PoolInvariantTest, and leave this out.
contract PoolLawTest is PoolLaws {
    function invariant_the_balance_covers_what_is_owed_and_all_bonds() public view {
        the_balance_covers_what_is_owed_and_all_bonds(look());
    }

    function invariant_owed_is_the_sum_of_the_lanes() public view {
        owed_is_the_sum_of_the_lanes(look());
    }

    function invariant_what_was_credited_is_owed_or_paid() public view {
        what_was_credited_is_owed_or_paid(look());
    }

    function invariant_bonds_are_the_sum_of_the_bonds() public view {
        bonds_are_the_sum_of_the_bonds(look());
    }

    function invariant_the_door_is_shut_to_a_token_that_calls_back() public view {
        the_door_is_shut_to_a_token_that_calls_back(look());
    }

    function invariant_every_batch_settles_once() public view {
        every_batch_settles_once(look());
    }

    function invariant_everybody_is_as_the_book_says() public view {
        everybody_is_as_the_book_says(look());
    }

    function invariant_pay_never_falls_with_a_score() public view {
        pay_never_falls_with_a_score(look());
    }

    function invariant_the_banned_get_nothing_new_and_lose_nothing() public view {
        the_banned_get_nothing_new_and_lose_nothing(look());
    }

    function invariant_a_worker_keeps_its_number_and_its_human() public view {
        a_worker_keeps_its_number_and_its_human(look());
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batches} from "../src/Batches.sol";
import {PoolCase} from "./PoolCase.sol";

/// What a batch costs: 21,000, the calldata by EIP-2028 or the floor of EIP-7623 if that is more, and the gas
/// that the pool takes when nothing it touches was touched before in the transaction.
contract PoolGasTest is PoolCase {
    uint256 constant WORKERS = 1000;
    uint256 constant TX_GAS = 1 << 24; // the most of one transaction, by EIP-7825

    bytes32[] words;

    function setUp() public {
        build();
        Batches.Params memory p = ordinary();
        (p.batchBudget, p.periodBudget) = ((1 << 39) - 1, type(uint64).max);
        setParams(p);
        require(token.transfer(address(pool), 100_000_000 ether));
        stake(POSTER, BOND);
    }

    function test_gas_of_first_payments() public {
        measured(6800, "first payments");
    }

    function test_gas_of_later_payments() public {
        spread(WORKERS);
        settle(words);
        measured(2500, "later payments");
    }

    function test_gas_of_later_payments_when_all_is_drawn() public {
        spread(WORKERS);
        settle(words);
        for (uint32 w = 1; w <= WORKERS; ++w) {
            if (creditOf(w) != 0) pool.withdraw(w);
        }
        measured(2500, "later payments after withdrawal");
    }

    function test_gas_of_first_payments_in_opened_lanes() public {
        uint256[] memory slots = new uint256[](WORKERS / 4 + 1);
        for (uint256 i = 0; i < slots.length; ++i) {
            slots[i] = i;
        }
        pool.open(slots);
        measured(2500, "first payments in opened lanes");
    }

    function test_gas_of_the_largest_batch_of_new_lanes() public {
        Batches.Params memory p = ordinary();
        p.rule.rate = 1; // or it would be over the budget
        setParams(p);
        join(4 * 512 + 3);
        words = many(4, 4 * 512 + 3, 0xffff11, 9999, 7999); // no zero bytes
        eq(words.length, pool.MOST_WORDS());
        uint256 posted = postGas();
        uint256 settledFor = settleGas();
        emit Gas("post of the largest batch", posted);
        emit Gas("settle of the largest batch, all new", settledFor);
        atMost(posted, TX_GAS);
        atMost(settledFor, TX_GAS);
        atMost(abi.encodeWithSelector(SETTLE, uint64(1), words).length, 128 * 1024 - 512);
    }

    // ---- helpers

    event Gas(string what, uint256 gas);

    bytes4 constant SETTLE = bytes4(keccak256("settle(uint64,bytes32[])"));

    /// Joins so many workers and says of each something of its own: scores and bonuses of every tier.
    function spread(uint256 workers) private {
        join(workers);
        words = many(1, workers, 0, 0, 0);
        for (uint256 w = 1; w <= workers; ++w) {
            uint256 x = uint256(keccak256(abi.encode(w)));
            words[w >> 2] |= field(w & 3, 1 + x % 3000, 5500 + (x >> 32) % 4500, 400 + (x >> 64) % 9600);
        }
    }

    function measured(uint256 limit, string memory what) private {
        if (words.length == 0) spread(WORKERS);
        uint256 gas_ = postGas();
        gas_ += settleGas();
        uint256 each = (gas_ + WORKERS - 1) / WORKERS;
        emit Gas(what, each);
        atMost(each, limit);
    }

    function postGas() private returns (uint256) {
        return transaction(POSTER, abi.encodeCall(pool.post, (next(), LOG, words)));
    }

    function settleGas() private returns (uint256) {
        ready();
        return transaction(STRANGER, abi.encodeWithSelector(SETTLE, next(), words));
    }

    /// Nothing was touched yet in this transaction.
    function cool() private {
        vm.cool(address(pool));
        vm.cool(address(token));
        vm.cool(address(registry));
    }

    function transaction(address from, bytes memory data) private returns (uint256) {
        cool();
        vm.prank(from);
        uint256 before = gasleft();
        (bool done,) = address(pool).call(data);
        uint256 run = before - gasleft();
        yes(done, "the call");
        uint256 tokens = 0;
        for (uint256 i = 0; i < data.length; ++i) {
            tokens += data[i] == 0 ? 1 : 4;
        }
        uint256 usual = 21_000 + 4 * tokens + run;
        uint256 least = 21_000 + 10 * tokens;
        return usual < least ? least : usual;
    }
}

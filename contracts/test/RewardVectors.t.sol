// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Reward} from "../src/Reward.sol";
import {Mini} from "./Mini.sol";

/// The same integers as in C: 64 bytes a case, as t/tool/reward-vectors.c says, made by bin/vectors.
contract RewardVectorsTest is Mini {
    string constant PATH = "cache/reward-vectors.hex";
    uint256 constant SIZE = 64;

    function test_the_contract_and_the_c_library_give_the_same_integer() public {
        bool there = vm.exists(PATH);
        vm.skip(!there, "no cache/reward-vectors.hex: bin/vectors makes it");
        uint256 n = 0;
        for (uint256 more = 1; more != 0; n += more) {
            uint256 memory_;
            assembly ("memory-safe") {
                memory_ := mload(0x40)
            }
            more = line(vm.readLine(PATH));
            // what a line took in memory is given back, or it would grow with each
            assembly ("memory-safe") {
                mstore(0x40, memory_)
            }
        }
        vm.closeFile(PATH);
        yes(n >= 100_000, "a hundred thousand cases");
    }

    function line(string memory text) private pure returns (uint256 n) {
        if (bytes(text).length == 0) return 0;
        bytes memory cases = vm.parseBytes(text);
        n = cases.length / SIZE;
        eq(n * SIZE, cases.length);
        for (uint256 i = 0; i < n; ++i) {
            one(cases, i * SIZE);
        }
    }

    function one(bytes memory cases, uint256 from) private pure {
        uint256 a;
        uint256 b;
        assembly ("memory-safe") {
            a := mload(add(add(cases, 0x20), from))
            b := mload(add(add(cases, 0x40), from))
        }
        Reward.Rule memory r;
        r.rate = uint40(a >> 216);
        (r.t0, r.t1, r.t2) = (uint16(a >> 200), uint16(a >> 184), uint16(a >> 168));
        (r.m0, r.m1, r.m2) = (uint16(a >> 152), uint16(a >> 136), uint16(a >> 120));
        (r.lo, r.hi, r.c0, r.c1) = (uint16(a >> 104), uint16(a >> 88), uint16(a >> 72), uint16(a >> 56));
        (r.probation, r.probationBp) = (uint8(a >> 48), uint16(a >> 32));
        (r.floorAt, r.floorBp) = (uint16(a >> 16), uint16(a));
        Reward.check(r);
        uint256 got = Reward.pay(
            Reward.table(r),
            b >> 232,
            b >> 216 & 0xffff,
            b >> 200 & 0xffff,
            b >> 192 & 0xff,
            b >> 176 & 0xffff
        );
        eq(got, b >> 48 & type(uint128).max);
    }
}

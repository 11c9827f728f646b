// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batches} from "../src/Batches.sol";
import {IPersonhood} from "../src/IPersonhood.sol";
import {LabelToken} from "../src/LabelToken.sol";
import {Review} from "../src/Review.sol";
import {Reward} from "../src/Reward.sol";
import {RewardPool} from "../src/RewardPool.sol";
import {WorkerRegistry} from "../src/WorkerRegistry.sol";
import {Mini} from "./Mini.sol";
import {OpenAdapter} from "./mocks/OpenAdapter.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// What is said of one worker in a batch.
struct Said {
    uint256 worker;
    uint256 units;
    uint256 score;
    uint256 bonus;
}

/// A pool with a token, workers and people in every role, and the words of batches.
abstract contract PoolCase is Mini {
    uint256 constant UNIT = 1e12;
    uint256 constant BOND = 5 ether;
    uint256 constant FUNDS = 1_000_000 ether;
    bytes32 constant LOG = keccak256("log");
    bytes32 constant SPACE = keccak256("space");

    address constant OWNER = address(0x0531);
    address constant POSTER = address(0x9057);
    address constant CHALLENGER = address(0xC4A1);
    address constant ARBITER = address(0xA4B1);
    address constant GUARDIAN = address(0x60A4);
    address constant STRANGER = address(0x57A6);

    LabelToken token;
    WorkerRegistry registry;
    OpenAdapter adapter;
    RewardPool pool;

    // ---- the world

    function build() internal {
        token = new LabelToken("Label", "LBL", 1_000_000_000 ether, address(0), address(this));
        vm.warp(1_700_000_000);
        registry = new WorkerRegistry(OWNER, SPACE);
        adapter = new OpenAdapter(SPACE);
        vm.prank(OWNER);
        registry.setAdapter(adapter, true);
        pool = newPool(IERC20(address(token)), ordinary());
    }

    function newPool(IERC20 money, Batches.Params memory p) internal returns (RewardPool made) {
        made = new RewardPool(OWNER, money, registry, BOND, p);
        vm.startPrank(OWNER);
        made.setPoster(POSTER, true);
        made.setArbiter(ARBITER);
        made.setGuardian(GUARDIAN);
        vm.stopPrank();
    }

    function fund() internal {
        require(token.transfer(address(pool), FUNDS));
        stake(POSTER, BOND);
        stake(CHALLENGER, BOND);
    }

    function stake(address who, uint256 amount) internal {
        require(token.transfer(who, amount));
        vm.startPrank(who);
        token.approve(address(pool), amount);
        pool.deposit(amount);
        vm.stopPrank();
    }

    function join(uint256 workers) internal {
        for (uint256 i = 0; i < workers; ++i) {
            address who = accountOf(registry.count() + 1);
            vm.prank(who);
            registry.join(adapter, abi.encode(who));
        }
    }

    function accountOf(uint256 worker) internal pure returns (address) {
        return address(uint160(0x100000 + worker));
    }

    function setParams(Batches.Params memory p) internal {
        vm.prank(OWNER);
        pool.setParams(p);
    }

    function ban(uint32 worker, bool banned) internal {
        vm.prank(OWNER);
        registry.setBan(worker, banned);
    }

    // ---- parameters

    /// A thousandth of a token a unit; tiers, a line, probation and a floor.
    function ordinary() internal pure returns (Batches.Params memory p) {
        p.rule.rate = 1000;
        (p.rule.t0, p.rule.t1, p.rule.t2) = (6000, 7500, 8500);
        (p.rule.m0, p.rule.m1, p.rule.m2) = (8000, 10_000, 11_500);
        (p.rule.lo, p.rule.hi, p.rule.c0, p.rule.c1) = (500, 8000, 2000, 10_000);
        (p.rule.probation, p.rule.probationBp) = (3, 5000);
        (p.rule.floorAt, p.rule.floorBp) = (4000, 2500);
        p.startReputation = 5000;
        p.batchBudget = 100_000e6;
        p.periodBudget = 150_000e6;
        (p.period, p.window, p.patience) = (7 days, 1 days, 3 days);
    }

    /// The same for all: a millionth of a token a unit and nothing else.
    function flat() internal pure returns (Batches.Params memory p) {
        p = ordinary();
        p.rule = flatRule(1);
    }

    function flatRule(uint40 rate) internal pure returns (Reward.Rule memory r) {
        r.rate = rate;
        (r.m0, r.m1, r.m2) = (10_000, 10_000, 10_000);
        (r.c0, r.c1) = (10_000, 10_000);
        (r.probationBp, r.floorBp) = (10_000, 10_000);
    }

    // ---- batches

    /// One worker in a word.
    function one(uint256 worker, uint256 units, uint256 score, uint256 bonus)
        internal
        pure
        returns (bytes32[] memory words)
    {
        words = new bytes32[](1);
        words[0] = word(worker >> 2) | field(worker & 3, units, score, bonus);
    }

    function word(uint256 slot) internal pure returns (bytes32) {
        return bytes32(slot << 224);
    }

    function field(uint256 position, uint256 units, uint256 score, uint256 bonus)
        internal
        pure
        returns (bytes32)
    {
        return bytes32((units << 32 | score << 16 | bonus) << (168 - 56 * position));
    }

    /// Workers first to last, all with the same to say of them.
    function many(uint256 first, uint256 last, uint256 units, uint256 score, uint256 bonus)
        internal
        pure
        returns (bytes32[] memory words)
    {
        words = new bytes32[]((last >> 2) - (first >> 2) + 1);
        for (uint256 i = 0; i < words.length; ++i) {
            words[i] = word((first >> 2) + i);
        }
        for (uint256 w = first; w <= last; ++w) {
            words[(w >> 2) - (first >> 2)] |= field(w & 3, units, score, bonus);
        }
    }

    /// The number that the next batch must have.
    function next() internal view returns (uint64) {
        return settled() + 1;
    }

    function post(bytes32[] memory words) internal returns (uint64 batch) {
        batch = next();
        vm.prank(POSTER);
        pool.post(batch, LOG, words);
    }

    function ready() internal {
        vm.warp(readyAt());
    }

    function settle(bytes32[] memory words) internal {
        uint64 batch = post(words);
        ready();
        pool.settle(batch, words);
    }

    // ---- what the pool says

    function settled() internal view returns (uint64 number) {
        (number,,,) = pool.account();
    }

    function owed() internal view returns (uint64 units) {
        (, units,,) = pool.account();
    }

    function state() internal view returns (Batches.State s) {
        (,,,,, s,,) = pool.inFlight();
    }

    function readyAt() internal view returns (uint40 time) {
        (,,, time,,,,) = pool.inFlight();
    }

    function creditOf(uint256 worker) internal view returns (uint256 credit) {
        (credit,,,) = pool.lane(uint32(worker));
    }

    function reputationOf(uint256 worker) internal view returns (uint256 reputation) {
        (, reputation,,) = pool.lane(uint32(worker));
    }

    function batchesOf(uint256 worker) internal view returns (uint256 batches) {
        (,, batches,) = pool.lane(uint32(worker));
    }

    /// The call must end with a sum that is too large for its field.
    function wantsOverflow() internal {
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x11));
    }

    /// The error that a call must end with.
    function wants(bytes memory why) internal {
        vm.expectRevert(why);
    }

    function wants(bytes4 selector, uint256 a) internal {
        vm.expectRevert(abi.encodeWithSelector(selector, a));
    }

    function wants(bytes4 selector, uint256 a, uint256 b) internal {
        vm.expectRevert(abi.encodeWithSelector(selector, a, b));
    }
}

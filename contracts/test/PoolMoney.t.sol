// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Bonds} from "../src/Bonds.sol";
import {RewardPool} from "../src/RewardPool.sol";
import {WorkerRegistry} from "../src/WorkerRegistry.sol";
import {PoolCase} from "./PoolCase.sol";
import {FeeToken, HostileToken, SilentToken, SmallToken} from "./mocks/BadTokens.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// Tokens in and out, and tokens that are not what they should be.
contract PoolMoneyTest is PoolCase {
    function setUp() public {
        build();
        fund();
        join(9);
        setParams(flat());
    }

    // ---- bonds

    function test_a_bond_is_put_down_and_drawn() public {
        require(token.transfer(STRANGER, 10));
        vm.prank(STRANGER);
        token.approve(address(pool), 10);
        vm.expectEmit(address(pool));
        emit Bonds.Bonded(STRANGER, 10);
        vm.prank(STRANGER);
        pool.deposit(10);
        eq(pool.bondOf(STRANGER), 10);
        eq(pool.bonds(), 2 * BOND + 10);
        vm.expectEmit(address(pool));
        emit Bonds.Bonded(STRANGER, 7);
        vm.prank(STRANGER);
        pool.withdrawBond(3);
        eq(pool.bonds(), 2 * BOND + 7);
        eq(token.balanceOf(STRANGER), 3);
        vm.expectRevert(abi.encodeWithSelector(Bonds.BondTooSmall.selector, STRANGER, 7, 8));
        vm.prank(STRANGER);
        pool.withdrawBond(8);
    }

    function test_what_is_not_locked_can_be_drawn() public {
        stake(POSTER, 3);
        post(one(4, 1, 1, 1));
        vm.prank(POSTER);
        pool.withdrawBond(3);
        eq(pool.bondOf(POSTER), BOND);
    }

    // ---- withdrawal

    function test_credit_goes_to_who_holds_the_worker_whoever_asks() public {
        settle(many(4, 6, 10, 9000, 0));
        vm.expectEmit(address(pool));
        emit RewardPool.Withdrawn(4, accountOf(4), 10 * UNIT);
        vm.prank(STRANGER);
        pool.withdraw(4);
        eq(token.balanceOf(accountOf(4)), 10 * UNIT);
        eq(creditOf(4), 0);
        eq(reputationOf(4), 5250);
        eq(batchesOf(4), 1);
        eq(owed(), 20);
        wants(RewardPool.NothingToWithdraw.selector, 4);
        pool.withdraw(4);
    }

    function test_many_withdraw_together() public {
        settle(many(4, 6, 10, 9000, 0));
        uint32[] memory all = new uint32[](2);
        (all[0], all[1]) = (6, 4);
        pool.withdrawMany(all);
        eq(token.balanceOf(accountOf(4)) + token.balanceOf(accountOf(6)), 20 * UNIT);
        eq(creditOf(5), 10 * UNIT);
        eq(owed(), 10);
        (all[0], all[1]) = (5, 5);
        wants(RewardPool.NothingToWithdraw.selector, 5);
        pool.withdrawMany(all);
    }

    function test_credit_follows_the_rotated_key() public {
        settle(one(4, 10, 9000, 0));
        ban(4, true);
        vm.prank(accountOf(4));
        registry.rotate(STRANGER);
        pool.withdraw(4); // not accepted yet
        eq(token.balanceOf(accountOf(4)), 10 * UNIT);
        ban(4, false);
        settle(one(4, 10, 9000, 0));
        uint256 reputation = reputationOf(4);
        vm.prank(STRANGER);
        registry.accept(4);
        eq(reputationOf(4), reputation);
        eq(creditOf(4), 10 * UNIT);
        pool.withdraw(4);
        eq(token.balanceOf(STRANGER), 10 * UNIT);
        eq(token.balanceOf(accountOf(4)), 10 * UNIT);
    }

    function test_nobody_draws_for_a_worker_that_is_not() public {
        wants(RewardPool.NothingToWithdraw.selector, 10);
        pool.withdraw(10);
    }

    // ---- what is left

    function test_the_owner_takes_back_what_nobody_earned() public {
        settle(one(4, 10, 9000, 0));
        post(one(4, 10, 9000, 0));
        uint256 free = FUNDS - 10 * UNIT;
        vm.expectRevert(
            abi.encodeWithSelector(RewardPool.NotFunded.selector, FUNDS + 2 * BOND, FUNDS + 2 * BOND + 1)
        );
        vm.prank(OWNER);
        pool.reclaim(OWNER, free + 1);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, POSTER));
        vm.prank(POSTER);
        pool.reclaim(POSTER, 1);
        vm.expectEmit(address(pool));
        emit RewardPool.Reclaimed(OWNER, free);
        vm.prank(OWNER);
        pool.reclaim(OWNER, free);
        eq(token.balanceOf(OWNER), free);
        pool.withdraw(4);
        vm.prank(CHALLENGER);
        pool.withdrawBond(BOND);
        eq(token.balanceOf(address(pool)), BOND);
    }

    // ---- other tokens

    function test_a_token_of_other_decimals_is_refused() public {
        SmallToken small = new SmallToken();
        wants(Bonds.WrongDecimals.selector, 6);
        new RewardPool(OWNER, small, registry, BOND, flat());
    }

    function test_a_pool_without_a_bond_is_refused() public {
        vm.expectRevert(Bonds.NoBond.selector);
        new RewardPool(OWNER, token, registry, 0, flat());
    }

    function test_a_token_that_takes_a_fee_is_refused() public {
        FeeToken fee = new FeeToken();
        pool = newPool(fee, flat());
        fee.mint(POSTER, BOND);
        vm.prank(POSTER);
        fee.approve(address(pool), BOND);
        wants(Bonds.InexactToken.selector, BOND - BOND / 100, BOND);
        vm.prank(POSTER);
        pool.deposit(BOND);
    }

    function test_a_token_that_says_no_is_heard() public {
        SilentToken silent = new SilentToken();
        pool = newPool(silent, flat());
        silent.mint(address(pool), FUNDS);
        silent.mint(POSTER, BOND);
        vm.prank(POSTER);
        silent.approve(address(pool), BOND);
        silent.refuse(true);
        bytes memory why =
            abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(silent));
        vm.expectRevert(why);
        vm.prank(POSTER);
        pool.deposit(BOND);
        silent.refuse(false);
        vm.prank(POSTER);
        pool.deposit(BOND);
        settle(one(4, 10, 9000, 0));
        silent.refuse(true);
        vm.expectRevert(why);
        pool.withdraw(4);
        vm.expectRevert(why);
        vm.prank(POSTER);
        pool.withdrawBond(1);
        eq(creditOf(4), 10 * UNIT);
        eq(pool.bondOf(POSTER), BOND);
    }

    // ---- a token that calls back

    /// Whatever it calls in the middle of whatever transfer: the pool is closed.
    function test_a_token_that_calls_back_finds_the_door_shut() public {
        bytes[] memory calls = new bytes[](12);
        bytes32[] memory words = one(4, 10, 9000, 0);
        uint32[] memory workers = new uint32[](1);
        workers[0] = 4;
        calls[0] = abi.encodeCall(pool.withdraw, (4));
        calls[1] = abi.encodeCall(pool.withdrawMany, (workers));
        calls[2] = abi.encodeCall(pool.deposit, (1));
        calls[3] = abi.encodeCall(pool.withdrawBond, (1));
        calls[4] = abi.encodeWithSignature("settle(uint64,bytes32[])", uint64(2), words);
        calls[5] =
            abi.encodeWithSignature("settle(uint64,bytes32[],bytes[])", uint64(2), words, new bytes[](0));
        calls[6] = abi.encodeCall(pool.post, (2, LOG, words));
        calls[7] = abi.encodeCall(pool.challenge, (2, 4, LOG));
        calls[8] = abi.encodeCall(pool.resolve, (2, true));
        calls[9] = abi.encodeCall(pool.lapse, (2));
        calls[10] = abi.encodeCall(pool.cancel, (2));
        calls[11] = abi.encodeCall(pool.expire, (2));
        HostileToken bad = new HostileToken();
        pool = newPool(bad, flat());
        // the token itself has every role
        vm.startPrank(OWNER);
        pool.setPoster(address(bad), true);
        pool.setArbiter(address(bad));
        vm.stopPrank();
        bad.mint(address(pool), FUNDS);
        bad.mint(POSTER, FUNDS);
        vm.startPrank(POSTER);
        bad.approve(address(pool), FUNDS);
        pool.deposit(BOND);
        vm.stopPrank();
        settle(words);
        for (uint256 i = 0; i < calls.length; ++i) {
            bad.arm(address(pool), calls[i]);
            vm.prank(POSTER);
            pool.deposit(1);
            shut(bad);
            bad.arm(address(pool), calls[i]);
            vm.prank(POSTER);
            pool.withdrawBond(1);
            shut(bad);
            bad.arm(address(pool), calls[i]);
            vm.prank(OWNER);
            pool.reclaim(OWNER, 1);
            shut(bad);
        }
        bad.arm(address(pool), calls[0]);
        pool.withdraw(4);
        shut(bad);
        eq(bad.balanceOf(accountOf(4)), 10 * UNIT);
        settle(words);
        bad.arm(address(pool), calls[1]);
        pool.withdrawMany(workers);
        shut(bad);
        eq(bad.balanceOf(accountOf(4)), 20 * UNIT);
        eq(owed(), 0);
    }

    function shut(HostileToken bad) private view {
        yes(bad.called() && !bad.done(), "it must have tried in vain");
        bytes4 why = ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector;
        yes(keccak256(bad.answer()) == keccak256(abi.encodeWithSelector(why)), "by the guard");
    }

    function test_the_owner_is_no_way_in_either() public {
        HostileToken bad = new HostileToken();
        pool = new RewardPool(address(bad), bad, registry, BOND, flat());
        bad.mint(address(pool), FUNDS);
        bad.mint(STRANGER, 2);
        bad.arm(address(pool), abi.encodeCall(pool.reclaim, (STRANGER, 1)));
        vm.startPrank(STRANGER);
        bad.approve(address(pool), 2);
        pool.deposit(2);
        vm.stopPrank();
        shut(bad);
    }
}

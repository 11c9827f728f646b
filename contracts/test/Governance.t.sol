// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batches} from "../src/Batches.sol";
import {IPersonhood} from "../src/IPersonhood.sol";
import {LabelToken} from "../src/LabelToken.sol";
import {RewardClaims} from "../src/RewardClaims.sol";
import {RewardPool} from "../src/RewardPool.sol";
import {WorkerRegistry} from "../src/WorkerRegistry.sol";
import {AttesterAdapter} from "../src/adapters/AttesterAdapter.sol";
import {LabelGovernor} from "../src/governance/LabelGovernor.sol";
import {Mini} from "./Mini.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

interface VmGovernance {
    function expectPartialRevert(bytes4 selector) external;
}

/// Everything as bin/deploy makes it: the timelock owns all from birth, the deployer is its only proposer until one
/// batch of calls gives that to the governor and takes it from the deployer.
contract GovernanceTest is Mini {
    VmGovernance constant vm2 = VmGovernance(address(vm));
    bytes32 constant SPACE = "space";
    uint256 constant CAP = 1_000_000 ether;
    uint256 constant DELAY = 2 days;

    address constant DEPLOYER = address(0xDE);
    address constant WHALE = address(0x3a1e); // a tenth of all
    address constant MINNOW = address(0x313); // too little to propose
    address constant STRANGER = address(0x57A6);

    LabelToken token;
    TimelockController timelock;
    LabelGovernor governor;
    WorkerRegistry registry;
    AttesterAdapter adapter;
    RewardPool pool;
    RewardClaims claims;

    function setUp() public {
        vm.warp(1_700_000_000);
        vm.roll(100);
        token = new LabelToken("Label", "LBL", CAP, address(0), address(this));
        require(token.transfer(WHALE, CAP / 10) && token.transfer(MINNOW, 1 ether));
        vm.prank(WHALE);
        token.delegate(WHALE);
        vm.prank(MINNOW);
        token.delegate(MINNOW);

        address[] memory proposers = new address[](1);
        proposers[0] = DEPLOYER;
        timelock = new TimelockController(0, proposers, new address[](1), address(0));
        governor = new LabelGovernor(token, timelock, 10, 100, 100 ether, 4);
        registry = new WorkerRegistry(address(timelock), SPACE);
        adapter = new AttesterAdapter(address(timelock), SPACE);
        Batches.Params memory p = pooling();
        pool = new RewardPool(address(timelock), IERC20(address(token)), registry, 1 ether, p);
        claims = new RewardClaims(address(timelock), IERC20(address(token)), registry, 1e12, claiming());
        handOver();
        vm.roll(101);
    }

    function pooling() internal pure returns (Batches.Params memory p) {
        (p.rule.rate, p.rule.m0, p.rule.m1, p.rule.m2) = (1000, 10_000, 10_000, 10_000);
        (p.rule.c0, p.rule.c1) = (10_000, 10_000);
        (p.startReputation, p.batchBudget, p.periodBudget) = (5000, 1e11, 1e11);
        (p.period, p.window, p.patience) = (1 days, 1 hours, 1 days);
    }

    function claiming() internal pure returns (RewardClaims.Params memory p) {
        p.rule = pooling().rule;
        (p.commitBudget, p.periodBudget, p.period, p.window) = (1e12, 1e12, 1 days, 1 hours);
    }

    function handOver() internal {
        address[] memory targets = new address[](6);
        bytes[] memory calls = new bytes[](6);
        for (uint256 i = 0; i < 5; ++i) {
            targets[i] = address(timelock);
        }
        targets[5] = address(registry);
        calls[0] = abi.encodeCall(timelock.grantRole, (timelock.PROPOSER_ROLE(), address(governor)));
        calls[1] = abi.encodeCall(timelock.grantRole, (timelock.CANCELLER_ROLE(), address(governor)));
        calls[2] = abi.encodeCall(timelock.revokeRole, (timelock.PROPOSER_ROLE(), DEPLOYER));
        calls[3] = abi.encodeCall(timelock.revokeRole, (timelock.CANCELLER_ROLE(), DEPLOYER));
        calls[4] = abi.encodeCall(timelock.updateDelay, (DELAY));
        calls[5] = abi.encodeCall(registry.setAdapter, (IPersonhood(adapter), true));
        uint256[] memory values = new uint256[](6);
        vm.prank(DEPLOYER);
        timelock.scheduleBatch(targets, values, calls, 0, 0, 0);
        timelock.executeBatch(targets, values, calls, 0, 0);
    }

    // ---- the way of a change ----

    function one(address target, bytes memory call)
        internal
        pure
        returns (address[] memory targets, uint256[] memory values, bytes[] memory calls)
    {
        (targets, values, calls) = (new address[](1), new uint256[](1), new bytes[](1));
        (targets[0], calls[0]) = (target, call);
    }

    function propose(address target, bytes memory call, string memory why) internal returns (uint256) {
        (address[] memory targets, uint256[] memory values, bytes[] memory calls) = one(target, call);
        vm.prank(WHALE);
        return governor.propose(targets, values, calls, why);
    }

    function queue(address target, bytes memory call, string memory why) internal {
        (address[] memory targets, uint256[] memory values, bytes[] memory calls) = one(target, call);
        governor.queue(targets, values, calls, keccak256(bytes(why)));
    }

    function execute(address target, bytes memory call, string memory why) internal {
        (address[] memory targets, uint256[] memory values, bytes[] memory calls) = one(target, call);
        governor.execute(targets, values, calls, keccak256(bytes(why)));
    }

    function is_(uint256 id, IGovernor.ProposalState want) internal view {
        eq(uint256(governor.state(id)), uint256(want));
    }

    function decide(address target, bytes memory call) internal {
        uint256 id = propose(target, call, "why");
        vm.roll(block.number + 11);
        vm.prank(WHALE);
        governor.castVote(id, 1);
        vm.roll(block.number + 101);
        queue(target, call, "why");
        vm.warp(block.timestamp + DELAY);
        execute(target, call, "why");
    }

    function test_a_parameter_changes_from_proposal_to_execution() public {
        Batches.Params memory p = pooling();
        p.rule.rate = 2000;
        bytes memory call = abi.encodeCall(Batches.setParams, (p));
        uint256 id = propose(address(pool), call, "twice the rate");
        is_(id, IGovernor.ProposalState.Pending);
        uint256 start = block.number;
        vm.roll(start + 11);
        is_(id, IGovernor.ProposalState.Active);
        vm.prank(WHALE);
        governor.castVote(id, 1);
        vm.roll(start + 112);
        is_(id, IGovernor.ProposalState.Succeeded);
        require(governor.proposalNeedsQueuing(id));
        queue(address(pool), call, "twice the rate");
        is_(id, IGovernor.ProposalState.Queued);
        vm.warp(block.timestamp + DELAY - 1);
        vm2.expectPartialRevert(TimelockController.TimelockUnexpectedOperationState.selector);
        this.executeThis(call);
        vm.warp(block.timestamp + 1);
        execute(address(pool), call, "twice the rate");
        is_(id, IGovernor.ProposalState.Executed);
        eq(pool.version(), 2);
        eq(pool.params(2).rule.rate, 2000);
        eq(pool.params(1).rule.rate, 1000);
    }

    function executeThis(bytes memory call) external {
        execute(address(pool), call, "twice the rate");
    }

    function test_all_that_is_owned_is_the_timelocks() public {
        address[4] memory owned = [address(pool), address(claims), address(registry), address(adapter)];
        for (uint256 i = 0; i < owned.length; ++i) {
            eq(Ownable2Step(owned[i]).owner(), address(timelock));
            eq(Ownable2Step(owned[i]).pendingOwner(), address(0));
        }
        decide(address(claims), abi.encodeCall(RewardClaims.setParams, (claiming())));
        eq(claims.version(), 2);
        decide(address(registry), abi.encodeCall(WorkerRegistry.setAdapter, (IPersonhood(adapter), false)));
        require(!registry.enabled(address(adapter)));
        decide(address(adapter), abi.encodeCall(AttesterAdapter.setAttester, (STRANGER, true)));
        require(adapter.attests(STRANGER));
    }

    // ---- what cannot be ----

    function test_the_deployer_is_nobody_any_longer() public {
        address[2] memory them = [DEPLOYER, address(this)];
        bytes32[3] memory roles =
            [timelock.PROPOSER_ROLE(), timelock.CANCELLER_ROLE(), timelock.DEFAULT_ADMIN_ROLE()];
        for (uint256 i = 0; i < 6; ++i) {
            require(!timelock.hasRole(roles[i % 3], them[i / 3]));
        }
        require(timelock.hasRole(roles[0], address(governor)));
        require(timelock.hasRole(roles[1], address(governor)));
        require(!timelock.hasRole(roles[2], address(governor)));
        require(timelock.hasRole(roles[2], address(timelock)));
        eq(timelock.getMinDelay(), DELAY);
        vm.prank(DEPLOYER);
        vm2.expectPartialRevert(bytes4(keccak256("AccessControlUnauthorizedAccount(address,bytes32)")));
        timelock.schedule(address(pool), 0, "", 0, 0, DELAY);
    }

    /// Every call that only the owner may make, by the deployer, the largest holder, the governor itself.
    function test_no_key_does_what_the_owner_can() public {
        address[3] memory keys = [DEPLOYER, WHALE, address(governor)];
        address[4] memory owned = [address(pool), address(claims), address(registry), address(adapter)];
        for (uint256 k = 0; k < keys.length; ++k) {
            for (uint256 i = 0; i < 2; ++i) {
                denied(keys[k], owned[i], abi.encodeWithSignature("setPoster(address,bool)", keys[k], true));
                denied(keys[k], owned[i], abi.encodeWithSignature("setAuditor(address,bool)", keys[k], true));
                denied(keys[k], owned[i], abi.encodeWithSignature("setQuorum(uint8)", 1));
                denied(keys[k], owned[i], abi.encodeWithSignature("setGuardian(address)", keys[k]));
                denied(keys[k], owned[i], abi.encodeWithSignature("unpause()"));
            }
            denied(keys[k], owned[0], abi.encodeCall(Batches.setParams, (pooling())));
            denied(keys[k], owned[0], abi.encodeCall(Batches.setArbiter, (keys[k])));
            denied(keys[k], owned[0], abi.encodeCall(RewardPool.reclaim, (keys[k], 0)));
            denied(keys[k], owned[1], abi.encodeCall(RewardClaims.setParams, (claiming())));
            denied(keys[k], owned[2], abi.encodeCall(WorkerRegistry.setBan, (1, true)));
            denied(keys[k], owned[2], abi.encodeCall(WorkerRegistry.setAdapter, (IPersonhood(adapter), true)));
            denied(keys[k], owned[3], abi.encodeCall(AttesterAdapter.setAttester, (keys[k], true)));
            for (uint256 i = 0; i < owned.length; ++i) {
                denied(keys[k], owned[i], abi.encodeWithSignature("transferOwnership(address)", keys[k]));
                denied(keys[k], owned[i], abi.encodeWithSignature("renounceOwnership()"));
            }
        }
    }

    function denied(address who, address target, bytes memory call) internal {
        vm.prank(who);
        (bool good, bytes memory answer) = target.call(call);
        require(!good);
        eq(
            string(answer),
            string(abi.encodeWithSelector(bytes4(keccak256("OwnableUnauthorizedAccount(address)")), who))
        );
    }

    function test_settings_change_by_proposal_only() public {
        vm.prank(WHALE);
        vm2.expectPartialRevert(IGovernor.GovernorOnlyExecutor.selector);
        governor.setVotingPeriod(1);
        decide(address(governor), abi.encodeWithSignature("setVotingPeriod(uint32)", 50));
        eq(governor.votingPeriod(), 50);
    }

    function test_who_holds_little_cannot_propose() public {
        (address[] memory targets, uint256[] memory values, bytes[] memory calls) = one(address(pool), "");
        eq(governor.proposalThreshold(), 100 ether);
        vm.prank(MINNOW);
        vm2.expectPartialRevert(IGovernor.GovernorInsufficientProposerVotes.selector);
        governor.propose(targets, values, calls, "please");
    }

    function test_without_a_quorum_or_with_more_against_nothing_happens() public {
        bytes memory call = abi.encodeCall(Batches.setParams, (pooling()));
        uint256 few = propose(address(pool), call, "few");
        uint256 against = propose(address(pool), call, "against");
        vm.roll(block.number + 11);
        vm.prank(MINNOW);
        governor.castVote(few, 1);
        vm.prank(WHALE);
        governor.castVote(against, 0);
        vm.roll(block.number + 101);
        is_(few, IGovernor.ProposalState.Defeated);
        is_(against, IGovernor.ProposalState.Defeated);
    }

    function test_votes_are_those_held_when_the_vote_began() public {
        bytes memory call = abi.encodeCall(Batches.setParams, (pooling()));
        uint256 id = propose(address(pool), call, "late");
        vm.roll(block.number + 11);
        // bought after the vote began
        vm.prank(STRANGER);
        token.delegate(STRANGER);
        require(token.transfer(STRANGER, CAP / 2));
        vm.roll(block.number + 1);
        vm.prank(STRANGER);
        eq(governor.castVote(id, 1), 0);
        vm.roll(block.number + 100);
        is_(id, IGovernor.ProposalState.Defeated);
    }

    function test_its_proposer_can_cancel_before_the_vote() public {
        bytes memory call = abi.encodeCall(Batches.setParams, (pooling()));
        uint256 id = propose(address(pool), call, "no");
        (address[] memory targets, uint256[] memory values, bytes[] memory calls) = one(address(pool), call);
        vm.prank(WHALE);
        governor.cancel(targets, values, calls, keccak256("no"));
        is_(id, IGovernor.ProposalState.Canceled);
    }
}

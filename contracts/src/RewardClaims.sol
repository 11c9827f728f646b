// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ClaimTree} from "./ClaimTree.sol";
import {Lanes} from "./Lanes.sol";
import {Review} from "./Review.sol";
import {Reward} from "./Reward.sol";
import {WorkerRegistry} from "./WorkerRegistry.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title  Pays workers by proof: one root for thousands of them
/// @notice For crowds that are paid once, and for tokens that are not ours. Quality is judged here as in the
///         pool, but what comes of it is kept as the root of a Merkle tree, and each worker's pay is drawn by
///         showing a leaf of it:
///
///             commit -> the window passes, or a quorum of auditors has signed -> claim
///
///         All is cumulative. A commit says of each worker how much verified work there was *in all so far* and
///         how good it was; a leaf says what that is worth in all; a claim pays what of it was not paid yet. So
///         a claim can be repeated, and roots can overlap, without anything being paid twice; a total that
///         falls takes nothing back. A root in force stays in force for ever: a later one that leaves a worker
///         out, or gives a banned one zero, takes nothing from what that worker had earned.
///
///         {ClaimTree} has the shape of the tree, for who builds it elsewhere to make proofs.
/// @dev    There is no state per worker but what was claimed, so a rule that looks at a worker's history
///         (probation, reputation floor) is refused.
///
///         Budgets are on what the sum of a group's totals grows by. They hold a poster that errs; one that lies,
///         moving totals from worker to worker, is held by the review and by what this contract has. What roots
///         promise is not compared with the balance: what of it is drawn, and when, cannot be known. A claim
///         that the balance does not cover fails, and can be made again when it does.
contract RewardClaims is Review {
    using SafeERC20 for IERC20;
    using SafeCast for uint256;

    /// @notice What a commit is judged by: the parameters in force when it is made.
    /// @param rule         From quality to money; the rate is in {unit}s.
    /// @param commitBudget The most that one commit adds to the sum of its group, in {unit}s.
    /// @param periodBudget The most that the commits of one period add, in {unit}s.
    /// @param period       Length of a period in seconds.
    /// @param window       Seconds before a root without signatures takes force, and can be cancelled; not zero.
    struct Params {
        Reward.Rule rule;
        uint64 commitBudget;
        uint64 periodBudget;
        uint32 period;
        uint32 window;
    }

    /// @notice What the last commit of a group says.
    /// @param total   The sum of its totals, in {unit}s.
    /// @param before  That of the commit before it.
    /// @param readyAt When its root takes force.
    struct Group {
        uint96 total;
        uint96 before;
        uint40 readyAt;
    }

    /// @notice What is known of a root.
    /// @param readyAt When it takes force, in seconds; zero if it is not known.
    /// @param group   The group that it is of.
    /// @param ends    When the period ends whose budget it used.
    struct Root {
        uint40 readyAt;
        uint32 group;
        uint64 ends;
    }

    /// @notice What was committed so far.
    /// @param commits How many commits there were.
    /// @param spent   What those of the present period added, in {unit}s.
    /// @param ends    When that period ends. The next one begins with the first commit after it.
    struct Account {
        uint64 commits;
        uint64 spent;
        uint64 ends;
    }

    /// @notice What workers are paid in.
    IERC20 public immutable token;

    /// @notice Who the workers are.
    WorkerRegistry public immutable registry;

    /// @notice Base units of the token in one unit of the rate: 10^12 makes it a millionth of a token of 18
    ///         decimals, 1 one of a token of 6.
    uint256 public immutable unit;

    /// @notice The version of the parameters in force.
    uint32 public version;

    /// @notice What was committed so far.
    Account public account;

    /// @notice Hash chain over all commits and their logs, cancelled ones too.
    bytes32 public head;

    /// @notice Every root that was committed and not cancelled.
    mapping(bytes32 root => Root) public roots;

    /// @notice The last commit of a group.
    mapping(uint32 group => Group) public groups;

    /// @notice What a worker was paid in all, in base units.
    mapping(uint256 index => uint256) public claimed;

    mapping(uint32 version => Params) private _params;

    /// @notice Parameters were set.
    event ParamsSet(uint32 indexed version, Params params);

    /// @notice A root was committed; what it was made of is in the calldata of this transaction.
    /// @param commit_  The number of the commit.
    /// @param group    The group.
    /// @param root     The root.
    /// @param total    The sum of its totals, in base units.
    /// @param dataHash Hash of the words.
    /// @param logRoot  Root of the log that led to them.
    /// @param version  Of the parameters.
    /// @param readyAt  When it takes force.
    event Committed(
        uint64 indexed commit_,
        uint32 indexed group,
        bytes32 indexed root,
        uint256 total,
        bytes32 dataHash,
        bytes32 logRoot,
        uint32 version,
        uint256 readyAt
    );

    /// @notice A root will not take force.
    event Cancelled(uint32 indexed group, bytes32 indexed root);

    /// @notice A worker was paid up to this total, in base units.
    event Claimed(uint256 indexed index, uint256 total);

    /// @notice The parameters cannot be right: a time or the unit is zero, or the unit is too large.
    error BadParams();

    /// @notice There is no history of workers here, which probation and a reputation floor would need.
    error NoHistoryHere();

    /// @notice The log has no root.
    error NoLogRoot();

    /// @notice The last commit of the group has not taken force yet.
    error GroupIsPending(uint32 group, uint40 until);

    /// @notice There is no such root that could still be cancelled.
    error NotPending(bytes32 root);

    /// @notice This root was committed before: nothing has changed.
    error KnownRoot(bytes32 root);

    /// @notice The commit adds more than a commit may.
    error OverCommitBudget(uint256 added, uint256 budget);

    /// @notice The commit would add more than is left of the period's budget.
    error OverPeriodBudget(uint256 added, uint256 left);

    /// @notice Only the guardian or the owner cancels.
    error MayNotCancel(address caller);

    /// @notice Leaf and proof lead to a root that was never committed, or was cancelled.
    error UnknownRoot(bytes32 root);

    /// @notice The root takes force only then.
    error NotInForce(bytes32 root, uint256 from);

    /// @notice All of this total was paid before.
    error NothingToClaim(uint256 index, uint256 total, uint256 paid);

    /// @notice The token does not tell the balance of an account.
    error NoBalance(address account);

    /// @notice The token gave other than it was told.
    error InexactToken(uint256 got, uint256 want);

    /// @param owner_    The timelock of governance.
    /// @param token_    What workers are paid in.
    /// @param registry_ Who the workers are.
    /// @param unit_     Base units of the token in one unit of the rate.
    /// @param params_   The first parameters.
    constructor(address owner_, IERC20 token_, WorkerRegistry registry_, uint64 unit_, Params memory params_)
        Review(owner_)
    {
        if (unit_ == 0 || unit_ > 1e18) revert BadParams();
        token = token_;
        registry = registry_;
        unit = unit_;
        _setParams(params_);
    }

    // ---- governance

    /// @notice Sets what commits are judged by from now on.
    /// @param params_ The parameters.
    function setParams(Params calldata params_) external onlyOwner {
        _setParams(params_);
    }

    /// @notice Keeps a root from taking force. What it would have added to a budget is free again.
    /// @param root The root, while its window lasts.
    function cancel(bytes32 root) external {
        if (msg.sender != guardian && msg.sender != owner()) revert MayNotCancel(msg.sender);
        Root memory r = roots[root];
        if (block.timestamp >= r.readyAt) revert NotPending(root);
        // a group has at most one root that waits, so this is the last of its group
        Group storage g = groups[r.group];
        if (r.ends == account.ends) account.spent -= _added(g.before, g.total).toUint64();
        g.total = g.before;
        g.readyAt = 0;
        delete roots[root];
        emit Cancelled(r.group, root);
    }

    // ---- commits

    /// @notice Commits the totals of a group. They take force when the window has passed, unless cancelled.
    /// @param group   The group.
    /// @param logRoot Root of the log that led to them.
    /// @param words   What it says: see {Lanes}; their slots rise, and are of the group.
    /// @return root   The root.
    function commit(uint32 group, bytes32 logRoot, bytes32[] calldata words) external returns (bytes32 root) {
        (root,,) = _commit(group, logRoot, words, _params[version].window);
    }

    /// @notice Commits totals that a quorum of auditors has signed: they take force at once.
    /// @param group      The group.
    /// @param logRoot    Root of the log that led to them.
    /// @param words      What it says.
    /// @param signatures Of {settlementDigest}, in rising order of the signers' addresses; `seq` is the number
    ///                   of the commit, one more than {account} has, and `total` the sum of its totals.
    /// @return root      The root.
    function commit(uint32 group, bytes32 logRoot, bytes32[] calldata words, bytes[] calldata signatures)
        external
        returns (bytes32 root)
    {
        bytes32 dataHash;
        uint256 total;
        (root, dataHash, total) = _commit(group, logRoot, words, 0);
        _checkQuorum(settlementDigest(account.commits, dataHash, total.toUint128(), logRoot), signatures);
    }

    // ---- workers

    /// @notice Pays a worker what it has not been paid yet, at the account that holds the worker. Anybody may;
    ///         banned or not.
    /// @param index The worker's number.
    /// @param total What the leaf says: all that the worker has earned, in base units.
    /// @param proof The siblings from the leaf to the root.
    function claim(uint256 index, uint256 total, bytes32[] calldata proof) external {
        bytes32 root = ClaimTree.climb(ClaimTree.leafOf(index, total), proof);
        uint256 from = roots[root].readyAt;
        if (from == 0) revert UnknownRoot(root);
        if (block.timestamp < from) revert NotInForce(root, from);
        uint256 paid = claimed[index];
        if (total <= paid) revert NothingToClaim(index, total, paid);
        // before the token is called: one that calls back finds it so, and no guard is needed
        claimed[index] = total;
        emit Claimed(index, total);
        unchecked {
            _send(registry.ownerOf(index.toUint32()), total - paid);
        }
    }

    // ---- views

    /// @notice The parameters of a version.
    /// @param version_ The version.
    function params(uint32 version_) external view returns (Params memory) {
        return _params[version_];
    }

    /// @notice What a worker earns in all, in base units.
    /// @param version_ Of the parameters.
    /// @param units    Units of verified work in all.
    /// @param score    The score.
    /// @param bonus    The bonus score.
    function quote(uint32 version_, uint24 units, uint16 score, uint16 bonus)
        external
        view
        returns (uint256)
    {
        Reward.Table memory t = Reward.table(_params[version_].rule);
        // without history: the worker counts as known, and as trusted
        return Reward.pay(t, units, score, bonus, Lanes.MOST_BATCHES, Reward.ONE) * unit;
    }

    /// @notice The root that a commit would have, and the sum of its totals in base units.
    /// @param group The group.
    /// @param words What it says.
    function rootOf(uint32 group, bytes32[] calldata words)
        external
        view
        returns (bytes32 root, uint256 total)
    {
        (root, total) = _rootOf(group, words);
        total *= unit;
    }

    /// @notice A leaf of the tree.
    /// @param index The worker's number.
    /// @param total What the worker has earned in all, in base units.
    function leafOf(uint256 index, uint256 total) external pure returns (bytes32) {
        return ClaimTree.leafOf(index, total);
    }

    // ---- inside

    function _setParams(Params memory p) private {
        Reward.check(p.rule);
        if (p.rule.probation != 0 || p.rule.floorAt != 0) revert NoHistoryHere();
        if (p.period == 0 || p.window == 0) revert BadParams();
        _params[++version] = p;
        emit ParamsSet(version, p);
    }

    /// @dev What a group's sum grows by; a sum that falls gives nothing back.
    function _added(uint256 before, uint256 total) private pure returns (uint256) {
        return total > before ? total - before : 0;
    }

    function _rootOf(uint32 group, bytes32[] calldata words) private view returns (bytes32, uint256) {
        return ClaimTree.rootOf(group, words, _params[version].rule, unit, registry);
    }

    function _commit(uint32 group, bytes32 logRoot, bytes32[] calldata words, uint256 window)
        private
        returns (bytes32 root, bytes32 dataHash, uint256 total)
    {
        _checkPoster();
        if (logRoot == 0) revert NoLogRoot();
        (root, total) = _rootOf(group, words);
        if (roots[root].readyAt != 0) revert KnownRoot(root);
        uint40 from = (block.timestamp + window).toUint40();
        roots[root] = Root(from, group, _book(group, total, from));
        dataHash = keccak256(abi.encodePacked(words));
        total *= unit;
        uint64 number = account.commits;
        head = keccak256(abi.encode(head, number, dataHash, logRoot));
        emit Committed(number, group, root, total, dataHash, logRoot, version, from);
    }

    /// @dev Enters a commit, if it is within the budgets.
    /// @return When the period ends whose budget it uses.
    function _book(uint32 group, uint256 total, uint40 from) private returns (uint64) {
        Params storage p = _params[version];
        Group memory g = groups[group];
        if (block.timestamp < g.readyAt) revert GroupIsPending(group, g.readyAt);
        uint256 added = _added(g.total, total);
        Account memory a = account;
        if (block.timestamp >= a.ends) (a.spent, a.ends) = (0, uint64(block.timestamp + p.period));
        uint256 left = p.periodBudget > a.spent ? p.periodBudget - a.spent : 0;
        if (added > p.commitBudget) revert OverCommitBudget(added, p.commitBudget);
        if (added > left) revert OverPeriodBudget(added, left);
        a.spent += added.toUint64();
        ++a.commits;
        account = a;
        groups[group] = Group(total.toUint96(), g.total, from);
        return a.ends;
    }

    /// @dev The worker gets exactly so much. A token that takes a fee of it fails here.
    function _send(address to, uint256 amount) private {
        uint256 before = _balance(to);
        token.safeTransfer(to, amount);
        unchecked {
            // less than before is a very large number, and not the amount
            uint256 got = _balance(to) - before;
            if (got != amount) revert InexactToken(got, amount);
        }
    }

    /// @dev The balance of an account: {IERC20-balanceOf} without what Solidity puts around it, as it is asked
    ///      twice in every claim.
    function _balance(address who) private view returns (uint256 has) {
        IERC20 token_ = token;
        bytes4 selector = IERC20.balanceOf.selector;
        bool good;
        assembly ("memory-safe") {
            mstore(0x00, selector)
            mstore(0x04, who)
            good := staticcall(gas(), token_, 0x00, 0x24, 0x00, 0x20)
            good := and(good, gt(returndatasize(), 0x1f))
            has := mload(0x00)
        }
        if (!good) revert NoBalance(who);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batches} from "./Batches.sol";
import {Lanes} from "./Lanes.sol";
import {Reward} from "./Reward.sol";
import {WorkerRegistry} from "./WorkerRegistry.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title  Pays workers by the batch, and judges quality before it does
/// @notice A batch says of each worker how much verified work there was and how good it was; what that is worth
///         is computed here, by parameters that only governance can set. A batch is posted, reviewed and settled:
///
///             post -> a quorum of auditors signs, or the window passes unchallenged -> settle -> withdraw
///
///         Batches are numbered without a gap and each is settled once, whatever the poster's machines do. All
///         that a batch says is in the calldata of its posting, and the root of the log that led to it is
///         chained into {head}: everybody can compute every payment again.
/// @dev    Credit is counted in millionths of a token ({UNIT} base units), packed four workers a slot: see {Lanes}.
contract RewardPool is Batches {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @notice What was paid so far.
    /// @param settled The number of the last settled batch.
    /// @param owed    Credit that is not drawn yet, in {UNIT}s.
    /// @param spent   What the batches of the present period paid, in {UNIT}s.
    /// @param ends    When that period ends. The next one begins with the first settlement after it.
    struct Account {
        uint64 settled;
        uint64 owed;
        uint64 spent;
        uint64 ends;
    }

    /// @notice Base units of the token in one unit of credit.
    uint256 public constant UNIT = 1e12;

    /// @notice What was paid so far.
    Account public account;

    /// @notice Hash chain over all settled batches and their logs.
    bytes32 public head;

    /// @notice Lanes of four workers a slot. An array, because where an entry of it lies is known without a hash.
    uint256[1 << 32] public lanes;

    /// @notice A batch was settled; the total is in base units.
    event Settled(uint64 indexed batch, uint256 total, bytes32 head);

    /// @notice A worker's credit was paid out.
    event Withdrawn(uint32 indexed worker, address indexed to, uint256 amount);

    /// @notice Governance took back what nobody had earned or staked.
    event Reclaimed(address indexed to, uint256 amount);

    /// @notice A lane cannot hold so much credit: it has to be drawn first.
    error CreditTooLarge(uint256 worker);

    /// @notice The batch pays more than a batch may.
    error OverBatchBudget(uint256 total, uint256 budget);

    /// @notice The batch would pay more than is left of the period's budget.
    error OverPeriodBudget(uint256 total, uint256 left);

    /// @notice The pool does not hold what it would owe.
    error NotFunded(uint256 balance, uint256 wants);

    /// @notice There is nothing to draw.
    error NothingToWithdraw(uint32 worker);

    /// @param owner_    The timelock of governance.
    /// @param token_    What bonds and workers are paid in; it has 18 decimals.
    /// @param registry_ Who the workers are.
    /// @param bond_     What posters and challengers stake on a batch, in base units; not zero.
    /// @param params_   The first parameters.
    constructor(address owner_, IERC20 token_, WorkerRegistry registry_, uint256 bond_, Params memory params_)
        Batches(owner_, token_, registry_, bond_, params_)
    {}

    // ---- settlement

    /// @notice Settles a batch whose window has passed. Anybody may.
    /// @param batch The batch.
    /// @param words What was posted.
    function settle(uint64 batch, bytes32[] calldata words) external nonReentrant {
        Batch memory b = _finish(batch, words);
        if (block.timestamp < b.readyAt) revert WindowIsOpen(b.readyAt);
        Params memory p = params(b.version);
        _book(p, batch, b, _payAll(p, batch, words));
    }

    /// @notice Settles a batch that a quorum of auditors has signed, at once. Anybody may.
    /// @param batch      The batch.
    /// @param words      What was posted.
    /// @param signatures Of {settlementDigest}, in rising order of the signers' addresses.
    function settle(uint64 batch, bytes32[] calldata words, bytes[] calldata signatures)
        external
        nonReentrant
    {
        Batch memory b = _finish(batch, words);
        Params memory p = params(b.version);
        uint256 total = _payAll(p, batch, words);
        // auditors sign the total too, so it has to be known first; if they did not, nothing of it stays
        _checkQuorum(settlementDigest(batch, b.dataHash, (total * UNIT).toUint128(), b.logRoot), signatures);
        _book(p, batch, b, total);
    }

    /// @notice Writes the start of lanes that were never written, so that a first payment costs no more than
    ///         later ones. Anybody may; lanes in use are left alone.
    /// @param slots The slots.
    function open(uint256[] calldata slots) external {
        uint256 start = Lanes.make(0, params(version).startReputation, 0, 0) * Lanes.FOUR;
        for (uint256 i = 0; i < slots.length; ++i) {
            if (lanes[slots[i]] == 0) lanes[slots[i]] = start;
        }
    }

    // ---- money out

    /// @notice Pays a worker's credit to the account that holds the worker. Anybody may; banned or not.
    /// @param worker The worker's number.
    function withdraw(uint32 worker) external nonReentrant {
        _withdraw(worker);
    }

    /// @notice The same for several workers.
    /// @param workers Their numbers.
    function withdrawMany(uint32[] calldata workers) external nonReentrant {
        for (uint256 i = 0; i < workers.length; ++i) {
            _withdraw(workers[i]);
        }
    }

    /// @notice Takes back what nobody has earned or staked: a pool that is given up leaves its budget to the next.
    /// @param to     Who gets it.
    /// @param amount In base units.
    function reclaim(address to, uint256 amount) external onlyOwner nonReentrant {
        _checkFunded(amount);
        emit Reclaimed(to, amount);
        token.safeTransfer(to, amount);
    }

    // ---- views

    /// @notice What is known of a worker.
    /// @param worker      The worker's number.
    /// @return credit     What can be drawn, in base units.
    /// @return reputation In basis points.
    /// @return batches    How many batches the worker was in, 15 standing for more too.
    /// @return last       The number of the last of them, modulo 64.
    function lane(uint32 worker)
        external
        view
        returns (uint256 credit, uint256 reputation, uint256 batches, uint256 last)
    {
        uint256 its = Lanes.get(lanes[worker >> 2], worker & 3);
        return (Lanes.credit(its) * UNIT, Lanes.reputation(its), Lanes.batches(its), Lanes.last(its));
    }

    /// @notice What a worker would be paid, in base units.
    /// @param version_   Of the parameters.
    /// @param units      Units of verified work.
    /// @param score      The score.
    /// @param bonus      The bonus score.
    /// @param batches    Batches the worker was in before.
    /// @param reputation The reputation before.
    function quote(
        uint32 version_,
        uint24 units,
        uint16 score,
        uint16 bonus,
        uint8 batches,
        uint16 reputation
    ) external view returns (uint256) {
        Reward.Table memory t = Reward.table(params(version_).rule);
        return Reward.pay(t, units, score, bonus, batches, reputation) * UNIT;
    }

    // ---- inside

    function _settled() internal view override returns (uint64) {
        return account.settled;
    }

    function _withdraw(uint32 worker) private {
        uint256 slot = lanes[worker >> 2];
        uint256 its = Lanes.get(slot, worker & 3);
        uint256 credit = Lanes.credit(its);
        if (credit == 0) revert NothingToWithdraw(worker);
        address to = registry.ownerOf(worker);
        lanes[worker >> 2] = Lanes.put(slot, worker & 3, Lanes.drawn(its));
        account.owed -= credit.toUint64();
        emit Withdrawn(worker, to, credit * UNIT);
        token.safeTransfer(to, credit * UNIT);
    }

    /// @dev The pool holds what it owes, and all bonds, and so much more.
    function _checkFunded(uint256 more) private view {
        uint256 wants = uint256(account.owed) * UNIT + bonds + more;
        uint256 balance = token.balanceOf(address(this));
        if (balance < wants) revert NotFunded(balance, wants);
    }

    /// @dev Enters a settled batch, if it is within the budgets and the pool holds what it owes then.
    function _book(Params memory p, uint64 batch, Batch memory b, uint256 total) private {
        Account memory a = account;
        if (block.timestamp >= a.ends) (a.spent, a.ends) = (0, uint64(block.timestamp + p.period));
        uint256 left = p.periodBudget > a.spent ? p.periodBudget - a.spent : 0;
        if (total > p.batchBudget) revert OverBatchBudget(total, p.batchBudget);
        if (total > left) revert OverPeriodBudget(total, left);
        a.spent += total.toUint64();
        a.owed += total.toUint64();
        a.settled = batch;
        account = a;
        _checkFunded(0);
        head = keccak256(abi.encode(head, batch, b.dataHash, b.logRoot));
        emit Settled(batch, total * UNIT, head);
    }

    /// @dev Pays every worker of a batch that is not banned. The batch was looked at when it was posted.
    /// @return total What they are paid together. If it is within the budget of a batch so is each pay, and no
    ///               credit ran over; else nothing of this stays.
    function _payAll(Params memory p, uint64 batch, bytes32[] calldata words)
        private
        returns (uint256 total)
    {
        Reward.Table memory t = Reward.table(p.rule);
        uint256 start = Lanes.make(0, p.startReputation, 0, 0) * Lanes.FOUR;
        uint256 page = type(uint256).max; // which word of bans is at hand
        uint256 bans = 0;
        unchecked {
            for (uint256 i = 0; i < words.length; ++i) {
                uint256 word = uint256(words[i]);
                uint256 slot = word >> 224;
                if (slot >> 6 != page) {
                    page = slot >> 6;
                    bans = registry.bans(page);
                }
                if (bans != 0) word = Lanes.without(word, bans >> ((slot & 63) << 2) & 15);
                uint256 its = lanes[slot];
                uint256 pay;
                (its, pay) = Reward.payFour(t, batch & 63, its == 0 ? start : its, word);
                if (Lanes.overfull(its)) revert CreditTooLarge((slot << 2) + Lanes.firstOverfull(its));
                lanes[slot] = its;
                total += pay;
            }
        }
    }
}

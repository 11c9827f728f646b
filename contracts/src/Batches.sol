// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Bonds} from "./Bonds.sol";
import {Lanes} from "./Lanes.sol";
import {Review} from "./Review.sol";
import {Reward} from "./Reward.sol";
import {WorkerRegistry} from "./WorkerRegistry.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title  A batch from its posting to its end
/// @notice One batch is in flight at a time, and has the number after the last settled one. It ends settled (see
///         {RewardPool}), or void: then its number is free again.
///
///             None -- post --> Open -- settle --> None, settled
///                               |  \-- cancel (its poster), expire (anybody, late) --> None, void
///                    challenge  |  ^
///                               v  |  resolve: denied
///                           Challenged -- resolve: upheld; lapse (anybody, late) --> None, void
abstract contract Batches is Review, Bonds {
    /// @notice What a batch is judged by. It has the version that was in force when it was posted.
    /// @param rule            From quality to money; the rate is in millionths of a token.
    /// @param startReputation Reputation of a worker who has none yet; 1 to 10000.
    /// @param batchBudget     The most that one batch pays, in millionths of a token; below 2^39.
    /// @param periodBudget    The most that the batches settled in one period pay, in millionths of a token.
    /// @param period          Length of a period in seconds.
    /// @param window          Seconds for which a batch is open to challenge.
    /// @param patience        Seconds that the arbiter has to decide a challenge.
    struct Params {
        Reward.Rule rule;
        uint16 startReputation;
        uint64 batchBudget;
        uint64 periodBudget;
        uint32 period;
        uint32 window;
        uint32 patience;
    }

    /// @notice Where a batch stands.
    enum State {
        None,
        Open,
        Challenged
    }

    /// @notice The batch in flight; when there is none, what is left of the last one.
    /// @param dataHash   Hash of its words.
    /// @param logRoot    Root of the log that led to it.
    /// @param poster     Who posted it; the bond is locked.
    /// @param readyAt    When its window ends.
    /// @param version    Of the parameters that it is judged by.
    /// @param state      Where it stands.
    /// @param challenger Who challenged it; the bond is locked.
    /// @param since      When it was challenged.
    struct Batch {
        bytes32 dataHash;
        bytes32 logRoot;
        address poster;
        uint40 readyAt;
        uint32 version;
        State state;
        address challenger;
        uint40 since;
    }

    /// @notice The most words of a batch: so many fit a transaction of 2^24 gas and 128 KiB even if no worker was
    ///         ever paid before.
    uint256 public constant MOST_WORDS = 512;

    /// @notice Who the workers are.
    WorkerRegistry public immutable registry;

    /// @notice Who decides challenges.
    address public arbiter;

    /// @notice The version of the parameters that the next batch gets.
    uint32 public version;

    /// @notice The batch in flight; if its state is None, what is left of the last one. Its slots are not cleared,
    ///         for the next batch to pay less.
    Batch public inFlight;

    mapping(uint32 version => Params) private _params;

    /// @notice Parameters were set.
    event ParamsSet(uint32 indexed version, Params params);

    /// @notice The arbiter was set.
    event Arbiter(address indexed arbiter);

    /// @notice A batch was posted; what it says is in the calldata of this transaction.
    event Posted(
        uint64 indexed batch, address indexed poster, bytes32 dataHash, bytes32 logRoot, uint32 version
    );

    /// @notice A batch was challenged: it waits for the arbiter.
    event Challenged(uint64 indexed batch, address indexed challenger, uint32 worker, bytes32 evidence);

    /// @notice The arbiter has decided; an upheld challenge voids the batch.
    event Resolved(uint64 indexed batch, bool upheld);

    /// @notice A batch is void and nobody lost a bond: its poster took it back, the arbiter said nothing, or
    ///         nobody settled it.
    event Voided(uint64 indexed batch);

    /// @notice This is not the number of the batch that can be posted, or is in flight.
    error WrongBatch(uint64 got, uint64 want);

    /// @notice There is no batch in flight, or there is, or it does not stand where it would have to.
    error WrongState(State state);

    /// @notice The log has no root.
    error NoLogRoot();

    /// @notice A batch has 1 to {MOST_WORDS} words.
    error WrongLength(uint256 words);

    /// @notice Slots must rise from word to word.
    error SlotsOutOfOrder(uint256 before, uint256 slot);

    /// @notice There is no worker with this number.
    error NoSuchWorker(uint256 worker);

    /// @notice A score or bonus is above 10000.
    error ScoreTooLarge(uint256 worker);

    /// @notice A batch that pays more could overflow a lane.
    error BudgetTooLarge(uint64 batchBudget, uint256 most);

    /// @notice The words are not those that were posted.
    error OtherData(bytes32 got, bytes32 want);

    /// @notice The window is still open.
    error WindowIsOpen(uint40 until);

    /// @notice The window is closed.
    error WindowIsClosed(uint40 since);

    /// @notice The arbiter has until then.
    error ArbiterHasTime(uint256 until);

    /// @notice The batch can still be settled, and cannot expire before then.
    error TooSoonToExpire(uint256 from);

    /// @notice Only the arbiter decides.
    error NotTheArbiter(address caller);

    /// @notice Only the poster may do this.
    error NotThePoster(address caller);

    /// @notice A worker starts with a reputation of 1 to 10000: zero is what a lane holds that was never written.
    error StartOutOfRange(uint16 startReputation);

    /// @notice None of these times can be zero.
    error ZeroTime(uint32 period, uint32 window, uint32 patience);

    /// @param owner_    The timelock of governance.
    /// @param token_    What bonds and workers are paid in; it has 18 decimals.
    /// @param registry_ Who the workers are.
    /// @param bond_     What posters and challengers stake on a batch, in base units; not zero.
    /// @param params_   The first parameters.
    constructor(address owner_, IERC20 token_, WorkerRegistry registry_, uint256 bond_, Params memory params_)
        Review(owner_)
        Bonds(token_, bond_)
    {
        registry = registry_;
        _setParams(params_);
    }

    // ---- governance

    /// @notice Sets what the batches posted from now on are judged by.
    function setParams(Params calldata params_) external onlyOwner {
        _setParams(params_);
    }

    /// @notice Says who decides challenges.
    function setArbiter(address arbiter_) external onlyOwner {
        arbiter = arbiter_;
        emit Arbiter(arbiter_);
    }

    /// @notice The parameters of a version.
    function params(uint32 version_) public view returns (Params memory) {
        return _params[version_];
    }

    // ---- a batch

    /// @notice Posts a batch: from now on it can be reviewed. The poster's bond is locked.
    /// @param batch   One more than the last settled one.
    /// @param logRoot Root of the log that led to it.
    /// @param words   What it says: see {Lanes}; their slots rise.
    function post(uint64 batch, bytes32 logRoot, bytes32[] calldata words) external nonReentrant {
        _checkPoster();
        Batch storage b = _checkBatch(batch, State.None);
        if (logRoot == 0) revert NoLogRoot();
        if (words.length == 0 || words.length > MOST_WORDS) revert WrongLength(words.length);
        _checkWords(words);
        _checkBond(msg.sender, bond);
        bytes32 dataHash = _hash(words);
        uint32 version_ = version;
        b.dataHash = dataHash;
        b.logRoot = logRoot;
        b.poster = msg.sender;
        b.readyAt = uint40(block.timestamp) + _params[version_].window;
        b.version = version_;
        b.state = State.Open;
        emit Posted(batch, msg.sender, dataHash, logRoot, version_);
    }

    /// @notice Challenges a batch while its window is open: it waits for the arbiter. The caller's bond is locked.
    /// @param batch    The batch.
    /// @param worker   The worker of whom it says something wrong.
    /// @param evidence Hash of what shows it.
    function challenge(uint64 batch, uint32 worker, bytes32 evidence) external nonReentrant {
        Batch storage b = _checkBatch(batch, State.Open);
        if (block.timestamp >= b.readyAt) revert WindowIsClosed(b.readyAt);
        // who challenges his own batch has two bonds at stake
        _checkBond(msg.sender, msg.sender == b.poster ? 2 * bond : bond);
        b.state = State.Challenged;
        b.challenger = msg.sender;
        b.since = uint40(block.timestamp);
        emit Challenged(batch, msg.sender, worker, evidence);
    }

    /// @notice Decides a challenge. Upheld: the batch is void, and the challenger gets the poster's bond. Denied:
    ///         the poster gets the challenger's, and the rest of the window runs on.
    /// @param batch  The batch.
    /// @param upheld Whether the challenger was right.
    function resolve(uint64 batch, bool upheld) external nonReentrant {
        if (msg.sender != arbiter) revert NotTheArbiter(msg.sender);
        Batch storage b = _checkBatch(batch, State.Challenged);
        if (upheld) {
            _move(b.poster, b.challenger);
            b.state = State.None;
        } else {
            _move(b.challenger, b.poster);
            b.readyAt += uint40(block.timestamp) - b.since;
            b.state = State.Open;
        }
        emit Resolved(batch, upheld);
    }

    /// @notice Voids a challenged batch that the arbiter left undecided; nobody loses a bond.
    /// @param batch The batch.
    function lapse(uint64 batch) external nonReentrant {
        Batch storage b = _checkBatch(batch, State.Challenged);
        uint256 until = uint256(b.since) + _params[b.version].patience;
        if (block.timestamp < until) revert ArbiterHasTime(until);
        b.state = State.None;
        emit Voided(batch);
    }

    /// @notice Takes a batch back that is not challenged.
    /// @param batch The batch.
    function cancel(uint64 batch) external nonReentrant {
        Batch storage b = _checkBatch(batch, State.Open);
        if (msg.sender != b.poster) revert NotThePoster(msg.sender);
        b.state = State.None;
        emit Voided(batch);
    }

    /// @notice Voids a batch that nobody has settled though a whole period has passed since its window, and the
    ///         arbiter's time on top. One that cannot be settled (it is over the budget, say) and whose poster is
    ///         gone would else stand in the way for ever. Anybody may.
    /// @param batch The batch.
    function expire(uint64 batch) external nonReentrant {
        Batch storage b = _checkBatch(batch, State.Open);
        Params storage p = _params[b.version];
        uint256 from = uint256(b.readyAt) + p.period + p.patience;
        if (block.timestamp < from) revert TooSoonToExpire(from);
        b.state = State.None;
        emit Voided(batch);
    }

    /// @inheritdoc Bonds
    function locked(address who) public view override returns (uint256 amount) {
        State state = inFlight.state;
        if (state != State.None && inFlight.poster == who) amount = bond;
        if (state == State.Challenged && inFlight.challenger == who) amount += bond;
    }

    // ---- inside

    /// @dev The number of the last settled batch.
    function _settled() internal view virtual returns (uint64);

    /// @dev The batch in flight, if it has this number and stands so.
    function _checkBatch(uint64 batch, State state) internal view returns (Batch storage b) {
        b = inFlight;
        if (batch != _settled() + 1) revert WrongBatch(batch, _settled() + 1);
        if (b.state != state) revert WrongState(b.state);
    }

    /// @dev The batch in flight, for it to be settled: it is not in flight any longer.
    function _finish(uint64 batch, bytes32[] calldata words) internal returns (Batch memory b) {
        Batch storage its = _checkBatch(batch, State.Open);
        b = its;
        bytes32 dataHash = _hash(words);
        if (dataHash != b.dataHash) revert OtherData(dataHash, b.dataHash);
        its.state = State.None;
    }

    /// @dev What can be seen of a batch without lanes: its slots rise, its workers exist, and scores are scores.
    ///      All that stays true, so that nobody need look at it when the batch is settled.
    function _checkWords(bytes32[] calldata words) private view {
        uint256 count = registry.count();
        uint256 next = 0;
        for (uint256 i = 0; i < words.length; ++i) {
            uint256 word = uint256(words[i]);
            uint256 slot = word >> 224;
            if (slot < next) revert SlotsOutOfOrder(next - 1, slot);
            unchecked {
                next = slot + 1;
                bool edge = slot == 0 || (slot << 2) + 3 > count;
                if (edge || Lanes.tooLarge(word)) _checkWord(word, count);
            }
        }
    }

    /// @dev A closer look at a word: workers of whom it says nothing do not matter.
    function _checkWord(uint256 word, uint256 count) private pure {
        for (uint256 i = 0; i < 4; ++i) {
            uint256 said = Lanes.said(word, i);
            if (said >> 32 == 0) continue;
            uint256 worker = (word >> 224) * 4 + i;
            if (worker == 0 || worker > count) revert NoSuchWorker(worker);
            if ((said >> 16 & 0xffff) > Reward.ONE || (said & 0xffff) > Reward.ONE) {
                revert ScoreTooLarge(worker);
            }
        }
    }

    function _hash(bytes32[] calldata words) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(words));
    }

    function _setParams(Params memory p) private {
        Reward.check(p.rule);
        if (p.startReputation == 0 || p.startReputation > Reward.ONE) {
            revert StartOutOfRange(p.startReputation);
        }
        if (p.batchBudget > Lanes.MOST_CREDIT) revert BudgetTooLarge(p.batchBudget, Lanes.MOST_CREDIT);
        if (p.period == 0 || p.window == 0 || p.patience == 0) {
            revert ZeroTime(p.period, p.window, p.patience);
        }
        _params[++version] = p;
        emit ParamsSet(version, p);
    }
}

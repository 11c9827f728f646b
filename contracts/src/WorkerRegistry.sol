// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPersonhood} from "./IPersonhood.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";

/// @title  Who works here: one human, one worker
/// @notice Gives every worker a small dense number, which is what pools pay by. The number belongs to a human
///         for ever; the account that holds it can be changed by that account alone.
///
///         The owner (the timelock of governance) says which adapters prove humanity, and bans. It cannot
///         move a worker to another account, make a worker, or take what a worker has earned.
/// @dev    The registry is bound to one space of person keys (see {IPersonhood}). Adapters of another space
///         can never be enabled, because the same human would have another key there.
contract WorkerRegistry is Ownable2Step {
    /// @notice What is known of a worker.
    /// @param account The account that acts and is paid for the worker.
    /// @param since   When the worker joined, in seconds.
    struct Worker {
        address account;
        uint40 since;
    }

    /// @notice The space of the keys by which humans are told apart here.
    bytes32 public immutable space;

    /// @notice How many workers there are: their numbers are 1 to this.
    uint32 public count;

    /// @notice Which adapters may let workers in.
    mapping(address adapter => bool) public enabled;

    /// @notice The number of the worker that an account holds; zero if none.
    mapping(address account => uint32) public indexOf;

    /// @notice The number of the worker that a human is; zero if none.
    mapping(bytes32 key => uint32) public indexOfPerson;

    /// @notice Bans, 256 workers a word: bit i of word k is worker 256 k + i. Pools read whole words.
    mapping(uint256 word => uint256) public bans;

    /// @notice Where a worker's account has asked to move, until that account accepts.
    mapping(uint32 index => address) public rotatingTo;

    mapping(uint32 index => Worker) private _workers;

    /// @notice A human joined and got a number.
    event Joined(uint32 indexed index, address indexed account, address indexed adapter, bytes32 key);

    /// @notice A worker's account has named the one that shall follow it; zero takes that back.
    event Rotating(uint32 indexed index, address indexed from, address indexed to);

    /// @notice A worker moved to another account; number, credit and reputation stay.
    event Rotated(uint32 indexed index, address indexed from, address indexed to);

    /// @notice A worker was banned, or a ban was lifted.
    event Banned(uint32 indexed index, bool banned);

    /// @notice An adapter may let workers in from now on, or may not any longer.
    event Enabled(address indexed adapter, bool enabled);

    /// @notice The adapter is not one that may let workers in.
    error NotEnabled(address adapter);

    /// @notice The adapter has keys of another space, so one human could join here twice.
    error OtherSpace(address adapter, bytes32 its, bytes32 ours);

    /// @notice The adapter does not say that this is a human.
    error NotAPerson(address account);

    /// @notice The human is here already.
    error PersonIsHere(bytes32 key, uint32 index);

    /// @notice The account holds a worker already.
    error AccountIsTaken(address account, uint32 index);

    /// @notice The caller holds no worker.
    error NoWorker(address account);

    /// @notice There is no worker with this number.
    error NoSuchWorker(uint32 index);

    /// @notice The worker is not rotating to the caller.
    error NotRotatingHere(uint32 index, address caller, address to);

    /// @param owner_ The timelock of governance.
    /// @param space_ The space of person keys.
    constructor(address owner_, bytes32 space_) Ownable(owner_) {
        space = space_;
    }

    /// @notice Joins as a worker: the caller shows that it is a human who is not here yet.
    /// @param adapter The system of the proof.
    /// @param proof   What it wants to see.
    /// @return index  The worker's number.
    function join(IPersonhood adapter, bytes calldata proof) external returns (uint32 index) {
        if (!enabled[address(adapter)]) revert NotEnabled(address(adapter));
        bytes32 key = adapter.person(msg.sender, proof);
        // after the call: an adapter that calls back must not find the registry as it was
        if (key == 0) revert NotAPerson(msg.sender);
        if (indexOfPerson[key] != 0) revert PersonIsHere(key, indexOfPerson[key]);
        if (indexOf[msg.sender] != 0) revert AccountIsTaken(msg.sender, indexOf[msg.sender]);
        index = ++count;
        indexOfPerson[key] = index;
        indexOf[msg.sender] = index;
        _workers[index] = Worker(msg.sender, uint40(block.timestamp));
        emit Joined(index, msg.sender, address(adapter), key);
    }

    /// @notice Names the account that shall hold the caller's worker; nothing changes until it accepts.
    /// @param to That account, or zero to take it back.
    function rotate(address to) external {
        uint32 index = indexOf[msg.sender];
        if (index == 0) revert NoWorker(msg.sender);
        rotatingTo[index] = to;
        emit Rotating(index, msg.sender, to);
    }

    /// @notice Takes over a worker that is rotating to the caller.
    /// @param index The worker's number.
    function accept(uint32 index) external {
        if (rotatingTo[index] != msg.sender) revert NotRotatingHere(index, msg.sender, rotatingTo[index]);
        if (indexOf[msg.sender] != 0) revert AccountIsTaken(msg.sender, indexOf[msg.sender]);
        address from = _workers[index].account;
        delete rotatingTo[index];
        delete indexOf[from];
        indexOf[msg.sender] = index;
        _workers[index].account = msg.sender;
        emit Rotated(index, from, msg.sender);
    }

    /// @notice Says whether an adapter may let workers in. Those it let in stay.
    /// @param adapter The adapter; to be enabled it must have keys of our space.
    /// @param on      Whether it may.
    function setAdapter(IPersonhood adapter, bool on) external onlyOwner {
        if (on) {
            bytes32 its = adapter.space();
            if (its != space) revert OtherSpace(address(adapter), its, space);
        }
        enabled[address(adapter)] = on;
        emit Enabled(address(adapter), on);
    }

    /// @notice Bans a worker from new pay, or lifts that. What is earned stays earned.
    /// @param index  The worker's number.
    /// @param banned Whether it is banned.
    function setBan(uint32 index, bool banned) external onlyOwner {
        if (index == 0 || index > count) revert NoSuchWorker(index);
        uint256 bit = 2 ** uint256(index & 255);
        if (banned) bans[index >> 8] |= bit;
        else bans[index >> 8] &= ~bit;
        emit Banned(index, banned);
    }

    /// @notice The account that a worker is paid at, banned or not.
    /// @param index The worker's number.
    function ownerOf(uint32 index) external view returns (address account) {
        account = _workers[index].account;
        // every worker has an account, so there is no need to look at the count
        if (account == address(0)) revert NoSuchWorker(index);
    }

    /// @notice Whether a worker is banned from new pay.
    /// @param index The worker's number.
    function isBanned(uint32 index) external view returns (bool) {
        return bans[index >> 8] >> (index & 255) & 1 == 1;
    }

    /// @notice What is known of a worker.
    /// @param index The worker's number.
    function worker(uint32 index) external view returns (Worker memory) {
        if (index == 0 || index > count) revert NoSuchWorker(index);
        return _workers[index];
    }
}

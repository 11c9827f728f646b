// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

/// @title  Who may post, who reviews, and who may stop posting for a while
/// @notice The roles of a contract that pays by batches. The owner (the timelock of governance) gives and
///         takes them. A quorum of auditors releases a batch by their signatures; a guardian can keep new
///         batches out, for a week at most and never twice in a row.
abstract contract Review is EIP712, Ownable2Step {
    /// @notice The type hash of what auditors sign.
    bytes32 public constant SETTLEMENT_TYPEHASH =
        keccak256("Settlement(uint64 seq,bytes32 dataHash,uint128 total,bytes32 logRoot)");

    /// @notice The longest that a guardian can keep batches out, and the shortest between two such times.
    uint40 public constant LONGEST_PAUSE = 7 days;

    /// @notice Who may post batches.
    mapping(address account => bool) public posts;

    /// @notice Whose signatures release a batch.
    mapping(address account => bool) public audits;

    /// @notice How many auditors release a batch; zero: none can, every batch waits out its window.
    uint8 public quorum;

    /// @notice Who can stop posting for a while.
    address public guardian;

    /// @notice Posting is stopped until then.
    uint40 public pausedUntil;

    /// @notice A poster was named or dismissed.
    event Poster(address indexed account, bool posts);

    /// @notice An auditor was named or dismissed.
    event Auditor(address indexed account, bool audits);

    /// @notice The quorum was set.
    event Quorum(uint8 quorum);

    /// @notice The guardian was set.
    event Guardian(address indexed guardian);

    /// @notice Posting is stopped until then, or goes on if that is past.
    event Paused(uint40 until);

    /// @notice The caller may not post.
    error NotAPoster(address caller);

    /// @notice The caller is not the guardian.
    error NotTheGuardian(address caller);

    /// @notice Posting is stopped.
    error PostingIsPaused(uint40 until);

    /// @notice The guardian has to wait until then.
    error TooSoonToPause(uint256 from);

    /// @notice No number of auditors can release a batch.
    error NoQuorum();

    /// @notice There are fewer signatures than the quorum.
    error TooFewSignatures(uint256 got, uint256 want);

    /// @notice Signers must stand in rising order of their addresses, each once.
    error SignersOutOfOrder(address before, address signer);

    /// @notice A signature is not by an auditor.
    error NotAnAuditor(address signer);

    constructor(address owner_) EIP712("lbl", "1") Ownable(owner_) {}

    /// @notice Names or dismisses a poster.
    function setPoster(address account, bool on) external onlyOwner {
        posts[account] = on;
        emit Poster(account, on);
    }

    /// @notice Names or dismisses an auditor.
    function setAuditor(address account, bool on) external onlyOwner {
        audits[account] = on;
        emit Auditor(account, on);
    }

    /// @notice Says how many auditors release a batch; zero for none.
    function setQuorum(uint8 quorum_) external onlyOwner {
        quorum = quorum_;
        emit Quorum(quorum_);
    }

    /// @notice Says who the guardian is; zero for nobody.
    function setGuardian(address guardian_) external onlyOwner {
        guardian = guardian_;
        emit Guardian(guardian_);
    }

    /// @notice Stops posting for {LONGEST_PAUSE}. What is posted takes its course, and withdrawals go on.
    function pause() external {
        if (msg.sender != guardian) revert NotTheGuardian(msg.sender);
        uint256 from = pausedUntil == 0 ? 0 : pausedUntil + LONGEST_PAUSE;
        if (block.timestamp < from) revert TooSoonToPause(from);
        pausedUntil = uint40(block.timestamp) + LONGEST_PAUSE;
        emit Paused(pausedUntil);
    }

    /// @notice Lets posting go on at once. The guardian has to wait none the less before it stops it again.
    function unpause() external onlyOwner {
        if (pausedUntil > block.timestamp) pausedUntil = uint40(block.timestamp);
        emit Paused(pausedUntil);
    }

    /// @notice What auditors sign to release a batch.
    /// @param seq      The number of the batch.
    /// @param dataHash Hash of its words.
    /// @param total    What it pays, in base units of the token.
    /// @param logRoot  Root of the log that led to it.
    function settlementDigest(uint64 seq, bytes32 dataHash, uint128 total, bytes32 logRoot)
        public
        view
        returns (bytes32)
    {
        return _hashTypedDataV4(keccak256(abi.encode(SETTLEMENT_TYPEHASH, seq, dataHash, total, logRoot)));
    }

    /// @dev Whoever calls may post, now.
    function _checkPoster() internal view {
        if (!posts[msg.sender]) revert NotAPoster(msg.sender);
        if (block.timestamp < pausedUntil) revert PostingIsPaused(pausedUntil);
    }

    /// @dev The signatures are those of a quorum of auditors.
    function _checkQuorum(bytes32 digest, bytes[] calldata signatures) internal view {
        if (quorum == 0) revert NoQuorum();
        if (signatures.length < quorum) revert TooFewSignatures(signatures.length, quorum);
        address before;
        for (uint256 i = 0; i < signatures.length; ++i) {
            address signer = ECDSA.recoverCalldata(digest, signatures[i]);
            if (signer <= before) revert SignersOutOfOrder(before, signer);
            if (!audits[signer]) revert NotAnAuditor(signer);
            before = signer;
        }
    }
}

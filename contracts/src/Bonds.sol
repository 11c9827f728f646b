// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @title  What is at stake on a batch
/// @notice Everybody who posts or challenges a batch has put down a bond before. It is locked while the batch is
///         in flight, and changes hands in the books alone: nothing is sent that was not asked for, so that no
///         receiver can block a batch.
abstract contract Bonds is ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice What bonds and workers are paid in. A token that takes a fee, or tells wrong balances, will not do.
    IERC20 public immutable token;

    /// @notice What posters and challengers stake on a batch, in base units.
    uint256 public immutable bond;

    /// @notice The sum of all bonds in base units.
    uint256 public bonds;

    /// @notice The bond of an account in base units, with what is locked of it.
    mapping(address account => uint256) public bondOf;

    /// @notice The bond of an account has become this.
    event Bonded(address indexed account, uint256 bond);

    /// @notice Challenges must cost something, or anybody could keep any batch from being paid.
    error NoBond();

    /// @notice A unit of credit is a millionth of a token only if that has 18 decimals.
    error WrongDecimals(uint8 decimals);

    /// @notice The bond of the account, or what is not locked of it, is too small.
    error BondTooSmall(address account, uint256 has, uint256 wants);

    /// @notice The token gave other than it was told.
    error InexactToken(uint256 got, uint256 want);

    /// @param token_ What bonds and workers are paid in; it has 18 decimals.
    /// @param bond_  What posters and challengers stake on a batch, in base units; not zero.
    constructor(IERC20 token_, uint256 bond_) {
        uint8 decimals = IERC20Metadata(address(token_)).decimals();
        if (decimals != 18) revert WrongDecimals(decimals);
        if (bond_ == 0) revert NoBond();
        token = token_;
        bond = bond_;
    }

    /// @notice Adds to the caller's bond.
    /// @param amount In base units; the caller has approved them.
    function deposit(uint256 amount) external nonReentrant {
        uint256 before = token.balanceOf(address(this));
        bonds += amount;
        _setBond(msg.sender, bondOf[msg.sender] + amount);
        token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 got = token.balanceOf(address(this)) - before;
        if (got != amount) revert InexactToken(got, amount);
    }

    /// @notice Draws from the caller's bond; what is locked stays.
    /// @param amount In base units.
    function withdrawBond(uint256 amount) external nonReentrant {
        uint256 left = locked(msg.sender);
        _checkBond(msg.sender, left + amount);
        bonds -= amount;
        _setBond(msg.sender, bondOf[msg.sender] - amount);
        token.safeTransfer(msg.sender, amount);
    }

    /// @notice How much of an account's bond is at stake on the batch in flight, in base units.
    function locked(address who) public view virtual returns (uint256);

    /// @dev The account has so much.
    function _checkBond(address who, uint256 wants) internal view {
        if (bondOf[who] < wants) revert BondTooSmall(who, bondOf[who], wants);
    }

    /// @dev A bond is lost and won.
    function _move(address from, address to) internal {
        _setBond(from, bondOf[from] - bond);
        _setBond(to, bondOf[to] + bond);
    }

    function _setBond(address who, uint256 amount) private {
        bondOf[who] = amount;
        emit Bonded(who, amount);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Capped} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Capped.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";

/// @title  The token that labels are paid in
/// @notice ERC-20 with 18 decimals, a hard cap, approvals by signature (ERC-2612) and votes (ERC-5805).
///         How it comes into the world is chosen once, at construction:
///
///         - fixed supply: the whole cap is given to one holder, and nobody can ever mint;
///         - minted supply: it starts at zero, and one address, for ever the same, mints up to the cap.
///
///         There is no owner, no pause, no burn, no fee and no upgrade.
/// @dev    Votes count only once their holder delegates them, to itself if to nobody else. Checkpoints are
///         by block number. Permits and delegations by signature share one nonce per account.
contract LabelToken is ERC20, ERC20Capped, ERC20Permit, ERC20Votes {
    /// @notice The only address that can mint; zero means that the supply is fixed.
    address public immutable minter;

    /// @notice The constructor wants a minter or a holder: not both, not neither.
    /// @param minter The minter that was asked for.
    /// @param holder The holder that was asked for.
    error MinterOrHolder(address minter, address holder);

    /// @notice Votes are counted in 208 bits, and a cap beyond that could never be reached.
    /// @param cap The cap that was asked for.
    /// @param max The largest one possible.
    error CapTooLarge(uint256 cap, uint256 max);

    /// @notice Everything there will ever be was minted at construction.
    error SupplyIsFixed();

    /// @notice Only the minter mints.
    /// @param caller Who tried to.
    /// @param minter Who could have.
    error NotMinter(address caller, address minter);

    /// @param name_   The name; also the EIP-712 domain name that permits and delegations are signed for.
    /// @param symbol_ The symbol.
    /// @param cap_    The supply that is never exceeded, in base units; not zero.
    /// @param minter_ Who mints, or zero for a fixed supply.
    /// @param holder_ Who gets a fixed supply, or zero if there is a minter.
    constructor(string memory name_, string memory symbol_, uint256 cap_, address minter_, address holder_)
        ERC20(name_, symbol_)
        ERC20Capped(cap_)
        ERC20Permit(name_)
    {
        if ((minter_ == address(0)) == (holder_ == address(0))) revert MinterOrHolder(minter_, holder_);
        if (cap_ > _maxSupply()) revert CapTooLarge(cap_, _maxSupply());
        minter = minter_;
        if (minter_ == address(0)) _mint(holder_, cap_);
    }

    /// @notice Makes new tokens, up to the cap.
    /// @param to    Who gets them.
    /// @param value How many, in base units.
    function mint(address to, uint256 value) external {
        if (minter == address(0)) revert SupplyIsFixed();
        if (msg.sender != minter) revert NotMinter(msg.sender, minter);
        _mint(to, value);
    }

    /// @notice The nonce that the next permit or delegation signed by `owner` must carry.
    /// @param owner The account that signs.
    function nonces(address owner) public view override(ERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }

    /// @dev Balances first, then the cap, then the votes.
    function _update(address from, address to, uint256 value)
        internal
        override(ERC20, ERC20Capped, ERC20Votes)
    {
        super._update(from, to, value);
    }
}

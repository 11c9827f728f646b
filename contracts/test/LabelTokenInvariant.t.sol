// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LabelToken} from "../src/LabelToken.sol";
import {Mini} from "./Mini.sol";

uint256 constant CAP = 1_000_000 ether;
uint256 constant PEOPLE = 5;
uint256 constant NOBODY = PEOPLE;

/// A few people who do to two tokens whatever one can do, and a plain account book of what must come of it.
contract World is Mini {
    /// 0: this contract mints; 1: fixed supply, all given to person 0
    LabelToken[2] public token;

    struct Book {
        uint256 supply;
        uint256[PEOPLE] held;
        uint256[PEOPLE] delegate; // index of a person, or NOBODY
    }

    Book[2] book;

    /// How it stood when a block ended.
    struct Past {
        uint256 height; // 0: no block has ended yet
        uint256 supply;
        uint256[PEOPLE] votes;
    }

    Past[2] past;

    constructor() {
        token[0] = new LabelToken("Minted", "MIN", CAP, address(this), address(0));
        token[1] = new LabelToken("Whole", "WHO", CAP, address(0), person(0));
        book[1].supply = book[1].held[0] = CAP;
        for (uint256 i = 0; i < PEOPLE; i++) {
            book[0].delegate[i] = book[1].delegate[i] = NOBODY;
        }
    }

    // ---- what can happen ----

    function mint(uint256 to, uint256 value) external {
        to %= PEOPLE;
        value = within(value, 0, CAP - book[0].supply);
        token[0].mint(person(to), value);
        book[0].supply += value;
        book[0].held[to] += value;
    }

    function mintTooMuch(uint256 to, uint256 value) external {
        uint256 supply = book[0].supply;
        value = within(value, CAP - supply + 1, type(uint208).max - supply);
        // it must fail: the laws see whether it did
        (bool done,) = address(token[0]).call(abi.encodeCall(LabelToken.mint, (person(to % PEOPLE), value)));
        if (!done) return;
        book[0].supply += value;
        book[0].held[to % PEOPLE] += value;
    }

    function mintFixed(uint256 caller, uint256 value) external {
        vm.expectRevert(LabelToken.SupplyIsFixed.selector);
        vm.prank(person(caller % PEOPLE));
        token[1].mint(person(caller % PEOPLE), value);
    }

    function transfer(uint256 which, uint256 from, uint256 to, uint256 value) external {
        (which, from, to, value) = possible(which, from, to, value);
        vm.prank(person(from));
        require(token[which].transfer(person(to), value));
        move(which, from, to, value);
    }

    function transferFrom(uint256 which, uint256 spender, uint256 from, uint256 to, uint256 value) external {
        (which, from, to, value) = possible(which, from, to, value);
        vm.prank(person(from));
        token[which].approve(person(spender % PEOPLE), value);
        vm.prank(person(spender % PEOPLE));
        require(token[which].transferFrom(person(from), person(to), value));
        move(which, from, to, value);
    }

    function delegate(uint256 which, uint256 from, uint256 to) external {
        which %= 2;
        from %= PEOPLE;
        to %= PEOPLE + 1;
        vm.prank(person(from));
        token[which].delegate(to == NOBODY ? address(0) : person(to));
        book[which].delegate[from] = to;
    }

    function nextBlock(uint256 blocks) external {
        for (uint256 which = 0; which < 2; which++) {
            past[which] = Past(block.number, book[which].supply, votesOf(which));
        }
        vm.roll(block.number + within(blocks, 1, 1000));
    }

    // ---- what must have come of it ----

    function bookOf(uint256 which) external view returns (Book memory) {
        return book[which];
    }

    function pastOf(uint256 which) external view returns (Past memory) {
        return past[which];
    }

    function votesOf(uint256 which) public view returns (uint256[PEOPLE] memory votes) {
        Book memory b = book[which];
        for (uint256 i = 0; i < PEOPLE; i++) {
            if (b.delegate[i] != NOBODY) votes[b.delegate[i]] += b.held[i];
        }
    }

    function person(uint256 i) public pure returns (address) {
        return address(uint160(0x1000 + i));
    }

    // ---- helpers ----

    function possible(uint256 which, uint256 from, uint256 to, uint256 value)
        private
        view
        returns (uint256, uint256, uint256, uint256)
    {
        which %= 2;
        from %= PEOPLE;
        return (which, from, to % PEOPLE, within(value, 0, book[which].held[from]));
    }

    function move(uint256 which, uint256 from, uint256 to, uint256 value) private {
        book[which].held[from] -= value;
        book[which].held[to] += value;
    }
}

contract LabelTokenInvariantTest is Mini {
    World world;
    LabelToken[2] token;
    address[PEOPLE] person;

    function setUp() public {
        world = new World();
        token = [world.token(0), world.token(1)];
        for (uint256 i = 0; i < PEOPLE; i++) {
            person[i] = world.person(i);
        }
    }

    function targetContracts() public view returns (address[] memory all) {
        all = new address[](1);
        all[0] = address(world);
    }

    function invariant_balances_add_up_to_the_supply_within_the_cap() public view {
        for (uint256 which = 0; which < 2; which++) {
            uint256 sum;
            for (uint256 i = 0; i < PEOPLE; i++) {
                sum += token[which].balanceOf(person[i]);
            }
            eq(sum, token[which].totalSupply());
        }
        atMost(token[0].totalSupply(), CAP);
        eq(token[1].totalSupply(), CAP);
    }

    function invariant_everybody_has_what_the_book_says() public view {
        for (uint256 which = 0; which < 2; which++) {
            World.Book memory book = world.bookOf(which);
            eq(token[which].totalSupply(), book.supply);
            for (uint256 i = 0; i < PEOPLE; i++) {
                eq(token[which].balanceOf(person[i]), book.held[i]);
            }
        }
    }

    function invariant_votes_are_the_balances_delegated() public view {
        for (uint256 which = 0; which < 2; which++) {
            uint256[PEOPLE] memory want = world.votesOf(which);
            uint256 sum;
            for (uint256 i = 0; i < PEOPLE; i++) {
                uint256 votes = token[which].getVotes(person[i]);
                eq(votes, want[i]);
                sum += votes;
            }
            atMost(sum, token[which].totalSupply());
        }
    }

    function invariant_the_past_stays_as_it_was() public view {
        for (uint256 which = 0; which < 2; which++) {
            World.Past memory past = world.pastOf(which);
            if (past.height == 0) continue;
            eq(token[which].getPastTotalSupply(past.height), past.supply);
            for (uint256 i = 0; i < PEOPLE; i++) {
                eq(token[which].getPastVotes(person[i], past.height), past.votes[i]);
            }
        }
    }
}

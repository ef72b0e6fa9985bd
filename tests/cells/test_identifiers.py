"""Identifiers: every single error that people make is told by the check character."""

import string
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adjuvant.cells import (
    bag_number,
    check_character,
    draw_number,
    lot_number,
    read_identifier,
    subject_number,
)
from adjuvant.core import InvalidInput

CHARACTERS = string.digits + string.ascii_uppercase
BODIES = st.text(CHARACTERS, min_size=2, max_size=18)


def fits(text):
    """Whether the last character is the check character of the others."""
    return all(c in CHARACTERS for c in text[:-1]) and check_character(text[:-1]) == text[-1]


@pytest.mark.by_hand
def test_check_character_by_hand():
    """0794: ((7 x 2 + 9) x 2 + 4) x 2 = 100 = 26 modulo 37; 1 - 26 + 37 = 12, which is C."""
    assert check_character("0794") == "C"


@pytest.mark.reference
def test_check_character_agrees_with_another_program():
    """The example of python-stdnum's documentation of MOD 37-2."""
    assert check_character("G123489654321") == "Y"


@pytest.mark.property
@given(BODIES)
@settings(max_examples=60, deadline=None)
def test_every_single_wrong_character_is_told(body):
    right = body + check_character(body)

    for place in range(len(right)):
        for other in CHARACTERS + "*":
            if other != right[place]:
                assert not fits(right[:place] + other + right[place + 1 :])


@pytest.mark.property
@given(BODIES)
@settings(max_examples=100, deadline=None)
def test_every_exchange_of_neighbours_or_across_one_is_told(body):
    right = body + check_character(body)

    for gap in (1, 2):
        for place in range(len(right) - gap):
            changed = list(right)
            changed[place], changed[place + gap] = changed[place + gap], changed[place]
            if changed != list(right):
                assert not fits("".join(changed))


@pytest.mark.property
@given(BODIES, st.sampled_from(CHARACTERS), st.integers(0, 18))
@settings(max_examples=60, deadline=None)
def test_every_twin_error_is_told(body, twin, place):
    place = min(place, len(body))
    for middle in ("", "7"):
        doubled = body[:place] + twin + middle + twin + body[place:]
        right = doubled + check_character(doubled)
        for other in CHARACTERS:
            if other != twin:
                wrong = body[:place] + other + middle + other + body[place:] + right[-1]
                assert not fits(wrong)


@pytest.mark.property
def test_about_one_double_error_in_37_goes_unseen():
    right = subject_number("S01", 42).replace("-", "")
    told = total = 0
    for a, b in combinations(range(len(right) - 1), 2):
        for x in string.digits:
            for y in string.digits:
                if x != right[a] and y != right[b]:
                    wrong = right[:a] + x + right[a + 1 : b] + y + right[b + 1 :]
                    total += 1
                    told += not fits(wrong)

    assert 0.95 < told / total < 1


@pytest.mark.property
@given(st.integers(1, 9999), st.integers(1, 99), st.integers(1, 99), st.integers(1, 99))
@settings(max_examples=100, deadline=None)
def test_identifier_says_what_it_was_made_of(subject, lot, bag, more):
    of = max(bag, more)
    person = subject_number("S01", subject)
    text = bag_number(lot_number(person, lot), bag, of)

    read = read_identifier(text.lower())

    assert (read.kind, read.site, read.subject, read.number, read.bag, read.of) == (
        "bag", "S01", subject, lot, bag, of,
    )  # fmt: skip
    assert read.subject_text == person
    assert read_identifier(draw_number(person, lot)).kind == "draw"


def test_wide_characters_of_a_japanese_keyboard_are_read():
    wide = "".join(chr(ord(c) + 0xFEE0) for c in subject_number("S01", 42))

    assert read_identifier(wide).subject == 42


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is not an identifier"),
        ("S01-0042", "is not an identifier"),
        ("S01-0042-A", "read or scan it again"),
        ("S01-0024-S", "read or scan it again"),
        ("S01-0042-D03-B01-02-X", "a character is wrong|not a bag of a lot"),
    ],
)
def test_text_that_is_no_identifier_is_refused(text, words):
    with pytest.raises(InvalidInput, match=words):
        read_identifier(text)


def test_bag_beyond_the_number_of_bags_is_refused():
    with pytest.raises(InvalidInput, match="bag 5 of 4"):
        bag_number(lot_number(subject_number("S01", 1), 1), 5, 4)


def test_lot_is_numbered_under_a_subject_only():
    lot = lot_number(subject_number("S01", 1), 1)

    with pytest.raises(InvalidInput, match="give that of a subject"):
        lot_number(lot, 1)


@pytest.mark.parametrize("site", ["", "1S", "s01", "TOOLONG1", "S"])
def test_site_that_cannot_be_printed_is_refused(site):
    with pytest.raises(InvalidInput):
        subject_number(site, 1)


@pytest.mark.parametrize("number", [0, -1, 10000])
def test_number_that_has_no_place_is_refused(number):
    with pytest.raises(InvalidInput):
        subject_number("S01", number)

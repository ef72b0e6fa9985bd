"""Every rule is triggered by one edit of a file that has no finding, and not by a neighbour."""

from pathlib import Path

import pytest
from protocol.rule_cases import CASES, ELSEWHERE

from adjuvant.protocol import CODES, check_text

BASE = (Path(__file__).parent / "base.yaml").read_text("utf-8")


def edited(edit: tuple[str, ...]) -> str:
    text = BASE
    for old, new in zip(edit[::2], edit[1::2], strict=True):
        assert old in text, f"{old!r} does not stand in base.yaml"
        text = text.replace(old, new, 1)
    return text


def test_the_base_file_has_no_finding():
    assert check_text(BASE) == ()


@pytest.mark.parametrize("code", sorted(CASES))
def test_each_rule_is_triggered_by_its_broken_edit(code):
    found = [f for f in check_text(edited(CASES[code][0])) if f.code == code]

    assert found, f"{code} was not triggered"
    assert all(f.severity == CODES[code].severity for f in found)
    assert all(f.hint and f.message and f.place.line for f in found)


@pytest.mark.parametrize("code", sorted(CASES))
def test_each_rule_is_silent_about_a_lawful_neighbour(code):
    assert code not in {f.code for f in check_text(edited(CASES[code][1]))}


def test_every_number_has_its_two_cases():
    assert set(CODES) - ELSEWHERE - {"P070"} == set(CASES)


def test_every_number_says_what_it_means():
    assert all(len(code.title) >= 8 and len(code.explanation) > 20 for code in CODES.values())

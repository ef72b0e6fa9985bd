"""More than 200 broken protocols of more than 12 kinds: each fault is found on its line."""

from collections import Counter

import pytest
from protocol.corpus import KINDS, Broken, corpus

from adjuvant.core import Finding
from adjuvant.protocol.check import check_bytes

FILES = list(corpus())


@pytest.fixture(scope="module")
def answers() -> list[tuple[Broken, tuple[Finding, ...]]]:
    return [(broken, check_bytes(broken.content, "protocol.yaml")) for broken in FILES]


def test_the_corpus_is_large_and_of_many_kinds():
    kinds = Counter(broken.name.split(" ", 1)[1].rsplit(" ", 1)[0] for broken in FILES)

    assert len(FILES) >= 200
    assert set(kinds) == set(KINDS)
    assert len(KINDS) >= 12


def test_each_fault_is_found_on_its_line(answers):
    missed = [
        (broken.name, broken.line, [f"{f.place.line} {f.code}" for f in found][:6])
        for broken, found in answers
        if not any(f.place.line == broken.line and f.code in broken.codes for f in found)
    ]

    assert missed == []


def test_a_fix_is_suggested_for_nine_misspellings_in_ten(answers):
    asked = [(broken, found) for broken, found in answers if broken.meant is not None]
    helped = [
        broken.name
        for broken, found in asked
        if any(f.place.line == broken.line and f"'{broken.meant}'" in f.hint for f in found)
    ]

    assert len(asked) >= 30
    assert len(helped) >= 0.9 * len(asked)


def test_every_message_is_in_our_words(answers):
    for _, found in answers:
        for finding in found:
            text = f"{finding.message} {finding.hint}".lower()
            assert finding.message
            assert not any(word in text for word in ("pydantic", "pyyaml", "http", "traceback"))
            assert "input should be" not in text

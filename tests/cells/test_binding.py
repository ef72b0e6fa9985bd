"""The wristband is bound by two persons and compared by its code alone."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjuvant.cells import bind, same_wristband, wristband_code
from adjuvant.core import InvalidInput, StepRefused

KEY, OTHER_KEY = bytes(range(32)), bytes(32)
NOW = datetime(2026, 3, 5, 9, tzinfo=UTC)
CODE, OTHER = wristband_code(KEY, "0012345"), wristband_code(KEY, "0012346")


def bound(earlier=(), **more):
    given = {
        "subject": "S01-0042-S", "site": "S01", "codes": (CODE, CODE), "by": "u1", "second": "u2",
        "at": NOW,
    }  # fmt: skip
    return bind(earlier, **{**given, **more})


@pytest.mark.property
@given(st.text("0123456789ABCDEFG-", min_size=1), st.text("0123456789ABCDEFG-", min_size=1))
def test_two_numbers_have_one_code_only_if_they_are_the_same(one, two):
    same = same_wristband(wristband_code(KEY, one), wristband_code(KEY, two))

    assert same is (one == two)


def test_code_depends_on_the_sites_key():
    assert wristband_code(KEY, "0012345") != wristband_code(OTHER_KEY, "0012345")


@pytest.mark.parametrize("typed", ["0012345", " 0012345\n", "００１２３４５", "001 2345"])
def test_scanner_and_keyboard_give_one_code(typed):
    assert wristband_code(KEY, typed) == CODE


@pytest.mark.parametrize("number", ["", "   ", "\x00"])
def test_empty_scan_is_refused(number):
    with pytest.raises(InvalidInput, match="scan it again"):
        wristband_code(KEY, number)


def test_short_key_is_refused():
    with pytest.raises(InvalidInput, match="give 32 random bytes"):
        wristband_code(b"secret", "0012345")


def test_hospitals_number_is_in_no_message_or_representation():
    binding = bound()

    assert "0012345" not in repr(binding)
    assert binding.code not in repr(binding)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"second": "u1"}, "two different persons"),
        ({"codes": (CODE, OTHER)}, "the two scans differ"),
        ({"earlier": "same"}, "give the reason"),
        ({"earlier": "other"}, "is bound to S01-0007-A"),
    ],
)
def test_binding_is_refused(more, words):
    earlier = {
        "same": (bound(),), "other": (bound(subject="S01-0007-A"),), None: (),
    }[more.pop("earlier", None)]  # fmt: skip

    with pytest.raises(StepRefused, match=words):
        bound(earlier, **more)


def test_new_wristband_is_bound_with_its_reason():
    again = bound((bound(),), codes=(OTHER, OTHER), reason="new wristband after readmission")

    assert again.code == OTHER

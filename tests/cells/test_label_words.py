"""The words on a bag: what the law asks, and nothing that identifies a person elsewhere."""

from datetime import UTC, datetime

import pytest

from adjuvant.cells import bag_number, label_words, lot_number, subject_number
from adjuvant.core import InvalidInput

SUBJECT = subject_number("S01", 42)
BAG = bag_number(lot_number(SUBJECT, 3), 2, 4)


def words(bag=BAG, **more):
    given = {
        "trial": "CELLS", "product": "Lymphocytes", "storage": "15 to 25 C",
        "sponsor": "University hospital", "infections": (),
        "expires_at": datetime(2026, 3, 20, 15, tzinfo=UTC),
    }  # fmt: skip
    return label_words(bag, **{**given, **more})


def test_label_says_whose_it_is_and_when_it_expires():
    assert words()[:5] == (
        BAG, "Lymphocytes - bag 2 of 4", f"Subject {SUBJECT}",
        "Trial CELLS - University hospital", "Expires 2026-03-20 15:00 UTC",
    )  # fmt: skip


@pytest.mark.parametrize("infections", [None, (), ("hepatitis B", "hepatitis C")])
def test_autologous_and_trial_use_stand_on_every_bag(infections):
    made = words(infections=infections)

    assert "FOR AUTOLOGOUS USE ONLY" in made
    assert "FOR CLINICAL TRIAL USE ONLY" in made
    assert ("NOT EVALUATED FOR INFECTIOUS SUBSTANCES" in made) is (infections is None)
    assert ("BIOHAZARD" in made) is bool(infections)
    assert sum("REACTIVE" in line for line in made) == len(infections or ())


@pytest.mark.parametrize(
    "wrong",
    [{"bag": SUBJECT}, {"bag": "x"}, {"sponsor": " "}, {"infections": [""]},
     {"expires_at": datetime(2026, 3, 20, 15)}],
)  # fmt: skip
def test_label_that_would_say_too_little_is_refused(wrong):
    with pytest.raises(InvalidInput):
        words(**wrong)

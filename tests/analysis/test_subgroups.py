"""Subgroups: rows with counts, one interaction test a factor, and no number where there is none."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import chdtrc

from adjuvant.analysis.results import Result
from adjuvant.core import InvalidInput
from adjuvant.dataset import derive_time_to_event
from adjuvant.study import Study
from adjuvant.survival import Factor, cox

One = Callable[..., Result]


def test_a_level_without_events_in_an_arm_has_no_number_but_a_reason(one: One) -> None:
    found = one("type: subgroups, endpoint: RFS, set: ITT, by: [grade]")

    rows = {row.level: row for row in found.subgroups}
    assert rows["high"].estimate is None
    assert rows["high"].why
    assert [c.n for c in rows["low"].counts] == [2, 2]


def test_patients_without_a_level_are_counted_in_a_note(one: One) -> None:
    found = one("type: subgroups, endpoint: RFS, set: ITT, by: [grade]")

    assert any(note.startswith("1 patient without Grade") for note in found.notes)


def test_a_number_cannot_be_a_subgroup(one: One) -> None:
    with pytest.raises(InvalidInput, match="age is a number"):
        one("type: subgroups, endpoint: RFS, set: ITT, by: [age]")


def test_the_interaction_is_the_likelihood_ratio_of_the_crossed_model() -> None:
    study = Study.open("moertel1990")
    found = study.analyse(only=["A_RFS_SUB"]).result("A_RFS_SUB")
    data = derive_time_to_event(
        study.snapshot(), study.protocol, "RFS", set="ITT", arms=["OBS", "LEV5FU"]
    )
    columns = study.snapshot().subjects.columns
    of = dict(zip(columns["subject"], columns["variable.sex"], strict=True))
    sex = {"sex": Factor([of[s] for s in data.subject or ()], ("female", "male"))}

    gain = 2 * (
        cox(data, sex, interactions=[("arm", "sex")]).log_likelihood[1]
        - cox(data, sex).log_likelihood[1]
    )

    rows = [row for row in found.subgroups if row.factor == "sex"]
    held = pytest.approx(float(chdtrc(1, gain)), rel=1e-9)
    assert [row.interaction_p for row in rows] == [held, held]
    female = data.where(np.array([of[s] == "female" for s in data.subject or ()]))
    assert rows[0].estimate is not None
    assert rows[0].estimate.value == pytest.approx(float(cox(female).hazard_ratio[0]))


def test_the_levels_of_a_factor_add_up_to_the_arms() -> None:
    found = Study.open("moertel1990").analyse(only=["A_RFS_SUB"]).result("A_RFS_SUB")

    rows = [row for row in found.subgroups if row.factor == "node4"]
    totals = [sum(row.counts[i].n for row in rows) for i in (0, 1)]
    assert totals == [c.n for c in found.counts] == [315, 304]

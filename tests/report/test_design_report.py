"""The design report: what its figures and page say is what the design is; the same bytes again."""

import json
from dataclasses import replace

import pytest
from matplotlib.text import Annotation

from adjuvant.design import design_from_numbers, under_hazard_ratio
from adjuvant.report import design_facts, power_curve, write_design_report
from adjuvant.report.design_figures import accrual_figure, boundary_figure, power_figure
from adjuvant.report.design_words import bound_table, checked_cells, date_table, headline
from adjuvant.simulation import Simulated, planned_scenario, simulate

OPTIONS = {
    "subjects": 300,
    "control_median": 24,
    "hazard_ratio": 0.65,
    "accrual": 36,
    "looks": (90, 140, 200),
    "power": None,
}


def facts(**options):
    made = design_from_numbers(**OPTIONS | options)
    nobody = replace(made, patients=under_hazard_ratio(made.patients, 1.0))
    runs = [simulate(planned_scenario(one), trials=2048) for one in (made, nobody)]
    return design_facts(made, *runs)


@pytest.fixture(scope="module")
def checked():
    return facts()


def labels(figure):
    return [text.get_text() for text in figure.findobj(Annotation)]


def test_every_bound_stands_in_the_figure_and_in_the_table(checked):
    found = labels(boundary_figure(checked))
    head, rows = bound_table(checked)

    for look, row in zip(checked.looks, rows, strict=True):
        assert f"{look.z:.3f}" in found
        assert row[head.index("z")] == f"{look.z:.4f}"
    assert "Efficacy" in found
    assert "Futility" not in found


def test_futility_and_the_opposite_side_are_drawn_where_the_design_has_them():
    futile = facts(futility="HSD", futility_parameter=-2.0, power=0.8)
    two = facts(sided=2, alpha=0.05)

    assert {"Efficacy", "Futility"} <= set(labels(boundary_figure(futile)))
    assert "futility z" in bound_table(futile)[0]
    assert "futility by then" in date_table(futile)[0]
    assert "Against" in labels(boundary_figure(two))


def test_the_power_figure_marks_the_simulated_points(checked):
    curve = power_curve(checked.design)

    found = labels(power_figure(checked, curve))

    planned = f"planned, simulated\n{checked.simulated.power.value:.1%}"
    assert planned in found
    assert any(text.startswith("no effect, simulated") for text in found)


def test_every_look_is_marked_on_the_curve_of_events(checked):
    found = labels(accrual_figure(checked))

    assert [f"look {look.number}: {look.events}" in found for look in checked.looks] == [True] * 3


def test_the_page_says_the_power_with_its_error_and_escapes_every_label(checked, tmp_path):
    odd = replace(checked, design=replace(checked.design, control="<script>alert(1)</script>"))

    page = write_design_report(odd, tmp_path / "out").read_text("utf-8")

    assert headline(checked).split("power ")[1].split(" (")[0] in page
    assert "Monte-Carlo error" in page
    assert "<script" not in page


def test_the_same_design_gives_the_same_bytes(checked, tmp_path):
    for name in ("one", "other"):
        write_design_report(checked, tmp_path / name)

    one, other = (
        {p.relative_to(tmp_path / name): p.read_bytes() for p in (tmp_path / name).rglob("*.*")
         if p.is_file()}
        for name in ("one", "other")
    )  # fmt: skip
    assert one == other


def test_the_numbers_of_the_json_are_those_of_the_design(checked, tmp_path):
    write_design_report(checked, tmp_path / "out")

    told = json.loads((tmp_path / "out" / "design.json").read_text("utf-8"))

    assert told["schema"] == "adjuvant/design/1"
    assert [look["z"] for look in told["looks"]] == [look.z for look in checked.looks]
    assert told["numbers"][0]["formula"] == checked.planned.reject


def test_a_formula_beyond_three_errors_is_said_to_differ():
    from adjuvant.report.checked_design import CheckedNumber

    near = CheckedNumber("power", 0.7120, Simulated(0.7100, 0.0007))
    far = CheckedNumber("power, Schoenfeld", 0.7130, Simulated(0.7100, 0.0007))
    sure = CheckedNumber("expected events", 200.0000000001, Simulated(200.0, 0.0))

    assert (near.differs, far.differs, sure.differs) == (False, True, False)
    assert checked_cells(far)[3] == "differs by +0.0030"

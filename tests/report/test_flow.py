"""The flow of participants: its identities hold, or the report is refused."""

from dataclasses import replace

import pytest

from adjuvant.analysis.results import FlowBox
from adjuvant.core import AnalysisError
from adjuvant.report.draw import plot
from adjuvant.report.flow import check_flow, flow_nodes


@pytest.mark.parametrize(
    ("box", "arm", "n", "identity"),
    [
        ("excluded", None, 19, r"assessed = excluded \+ randomised: 200 is not 19 \+ 180"),
        ("allocated", "CTL", 61, "randomised = sum over arms of allocated: 180 is not 61"),
        ("received", "LEV", 50, r"allocated = received \+ not received in arm LEV: 60 is not 50"),
        ("analysed", "L5F", 59, r"allocated = analysed \+ excluded from analysis in arm L5F"),
        ("analysed", "L5F", -1, "analysed in arm L5F is -1; a number of patients is 0 or more"),
    ],
)
def test_identity_that_fails_is_named_with_both_sides(results, box, arm, n, identity):
    flow = results.result("F1").flow
    wrong = [replace(b, n=n) if (b.box, b.arm) == (box, arm) else b for b in flow]
    if box == "excluded":
        wrong = [replace(b, reasons=()) for b in wrong]

    with pytest.raises(AnalysisError, match=identity):
        check_flow(wrong)


def test_reasons_must_sum_to_their_box(results):
    flow = [
        replace(b, reasons=(("Declined", 3),)) if b.box == "excluded" else b
        for b in results.result("F1").flow
    ]

    with pytest.raises(AnalysisError, match="the reasons sum to 3, the box says 20"):
        check_flow(flow)


def test_number_that_was_not_reported_is_neither_checked_nor_invented(results):
    flow = [replace(b, n=None) if b.box == "assessed" else b for b in results.result("F1").flow]

    check_flow(flow)


def test_three_arms_stand_beside_each_other_in_every_phase(results):
    nodes = flow_nodes(results.result("F1").flow, ["CTL", "LEV", "L5F"])

    assert [n.arm for n in nodes if n.phase == "Allocation"] == ["CTL", "LEV", "L5F"]
    assert [n.lines[0].box for n in nodes if n.arm is None] == [
        "assessed", "excluded", "randomised",
    ]  # fmt: skip


def test_diagram_says_what_was_not_reported(results, protocol):
    flow = (FlowBox("assessed", "Assessed for eligibility", None), *results.result("F1").flow[2:])

    figure = plot(replace(results.result("F1"), flow=flow), results, protocol)
    texts = [t.get_text().replace("\N{NO-BREAK SPACE}", " ") for t in figure.texts]
    assert "Assessed for eligibility (not reported)" in texts
    assert "Randomised (n = 180)" in texts


def test_no_text_of_the_diagram_leaves_its_box(results, protocol):
    long = tuple(
        replace(b, label="Did not receive the allocated intervention because of withdrawal")
        if b.box == "not_received"
        else b
        for b in results.result("F1").flow
    )
    figure = plot(replace(results.result("F1"), flow=long), results, protocol)

    figure.draw_without_rendering()
    boxes = [p.get_window_extent() for p in figure.findobj(match=_is_box)]
    for text in figure.texts:
        extent = text.get_window_extent()
        inside = [b for b in boxes if b.x0 <= extent.x0 <= b.x1 and b.y0 <= extent.y0 <= b.y1]
        assert all(extent.x1 <= b.x1 for b in inside), text.get_text()


def _is_box(artist):
    return type(artist).__name__ == "Rectangle" and artist.get_facecolor()[:3] != (1, 1, 1)

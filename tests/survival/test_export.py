"""Results leave the house complete: dictionary, data frame, HTML, references."""

import dataclasses
import inspect
import json
import re
import typing
from importlib.util import find_spec

import numpy as np
import pytest
import survival_examples

import adjuvant.survival as room
from adjuvant.core import EnvironmentProblem, TimeToEvent, UsageError
from adjuvant.survival import export, references

DATA = TimeToEvent.of(
    [6, 7, 10, 13, 16, 22, 23, 25], [1, 1, 1, 1, 0, 1, 1, 0], arm=list("abababab"), control="a"
)

EXAMPLES = survival_examples.examples()
LIBRARIES = [name for name in ("pandas", "polars", "pyarrow") if find_spec(name)]


def result_classes():
    """Every dataclass that a public function returns, also inside a tuple."""
    found = set()
    for name in room.__all__:
        function = getattr(room, name)
        if inspect.isfunction(function):
            kind = typing.get_type_hints(function).get("return")
            found |= {k for k in (kind, *typing.get_args(kind)) if dataclasses.is_dataclass(k)}
    return sorted(found - {room.Ordering, TimeToEvent}, key=lambda k: k.__name__)


@pytest.mark.parametrize("kind", result_classes(), ids=lambda k: k.__name__)
def test_every_result_is_public_exports_and_has_its_sources(kind):
    assert getattr(room, kind.__name__) is kind
    assert kind.to_frame is export.to_frame
    assert kind._repr_html_ is export.to_html
    assert kind.__name__ in references.SOURCES


def test_every_source_is_a_full_reference_and_none_is_idle():
    extra = (references._TIES, references._WEIGHTS, references._PROPORTIONS)
    used = {
        key for table in (references.SOURCES, *extra) for keys in table.values() for key in keys
    }

    by_option = {"Lin & Wei 1989", "Schemper & Smith 1996", "Tian, Zhao & Wei 2014"}
    assert used | by_option == set(references.REFERENCES)


@pytest.mark.parametrize("key", references.REFERENCES)
def test_a_reference_names_the_author_and_year_of_its_key(key):
    text = references.REFERENCES[key]

    assert text.startswith(key.split()[0].strip(","))
    assert key[-4:] in text


def test_a_curve_is_one_row_a_time_in_the_order_of_the_arms():
    frame = room.kaplan_meier(DATA).to_frame("pandas")

    assert frame["label"].tolist() == ["a"] * 4 + ["b"] * 4
    assert frame["survival"].tolist() == np.concatenate(
        [curve.survival for curve in room.kaplan_meier(DATA).curves]
    ).tolist()  # fmt: skip
    assert frame["unit"].tolist() == ["day"] * 8


def test_a_model_is_one_row_a_term_with_its_interval():
    fit = room.cox(DATA, {"x": [1.0, 2, 1, 3, 2, 1, 3, 2]})

    frame = fit.to_frame("pandas")

    assert frame["terms"].tolist() == list(fit.terms)
    assert frame["hr_ci_lower"].tolist() == fit.hr_ci[:, 0].tolist()
    assert frame["lrt_p_value"].tolist() == [fit.lrt.p_value] * 2
    assert "data" not in frame.columns


def test_grays_scores_are_one_row_an_arm_and_cause():
    data = dataclasses.replace(DATA, event=[1, 2, 1, 2, 0, 1, 2, 0])

    frame = room.gray_test(data).to_frame("pandas")

    assert frame["groups"].tolist() == ["a", "b", "a", "b"]
    assert frame["cause"].tolist() == [1, 1, 2, 2]


def test_several_results_make_one_frame():
    frame = room.to_frame(room.rmst(DATA, 20), "pandas")

    assert frame["label"].tolist() == ["a", "b"]


def test_a_dictionary_survives_json_without_loss():
    found = room.log_rank(DATA)

    back = json.loads(json.dumps(found.to_dict()))

    assert back["chi_square"] == found.chi_square
    assert back["variance"] == found.variance.tolist()
    assert list(back) == [field.name for field in dataclasses.fields(found)]


def test_html_shows_labels_escaped_and_at_most_20_rows():
    n = 40
    data = TimeToEvent.of(range(1, n + 1), [1] * n, arm=["<i>"] * n)

    html = room.kaplan_meier(data)._repr_html_()

    assert "<td>&lt;i&gt;</td>" in html
    assert "<i>" not in html
    assert html.count("<tr>") == 21
    assert "40 rows; 20 are shown" in html


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
def test_every_class_leaves_as_dictionary_frame_html_and_references(kind):
    """Whoever adds a result adds an example of it: the classes are counted below."""
    results = EXAMPLES[kind]
    one = results[0] if isinstance(results, tuple) else results

    plain = json.loads(json.dumps(one.to_dict()))
    frames = [room.to_frame(results, library) for library in LIBRARIES]
    html, cited = one._repr_html_(), one.cite()

    shown = [f.name for f in dataclasses.fields(one) if f.repr]
    assert list(plain)[: len(shown)] == shown
    assert {tuple(frame.columns) for frame in frames} == {tuple(frames[0].columns)}
    assert {frame.shape for frame in frames} == {frames[0].shape}
    assert frames[0].shape[0] >= 1
    assert html.startswith(f"<table><caption>{kind}")
    assert html.count("<table") == html.count("</table>") == 1
    assert cited.splitlines()[-1].startswith("Computed with adjuvant ")
    wald = kind == "Proportion"  # the first of its examples; a Wald interval has no paper
    assert wald or re.search(r"(1[89]|20)\d\d[;.]", cited)


def test_every_result_class_has_an_example():
    assert {kind.__name__ for kind in result_classes()} <= set(EXAMPLES)


def test_html_of_a_test_needs_no_rows():
    assert "p_value" in room.fisher_exact(room.TwoByTwo(1, 5, 2, 5))._repr_html_()


@pytest.mark.parametrize(
    ("result", "author"),
    [
        (lambda: room.cox(DATA, ties="breslow"), "Breslow N."),
        (lambda: room.cox(DATA, robust=True), "Lin DY"),
        (lambda: room.reverse_kaplan_meier(DATA)[0], "Schemper M"),
        (lambda: room.relative_risk(room.TwoByTwo(1, 5, 2, 5)), "Katz D"),
        (lambda: room.odds_ratio(room.TwoByTwo(1, 5, 2, 5)), "Woolf B"),
        (lambda: room.chi_square(room.TwoByTwo(1, 5, 2, 5)), "Yates F"),
        (lambda: room.weighted_log_rank(DATA, room.ModestlyWeighted(9)), "Magirr D"),
        (lambda: room.newcombe(room.TwoByTwo(1, 5, 2, 5)), "Newcombe RG"),
        (lambda: room.rmst_difference(DATA, 20, covariates={"x": range(8)}), "Tian L"),
    ],
)
def test_references_follow_the_options_of_the_call(result, author):
    assert author in result().cite()


def test_a_wald_interval_has_the_program_as_its_only_reference():
    lines = room.risk_difference(room.TwoByTwo(1, 5, 2, 5)).cite().splitlines()

    assert len(lines) == 1
    assert lines[0].startswith("Computed with adjuvant ")


@pytest.mark.parametrize("asked", ["polars", None])
def test_a_missing_library_is_named_with_its_command(asked, monkeypatch):
    monkeypatch.setattr(export, "find_spec", lambda name: None)

    with pytest.raises(EnvironmentProblem, match=f"pip install {asked or 'pandas'}"):
        room.log_rank(DATA).to_frame(asked)


def test_the_library_already_imported_is_preferred(monkeypatch):
    monkeypatch.setattr(export, "sys", type("sys", (), {"modules": {"pyarrow": 1}}))
    monkeypatch.setattr(export, "find_spec", lambda name: name)

    assert export._library(None) == "pyarrow"
    assert export._library("pandas") == "pandas"


def test_an_unknown_library_is_refused():
    with pytest.raises(UsageError, match="write one of pandas, polars, pyarrow"):
        room.log_rank(DATA).to_frame("excel")


def test_what_is_no_result_is_refused():
    with pytest.raises(UsageError, match="int is no result"):
        room.to_dict(3)

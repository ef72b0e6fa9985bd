"""One object for the design: from a protocol or numbers, sized, powered, warned of, written."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adjuvant.core import InvalidInput
from adjuvant.design import (
    Accrual,
    ArmCourse,
    DesignStratum,
    GroupSequentialDesign,
    PiecewiseHazard,
    PlannedPatients,
    TrialDesign,
    design_from_numbers,
    design_from_protocol,
    design_text,
    design_warnings,
    events_power,
    planned_power,
    scenario_names,
    steps_of,
    steps_text,
    stopping_probabilities,
    under_hazard_ratio,
)
from adjuvant.design.delayed_effects import both_below, max_combo_power, modestly_weighted_power
from adjuvant.design.nonproportional import weighted_log_rank_power
from adjuvant.design.planned_power import power_at_means
from adjuvant.protocol import read_protocol_text

approx = pytest.approx
BASE = (Path(__file__).parents[1] / "protocol" / "base.yaml").read_text("utf-8")
DESIGN = """design:
  hypothesis: {endpoint: RFS, sided: 2, alpha: 0.05}
  multiplicity: {method: fixed_sequence, order: [A_RFS, A_TTR]}
"""
ISSUE = {
    "subjects": 150,
    "control_median": 24,
    "hazard_ratio": "1@0-6,0.55@6-",
    "accrual": 48,
    "looks": (54, 81, 107),
    "spending": "OBF",
}
W1 = {"subjects": 300, "events": 200, "control_median": 12, "hazard_ratio": 0.7, "accrual": 24}


def protocol(design: str, *, planned: int | None = None):
    text = BASE.replace(DESIGN, DESIGN + design)
    assert design in text
    if planned is not None:
        text = text.replace("population:", f"population:\n  planned: {planned}", 1)
        assert "planned:" in text
    return read_protocol_text(text, "protocol.yaml").protocol


def kinds(design: TrialDesign) -> set[str]:
    return {w.kind for w in design_warnings(design, planned_power(design))}


@pytest.mark.by_hand
def test_survival_at_three_years_becomes_the_monthly_hazard():
    """33% free of the event at 36 months: -ln(0.33) / 36; the ratio is ln(0.48) / ln(0.33)."""
    made = design_from_protocol(
        protocol("  survival: {CTL: {3 y: 0.33}, IMM: {3 y: 0.48}}\n  accrual: 36 mo\n"
                 "  follow_up_after_last: 60 mo\n  power: 0.9\n")
    )  # fmt: skip

    hazard = made.patients.strata[0].control.hazard
    assert hazard.rates[0] == approx(-math.log(0.33) / 36)
    assert made.hazard_ratio == approx(math.log(0.48) / math.log(0.33))
    assert made.computed == ("events", "subjects")
    assert events_power(made.hazard_ratio, made.events, alpha=0.05, sided=2) >= 0.9
    assert events_power(made.hazard_ratio, made.events - 1, alpha=0.05, sided=2) < 0.9


@pytest.mark.by_hand
def test_piecewise_survival_goes_through_every_point():
    points = {12: 0.8, 36: 0.5, 60: 0.45}
    text = ", ".join(f"{t} mo: {p}" for t, p in points.items())
    made = design_from_protocol(
        protocol(f"  shape: piecewise\n  survival: {{CTL: {{{text}}}}}\n  hazard_ratio: 0.7\n"
                 "  accrual: 36 mo\n  follow_up_after_last: 60 mo\n  events: 80\n")
    )  # fmt: skip

    survival = made.patients.strata[0].control.hazard.survival(list(points))
    assert survival.tolist() == approx(list(points.values()))


@pytest.mark.by_hand
def test_a_design_names_all_that_it_lacks_at_once():
    with pytest.raises(InvalidInput) as refused:
        design_from_protocol(protocol("  note: nothing yet\n"))

    for word in ("survival of CTL", "hazard_ratio", "accrual", "events, or power", "planned"):
        assert word in str(refused.value)


@pytest.mark.by_hand
def test_a_design_that_says_twice_how_an_arm_fares_is_refused():
    with pytest.raises(InvalidInput, match="P121: the effect is given as hazard_ratio and as"):
        design_from_protocol(
            protocol("  survival: {CTL: {3 y: 0.3}, IMM: {3 y: 0.5}}\n  hazard_ratio: 0.6\n"
                     "  accrual: 36 mo\n  follow_up_after_last: 60 mo\n  power: 0.9\n")
        )  # fmt: skip


@pytest.mark.by_hand
def test_deaths_that_count_are_taken_out_of_the_hazard_of_recurrence():
    """RFS counts death: hazard of RFS = recurrence + death, in both arms."""
    made = design_from_protocol(
        protocol("  survival: {CTL: {3 y: 0.33}}\n  hazard_ratio: 0.7\n  accrual: 36 mo\n"
                 "  follow_up_after_last: 60 mo\n  events: 80\n"
                 "  competing_death: {hazard_per_y: 0.03}\n")
    )  # fmt: skip

    course = made.patients.strata[0].control
    whole = -math.log(0.33) / 36
    assert made.patients.death_counts
    assert course.hazard.rates[0] == approx(whole - 0.03 / 12)
    assert made.assumptions.control_hazard.rates[0] == approx(whole)
    assert not any(made.assumptions.control_dropout.rates)


@pytest.mark.by_hand
def test_who_never_starts_lives_as_the_control():
    """Half never start: S = (S_control + S_experimental) / 2 at every step."""
    rate = PiecewiseHazard.constant(0.05)
    course = DesignStratum(ArmCourse(rate), ArmCourse(rate.times_ratio(0.5)))
    who = PlannedPatients(strata=(course,), accrual=Accrual.uniform(1, 24), never_started=0.5)

    mixed = who.assumptions(100).experimental_hazard.survival([12, 36])

    by_hand = [(math.exp(-0.05 * t) + math.exp(-0.025 * t)) / 2 for t in (12, 36)]
    assert mixed.tolist() == approx(by_hand, abs=1e-12)


@pytest.mark.by_hand
def test_who_stops_has_the_controls_hazard_from_then_on():
    """Stopping at rate s: S = e^{-(s+b)t} + s e^{-at} (1 - e^{-(s+b-a)t}) / (s+b-a)."""
    a, b, s = 0.05, 0.02, 0.03
    course = DesignStratum(
        ArmCourse(PiecewiseHazard.constant(a)), ArmCourse(PiecewiseHazard.constant(b))
    )
    who = PlannedPatients(
        strata=(course,), accrual=Accrual.uniform(1, 24), stopping=PiecewiseHazard.constant(s)
    )

    mixed = who.assumptions(100).experimental_hazard.survival([12, 36])

    by_hand = [
        math.exp(-(s + b) * t)
        + s * math.exp(-a * t) * (1 - math.exp(-(s + b - a) * t)) / (s + b - a)
        if s + b != a
        else math.exp(-a * t) * (1 + s * t)
        for t in (12, 36)
    ]
    assert mixed.tolist() == approx(by_hand, abs=2e-5)


@pytest.mark.by_hand
def test_a_cured_share_is_the_limit_of_survival():
    cured = ArmCourse(PiecewiseHazard.constant(0.1), cured=0.4)
    who = PlannedPatients(strata=(DesignStratum(cured, cured),), accrual=Accrual.uniform(1, 24))

    survival = who.assumptions(10).control_hazard.survival([240.0])

    assert survival[0] == approx(0.4, abs=1e-8)


@pytest.mark.by_hand
def test_strata_mix_to_the_survival_of_all():
    parts = [DesignStratum(ArmCourse(PiecewiseHazard.constant(h)),
                           ArmCourse(PiecewiseHazard.constant(h / 2)), share)
             for h, share in ((0.02, 0.25), (0.06, 0.75))]  # fmt: skip
    who = PlannedPatients(strata=tuple(parts), accrual=Accrual.uniform(1, 24))

    survival = who.assumptions(10).control_hazard.survival([24.0])

    assert survival[0] == approx(0.25 * math.exp(-0.48) + 0.75 * math.exp(-1.44))


@pytest.mark.published
def test_w1_has_three_powers_and_the_simulated_one_is_the_truth():
    """Schoenfeld 0.7130; the score of the log-rank 0.7120; lrstat simulates 0.7100 +- 0.0007."""
    made = design_from_numbers(**W1)

    assert events_power(0.7, 200) == approx(0.7130, abs=5e-5)
    assert planned_power(made).reject == approx(0.7120, abs=5e-5)


@pytest.mark.property
@settings(max_examples=30, deadline=None)
@given(
    first=st.floats(0.2, 0.8),
    drift=st.floats(-1.0, 5.0),
    family=st.sampled_from(["pocock", "lan_demets_obrien_fleming", "lan_demets_pocock"]),
    sided=st.sampled_from([1, 2]),
)
def test_means_on_a_line_give_the_stopping_probabilities_of_one_drift(first, drift, family, sided):
    design = GroupSequentialDesign(spending=family, information_rates=(first, 1.0), sided=sided)

    stops = power_at_means(design, [drift * math.sqrt(first), drift], [first, 1.0])

    expected = stopping_probabilities(design, drift)
    if drift >= 0:
        assert [stop[0] for stop in stops] == approx(expected.efficacy, abs=1e-11)


@pytest.mark.property
def test_bounds_under_no_effect_are_crossed_at_their_level():
    made = design_from_numbers(**ISSUE)
    nobody = under_hazard_ratio(made.patients, 1.0)

    assert planned_power(made, nobody).reject == approx(0.025, abs=2e-4)


@pytest.mark.property
@settings(max_examples=20, deadline=None)
@given(st.floats(0.4, 0.9), st.floats(0.4, 0.9))
def test_a_stronger_effect_has_more_power(one, other):
    made = design_from_numbers(**W1)
    low, high = sorted((one, other))

    strong = planned_power(made, under_hazard_ratio(made.patients, low)).reject
    weak = planned_power(made, under_hazard_ratio(made.patients, high)).reject

    assert strong >= weak - 1e-12


@pytest.mark.by_hand
def test_the_example_of_the_command_line_is_a_design():
    made = design_from_numbers(**ISSUE)

    assert made.look_events == (54, 81, 107)
    assert made.hazard_ratio is None
    assert planned_power(made).reject == approx(0.6485, abs=1e-3)


@pytest.mark.by_hand
@pytest.mark.parametrize(
    ("left_out", "rest"),
    [
        ("subjects", {"events": 150, "follow_up": 36}),
        ("events", {"subjects": 220, "power": 0.8}),
        ("both", {"power": 0.8, "follow_up": 36}),
        ("duration", {"power": 0.8, "follow_up": 36, "accrual": None, "accrual_per_month": 6}),
    ],
)
def test_what_is_left_out_is_solved_for(left_out, rest):
    options = {"control_median": 24, "hazard_ratio": 0.63, "accrual": 48} | rest

    made = design_from_numbers(**{k: v for k, v in options.items() if v is not None})

    found = planned_power(made)
    if "power" in rest:
        assert found.reject == approx(0.8, abs=0.01)
    if "follow_up" in rest:
        end = made.patients.accrual.duration + 36
        assert found.looks[-1].time == approx(end, abs=1.5)


@pytest.mark.published
def test_102_events_detect_the_ratio_of_the_reference_study():
    """102 events detect 0.574 with 80% power by Schoenfeld; by the score of the test 0.573."""
    made = design_from_numbers(subjects=150, events=102, power=0.8, control_median=24, accrual=48)

    assert made.hazard_ratio == approx(0.574, abs=0.002)


@pytest.mark.by_hand
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"hazard_ratio": "0.7x"}, "is not a step"),
        ({"hazard_ratio": -1}, "expected a number from 0 on"),
        ({"hazard_ratio": 0}, "expected numbers above 0"),
        ({"hazard_ratio": "1@0-6,0.5@7-"}, "each step begins where the one before ends"),
        ({"hazard_ratio": "1@1-"}, "begin at 0"),
        ({"control_median": None}, "how the control fares"),
        ({"control_survival": "0.3@36"}, "how the control fares"),
        ({"events": None, "subjects": 300}, "neither events nor power"),
        ({"subjects": None}, "neither the patients nor the follow-up"),
        ({"accrual": None}, "how long accrual lasts"),
        ({"accrual_per_month": 3}, "give one"),
        ({"looks": (107, 81)}, "rising"),
        ({"looks": (54.5, 107)}, "rising numbers of events"),
        ({"looks": (54, 107)}, "give one"),
        ({"spending": "OBF"}, "need interim looks"),
        ({"looks": (0.5, 1), "spending": "OBX"}, "no spending 'OBX'"),
        ({"power": 0.8}, "leave one out"),
        ({"hazard_ratio": None}, "give the power"),
        ({"events": 301}, "as many as patients"),
        ({"ratio": 0}, "above 0"),
        ({"imaging": -1}, "imaging"),
        ({"test": "modestly_weighted"}, "needs its delay"),
        ({"test": "rmst"}, "needs its horizon"),
        ({"gamma": 1}, "gamma belongs to the test fleming_harrington"),
        ({"delay": 6}, "delay belongs to the test modestly_weighted"),
        ({"horizon": 36}, "horizon belongs to the test rmst or milestone"),
        ({"binding": True}, "belong to futility"),
        ({"spending_parameter": 2}, "need interim looks"),
        ({"accrual": -3}, "accrual"),
        ({"never_started": 1.0}, "share below 1"),
    ],
)
def test_each_wrong_option_has_one_clear_error(options, words):
    given_ = {k: v for k, v in (W1 | options).items() if v is not None}

    with pytest.raises(InvalidInput, match=words):
        design_from_numbers(**given_)


@pytest.mark.property
@pytest.mark.parametrize(
    "options",
    [
        W1,
        ISSUE,
        ISSUE | {"futility": "HSD", "futility_parameter": -2, "power": 0.8},
        W1 | {"ratio": 2, "dropout_per_y": 0.05, "imaging": 3, "never_started": 0.1},
        W1 | {"control_median": None, "control_survival": "0.8@12,0.4@48",
              "accrual_shape": "1@0-6,2@6-"},
        W1 | {"test": "fleming_harrington", "gamma": 1},
        W1 | {"test": "modestly_weighted", "delay": 6},
        W1 | {"margin": 1.3},
        W1 | {"death_per_y": 0.02},
        ISSUE | {"spending": "KD", "spending_parameter": 2.5},
    ],
)  # fmt: skip
def test_the_protocol_text_of_a_design_gives_the_design_again(options):
    made = design_from_numbers(**{k: v for k, v in options.items() if v is not None})

    text = design_text(made, control="CTL", experimental="IMM")
    order = "  multiplicity: {method: fixed_sequence, order: [A_RFS, A_TTR]}\n"
    population, ratio, design = _parts(text)
    whole = BASE.replace(DESIGN, population + design + order)
    ratio = ratio.split("\n  ")[1].strip()
    whole = whole.replace("allocation: {CTL: 1, IMM: 1}", ratio)
    again = design_from_protocol(read_protocol_text(whole, "protocol.yaml").protocol)

    assert (again.subjects, again.look_events) == (made.subjects, made.look_events)
    assert planned_power(again).reject == approx(planned_power(made).reject, abs=1e-9)
    assert again.patients.imaging == made.patients.imaging


def _parts(text: str) -> list[str]:
    found, lines = [], text.splitlines(keepends=True)
    for line in lines:
        if not line.startswith(" "):
            found.append("")
        found[-1] += line
    return found


@pytest.mark.property
@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0.1, 5), min_size=1, max_size=4))
def test_steps_are_read_as_they_are_written(rates):
    steps = PiecewiseHazard(tuple(6.0 * k for k in range(len(rates))), tuple(rates))

    again = steps_of(steps_text(steps), "hr")

    assert again.times == steps.times
    assert again.rates == approx(steps.rates, rel=1e-9)


@pytest.mark.by_hand
def test_scenarios_keep_size_looks_and_bounds():
    found = protocol(
        "  survival: {CTL: {3 y: 0.33}}\n  hazard_ratio: 0.6\n  accrual: 36 mo\n"
        "  follow_up_after_last: 60 mo\n  power: 0.8\n"
        "  scenarios:\n"
        "    late: {label: A late effect, hazard_ratio_from: {0 mo: 1, 6 mo: 0.6}}\n"
        "    losses: {dropout: {hazard_per_y: 0.1}}\n"
    )

    assert scenario_names(found) == ("planned", "null", "late", "losses")
    planned, late, losses = (design_from_protocol(found, n) for n in ("planned", "late", "losses"))
    assert (late.events, late.subjects) == (planned.events, planned.subjects)
    assert late.hazard_ratio is None
    assert losses.hazard_ratio == approx(0.6)
    assert planned_power(late).reject < planned_power(planned).reject
    assert design_from_protocol(found, "null").hazard_ratio == approx(1.0)
    with pytest.raises(InvalidInput, match="no scenario 'waning'"):
        design_from_protocol(found, "waning")


@pytest.mark.by_hand
def test_every_silent_error_is_warned_of_and_a_plain_design_of_none():
    assert kinds(design_from_numbers(**W1)) == set()
    assert kinds(design_from_numbers(**ISSUE)) == {"delayed_effect"}
    front = W1 | {"accrual_shape": "3@0-6,1@6-"}
    assert kinds(design_from_numbers(**front)) == {"front_loaded_accrual"}
    assert kinds(design_from_numbers(**W1 | {"death_per_y": 0.03})) == {"competing_death"}
    assert kinds(design_from_numbers(**W1 | {"never_started": 0.1})) == {"product_failure"}
    assert kinds(design_from_numbers(**W1 | {"imaging": 3})) == {"visits"}
    weighted = W1 | {"test": "fleming_harrington", "gamma": 1, "looks": (100, 200)}
    assert kinds(design_from_numbers(**weighted)) == {"information_fraction"}
    few = W1 | {"looks": (12, 200)}
    assert kinds(design_from_numbers(**few)) == {"few_events"}


@pytest.mark.by_hand
def test_death_left_out_of_a_design_whose_endpoint_it_competes_with_is_told():
    text = BASE.replace(
        DESIGN,
        DESIGN.replace("endpoint: RFS", "endpoint: TTR")
        + "  survival: {CTL: {3 y: 0.33}}\n  hazard_ratio: 0.6\n  accrual: 36 mo\n"
        "  follow_up_after_last: 60 mo\n  power: 0.8\n",
    )

    made = design_from_protocol(read_protocol_text(text, "protocol.yaml").protocol)

    warning = next(
        w for w in design_warnings(made, planned_power(made)) if w.kind == "competing_death_missing"
    )
    assert "nobody dies in the design" in warning.found


@pytest.mark.by_hand
def test_a_template_whose_events_are_too_few_for_its_power_is_told():
    made = design_from_numbers(
        subjects=300, power=None, events=220, control_survival="0.33@36", accrual=36, follow_up=60,
        hazard_ratio=0.662,
    )  # fmt: skip
    aimed = TrialDesign(
        looks=made.looks, events=220, subjects=300, patients=made.patients, power=0.95
    )

    assert kinds(aimed) == {"power_short"}


@pytest.mark.by_hand
def test_two_normals_below_zero():
    """Sheppard 1899: 1/4 + asin(rho) / (2 pi)."""
    for rho in (-0.7, 0.0, 0.3, 0.9):
        assert both_below(0, 0, rho) == approx(0.25 + math.asin(rho) / (2 * math.pi), abs=1e-12)


@pytest.mark.published
def test_the_better_of_two_tests_has_dunnetts_bound():
    """Dunnett 1964: two treatments, correlation 0.5, one-sided 0.05: 1.92; 0.01: 2.56."""
    assert 1 - both_below(1.916, 1.916, 0.5) == approx(0.05, abs=2e-4)
    assert 1 - both_below(2.558, 2.558, 0.5) == approx(0.01, abs=1e-4)


@pytest.mark.property
def test_modest_weights_with_no_delay_are_the_log_rank_test():
    trial = design_from_numbers(**ISSUE).assumptions

    plain = weighted_log_rank_power(trial, 80.0)
    modest = modestly_weighted_power(trial, 80.0, delay=0.0)

    assert modest == plain
    late = modestly_weighted_power(trial, 80.0, delay=1e6)
    # Until the end of follow-up the weight is 1 / S: Fleming-Harrington's with rho = -1.
    assert late.power > plain.power


@pytest.mark.property
def test_max_combo_lies_between_its_best_part_and_bonferroni():
    trial = design_from_numbers(**ISSUE).assumptions

    combo = max_combo_power(trial, 80.0)
    best = max(weighted_log_rank_power(trial, 80.0, gamma=g, alpha=0.025).power for g in (0.0, 1.0))
    split = max(
        weighted_log_rank_power(trial, 80.0, gamma=g, alpha=0.0125).power for g in (0.0, 1.0)
    )

    assert split - 1e-9 < combo.power < best + 0.02
    assert 0 < combo.correlation < 1
    assert np.isfinite(combo.critical_value)


@pytest.mark.by_hand
def test_the_cured_share_of_the_treated_is_the_controls_unless_it_is_given():
    """40% cured, 55% free at 3 years: (0.55 - 0.4) / 0.6 = 0.25 of the others are free."""
    text = ("  shape: cure\n  survival: {CTL: {3 y: 0.55}}\n  cured: {CTL: 0.4}\n"
            "  hazard_ratio: 0.7\n  accrual: 36 mo\n  follow_up_after_last: 60 mo\n"
            "  events: 60\n")  # fmt: skip

    same = design_from_protocol(protocol(text)).patients.strata[0]
    more = design_from_protocol(protocol(text.replace("CTL: 0.4", "CTL: 0.4, IMM: 0.5"))).patients

    assert same.control.hazard.rates[0] == approx(-math.log(0.25) / 36)
    assert (same.control.cured, same.experimental.cured) == (0.4, 0.4)
    assert more.strata[0].experimental.cured == 0.5


@pytest.mark.by_hand
def test_the_ratio_of_an_endpoint_that_counts_death_is_that_of_all_of_it():
    made = design_from_protocol(
        protocol("  survival: {CTL: {3 y: 0.33}}\n  hazard_ratio: 0.7\n  accrual: 36 mo\n"
                 "  follow_up_after_last: 60 mo\n  events: 80\n"
                 "  competing_death: {hazard_per_y: 0.03}\n")
    )  # fmt: skip

    again = under_hazard_ratio(made.patients, 0.7)

    assert made.hazard_ratio == approx(0.7)
    assert planned_power(made, again).reject == approx(planned_power(made).reject, abs=1e-12)


@pytest.mark.by_hand
def test_dates_of_looks_are_waited_for_with_their_events():
    text = ("  survival: {CTL: {3 y: 0.33}}\n  hazard_ratio: 0.7\n  accrual: 36 mo\n"
            "  follow_up_after_last: 60 mo\n  events: 200\n"
            "  looks: {by: DSMB, information: [0.5, 1], at: [60 mo, 61 mo], "
            "rule: RULE}\n")  # fmt: skip
    found = {
        rule: planned_power(design_from_protocol(protocol(text.replace("RULE", rule)))).looks
        for rule in ("later", "earlier")
    }

    assert found["later"][0].time == approx(60.0)
    assert found["later"][1].time > 61.0
    assert found["earlier"][0].time < 60.0
    assert found["earlier"][1].time == approx(61.0)


SIZED = "  accrual: 36 mo\n  follow_up_after_last: 60 mo\n  events: 60\n  power: 0.8\n"


@pytest.mark.property
@pytest.mark.parametrize(
    "design",
    [
        "  hazard_ratio: 0.6\n  strata:\n"
        "    - {label: early, fraction: 0.4, survival: {3 y: 0.7}}\n"
        "    - {label: late, fraction: 0.6, survival: {3 y: 0.3}}\n",
        "  shape: cure\n  survival: {CTL: {3 y: 0.5}}\n  cured: {CTL: 0.3}\n  hazard_ratio: 0.6\n",
        "  survival: {CTL: {3 y: 0.3}}\n  hazard_ratio: 0.6\n  product_failure: "
        "{never_started: 0.1, stopping_per_y: 0.05}\n  dropout: {by_arm: {CTL: 0.05, IMM: 0.02}}\n",
        "  survival: {CTL: {3 y: 0.3}}\n  hazard_ratio: 0.6\n  looks: {by: DSMB, information: "
        "[0.4, 1], harm_alpha: 0.1, harm_spending: lan_demets_pocock, futility: binding, "
        "futility_z: [0.1]}\n",
        "  survival: {CTL: {3 y: 0.3}}\n  hazard_ratio: 0.6\n  looks: {by: DSMB, information: "
        "[0.4, 1], at: [30 mo, 70 mo], rule: earlier, latest: 90 mo}\n",
        "  survival: {CTL: {3 y: 0.3}, IMM: {3 y: 0.5}}\n  competing_death: {hazard_per_y: 0.02}\n",
    ],
    ids=["strata", "cure", "failure", "harm", "dates", "death"],
)
def test_the_text_of_a_protocols_design_gives_it_again(design):
    made = design_from_protocol(protocol(design + SIZED))

    text = design_text(made, control="CTL", experimental="IMM")
    order = "  multiplicity: {method: fixed_sequence, order: [A_RFS, A_TTR]}\n"
    population, _, parts = _parts(text)
    whole = BASE.replace(DESIGN, population + parts + order)
    again = design_from_protocol(read_protocol_text(whole, "protocol.yaml").protocol)

    one, other = planned_power(made), planned_power(again)
    assert (again.look_events, again.look_times) == (made.look_events, made.look_times)
    assert other.reject == approx(one.reject, abs=1e-9)
    assert [look.time for look in other.looks] == approx([look.time for look in one.looks])


@pytest.mark.published
def test_each_formula_of_the_events_gives_its_own_size():
    """Schoenfeld 247, Freedman (1 + h)^2 / (1 - h)^2 Q = 253 events at 0.7 and 80%."""
    options = {"power": 0.8, "control_median": 12, "hazard_ratio": 0.7, "accrual": 24,
               "follow_up": 12}  # fmt: skip

    found = {
        formula: design_from_numbers(**options, formula=formula)
        for formula in ("schoenfeld", "freedman", "lachin_foulkes")
    }

    assert found["schoenfeld"].events == 247
    assert found["freedman"].events == math.ceil(7.848879734 * (1.7 / 0.3) ** 2)
    assert abs(found["lachin_foulkes"].subjects - found["schoenfeld"].subjects) <= 10
    with pytest.raises(InvalidInput, match="leave the patients out"):
        design_from_numbers(**options | {"subjects": 300}, formula="lachin_foulkes")


@pytest.mark.by_hand
def test_the_formula_counts_where_recruitment_has_a_rate():
    """Freedman at 0.6 and 80%: 7.8489 (1.6 / 0.4)^2 = 125.6 events."""
    options = {"power": 0.8, "control_median": 24, "hazard_ratio": 0.6, "accrual_per_month": 5,
               "follow_up": 24}  # fmt: skip

    assert design_from_numbers(**options, formula="freedman").events == 126
    with pytest.raises(InvalidInput, match="accrual in months"):
        design_from_numbers(**options, formula="lachin_foulkes")


@pytest.mark.by_hand
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"hazard_ratio": "1@0-6,0.6@6-", "accrual": 24, "formula": "freedman"},
            "one hazard ratio",
        ),
        ({"hazard_ratio": 0.6, "accrual": 24, "formula": "freedman", "events": 100}, "not given"),
        ({"hazard_ratio": "1@0-6,0.6@6-", "accrual_per_month": 5}, "accrual in months"),
        ({"hazard_ratio": 0.6, "accrual_per_month": 5, "never_started": 0.1}, "one hazard ratio"),
    ],
)
def test_what_a_formula_does_not_know_is_refused_not_ignored(options, words):
    with pytest.raises(InvalidInput, match=words):
        design_from_numbers(power=0.8, control_median=24, follow_up=24, **options)

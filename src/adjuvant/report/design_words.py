"""A design in words: headline, assumptions, looks and checked numbers, for terminal and page."""

from collections.abc import Sequence

from adjuvant.design.assumptions import PiecewiseHazard
from adjuvant.design.steps import steps_text
from adjuvant.design.trial_design import ArmCourse, TrialDesign
from adjuvant.report.checked_design import CheckedDesign, CheckedLook, CheckedNumber

__all__ = [
    "assumption_rows",
    "bound_table",
    "checked_cells",
    "date_table",
    "headline",
    "number_rows",
]

_NAMES = {
    "power": "Power (score of the test)",
    "power, Schoenfeld": "Power (Schoenfeld)",
    "level": "Error in favour of the experimental arm",
    "expected events": "Expected events at the end",
    "expected duration": "Expected duration, months",
    "expected patients": "Expected patients at the end",
    "expected events without effect": "... without effect: events",
    "expected duration without effect": "... without effect: months",
    "expected patients without effect": "... without effect: patients",
}
_SHARES = ("power", "power, Schoenfeld", "level")
_FAMILIES = {
    "none": "a single look",
    "obrien_fleming": "O'Brien-Fleming",
    "pocock": "Pocock",
    "wang_tsiatis": "Wang-Tsiatis",
    "haybittle_peto": "Haybittle-Peto",
    "lan_demets_obrien_fleming": "Lan-DeMets spending of the O'Brien-Fleming type",
    "lan_demets_pocock": "Lan-DeMets spending of the Pocock type",
    "kim_demets": "Kim-DeMets spending",
    "hwang_shih_decani": "Hwang-Shih-DeCani spending",
}


def headline(checked: CheckedDesign) -> str:
    """Return the design in one sentence, its power as simulated."""
    d, power = checked.design, checked.power.simulated
    where = f"{d.trial}: " if d.trial else ""
    what = f" of {d.endpoint}" if d.endpoint else ""
    assert power is not None
    return (
        f"{where}{d.subjects} patients, {d.events} events{what}, {d.looks.looks} "
        f"look{'s' if d.looks.looks > 1 else ''}: power {power.value:.1%} "
        f"(± {power.standard_error:.1%} of Monte-Carlo error)"
    )


def assumption_rows(design: TrialDesign) -> list[tuple[str, str]]:
    """Return what is assumed as (name, words)."""
    patients, looks = design.patients, design.looks
    rows = [
        ("Arms", f"{design.experimental} against {design.control}, {_ratio(design)}"),
        ("Hazard ratio", _hazard_ratio(design)),
        *[(f"{design.control}{_of(s.label)}", _course(s.control)) for s in patients.strata],
        *[(f"{design.experimental}{_of(s.label)}", _course(s.experimental))
          for s in patients.strata],
        ("Recruitment", _recruitment(design)),
        ("Follow-up", "until the events of the last look" if design.follow_up is None
         else f"{design.follow_up:g} months after the last patient"),
        ("Lost to follow-up", _loss(design, "dropout")),
        ("Competing death", _loss(design, "death")),
        ("Recurrence is seen", "when it happens" if patients.imaging is None
         else f"at visits every {patients.imaging.times[0]:g} months"),
        ("Product failure", _failure(design)),
        ("Test", _test(design)),
        ("Efficacy bounds", _FAMILIES.get(str(looks.spending), "a spending function of your own")),
    ]  # fmt: skip
    if looks.has_futility:
        rows.append(("Futility", _futility(design)))
    if design.computed:
        rows.append(("Computed", ", ".join(name.replace("_", " ") for name in design.computed)))
    return [(name, words) for name, words in rows if words]


def bound_table(checked: CheckedDesign) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return head and rows of the bounds, look by look."""
    extra = [name for name in ("futility_z", "harm_z") if _any(checked, name)]
    head = ("look", "events", "of all", "z", *(name.replace("_", " ") for name in extra))
    rows = [
        (
            str(look.number),
            str(look.events),
            f"{look.information:.1%}",
            f"{look.z:.4f}",
            *("" if (z := getattr(look, name)) is None else f"{z:.4f}" for name in extra),
            f"{look.p:.5f}",
            f"{look.hazard_ratio:.3f}",
            f"{look.alpha_spent:.5f}",
        )
        for look in checked.looks
    ]
    return (*head, "p one-sided", "HR at bound", "alpha spent"), rows


def date_table(checked: CheckedDesign) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return head and rows of when the looks come and how often a bound is crossed by then."""
    futile = _any(checked, "futility_z")
    head = ("look", "month", "simulated", "90% band", "efficacy by then", "simulated")
    rows = [
        (
            str(look.number),
            _formula(look.month, "{:.1f}"),
            _simulated(look.month, "{:.1f}"),
            _band(look),
            _formula(look.stopping, "{:.1%}"),
            _simulated(look.stopping, "{:.1%}"),
            *(
                (_formula(look.futility, "{:.1%}"), _simulated(look.futility, "{:.1%}"))
                if futile
                else ()
            ),
        )
        for look in checked.looks
    ]
    return (*head, *(("futility by then", "simulated") if futile else ())), rows


def number_rows(checked: CheckedDesign) -> list[tuple[str, CheckedNumber]]:
    """Return the numbers with the words for them."""
    return [(_NAMES[number.name], number) for number in checked.numbers]


def checked_cells(number: CheckedNumber) -> tuple[str, str, str, str]:
    """Return a number's formula, simulation, error, and whether they differ, as text.

    >>> from adjuvant.simulation import Simulated
    >>> checked_cells(CheckedNumber("power", 0.7130, Simulated(0.7100, 0.0007)))
    ('0.7130', '0.7100', '0.0007', 'differs by +0.0030')
    """
    decimals = 4 if number.name in _SHARES else 2
    formula = "no formula" if number.formula is None else f"{number.formula:.{decimals}f}"
    run = number.simulated
    if run is None:
        return formula, "", "", ""
    words = ""
    if number.difference is not None and number.differs:
        words = f"differs by {number.difference:+.{decimals}f}"
    error = f"{run.standard_error:.{decimals}f}"
    return formula, f"{run.value:.{decimals}f}", error, words


def _any(checked: CheckedDesign, name: str) -> bool:
    return any(getattr(look, name) is not None for look in checked.looks)


def _formula(number: CheckedNumber, form: str) -> str:
    return "no formula" if number.formula is None else form.format(number.formula)


def _simulated(number: CheckedNumber, form: str) -> str:
    return "" if number.simulated is None else form.format(number.simulated.value)


def _band(look: CheckedLook) -> str:
    """Return when chance alone lets the look come."""
    band = look.band
    if band is None or band.lower is None or band.upper is None:
        return ""
    return f"{band.lower:.0f}-{band.upper:.0f}"


def _ratio(design: TrialDesign) -> str:
    return f"{design.allocation_ratio:g}:1"


def _of(label: str) -> str:
    return f", {label}" if label else ""


def _hazard_ratio(design: TrialDesign) -> str:
    ratio = design.hazard_ratio
    if ratio is not None:
        return f"{ratio:.3f}"
    stratum = design.patients.strata[0]
    control, experimental = stratum.control.hazard, stratum.experimental.hazard
    times = sorted({*control.times, *experimental.times})
    low, high = control.at(times), experimental.at(times)
    if not (low > 0).all():
        return "changes in time"
    ratios = [round(float(r), 6) for r in high / low]
    kept = [k for k, r in enumerate(ratios) if k == 0 or r != ratios[k - 1]]
    steps = PiecewiseHazard(tuple(times[k] for k in kept), tuple(ratios[k] for k in kept))
    words = steps_text(steps)
    unit = " (months)" if "@" in words else ""
    return words + unit + _of_whom(design)


def _of_whom(design: TrialDesign) -> str:
    """Return among whom the ratio holds, where it is not among all patients."""
    patients = design.patients
    found = []
    if patients.never_started or any(patients.stopping.rates):
        found.append("who receive the treatment")
    if any(s.control.cured for s in patients.strata):
        found.append("who are not cured")
    if len(patients.strata) > 1:
        found.append("of one stratum")
    return f", among patients {' and '.join(found)}" if found else ""


def _course(course: ArmCourse) -> str:
    """Return survival at one, three and five years."""
    free = course.event_free([12.0, 36.0, 60.0])  # type: ignore[arg-type]
    words = ", ".join(
        f"{share:.0%} at {years} y" for share, years in zip(free.tolist(), (1, 3, 5), strict=True)
    )
    cured = f"; {course.cured:.0%} cured" if course.cured else ""
    return f"free of the event {words}{cured}"


def _loss(design: TrialDesign, what: str) -> str:
    stratum = design.patients.strata[0]
    rates = [
        12 * getattr(course, what).rates[0] for course in (stratum.control, stratum.experimental)
    ]
    if not any(rates):
        return "nobody"
    if rates[0] == rates[1]:
        return f"{100 * rates[0]:g} in 100 patient-years"
    return f"{100 * rates[0]:g} and {100 * rates[1]:g} in 100 patient-years (control, experimental)"


def _recruitment(design: TrialDesign) -> str:
    accrual = design.patients.accrual
    shape = f", rates {_relative(accrual.times, accrual.rates)}" if len(accrual.times) > 1 else ""
    return f"{design.subjects} patients in {accrual.duration:g} months{shape}"


def _test(design: TrialDesign) -> str:
    sides = "two" if design.looks.sided == 2 else "one"
    margin = f", against a margin of {design.null_hazard_ratio:g}"
    words = f"{design.test.words}, {design.looks.alpha:g} {sides}-sided"
    return words + (margin if design.null_hazard_ratio != 1 else "")


def _failure(design: TrialDesign) -> str:
    patients = design.patients
    stopping = 12 * patients.stopping.rates[0]
    parts = []
    if patients.never_started:
        parts.append(f"{patients.never_started:.0%} never start")
    if stopping:
        parts.append(f"{100 * stopping:g} in 100 patient-years stop")
    return "; ".join(parts)


def _futility(design: TrialDesign) -> str:
    looks = design.looks
    kind = "binding" if looks.binding else "non-binding"
    if looks.futility_bounds is not None:
        return f"{kind}, at fixed z"
    return f"{kind}, beta by {_FAMILIES.get(str(looks.beta_spending), 'your own spending')}"


def _relative(times: Sequence[float], rates: Sequence[float]) -> str:
    largest = max(rates)
    return ", ".join(
        f"{rate / largest:.2g} from month {time:g}" for time, rate in zip(times, rates, strict=True)
    )

"""The design report: a folder with one page, its figures, the numbers and the protocol text."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

import adjuvant
from adjuvant.core import InvalidInput
from adjuvant.design.to_protocol import design_text
from adjuvant.report.checked_design import CheckedDesign
from adjuvant.report.design_figures import (
    accrual_figure,
    boundary_figure,
    power_curve,
    power_figure,
)
from adjuvant.report.design_words import (
    assumption_rows,
    bound_table,
    checked_cells,
    date_table,
    headline,
    number_rows,
)
from adjuvant.report.page import environment
from adjuvant.report.save import figure_bytes, inline_svg
from adjuvant.report.write import check_place, write_folder

__all__ = ["design_python", "write_design_report"]

PAGE = "design.html"


@dataclass(frozen=True)
class _Picture:
    number: int
    stem: str
    svg: str
    alt: str
    caption: str


def write_design_report(
    checked: CheckedDesign, out: Path | str, *, python: str = "", replace: bool = False
) -> Path:
    """Write the design report into the new folder `out` and return the path of its page.

    The folder holds design.html (which needs no other file), figures/ as SVG, PDF and PNG,
    design.json with every number, design.yaml with the protocol text, and report.json with the
    sha256 of each. It appears whole or not at all.

    python      the Python that gives the design again (`design_python`).
    replace     whether an earlier report in `out` is replaced; nothing else ever is.
    Raises      UsageError where `out` exists; EnvironmentProblem where it cannot be written.

    >>> from tempfile import TemporaryDirectory
    >>> from adjuvant.design import design_from_numbers
    >>> from adjuvant.report.checked_design import design_facts
    >>> from adjuvant.simulation import planned_scenario, simulate
    >>> made = design_from_numbers(subjects=300, events=200, control_median=12, hazard_ratio=0.7,
    ...                            accrual=24)
    >>> trials = simulate(planned_scenario(made), trials=1024)
    >>> with TemporaryDirectory() as folder:
    ...     page = write_design_report(design_facts(made, trials, trials), Path(folder) / "design")
    ...     sorted(path.name for path in page.parent.iterdir())
    ['design.html', 'design.json', 'design.yaml', 'figures', 'report.json']
    """
    out = Path(out)
    check_place(out, replace=replace)
    figures = _figures(checked)
    drawn = {stem: figure_bytes(figure) for stem, (figure, _, _) in figures.items()}
    pictures = {
        stem: _Picture(
            number, stem, inline_svg(drawn[stem]["svg"], f"d{number}", alt), alt, caption
        )
        for number, (stem, (_, alt, caption)) in enumerate(figures.items(), start=1)
    }
    text = _protocol_text(checked)
    page = (
        environment()
        .get_template("design.html.j2")
        .render(_context(checked, pictures, text, python))
    )
    numbers = json.dumps(checked.to_dict(), indent=1, ensure_ascii=False, allow_nan=False)
    files = {PAGE: page.encode(), "design.json": (numbers + "\n").encode()}
    files["design.yaml"] = text.encode()
    for stem, forms in drawn.items():
        files |= {f"figures/{stem}.{form}": data for form, data in forms.items()}
    return write_folder(out, files, page=PAGE)


def design_python(
    opened: str | None = None,
    arguments: Mapping[str, Any] | None = None,
    *,
    scenario: str = "planned",
) -> str:
    """Return the Python that gives a design again and prints its size and power.

    opened      what `Study.open` takes; or arguments of `design_from_numbers`.

    >>> print(design_python(arguments={"subjects": 300, "events": 200, "control_median": 12,
    ...                                "hazard_ratio": 0.7, "accrual": 24}))
    from adjuvant.design import design_from_numbers, planned_power
    <BLANKLINE>
    design = design_from_numbers(
        subjects=300,
        events=200,
        control_median=12,
        hazard_ratio=0.7,
        accrual=24,
    )
    print(design.subjects, design.events, round(planned_power(design).reject, 4))
    """
    end = "print(design.subjects, design.events, round(planned_power(design).reject, 4))"
    if opened is not None:
        asked = "" if scenario == "planned" else repr(scenario)
        return (
            "from adjuvant.design import planned_power\nfrom adjuvant.study import Study\n\n"
            f"design = Study.open({opened!r}).design({asked})\n{end}"
        )
    lines = "".join(f"    {name}={value!r},\n" for name, value in (arguments or {}).items())
    return (
        "from adjuvant.design import design_from_numbers, planned_power\n\n"
        f"design = design_from_numbers(\n{lines})\n{end}"
    )


def _figures(checked: CheckedDesign) -> dict[str, tuple[Figure, str, str]]:
    """Return the figures with their alt texts and captions."""
    found = {
        "boundary": (
            boundary_figure(checked),
            "Bounds of Z by number of events: " + "; ".join(
                f"{look.events} events, Z {look.z:.3f}" for look in checked.looks
            ),
            "Where the trial stops: at or beyond a bound. Between the bounds it goes on.",
        )
    }  # fmt: skip
    curve = power_curve(checked.design)
    if curve is not None and curve.hazard_ratios:
        found["power"] = (
            power_figure(checked, curve),
            "Power by hazard ratio, falling from nearly 1 to the error level at no effect",
            "Power by the hazard ratio that is true, by formula; points are simulated, with three "
            "Monte-Carlo errors to each side.",
        )
    found["accrual"] = (
        accrual_figure(checked),
        "Patients and expected events by month, with the events of each look",
        "Patients and events to expect. A band holds with 90% if hazards and recruitment are as "
        "assumed; it says nothing about their being wrong.",
    )
    return found


def _protocol_text(checked: CheckedDesign) -> str:
    try:
        return design_text(checked.design)
    except InvalidInput as reason:
        return f"# {reason.message}\n"


def _context(
    checked: CheckedDesign, pictures: Mapping[str, _Picture], text: str, python: str
) -> dict[str, Any]:
    design = checked.design
    return {
        "version": adjuvant.__version__,
        "title": design.trial or "A trial from numbers",
        "trial": design.trial,
        "headline": headline(checked),
        "summary": _summary(checked),
        "warnings": checked.warnings,
        "notes": design.notes,
        "assumed": assumption_rows(design),
        "bounds": bound_table(checked),
        "dates": date_table(checked),
        "numbers": [(name, *checked_cells(number)) for name, number in number_rows(checked)],
        "trials": f"{checked.simulated.trials:,}",
        "seed": checked.simulated.seed,
        "figures": {name: pictures.get(name) for name in ("boundary", "power", "accrual")},
        "protocol_text": text,
        "python": python,
    }


def _summary(checked: CheckedDesign) -> list[str]:
    design, last = checked.design, checked.looks[-1]
    month = last.month.simulated
    when = "" if month is None else f" They are expected at month {month.value:.0f}."
    lines = [
        f"{design.subjects} patients are randomised to {design.experimental} or {design.control}. "
        f"The last look is at {design.events} events.{when}"
    ]
    if design.looks.looks > 1:
        first = checked.looks[0]
        lines.append(
            f"The first look, at {first.events} events, stops the trial for efficacy at a hazard "
            f"ratio of about {first.hazard_ratio:.2f} or lower; the last one finds an effect at "
            f"{last.hazard_ratio:.2f} or lower."
        )
    return lines

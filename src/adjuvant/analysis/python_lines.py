"""The Python that makes a result: what a reader types to get the same number."""

from collections.abc import Sequence

from adjuvant.analysis.line import Line, Strata
from adjuvant.core import TimeToEvent

__all__ = ["one_line_of_the_plan", "survival_script"]


def survival_script(
    line: Line,
    uses: Sequence[str],
    body: Sequence[str],
    *,
    strata: Strata = "none",
    competing: bool = False,
) -> str:
    """Return a script that derives the line's endpoint and calls estimators of `survival` on it.

    uses       names imported from `adjuvant.survival`.
    body       statements over `data` (and `study`), the last of them printing the numbers.
    competing  whether competing events are kept as causes of their own.
    """
    endpoint = line.endpoint
    how = "event" if competing else "censor"
    given = [f'"{endpoint.id}"', f'set="{line.analysis.set}"']
    if line.analysis.arms:
        given.append(f"arms={list(line.analysis.arms)}".replace("'", '"'))
    if endpoint.competing:
        given.append(f'competing="{how}"')
    if strata != "none":
        given.append(f'strata="{strata}"')
    return "\n".join(
        [
            "from adjuvant import Study",
            "from adjuvant.dataset import derive_time_to_event",
            f"from adjuvant.survival import {', '.join(uses)}",
            "",
            f"study = Study.open({_quoted(line.opened)})",
            "data = derive_time_to_event(",
            f"    study.snapshot(), study.protocol, {', '.join(given)}",
            ")",
            *body,
        ]
    )


def one_line_of_the_plan(line: Line) -> str:
    """Return a script that carries out this line of the plan alone."""
    return "\n".join(
        [
            "from adjuvant import Study",
            "",
            f"study = Study.open({_quoted(line.opened)})",
            f'result = study.analyse(only=["{line.analysis.id}"]).result("{line.analysis.id}")',
            "print(result)",
        ]
    )


def pair_of(control: str, arm: str, data: TimeToEvent) -> str:
    """Return the expression for two arms alone, `data` itself where there are only two."""
    return "data" if len(data.arm_labels) == 2 else f'data.pair("{control}", "{arm}")'


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

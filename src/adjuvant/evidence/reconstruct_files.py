"""Writes an ensemble of rebuilt patients: one CSV a member, a summary, and a warning."""

import json
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

from adjuvant.core import EnvironmentProblem, InvalidInput
from adjuvant.evidence.reconstruct_ensemble import Member, Reconstruction
from adjuvant.evidence.reconstruct_spread import ensemble_spread, met_by

__all__ = ["reconstruction_summary", "write_reconstruction"]

_README = """SYNTHETIC patients, rebuilt from a printed page. They are nobody's data.

{case}: endpoint {endpoint}, {members} sets, seed {seed}.

Every set prints, within rounding, the numbers that `summary.json` lists as met. That such sets
exist says only that the numbers can be true together: nothing follows from a number that was used
to build them. What the page leaves open is the spread of `summary.json`: quote it as a range,
never one set as a result.

member_000.csv is the central set (the smoothest hazards); the others are drawn. Columns: arm (T or
C), days, event (1 = event, 0 = censored), kind (SYNTHETIC in every row), interval (the type of the
intervals at milestones under which the set meets the printed limits).

Do not analyse or pool these rows together with rows of real patients.
"""


def reconstruction_summary(rebuilt: Reconstruction, case: str) -> dict[str, Any]:
    """Return what an ensemble meets, what it cannot meet, and how it spreads, as plain values.

    >>> from adjuvant.evidence.published import read_published_text
    >>> from adjuvant.evidence.reconstruct_ensemble import reconstruct
    >>> from adjuvant.evidence.summarise import summary_of
    >>> from adjuvant import TimeToEvent
    >>> truth = TimeToEvent(range(40, 1640, 40), [1, 1, 0, 1] * 10, arm=[0, 1] * 20,
    ...                     arm_labels=("C", "T"))
    >>> rebuilt = reconstruct(read_published_text(summary_of(truth, [1, 2])), members=2)
    >>> reconstruction_summary(rebuilt, "example")["kind"]
    'SYNTHETIC'
    """
    numbers = [
        {
            "number": a.id,
            "what": a.what,
            "as_printed": a.as_printed,
            "low": a.span.low,
            "high": a.span.high if a.span.high < 1e300 else None,
            "about": a.soft,
            "met_by": met_by(rebuilt.members, k),
        }
        for k, a in enumerate(rebuilt.asked)
    ]
    return {
        "schema": "adjuvant/reconstruction/1",
        "kind": "SYNTHETIC",
        "case": case,
        "endpoint": rebuilt.targets.endpoint,
        "seed": rebuilt.seed,
        "arms": {
            arm: {"n": count.n, "events": count.events}
            for arm, count in rebuilt.targets.arms.items()
        },
        "year_days": 365.25,
        "month_days": 30.4375,
        "numbers": numbers,
        "members_that_meet_all": rebuilt.complete,
        "intervals": list(rebuilt.scales),
        "intervals_that_cannot_print_the_limits": rebuilt.refused,
        "not_met_together": [n["what"] for n in numbers if n["met_by"] == 0 and not n["about"]],
        "members": [_member(rebuilt, m, i) for i, m in enumerate(rebuilt.members)],
        "spread": ensemble_spread(rebuilt),
    }


def _member(rebuilt: Reconstruction, member: Member, i: int) -> dict[str, Any]:
    return {
        "file": f"member_{i:03d}.csv",
        "interval": member.scale,
        "met": sum(member.met),
        "of": len(member.met),
        "not_met": [a.what for a, ok in zip(rebuilt.asked, member.met, strict=True) if not ok],
    }


def write_reconstruction(
    rebuilt: Reconstruction, out: Path, *, case: str, replace: bool = False
) -> Path:
    """Write member_000.csv ..., summary.json and README.txt; whole or not at all.

    replace   an earlier reconstruction there is replaced; anything else is never touched.
    Raises    InvalidInput where `out` exists and may not be replaced; EnvironmentProblem where
              the folder cannot be written.

    >>> from tempfile import TemporaryDirectory
    >>> from adjuvant import TimeToEvent
    >>> from adjuvant.evidence.published import read_published_text
    >>> from adjuvant.evidence.reconstruct_ensemble import reconstruct
    >>> from adjuvant.evidence.summarise import summary_of
    >>> truth = TimeToEvent(range(40, 1640, 40), [1, 1, 0, 1] * 10, arm=[0, 1] * 20,
    ...                     arm_labels=("C", "T"))
    >>> rebuilt = reconstruct(read_published_text(summary_of(truth, [1, 2])), members=1)
    >>> with TemporaryDirectory() as folder:
    ...     out = write_reconstruction(rebuilt, Path(folder) / "out", case="example")
    ...     print(sorted(p.name for p in out.iterdir()))
    ['README.txt', 'member_000.csv', 'summary.json']
    """
    if out.exists() and not (replace and _is_reconstruction(out)):
        raise InvalidInput(f"{out} exists already and was left alone; name another folder")
    try:
        aside = Path(mkdtemp(prefix=".rebuilt-", dir=out.absolute().parent))
    except OSError as reason:
        raise EnvironmentProblem(
            f"{out} cannot be written: {reason.strerror}; make the folder or name another"
        ) from None
    for i, member in enumerate(rebuilt.members):
        (aside / f"member_{i:03d}.csv").write_text(_csv(member), "utf-8", newline="\n")
    summary = json.dumps(reconstruction_summary(rebuilt, case), indent=1, allow_nan=False)
    (aside / "summary.json").write_text(summary + "\n", "utf-8")
    text = _README.format(
        case=case,
        endpoint=rebuilt.targets.endpoint,
        members=len(rebuilt.members),
        seed=rebuilt.seed,
    )
    (aside / "README.txt").write_text(text, "utf-8")
    aside.chmod(0o755)
    if out.exists():
        rmtree(out)
    aside.rename(out)
    return out


def _is_reconstruction(folder: Path) -> bool:
    summary = folder / "summary.json"
    if not summary.is_file():
        return not any(folder.iterdir()) if folder.is_dir() else False
    return '"adjuvant/reconstruction/1"' in summary.read_text("utf-8")[:200]


def _csv(member: Member) -> str:
    data = member.data
    assert data.arm is not None
    rows = ["arm,days,event,kind,interval"]
    rows += [
        f"{data.arm_labels[a]},{t},{e},SYNTHETIC,{member.scale}"
        for a, t, e in zip(data.arm.tolist(), data.time.tolist(), data.event.tolist(), strict=True)
    ]
    return "\n".join(rows) + "\n"

"""From a study's printed numbers to the report of an ensemble: check, rebuild, plan, page."""

from typing import TYPE_CHECKING

from adjuvant.cli.progress import moving

if TYPE_CHECKING:
    from adjuvant.report import CopyCheck, EnsembleReport
    from adjuvant.study import Study

__all__ = ["checked_copies", "ensemble_report", "print_checks", "print_open", "print_printed"]


def checked_copies(study: "Study") -> "tuple[CopyCheck, ...]":
    """Check a study's printed numbers, and every text in `copies/` that restates them."""
    from adjuvant.core import UsageError
    from adjuvant.evidence import check_published, read_published
    from adjuvant.report import CopyCheck

    file = study.published
    if file is None:
        raise UsageError(
            f"{study.protocol.trial.id} names no printed numbers: write 'published: FILE' into "
            "its protocol (the form is published/1)"
        )
    found = []
    for path in (file, *sorted((file.parent / "copies").glob("*.yaml"))):
        page = read_published(path)
        title = "The published numbers" if path == file else page.title
        printed = {n.id: n.as_printed for n in page.numbers}
        found.append(CopyCheck(title, check_published(page), printed))
    return tuple(found)


def ensemble_report(
    study: "Study", *, members: int, seed: int, held: int = 0, quiet: bool = False
) -> "EnsembleReport":
    """Check, rebuild, carry out the plan and compare; everything but the writing.

    held    members of each set of the table that predicts a number from the others; 0: no table.
    """
    from adjuvant.analysis.ensemble import run_plan_on_members
    from adjuvant.evidence.held_out import HeldOut, held_out
    from adjuvant.evidence.published import read_published
    from adjuvant.evidence.unprinted import unprinted
    from adjuvant.report import EnsembleReport

    checks = checked_copies(study)
    assert study.published is not None
    page = read_published(study.published)
    with moving(f"Rebuilding {members} SYNTHETIC sets", members, quiet=quiet) as moved:
        trial = study.rebuild(members=members, seed=seed, progress=moved)
    with moving("The protocol's plan on every set", members, quiet=quiet) as moved:
        results = run_plan_on_members(trial.protocol, trial.snapshots(), progress=moved)
    lines: tuple[HeldOut, ...] = ()
    if held:
        with moving("Each number from the others", 4 * held, quiet=quiet) as moved:
            lines = held_out(page, members=held, seed=seed, progress=moved)
    silent = unprinted(trial.rebuilt, page)
    return EnsembleReport(trial, page, results, checks, silent, lines)


def print_checks(checks: "tuple[CopyCheck, ...]") -> None:
    """Print what arithmetic says of each text."""
    import click

    for c in checks:
        if not c.check.findings:
            click.secho(f"  {c.title}: no finding; they can all be true together", fg="green")
        for f in c.check.findings:
            printed = c.printed.get(f.numbers[0], f.numbers[0])
            click.secho(f"  {c.title} prints: {printed}", fg="red")
            click.echo(f"      {f.severity}: {f.sum}")
            if f.correction:
                click.echo(f"      must be read as: {f.correction}")


def print_printed(report: "EnsembleReport") -> None:
    """Print every printed number with the sets that meet it."""
    from adjuvant.cli.output import print_table
    from adjuvant.report.ensemble_page import printed_rows

    rows = [(n.what, n.printed, n.met, n.mark) for n in printed_rows(report)]
    print_table(
        "SYNTHETIC: every printed number, and the sets that meet it",
        ["quantity", "as printed", "sets", ""], rows, texts=2,
    )  # fmt: skip


def print_open(report: "EnsembleReport") -> None:
    """Print what the page does not print, as bands over the sets."""
    from adjuvant.cli.output import print_table
    from adjuvant.report.ensemble_page import silent_rows

    rows = [(u.name, u.printed, u.middle, u.band) for u in silent_rows(report)]
    print_table(
        "SYNTHETIC: what no set was required to meet (middle 95% of the sets)",
        ["quantity", "printed", "middle", "band"], rows, texts=2,
    )  # fmt: skip

"""The exit code that a verb chooses is the exit code of the process."""

import click
import pytest

from adjuvant.cli import main as entry


@click.command()
@click.option("--code", type=int)
@click.pass_context
def ends(ctx: click.Context, code: int | None) -> None:
    if code is not None:
        ctx.exit(code)


@pytest.mark.parametrize(
    ("args", "expected"), [([], 0), (["--code", "1"], 1), (["--code", "4"], 4)]
)
def test_a_verb_that_says_no_ends_the_process_with_its_code(monkeypatch, args, expected):
    """`adjuvant validate` must not end with 0 when a case fails."""
    monkeypatch.setattr(entry, "adjuvant", ends)

    with pytest.raises(SystemExit) as end:
        entry.main(args)

    assert end.value.code == expected

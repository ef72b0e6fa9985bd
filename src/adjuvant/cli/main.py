"""The entry: a table of verbs, each loaded when called, and the exit code of every ending.

Exit codes: 0 done, 1 the answer is no, 2 usage, 3 invalid input, 4 environment, 130 interrupted.
"""

import os
import sys
from importlib import import_module
from typing import Any

import click

from adjuvant.core import AdjuvantError, EnvironmentProblem

__all__ = ["VERBS", "adjuvant", "main"]

# name -> (module, one line for --help); the module's function has the name of the verb.
VERBS: dict[str, tuple[str, str]] = {
    "demo": ("adjuvant.cli.demo", "Rebuild a trial from its printed page; analyse a real one."),
    "studies": ("adjuvant.cli.studies", "List the studies that come with the package."),
    "new": ("adjuvant.cli.new", "Start a new trial from a template."),
    "check": ("adjuvant.cli.check", "Check a protocol file: every fault in one run."),
    "explain": ("adjuvant.cli.explain", "Explain a protocol in prose, as text or as one page."),
    "forms": ("adjuvant.cli.forms", "Write the case report forms, blank or annotated."),
    "confirm": ("adjuvant.cli.confirm", "Put a name and a date to a value that is our choice."),
    "diff": ("adjuvant.cli.diff", "Say in words what an amendment changes, and what it touches."),
    "schema": ("adjuvant.cli.schema", "Print the protocol format as JSON Schema, for editors."),
    "usdm": ("adjuvant.cli.usdm", "Exchange a protocol with systems that speak USDM 4.0."),
    "design": (
        "adjuvant.cli.design",
        "Size a trial and plan its looks, each number simulated too.",
    ),
    "monitor": ("adjuvant.cli.monitor", "Bounds at the events seen, and when the next will come."),
    "simulate": ("adjuvant.cli.simulate", "Simulate whole trials: how the design will behave."),
    "capacity": ("adjuvant.cli.capacity", "How late infusions will be with N culture slots."),
    "analyse": ("adjuvant.cli.analyse", "Carry out a protocol's analysis plan, or analyse a CSV."),
    "report": ("adjuvant.cli.report", "Write the trial report of a study, protocol or snapshot."),
    "evidence": (
        "adjuvant.cli.evidence",
        "Check published numbers, rebuild patients from them, pool trials.",
    ),
    "validate": ("adjuvant.cli.validate", "Rerun reference cases through the public functions."),
    "serve": ("adjuvant.cli.serve", "Open the site of a study: --training to practise."),
    "sign": ("adjuvant.cli.sign", "Sign a protocol for production; refuses what is unconfirmed."),
    "invite": ("adjuvant.cli.invite", "Invite the first people of a site: one link each."),
    "identity": ("adjuvant.cli.identity", "Open a site's sealed identity list, at the site."),
    "key": ("adjuvant.cli.key", "Make a key pair to which lists, backups and data are sealed."),
    "allocation": ("adjuvant.cli.allocation", "Seal the allocation list; replay and check it."),
    "audit": ("adjuvant.cli.audit", "Verify the audit trail of a site, or sign its newest link."),
    "backup": (
        "adjuvant.cli.backup",
        "Write the whole site to one sealed file, proved by restoring.",
    ),
    "restore": ("adjuvant.cli.backup", "Make a site again from a sealed backup."),
    "manage": ("adjuvant.cli.manage", "Look after a site: tables, move to PostgreSQL, deployment."),
    "warmup": ("adjuvant.cli.warmup", "Compile the kernels now rather than at the first analysis."),
    "doctor": ("adjuvant.cli.doctor", "Say what this machine has and what is missing."),
}


class ReaderLeft(Exception):
    """The reader of a pipe (head, less) has left: that is its right, not an error."""


class LazyVerbs(click.Group):
    """A group that imports a verb's module only when the verb is called or asked for help."""

    def make_context(self, *args: Any, **options: Any) -> click.Context:
        """Read the command line; a pipe that closes meanwhile ends the help, not in an error."""
        try:
            return super().make_context(*args, **options)
        except BrokenPipeError:
            raise ReaderLeft from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb; click itself would end with 1 where a pipe closes."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise ReaderLeft from None

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order of a trial's life."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the verb, loading its module; None for an unknown name."""
        if cmd_name not in VERBS:
            return None
        command = getattr(import_module(VERBS[cmd_name][0]), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb; an unknown one is answered with the nearest known."""
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], VERBS, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else " See 'adjuvant --help'."
            ctx.fail(f"There is no command '{args[0]}'.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs from the table, without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in VERBS.items()])


def _print_version(ctx: click.Context, _param: click.Parameter, asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        click.echo(f"adjuvant {version('adjuvant')}")
        ctx.exit()


@click.group(
    cls=LazyVerbs,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Begin with: adjuvant demo",
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version,
    help="Print the version and end.",
)  # fmt: skip
def adjuvant() -> None:
    """A randomised adjuvant-therapy trial from its protocol to its published result, and back."""


def main(args: list[str] | None = None) -> Any:
    """Run the command line and end the process with its exit code."""
    # Of its own accord click does not know NO_COLOR; None leaves it to the terminal.
    colour = False if os.environ.get("NO_COLOR") else None
    try:
        # Without standalone mode click returns the code that a verb gave to ctx.exit().
        code = adjuvant.main(args=args, prog_name="adjuvant", standalone_mode=False, color=colour)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.ClickException as refused:
        refused.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted; nothing was half-written.", err=True)
        sys.exit(130)
    except SystemExit as end:
        # rich ends so where the reader of a pipe has left.
        sys.exit(0 if isinstance(end.__context__, BrokenPipeError) else end.code)
    except ReaderLeft:
        # What is still to be flushed goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except AdjuvantError as refused:
        click.echo(str(refused), err=True)
        sys.exit(refused.exit_code)
    except (ModuleNotFoundError, OSError, RuntimeError) as lacking:
        click.echo(str(_environment_problem(lacking)), err=True)
        sys.exit(EnvironmentProblem.exit_code)
    sys.exit(code if isinstance(code, int) else 0)


def _environment_problem(lacking: Exception) -> EnvironmentProblem:
    """Return what the machine lacks in words; an error of the program itself goes on up."""
    if isinstance(lacking, ModuleNotFoundError):
        return _missing_package(lacking)
    if isinstance(lacking, OSError):
        where = f"{lacking.filename}: " if lacking.filename else ""
        return EnvironmentProblem(
            f"{where}{lacking.strerror or lacking}; look whether the place exists, may be written "
            "and has room"
        )
    if "no locator available" in str(lacking):
        return EnvironmentProblem(
            "compiled kernels can be kept neither beside the package nor in the home folder; "
            "set NUMBA_CACHE_DIR to a folder that can be written"
        )
    raise lacking


def _missing_package(missing: ModuleNotFoundError) -> EnvironmentProblem:
    if missing.name is None or missing.name.startswith("adjuvant"):
        raise missing
    return EnvironmentProblem(
        f"the Python package '{missing.name}' is not installed; "
        "run: pip install 'adjuvant[all]', or see 'adjuvant doctor'"
    )

"""`adjuvant warmup`: compile the kernels once, so that no analysis waits for it."""

from time import perf_counter

import click

from adjuvant.cli.output import print_json, say

__all__ = ["warmup"]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def warmup(as_json: bool) -> None:
    """Compile the kernels now rather than at the first analysis; a second run is quick."""
    from adjuvant.simulation import warm_up
    from adjuvant.study import Study
    from adjuvant.survival.warmup import compile_kernels

    if not as_json:
        say("Compiling the kernels (about a minute the first time) ...")
    start = perf_counter()
    compile_kernels()
    warm_up()
    # The shipped trial's plan calls what a report calls beside the estimators.
    Study.open("moertel1990").analyse()
    seconds = perf_counter() - start
    if as_json:
        print_json({"schema": "adjuvant/warmup/1", "seconds": seconds})
    else:
        say(f"Ready after {seconds:.1f} s.")

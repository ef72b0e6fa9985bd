"""`adjuvant warmup`: compile the kernels once, so that no analysis waits for it."""

import os
from collections.abc import Callable, Iterator
from time import perf_counter

import click

from adjuvant.cli.output import print_json, say
from adjuvant.cli.progress import moving

__all__ = ["warmup"]

# Two chains that share hardly a kernel: two processors compile them side by side.
_CHAINS = (("estimators", "a report", "reconstruction"), ("simulation",))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def warmup(as_json: bool) -> None:
    """Compile the kernels now rather than at the first analysis; a second run is quick."""
    seconds: dict[str, float] = {}
    if not as_json:
        say("Compiling the kernels (a minute or two the first time, seconds afterwards)")
    start = perf_counter()
    with moving("Compiling", sum(map(len, _CHAINS)), quiet=as_json) as moved:
        for name, taken in _compiled():
            seconds[name] = taken
            moved(len(seconds))
    whole = perf_counter() - start
    if as_json:
        print_json({"schema": "adjuvant/warmup/1", "seconds": whole, "parts": seconds})
    else:
        shown = ", ".join(f"{name} {s:.1f} s" for name, s in seconds.items())
        say(f"Ready after {whole:.1f} s ({shown}).")


def _compiled() -> Iterator[tuple[str, float]]:
    """Yield each part with its seconds: the first chain here, the other beside it."""
    here, beside = _CHAINS
    if (os.cpu_count() or 1) < 2:
        yield from ((name, _compile(name)) for name in (*here, *beside))
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as other:
        waiting = [(name, other.submit(_compile, name)) for name in beside]
        yield from ((name, _compile(name)) for name in here)
        yield from ((name, taken.result()) for name, taken in waiting)


def _compile(name: str) -> float:
    """Compile one part and return the seconds that it took."""
    start = perf_counter()
    _parts()[name]()
    return perf_counter() - start


def _parts() -> dict[str, Callable[[], object]]:
    """Return what is compiled, by what it serves."""
    from adjuvant.evidence.warmup import compile_reconstruction
    from adjuvant.simulation.warmup import warm_up
    from adjuvant.study import Study
    from adjuvant.survival.warmup import compile_kernels

    return {
        "estimators": compile_kernels,
        # The shipped trial's plan calls what a report calls beside the estimators.
        "a report": lambda: Study.open("moertel1990").analyse(),
        "reconstruction": compile_reconstruction,
        "simulation": warm_up,
    }

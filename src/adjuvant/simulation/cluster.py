"""A Dask cluster as an executor for `simulate`; needs the extra [cluster]."""

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from importlib import import_module
from typing import cast

from adjuvant.core import EnvironmentProblem

__all__ = ["cluster_executor"]


@contextmanager
def cluster_executor(address: str) -> Iterator[Executor]:
    """Yield an executor that sends tasks to a Dask scheduler.

    address   such as "tcp://127.0.0.1:8786"; every worker needs this version of adjuvant.
    Raises    EnvironmentProblem without the package distributed, or when no scheduler answers.

    >>> with cluster_executor("tcp://127.0.0.1:8786") as executor:      # doctest: +SKIP
    ...     simulate(scenario, trials=1_000_000, executor=executor)
    """
    try:
        distributed = import_module("distributed")
    except ModuleNotFoundError:
        raise EnvironmentProblem(
            "a cluster needs the package distributed: pip install 'adjuvant[cluster]'"
        ) from None
    try:
        client = distributed.Client(address, set_as_default=False)
    except OSError as reason:
        raise EnvironmentProblem(
            f"no scheduler answers at {address} ({reason}); start one with `dask scheduler`"
        ) from None
    try:
        yield cast("Executor", client.get_executor())
    finally:
        client.close()

"""Every scenario of a protocol simulated, its power by formula beside it."""

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adjuvant.core import EnvironmentProblem, InvalidInput
from adjuvant.protocol.model import Protocol
from adjuvant.simulation.checked_power import CheckedPower
from adjuvant.simulation.from_protocol import ProtocolScenario, protocol_scenarios
from adjuvant.simulation.planned import beside_formula
from adjuvant.simulation.results import OperatingCharacteristics
from adjuvant.simulation.run import Progress, simulate

__all__ = ["ProtocolSimulation", "ScenarioResult", "simulate_protocol"]


@dataclass(frozen=True)
class ScenarioResult:
    """One scenario and what came of it; `checked` has the formula and all characteristics."""

    name: str
    label: str
    checked: CheckedPower

    @property
    def simulated(self) -> OperatingCharacteristics:
        """The operating characteristics."""
        return self.checked.simulated

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return {
            "name": self.name,
            "label": self.label,
            "formula": self.checked.to_dict(),
            "characteristics": self.simulated.to_dict(),
        }


@dataclass(frozen=True)
class ProtocolSimulation:
    """The scenarios of one protocol, each with so many trials."""

    trial: str
    trials: int
    seed: int
    scenarios: tuple[ScenarioResult, ...]

    def scenario(self, name: str) -> ScenarioResult:
        """Return one scenario by its name.

        Raises    InvalidInput for a name that was not simulated.
        """
        for found in self.scenarios:
            if found.name == name:
                return found
        known = ", ".join(one.name for one in self.scenarios)
        raise InvalidInput(f"scenario {name!r} was not simulated; these were: {known}")

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values, as JSON holds it."""
        return {
            "schema": "adjuvant/protocol-simulation/1",
            "trial": self.trial,
            "trials": self.trials,
            "seed": self.seed,
            "scenarios": [one.to_dict() for one in self.scenarios],
        }


def simulate_protocol(
    protocol: Protocol,
    *,
    scenarios: Iterable[str] = (),
    trials: int = 100_000,
    seed: int = 1,
    workers: int | None = None,
    executor: Executor | None = None,
    keep: str | Path | None = None,
    progress: Callable[[str, Progress], None] | None = None,
) -> ProtocolSimulation:
    """Simulate the trial as planned, without an effect, and under the protocol's scenarios.

    scenarios   names of those wanted; all without it. The null is always among them.
    trials, seed, workers, executor   as in `simulate`, for each scenario.
    keep        a folder in which each scenario keeps its chunks in a file of its own: an
                interrupted run goes on where it stopped, and a larger one begins with them.
    progress    called with a scenario's name and its Progress.
    Raises      as `protocol_scenarios` and `simulate`.

    >>> from adjuvant.study import Study
    >>> found = simulate_protocol(Study.open("takayama2000").protocol, trials=2_000)
    >>> [one.name for one in found.scenarios][:2]
    ['planned', 'null']
    >>> abs(found.scenario("null").simulated.power.value - 0.025) < 0.015
    True
    """
    chosen = protocol_scenarios(protocol, scenarios)
    folder = None if keep is None else _folder(Path(keep))

    def done(one: ProtocolScenario) -> ScenarioResult:
        simulated = simulate(
            one.scenario,
            trials=trials,
            seed=seed,
            workers=workers,
            executor=executor,
            keep=None if folder is None else folder / chunk_file(one, seed),
            progress=None if progress is None else lambda seen: progress(one.name, seen),
        )
        return ScenarioResult(one.name, one.label, beside_formula(one.design, simulated))

    return ProtocolSimulation(protocol.trial.id, trials, seed, tuple(map(done, chosen)))


def chunk_file(one: ProtocolScenario, seed: int) -> str:
    """Return the name of the file of a scenario's chunks: another scenario has another one."""
    return f"{one.name}-seed-{seed}-{one.scenario.key:016x}.jsonl"


def _folder(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as reason:
        raise EnvironmentProblem(
            f"{path} cannot be made: {reason.strerror}; choose another folder"
        ) from None
    return path

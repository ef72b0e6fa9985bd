"""Operating characteristics: how a design behaves, each number with its Monte-Carlo error."""

from dataclasses import dataclass
from math import sqrt
from typing import Any

from adjuvant.simulation.chunks import ChunkSums, quantities
from adjuvant.simulation.scenario import Scenario

__all__ = ["LookCharacteristics", "OperatingCharacteristics", "Simulated", "characteristics"]


_MEANS = ("time", "events", "patients", "z", "effect", "covered")


@dataclass(frozen=True)
class Simulated:
    """A simulated number and its Monte-Carlo standard error.

    >>> print(Simulated(0.71, 0.0007))
    0.71000 (± 0.00070)
    """

    value: float
    standard_error: float

    def __str__(self) -> str:
        return f"{self.value:.5f} (± {self.standard_error:.5f})"

    def to_dict(self) -> dict[str, float]:
        """Return both as plain values."""
        return {"value": self.value, "standard_error": self.standard_error}


@dataclass(frozen=True)
class LookCharacteristics:
    """One look.

    reject, futility    probability that the trial stops here, out of all trials.
    performed           probability that the look takes place; time, events, patients, z: means
                        over the trials in which it does (None if in none).
    effect, coverage    mean estimate, and share of 95% intervals that hold the truth, over the
                        same trials; None where the test estimates nothing. Later looks are those
                        of the trials that did not stop: their mean is no longer unbiased.
    """

    number: int
    reject: Simulated
    futility: Simulated
    performed: Simulated
    time: Simulated | None
    events: Simulated | None
    patients: Simulated | None
    z: Simulated | None
    effect: Simulated | None
    coverage: Simulated | None


@dataclass(frozen=True)
class OperatingCharacteristics:
    """What came of so many simulated trials.

    reject              probability of crossing an efficacy bound: power, or type I error if the
                        arms do not differ.
    expected_events, expected_patients, expected_duration   at the last look performed.
    unreached           share of trials whose last look was done with fewer events than asked.
    effect              mean estimate at the last look (log hazard ratio, or difference), with
                        error, its mean standard error; None where the test estimates nothing.
    truth, bias, coverage   what is estimated, mean error, share of 95% intervals that hold it;
                        None where it is not one known number (see `true_effect`).
    estimable           share of trials in which the estimate exists.
    engine              "fast" or "general".
    """

    trials: int
    seed: int
    engine: str
    reject: Simulated
    looks: tuple[LookCharacteristics, ...]
    expected_events: Simulated
    expected_patients: Simulated
    expected_duration: Simulated
    unreached: Simulated
    effect: Simulated | None
    error: Simulated | None
    truth: float | None
    bias: Simulated | None
    coverage: Simulated | None
    estimable: float | None

    @property
    def power(self) -> Simulated:
        """The probability of crossing an efficacy bound."""
        return self.reject

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values, as JSON holds it."""

        def plain(value: Any) -> Any:
            if isinstance(value, Simulated):
                return value.to_dict()
            if isinstance(value, LookCharacteristics):
                return {name: plain(part) for name, part in vars(value).items()}
            return [plain(part) for part in value] if isinstance(value, tuple) else value

        found = {name: plain(value) for name, value in vars(self).items()}
        return {"schema": "adjuvant/simulation/1", **found}


def characteristics(
    scenario: Scenario, seed: int, sums: ChunkSums, truth: float | None
) -> OperatingCharacteristics:
    """Return the operating characteristics that the sums of all chunks say."""
    index = {name: i for i, name in enumerate(quantities(len(scenario.looks)))}

    def number(name: str) -> Simulated | None:
        i = index[name]
        n = sums.n[i]
        if n == 0:
            return None
        spread = sums.squares[i] / (n - 1) / n if n > 1 else 0.0
        return Simulated(float(sums.mean[i]), sqrt(spread))

    def sure(name: str) -> Simulated:
        found = number(name)
        assert found is not None
        return found

    effect = number("effect")
    bias = None
    if effect is not None and truth is not None:
        bias = Simulated(effect.value - truth, effect.standard_error)
    return OperatingCharacteristics(
        trials=sums.trials,
        seed=seed,
        engine="fast" if scenario.fast else "general",
        reject=sure("reject"),
        looks=tuple(
            LookCharacteristics(
                k + 1,
                *(sure(f"{name}[{k}]") for name in ("reject", "futility", "performed")),
                *(number(f"{name}[{k}]") for name in _MEANS),
            )
            for k in range(len(scenario.looks))
        ),
        expected_events=sure("events"),
        expected_patients=sure("patients"),
        expected_duration=sure("duration"),
        unreached=sure("unreached"),
        effect=effect,
        error=number("error"),
        truth=truth if effect is not None else None,
        bias=bias,
        coverage=number("covered"),
        estimable=None if effect is None else float(sums.n[index["effect"]] / sums.trials),
    )

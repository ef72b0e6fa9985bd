"""The group-sequential design: what a protocol fixes of its looks, valid or refused."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from adjuvant.core import InvalidInput
from adjuvant.design.spending import SpendingFunction, SpendingName, check_spending

__all__ = ["DesignName", "GroupSequentialDesign", "check_level", "check_power"]

DesignName = Literal[
    "none",
    "obrien_fleming",
    "pocock",
    "wang_tsiatis",
    "haybittle_peto",
    "lan_demets_obrien_fleming",
    "lan_demets_pocock",
    "kim_demets",
    "hwang_shih_decani",
]
# Looks closer than this share of the information would need grids that no trial is worth.
_CLOSEST = 1e-6


@dataclass(frozen=True, kw_only=True)
class GroupSequentialDesign:
    """Looks at shares of the maximum information, and the bounds at which the trial stops.

    spending            none (one look), a family of constants (obrien_fleming c_k = C/sqrt(t_k),
                        pocock c_k = C, wang_tsiatis c_k = C t_k^(parameter - 1/2), haybittle_peto
                        c_k = interim_bound before the last look), a spending function by name, or
                        a function of t that gives the share of alpha spent.
    spending_parameter  of wang_tsiatis (Delta), kim_demets (rho), hwang_shih_decani (gamma).
    alpha, sided        the whole level; with sided = 2 that of both sides, with symmetric bounds.
    information_rates   t_1 < ... < t_K = 1 (for survival: events over the maximum of events).
    spending_times      where the spending functions are evaluated, when that is not the information
                        (calendar time); they rise to 1.
    power               1 - beta, which beta spending and the drift need.
    futility_bounds     z below which the trial stops for futility, looks 1..K-1; None = no bound.
    beta_spending       instead of them: a spending function (and its parameter) for beta.
    binding             whether the efficacy bounds count on the futility bounds being obeyed.
    harm_alpha          one-sided level of the harm bound; harm_spending (default that of alpha)
                        and its parameter spend it. Never counted on by the other bounds.
    Raises              InvalidInput saying which of these is wrong and what was expected.
    Source              Jennison & Turnbull 2000; Lan & DeMets 1983 and 1989 (calendar time).

    >>> GroupSequentialDesign(spending="pocock", information_rates=(0.5, 1)).looks
    2
    """

    spending: DesignName | SpendingFunction = "none"
    spending_parameter: float | None = None
    alpha: float = 0.025
    sided: int = 1
    information_rates: tuple[float, ...] = (1.0,)
    spending_times: tuple[float, ...] | None = None
    interim_bound: float = 3.0
    power: float | None = None
    futility_bounds: tuple[float | None, ...] | None = None
    beta_spending: SpendingName | SpendingFunction | None = None
    beta_spending_parameter: float | None = None
    binding: bool = False
    harm_alpha: float | None = None
    harm_spending: DesignName | SpendingFunction | None = None
    harm_spending_parameter: float | None = None

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "information_rates", _floats("information_rates", self.information_rates))
        if self.spending_times is not None:
            put(self, "spending_times", _floats("spending_times", self.spending_times))
        if self.futility_bounds is not None:
            bounds = [-math.inf if z is None else z for z in self.futility_bounds]
            put(self, "futility_bounds", _floats("futility_bounds", bounds))
        check_level(self.alpha, self.sided)
        check_power(self.power, self.alpha)
        _check_rates(self.information_rates)
        self._check_times()
        self._check_family(self.spending, self.spending_parameter)
        self._check_futility()
        self._check_harm()

    @property
    def looks(self) -> int:
        """Number of analyses, the last included."""
        return len(self.information_rates)

    @property
    def times(self) -> tuple[float, ...]:
        """Where the spending functions are evaluated."""
        return self.information_rates if self.spending_times is None else self.spending_times

    @property
    def fixed_futility(self) -> tuple[float, ...] | None:
        """The futility bounds given, minus infinity where a look has none; (looks - 1,)."""
        if self.futility_bounds is None:
            return None
        return tuple(-math.inf if z is None else z for z in self.futility_bounds)

    @property
    def has_futility(self) -> bool:
        """Whether the trial may stop for futility."""
        return self.futility_bounds is not None or self.beta_spending is not None

    @property
    def spends(self) -> bool:
        """Whether alpha follows a spending function, so that looks may move."""
        return callable(self.spending) or self.spending in get_args(SpendingName)

    def _check_times(self) -> None:
        if self.spending_times is None:
            return
        if len(self.spending_times) != self.looks:
            raise InvalidInput(
                f"spending_times has {len(self.spending_times)} values for {self.looks} looks"
            )
        _check_rates(self.spending_times, "spending_times")

    def _check_family(self, family: object, parameter: float | None) -> None:
        if callable(family) or family in get_args(SpendingName):
            if not callable(family):
                check_spending(family, parameter)
            return
        if family not in get_args(DesignName):
            known = ", ".join(get_args(DesignName))
            raise InvalidInput(f"no design {family!r}; expected one of {known}, or a function")
        if (family == "wang_tsiatis") != (parameter is not None):
            need = "needs" if family == "wang_tsiatis" else "has no"
            raise InvalidInput(f"{family} {need} spending_parameter; found {parameter}")
        if parameter is not None and not -5 <= parameter <= 5:
            raise InvalidInput(f"wang_tsiatis: Delta is {parameter}; expected about 0 to 0.5")
        if family == "none" and self.looks > 1:
            raise InvalidInput(
                f"spending is none, for one look, but information_rates has {self.looks}; "
                "name how alpha is spent"
            )
        if family == "haybittle_peto" and not 0 < self.interim_bound < math.inf:
            raise InvalidInput(f"interim_bound is {self.interim_bound}; expected a z such as 3")

    def _check_futility(self) -> None:
        if not self.has_futility:
            return
        if self.sided != 1:
            raise InvalidInput("futility bounds are for one-sided designs; set sided to 1")
        if self.futility_bounds is not None and self.beta_spending is not None:
            raise InvalidInput("give futility_bounds or beta_spending, not both")
        if self.futility_bounds is not None:
            if len(self.futility_bounds) != self.looks - 1:
                raise InvalidInput(
                    f"futility_bounds has {len(self.futility_bounds)} values; expected one for "
                    f"each of the {self.looks - 1} interim looks (None where there is no bound)"
                )
            return
        if self.power is None:
            raise InvalidInput("beta_spending needs power: beta is 1 - power")
        if not callable(self.beta_spending):
            check_spending(self.beta_spending, self.beta_spending_parameter)

    def _check_harm(self) -> None:
        if self.harm_alpha is None:
            return
        if self.sided != 1:
            raise InvalidInput("a two-sided design has its harm bound: its lower side")
        check_level(self.harm_alpha, 1, "harm_alpha")
        if self.harm_spending is not None:
            self._check_family(self.harm_spending, self.harm_spending_parameter)


def check_level(alpha: float, sided: int, name: str = "alpha") -> None:
    """Refuse a level that is none: one-sided below 0.5, two-sided below 1.

    >>> check_level(0.025, 1)
    """
    if sided not in (1, 2):
        raise InvalidInput(f"sided is {sided!r}; expected 1 or 2")
    if not 0 < alpha < 0.5 * sided:
        raise InvalidInput(
            f"{name} is {alpha!r}; expected a probability above 0 and below {0.5 * sided}"
        )


def check_power(power: float | None, alpha: float) -> None:
    """Refuse a power that does not lie between the level and 1.

    >>> check_power(0.9, 0.025)
    """
    if power is not None and not alpha < power < 1:
        raise InvalidInput(
            f"power is {power!r}; expected a probability above the level {alpha} and below 1"
        )


def _floats(name: str, values: Sequence[float]) -> tuple[float, ...]:
    try:
        numbers = tuple(float(value) for value in values)
    except (TypeError, ValueError):
        raise InvalidInput(f"{name} is {values!r}; expected a list of numbers") from None
    if any(math.isnan(number) for number in numbers):
        raise InvalidInput(f"{name} holds a missing value: {numbers}")
    return numbers


def _check_rates(rates: tuple[float, ...], name: str = "information_rates") -> None:
    steps = [after - before for before, after in zip((0.0, *rates), rates, strict=False)]
    if not rates or min(steps) < _CLOSEST or rates[-1] != 1:
        raise InvalidInput(
            f"{name} is {list(rates)}; expected shares of the maximum that rise from above 0 to "
            f"exactly 1, at least {_CLOSEST} apart, such as [0.5, 0.75, 1]"
        )

"""Every design quantity of the reference format, through the public functions of `design`."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, is_dataclass
from typing import Any, cast

from adjuvant.core import CaseError
from adjuvant.validation.asking import Unsupported, ask, public
from adjuvant.validation.cases import Case
from adjuvant.validation.simulation_quantities import simulated

__all__ = ["compute_design", "design_quantities"]

Options = dict[str, Any]
Fields = dict[str, Any]

_ERRORS = "monte_carlo_standard_error"
_DESIGN = (
    *("spending", "spending_parameter", "alpha", "sided", "information_rates", "spending_times"),
    *("interim_bound", "power", "futility_bounds", "beta_spending", "beta_spending_parameter"),
    *("binding", "harm_alpha", "harm_spending", "harm_spending_parameter"),
)


def design_quantities() -> Mapping[str, Callable[[Options], Any]]:
    """Return how each analytic quantity is computed from a case's options; the used are taken out.

    >>> sorted(design_quantities())[:2]
    ['adjusted_inference', 'average_hazard_ratio']
    """
    return {
        "group_sequential_boundaries": _of_design("group_sequential_boundaries"),
        "futility_boundaries": _of_design("futility_boundaries"),
        "design_characteristics": _of_design("design_characteristics"),
        "power_by_effect": _of_design("power_by_effect", "effects", "max_information"),
        "conditional_power": _conditional_power,
        "predictive_power": _predictive_power,
        "adjusted_inference": _of_design("adjusted_inference", "z", "max_information"),
        "required_events": _required_events,
        "sample_size_survival": _sample_size_survival,
        "power_survival": _power_survival,
        "event_probability": _of_trial("event_probability", "times"),
        "expected_events_at": _of_trial("expected_events_at", "times"),
        "average_hazard_ratio": _of_trial("average_hazard_ratio", "times"),
        "weighted_log_rank_power": _of_trial("weighted_log_rank_power", "time"),
        "restricted_mean_survival_power": _of_trial(
            "restricted_mean_survival_power", "time", "horizon"
        ),
        "milestone_survival_power": _of_trial("milestone_survival_power", "time", "horizon"),
    }


def compute_design(case: Case) -> Fields:
    """Return what the public functions give for a case, shaped as its `expected`.

    Raises    Unsupported for a quantity or an option that nothing computes, and whatever the
              functions themselves raise.
    """
    quantities = {**design_quantities(), "simulation": simulated}
    compute = quantities.get(case.quantity)
    if compute is None:
        raise Unsupported(f"{case.quantity} is a quantity of a design that nothing computes yet")
    left = dict(case.options)
    found = compute(left)
    if left:
        raise Unsupported(f"{case.quantity} has no option {', '.join(map(repr, left))}")
    if is_dataclass(found) and not isinstance(found, type):
        found = asdict(found)
    wanted = (*case.expected, _ERRORS) if _ERRORS in found else tuple(case.expected)
    return {name: found[name] for name in wanted if name in found}


def _of_design(name: str, *arguments: str) -> Callable[[Options], Any]:
    def compute(options: Options) -> Any:
        values = [_take(options, argument) for argument in arguments]
        design = _design(options)
        return ask(public("design", name), design, *values, **_rest(options))

    return compute


def _of_trial(name: str, *arguments: str) -> Callable[[Options], Any]:
    def compute(options: Options) -> Any:
        values = [_take(options, argument) for argument in arguments]
        trial = _trial(options)
        return ask(public("design", name), trial, *values, **_rest(options))

    return compute


def _conditional_power(options: Options) -> Fields:
    return {"conditional_power": _of_design("conditional_power", "stage", "z", "drifts")(options)}


def _predictive_power(options: Options) -> Fields:
    prior = ask(public("design", "prior_of"), _take(options, "prior"))
    stage, z = _take(options, "stage"), _take(options, "z")
    power = public("design", "predictive_power")(_design(options), stage, z, prior)
    return {"predictive_power": power}


def _required_events(options: Options) -> Any:
    ratio = _take(options, "hazard_ratio")
    return ask(public("design", "required_events"), ratio, **_rest(options))


def _sample_size_survival(options: Options) -> Any:
    names = ("hazard_ratio", "control_hazard", "accrual", "follow_up")
    ratio, control, accrual, follow_up = (_take(options, name) for name in names)
    if "spending" in options:
        # Alpha, sided and power stay options of the function as well.
        shared = {name: options[name] for name in ("alpha", "sided") if name in options}
        own = [name for name in _DESIGN if name in options and name not in ("alpha", "sided")]
        own.remove("power")
        options["design"] = _design({name: options.pop(name) for name in own} | shared)
    dropout = _dropouts(options)
    return ask(
        public("design", "sample_size_survival"),
        *(ratio, _hazard(control), _accrual(accrual), follow_up),
        **dropout,
        **_rest(options),
    )


def _power_survival(options: Options) -> Any:
    names = ("hazard_ratios", "control_hazard", "accrual", "max_events")
    ratios, control, accrual, events = (_take(options, name) for name in names)
    dropout = _dropouts(options)
    design = _design(options)
    return ask(
        public("design", "power_survival"),
        *(design, ratios, _hazard(control), _accrual(accrual), events),
        **dropout,
        **_rest(options),
    )


def _design(options: Options) -> Any:
    """Return the design that the options describe; they are taken out."""
    own = {name: _hashable(options.pop(name)) for name in _DESIGN if name in options}
    return ask(public("design", "GroupSequentialDesign"), **own)


def _trial(options: Options) -> Any:
    control = _hazard(_take(options, "control_hazard"))
    if "experimental_hazard" in options:
        experimental = _hazard(options.pop("experimental_hazard"))
    else:
        experimental = control.times_ratio(_take(options, "hazard_ratio"))
    constant = public("design", "PiecewiseHazard").constant  # type: ignore[attr-defined]
    dropout = {name: constant(rate) for name, rate in _dropouts(options).items()}
    return public("design", "TrialAssumptions")(
        control_hazard=control,
        experimental_hazard=experimental,
        accrual=_accrual(_take(options, "accrual")),
        allocation_ratio=options.pop("allocation_ratio", 1.0),
        **dropout,
    )


def _hazard(table: Mapping[str, Any]) -> Any:
    times, rates = _only(table, "times", "rates")
    return public("design", "PiecewiseHazard")(tuple(times), tuple(rates))


def _accrual(table: Mapping[str, Any]) -> Any:
    rates = "relative_rates" if "relative_rates" in table else "rates"
    times, values, duration = _only(table, "times", rates, "duration")
    return public("design", "Accrual")(tuple(times), tuple(values), duration)


def _dropouts(options: Options) -> dict[str, float]:
    table = options.pop("dropout_hazard", None) or {"control": 0.0, "experimental": 0.0}
    control, experimental = _only(table, "control", "experimental")
    return {"control_dropout": control, "experimental_dropout": experimental}


def _only(table: Mapping[str, Any], *names: str) -> Iterable[Any]:
    if set(table) != set(names):
        raise Unsupported(f"a table has {', '.join(table)}; expected {', '.join(names)}")
    return [table[name] for name in names]


def _take(options: Options, name: str) -> Any:
    if name not in options:
        raise CaseError(f"the case has no option {name!r}")
    return options.pop(name)


def _rest(options: Options) -> Options:
    """Return what is left of the options, to be asked as keyword options; they are taken out."""
    rest = dict(options)
    options.clear()
    return rest


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else cast("Any", value)

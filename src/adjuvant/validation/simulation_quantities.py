"""The quantity `simulation` of the reference format: whole trials, patient by patient."""

from collections.abc import Mapping
from typing import Any

from adjuvant.core import CaseError
from adjuvant.validation.asking import Unsupported, public

__all__ = ["simulated"]

# The format asks for at least 100,000.
_TRIALS = 102_400
_SEED = 20_251_125
_Z = {0.025: 1.959963984540054}


def simulated(options: dict[str, Any]) -> dict[str, Any]:
    """Return what `simulate` gives for the options of a case; they are taken out.

    Raises    Unsupported for an option or a value that the format does not describe.
    """
    looks = _looks(options.pop("analyses"))
    test, bounds = _test(options, len(looks))
    futility = options.pop("futility_bounds", None)
    scenario = public("simulation", "Scenario")(
        subjects=options.pop("subjects"),
        strata=_strata(options),
        accrual=_accrual(options.pop("accrual")),
        allocation=_allocation(options),
        looks=looks,
        test=test,
        efficacy_bounds=bounds,
        futility_bounds=None if futility is None else tuple(futility),
    )
    return _fields(public("simulation", "simulate")(scenario, trials=_TRIALS, seed=_SEED))


def _fields(found: Any) -> dict[str, Any]:
    numbers = {
        "reject": found.reject,
        "expected_events": found.expected_events,
        "expected_duration": found.expected_duration,
        "reject_per_stage": [look.reject for look in found.looks],
        "futility_per_stage": [look.futility for look in found.looks[:-1]],
    }

    def part(name: str) -> dict[str, Any]:
        return {
            key: [getattr(x, name) for x in value]
            if isinstance(value, list)
            else getattr(value, name)
            for key, value in numbers.items()
        }

    return {**part("value"), "monte_carlo_standard_error": part("standard_error")}


def _looks(analyses: list[dict[str, Any]]) -> tuple[Any, ...]:
    look = public("simulation", "Look")
    for one in analyses:
        _only(one, "events", "time")
    return tuple(look(events=one.get("events"), time=one.get("time")) for one in analyses)


def _test(options: dict[str, Any], looks: int) -> tuple[Any, tuple[float, ...]]:
    table = dict(options.pop("test"))
    alpha = options.pop("one_sided_alpha")
    bounds = options.pop("efficacy_bounds", None)
    if bounds is None:
        # The two tests without bounds have one analysis at a one-sided level.
        if looks != 1 or alpha not in _Z:
            raise Unsupported(f"{looks} analyses at {alpha} without efficacy_bounds")
        bounds = [_Z[alpha]]
    kind, stratified = table.pop("type"), table.pop("stratified", False)
    if kind == "max_combo":
        weights = tuple((one["rho"], one["gamma"]) for one in table.pop("components"))
        test = public("simulation", "MaxComboTest")(weights, stratified=stratified)
    elif kind == "restricted_mean_survival":
        if stratified or table.pop("variance", "greenwood") != "greenwood":
            raise Unsupported("the restricted mean is compared unstratified, Greenwood's variance")
        test = public("simulation", "RmstTest")(table.pop("horizon"))
    elif kind in ("log_rank", "fleming_harrington"):
        rho, gamma = table.pop("rho", 0), table.pop("gamma", 0)
        test = public("simulation", "LogRankTest")(rho=rho, gamma=gamma, stratified=stratified)
    else:
        raise Unsupported(f"the test {kind!r} is none that the format describes")
    _only(table)
    return test, tuple(bounds)


def _strata(options: dict[str, Any]) -> tuple[Any, ...]:
    dropout = options.pop("dropout_hazard", {"control": 0.0, "experimental": 0.0})
    _only(dropout, "control", "experimental")
    tables = options.pop("strata", None)
    if tables is None:
        arms = {arm: options.pop(arm) for arm in ("control", "experimental")}
        tables = [{"fraction": 1.0, **arms}]
    for table in tables:
        _only(table, "fraction", "control", "experimental")
    course, stratum = public("simulation", "Course"), public("simulation", "Stratum")
    return tuple(
        stratum(
            *(
                course(_hazard(table[arm]), _constant(dropout[arm]))
                for arm in ("control", "experimental")
            ),
            table["fraction"],
        )
        for table in tables
    )


def _hazard(table: Mapping[str, Any]) -> Any:
    _only(table, "times", "rates")
    return public("design", "PiecewiseHazard")(tuple(table["times"]), tuple(table["rates"]))


def _constant(rate: float) -> Any:
    return public("design", "PiecewiseHazard")((0.0,), (rate,))


def _accrual(table: Mapping[str, Any]) -> Any:
    if table.get("type") != "poisson":
        raise Unsupported(f"accrual {table.get('type')!r}; the format describes 'poisson'")
    _only(table, "type", "rate")
    return public("simulation", "PoissonAccrual")((table["rate"],))


def _allocation(options: dict[str, Any]) -> Any:
    table, ratio = options.pop("randomisation"), options.pop("allocation_ratio")
    if table.get("type") != "permuted_block":
        raise Unsupported(f"randomisation {table.get('type')!r}; expected 'permuted_block'")
    _only(table, "type", "block")
    experimental, control = table["block"]
    if experimental != ratio * control:
        raise CaseError(f"a block of {table['block']} is not the allocation ratio {ratio}")
    return public("simulation", "PermutedBlocks")(control, experimental)


def _only(table: Mapping[str, Any], *names: str) -> None:
    unknown = sorted(set(table) - set(names))
    if unknown:
        raise Unsupported(f"no option {', '.join(map(repr, unknown))}")

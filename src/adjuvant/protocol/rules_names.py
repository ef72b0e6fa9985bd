"""Rules: every name that is used is declared, once."""

from collections.abc import Iterator

from adjuvant.core import Finding, InvalidInput
from adjuvant.protocol.expressions import expression
from adjuvant.protocol.model import Protocol
from adjuvant.protocol.names import (
    SET_WORDS,
    Path,
    analysis_variables,
    each,
    ids,
    known,
    parsed,
    recorded_names,
)
from adjuvant.protocol.reader import Draft
from adjuvant.protocol.suggestions import one_of

__all__ = ["RULES"]


def check_arm_names(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P030: arms used in the allocation, analyses, estimands and data exist."""
    arms = ids(protocol.arms)
    uses: list[tuple[Path, str]] = [
        (("randomisation", "allocation", arm), arm) for arm in protocol.randomisation.allocation
    ]
    for path, analysis in each(protocol.analyses, "analyses"):
        uses += [((*path, "arms", n), arm) for n, arm in enumerate(analysis.arms)]
    for path, estimand in each(protocol.estimands, "estimands"):
        uses += [((*path, "treatment", arm), arm) for arm in estimand.treatment]
    for key, mapping in _arm_columns(protocol):
        uses += [(("data", key, "values", v), arm) for v, arm in mapping.items()]
    for path, arm in uses:
        yield from known(draft, path, arm, arms, "P030", "arm")


def _arm_columns(protocol: Protocol) -> Iterator[tuple[str, dict[str, str]]]:
    if protocol.data is not None:
        if protocol.data.arm is not None:
            yield "arm", dict(protocol.data.arm.values)
        if protocol.data.received is not None:
            yield "received", dict(protocol.data.received.values)


def check_endpoint_names(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P031: endpoints used in analyses, estimands and hypothesis exist."""
    endpoints = ids(protocol.endpoints)
    for path, analysis in each(protocol.analyses, "analyses"):
        yield from known(
            draft, (*path, "endpoint"), analysis.endpoint, endpoints, "P031", "endpoint"
        )
    for path, estimand in each(protocol.estimands, "estimands"):
        yield from known(
            draft, (*path, "endpoint"), estimand.endpoint, endpoints, "P031", "endpoint"
        )
    hypothesis = protocol.design.hypothesis
    if hypothesis is not None:
        at = ("design", "hypothesis", "endpoint")
        yield from known(draft, at, hypothesis.endpoint, endpoints, "P031", "endpoint")


def check_set_names(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P032: analysis sets used in analyses exist."""
    sets = ids(protocol.analysis_sets)
    for path, analysis in each(protocol.analyses, "analyses"):
        yield from known(draft, (*path, "set"), analysis.set, sets, "P032", "analysis set")


def check_event_names(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P033: events counted by endpoints, counted in analyses or mapped by the data exist."""
    events = tuple(protocol.events)
    for path, endpoint in each(protocol.endpoints, "endpoints"):
        for key in ("event", "competing"):
            for n, event in enumerate(getattr(endpoint, key)):
                yield from known(
                    draft, (*path, key, n), event.split(" where ")[0], events, "P033", "event"
                )
    for path, analysis in each(protocol.analyses, "analyses"):
        yield from known(
            draft, (*path, "of"), analysis.of, (*events, *ids(protocol.endpoints)), "P033", "event"
        )
    if protocol.data is not None and protocol.events:
        for event in protocol.data.events:
            yield from known(draft, ("data", "events", event), event, events, "P033", "event")


def check_variable_names(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P034: variables of tables, subgroups and covariates exist, where the data are described."""
    if protocol.data is None or protocol.data.form == "adtte":
        return
    names = analysis_variables(protocol)
    for path, analysis in each(protocol.analyses, "analyses"):
        for key in ("variables", "by", "covariates"):
            for n, name in enumerate(getattr(analysis, key)):
                yield from known(draft, (*path, key, n), name, names, "P034", "variable")
        for n, pair in enumerate(analysis.interactions):
            for m, name in enumerate(pair):
                at = (*path, "interactions", n, m)
                yield from known(draft, at, name, names, "P034", "variable")


def _expressions(protocol: Protocol) -> Iterator[tuple[Path, str, tuple[str, ...] | None]]:
    """Return each expression with its path and the names it may read (None = not known here)."""
    names = recorded_names(protocol) if protocol.data is not None else None
    population = protocol.population
    for key in ("inclusion", "exclusion"):
        for path, criterion in each(getattr(population, key), "population", key):
            if criterion.check is not None:
                yield (*path, "check"), criterion.check, None
    for path, factor in each(protocol.randomisation.strata, "randomisation", "strata"):
        yield (*path, "source"), factor.source, names
    for path, part in each(protocol.analysis_sets, "analysis_sets"):
        allowed = None if names is None else (*SET_WORDS, *names)
        yield (*path, "rule"), part.rule, allowed
    if protocol.data is not None:
        for name, variable in protocol.data.variables.items():
            if variable.calculated is not None:
                others = tuple(v for v in recorded_names(protocol) if v != name)
                yield ("data", "variables", name, "calculated"), variable.calculated, others


def check_expressions(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P021 and P035: every expression is of the grammar and reads names that exist."""
    for path, text, names in _expressions(protocol):
        try:
            found = expression(text)
        except InvalidInput as reason:
            message, _, hint = reason.message.rpartition("; ")
            yield draft.finding("P021", path, message or hint, hint)
            continue
        for name in sorted(found.names - set(names or found.names)):
            hint = one_of(name, names or (), most=30)
            yield draft.finding("P035", path, f"'{text}' reads '{name}', recorded nowhere", hint)


def check_compared_values(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P056: an expression compares a choice only with levels that it has."""
    if protocol.data is None:
        return
    levels = {n: v.all_levels for n, v in protocol.data.variables.items() if v.type == "choice"}
    for path, text, _ in _expressions(protocol):
        found = parsed(text)
        for name in sorted(found.names & set(levels)) if found else ():
            assert found is not None
            for value in found.literals_compared_with(name):
                if value not in levels[name]:
                    yield draft.finding(
                        "P056",
                        path,
                        f"'{name}' is compared with '{value}', which is none of its levels",
                        one_of(str(value), levels[name]),
                    )


def check_conditions(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P021, P035, P056: `event where condition` reads the cause, and only causes of the event."""
    for path, endpoint in each(protocol.endpoints, "endpoints"):
        for key in ("event", "competing"):
            for n, text in enumerate(getattr(endpoint, key)):
                event, where, condition = text.partition(" where ")
                if where:
                    causes = protocol.events[event].causes if event in protocol.events else ()
                    yield from _condition(draft, (*path, key, n), condition, causes)


def _condition(draft: Draft, path: Path, text: str, causes: tuple[str, ...]) -> Iterator[Finding]:
    try:
        found = expression(text)
    except InvalidInput as reason:
        message, _, hint = reason.message.rpartition("; ")
        yield draft.finding("P021", path, message or hint, hint)
        return
    for name in sorted(found.names - {"cause"}):
        yield draft.finding(
            "P035", path, f"'{text}' reads '{name}'", "after 'where' only 'cause' can be read"
        )
    for value in found.literals_compared_with("cause"):
        if causes and value not in causes:
            words = f"'cause' is compared with '{value}', which is none of its causes"
            yield draft.finding("P056", path, words, one_of(str(value), causes))


def check_analysis_names(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P036 and P037: estimands and the order of claims name analyses, analyses name estimands."""
    analyses, estimands = ids(protocol.analyses), ids(protocol.estimands)
    for path, estimand in each(protocol.estimands, "estimands"):
        yield from known(draft, (*path, "main"), estimand.main, analyses, "P036", "analysis")
    if protocol.design.multiplicity is not None:
        for n, word in enumerate(protocol.design.multiplicity.order):
            at = ("design", "multiplicity", "order", n)
            names = (*analyses, *ids(protocol.endpoints))
            yield from known(draft, at, word, names, "P036", "analysis")
    for path, analysis in each(protocol.analyses, "analyses"):
        yield from known(
            draft, (*path, "estimand"), analysis.estimand, estimands, "P037", "estimand"
        )


def _lists_with_ids(protocol: Protocol) -> Iterator[tuple[Path, tuple[str, ...]]]:
    for key in ("arms", "endpoints", "estimands", "analysis_sets", "analyses"):
        yield (key,), ids(getattr(protocol, key))
    criteria = (*protocol.population.inclusion, *protocol.population.exclusion)
    yield ("population",), ids(criteria)
    yield ("randomisation", "strata"), ids(protocol.randomisation.strata)


def check_double_ids(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P038: an id names one thing of its list."""
    first_exclusion = len(protocol.population.inclusion)
    for path, names in _lists_with_ids(protocol):
        seen: set[str] = set()
        for n, name in enumerate(names):
            if name in seen and name != "?":
                place: Path = (*path, n, "id")
                if path == ("population",):
                    key = "inclusion" if n < first_exclusion else "exclusion"
                    place = (*path, key, n if n < first_exclusion else n - first_exclusion, "id")
                yield draft.finding(
                    "P038", place, f"the id '{name}' stands twice in {path[-1]}", "give it its own"
                )
            seen.add(name)


RULES = (
    check_arm_names,
    check_endpoint_names,
    check_set_names,
    check_event_names,
    check_variable_names,
    check_expressions,
    check_compared_values,
    check_conditions,
    check_analysis_names,
    check_double_ids,
)

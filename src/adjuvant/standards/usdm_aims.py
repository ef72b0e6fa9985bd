"""What a trial asks, in USDM's own classes: objectives, endpoints, estimands, interventions.

Source    CDISC Unified Study Definitions Model 4.0; controlled terminology of USDM 4.0.
"""

from dataclasses import dataclass

from adjuvant.protocol.model import ArmPart, Endpoint, Estimand, Protocol
from adjuvant.standards.usdm_maker import Maker, Object, plain_values

__all__ = ["Aims", "aims"]

# USDM knows three levels; the protocol's own stands in an extension attribute.
_LEVELS = {"primary": "primary", "exploratory": "exploratory"}
_PURPOSES = {"safety": "Safety", "feasibility": "Feasibility"}
_ROLES = {
    "experimental": "experimental_intervention",
    "active_control": "active_comparator",
    "placebo_control": "placebo",
}
_KINDS = {
    "cell_infusion": "biological",
    "drug": "drug",
    "procedure": "procedure",
    "radiotherapy": "radiation",
}


@dataclass(frozen=True)
class Aims:
    """The objects of a study's questions, for the places of the study that hold them."""

    interventions: list[Object]
    objectives: list[Object]
    populations: list[Object]
    estimands: list[Object]


def aims(make: Maker, protocol: Protocol) -> Aims:
    """Return objectives with their endpoints, estimands, their populations and interventions."""
    interventions = _interventions(make, protocol)
    endpoints = {part.id: _endpoint(make, part) for part in protocol.endpoints}
    objectives = _objectives(make, protocol, endpoints)
    populations = _populations(make, protocol)
    estimands = [
        _estimand(make, part, endpoints, populations, interventions)
        for part in protocol.estimands
        if part.endpoint in endpoints
    ]
    return Aims(interventions, objectives, list(populations.values()), estimands)


def _level(part: Endpoint) -> str:
    return _LEVELS.get(part.level, "secondary")


def _endpoint(make: Maker, part: Endpoint) -> Object:
    return make.make(
        "Endpoint",
        name=part.id,
        label=part.label,
        text=part.definition or part.label,
        purpose=_PURPOSES.get(part.level, "Efficacy"),
        level=make.code(f"{_level(part)}_endpoint"),
        extensionAttributes=make.more({"endpoint": plain_values(part)}),
    )


def _objectives(make: Maker, protocol: Protocol, endpoints: dict[str, Object]) -> list[Object]:
    """Return an objective per estimand, then one per endpoint that no estimand is about.

    An endpoint belongs to one objective: the first that asks about it.
    """
    levels = {part.id: _level(part) for part in protocol.endpoints}
    asked = [(e.id, e.objective, e.endpoint) for e in protocol.estimands if e.endpoint in levels]
    about = {endpoint for _, _, endpoint in asked}
    asked += [(e.id, e.label, e.id) for e in protocol.endpoints if e.id not in about]
    left = dict(endpoints)
    return [
        make.make(
            "Objective",
            name=f"OBJ_{name}",
            text=text,
            level=make.code(f"{levels[endpoint]}_objective"),
            endpoints=[left.pop(endpoint)] if endpoint in left else [],
        )
        for name, text, endpoint in asked
    ]


def _populations(make: Maker, protocol: Protocol) -> dict[str, Object]:
    found = {
        part.id: make.make(
            "AnalysisPopulation",
            name=part.id,
            label=part.label,
            text=part.label or part.rule,
            extensionAttributes=make.more({"analysis_set": plain_values(part)}),
        )
        for part in protocol.analysis_sets
    }
    for part in protocol.estimands:
        if part.population not in found:
            text = part.population.replace("_", " ")
            found[part.population] = make.make(
                "AnalysisPopulation", name=part.population, text=text
            )
    return found


def _interventions(make: Maker, protocol: Protocol) -> list[Object]:
    """Return what the arms receive; each treated arm itself where no intervention is described."""
    if not protocol.interventions:
        return [
            make.make(
                "StudyIntervention",
                name=arm.id,
                label=arm.label,
                description=arm.description,
                role=make.code(_ROLES[arm.role]),
                type=make.code("other"),
            )
            for arm in protocol.arms
            if arm.role in _ROLES
        ]
    return [
        make.make(
            "StudyIntervention",
            name=part.id,
            label=part.label,
            description=part.regimen,
            role=make.code(_role(part.id, protocol.arms)),
            type=make.code(_KINDS.get(part.kind, "other")),
            extensionAttributes=make.more({"intervention": plain_values(part)}),
        )
        for part in protocol.interventions
    ]


def _role(intervention: str, arms: tuple[ArmPart, ...]) -> str:
    """Return the role of an intervention: that of an arm which alone has it, else background."""
    having = [arm for arm in arms if intervention in arm.interventions]
    if len(having) == len(arms) > 1:
        return "background"
    roles = {_ROLES.get(arm.role, "background") for arm in having}
    return "experimental_intervention" if len(roles) != 1 else roles.pop()


def _estimand(
    make: Maker,
    part: Estimand,
    endpoints: dict[str, Object],
    populations: dict[str, Object],
    interventions: list[Object],
) -> Object:
    events = [
        make.make(
            "IntercurrentEvent",
            name=event.event,
            text=event.event.replace("_", " "),
            strategy=event.strategy.replace("_", " "),
        )
        for event in part.intercurrent_events
    ]
    return make.make(
        "Estimand",
        name=part.id,
        label=part.objective,
        populationSummary=str(part.summary.get("measure", "not stated")).replace("_", " "),
        analysisPopulationId=populations[part.population]["id"],
        interventionIds=[intervention["id"] for intervention in interventions],
        variableOfInterestId=endpoints[part.endpoint]["id"],
        intercurrentEvents=events,
        extensionAttributes=make.more({"estimand": plain_values(part)}),
    )

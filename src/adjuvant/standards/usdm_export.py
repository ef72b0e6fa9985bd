"""A protocol as USDM 4.0 JSON: arms, epochs, visits, activities, criteria and their timing.

Source    CDISC Unified Study Definitions Model 4.0 (Digital Data Flow).
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from adjuvant.protocol.model import Protocol, Visit
from adjuvant.standards.usdm_aims import Aims, aims
from adjuvant.standards.usdm_maker import Maker, Object, plain_values
from adjuvant.standards.usdm_terms import EPOCHS, iso

__all__ = ["usdm_study"]

# What USDM has no class for: these parts stand whole, as JSON, beside the study's design.
_BEYOND = (
    "time",
    "randomisation",
    "events",
    "design",
    "analyses",
    "data",
    "published",
    "infusions",
    "cell_products",
    "schedule",
    "forms",
    "withdrawal",
    "roles",
    "tasks",
    "governance",
)


def usdm_study(protocol: Protocol) -> Object:
    """Return the protocol as the JSON object that a USDM 4.0 reader expects (a study wrapper).

    Arms, visits with their timing and windows, activities, criteria, interventions, objectives,
    endpoints, analysis populations and estimands have their own place in USDM. What this format
    knows beyond it (expressions, forms, cell product, release tests, governance, data) stands in
    extension attributes under `urn:adjuvant:1:`: no value is lost, only provenance and comments.

    >>> from importlib.resources import files
    >>> from adjuvant.protocol import read_protocol
    >>> path = files("adjuvant.studies") / "takayama2000" / "protocol.yaml"
    >>> study = usdm_study(read_protocol(path).protocol)
    >>> study["usdmVersion"], study["study"]["name"]
    ('4.0.0', 'TAKAYAMA2000')
    """
    make = Maker()
    trial = protocol.trial
    sponsor = make.make(
        "Organization",
        name=trial.sponsor or "not stated",
        type=make.code("sponsor"),
        identifierScheme="name",
        identifier=trial.sponsor or "not stated",
    )
    items, criteria = _criteria(make, protocol)
    asked = aims(make, protocol)
    titles = [make.make("StudyTitle", text=trial.title, type=make.code("official_title"))]
    if trial.acronym:
        titles.append(make.make("StudyTitle", text=trial.acronym, type=make.code("acronym")))
    version = make.make(
        "StudyVersion",
        versionIdentifier=trial.version,
        rationale="Exported from the protocol file.",
        studyIdentifiers=[make.make("StudyIdentifier", text=trial.id, scopeId=sponsor["id"])],
        titles=titles,
        organizations=[sponsor],
        eligibilityCriterionItems=items,
        studyInterventions=asked.interventions,
        studyDesigns=[_design(make, protocol, criteria, asked)],
        extensionAttributes=make.more({"trial": plain_values(trial)}),
    )
    study = {"name": trial.id, "label": trial.title, "instanceType": "Study", "versions": [version]}
    return {"study": study, "usdmVersion": "4.0.0", "systemName": "adjuvant"}


def _criteria(make: Maker, protocol: Protocol) -> tuple[list[Object], list[Object]]:
    items, criteria = [], []
    for kind in ("inclusion", "exclusion"):
        for part in getattr(protocol.population, kind):
            item = make.make("EligibilityCriterionItem", name=part.id, text=part.text)
            items.append(item)
            criteria.append(
                make.make(
                    "EligibilityCriterion",
                    name=part.id,
                    identifier=part.id,
                    category=make.code(kind),
                    criterionItemId=item["id"],
                    extensionAttributes=make.more({"check": part.check}),
                )
            )
    return items, criteria


def _design(make: Maker, protocol: Protocol, criteria: Sequence[Object], asked: Aims) -> Object:
    arms = _arms(make, protocol)
    epochs = [
        make.make("StudyEpoch", name=name, type=make.code(name if name in EPOCHS else "treatment"))
        for name in _epochs(protocol)
    ]
    activities = _activities(make, protocol)
    elements = [
        make.make("StudyElement", name=f"{a['name']} {e['name']}") for a in arms for e in epochs
    ]
    pairs = [(arm, epoch) for arm in arms for epoch in epochs]
    cells = [
        make.make("StudyCell", armId=arm["id"], epochId=epoch["id"], elementIds=[element["id"]])
        for (arm, epoch), element in zip(pairs, elements, strict=True)
    ]
    encounters, timeline = _timeline(make, protocol, epochs, activities)
    return make.make(
        "InterventionalStudyDesign",
        name=protocol.trial.id,
        label=protocol.trial.title,
        rationale=protocol.trial.title,
        model=make.code("parallel"),
        arms=arms,
        epochs=epochs,
        elements=elements,
        studyCells=cells,
        activities=activities,
        encounters=encounters,
        scheduleTimelines=[timeline] if timeline else [],
        eligibilityCriteria=list(criteria),
        population=_population(make, protocol, criteria),
        studyInterventionIds=[part["id"] for part in asked.interventions],
        objectives=asked.objectives,
        analysisPopulations=asked.populations,
        estimands=asked.estimands,
        extensionAttributes=make.more(_beyond(protocol)),
    )


def _arms(make: Maker, protocol: Protocol) -> list[Object]:
    return [
        make.make(
            "StudyArm",
            name=arm.id,
            label=arm.label,
            description=arm.description,
            type=make.code(arm.role),
            dataOriginDescription="Data collected in the trial",
            dataOriginType=make.code("within_study"),
            extensionAttributes=make.more({"interventions": list(arm.interventions)}),
        )
        for arm in protocol.arms
    ]


def _activities(make: Maker, protocol: Protocol) -> list[Object]:
    return [
        make.make(
            "Activity",
            name=name,
            label=part.label,
            extensionAttributes=make.more(
                {
                    "form": part.form,
                    "records": list(part.records),
                    "collects_harms": part.collects_harms,
                    "cdisc": part.cdisc,
                }
            ),
        )
        for name, part in protocol.activities.items()
    ]


def _beyond(protocol: Protocol) -> Object:
    set_here = [name for name in _BEYOND if name in protocol.model_fields_set]
    return {name: plain_values(getattr(protocol, name)) for name in set_here}


def _population(make: Maker, protocol: Protocol, criteria: Sequence[Object]) -> Object:
    planned = protocol.population.planned
    number = None if planned is None else make.make("Quantity", value=float(planned))
    return make.make(
        "StudyDesignPopulation",
        name=protocol.population.label or "Population",
        includesHealthySubjects=False,
        plannedEnrollmentNumber=number,
        criterionIds=[criterion["id"] for criterion in criteria],
    )


def _epochs(protocol: Protocol) -> tuple[str, ...]:
    named = [*protocol.schedule.epochs, *(v.epoch for v in protocol.visits if v.epoch)]
    return tuple(dict.fromkeys(named)) or ("treatment",)


def _timeline(
    make: Maker, protocol: Protocol, epochs: Sequence[Object], activities: Sequence[Object]
) -> tuple[list[Object], Object | None]:
    if not protocol.visits:
        return [], None
    epoch_ids = {epoch["name"]: epoch["id"] for epoch in epochs}
    activity_ids = {activity["name"]: activity["id"] for activity in activities}
    encounters, timings = [], []
    anchors = {
        name: make.make("ScheduledActivityInstance", name=f"anchor {name}", label=name)
        for name in dict.fromkeys(v.anchor or protocol.schedule.anchor for v in protocol.visits)
    }
    instances = list(anchors.values())
    for name, anchor in anchors.items():
        timings.append(_timing(make, f"{name} is day 0", "fixed", "P0D", anchor, anchor))
    for visit in protocol.visits:
        encounter = _encounter(make, visit)
        encounters.append(encounter)
        done = dict.fromkeys((*visit.do, *(n for names in visit.also.values() for n in names)))
        instance = make.make(
            "ScheduledActivityInstance",
            name=visit.id,
            encounterId=encounter["id"],
            epochId=epoch_ids.get(visit.epoch or ""),
            activityIds=[activity_ids[n] for n in done if n in activity_ids],
        )
        instances.append(instance)
        anchor = anchors[visit.anchor or protocol.schedule.anchor]
        timings += _visit_timings(make, visit, instance, anchor)
    end = make.make("ScheduleTimelineExit")
    for before, after in pairwise(instances):
        before["defaultConditionId"] = after["id"]
    instances[-1]["timelineExitId"] = end["id"]
    timeline = make.make(
        "ScheduleTimeline",
        name="schedule of activities",
        mainTimeline=True,
        entryCondition="randomised or screened",
        entryId=instances[0]["id"],
        exits=[end],
        timings=timings,
        instances=instances,
        extensionAttributes=make.more({"anchor": protocol.schedule.anchor}),
    )
    return encounters, timeline


def _encounter(make: Maker, visit: Visit) -> Object:
    lengths = {key: getattr(visit, key) for key in ("every", "start")}
    more: dict[str, Any] = {
        "epoch": visit.epoch,
        "anchor": visit.anchor,
        "arms": "" if visit.arms == ("all",) else list(visit.arms),
        "do": list(visit.do),
        "also": {arm: list(names) for arm, names in visit.also.items()},
        "by": "" if visit.by == "site" else visit.by,
        "until": visit.until,
        **{key: str(length) for key, length in lengths.items() if length is not None},
    }
    return make.make(
        "Encounter",
        name=visit.id,
        label=visit.label,
        type=make.code("visit"),
        extensionAttributes=make.more(more),
    )


def _visit_timings(make: Maker, visit: Visit, instance: Object, anchor: Object) -> Iterator[Object]:
    length = visit.at or visit.start or visit.every
    if length is None:
        return
    kind = "before" if length.value < 0 else "after"
    value = iso(length).lstrip("-")
    timing = _timing(make, visit.id, kind, value, instance, anchor)
    timing["valueLabel"] = str(length)
    if visit.window is not None:
        low, high = visit.window
        # The model writes how long before and after, both without sign; the label is exact.
        timing["windowLower"], timing["windowUpper"] = iso(low).lstrip("-"), iso(high).lstrip("-")
        timing["windowLabel"] = f"{low} to {high}"
    yield timing


def _timing(make: Maker, name: str, kind: str, value: str, own: Object, other: Object) -> Object:
    return make.make(
        "Timing",
        name=name,
        type=make.code(kind),
        value=value,
        valueLabel=value,
        relativeToFrom=make.code("start_to_start"),
        relativeFromScheduledInstanceId=own["id"],
        relativeToScheduledInstanceId=other["id"],
    )

"""From USDM 4.0 JSON to parts of a protocol: arms, visits, activities, criteria.

Source    CDISC Unified Study Definitions Model 4.0 (Digital Data Flow).
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from adjuvant.core import InvalidInput
from adjuvant.protocol.durations import Duration
from adjuvant.standards.usdm_terms import ARM_ROLES, PREFIX, TERMS, from_iso

__all__ = ["protocol_parts"]

Object = Mapping[str, Any]
_LISTS = ("interventions", "records", "arms", "do", "also")


def protocol_parts(wrapper: Object) -> dict[str, Any]:
    """Return the parts of a protocol that a USDM study holds, as plain values.

    wrapper   the JSON object of a USDM 4.0 file; the first version and first interventional
              design are read.
    Returns   format, trial, arms, population, schedule, activities, visits: what USDM knows.
              Endpoints and analyses are not there: `adjuvant check` says what is to be added.
    Raises    InvalidInput, with the path, where the object is not such a study.

    >>> protocol_parts({"study": {"versions": []}})
    Traceback (most recent call last):
    ...
    adjuvant.core.errors.InvalidInput: study.versions is empty; export the study with a version
    """
    study = _mapping(wrapper, "study")
    version = _first(study, "study.versions", "versions")
    design = _first(version, "study.versions.0.studyDesigns", "studyDesigns")
    titles = {_code(t.get("type")): str(t.get("text", "")) for t in _list(version, "titles")}
    name = str(study.get("name", "STUDY"))
    title = titles.get(TERMS["official_title"][0]) or str(study.get("label") or name)
    parts: dict[str, Any] = {
        "format": "adjuvant/1",
        "trial": {
            "id": name,
            "version": str(version.get("versionIdentifier", "0.1.0")),
            "title": title,
        },
        "arms": [_arm(arm) for arm in _list(design, "arms")],
        "population": _population(version, design),
    }
    activities = {_id(a): a for a in _list(design, "activities")}
    if activities:
        parts["activities"] = {_word(a.get("name")): _activity(a) for a in activities.values()}
    timelines = _list(design, "scheduleTimelines")
    if timelines:
        main = next((t for t in timelines if t.get("mainTimeline")), timelines[0])
        anchor = _more(main).get("anchor")
        epochs = [str(epoch.get("name")) for epoch in _list(design, "epochs")]
        parts["schedule"] = {"anchor": anchor or "randomisation", "epochs": epochs}
        parts["visits"] = _visits(design, main, activities)
    return parts


def _mapping(holder: Object, key: str) -> Object:
    found = holder.get(key) if isinstance(holder, Mapping) else None
    if not isinstance(found, Mapping):
        raise InvalidInput(f"'{key}' is missing; this is not a USDM study")
    return found


def _list(holder: Object, key: str) -> list[Object]:
    found = holder.get(key) or []
    if not isinstance(found, list) or not all(isinstance(item, Mapping) for item in found):
        raise InvalidInput(f"'{key}' is not a list of objects; this is not a USDM study")
    return found


def _first(holder: Object, path: str, key: str) -> Object:
    found = _list(holder, key)
    if not found:
        raise InvalidInput(f"{path} is empty; export the study with a {key.rstrip('s')}")
    return found[0]


def _id(part: Object) -> str:
    return str(part.get("id"))


def _code(code: Any) -> str:
    return str(code.get("code", "")) if isinstance(code, Mapping) else ""


def _word(name: Any) -> str:
    """Return a name as an identifier of this format."""
    return re.sub(r"\W+", "_", str(name or "").strip()).strip("_") or "unnamed"


def _more(part: Object) -> dict[str, Any]:
    """Return what this format wrote into extension attributes."""
    found: dict[str, Any] = {}
    for attribute in part.get("extensionAttributes") or []:
        url, text = str(attribute.get("url", "")), attribute.get("valueString")
        if url.startswith(PREFIX) and isinstance(text, str):
            key = url.removeprefix(PREFIX)
            found[key] = _json(text) if key in _LISTS else text
    return found


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _arm(arm: Object) -> dict[str, Any]:
    kind = _code(arm.get("type"))
    if kind not in ARM_ROLES:
        known = ", ".join(f"{TERMS[role][0]} ({role})" for role in ARM_ROLES.values())
        raise InvalidInput(f"arm {arm.get('name')!r} is of type {kind!r}; known are {known}")
    own = {
        "id": _word(arm.get("name")),
        "label": str(arm.get("label") or arm.get("name")),
        "role": ARM_ROLES[kind],
    }
    if arm.get("description"):
        own["description"] = str(arm["description"])
    return {**own, **_more(arm)}


def _population(version: Object, design: Object) -> dict[str, Any]:
    texts = {
        _id(item): str(item.get("text", "")) for item in _list(version, "eligibilityCriterionItems")
    }
    found: dict[str, Any] = {}
    population = design.get("population") or {}
    number = (population.get("plannedEnrollmentNumber") or {}).get("value")
    if number is not None:
        found["planned"] = int(number)
    if population.get("name") not in (None, "Population"):
        found["label"] = str(population["name"])
    for kind in ("inclusion", "exclusion"):
        criteria = [
            {
                "id": _word(part.get("identifier") or part.get("name")),
                "text": texts.get(str(part.get("criterionItemId")), ""),
                **_more(part),
            }
            for part in _list(design, "eligibilityCriteria")
            if _code(part.get("category")) == TERMS[kind][0]
        ]
        if criteria:
            found[kind] = criteria
    return found


def _activity(activity: Object) -> dict[str, Any]:
    more = _more(activity)
    if "collects_harms" in more:
        more["collects_harms"] = more["collects_harms"] == "true"
    return {"label": str(activity.get("label") or activity.get("name")), **more}


def _visits(
    design: Object, timeline: Object, activities: Mapping[str, Object]
) -> list[dict[str, Any]]:
    instances = {str(i.get("encounterId")): i for i in _list(timeline, "instances")}
    timings = {
        str(t.get("relativeFromScheduledInstanceId")): t
        for t in _list(timeline, "timings")
        if _code(t.get("type")) != TERMS["fixed"][0]
    }
    epochs = {_id(epoch): str(epoch.get("name")) for epoch in _list(design, "epochs")}
    visits = []
    for encounter in _list(design, "encounters"):
        instance = instances.get(_id(encounter), {})
        done = [_word(activities[a].get("name")) for a in _ids(instance) if a in activities]
        visit: dict[str, Any] = {"id": _word(encounter.get("name"))}
        if encounter.get("label"):
            visit["label"] = str(encounter["label"])
        if str(instance.get("epochId")) in epochs:
            visit["epoch"] = epochs[str(instance["epochId"])]
        more = _more(encounter)
        visit |= _times(timings.get(str(instance.get("id"))), series="every" in more)
        visits.append({**visit, "do": done, **more})
    return visits


def _ids(instance: Object) -> Sequence[str]:
    return [str(activity) for activity in instance.get("activityIds") or []]


def _times(timing: Object | None, *, series: bool) -> dict[str, Any]:
    if timing is None:
        return {}
    found: dict[str, Any] = {}
    length = str(from_iso(str(timing.get("value"))))
    if _code(timing.get("type")) == TERMS["before"][0] and not length.startswith("-"):
        length = f"-{length}"
    if not series:
        found["at"] = length
    window = _window(timing)
    return {**found, "window": window} if window else found


def _window(timing: Object) -> list[str]:
    """Return a window: as this format labels it, else so long before and so long after."""
    low, high = timing.get("windowLower"), timing.get("windowUpper")
    if not (low and high):
        return []
    try:
        label = str(timing.get("windowLabel")).split(" to ")
        exact = [str(Duration.parse(text)) for text in label]
        if len(exact) == 2:
            return exact
    except InvalidInput:
        pass
    before, after = from_iso(str(low).lstrip("-")), from_iso(str(high))
    return [str(Duration(-before.value, before.unit)), str(after)]

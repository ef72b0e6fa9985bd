"""A protocol goes to USDM 4.0 and comes back with its arms, visits, activities and criteria."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

import adjuvant.studies
from adjuvant.cli.usdm import usdm
from adjuvant.core import InvalidInput
from adjuvant.protocol import check_text, protocol_text, read_protocol
from adjuvant.protocol.reader import draft_of
from adjuvant.protocol.source import Source
from adjuvant.standards import protocol_parts, usdm_study

STUDIES = Path(adjuvant.studies.__path__[0])
SHIPPED = sorted(STUDIES.rglob("protocol.yaml"))
CELLS = STUDIES / "templates" / "adjuvant-cell-therapy" / "protocol.yaml"
STANDARD = Path(__file__).parents[3] / "shared" / "standards" / "usdm-4.0" / "USDM_API.json"
NAMES = pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.parent.name)


@NAMES
@pytest.mark.reference
def test_every_shipped_protocol_is_valid_usdm(path):
    if not STANDARD.exists():
        pytest.skip("the standard's own schema is not beside this repository")
    components = json.loads(STANDARD.read_text("utf-8"))["components"]
    schema = {"$ref": "#/components/schemas/Wrapper-Input", "components": components}

    study = usdm_study(read_protocol(path).protocol)

    faults = Draft202012Validator(schema).iter_errors(json.loads(json.dumps(study)))
    assert [f"{fault.json_path}: {fault.message[:100]}" for fault in faults] == []


@NAMES
@pytest.mark.property
def test_a_round_trip_keeps_arms_visits_activities_and_criteria(path):
    before = read_protocol(path).protocol
    text = protocol_text(protocol_parts(json.loads(json.dumps(usdm_study(before)))))
    missing = {"endpoints": [{"id": "X", "label": "X", "level": "primary", "param": "X"}],
               "analyses": [{"id": "F", "type": "consort", "set": "ITT"}]}  # fmt: skip

    after = draft_of(Source.from_text(text + protocol_text(missing), "back.yaml")).protocol

    assert after is not None
    assert after.arms == before.arms
    assert after.visits == before.visits
    assert after.activities == before.activities
    assert after.population == before.population


def extended(part, key):
    """Return the value of one extension attribute of an object."""
    found = [a for a in part["extensionAttributes"] if a["url"] == f"urn:adjuvant:1:{key}"]
    return json.loads(found[0]["valueString"])


@NAMES
@pytest.mark.property
def test_nothing_of_the_protocol_is_lost_on_the_way(path):
    """What USDM has no class for comes back from the extension attributes, part by part."""
    before = read_protocol(path).protocol
    study = json.loads(json.dumps(usdm_study(before)))
    version = study["study"]["versions"][0]
    design = version["studyDesigns"][0]
    endpoints = [e for o in design["objectives"] for e in o["endpoints"]]
    sets = [p for p in design["analysisPopulations"] if p.get("extensionAttributes")]
    parts = protocol_parts(study) | {
        a["url"].removeprefix("urn:adjuvant:1:"): json.loads(a["valueString"])
        if a["valueString"][0] in "[{"
        else a["valueString"]
        for a in design["extensionAttributes"]
    }
    parts["trial"] = extended(version, "trial")
    parts["endpoints"] = [extended(part, "endpoint") for part in endpoints]
    parts["estimands"] = [extended(part, "estimand") for part in design["estimands"]]
    parts["analysis_sets"] = [extended(part, "analysis_set") for part in sets]
    if before.interventions:
        given = version["studyInterventions"]
        parts["interventions"] = [extended(part, "intervention") for part in given]

    after = draft_of(Source.from_text(protocol_text(parts), "back.yaml")).protocol

    assert after is not None
    for name in type(before).model_fields:
        own, back = getattr(before, name), getattr(after, name)
        if name == "endpoints":
            own, back = (sorted(parts, key=lambda e: e.id) for parts in (own, back))
        assert back == own, name


@NAMES
def test_a_primary_endpoint_belongs_to_a_primary_objective_alone(path):
    design = usdm_study(read_protocol(path).protocol)["study"]["versions"][0]["studyDesigns"][0]

    held = [(o["level"]["decode"], e) for o in design["objectives"] for e in o["endpoints"]]
    assert {e["name"] for _, e in held} == {e.id for e in read_protocol(path).protocol.endpoints}
    assert len(held) == len({e["id"] for _, e in held})
    assert all(
        level.split()[0] == endpoint["level"]["decode"].split()[0] for level, endpoint in held
    )


def test_an_estimand_has_its_five_attributes_in_usdm():
    version = usdm_study(read_protocol(CELLS).protocol)["study"]["versions"][0]
    design = version["studyDesigns"][0]
    estimand = next(e for e in design["estimands"] if e["name"] == "E_RFS")
    endpoints = {e["id"]: e["name"] for o in design["objectives"] for e in o["endpoints"]}
    populations = {p["id"]: p["name"] for p in design["analysisPopulations"]}
    given = {i["id"]: i["role"]["decode"] for i in version["studyInterventions"]}

    assert endpoints[estimand["variableOfInterestId"]] == "RFS"
    assert populations[estimand["analysisPopulationId"]] == "all_randomised"
    assert [given[i] for i in estimand["interventionIds"]] == ["Experimental Intervention"]
    assert estimand["populationSummary"] == "hazard ratio"
    assert {e["name"]: e["strategy"] for e in estimand["intercurrentEvents"]}[
        "death"
    ] == "composite"


@NAMES
def test_every_id_of_the_study_is_used_once_and_every_reference_resolves(path):
    seen: list[str] = []
    asked: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                if key == "id":
                    seen.append(item)
                elif key.endswith("Id") and item is not None:
                    asked.append(item)
                elif key.endswith("Ids"):
                    asked.extend(item)
                walk(item)
        elif isinstance(value, list):
            for item in value:
                walk(item)

    walk(usdm_study(read_protocol(path).protocol))

    assert len(seen) == len(set(seen))
    assert set(asked) <= set(seen)


def test_a_window_without_sign_is_read_as_before_and_after():
    study = json.loads(json.dumps(usdm_study(read_protocol(CELLS).protocol)))
    design = study["study"]["versions"][0]["studyDesigns"][0]
    timing = next(t for t in design["scheduleTimelines"][0]["timings"] if t["name"] == "W12")
    timing |= {"windowLower": "P7D", "windowUpper": "P7D"}
    del timing["windowLabel"]

    visits = {visit["id"]: visit for visit in protocol_parts(study)["visits"]}

    assert visits["W12"]["window"] == ["-7 d", "7 d"]


@pytest.mark.parametrize(
    "wrapper", [{}, {"study": 1}, {"study": {"versions": [{}]}}, {"study": {"versions": 3}}]
)
def test_what_is_no_study_is_refused_in_words(wrapper):
    with pytest.raises(InvalidInput, match=r"USDM study|is empty"):
        protocol_parts(wrapper)


@pytest.mark.journey
def test_the_commands_export_and_import(tmp_path):
    study, back = tmp_path / "study.json", tmp_path / "protocol.yaml"

    out = CliRunner().invoke(usdm, ["takayama2000", "--out", str(study)])
    home = CliRunner().invoke(usdm, [str(study), "--out", str(back)])

    assert (out.exit_code, home.exit_code) == (0, 0)
    lacking = {f.message for f in check_text(back.read_text("utf-8")) if f.code == "P013"}
    assert lacking == {"the file lacks the key 'endpoints'", "the file lacks the key 'analyses'"}

"""Reading: one file in, a protocol or every fault on its line out."""

from pathlib import Path

import pytest

import adjuvant.studies
from adjuvant.core import ProtocolError
from adjuvant.protocol import check_text, read_protocol, read_protocol_text

MOERTEL = Path(adjuvant.studies.__path__[0]) / "moertel1990" / "protocol.yaml"
SMALL = """\
format: adjuvant/1
trial: {id: T, title: A small trial}
arms:
  - {id: CTL, label: Control, role: no_treatment_control}
  - {id: IMM, label: Treated, role: experimental}
events:
  death: {label: Death}
endpoints:
  - {id: OS, label: Overall survival, level: primary, event: [death]}
analyses:
  - {id: A1, type: kaplan_meier, endpoint: OS, set: ITT, at: [3 y]}
"""


def codes(text: str) -> list[str]:
    return [f"{f.place.line}:{f.place.column} {f.code}" for f in check_text(text)]


@pytest.mark.published
def test_the_shipped_colon_trial_reads_with_its_values_and_their_origin():
    read = read_protocol(MOERTEL)

    assert read.protocol.trial.id == "MOERTEL1990"
    assert read.protocol.data.events["death"].values == {"0": "no", "1": "yes"}
    assert read.provenance["trial.blinding"].origin == "secondary"
    assert read.protocol.trial.blinding == "open_label"


def test_every_fault_of_a_file_is_found_in_one_run_on_its_line():
    text = (
        SMALL.replace("role: experimental", "role: experimentel")
        .replace("at: [3 y]", "at: [3]")
        .replace("title: A small trial", "tittle: A small trial")
    )

    found = check_text(text)

    assert [(f.place.line, f.code) for f in found if f.severity == "error"] == [
        (2, "P013"),
        (2, "P011"),
        (5, "P015"),
        (11, "P017"),
    ]
    assert {f.hint for f in found} >= {
        "did you mean 'title'?",
        "did you mean 'experimental'?",
        "write '3 d', or h, wk, mo, y",
    }


def test_an_error_is_raised_with_all_findings_and_the_line_with_a_caret():
    with pytest.raises(ProtocolError) as refusal:
        read_protocol_text(SMALL.replace("level: primary", "level: main"), "trial.yaml")

    message = str(refusal.value)
    assert "trial.yaml:9:46: error P015: level is 'main'" in message
    assert "event: [death]}\n" + " " * 6 + " " * 45 + "^" in message
    assert "pydantic" not in message
    assert "http" not in message


def test_a_value_that_looks_like_another_type_stays_as_written():
    read = read_protocol_text(
        SMALL.replace("id: CTL", "id: NO").replace("trial: {id: T", "trial: {id: 007")
    )

    assert read.protocol.arms[0].id == "NO"
    assert read.protocol.trial.id == "007"

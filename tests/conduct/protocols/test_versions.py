"""Versions of the protocol: loaded without migration, in force per site, or refused."""

from datetime import date, timedelta

import pytest
from conduct_protocol import ready, template
from conduct_trial import open_trial
from django.test import override_settings

from adjuvant.conduct.audit.actor import SYSTEM
from adjuvant.core import InvalidInput, ProtocolError, StepRefused


def amended(number="0.2.0", *changes):
    text = template().replace("version: 0.1.0\n  date", f"version: {number}\n  date")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


WIDER = ("at: 4 wk, window: [-7 d, +7 d], if_late", "at: 4 wk, window: [-7 d, +9 d], if_late")
RATIO = ("allocation: {CTL: 1, IMM: 1}", "allocation: {CTL: 1, IMM: 2}")
PLAN = ("tau: 5 y", "tau: 3 y")


def sealed(digits):
    return ("file_commitment: null", f"file_commitment: {digits}")


@pytest.fixture
def people(site, now):
    return open_trial(now)


def load(people, text, now, **more):
    from adjuvant.conduct.protocols.services import load_version

    return load_version(text=text, by=people["data_manager"], at=now, **more)


def approve(people, place, version, on, now):
    from adjuvant.conduct.protocols.services import approve_at_site

    return approve_at_site(
        site=place, version=version, approved_on=on, document="EC 40/2026",
        by=people["data_manager"], at=now,
    )  # fmt: skip


def events(action):
    from adjuvant.conduct.audit.models import Event

    return Event.objects.filter(action=action).count()


def test_version_is_in_force_at_each_site_from_its_own_approval(people, now):
    from adjuvant.conduct.protocols.queries import in_force

    load(people, amended("0.2.0", WIDER), now)
    approve(people, "S01", "0.2.0", date(2026, 9, 1), now)

    assert in_force("S01", date(2026, 8, 31)).version == "0.1.0"
    assert in_force("S01", date(2026, 9, 1)).version == "0.2.0"
    assert in_force("S02", date(2026, 9, 20)).version == "0.1.0"


def test_day_of_an_approval_begins_at_midnight_of_the_site(people, now):
    """15:30 UTC on 31 August is 1 September in Tokyo."""
    from adjuvant.conduct.protocols.queries import in_force

    load(people, amended("0.2.0", WIDER), now)
    approve(people, "S01", "0.2.0", date(2026, 9, 1), now)
    evening = now.replace(month=8, day=31, hour=15, minute=30)

    assert in_force("S01", evening).version == "0.2.0"
    assert in_force("S01", evening - timedelta(hours=1)).version == "0.1.0"


def test_diff_between_versions_reads_in_words(people, now):
    from adjuvant.conduct.protocols.models import ProtocolVersion
    from adjuvant.conduct.protocols.queries import diff_in_words

    load(people, amended("0.2.0", WIDER), now)
    old, new = ProtocolVersion.objects.order_by("position")

    assert diff_in_words(old, new) == (
        "infusions INF1 window: [-7 d, +7 d] becomes [-7 d, +9 d]",
    )  # fmt: skip


def test_same_text_and_same_number_are_refused_and_audited(people, now):
    with pytest.raises(StepRefused, match="this very text is loaded already"):
        load(people, template(), now)
    with pytest.raises(StepRefused, match="another text has that number"):
        load(people, template().replace("planned: {value: 300", "planned: {value: 310"), now)

    assert events("refused:protocols.load_version") == 2


def test_protocol_of_another_trial_is_no_amendment_of_this_one(people, now):
    other = amended("0.2.0").replace("id: ADJUVANT-CELLS", "id: OTHER-TRIAL")

    with pytest.raises(StepRefused, match="it is the protocol of OTHER-TRIAL, and this study is"):
        load(people, other, now)


def test_text_with_errors_is_refused_with_its_findings(people, now):
    with pytest.raises(ProtocolError, match=r"P014|P013|P006"):
        load(people, "format: adjuvant/1\ntrial: {id: X}\n", now)


@pytest.mark.parametrize(
    "change",
    [
        RATIO,
        ("'single' if tumour_count == 1", "'single' if age > 1"),
        ("method: permuted_blocks", "method: minimisation"),
    ],
)
def test_amendment_of_ratio_strata_or_method_needs_a_new_sealed_list(people, now, change):
    from adjuvant.conduct.protocols.models import ProtocolVersion

    with pytest.raises(StepRefused, match="no new list was sealed for it"):
        load(people, amended("0.2.0", change), now)
    with pytest.raises(StepRefused, match="no new list was sealed for it"):
        load(people, amended("0.2.0", change, sealed("cd" * 32)), now)

    assert ProtocolVersion.objects.count() == 1


def test_unblinded_statistician_signs_the_new_list_and_the_amendment_is_loaded(people, now):
    from adjuvant.conduct.people.permissions import NotPermitted
    from adjuvant.conduct.people.proof import ProofNeeded
    from adjuvant.conduct.protocols.services import sign_sealed_list

    digits, late = "cd" * 32, now + timedelta(minutes=6)
    with pytest.raises(NotPermitted):
        sign_sealed_list(commitment=digits, by=people["data_manager"], at=now)
    with pytest.raises(ProofNeeded):
        sign_sealed_list(commitment=digits, by=people["unblinded_statistician"], at=late)
    sign_sealed_list(commitment=digits, by=people["unblinded_statistician"], at=now)

    loaded = load(people, amended("0.2.0", RATIO, sealed(digits)), now)

    assert loaded.list_commitment == digits


def test_change_of_plan_after_an_unblinded_look_is_signed_and_stays_marked(people, now):
    from django.db import transaction

    from adjuvant.conduct.audit.entry import Entry
    from adjuvant.conduct.audit.models import Event
    from adjuvant.conduct.protocols.services import note_unblinded_look

    assert not load(people, amended("0.2.0", PLAN), now).plan_after_look
    with transaction.atomic():
        entry = Entry("export.closed_report", people["unblinded_statistician"], now)
        note_unblinded_look(entry, "closed report 1", at=now)
        entry.write()
    later = amended("0.3.0", PLAN, ("test: stratified_log_rank", "test: log_rank"))
    with pytest.raises(StepRefused, match="after data by arm were seen; give the reason"):
        load(people, later, now)

    loaded = load(people, later, now, reason="asked by the board")

    assert loaded.plan_after_look
    event = Event.objects.filter(action="protocols.load_version").last()
    assert event.meaning == "I change the analysis plan after data by arm were seen"


@pytest.mark.parametrize(
    ("place", "version", "on", "why"),
    [
        ("S01", "0.1.0", date(2026, 2, 1), "the site approved it on 2026-02-01 already"),
        ("S01", "9.9.9", date(2026, 2, 1), "it was not loaded"),
        ("S01", "0.2.0", date(2026, 9, 2), "the approval lies in the future"),
        ("S01", "0.2.0", date(2026, 1, 31), "in the wrong order"),
    ],
)
def test_approval_that_cannot_be_is_refused(people, now, place, version, on, why):
    load(people, amended("0.2.0", WIDER), now)

    with pytest.raises(StepRefused, match=why):
        approve(people, place, version, on, now)


def test_coordinator_approves_at_her_own_site_alone(people, now):
    from adjuvant.conduct.people.permissions import OtherSite
    from adjuvant.conduct.protocols.services import approve_at_site

    load(people, amended("0.2.0", WIDER), now)
    named = {"version": "0.2.0", "approved_on": date(2026, 9, 1), "document": "EC 41"}

    with pytest.raises(OtherSite):
        approve_at_site(site="S02", **named, by=people["coordinator"], at=now)
    assert approve_at_site(site="S01", **named, by=people["coordinator"], at=now).pk


def test_no_version_in_force_is_one_sentence_with_its_remedy(site, now):
    from adjuvant.conduct.protocols.queries import in_force

    open_trial(now, approved=False)

    with pytest.raises(StepRefused, match="no version of the protocol is in force there; record"):
        in_force("S01", now)


def test_file_is_loaded_once(site, now, tmp_path):
    from adjuvant.conduct.protocols.models import ProtocolVersion
    from adjuvant.conduct.protocols.services import load_file

    file = tmp_path / "protocol.yaml"
    file.write_text(template(), "utf-8")

    first, second = load_file(file), load_file(file)

    assert first.pk == second.pk
    assert ProtocolVersion.objects.get().loaded_by == SYSTEM.id


def test_production_loads_only_what_is_signed(site, now, tmp_path):
    from datetime import UTC, datetime

    from adjuvant.conduct.protocols.services import load_file, load_version
    from adjuvant.conduct.protocols.signature import sign_protocol, signature_file

    file = tmp_path / "protocol.yaml"
    file.write_text(ready(), "utf-8")
    with (
        override_settings(MODE="production"),
        pytest.raises(InvalidInput, match="signature beside the protocol cannot be read"),
    ):
        load_file(file)

    sign_protocol(
        file, name="A. Lead", role="sponsor", meaning="approved", key=bytes(32),
        at=datetime(2026, 2, 3, tzinfo=UTC),
    )  # fmt: skip
    signature = signature_file(file).read_text()
    draft = ready().replace("status: active", "status: draft")
    with override_settings(MODE="production"), pytest.raises(StepRefused, match="it is a draft"):
        load_version(text=draft, signature=signature, by=SYSTEM, at=now)

    with override_settings(MODE="production"):
        assert '"name": "A. Lead"' in load_file(file).signature


@pytest.mark.parametrize(("made", "asked"), [("training", "production"),
                                             ("production", "training")])  # fmt: skip
def test_database_never_changes_its_purpose(site, now, tmp_path, made, asked):
    from django.db import DatabaseError, connection

    from adjuvant.conduct.protocols.services import load_file
    from adjuvant.conduct.protocols.signature import sign_protocol

    file = tmp_path / "protocol.yaml"
    file.write_text(ready(), "utf-8")
    sign_protocol(file, name="A", role="B", meaning="C", key=bytes(32), at=now)
    with override_settings(MODE=made):
        load_file(file)

    with (
        override_settings(MODE=asked),
        pytest.raises(StepRefused, match=f"it was made for {made}, and that never changes"),
    ):
        load_file(file)
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("UPDATE protocols_installation SET mode = %s", [asked])
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("DELETE FROM protocols_installation")

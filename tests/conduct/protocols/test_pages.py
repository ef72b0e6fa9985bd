"""The pages of `protocols` in a browser without JavaScript."""

import re

import pytest
from conduct_protocol import template
from conduct_trial import open_trial
from conduct_web import browser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone


@pytest.fixture
def people(sqlite_site):
    return open_trial(timezone.now())


@pytest.fixture
def manager(people):
    return browser(people["data_manager"].id, proved=True)


def amended(old="{CTL: 1, IMM: 1}\n  method", new="{CTL: 1, IMM: 1}\n  method"):
    text = template().replace("version: 0.1.0\n  date", "version: 0.2.0\n  date")
    text = text.replace("haemoglobin >= 9", "haemoglobin >= 10")
    assert old in text
    return text.replace(old, new)


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def upload(client, text, name="protocol.yaml"):
    content = text if isinstance(text, bytes) else text.encode()
    return client.post("/protocol/amend/", {"protocol": SimpleUploadedFile(name, content)})


def hidden(answer):
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', answer.content.decode()))


def test_amendment_is_shown_in_words_before_it_is_loaded_and_then_approved(manager, people):
    from adjuvant.conduct.protocols.models import ProtocolVersion
    from adjuvant.conduct.protocols.queries import in_force

    shown = upload(manager, amended())
    assert "population inclusion I6 check: haemoglobin &gt;= 9 becomes haemoglobin &gt;= 10" in (
        text_of(shown)
    )
    assert ProtocolVersion.objects.count() == 1

    loaded = manager.post("/protocol/amend/", {**hidden(shown), "reason": "safety"}, follow=True)
    assert "Version 0.2.0 is loaded." in text_of(loaded)
    assert ProtocolVersion.objects.last().text == amended()
    assert "version 0.2.0 waits for approval" in text_of(manager.get("/protocol/"))

    day = timezone.now().date().isoformat()
    given = {"site": "S01", "version": "0.2.0", "approved_on": day, "document": "EC 40"}
    approved = manager.post("/protocol/approve/", given, follow=True)
    assert f"S01 works by version 0.2.0 from {day}." in text_of(approved)
    assert in_force("S01", timezone.now()).version == "0.2.0"
    assert in_force("S02", timezone.now()).version == "0.1.0"


def test_file_with_crlf_is_loaded_byte_by_byte(manager):
    from adjuvant.conduct.protocols.models import ProtocolVersion

    text = amended().replace("\n", "\r\n")

    manager.post("/protocol/amend/", hidden(upload(manager, text)))

    assert ProtocolVersion.objects.get(version="0.2.0").text == text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"format: adjuvant/1\n", "The file has errors. Nothing was loaded."),
        (b"\xff\xfe\x00", "The file is no text in UTF-8"),
        (b"", "The submitted file is empty."),
    ],
)
def test_file_that_is_no_protocol_is_said_so(manager, content, words):
    refused = upload(manager, content)

    assert refused.status_code == 422
    assert words in text_of(refused)


def test_amendment_of_the_ratio_is_refused_on_the_page_with_its_remedy(manager):
    text = amended(new="{CTL: 1, IMM: 2}\n  method")

    shown = upload(manager, text)
    assert "The list of allocations does not fit any more." in text_of(shown)
    refused = manager.post("/protocol/amend/", hidden(shown))

    assert refused.status_code == 409
    assert "the unblinded statistician seals a new list" in text_of(refused)


def test_coordinator_approves_at_her_site_and_loads_nothing(people):
    client = browser(people["coordinator"].id)

    page = client.get("/protocol/approve/").content.decode()

    assert 'value="S01"' in page
    assert 'value="S02"' not in page
    assert client.get("/protocol/amend/").status_code == 403
    assert client.get("/protocol/list/").status_code == 403
    assert client.get("/protocol/").status_code == 200


def test_version_page_and_file_are_there_and_an_unknown_one_is_not(people):
    client = browser(people["nurse"].id)

    assert "The first version" in text_of(client.get("/protocol/version/0.1.0/"))
    assert client.get("/protocol/version/0.1.0/text/").content.decode() == template()
    assert client.get("/protocol/version/9.9/").status_code == 404


def test_unblinded_statistician_signs_a_commitment_on_her_page(people):
    from adjuvant.conduct.protocols.models import ListCommitment

    client = browser(people["unblinded_statistician"].id, proved=True)

    assert client.post("/protocol/list/", {"commitment": "xyz"}).status_code == 409
    done = client.post("/protocol/list/", {"commitment": "CD" * 32}, follow=True)

    assert "The commitment is signed." in text_of(done)
    assert ListCommitment.objects.get().commitment == "cd" * 32

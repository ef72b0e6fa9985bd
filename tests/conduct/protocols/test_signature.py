"""A protocol serves patients only under a signature that covers its very bytes."""

import json
import stat
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from conduct_protocol import ready, template

from adjuvant.conduct.protocols.signature import (
    MEANING,
    check_signature,
    read_signature,
    sign_protocol,
    signature_file,
    signing_key,
    verify_signature,
)
from adjuvant.core import EnvironmentProblem, InvalidInput, ProtocolError, StepRefused

AT = datetime(2026, 2, 3, 9, 30, tzinfo=UTC)
KEY = bytes(range(32))


def sign(file, **more):
    names = {"name": "A. Lead", "role": "coordinating investigator", "meaning": MEANING}
    return sign_protocol(file, **{**names, **more}, at=AT, key=KEY)


@pytest.fixture
def protocol(tmp_path):
    file = tmp_path / "protocol.yaml"
    file.write_text(ready(), "utf-8")
    return file


def test_ready_protocol_is_signed_and_verified(protocol):
    signed = sign(protocol)

    assert verify_signature(protocol) == signed
    assert (signed.name, signed.meaning, signed.version) == ("A. Lead", MEANING, "0.1.0")
    assert signed.signed_at == "2026-02-03T09:30:00+00:00"
    assert json.loads(signature_file(protocol).read_text())["sha256"] == signed.sha256


def test_one_changed_character_breaks_the_signature(protocol):
    sign(protocol)
    protocol.write_text(ready().replace("planned: {value: 300", "planned: {value: 310"), "utf-8")

    with pytest.raises(StepRefused, match=r"it was changed after A\. Lead signed it at 2026-02-03"):
        verify_signature(protocol)


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "B. Other"), ("role", "monitor"), ("meaning", "seen"), ("version", "9"),
     ("signed_at", "2020-01-01T00:00:00+00:00"), ("trial", "OTHER"), ("public_key", "00" * 32),
     ("signature", "00" * 64), ("signature", "zz")],
)  # fmt: skip
def test_no_field_of_the_signature_can_be_altered(protocol, field, value):
    sign(protocol)
    fields = json.loads(signature_file(protocol).read_text())
    text = json.dumps({**fields, field: value})

    with pytest.raises(StepRefused, match="its signature does not hold"):
        check_signature(protocol.read_bytes(), text)


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"schema": 1}'])
def test_file_that_is_no_signature_is_refused(text):
    with pytest.raises(InvalidInput, match="sign the protocol again"):
        read_signature(text)


def test_protocol_without_signature_may_only_train(protocol):
    with pytest.raises(StepRefused, match=r"nobody signed it .*; sign it with 'adjuvant sign'"):
        verify_signature(protocol)


def test_unconfirmed_value_is_not_signed_and_every_one_is_named(protocol):
    protocol.write_text(template().replace("status: draft", "status: active"), "utf-8")

    with pytest.raises(ProtocolError) as refused:
        sign(protocol)

    codes = [finding.code for finding in refused.value.findings]
    assert codes.count("P070") == 47
    assert {"P104", "P105", "P106"} <= set(codes)
    assert not signature_file(protocol).exists()


@pytest.mark.parametrize("status", ["draft", "closed", "historical"])
def test_only_an_active_protocol_is_signed(protocol, status):
    protocol.write_text(ready().replace("status: active", f"status: {status}"), "utf-8")

    with pytest.raises(StepRefused, match=f"trial.status: {status}"):
        sign(protocol)


def test_signature_made_before_the_file_became_unready_does_not_serve(protocol):
    """A signature made by other means cannot carry a draft into production."""
    protocol.write_text(ready().replace("status: active", "status: draft"), "utf-8")
    signature_file(protocol).write_text("{}")

    with pytest.raises(StepRefused, match="it is a draft"):
        verify_signature(protocol)


def test_same_text_is_not_signed_twice(protocol):
    sign(protocol)

    with pytest.raises(StepRefused, match=r"A\. Lead signed this text at"):
        sign(protocol, name="B. Other")


@pytest.mark.parametrize("field", ["name", "role", "meaning"])
def test_signature_says_who_and_why(protocol, field):
    with pytest.raises(InvalidInput, match=f"a signature needs the {field}"):
        sign(protocol, **{field: " "})


def test_signing_key_is_made_once_for_its_owner_alone(tmp_path):
    file = tmp_path / "me" / "signing-key"

    key, made = signing_key(file)

    assert made
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert signing_key(file) == (key, False)
    file.chmod(0o644)
    with pytest.raises(EnvironmentProblem, match="chmod 600"):
        signing_key(file)


def run(*args):
    return subprocess.run(
        [sys.executable, "-m", "adjuvant", "sign", *args], capture_output=True, text=True
    )


def test_sign_on_the_command_line(protocol, tmp_path):
    who = ["--name", "A. Lead", "--role", "sponsor", "--key", str(tmp_path / "key")]

    done = run(str(protocol), *who)
    again = run(str(protocol), *who)

    assert done.returncode == 0, done.stderr
    assert "version 0.1.0 is signed by A. Lead, sponsor." in done.stdout
    assert verify_signature(protocol).role == "sponsor"
    assert again.returncode == 3
    assert "is not signed again: A. Lead signed this text" in again.stderr


def test_refused_protocol_makes_no_key(protocol, tmp_path):
    protocol.write_text(template(), "utf-8")

    done = run(str(protocol), "--name", "A", "--role", "B", "--key", str(tmp_path / "key"))

    assert done.returncode == 3
    assert "error P070" in done.stderr
    assert not (tmp_path / "key").exists()

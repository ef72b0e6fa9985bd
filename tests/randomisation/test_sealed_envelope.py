"""The envelope: each named person opens it alone, nobody else, and no byte can be changed."""

import base64
import builtins
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adjuvant.core import EnvironmentProblem, InvalidInput
from adjuvant.randomisation import (
    Identity,
    Recipient,
    new_identity,
    open_envelope,
    recipients_of,
    seal,
)

ONE, TWO, STRANGER = (new_identity(name) for name in ("Statistician", "Safe", "Stranger"))
ENVELOPE = seal(b"slots: IMM CTL", [ONE.recipient, TWO.recipient])


@pytest.mark.property
@given(st.binary(max_size=9000))
@settings(max_examples=30, deadline=None)
def test_each_recipient_opens_what_was_sealed(content):
    envelope = seal(content, [ONE.recipient, TWO.recipient])

    assert open_envelope(envelope, ONE) == content == open_envelope(envelope, TWO)


def test_who_is_not_named_is_refused_and_told_who_is():
    with pytest.raises(InvalidInput, match="not sealed to this key, but to: Statistician, Safe"):
        open_envelope(ENVELOPE, STRANGER)


def test_content_is_not_found_in_the_envelope():
    assert b"IMM" not in ENVELOPE
    assert b"IMM" not in base64.b64decode(json.loads(ENVELOPE)["body"])


@pytest.mark.parametrize("part", ["body", "key", "ephemeral", "name"])
def test_changed_part_is_refused(part):
    parts = json.loads(ENVELOPE)
    if part == "body":
        parts["body"] = _flipped(parts["body"])
    elif part == "name":
        parts["recipients"][0]["name"] = "Somebody else"
    else:
        parts["recipients"][0][part] = _flipped(parts["recipients"][0][part])

    with pytest.raises(InvalidInput, match="changed since it was sealed"):
        open_envelope(json.dumps(parts).encode(), ONE)


def test_recipient_cannot_be_taken_out_or_named_otherwise():
    parts = json.loads(ENVELOPE)
    del parts["recipients"][1]

    with pytest.raises(InvalidInput, match="changed since it was sealed"):
        open_envelope(json.dumps(parts).encode(), ONE)


def _flipped(text):
    data = bytearray(base64.b64decode(text))
    data[0] ^= 1
    return base64.b64encode(bytes(data)).decode()


def test_length_does_not_tell_how_long_the_list_is():
    lengths = {len(seal(b"x" * n, [ONE.recipient])) for n in (0, 1, 500, 4000)}

    assert len(lengths) == 1


def test_two_envelopes_of_one_content_share_no_body():
    bodies = {json.loads(seal(b"same", [ONE.recipient]))["body"] for _ in range(5)}

    assert len(bodies) == 5


def test_keys_are_written_and_read_as_text():
    assert Identity.parse(ONE.secret_text(), "Statistician") == ONE
    assert Recipient.parse(str(ONE.recipient), "Statistician") == ONE.recipient


@pytest.mark.parametrize("text", ["", "adjuvant-recipient-1:", "adjuvant-recipient-1:AAAA", "x"])
def test_text_that_is_no_key_is_refused(text):
    with pytest.raises(InvalidInput, match="this is not a key"):
        Recipient.parse(text, "Statistician")


def test_private_key_in_the_wrong_field_is_not_quoted():
    with pytest.raises(InvalidInput) as refusal:
        Recipient.parse(ONE.secret_text(), "Statistician")

    assert ONE.secret_text()[-20:] not in str(refusal.value)
    assert repr(ONE) == "Identity(name='Statistician')"


def test_key_of_zeros_is_refused():
    with pytest.raises(InvalidInput, match="is no public key"):
        seal(b"", [Recipient("Nobody", bytes(32))])


@pytest.mark.parametrize("recipients", [[], [ONE.recipient, ONE.recipient]])
def test_envelope_to_nobody_or_to_one_key_twice_is_refused(recipients):
    with pytest.raises(InvalidInput, match="one recipient or more"):
        seal(b"", recipients)


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"\xff", b'{"format":"other"}', b"1"])
def test_what_is_no_envelope_is_refused(data):
    with pytest.raises(InvalidInput, match="not an envelope"):
        recipients_of(data)


def test_missing_extra_is_named_with_the_command(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("cryptography"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)

    with pytest.raises(EnvironmentProblem, match=r"pip install 'adjuvant\[web\]'"):
        seal(b"", [Recipient("x", bytes(32))])

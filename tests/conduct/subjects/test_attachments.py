"""A file is told by its content; what a browser could run is refused whatever its name."""

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adjuvant.conduct.subjects.attachments import MAX_BYTES, file_kind, safe_name
from adjuvant.core import StepRefused

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def package(*names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.4\n/OpenAction [3 0 R /Fit]", "application/pdf"),
        (b"\x89PNG\r\n\x1a\nrest", "image/png"),
        (b"\xff\xd8\xff\xe0rest", "image/jpeg"),
        (b"II*\x00rest", "image/tiff"),
        (b"\x00" * 128 + b"DICM", "application/dicom"),
        ("Na 140 mmol/L, 体重 60 kg\n".encode(), "text/plain"),
        (package("[Content_Types].xml", "word/document.xml"), DOCX),
    ],
)
def test_kind_is_told_by_the_content(content, kind):
    assert file_kind(content) == kind


@pytest.mark.parametrize(
    "content",
    [
        b"<html><script>alert(1)</script>",
        b"  <!DOCTYPE html><p>x",
        b"report <SCRIPT src=x>",
        b'<?xml version="1.0"?><svg onload="x"/>',
        b"see javascript:alert(1)",
        b"MZ\x90\x00program",
        b"\x7fELF",
        b"PK\x03\x04broken",
        package("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
        package("evil.exe"),
        b"GIF89a\x01\x00",
        b"\x00\x01\x02",
    ],
)
def test_what_could_run_or_is_unknown_is_refused(content):
    with pytest.raises(StepRefused, match="none of the kinds that are accepted"):
        file_kind(content)


def test_pdf_that_holds_a_program_is_refused():
    with pytest.raises(StepRefused, match="this PDF holds a program or another file"):
        file_kind(b"%PDF-1.4 << /S /JavaScript /JS (app.alert(1)) >>")


def test_empty_and_too_large_files_are_refused():
    with pytest.raises(StepRefused, match="it is empty"):
        file_kind(b"")
    with pytest.raises(StepRefused, match=r"it has 10\.0 MB, and 10 MB are allowed"):
        file_kind(b"%PDF-" + b"0" * MAX_BYTES)


@pytest.mark.property
@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_name_is_always_safe_to_be_saved_under(name):
    safe = safe_name(name, "application/pdf")

    assert safe.endswith(".pdf")
    assert 5 <= len(safe) <= 84
    assert not set(safe) & set('/\\"<>|:*?\r\n\0;%')
    assert not safe.startswith(".")

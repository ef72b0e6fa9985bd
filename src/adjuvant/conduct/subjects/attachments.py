"""Attached files: told by their content, limited in size, never shown inside a page. Pure.

Only what a trial needs is accepted: pictures, PDF, plain text, and the office formats of reports.
A file that a browser could run (HTML, SVG, scripts, programs, macros) is refused whatever its name.
"""

import io
import re
import unicodedata
import zipfile
from collections.abc import Callable

from django.utils.translation import gettext as _

from adjuvant.core import StepRefused

__all__ = ["MAX_BYTES", "file_kind", "safe_name"]

MAX_BYTES = 10 * 2**20
_HEAD = 4096
_ACTIVE = re.compile(
    rb"<\s*(!doctype\s+html|html|script|svg|iframe|body|head|\?xml|!entity)|javascript:", re.I
)
# Long words only: "/JS" alone would be met by chance in the compressed pictures of a scan.
_PDF_ACTIVE = re.compile(rb"/(JavaScript|Launch|EmbeddedFile)\b")
_ENDING = {
    "application/pdf": ".pdf",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/tiff": ".tif",
    "text/plain": ".txt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/dicom": ".dcm",
}


def file_kind(content: bytes) -> str:
    """Return the media type of a file from its content alone.

    Raises    StepRefused for an empty file, one above 10 MB, and any kind that is not accepted.

    >>> file_kind(b"%PDF-1.7 ...")
    'application/pdf'
    >>> file_kind("Sodium 140 mmol/L".encode())
    'text/plain'
    """
    what = _("the file is not attached")
    if not content:
        raise StepRefused(what, _("it is empty"), _("choose the file again"))
    if len(content) > MAX_BYTES:
        mb = len(content) / 2**20
        raise StepRefused(
            what,
            _("it has %(mb).1f MB, and 10 MB are allowed") % {"mb": mb},
            _("scan it at a lower resolution, or split it"),
        )
    for kind, matches in _TESTS:
        if matches(content):
            return kind
    raise StepRefused(
        what,
        _("its content is none of the kinds that are accepted"),
        _("attach a PDF, a picture (PNG, JPEG, TIFF), plain text, DOCX, XLSX or DICOM"),
    )


def safe_name(name: str, kind: str) -> str:
    """Return a file's name that is safe to be saved under: letters, digits, - _ . and its ending.

    >>> safe_name("../../CT  of <liver>.exe", "image/png")
    'CT of liver.png'
    >>> safe_name("", "text/plain")
    'file.txt'
    """
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", last)
    stem = re.sub(r"[^\w\- .]+", " ", stem)
    stem = re.sub(r"\s+", " ", stem).strip(" .")[:80]
    return (stem or "file") + _ENDING[kind]


def _begins(*heads: bytes) -> Callable[[bytes], bool]:
    return lambda content: content.startswith(heads)


def _pdf(content: bytes) -> bool:
    if not content.startswith(b"%PDF-"):
        return False
    if _PDF_ACTIVE.search(content):
        raise StepRefused(
            _("the file is not attached"),
            _("this PDF holds a program or another file"),
            _("print it to a new PDF and attach that"),
        )
    return True


def _dicom(content: bytes) -> bool:
    return content[128:132] == b"DICM"


def _office(folder: str) -> Callable[[bytes], bool]:
    def matches(content: bytes) -> bool:
        if not content.startswith(b"PK\x03\x04"):
            return False
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as package:
                names = package.namelist()
        except zipfile.BadZipFile:
            return False
        macro = any("vbaproject" in name.lower() or "/activex/" in name.lower() for name in names)
        return "[Content_Types].xml" in names and not macro and f"{folder}/" in "\n".join(names)

    return matches


def _plain_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    control = any(unicodedata.category(sign) == "Cc" and sign not in "\t\n\r\f" for sign in text)
    return not control and not _ACTIVE.search(content)


_TESTS: tuple[tuple[str, Callable[[bytes], bool]], ...] = (
    ("application/pdf", _pdf),
    ("image/png", _begins(b"\x89PNG\r\n\x1a\n")),
    ("image/jpeg", _begins(b"\xff\xd8\xff")),
    ("image/tiff", _begins(b"II*\x00", b"MM\x00*")),
    ("application/dicom", _dicom),
    (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        _office("word"),
    ),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _office("xl")),
    ("text/plain", _plain_text),
)

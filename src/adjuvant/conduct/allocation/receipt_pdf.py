"""The receipt of an allocation as one page to be filed with the subject's papers."""

from io import BytesIO
from typing import Any

import segno
from django.utils.translation import gettext as _
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader, simpleSplit
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfgen.canvas import Canvas

__all__ = ["receipt_pdf"]

_LEFT, _WIDTH = 25 * mm, 160 * mm
_TEXT, _MONO, _JAPANESE = "Helvetica", "Courier", "HeiseiKakuGo-W5"


def receipt_pdf(said: dict[str, Any], receipt: str, arm_label: str) -> bytes:
    """Return the receipt as PDF: what it says in words, the signed text, and a QR code of it.

    said      what `read_receipt` returns; receipt  its two lines.
    """
    memory = BytesIO()
    canvas = Canvas(memory, pagesize=A4, invariant=True)
    canvas.setTitle(f"Receipt {said['number']} {said['subject']}")
    top = A4[1] - 30 * mm
    if said["mode"] == "training":
        canvas.setFont(f"{_TEXT}-Bold", 14)
        canvas.drawString(_LEFT, top + 8 * mm, _("TRAINING: nothing here concerns a patient"))
    canvas.setFont(f"{_TEXT}-Bold", 18)
    canvas.drawString(_LEFT, top, _("Receipt of an allocation"))
    top = _rows(canvas, said, arm_label, top - 12 * mm)
    canvas.setFont(_TEXT, 9)
    words = _(
        "Signed by the site's key. It proves this allocation even if the server is lost; after a "
        "restore the unblinded statistician enters the two lines below."
    )
    for line in simpleSplit(words, _TEXT, 9, _WIDTH):
        canvas.drawString(_LEFT, top, line)
        top -= 4.5 * mm
    canvas.setFont(_MONO, 7)
    for part in receipt.strip().split("\n"):
        for line in cut(part):
            top -= 3.4 * mm
            canvas.drawString(_LEFT, top, line)
    image = BytesIO()
    segno.make(receipt, error="m", micro=False).save(image, kind="png", scale=4, border=4)
    image.seek(0)
    canvas.drawImage(ImageReader(image), _LEFT, top - 70 * mm, 62 * mm, 62 * mm)
    canvas.showPage()
    canvas.save()
    return memory.getvalue()


def _rows(canvas: Canvas, said: dict[str, Any], arm_label: str, top: float) -> float:
    rows = [
        (_("Study"), said["study"]),
        (_("Subject"), said["subject"]),
        (_("Allocated to"), f"{arm_label} ({said['arm']})" if said["arm"] else _("masked")),
        (_("Number in the trial"), str(said["number"])),
        *((name, f"{level}") for name, level in said["levels"].items()),
        (_("When (UTC)"), said["at"]),
        (_("By"), said["by"]),
        (_("Sealed list"), said["list"][:32] + "..."),
    ]
    for name, value in rows:
        canvas.setFont(_TEXT, 10)
        canvas.drawString(_LEFT, top, name)
        font = _font_of(value)
        canvas.setFont(font, 11)
        for line in simpleSplit(value, font, 11, _WIDTH - 50 * mm):
            canvas.drawString(_LEFT + 50 * mm, top, line)
            top -= 6.5 * mm
    return top - 4 * mm


def _font_of(text: str) -> str:
    """Return a font that has the signs of a text: every viewer's own for Japanese."""
    if text.isascii() or _is_latin(text):
        return f"{_TEXT}-Bold"
    registerFont(UnicodeCIDFont(_JAPANESE))
    return _JAPANESE


def _is_latin(text: str) -> bool:
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def cut(text: str, width: int = 105) -> list[str]:
    """Return a line without blanks cut into lines of equal length."""
    return [text[i : i + width] for i in range(0, len(text), width)]

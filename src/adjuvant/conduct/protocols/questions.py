"""A form as a page shows it: one question after the other, with what was typed and what is wrong.

Pure: no request, no database. The templates in `protocols/` draw what these values say.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from adjuvant.conduct.audit.chain import canonical
from adjuvant.conduct.protocols.answers import NOT_DONE, REASON, Checked, controls
from adjuvant.conduct.protocols.typed import Raw, amount_in_words, as_text, in_words
from adjuvant.protocol.model import Form, Item

__all__ = ["FILE", "Option", "Question", "newly_asked", "notice_digest", "questions", "raw_from"]

FILE = ".file"  # the name of the input that carries a file; ITEM itself holds its digest


@dataclass(frozen=True)
class Option:
    """One answer of a choice."""

    value: str
    words: str
    id: str
    chosen: bool


@dataclass(frozen=True)
class Question:
    """One item as it is drawn.

    control     input | radio | select | checkbox | file | calculated | at_site
    mode        of an input: its keyboard on a tablet
    leads       whether other questions depend on the answer
    error       one sentence, or ""; `warning` likewise
    """

    item: Item
    control: str
    typed: str
    options: tuple[Option, ...] = ()
    mode: str = "text"
    hint: str = ""
    unit: str = ""
    required: bool = False
    leads: bool = False
    error: str = ""
    warning: str = ""
    not_done: bool = False
    reason: str = ""

    @property
    def id(self) -> str:
        """The id of the control (of its first part) in the page."""
        return f"i-{self.item.id}"

    @property
    def described_by(self) -> str:
        """The ids of the texts that explain the control to a screen reader."""
        parts = [("hint", self.hint), ("error", self.error), ("warning", self.warning)]
        return " ".join(f"{self.id}-{name}" for name, text in parts if text)

    @property
    def grouped(self) -> bool:
        """Whether the control has several parts under one legend."""
        return self.control in ("radio", "checkbox")


def questions(
    form: Form,
    raw: Mapping[str, Raw],
    checked: Checked,
    *,
    said: Collection[str] | None = None,
) -> tuple[Question, ...]:
    """Return the questions that are asked with these answers, in the order of the form.

    said    the items whose errors and warnings are shown; None: all. A form that opens empty
            does not begin by complaining.
    """
    leading = controls(form)
    shown = {item.id for item in form.items} if said is None else set(said)
    return tuple(
        _question(item, raw, checked, item.id in leading, item.id in shown)
        for item in form.items
        if item.id in checked.asked or item.id in checked.at_site
    )


def raw_from(form: Form, sent: Iterable[tuple[str, list[str]]]) -> dict[str, Raw]:
    """Return what was typed into a form's items from the fields that a browser sent.

    >>> form = Form(id="f", label="F", items=(Item(id="a", label="A", type="yes_no"),))
    >>> raw_from(form, [("a", ["yes"]), ("csrfmiddlewaretoken", ["x"])])
    {'a': 'yes'}
    """
    many = {item.id: item.type == "choices" for item in form.items}
    raw: dict[str, Raw] = {}
    for name, texts in sent:
        item = name.removesuffix(NOT_DONE).removesuffix(REASON)
        if item in many:
            raw[name] = list(texts) if many[item] and name == item else (texts or [""])[-1]
    return raw


def newly_asked(form: Form, checked: Checked, shown: Collection[str]) -> tuple[str, ...]:
    """Return the items that these answers ask and that were not on the page yet."""
    silent = {item.id for item in form.items if item.calculated is not None or item.identifying}
    return tuple(name for name in checked.asked if name not in shown and name not in silent)


def notice_digest(checked: Checked) -> str:
    """Return a short digest of what a person must have seen before the form is saved; "" = nothing.

    It comes back with the answers: other warnings than those she saw are shown first.
    """
    seen = {**checked.warnings, **{f"{name} cleared": s for name, s in checked.cleared.items()}}
    return hashlib.sha256(canonical(seen).encode("utf-8")).hexdigest()[:16] if seen else ""


def _question(
    item: Item, raw: Mapping[str, Raw], checked: Checked, leads: bool, says: bool
) -> Question:
    typed = raw.get(item.id, "")
    chosen = {typed} if isinstance(typed, str) else set(typed)
    control = _control(item)
    modes = {"number": "decimal", "whole_number": "numeric", "date": "numeric",
             "partial_date": "numeric", "time": "numeric"}  # fmt: skip
    text = typed if isinstance(typed, str) else ""
    if control == "calculated":
        value = checked.values.get(item.id)
        text = "" if value is None else in_words(item, value)
    return Question(
        item=item, control=control, typed=text, options=_options(item, chosen),
        mode=modes.get(item.type, "text"), hint=_hint(item),
        unit="" if item.unit in (None, "1") else str(item.unit),
        required=item.id in checked.required, leads=leads,
        error=_tail(item, checked.refusals.get(item.id, "")) if says else "",
        warning=_tail(item, checked.warnings.get(item.id, "")) if says else "",
        not_done=bool(raw.get(item.id + NOT_DONE)), reason=_text(raw.get(item.id + REASON)),
    )  # fmt: skip


def _control(item: Item) -> str:
    if item.identifying:
        return "at_site"
    if item.calculated is not None:
        return "calculated"
    if item.type == "choices":
        return "checkbox"
    if item.type == "yes_no" or (item.type == "choice" and len(item.choices) <= 7):
        return "radio"
    return {"choice": "select", "file": "file"}.get(item.type, "input")


def _options(item: Item, chosen: Collection[str]) -> tuple[Option, ...]:
    choices = {"yes": _("yes"), "no": _("no")} if item.type == "yes_no" else item.choices
    return tuple(
        Option(value, words, f"i-{item.id}" + (f"-{n}" if n else ""), value in chosen)
        for n, (value, words) in enumerate(choices.items())
    )


def _hint(item: Item) -> str:
    """Return what helps to answer: the protocol's own help, the form of a date, the usual range."""
    parts = [item.help] if item.help else []
    if item.type == "date":
        parts.append(_("Year-month-day, like 2026-03-02 or 20260302"))
    if item.type == "partial_date":
        parts.append(_("Like 2026-03-02; leave out what is unknown: 2026-03 or 2026"))
    if item.type == "time":
        parts.append(_("24 hours, like 09:30 or 0930"))
    if item.type == "choices":
        parts.append(_("Tick all that apply"))
    if item.range is not None:
        low, high = (as_text(_plain(part.value)) for part in item.range)
        words = _("Usually %(low)s to %(high)s")
        parts.append(words % {"low": low, "high": amount_in_words(item, high)})
    if item.type == "file":
        parts.append(_("PDF, PNG, JPEG, TIFF, text, DOCX, XLSX or DICOM, at most 10 MB"))
    return ". ".join(part.rstrip(".") for part in parts)


def _plain(value: float) -> int | float:
    return int(value) if value == int(value) else value


def _tail(item: Item, sentence: str) -> str:
    """Return a sentence without the label, which stands right above it."""
    tail = sentence.removeprefix(f"{item.label}: ")
    return tail[:1].upper() + tail[1:]


def _text(raw: Raw | None) -> str:
    return raw if isinstance(raw, str) else ""

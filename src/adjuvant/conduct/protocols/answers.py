"""The form engine: what was typed into a form of the protocol, checked as the file says.

Pure: a form, the texts typed, the values known from other forms; no database. Conditions use the
one evaluator of the house (`adjuvant.protocol.expression`): what is missing is UNKNOWN.

An item is asked unless its `ask_if` is false or unknown. What stands in an item that is not asked
is not kept, and the page says so. An item that identifies the patient is never kept here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from django.utils.translation import gettext as _

from adjuvant.conduct.protocols.typed import (
    MAX_TEXT,
    Raw,
    Value,
    amount_in_words,
    as_text,
    clean,
    in_words,
    lies_ahead,
    read,
)
from adjuvant.core import InvalidInput, PartialDate
from adjuvant.protocol import UNKNOWN, expression
from adjuvant.protocol.model import Form, Item

__all__ = ["NOT_DONE", "REASON", "Checked", "check_answers", "controls", "raw_of"]

NOT_DONE = ".not_done"  # raw key "weight.not_done": ticked when any text stands there
REASON = ".reason"  # raw key "weight.reason": why it was not done
Kept = TypeVar("Kept")


@dataclass(frozen=True)
class Checked:
    """What a form holds once it was checked.

    values      item -> value, only what may be kept: numbers, texts, lists of chosen answers
    not_done    item -> the reason why it was not done
    refusals    item -> one sentence; while one stands here nothing may be saved
    warnings    item -> one sentence; the value is kept if the person says so
    cleared     item -> one sentence: what was typed and is not kept, because it is not asked
    asked       the items that are asked with these answers, in the order of the form
    required    the asked items that must be answered
    at_site     items that identify the patient: written on paper at the site, never kept here
    """

    values: dict[str, Value] = field(default_factory=dict)
    not_done: dict[str, str] = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)
    warnings: dict[str, str] = field(default_factory=dict)
    cleared: dict[str, str] = field(default_factory=dict)
    asked: tuple[str, ...] = ()
    required: frozenset[str] = frozenset()
    at_site: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether the form may be saved: nothing refused, nothing required missing."""
        return not self.refusals


def check_answers(
    form: Form,
    raw: Mapping[str, Raw],
    known: Mapping[str, object] | None = None,
    *,
    today: date | None = None,
) -> Checked:
    """Return the values of a form and what is wrong with them, item by item.

    raw       item -> the text typed (a list of texts for `choices`); `ITEM.not_done` and
              `ITEM.reason` beside it.
    known     values of items of the subject's other forms, and `site`; what is missing is UNKNOWN.
    today     dates after it are warned about; None: they are not.

    >>> imaging = Form(id="imaging", label="Imaging", items=(
    ...     Item(id="finding", label="Finding", type="choice", required=True,
    ...          choices={"NEG": "no recurrence", "POS": "recurrence"}),
    ...     Item(id="where", label="Where", type="text", ask_if="finding == 'POS'",
    ...          required_if="finding == 'POS'")))
    >>> check_answers(imaging, {"finding": "NEG"}).asked
    ('finding',)
    >>> check_answers(imaging, {"finding": "POS"}).refusals
    {'where': 'Where: an answer is needed; fill it in.'}
    """
    sheet = _Sheet(form, raw, known or {}, today)
    for item in form.items:
        sheet.settle(item)
    for name in raw:
        if not sheet.knows(name):
            words = _("%(name)s is not a question of the form %(form)s; leave it out.")
            sheet.refusals[name] = words % {"name": name, "form": form.label}
    return sheet.checked()


def controls(form: Form) -> frozenset[str]:
    """Return the items on which the asking, the need or the value of another item depends.

    >>> controls(Form(id="f", label="F", items=(
    ...     Item(id="a", label="A", type="yes_no"),
    ...     Item(id="b", label="B", type="text", ask_if="a == 'yes'"))))
    frozenset({'a'})
    """
    texts = [t for i in form.items for t in (i.ask_if, i.required_if, i.calculated) if t]
    return frozenset().union(*(expression(text).names for text in texts))


def raw_of(values: Mapping[str, Value], not_done: Mapping[str, str]) -> dict[str, Raw]:
    """Return what has to be typed to give these values: a saved form opened for correction.

    >>> raw_of({"weight": 72.5}, {"temperature": "refused"})
    {'weight': '72.5', 'temperature.not_done': 'on', 'temperature.reason': 'refused'}
    """
    raw: dict[str, Raw] = {
        name: list(value) if isinstance(value, list) else as_text(value)
        for name, value in values.items()
    }
    for name, reason in not_done.items():
        raw[name + NOT_DONE], raw[name + REASON] = "on", reason
    return raw


class _Sheet:
    """One form while it is checked: every item is settled once, after those it depends on."""

    def __init__(
        self, form: Form, raw: Mapping[str, Raw], known: Mapping[str, object], today: date | None
    ) -> None:
        self.form, self.raw, self.known, self.today = form, raw, known, today
        self.items = {item.id: item for item in form.items}
        self.values: dict[str, Value] = {}
        self.not_done: dict[str, str] = {}
        self.refusals: dict[str, str] = {}
        self.warnings: dict[str, str] = {}
        self.cleared: dict[str, str] = {}
        self.asked: set[str] = set()
        self._settled: set[str] = set()

    def knows(self, name: str) -> bool:
        return name.removesuffix(NOT_DONE).removesuffix(REASON) in self.items

    def settle(self, item: Item) -> None:
        """Read an item: whether it is asked, its value, what is wrong with it."""
        if item.id in self._settled:
            return
        self._settled.add(item.id)
        if item.identifying:
            self._at_site(item)
        elif not self._is_asked(item):
            self._clear(item)
        else:
            self.asked.add(item.id)
            if item.calculated is not None:
                self._calculate(item)
            else:
                self._read(item)

    def _evaluate(self, text: str) -> object:
        """Return the value of a rule; the items that it reads are settled before."""
        rule = expression(text)
        for name in rule.names & self.items.keys():
            self.settle(self.items[name])
        have: dict[str, object] = {}
        for name in rule.names:
            if name in self.items:
                have[name] = _for_rule(self.items[name], self.values.get(name))
            else:
                have[name] = self.known.get(name)
        return rule.evaluate(have)

    def _truth(self, item: Item, text: str) -> bool | None:
        """Return a condition's truth, None where it is unknown.

        A condition that has no answer (a text compared in order with a number) is said in a
        warning: the person at the form cannot mend the protocol, and must not be stopped by it.
        """
        try:
            value = self._evaluate(text)
        except InvalidInput:
            words = _("its condition (%(rule)s) has no answer here; tell the data manager.")
            self.warnings[item.id] = f"{item.label}: " + words % {"rule": text}
            return None
        if value is UNKNOWN:
            return None
        return value in (True, "yes")

    def _is_asked(self, item: Item) -> bool:
        if item.ask_if is None:
            return True
        truth = self._truth(item, item.ask_if)
        if truth is not None:
            return truth
        # While the answer that decides is itself refused, what was typed below it is not thrown
        # away: the field stays open until that answer is mended.
        read_by = expression(item.ask_if).names
        waits = any(name in self.refusals for name in read_by)
        return waits and bool(clean(self.raw.get(item.id)))

    def _at_site(self, item: Item) -> None:
        if clean(self.raw.get(item.id)):
            words = _(
                "it identifies the patient and is not kept here; empty the field and write it on "
                "the site's own identification list."
            )
            self.refusals[item.id] = f"{item.label}: {words}"

    def _clear(self, item: Item) -> None:
        typed = clean(self.raw.get(item.id))
        if typed:
            words = _("it is not asked with these answers; what stood there (%(was)s) is not kept.")
            was = ", ".join(in_words(item, text) for text in typed)
            self.cleared[item.id] = f"{item.label}: " + words % {"was": " ".join(was.split())[:80]}
        elif self.raw.get(item.id + NOT_DONE):
            words = _('it is not asked with these answers; the mark "not done" is not kept.')
            self.cleared[item.id] = f"{item.label}: {words}"

    def _calculate(self, item: Item) -> None:
        assert item.calculated is not None
        try:
            value = self._evaluate(item.calculated)
        except InvalidInput as fault:
            words = _("it could not be calculated (%(why)s); check the values it is made from.")
            self.warnings[item.id] = f"{item.label}: " + words % {"why": fault.message}
            return
        if value is UNKNOWN:
            return
        if isinstance(value, bool):
            value = "yes" if value else "no"
        if isinstance(value, float):
            # 12 digits: 0.1 + 0.2 is 0.3, inside a limit of 0.3, and the same on every machine.
            value = _plain_number(float(f"{value:.12g}"))
        self._keep(item, value)  # type: ignore[arg-type]

    def _read(self, item: Item) -> None:
        typed = clean(self.raw.get(item.id))
        if self.raw.get(item.id + NOT_DONE):
            self._read_not_done(item, typed)
        elif typed:
            try:
                self._keep(item, read(item, typed))
            except InvalidInput as fault:
                self.refusals[item.id] = fault.message

    def _read_not_done(self, item: Item, typed: list[str]) -> None:
        reason = " ".join(clean(self.raw.get(item.id + REASON)))
        problem = ""
        if not item.not_done:
            problem = _("the protocol does not let it be left out; fill it in.")
        elif typed:
            problem = _('it has a value and is marked "not done"; keep one of the two.')
        elif not reason:
            problem = _('it is marked "not done"; say why in the field beside it.')
        elif len(reason) > MAX_TEXT or not reason.isprintable():
            problem = _("the reason is too long or holds control characters; write it anew.")
        if problem:
            self.refusals[item.id] = f"{item.label}: {problem}"
        else:
            self.not_done[item.id] = reason

    def _keep(self, item: Item, value: Value) -> None:
        """Keep a value that its limit allows; warn where it is unusual."""
        number = isinstance(value, int | float)
        if number and item.limit is not None and not _inside(item, "limit", value):
            words = _(
                "%(value)s is outside %(low)s to %(high)s, which cannot be; correct it%(or)s."
            )
            self.refusals[item.id] = self._about(item, words, value, "limit")
            return
        self.values[item.id] = value
        if number and item.range is not None and not _inside(item, "range", value):
            words = _("%(value)s is outside the usual %(low)s to %(high)s; check it in the source.")
            self.warnings[item.id] = self._about(item, words, value, "range")
        ahead = item.type in ("date", "partial_date") and self.today is not None
        if ahead and isinstance(value, str) and self.today and lies_ahead(value, self.today):
            words = _("%(value)s lies in the future; check it.") % {"value": value}
            self.warnings[item.id] = f"{item.label}: {words}"

    def _about(self, item: Item, words: str, value: Value, key: str) -> str:
        low, high = getattr(item, key)
        either = _(', or mark it "not done"') if item.not_done and not item.calculated else ""
        parts = {
            "value": in_words(item, value),
            "low": as_text(_plain_number(low.value)),
            "high": amount_in_words(item, as_text(_plain_number(high.value))),
            "or": either,
        }
        return f"{item.label}: " + words % parts

    def checked(self) -> Checked:
        """Close the sheet: what is required and missing is refused."""
        required = frozenset(
            item.id
            for item in self.form.items
            if item.id in self.asked and item.calculated is None and self._is_required(item)
        )
        for item in self.form.items:
            answered = item.id in self.values or item.id in self.not_done
            if item.id in required and not answered and item.id not in self.refusals:
                words = _("an answer is needed; fill it in.")
                if item.not_done:
                    words = _('an answer is needed; fill it in, or mark it "not done" and say why.')
                self.refusals[item.id] = f"{item.label}: {words}"
        order = [item.id for item in self.form.items]
        return Checked(
            values=_ordered(self.values, order),
            not_done=_ordered(self.not_done, order),
            refusals=_ordered(self.refusals, order),
            warnings=_ordered(self.warnings, order),
            cleared=_ordered(self.cleared, order),
            asked=tuple(name for name in order if name in self.asked),
            required=required,
            at_site=tuple(item.id for item in self.form.items if item.identifying),
        )

    def _is_required(self, item: Item) -> bool:
        if item.required:
            return True
        return item.required_if is not None and self._truth(item, item.required_if) is True


def _for_rule(item: Item, value: Value | None) -> object:
    """Return a value as a rule reads it: a date of which a part is unknown is UNKNOWN."""
    partial = item.type == "partial_date" and isinstance(value, str)
    if partial and not PartialDate.parse(str(value)).complete:
        return None
    return value


def _inside(item: Item, key: str, value: object) -> bool:
    low, high = getattr(item, key)
    assert isinstance(value, int | float)
    return bool(low.value <= value <= high.value)


def _plain_number(value: float) -> int | float:
    return int(value) if value == int(value) else value


def _ordered(found: dict[str, Kept], order: list[str]) -> dict[str, Kept]:
    ahead = [name for name in order if name in found]
    return {name: found[name] for name in (*ahead, *(n for n in found if n not in ahead))}

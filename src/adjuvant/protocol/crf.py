"""Case report forms from the protocol: blank for the drawer, annotated for the reviewer."""

import re

from adjuvant.protocol.document import Document, Section
from adjuvant.protocol.model import Form, Item, Protocol
from adjuvant.protocol.words import listed, spoken

__all__ = ["annotated_forms", "blank_forms"]

_BOX = "\u2610"
_LINE = "_" * 24
_EQUALS = re.compile(r"(\w+) == '([^']*)'")
_SHAPES = {
    "date": "____ - __ - __  (year - month - day)",
    "partial_date": "____ - __ - __  (year - month - day; leave out what is unknown)",
    "time": "__ : __",
    "yes_no": f"{_BOX} yes   {_BOX} no",
    "file": f"{_BOX} attached",
}


def blank_forms(protocol: Protocol) -> Document:
    """Return the forms as they are printed for the drawer: boxes, lines, units, when to ask.

    >>> from importlib.resources import files
    >>> from adjuvant.protocol import as_text, read_protocol
    >>> shipped = files("adjuvant.studies") / "takayama2000" / "protocol.yaml"
    >>> "Consent signed" in as_text(blank_forms(read_protocol(shipped).protocol))
    True
    """
    document = _document(protocol, "Case report forms, blank")
    for form in protocol.forms:
        section = _form(document, protocol, form)
        rows = [
            (_question(item), _answer(item), _conditions(item, protocol)) for item in form.items
        ]
        section.table("", ("question", "answer", "remarks"), rows)
        if form.signed_by:
            section.say(f"Signature of the {spoken(form.signed_by)}: {_LINE}   Date: {_LINE}")
    _offline(document, protocol)
    return document


def annotated_forms(protocol: Protocol) -> Document:
    """Return the forms with the name, type, limits and CDISC variable of each item.

    >>> from importlib.resources import files
    >>> from adjuvant.protocol import as_text, read_protocol
    >>> shipped = files("adjuvant.studies") / "takayama2000" / "protocol.yaml"
    >>> "LB.LBORRES" in as_text(annotated_forms(read_protocol(shipped).protocol))
    True
    """
    document = _document(protocol, "Case report forms, annotated")
    for form in protocol.forms:
        section = _form(document, protocol, form)
        rows = [
            (item.id, item.label, _type(item), _limits(item), _rules(item), item.cdisc or "")
            for item in form.items
        ]
        head = ("item", "question", "type", "warned - refused", "asked and required", "CDISC")
        section.table("", head, rows)
    return document


def _document(protocol: Protocol, title: str) -> Document:
    trial = protocol.trial
    document = Document(f"{trial.id}: {title}", f"{trial.title}. Version {trial.version}.")
    contents = document.section("Forms", "contents")
    rows = [(form.label, listed(_visits(protocol, form))) for form in protocol.forms]
    contents.table("", ("form", "filled at"), rows)
    contents.say("* The answer is required.")
    return document


def _form(document: Document, protocol: Protocol, form: Form) -> Section:
    section = document.section(form.label, f"form-{form.id}", new_page=True)
    section.say(
        f"Trial {protocol.trial.id}   Site ______   Subject ____________   Visit ________   "
        "Date ____ - __ - __"
    )
    visits = _visits(protocol, form)
    repeated = "; one sheet each time" if form.repeating else ""
    section.say(
        f"Filled at: {listed(visits)}{repeated}." if visits else "Filled when it is needed."
    )
    return section


def _visits(protocol: Protocol, form: Form) -> list[str]:
    names = {name for name, part in protocol.activities.items() if part.form == form.id}
    return [
        visit.label or visit.id
        for visit in protocol.visits
        if names & set(visit.do).union(*visit.also.values())
    ]


def _question(item: Item) -> str:
    return item.label + (" *" if item.required else "")


def _answer(item: Item) -> str:
    if item.calculated is not None:
        return "calculated"
    if item.type in ("choice", "choices"):
        words = "   ".join(f"{_BOX} {word}" for word in item.choices.values())
        return words + ("   (mark all that apply)" if item.type == "choices" else "")
    shape = _SHAPES.get(item.type, _LINE)
    if item.unit is not None and item.unit != "1":
        shape = f"{_LINE[:12]} {item.unit}"
    return shape + (f"   {_BOX} not done" if item.not_done else "")


def _conditions(item: Item, protocol: Protocol) -> str:
    words = [f"only if {_in_words(item.ask_if, protocol)}"] if item.ask_if else []
    words += [item.help] if item.help else []
    return "; ".join(words)


def _in_words(condition: str, protocol: Protocol) -> str:
    """Return a condition with labels and choices for names and codes, where it is a plain one."""
    items = {item.id: item for form in protocol.forms for item in form.items}

    def words(hit: re.Match[str]) -> str:
        item = items.get(hit[1])
        if item is None:
            return hit[0]
        return f'"{item.label}" is {item.choices.get(hit[2], hit[2])}'

    return _EQUALS.sub(words, condition)


def _type(item: Item) -> str:
    words = spoken(item.type)
    if item.unit is not None and item.unit != "1":
        words += f" in {item.unit}"
    if item.choices:
        words += ": " + ", ".join(f"{key} = {word}" for key, word in item.choices.items())
    return words


def _limits(item: Item) -> str:
    words = []
    if item.range is not None:
        words.append(f"outside {item.range[0]} to {item.range[1]}")
    if item.limit is not None:
        words.append(f"outside {item.limit[0]} to {item.limit[1]}")
    return " - ".join(words)


def _rules(item: Item) -> str:
    words = ["required"] if item.required else []
    words += [f"required if {item.required_if}"] if item.required_if else []
    words += [f"asked if {item.ask_if}"] if item.ask_if else []
    words += [f"= {item.calculated}"] if item.calculated else []
    words += ["may be not done"] if item.not_done else []
    words += ["identifies the patient: stays at the site"] if item.identifying else []
    return "; ".join(words)


def _offline(document: Document, protocol: Protocol) -> None:
    how = protocol.randomisation.when_offline
    if how:
        section = document.section("When the network is down", "offline", new_page=True)
        section.say(how)
        section.say(f"Allocated arm: {_LINE}   By: {_LINE}   Date and time: {_LINE}")

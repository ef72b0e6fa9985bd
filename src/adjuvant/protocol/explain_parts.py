"""The later sections of the explained protocol: product, schedule, endpoints, plan, oversight."""

from typing import Any

from adjuvant.protocol.document import Document, Link, Section, Table
from adjuvant.protocol.feasible_days import feasible_days
from adjuvant.protocol.model import (
    Analysis,
    CellProduct,
    Design,
    Estimand,
    Part,
    Protocol,
    Visit,
    YearlyHazard,
)
from adjuvant.protocol.plan_types import PLAN_TYPES
from adjuvant.protocol.spirit import SpiritRow, is_given, spirit_rows
from adjuvant.protocol.words import counted, either, figure, listed, numbers, spoken

__all__ = [
    "analyses_section",
    "cells_section",
    "design_section",
    "endpoints_section",
    "estimands_section",
    "governance_section",
    "schedule_section",
    "schedule_table",
    "spirit_section",
]

_VISITS_ON_A_PAGE = 10  # as many columns as A4 upright holds without a broken word


def cells_section(document: Document, protocol: Protocol) -> None:
    """Write how each cell product is made, tested and released."""
    if not protocol.cell_products:
        return
    section = document.section("The cell product", "cells")
    for product in protocol.cell_products:
        _product(section, product)
    for found in feasible_days(protocol):
        days = numbers(found.works)
        section.say(
            f"From the draw to the released lot {found.making} days pass. Randomisation on these "
            f"days after {protocol.randomisation.timing.anchor} reaches {found.infusion.id} in its "  # type: ignore[union-attr]
            f"window: {days} (of {found.allowed[0]} to {found.allowed[-1]})."
        )


def _product(section: Section, product: CellProduct) -> None:
    kind = "autologous" if product.autologous else "allogeneic"
    section.say(f"{product.label} ({kind}).")
    draw = product.draw
    if draw is not None:
        when = "before" if draw.before_randomisation else "after"
        words = [f"Material is drawn {when} randomisation, once per {draw.per}"]
        if draw.volume_ml is not None:
            words.append(
                f"at most {figure(draw.volume_ml.max_each)} mL each time and "
                f"{figure(draw.volume_ml.max_total)} mL in all"
            )
        if draw.haemoglobin_min_g_dl is not None:
            words.append(f"not below a haemoglobin of {figure(draw.haemoglobin_min_g_dl)} g/dL")
        words.append(counted(draw.max_redraws, "redraw") + " at most")
        section.say("; ".join(words) + ".")
    section.list([_step(step) for step in product.steps])
    rows = [
        (
            test.label or test.id,
            spoken(test.due),
            _limits(test),
            spoken(test.if_fail or ""),
        )
        for test in product.release.tests
    ]
    section.table("Release specification", ("test", "due", "accepted", "if it fails"), rows)
    if product.expires_after is not None:
        section.say(f"The product is given within {product.expires_after} of harvest.")


def _step(step: Any) -> str:
    words = step.label or spoken(step.id)
    if step.material:
        words += f" of {step.material}"
    if step.takes is not None:
        words += f", {step.takes.target}"
        if step.takes.window is not None:
            words += f" ({step.takes.window[0]} to {step.takes.window[1]})"
    agents = [
        a.name + (f" {figure(a.amount)} {a.unit or ''}".rstrip() if a.amount is not None else "")
        for a in step.agents
    ]
    return words + (f", with {listed(agents)}" if agents else "")


def _limits(test: Any) -> str:
    words = []
    if test.min is not None:
        words.append(f"at least {figure(test.min)}")
    if test.max is not None:
        words.append(f"at most {figure(test.max)}")
    text = " and ".join(words) + (f" {test.unit}" if words and test.unit else "")
    return text or (test.accept or "")


def schedule_section(document: Document, protocol: Protocol) -> None:
    """Write when what is done, as a table of visits and activities, and the infusions."""
    if not protocol.visits and not protocol.infusions:
        return
    section = document.section("Schedule", "schedule", new_page=True)
    section.say(f"Times are counted from {protocol.schedule.anchor} unless another day is named.")
    head, rows = schedule_table(protocol)
    pieces = range(1, len(head), _VISITS_ON_A_PAGE)
    for n, first in enumerate(pieces, 1):
        last = first + _VISITS_ON_A_PAGE
        part = f", part {n} of {len(pieces)}" if len(pieces) > 1 else ""
        section.table(
            f"Schedule of activities{part}",
            (head[0], *head[first:last]),
            [(row[0], *row[first:last]) for row in rows],
            marks_from=1,
        )
    only = [v for v in protocol.visits if "all" not in v.arms]
    section.list([f"{v.id}: only in {listed(list(v.arms))}." for v in only])
    infusions = [
        (
            part.id,
            f"{part.at} after {part.anchor or protocol.schedule.anchor}",
            "" if part.window is None else f"{part.window[0]} to {part.window[1]}",
            "" if part.min_gap is None else str(part.min_gap),
            spoken(part.if_late) + (f", latest {part.latest}" if part.latest else ""),
        )
        for part in protocol.infusions
    ]
    section.table("Infusions", ("infusion", "due", "window", "gap at least", "if late"), infusions)
    withdrawal = protocol.withdrawal
    section.say(
        f"A patient who withdraws is asked separately about {listed(list(withdrawal.parts))}. "
        "What was collected before is kept, and the patient stays in the intention-to-treat set."
    )


def schedule_table(protocol: Protocol) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return head and rows of the schedule of activities: X where an activity is done.

    A mark with an arm's id is done in that arm alone.
    """
    head = ("activity", *(visit.id for visit in protocol.visits))
    when = ("when", *(_when(visit, protocol.schedule.anchor) for visit in protocol.visits))
    window = ("window", *(_window(visit) for visit in protocol.visits))
    rows = [when, window]
    for name, activity in protocol.activities.items():
        marks = tuple(_mark(visit, name) for visit in protocol.visits)
        if any(marks):
            rows.append((activity.label, *marks))
    return head, rows


def _mark(visit: Visit, name: str) -> str:
    if name in visit.do:
        return "X" if "all" in visit.arms else ", ".join(visit.arms)
    return ", ".join(arm for arm, names in visit.also.items() if name in names)


def _when(visit: Visit, anchor: str) -> str:
    own = f" after {visit.anchor}" if visit.anchor and visit.anchor != anchor else ""
    if visit.every is not None:
        end = f" to {spoken(visit.until)}" if visit.until else ""
        return f"every {visit.every} from {visit.start or visit.every}{end}{own}"
    return f"{visit.at}{own}"


def _window(visit: Visit) -> str:
    return "" if visit.window is None else f"{visit.window[0]} to {visit.window[1]}"


def endpoints_section(document: Document, protocol: Protocol) -> None:
    """Write what is counted, from when, and how follow-up ends without it."""
    section = document.section("Outcomes", "endpoints")
    rows = []
    for part in protocol.endpoints:
        counts = either([_event(text, protocol) for text in part.event])
        others = either([_event(text, protocol) for text in part.competing])
        competing = f"; competing: {others}" if others else ""
        end = f"censored at {spoken(part.censor_at)}" if part.censor_at else ""
        rows.append(
            (
                f"{part.label} ({part.id})",
                part.level,
                f"{spoken(part.origin)} to {counts}{competing}" if part.event else part.type,
                end,
            )
        )
    section.table("", ("outcome", "level", "from - to", "without event"), rows)
    events = []
    for name, event in protocol.events.items():
        words = [f"{event.label or spoken(name)}"]
        words += [f"dated by {event.date}"] if event.date else []
        words += [f"confirmed by {either(event.confirmed_by)}"] if event.confirmed_by else []
        words += ["reported, counts in no outcome"] if event.counts_in == () else []
        events.append(": ".join((words[0], "; ".join(words[1:]))) if words[1:] else words[0])
    section.list(events)


def _event(text: str, protocol: Protocol) -> str:
    """Return an event by its label, with the condition on its cause where there is one."""
    name, where, condition = text.partition(" where ")
    label = protocol.events[name].label if name in protocol.events else None
    words = label or spoken(name)
    if words[1:2].islower():
        words = words[0].lower() + words[1:]
    return f"{words}{where}{condition}"


def estimands_section(document: Document, protocol: Protocol) -> None:
    """Write the five attributes of each estimand."""
    if not protocol.estimands:
        return
    section = document.section("Estimands", "estimands")
    for part in protocol.estimands:
        section.table(f"{part.id}: {part.objective}", ("attribute", "value"), _estimand(part))


def _estimand(part: Estimand) -> list[tuple[str, str]]:
    strategies = [f"{spoken(e.event)}: {spoken(e.strategy)}" for e in part.intercurrent_events]
    return [
        ("Treatment", "; ".join(f"{arm}: {words}" for arm, words in part.treatment.items())),
        ("Population", spoken(part.population)),
        ("Outcome", part.endpoint),
        ("Intercurrent events", "; ".join(strategies)),
        ("Summary measure", spoken(str(part.summary.get("measure", "")))),
        ("Main analysis", part.main or "none"),
    ]


def design_section(document: Document, protocol: Protocol) -> None:
    """Write how the size was found and when it is looked at."""
    design = protocol.design
    section = document.section("Size and looks", "design")
    if design.hypothesis is not None:
        test = design.hypothesis
        sides = "two-sided" if test.sided == 2 else "one-sided"
        section.say(f"{test.endpoint} is tested at {test.alpha:g}, {sides}.")
    section.list(_assumed(design))
    facts = [
        ("Power", "" if design.power is None else f"{design.power:.0%}"),
        ("Events needed", "" if design.events is None else str(design.events)),
        ("Recruitment takes", "" if design.accrual is None else str(design.accrual)),
        ("Follow-up after the last patient", str(design.follow_up_after_last or "")),
        ("Lost to follow-up", _yearly(design.dropout)),
        ("Competing deaths", _yearly(design.competing_death)),
        ("Test", "" if design.test is None else spoken(design.test.type)),
    ]
    section.table("", ("fact", "value"), [row for row in facts if row[1]])
    if design.looks is not None:
        shares = listed([f"{share:.0%}" for share in design.looks.information])
        harm = design.looks.harm_alpha
        section.say(
            f"{design.looks.by} looks at {shares} of the information; spending "
            f"{spoken(design.looks.spending)}, futility {spoken(design.looks.futility)}"
            + ("." if harm is None else f", harm at a one-sided level of {harm:g}.")
        )
    section.say(f"No looks: {design.why_no_looks}." if design.why_no_looks else "")
    section.list([f"{stop.when}: {stop.do} the trial" for stop in design.safety_stop])
    if design.multiplicity is not None and design.multiplicity.order:
        section.say(
            "Confirmatory claims are made in this order, each only if the one before held: "
            f"{', '.join(design.multiplicity.order)}. All else is descriptive."
        )
    if not section.blocks:
        document.sections.remove(section)


def _assumed(design: Design) -> list[str]:
    """Return what is assumed of the patients, a line each."""
    lines = [
        f"{arm}: {', '.join(f'{p:.0%} free of the event at {t}' for t, p in times.items())}"
        for arm, times in design.survival.items()
    ]
    lines += [f"{arm}: {share:.0%} cured" for arm, share in design.cured.items()]
    lines += [
        f"{s.label}, {s.fraction:.0%} of the patients: "
        + ", ".join(
            f"{p:.0%} of the control free of the event at {t}" for t, p in s.survival.items()
        )
        for s in design.strata
    ]
    if design.hazard_ratio is not None:
        lines.append(f"hazard ratio {design.hazard_ratio:g}")
    if design.hazard_ratio_from:
        steps = [f"{ratio:g} from {start}" for start, ratio in design.hazard_ratio_from.items()]
        lines.append(f"hazard ratio {listed(steps)}")
    if design.product_failure is not None:
        failure = design.product_failure
        lines.append(
            f"{failure.never_started:.0%} of the experimental arm never start, and "
            f"{failure.stopping_per_y:g} a year stop; they stay in their arm"
        )
    if design.imaging is not None:
        lines.append(f"recurrence is seen at visits, every {design.imaging.every}")
    named = [scenario.label or name for name, scenario in design.scenarios.items()]
    if named:
        lines.append(f"also tried out: {listed(named)}")
    return lines


def _yearly(found: YearlyHazard | None) -> str:
    if found is None:
        return ""
    parts = [f"hazard {found.hazard_per_y:g} a year"] if not found.by_arm else []
    parts += [f"{arm}: hazard {rate:g} a year" for arm, rate in found.by_arm.items()]
    return ", ".join(parts)


def analyses_section(document: Document, protocol: Protocol) -> None:
    """Write sets and plan."""
    section = document.section("Analysis plan", "analyses")
    section.list([f"{s.id}: {s.label or s.rule} [{s.rule}]" for s in protocol.analysis_sets])
    rows = [(a.id, _analysis(a), a.set, spoken(a.claim)) for a in protocol.analyses]
    section.table("", ("analysis", "what", "set", "claim"), rows)


def _analysis(part: Analysis) -> str:
    words = [PLAN_TYPES[part.type].gives]
    words += [f"of {part.endpoint or part.of}"] if part.endpoint or part.of else []
    words += [f"at {listed([str(t) for t in part.at])}"] if part.at else []
    words += [f"to {part.tau}"] if part.tau else []
    words += [f"by {listed([spoken(n) for n in part.by])}"] if part.by else []
    words += ["stratified as randomised"] if part.strata == "as_randomised" else []
    words += ["competing events censored"] if part.competing == "censor" else []
    why = f" (unstratified: {part.why_unstratified})" if part.why_unstratified else ""
    return ", ".join(words) + why


def governance_section(document: Document, protocol: Protocol) -> None:
    """Write roles and oversight."""
    section = document.section("People and oversight", "governance")
    tasks = {task.id: task.label for task in protocol.tasks}
    rows = [
        (
            role.label,
            listed([tasks.get(t, t).lower() for t in role.tasks]),
            listed([spoken(r) for r in role.never_with]),
        )
        for role in protocol.roles
    ]
    section.table("", ("role", "tasks", "never the same person as"), rows)
    if protocol.governance is not None:
        found = _leaves(protocol.governance, "governance")
        section.table(
            "",
            ("matter", "what is planned"),
            [(words, value) for _, words, value in found],
            anchors=[path for path, _, _ in found],
        )
    if not section.blocks:
        document.sections.remove(section)


def _leaves(part: Part, path: str = "", prefix: str = "") -> list[tuple[str, str, str]]:
    """Return every value below a part: its path, the path in words, the value in words."""
    found: list[tuple[str, str, str]] = []
    for name in type(part).model_fields:
        value = getattr(part, name)
        at, words = f"{path}.{name}", f"{prefix}{spoken(name)}"
        if isinstance(value, Part):
            found += _leaves(value, at, f"{words}: ")
        elif isinstance(value, (tuple, list)) and value:
            texts = [
                listed([w for _, _, w in _leaves(v)]) if isinstance(v, Part) else str(v)
                for v in value
            ]
            found.append((at, words, "; ".join(texts)))
        elif value not in (None, (), [], {}, ""):
            found.append((at, words, str(value)))
    return found


# Where the document prints what stands elsewhere in the file.
_PRINTED_IN = {
    "population.planned": "trial",
    "interventions": "arms",
    "visits": "schedule",
    "forms": "schedule",
    "analysis_sets": "analyses",
}


def spirit_section(document: Document, protocol: Protocol) -> None:
    """Write the SPIRIT 2025 checklist with links to the places that answer each row."""
    if protocol.governance is None:
        return
    rows = [
        (row.id, f"{row.topic}: {row.asks}", _places(document, protocol, row) or "no value")
        for row in spirit_rows(protocol)
    ]
    section = document.section("SPIRIT 2025 checklist", "spirit", new_page=True)
    section.table("Where this protocol answers each item", ("item", "topic", "where"), rows)


def _places(document: Document, protocol: Protocol, row: SpiritRow) -> tuple[Link, ...]:
    """Return a link to each place that answers a row; none where the row has no answer."""
    if not row.answered:
        return ()
    titles = {section.anchor: section.title for section in document.sections}
    found: dict[str, Link] = {}
    for path in row.paths:
        first, _, rest = path.partition(".")
        home = _PRINTED_IN.get(path, _PRINTED_IN.get(first, first))
        if not is_given(protocol, path) or home not in titles:
            continue
        if home == "governance":
            words = f"{titles[home]}: {', '.join(spoken(w) for w in rest.split('.'))}"
            found[path] = Link(words, _row_of(path, document) or home)
        else:
            found[home] = Link(titles[home], home)
    return tuple(found.values())


def _row_of(path: str, document: Document) -> str:
    """Return the place of a value, or of the first value below a part; "" where none is printed."""
    tables = (b for section in document.sections for b in section.blocks if isinstance(b, Table))
    anchors = (anchor for table in tables for anchor in table.anchors)
    return next((a for a in anchors if f"{a}.".startswith(f"{path}.")), "")

"""The protocol as prose with a schedule of activities: what an ethics board reads."""

from collections.abc import Mapping, Sequence

from adjuvant.protocol.document import Document, Section
from adjuvant.protocol.explain_parts import (
    analyses_section,
    cells_section,
    design_section,
    endpoints_section,
    estimands_section,
    governance_section,
    schedule_section,
    spirit_section,
)
from adjuvant.protocol.model import Criterion, Intervention, Protocol
from adjuvant.protocol.reader import ReadProtocol
from adjuvant.protocol.tree import Provenance
from adjuvant.protocol.words import counted, either, listed, spoken

__all__ = ["explain"]


def explain(read: ReadProtocol) -> Document:
    """Return a protocol as a document of prose and tables, in the order of SPIRIT.

    >>> from importlib.resources import files
    >>> from adjuvant.protocol import as_text, read_protocol
    >>> path = files("adjuvant.studies") / "moertel1990" / "protocol.yaml"
    >>> text = as_text(explain(read_protocol(path)))
    >>> "Patients are allocated 1:1:1" in text
    True
    """
    protocol = read.protocol
    trial = protocol.trial
    document = Document(
        trial.title,
        f"{trial.id}, version {trial.version}"
        + (f" of {trial.date}" if trial.date else "")
        + f", status {trial.status}",
    )
    _trial(document.section("The trial", "trial"), protocol)
    _population(document.section("Who may take part", "population"), protocol)
    _arms(document.section("Treatments", "arms"), protocol)
    _randomisation(document.section("Allocation and masking", "randomisation"), protocol)
    cells_section(document, protocol)
    schedule_section(document, protocol)
    endpoints_section(document, protocol)
    estimands_section(document, protocol)
    design_section(document, protocol)
    analyses_section(document, protocol)
    governance_section(document, protocol)
    spirit_section(document, protocol)
    _provenance(document, read.provenance)
    return document


def _trial(section: Section, protocol: Protocol) -> None:
    trial = protocol.trial
    facts = [
        ("Identifier", trial.id),
        ("Phase", trial.phase or ""),
        ("Registration", _registration(trial.registration)),
        ("Sponsor", trial.sponsor or ""),
        ("Sites", listed([f"{site.name} ({site.id})" for site in trial.sites])),
        ("Planned number", "" if protocol.population.planned is None else
         counted(protocol.population.planned, "patient")),
        ("Masking", spoken(trial.blinding or "")),
        ("Masked assessment", listed([spoken(w) for w in trial.masked_assessment])),
        ("End of the trial", trial.end_of_trial or ""),
    ]  # fmt: skip
    if trial.recruitment is not None:
        end = f" to {trial.recruitment.end}" if trial.recruitment.end else ""
        facts.append(("Recruitment", f"{trial.recruitment.start}{end}"))
    section.table("", ("fact", "value"), [row for row in facts if row[1]])
    section.list([f"Reported in: {text}" for text in trial.citation])


def _registration(registration: Mapping[str, str | None] | None) -> str:
    if not registration:
        return ""
    if registration.get("none"):
        return f"none ({registration['none']})"
    words = [registration.get("registry"), registration.get("id"), registration.get("date")]
    return " ".join(word for word in words if word)


def _population(section: Section, protocol: Protocol) -> None:
    population = protocol.population
    section.say(population.label or "")
    for title, part in (
        ("Patients may take part if all of these hold:", population.inclusion),
        ("They may not if any of these holds:", population.exclusion),
    ):
        if part:
            section.say(title)
            section.list([_criterion(criterion) for criterion in part])
    if population.inclusion or population.exclusion:
        section.say(
            "A missing value means that the criterion is not met: nobody is let in on a gap."
        )


def _criterion(criterion: Criterion) -> str:
    check = f" [{criterion.check}]" if criterion.check else ""
    return f"{criterion.id}: {criterion.text}{check}"


def _arms(section: Section, protocol: Protocol) -> None:
    rows = []
    given = {part.id: part for part in protocol.interventions}
    for arm in protocol.arms:
        what = [given[name].label for name in arm.interventions if name in given]
        words = arm.description or listed(what) or "nothing in addition"
        rows.append((arm.id, arm.label, spoken(arm.role), words))
    section.table("", ("arm", "name", "role", "receives"), rows)
    for part in protocol.interventions:
        section.say(_intervention(part))


def _intervention(part: Intervention) -> str:
    words = [f"{part.label}."]
    words += [f"Route: {part.route}."] if part.route else []
    words += [f"Regimen: {part.regimen}."] if part.regimen else []
    words += [f"Stopped at: {either(part.discontinue_if)}."] if part.discontinue_if else []
    words += [f"Adherence: {part.adherence}."] if part.adherence else []
    for key, names in part.concomitant.items():
        words.append(f"Concomitant treatment {key}: {listed(names)}.")
    return " ".join(words)


def _randomisation(section: Section, protocol: Protocol) -> None:
    part = protocol.randomisation
    if part.allocation:
        ratio = ":".join(str(part.allocation[arm]) for arm in part.allocation)
        arms = ", ".join(part.allocation)
        section.say(f"Patients are allocated {ratio} to {arms}" + _method(part.method))
    if part.strata:
        section.say("Allocation is stratified by:")
        section.list(
            [
                f"{f.label or f.id}"
                + (f" ({', '.join(f.levels)})" if f.levels else "")
                + f" [{f.source}]"
                for f in part.strata
            ]
        )
    if part.timing is not None:
        low, high = part.timing.window
        section.say(f"Allocation takes place from {low} to {high} after {part.timing.anchor}.")
    section.say(f"Concealment: {part.concealment}." if part.concealment else "")
    if part.sealed is not None:
        held = part.sealed.custodian
        section.say(
            "The list, block sizes and seed are kept in a sealed file"
            + (f" by the {spoken(held)}" if held else "")
            + "; they do not stand in this document."
        )


def _method(method: str | None) -> str:
    words = {
        "permuted_blocks": " in permuted blocks, whose sizes are not given here.",
        "minimisation": " by minimisation with a random element, which is not given here.",
        "simple": " by simple randomisation.",
        "big_stick": " by the big stick design.",
    }
    return words.get(method or "", ".")


def _provenance(document: Document, provenance: Mapping[str, Provenance]) -> None:
    waiting: Sequence[tuple[str, str]] = [
        (path, found.at or "")
        for path, found in provenance.items()
        if found.origin == "our_choice" and not found.confirmed
    ]
    if waiting:
        section = document.section("Values that nobody has confirmed", "unconfirmed")
        section.say(
            f"{counted(len(waiting), 'value')} of this document stand in no source and carry no "
            "name yet; the trial does not begin before each is confirmed."
        )
        section.table("", ("value", "remark"), waiting)

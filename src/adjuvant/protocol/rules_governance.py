"""Rules: size, looks, people, approvals, and what SPIRIT asks."""

from collections.abc import Iterator
from itertools import pairwise
from math import prod

from adjuvant.core import Finding, InvalidInput, PartialDate
from adjuvant.protocol.durations import Duration
from adjuvant.protocol.model import Protocol
from adjuvant.protocol.names import Path, each, ids, known
from adjuvant.protocol.reader import Draft
from adjuvant.protocol.spirit import spirit_rows

__all__ = ["RULES", "unanswered_rows"]

_FEWEST = 8  # patients expected in a stratum: two blocks of four
_ANSWERS = {"infusions", "visits", "records", "registry", "samples"}


def check_design(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P030, P101-P103: assumptions and looks fit arms, endpoints and numbers."""
    design, at = protocol.design, ("design",)
    for arm in design.survival:
        yield from known(draft, (*at, "survival", arm), arm, ids(protocol.arms), "P030", "arm")
    if design.looks is not None:
        info = design.looks.information
        rising = all(a < b for a, b in pairwise(info))
        if not rising or info[0] <= 0 or info[-1] != 1:
            yield draft.finding(
                "P101",
                (*at, "looks", "information"),
                f"the looks are at {', '.join(f'{i:g}' for i in info)} of the information",
                "write rising shares that end with 1, such as [0.5, 0.75, 1]",
            )
    if design.endpoint and design.hypothesis and design.endpoint != design.hypothesis.endpoint:
        yield draft.finding(
            "P102",
            (*at, "endpoint"),
            f"sized for {design.endpoint}, tested on {design.hypothesis.endpoint}",
            "size the trial for the endpoint that is tested",
        )
    planned = protocol.population.planned
    if design.events is not None and planned is not None and design.events >= planned:
        yield draft.finding(
            "P103",
            (*at, "events"),
            f"{design.events} events from {planned} patients",
            "fewer events than patients; recompute the size",
        )


def check_follow_up(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P062: no milestone lies beyond the longest planned follow-up."""
    design = protocol.design
    if design.accrual is None or design.follow_up_after_last is None:
        return
    longest = design.accrual.calendar_days() + design.follow_up_after_last.calendar_days()
    for path, part in each(protocol.analyses, "analyses"):
        lengths: list[tuple[Path, Duration]] = [
            ((*path, "at", n), length) for n, length in enumerate(part.at)
        ]
        if part.tau is not None:
            lengths.append(((*path, "tau"), part.tau))
        for at, length in lengths:
            if length.milestone_days() > longest:
                yield draft.finding(
                    "P062",
                    at,
                    f"{part.id} looks at {length}; the longest follow-up planned is {longest} d",
                    "choose an earlier time, or follow longer",
                )


def check_strata_number(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P098: there are not more strata than patients can fill."""
    planned, strata = protocol.population.planned, protocol.randomisation.strata
    sizes = [len(factor.levels) for factor in strata if factor.levels]
    if protocol.trial.sites and any(factor.source == "site" for factor in strata):
        sizes.append(len(protocol.trial.sites))
    cells = prod(sizes)
    stratified = protocol.randomisation.method in (None, "permuted_blocks")
    if planned and sizes and stratified and planned / cells < _FEWEST:
        yield draft.finding(
            "P098",
            ("randomisation", "strata"),
            f"{cells} strata for {planned} patients: {planned / cells:.1f} in each on average",
            "drop a factor, or use minimisation",
        )


def check_dates(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P112: recruitment begins before it ends."""
    when = protocol.trial.recruitment
    if when is None or when.end is None:
        return
    start = PartialDate.parse(when.start).resolve("first")[0]
    if PartialDate.parse(when.end).resolve("last")[0] < start:
        at = ("trial", "recruitment", "end")
        yield draft.finding("P112", at, f"{when.end} is before {when.start}", "swap the two")


def check_active(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P104-P106: an active trial is registered, its list sealed, its sites approved."""
    if protocol.trial.status != "active":
        return
    at: Path = ("trial", "status")
    registered = protocol.trial.registration or {}
    if not registered.get("id"):
        hint = "add 'registration: {registry, id, date}'"
        yield draft.finding("P104", at, "an active trial without registration", hint)
    sealed = protocol.randomisation.sealed
    if sealed is None or not sealed.file_commitment:
        hint = "add 'randomisation: {sealed: {file_commitment: sha256 of nonce and list}}'"
        yield draft.finding("P105", at, "an active trial whose list is not sealed", hint)
    ethics = protocol.governance.ethics if protocol.governance is not None else None
    approved = {a.site for a in ethics.approvals if a.date} if ethics is not None else set()
    lacking = [site.id for site in protocol.trial.sites if site.id not in approved]
    if lacking or not protocol.trial.sites:
        words = f"site {', '.join(lacking)}" if lacking else "any site"
        hint = "add it to governance.ethics.approvals with its date"
        yield draft.finding("P106", at, f"no dated ethics approval for {words}", hint)


def check_roles(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P107: roles name tasks and roles that exist; nobody who enrols sees all arms."""
    tasks, roles = ids(protocol.tasks), ids(protocol.roles)
    for path, role in each(protocol.roles, "roles"):
        for n, task in enumerate(role.tasks):
            yield from known(draft, (*path, "tasks", n), task, tasks, "P107", "task")
        for n, other in enumerate(role.never_with):
            yield from known(draft, (*path, "never_with", n), other, roles, "P107", "role")
        if role.sees_arms == "all" and {"enrol", "randomise"} & set(role.tasks):
            yield draft.finding(
                "P107",
                (*path, "sees_arms"),
                f"{role.id} enrols patients and sees every arm",
                "split the role: who enrols sees no arm but her own patient's",
            )


def check_withdrawal(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P109: withdrawal is asked in its five parts."""
    missing = sorted(_ANSWERS - set(protocol.withdrawal.parts))
    if missing:
        at = ("withdrawal", "parts")
        words = f"withdrawal does not ask about {', '.join(missing)}"
        yield draft.finding("P109", at, words, f"add {', '.join(missing)}")


def check_intercurrent_death(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P110: the strategy for death is the one that the endpoint carries out."""
    endpoints = {part.id: part for part in protocol.endpoints}
    for path, estimand in each(protocol.estimands, "estimands"):
        endpoint = endpoints.get(estimand.endpoint)
        for at, event in each(estimand.intercurrent_events, *path, "intercurrent_events"):
            if endpoint is None or event.event != "death":
                continue
            counts = "death" in endpoint.event
            if counts != (event.strategy == "composite"):
                does = "counts death" if counts else "does not count death"
                yield draft.finding(
                    "P110",
                    (*at, "strategy"),
                    f"{endpoint.id} {does}, the estimand says '{event.strategy}'",
                    "composite belongs to an endpoint that counts death, and only to that",
                )


def check_received(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P111: a set by treatment received needs the treatment received."""
    if protocol.data is None or protocol.data.received is not None:
        return
    for path, part in each(protocol.analysis_sets, "analysis_sets"):
        if part.group_by == "received":
            hint = "add 'received: {column, values}' to 'data', or group by randomised"
            words = f"{part.id} is grouped by treatment received, which the data do not hold"
            yield draft.finding("P111", (*path, "group_by"), words, hint)


def check_masked(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P113: a masked primary assessment is among the masked assessments of the trial."""
    for path, endpoint in each(protocol.endpoints, "endpoints"):
        who = endpoint.assessed_by.primary if endpoint.assessed_by is not None else ""
        if who.startswith("masked") and not protocol.trial.masked_assessment:
            yield draft.finding(
                "P113",
                (*path, "assessed_by"),
                f"{endpoint.id} is assessed by {who}, and trial.masked_assessment is empty",
                "name it there: who is masked, to what",
            )


def check_consent_covers(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P116: a draw before randomisation is covered by a version of the consent."""
    consent = protocol.governance.consent if protocol.governance is not None else None
    covered = (
        {word for v in consent.versions for word in v.covers} if consent is not None else set()
    )
    for path, product in each(protocol.cell_products, "cell_products"):
        early = product.draw is not None and product.draw.before_randomisation
        if early and "draw_before_randomisation" not in covered:
            yield draft.finding(
                "P116",
                (*path, "draw", "before_randomisation"),
                "blood is drawn before randomisation, and no consent covers it",
                "add 'covers: [draw_before_randomisation]' to a version of governance.consent",
            )


def check_spirit(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P108: every row of SPIRIT 2025 has a value, once the file is meant for an ethics board."""
    if protocol.governance is not None or protocol.trial.status == "active":
        yield from unanswered_rows(draft, protocol)


def unanswered_rows(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """Yield a finding for each row of SPIRIT 2025 that the file does not answer."""
    for row in spirit_rows(protocol):
        if row.answered:
            continue
        parts = tuple(row.paths[0].split(".*")[0].split("."))
        words = f"SPIRIT {row.id} ({row.topic}: {row.asks.lower()}) has no value"
        yield draft.finding("P108", parts, words, f"write {row.where}", key=True)


def check_lengths(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P017: the times of the survival assumptions are lengths of time."""
    for arm, times in protocol.design.survival.items():
        for text in times:
            try:
                Duration.parse(text)
            except InvalidInput as reason:
                message, _, hint = reason.message.partition("; ")
                path = ("design", "survival", arm, text)
                yield draft.finding("P017", path, message, hint, key=True)


RULES = (
    check_design,
    check_follow_up,
    check_strata_number,
    check_dates,
    check_active,
    check_roles,
    check_withdrawal,
    check_intercurrent_death,
    check_received,
    check_masked,
    check_consent_covers,
    check_spirit,
    check_lengths,
)

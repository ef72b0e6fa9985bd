"""Rules: estimands, claims, sets and analyses fit each other."""

import re
from collections.abc import Iterator

from adjuvant.core import Finding
from adjuvant.protocol.model import Analysis, Estimand, Protocol
from adjuvant.protocol.names import each, ids, parsed
from adjuvant.protocol.plan_types import COMMON, NO_COMPARISON, PLAN_TYPES, SURVIVAL_TYPES
from adjuvant.protocol.reader import Draft
from adjuvant.protocol.suggestions import one_of

__all__ = ["RULES"]

_EXPOSURE = re.compile(
    r"infus|dose|dosing|treated|received|complet|complian|exposed|exposure|cycles|per_protocol"
    r"|product|discontinu|released|started_treatment"
)
_FITTING: dict[str, tuple[str, ...]] = {
    "hazard_ratio": ("cox", "log_rank"),
    "cause_specific_hazard_ratio": ("cox", "log_rank"),
    "rmst_difference": ("rmst",),
    "rmst_ratio": ("rmst",),
    "survival_difference": ("milestone", "kaplan_meier"),
    "milestone_difference": ("milestone",),
    "cumulative_incidence_difference": ("cumulative_incidence",),
    "subdistribution_hazard_ratio": ("cumulative_incidence",),
    "risk_difference": ("proportion",),
    "risk_ratio": ("proportion",),
    "odds_ratio": ("proportion",),
}


def check_two_primaries(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P042: with two primary endpoints the order of the tests is written."""
    primaries = [p for p in each(protocol.endpoints, "endpoints") if p[1].level == "primary"]
    multiplicity = protocol.design.multiplicity
    if len(primaries) > 1 and (multiplicity is None or len(multiplicity.order) < 2):
        names = ", ".join(part.id for _, part in primaries)
        path = (*primaries[1][0], "level")
        yield draft.finding(
            "P042",
            path,
            f"{len(primaries)} primary endpoints ({names}) and no order of their tests",
            "write design: {multiplicity: {method: fixed_sequence, order: [first, second]}}, "
            "or make one secondary",
        )


def check_estimands(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P043-P045, P066, P120: an estimand has one fitting main analysis and names each treatment."""
    analyses = {part.id: part for part in protocol.analyses}
    for n, estimand in enumerate(protocol.estimands):
        path = ("estimands", n)
        if estimand.main is None:
            yield draft.finding(
                "P043",
                path,
                f"{estimand.id} names no main analysis",
                "add 'main: id of an analysis'",
            )
        elif estimand.main in analyses:
            yield from _main_fits(draft, n, estimand, analyses[estimand.main])
        missing = [arm for arm in ids(protocol.arms) if arm not in estimand.treatment]
        if missing:
            yield draft.finding(
                "P066",
                (*path, "treatment"),
                f"{estimand.id} does not say what {', '.join(missing)} receives",
                "add it to 'treatment'",
            )


def _main_fits(draft: Draft, n: int, estimand: Estimand, main: Analysis) -> Iterator[Finding]:
    at = ("estimands", n, "main")
    if main.endpoint is not None and main.endpoint != estimand.endpoint:
        yield draft.finding(
            "P044",
            at,
            f"{main.id} analyses {main.endpoint}, the estimand is about {estimand.endpoint}",
            "name an analysis of the same endpoint",
        )
    if main.estimand is not None and main.estimand != estimand.id:
        yield draft.finding(
            "P044",
            at,
            f"{main.id} says that it answers {main.estimand}",
            f"write 'estimand: {estimand.id}' there, or name another analysis here",
        )
    measure = str(estimand.summary.get("measure", ""))
    fitting = _FITTING.get(measure)
    if measure and fitting is None:
        yield draft.finding(
            "P120",
            ("estimands", n, "summary", "measure"),
            f"{estimand.id} asks for '{measure}'",
            one_of(measure, _FITTING),
        )
    if fitting is not None and main.type not in fitting:
        yield draft.finding(
            "P045",
            at,
            f"{main.id} is of type {main.type}, which does not estimate a {measure}",
            f"name an analysis of type {' or '.join(fitting)}, or change the measure",
        )


def check_primary_without_estimand(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P067: a primary endpoint has an estimand."""
    asked = {estimand.endpoint for estimand in protocol.estimands}
    for path, endpoint in each(protocol.endpoints, "endpoints"):
        if endpoint.level == "primary" and endpoint.id not in asked:
            yield draft.finding(
                "P067",
                (*path, "level"),
                f"the primary endpoint {endpoint.id} has no estimand",
                "add one to 'estimands' (treatment, population, intercurrent events, measure)",
            )


def check_stratification(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P046: main and confirmatory analyses keep the factors of the randomisation."""
    factors = ids(protocol.randomisation.strata)
    main = {estimand.main for estimand in protocol.estimands}
    for path, part in each(protocol.analyses, "analyses"):
        claimed = part.id in main or part.claim == "confirmatory"
        keeps = part.strata in ("as_randomised", "corrected")
        if not (factors and claimed and part.type in ("cox", "log_rank")):
            continue
        if not keeps and not part.why_unstratified:
            yield draft.finding(
                "P046",
                (*path, "strata"),
                f"{part.id} leaves out the stratification factors {', '.join(factors)}",
                "write 'strata: as_randomised', or the reason in 'why_unstratified'",
            )


def check_exposure_sets(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P047: no set is defined by what happened after randomisation."""
    factors = set(ids(protocol.randomisation.strata))
    for path, part in each(protocol.analysis_sets, "analysis_sets"):
        found = parsed(part.rule)
        late = [n for n in sorted(found.names - factors) if _EXPOSURE.search(n)] if found else []
        if late:
            yield draft.finding(
                "P047",
                (*path, "rule"),
                f"the set {part.id} is chosen by {', '.join(late)}, known only after randomisation",
                "use 'randomised' (with group_by: received for safety), or baseline data",
            )


def check_primary_set(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P061: one analysis set is the primary one."""
    primary = [p for p in each(protocol.analysis_sets, "analysis_sets") if p[1].primary]
    if len(primary) > 1:
        path = (*primary[1][0], "primary")
        yield draft.finding("P061", path, "a second set is primary", "keep 'primary: true' once")
    if not primary and protocol.analysis_sets:
        yield draft.finding(
            "P061", ("analysis_sets",), "no set is primary", "write 'primary: true' in one of them"
        )


def check_competing(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P049: an analysis of an endpoint with competing events says what it does with them."""
    competing = {e.id: e.competing for e in protocol.endpoints}
    for path, part in each(protocol.analyses, "analyses"):
        events = competing.get(part.endpoint or "", ())
        if events and part.type in SURVIVAL_TYPES and part.competing is None:
            yield draft.finding(
                "P049",
                path,
                f"{part.id} does not say what it does with {' and '.join(events)}, "
                f"which competes in {part.endpoint}",
                "write 'competing: censor' or 'competing: event'",
            )


def check_keys_of_types(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P050 and P051: each analysis has the keys that its type needs, and no idle ones."""
    for path, part in each(protocol.analyses, "analyses"):
        kind = PLAN_TYPES[part.type]
        for key in kind.needs:
            if not getattr(part, key):
                yield draft.finding(
                    "P050", path, f"{part.id} ({part.type}) needs '{key}'", f"add '{key}: ...'"
                )
        idle = part.model_fields_set - COMMON - set(kind.needs) - set(kind.reads)
        for key in sorted(idle):
            yield draft.finding(
                "P051",
                (*path, key),
                f"{part.id} is of type {part.type}, which does not read '{key}'",
                "delete it, or choose another type",
            )


def check_arm_as_covariate(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P117: the arm is compared, never adjusted for, tabulated as baseline or split by."""
    for path, part in each(protocol.analyses, "analyses"):
        for key in ("covariates", "by", "variables"):
            for n, name in enumerate(getattr(part, key)):
                if name == "arm":
                    yield draft.finding(
                        "P117",
                        (*path, key, n),
                        f"{part.id} has the arm among its {key}",
                        "delete it: arms are compared without being named here",
                    )


def check_claims_of_no_comparison(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P118: only an analysis that compares arms is confirmatory or an estimand's main one."""
    main = {estimand.main for estimand in protocol.estimands}
    for path, part in each(protocol.analyses, "analyses"):
        claims = part.claim == "confirmatory" or part.order is not None or part.id in main
        if claims and part.type in NO_COMPARISON:
            yield draft.finding(
                "P118",
                path,
                f"{part.id} is of type {part.type}, which shows no effect, yet carries a claim",
                "write 'claim: descriptive' and no order, and name another main analysis",
            )


def check_interactions(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P119: the partners of an interaction are in the model."""
    for path, part in each(protocol.analyses, "analyses"):
        terms = {"arm", *part.covariates}
        for n, pair in enumerate(part.interactions):
            for m, name in enumerate(pair):
                if name not in terms:
                    yield draft.finding(
                        "P119",
                        (*path, "interactions", n, m),
                        f"{part.id} crosses '{name}', which is not in its model",
                        f"add '{name}' to 'covariates', or delete the interaction",
                    )


def check_claims(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P064: the order of claims is one order."""
    seen: dict[int, str] = {}
    multiplicity = protocol.design.multiplicity
    ordered = set(multiplicity.order) if multiplicity is not None else set()
    for path, part in each(protocol.analyses, "analyses"):
        if part.order is not None and part.order in seen:
            yield draft.finding(
                "P064",
                (*path, "order"),
                f"{part.id} and {seen[part.order]} both have order {part.order}",
                "number the claims 1, 2, 3",
            )
        elif part.order is not None:
            seen[part.order] = part.id
        if part.claim == "confirmatory" and ordered and not {part.id, part.endpoint} & ordered:
            yield draft.finding(
                "P064",
                (*path, "claim"),
                f"{part.id} is confirmatory but has no place in design.multiplicity.order",
                "add it to the order, or call it descriptive",
            )


RULES = (
    check_two_primaries,
    check_estimands,
    check_primary_without_estimand,
    check_stratification,
    check_exposure_sets,
    check_primary_set,
    check_competing,
    check_keys_of_types,
    check_claims,
    check_arm_as_covariate,
    check_claims_of_no_comparison,
    check_interactions,
)

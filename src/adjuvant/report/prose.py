"""Results in plain words: only what the plan's order allows is claimed, the rest is described.

A hazard ratio speaks of the hazard, never of the risk; no difference shown is not no difference.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from adjuvant.analysis.claims import ClaimDecision
from adjuvant.analysis.results import Estimate, Result, Results
from adjuvant.protocol.model import Endpoint, Protocol
from adjuvant.report import numbers
from adjuvant.report.numbers import TimeScale
from adjuvant.report.printing import estimate_text, level_text, text_of_test
from adjuvant.report.tables import cause_of
from adjuvant.report.words import event_words, free_of, joined, lowered, upper_first

__all__ = ["Statement", "Teller", "standing"]


@dataclass(frozen=True)
class Statement:
    """One sentence or more on one result, and whether it claims or describes.

    standing   claim | not_shown | replication | descriptive | no_claim: how the page marks it.
    """

    result: str
    text: str
    standing: str = "descriptive"


def standing(result: Result, decision: ClaimDecision, results: Results) -> str:
    """Return how a result stands: what the plan says of it, as far as the order allows it."""
    if results.dummy_arms or results.synthetic:
        return "no_claim"
    if result.claim == "replication":
        return "replication"
    if decision.allowed:
        return "claim"
    return "not_shown" if decision.reason.startswith("Not shown") else "descriptive"


@dataclass(frozen=True)
class Teller:
    """Tells results in words; knows the trial, the decisions and the unit in print."""

    results: Results
    protocol: Protocol
    decisions: Mapping[str, ClaimDecision]
    scale: TimeScale

    def statements(self, endpoint: str) -> tuple[Statement, ...]:
        """Return what the results of an endpoint say, effect first."""
        mine = [r for r in self.results.results if r.endpoint == endpoint]
        main = sorted(
            (r for r in mine if r.type == "cox"),
            key=lambda r: (r.order is None, r.order or 0, r.claim == "descriptive"),
        )
        found = [self.effect(main[0])] if main else []
        tellers = {
            "kaplan_meier": self.milestones,
            "cumulative_incidence": self.incidence,
            "rmst": self.means,
            "milestone": self.differences,
        }
        for type, tell in tellers.items():
            found += [tell(r) for r in mine if r.type == type]
        if self._rehearsal:
            found = [replace(s, standing="no_claim") for s in found]
        return tuple(s for s in found if s.text)

    @property
    def _rehearsal(self) -> bool:
        return self.results.dummy_arms or self.results.synthetic

    def effect(self, result: Result) -> Statement:
        """Return each arm's hazard ratio against the control in words, with the plan's test."""
        decision = self.decisions[result.id]
        how = standing(result, decision, self.results)
        claimed = decision.arms if how == "claim" else ()
        told = [
            (e.arm not in claimed, self._hazard(result, e, how, claimed=e.arm in claimed))
            for e in self._of(result, "hazard_ratio")
        ]
        sentences = [text for _, text in sorted(told, key=lambda pair: pair[0])]
        sentences += [
            f"Across all {test.df + 1} arms: {test.name}, {text_of_test(test)}."
            for test in result.tests
            if test.df > 1
        ]
        return Statement(result.id, " ".join([*self._opening(decision, how), *sentences]), how)

    def _opening(self, decision: ClaimDecision, how: str) -> list[str]:
        if how == "replication":
            return []
        if how == "no_claim":
            return ["No claim is made."]
        return [decision.reason] if how == "not_shown" else []

    def _hazard(self, result: Result, e: Estimate, how: str, *, claimed: bool) -> str:
        new, old = self._arm(e.arm), self._arm(e.versus)
        event = event_words(self._endpoint(result), self.protocol)
        numbers_given = self._hazard_numbers(result, e)
        if self._rehearsal:
            # A direction in words would read as a finding.
            return f"Hazard of {event}, {new} against {old}: {numbers_given[1:-1]}."
        if claimed:
            direction = "reduced" if e.value < 1 else "increased"
            return (
                f"{upper_first(new)} {direction} the hazard of {event} compared with {old}: "
                f"the hazard was {numbers.hazard_words(e.value)} {numbers_given}."
            )
        if not (e.upper < 1 or e.lower > 1):
            low, high = numbers.compare_words(e.lower), numbers.compare_words(e.upper)
            return (
                f"No difference in the hazard of {event} was shown between {new} and {old}: the "
                f"data are compatible with a hazard from {low} to {high} {numbers_given}."
            )
        if how in ("claim", "not_shown"):
            return (
                f"The plan's order allows no claim on {new} against {old}; the estimate is a "
                f"hazard of {event} {numbers.hazard_words(e.value)} {numbers_given}."
            )
        return (
            f"With {new} the hazard of {event} was {numbers.hazard_words(e.value)} compared with "
            f"{old} {numbers_given}."
        )

    def _hazard_numbers(self, result: Result, e: Estimate) -> str:
        limits = numbers.interval(e.lower, e.upper, numbers.ratio, numbers.NOT_ESTIMABLE)
        single = len(result.tests) == 1 and result.tests[0].df == 1
        p = result.tests[0].p if single else e.p
        test = result.tests[0].name if single else "Wald test"
        return (
            f"(hazard ratio {numbers.ratio(e.value)}, {level_text(result.level)} CI {limits}; "
            f"{test}, {numbers.p_phrase(p)})"
        )

    def milestones(self, result: Result) -> Statement:
        """Return the shares without the event at the last milestone, and the medians."""
        found = self._of(result, "survival")
        if not found:
            return Statement(result.id, "")
        last = max(e.at or 0.0 for e in found)
        sizes = {c.arm: c.n for c in result.counts}
        parts = [
            self._percent(e, sizes.get(e.arm or "", result.n)) + self._with(e.arm)
            for e in found
            if e.at == last
        ]
        state = lowered(free_of(result, self.protocol) or "event-free")
        when = numbers.length_words(last, result.unit)
        text = f"At {when} an estimated {joined(parts)} were {state}."
        return Statement(result.id, f"{text} {self._medians(result)}".strip())

    def _medians(self, result: Result) -> str:
        found = self._of(result, "median")
        if not found:
            return ""
        unit = self.scale.words
        parts = [
            f"{self.scale.text(e.value)}{'' if math.isnan(e.value) else ' ' + unit}"
            f"{self._with(e.arm)}"
            for e in found
        ]
        if all(math.isnan(e.value) for e in found):
            return "The median was not reached" + (" in any arm." if len(found) > 1 else ".")
        return f"The median was {joined(parts)}."

    def incidence(self, result: Result) -> Statement:
        """Return the cumulative incidence of the event at the last milestone, per arm."""
        found = self._of(result, "cumulative_incidence")
        cause = next((c.cause for c in result.curves if c.cause), "") or ""
        found = [e for e in found if cause_of(e, result) == cause]
        if not found:
            return Statement(result.id, "")
        last = max(e.at or 0.0 for e in found)
        sizes = {c.arm: c.n for c in result.counts}
        parts = [
            self._percent(e, sizes.get(e.arm or "", result.n)) + self._with(e.arm)
            for e in found
            if e.at == last
        ]
        event = event_words(self._endpoint(result), self.protocol)
        when = numbers.length_words(last, result.unit)
        others = joined([lowered(self._event(x)) for x in self._endpoint(result).competing], "or")
        text = f"Counting {others or 'other events'} as a competing event, {event} had occurred by "
        return Statement(result.id, f"{text}{when} in {joined(parts)}.")

    def means(self, result: Result) -> Statement:
        """Return the differences of restricted means in words, with the same time in months."""
        parts = [self._longer(result, e) for e in self._of(result, "rmst_difference")]
        if not parts:
            return Statement(result.id, "")
        at = next(e.at for e in self._of(result, "rmst_difference"))
        when = numbers.length_words(at or 0.0, result.unit)
        state = lowered(free_of(result, self.protocol) or "event-free")
        return Statement(
            result.id,
            f"Over the first {when}, the mean time {state} was {joined(parts)}.",
        )

    def _longer(self, result: Result, e: Estimate) -> str:
        size, unit = self.scale.text(abs(e.value)), self.scale.words
        longer = "longer" if e.value > 0 else "shorter"
        change = f"{size} {unit} {longer} with" if float(size) else "about the same with"
        than = "than" if float(size) else "as"
        shown = f"difference {estimate_text(e, result.n, self.scale)}; {numbers.p_phrase(e.p)}"
        return f"{change} {self._arm(e.arm)} {than} with {self._arm(e.versus)} ({shown})"

    def differences(self, result: Result) -> Statement:
        """Return the differences at the last milestone in percentage points."""
        found = self._of(result, "survival_difference")
        if not found:
            return Statement(result.id, "")
        last = max(e.at or 0.0 for e in found)
        sizes = {c.arm: c.n for c in result.counts}
        parts = []
        for e in found:
            if e.at == last:
                n = min(sizes.get(arm or "", result.n) for arm in (e.arm, e.versus))
                shown = estimate_text(e, n, self.scale)
                parts.append(f"{shown} percentage points for {self._arm(e.arm)}")
        when = numbers.length_words(last, result.unit)
        state = lowered(free_of(result, self.protocol) or "event-free")
        control = self._arm(found[0].versus)
        text = f"The difference from {control} in the share {state} at {when} was {joined(parts)}."
        return Statement(result.id, text)

    def _percent(self, e: Estimate, n: int) -> str:
        limits = numbers.interval(
            e.lower, e.upper, lambda v: numbers.percent(v, n, sign=False), numbers.NOT_ESTIMABLE
        )
        return f"{numbers.percent(e.value, n)} ({limits})"

    def _of(self, result: Result, measure: str) -> Sequence[Estimate]:
        return [e for e in result.estimates if e.measure == measure and e.arm is not None]

    def _with(self, id: str | None) -> str:
        """` with` and the arm, nothing where everybody is one group."""
        return f" with {self._arm(id)}" if len(self.protocol.arms) > 1 else ""

    def _arm(self, id: str | None) -> str:
        label = next((a.label for a in self.protocol.arms if a.id == id), id or "")
        return lowered(label)

    def _event(self, id: str) -> str:
        part = self.protocol.events.get(id)
        return part.label if part and part.label else id

    def _endpoint(self, result: Result) -> Endpoint:
        assert result.endpoint is not None
        return self.protocol.endpoint(result.endpoint)

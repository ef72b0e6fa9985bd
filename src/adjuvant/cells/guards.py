"""The rules that a step must pass: each answers None, or why not and what to do."""

from collections.abc import Callable

from adjuvant.cells.binding import same_wristband
from adjuvant.cells.lot import Bag, Lot, Step
from adjuvant.cells.release import ReleaseDecision
from adjuvant.cells.transitions import RELEASED

__all__ = ["BAG_GUARDS", "LOT_GUARDS"]

_Why = tuple[str, str] | None


def _may_be_drawn(lot: Lot, step: Step) -> _Why:
    if lot.allocated == "control":
        return "the patient is in the control arm", "no blood is drawn for cells"
    if lot.allocated is None and not lot.draw_before_allocation:
        return "the patient is not allocated yet", "randomise first: the draw follows it"
    return None


def _not_control(lot: Lot, step: Step) -> _Why:
    if lot.allocated == "cells":
        return None
    return "the patient is not in the arm that receives cells", "assign it to control: destroy"


def _is_control(lot: Lot, step: Step) -> _Why:
    if lot.allocated != "control":
        return "the patient is not in the control arm", "look at the allocation"
    return None


def _slot_fits(lot: Lot, step: Step) -> _Why:
    if lot.segregated and not step.facts.get("slot_segregated"):
        return "the donor carries an infection", "choose a segregated culture slot"
    return None


def _in_process_passed(lot: Lot, step: Step) -> _Why:
    decision = step.facts["in_process"]
    if not isinstance(decision, ReleaseDecision) or decision.lot != lot.id:
        return "the tests in process are not judged for this lot", "judge them first"
    if decision.verdict == "reject":
        return f"tests in process: {decision.reason}", "reject the lot and plan a new draw"
    return None


def _did_not_make_it(lot: Lot, step: Step) -> _Why:
    makers = {e.step.by.id for e in lot.history if e.step.by.role == "lab"}
    if step.by.id in makers:
        return "this person worked on the lot", "another release authority must decide"
    return None


def _decision_allows(lot: Lot, step: Step) -> _Why:
    decision = step.facts["decision"]
    if not isinstance(decision, ReleaseDecision) or decision.lot != lot.id:
        return "the decision is not about this lot", "judge the results of this lot"
    if decision.stage != "at_release" or decision.verdict not in ("release", "conditional_release"):
        return decision.reason, "complete the tests, quarantine or reject the lot"
    return None


def _nothing_due_later(lot: Lot, step: Step) -> _Why:
    if lot.later_tests or step.facts["decision"].verdict != "release":
        return "results are still due after release", "release it conditionally"
    return None


def _all_tests_passed(lot: Lot, step: Step) -> _Why:
    decision = step.facts["decision"]
    if not isinstance(decision, ReleaseDecision) or decision.lot != lot.id:
        return "the decision is not about this lot", "judge the results of this lot"
    if decision.verdict != "certify":
        return decision.reason, "wait for the results, or record the failure"
    return None


def _later_tests_passed(lot: Lot, step: Step) -> _Why:
    decision = step.facts["decision"]
    if not isinstance(decision, ReleaseDecision) or decision.lot != lot.id:
        return "the decision is not about this lot", "judge the results of this lot"
    if decision.stage != "after_release" or decision.pending or decision.failed_later:
        return decision.reason, "wait for the results, or record the failure"
    return None


def _out_of_specification_allowed(lot: Lot, step: Step) -> _Why:
    if not lot.out_of_specification_allowed:
        return "the protocol does not allow it", "reject the lot and plan a new draw"
    return None


def _was_used(lot: Lot, step: Step) -> _Why:
    if not lot.used:
        return "nothing of it was given", "recall it"
    return None


def _was_not_used(lot: Lot, step: Step) -> _Why:
    if lot.used:
        return "some of it was given", "record a failure after use, or certify it"
    return None


def _no_bag_left(lot: Lot, step: Step) -> _Why:
    left = [bag.id for bag in lot.bags if bag.state != "destroyed"]
    if left:
        return f"bag {', '.join(left)} is not destroyed", "destroy every bag first"
    return None


def _right_bag(lot: Lot, bag: Bag, step: Step) -> _Why:
    for fact in ("bag", "bag_second"):
        if fact in step.facts and step.facts[fact] != bag.id:
            return "another bag was scanned", "stop: put the bag aside and call the laboratory"
    return None


def _right_patient(lot: Lot, step: Step) -> _Why:
    if lot.binding is None:
        return "no wristband is bound to this patient", "bind it by two persons"
    for fact in ("wristband", "wristband_second"):
        if not same_wristband(str(step.facts[fact]), lot.binding):
            return (
                "the wristband scanned is not this patient's",
                "stop: check the patient's identity; after a new wristband, bind it again",
            )
    return None


def _lot_released(lot: Lot, bag: Bag, step: Step) -> _Why:
    if lot.state not in RELEASED:
        return (
            f"its lot is {lot.state.replace('_', ' ')}",
            "give nothing of it; call the release authority",
        )
    return None


def _not_expired(lot: Lot, bag: Bag, step: Step) -> _Why:
    if bag.expires_at is None:
        return "it has no time of expiry", "call the release authority"
    if step.at >= bag.expires_at:
        return f"it expired at {bag.expires_at.isoformat()}", "return it to be destroyed"
    return None


def _expired(lot: Lot, bag: Bag, step: Step) -> _Why:
    if bag.expires_at is None or step.at < bag.expires_at:
        return "it has not expired", "return or withdraw it with a reason"
    return None


def _no_excursion(lot: Lot, bag: Bag, step: Step) -> _Why:
    minutes = step.facts["minutes_out_of_range"]
    if isinstance(minutes, bool) or not isinstance(minutes, int | float) or minutes < 0:
        return f"{minutes!r} minutes out of range were entered", "enter the logger's number"
    if minutes > lot.most_minutes_out:
        return (
            f"it was {minutes:g} minutes out of range, {lot.most_minutes_out:g} are allowed",
            "return it; the release authority decides",
        )
    return None


LOT_GUARDS: dict[str, Callable[[Lot, Step], _Why]] = {
    "may_be_drawn": _may_be_drawn,
    "not_control": _not_control,
    "is_control": _is_control,
    "slot_fits": _slot_fits,
    "in_process_passed": _in_process_passed,
    "did_not_make_it": _did_not_make_it,
    "decision_allows": _decision_allows,
    "nothing_due_later": _nothing_due_later,
    "all_tests_passed": _all_tests_passed,
    "later_tests_passed": _later_tests_passed,
    "out_of_specification_allowed": _out_of_specification_allowed,
    "was_used": _was_used,
    "was_not_used": _was_not_used,
    "no_bag_left": _no_bag_left,
    "right_patient": _right_patient,
}
BAG_GUARDS: dict[str, Callable[[Lot, Bag, Step], _Why]] = {
    "right_bag": _right_bag,
    "right_patient": lambda lot, bag, step: _right_patient(lot, step),
    "lot_released": _lot_released,
    "not_expired": _not_expired,
    "expired": _expired,
    "no_excursion": _no_excursion,
}

"""The life of a lot and of its bags as data: from, step, to, who, a second person, facts, guards.

A lot is made, tested and judged; a bag (container k of n) is carried, checked and given. A lot
ends certified, failed after use, or destroyed; a bag ends infused, partly infused, or destroyed.
"""

from dataclasses import dataclass
from typing import Literal

__all__ = ["BAG", "BAG_ENDS", "LOT", "LOT_ENDS", "RELEASED", "Transition", "steps_from"]

Kind = Literal["lot", "bag"]


@dataclass(frozen=True)
class Transition:
    """One line of the table.

    step     the name of what is done; with `source` it decides `target`
    roles    who may do it; a step by the clock has the role `clock`
    second   the role of a second, different person; "any" of any role; None: one person
    facts    what must be recorded with it, by name
    guards   names of the rules that are asked (lifecycle.py), in this order
    """

    source: str
    step: str
    target: str
    roles: tuple[str, ...]
    second: str | None = None
    facts: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()


def _many(
    sources: tuple[str, ...],
    step: str,
    target: str,
    roles: tuple[str, ...],
    second: str | None = None,
    facts: tuple[str, ...] = (),
    guards: tuple[str, ...] = (),
) -> tuple[Transition, ...]:
    return tuple(Transition(s, step, target, roles, second, facts, guards) for s in sources)


_LAB, _QP = ("lab",), ("release_authority",)
_WARD = ("nurse", "investigator")
_MAKING = ("collected", "received", "in_culture", "harvested", "qc_pending", "quarantined")
RELEASED = ("released", "conditionally_released", "oos_released", "certified")

LOT: tuple[Transition, ...] = (
    Transition("planned", "cancel", "cancelled", ("lab", "coordinator"), None, ("reason",)),
    Transition(
        "planned", "collect", "collected", ("nurse",), "any",
        ("volume_ml", "wristband", "wristband_second"), ("may_be_drawn", "right_patient"),
    ),
    Transition(
        "collected", "receive", "received", _LAB, None,
        ("temperature_c", "transit_minutes", "cells", "viability"),
    ),
    Transition(
        "received", "start_culture", "in_culture", _LAB, None,
        ("anti_cd3_lot", "il2_lot", "il2_concentration", "medium_lot", "vessel", "slot"),
        ("not_control", "slot_fits"),
    ),
    Transition(
        "in_culture", "harvest", "harvested", _LAB, None,
        ("volume_ml", "cells", "fold_expansion", "in_process", "bags"),
        ("not_control", "in_process_passed"),
    ),
    Transition("harvested", "sample", "qc_pending", _LAB, None, ("samples", "retained_sample")),
    *_many(
        ("qc_pending", "quarantined"), "release", "released", _QP, None,
        ("decision", "expires_at", "signature"),
        ("not_control", "did_not_make_it", "decision_allows", "nothing_due_later"),
    ),
    *_many(
        ("qc_pending", "quarantined"), "release_conditionally", "conditionally_released", _QP,
        None, ("decision", "expires_at", "signature"),
        ("not_control", "did_not_make_it", "decision_allows"),
    ),
    Transition("qc_pending", "quarantine", "quarantined", _QP, None, ("reason", "signature")),
    *_many(
        (*_MAKING, "oos_requested"), "reject", "rejected", _QP, None, ("reason", "signature"),
    ),
    *_many(
        ("collected", "received", "in_culture", "harvested", "qc_pending"), "fail", "failed",
        _LAB, None, ("reason",),
    ),
    Transition(
        "quarantined", "request_out_of_specification", "oos_requested", ("investigator",), None,
        ("reason", "signature"), ("out_of_specification_allowed",),
    ),
    Transition(
        "oos_requested", "release_out_of_specification", "oos_released", _QP, None,
        ("risk_evaluation", "sponsor_told", "expires_at", "signature"),
        ("not_control", "out_of_specification_allowed", "did_not_make_it"),
    ),
    *_many(
        _MAKING, "stop", "stopped", ("lab", "investigator", "coordinator"), None, ("reason",),
    ),
    *_many(
        ("collected", "received", "in_culture", "harvested", "qc_pending"), "assign_control",
        "control_destroy", ("lab", "coordinator"), None, ("allocation",), ("is_control",),
    ),
    *_many(
        ("released", "conditionally_released"), "certify", "certified", _QP, None,
        ("decision", "signature"), ("all_tests_passed",),
    ),
    *_many(
        ("released", "conditionally_released", "oos_released"), "fail_after_use",
        "failed_after_use", _QP, None, ("finding", "physician_told", "sponsor_told"), ("was_used",),
    ),
    *_many(
        ("released", "conditionally_released", "oos_released"), "recall", "recalled", _QP, None,
        ("finding",), ("was_not_used",),
    ),
    Transition(
        "oos_released", "close_out_of_specification", "oos_completed", _QP, None,
        ("decision", "signature"), ("later_tests_passed",),
    ),
    *_many(
        ("released", "conditionally_released", "oos_released"), "discard_unused", "discarded",
        ("lab", "release_authority"), None, ("reason",), ("was_not_used",),
    ),
    *_many(
        ("rejected", "failed", "stopped", "control_destroy", "recalled", "discarded"), "destroy",
        "destroyed", _LAB, "any", ("method",), ("no_bag_left",),
    ),
)  # fmt: skip

_SCANS = ("bag", "wristband", "bag_second", "wristband_second")
_OUT = ("issued", "at_bedside", "id_checked")

BAG: tuple[Transition, ...] = (
    Transition(
        "filled", "issue", "issued", _LAB, "any", ("bag", "logger"),
        ("right_bag", "lot_released", "not_expired"),
    ),
    Transition(
        "issued", "receive_at_bedside", "at_bedside", _WARD, None,
        ("bag", "minutes_out_of_range"),
        ("right_bag", "lot_released", "not_expired", "no_excursion"),
    ),
    Transition(
        "at_bedside", "check_identity", "id_checked", _WARD, "any", _SCANS,
        ("right_bag", "right_patient", "lot_released", "not_expired"),
    ),
    Transition(
        "id_checked", "start", "infusing", _WARD, "any", _SCANS,
        ("right_bag", "right_patient", "lot_released", "not_expired"),
    ),
    Transition("infusing", "finish", "infused", _WARD, None, ("volume_ml",)),
    Transition(
        "infusing", "stop_early", "partially_infused", _WARD, None, ("volume_ml", "reason"),
    ),
    *_many(_OUT, "return", "returned", ("nurse", "investigator", "courier", "lab"), None,
           ("reason",)),
    *_many(("filled", *_OUT), "expire", "expired", ("clock", "lab"), None, (), ("expired",)),
    *_many(("filled", *_OUT, "returned"), "recall", "recalled", _QP, None, ("reason",)),
    *_many(("filled", "returned"), "withdraw", "withdrawn", ("lab", "coordinator"), None,
           ("reason",)),
    *_many(
        ("expired", "returned", "recalled", "withdrawn"), "destroy", "destroyed", _LAB, "any",
        ("method",),
    ),
)  # fmt: skip

LOT_ENDS = ("cancelled", "certified", "failed_after_use", "oos_completed", "destroyed")
BAG_ENDS = ("infused", "partially_infused", "destroyed")


def steps_from(kind: Kind, state: str) -> tuple[Transition, ...]:
    """Return what may be done with a lot or a bag in this state.

    >>> [t.step for t in steps_from("bag", "infusing")]
    ['finish', 'stop_early']
    """
    return tuple(t for t in (LOT if kind == "lot" else BAG) if t.source == state)

"""A product, its results, and lots on their way, for the tests of this room."""

from datetime import UTC, datetime, timedelta

from adjuvant.cells import Actor, Lot, Result, Step, lot_number, release_decision, subject_number
from adjuvant.protocol.model import CellProduct, Release, ReleaseTest

START = datetime(2026, 3, 5, 9, tzinfo=UTC)
SUBJECT = subject_number("S01", 23)
LOT = lot_number(SUBJECT, 3)
BAND, OTHER_BAND = "a" * 64, "b" * 64
PRODUCT = CellProduct(
    id="cells",
    label="Cells",
    release=Release(
        tests=(
            ReleaseTest(id="sterility_ip", due="in_process", accept="no growth to date",
                        if_fail="reject"),
            ReleaseTest(id="viability", due="at_release", unit="%", min=70, if_fail="reject"),
            ReleaseTest(id="purity", due="at_release", unit="%", min=50, if_fail="repeat"),
            ReleaseTest(id="endotoxin", due="at_release", unit="EU/kg/h", max=5, if_fail="reject"),
            ReleaseTest(id="cd3_hladr", due="at_release", unit="%", accept="report"),
            ReleaseTest(id="sterility_final", due="after_release", accept="no growth",
                        if_fail="quality_defect"),
        )
    ),
)  # fmt: skip
IN_PROCESS = [Result("sterility_ip", "no growth to date")]
AT_RELEASE = [
    *IN_PROCESS,
    Result("viability", 92, "%"),
    Result("purity", 81, "%"),
    Result("endotoxin", 0.5, "EU/kg/h"),
    Result("cd3_hladr", 78, "%"),
]
STERILE, GROWTH = Result("sterility_final", "no growth"), Result("sterility_final", "growth")

LAB, LAB2 = Actor("u1", "lab"), Actor("u2", "lab")
NURSE, NURSE2 = Actor("u3", "nurse"), Actor("u4", "nurse")
QP, DOCTOR, CLOCK = (
    Actor("u5", "release_authority"),
    Actor("u6", "investigator"),
    Actor("", "clock"),
)
WHO = {"lab": LAB, "nurse": NURSE, "release_authority": QP, "investigator": DOCTOR, "clock": CLOCK,
       "coordinator": Actor("u7", "coordinator"), "courier": Actor("u8", "courier")}  # fmt: skip


def decision(stage, results, lot=LOT):
    return release_decision(PRODUCT, lot, stage, results)


def facts_for(name, lot=LOT, bag=None, at=START):
    """Facts with which a step is right."""
    made = {
        "reason": "as written", "volume_ml": 60.0, "wristband": BAND, "wristband_second": BAND,
        "bag": bag, "bag_second": bag, "temperature_c": 18.0, "transit_minutes": 40, "cells": 1e9,
        "viability": 95.0, "anti_cd3_lot": "A1", "il2_lot": "I1", "il2_concentration": 700,
        "medium_lot": "M1", "vessel": "V1", "slot": "7", "fold_expansion": 30.0, "bags": 2,
        "in_process": decision("in_process", IN_PROCESS, lot), "samples": "S1",
        "retained_sample": "R1", "signature": "signed", "expires_at": at + timedelta(hours=6),
        "risk_evaluation": "written", "sponsor_told": True, "physician_told": True,
        "finding": "growth of Staphylococcus epidermidis", "allocation": "CTL",
        "method": "autoclave", "logger": "L1", "minutes_out_of_range": 0,
    }  # fmt: skip
    if name in ("release", "release_conditionally"):
        made["decision"] = decision("at_release", AT_RELEASE, lot)
    elif name in ("certify", "close_out_of_specification"):
        made["decision"] = decision("after_release", [*AT_RELEASE, STERILE], lot)
    return made


def step(name, by, at=START, second=None, bag=None, **facts):
    return Step(name, by, at, second, {**facts_for(name, bag=bag, at=at), **facts})


def fresh(**more):
    return Lot(LOT, SUBJECT, binding=BAND, **more)

"""Parts of the protocol about an autologous cell product: draw, steps, release."""

from typing import Literal

from pydantic import Field

from adjuvant.protocol.fields import Flag, Length, Number, Part, Texts, Whole
from adjuvant.protocol.model_schedule import Window

__all__ = [
    "Agent",
    "CellProduct",
    "ChainOfIdentity",
    "Draw",
    "Expected",
    "Release",
    "ReleaseTest",
    "Step",
    "Takes",
    "Volume",
]


class Volume(Part):
    """How much blood may be drawn, at once and in all (mL)."""

    max_each: Number = Field(gt=0)
    max_total: Number = Field(gt=0)


class Draw(Part):
    """The draw of blood or tissue that a lot starts from."""

    before_randomisation: Flag = False
    per: Literal["lot", "patient"] = "lot"
    before_infusion: Window | None = None  # such as [-16 d, -13 d]
    volume_ml: Volume | None = None
    haemoglobin_min_g_dl: Number | None = Field(default=None, gt=0)
    max_redraws: Whole = Field(default=0, ge=0)


class Agent(Part):
    """Something added in a step."""

    name: str
    form: str | None = None
    amount: Number | None = None
    unit: str | None = None


class Takes(Part):
    """How long a step takes: as a rule, and at least and at most."""

    target: Length
    window: Window | None = None


class Step(Part):
    """One step of the process, in its order."""

    id: str
    label: str | None = None
    material: str | None = None
    agents: tuple[Agent, ...] = ()
    takes: Takes | None = None


class Expected(Part):
    """The distribution that earlier lots let expect (normal)."""

    mean: Number
    sd: Number = Field(gt=0)
    unit: str | None = None


class ReleaseTest(Part):
    """One test of the release specification: limit, unit, and when its result is due."""

    id: str
    label: str | None = None
    due: Literal["in_process", "at_release", "after_release"]
    unit: str | None = None
    min: Number | None = None
    max: Number | None = None
    accept: str | None = None
    takes: Length | None = None
    if_fail: Literal["reject", "repeat", "quality_defect", "report"] | None = None
    expected: Expected | None = None


class Release(Part):
    """Who may release a lot on which tests."""

    tests: tuple[ReleaseTest, ...] = ()
    takes: Length | None = None
    decisions: Texts = ("release", "conditional_release", "reject")
    by: str | None = None


class ChainOfIdentity(Part):
    """How donor, lot and bag stay bound to each other."""

    identifiers: Texts = ()
    scan_points: Texts = ()
    two_person_check: Texts = ()


class CellProduct(Part):
    """One autologous product: from the draw to the bag."""

    id: str
    label: str
    autologous: Flag = True
    draw: Draw | None = None
    chain_of_identity: ChainOfIdentity | None = None
    steps: tuple[Step, ...] = ()
    release: Release = Field(default_factory=Release)
    expires_after: Length | None = None
    lots_per_patient: Whole | None = Field(default=None, ge=1)

    def making_days(self) -> int | None:
        """Return the days from draw to release by the target of each step; None when unknown."""
        times = [step.takes.target.calendar_days() for step in self.steps if step.takes]
        if not times:
            return None
        return sum(times) + (self.release.takes.calendar_days() if self.release.takes else 0)

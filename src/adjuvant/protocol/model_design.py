"""Parts of the protocol about its size: hypothesis, assumptions, looks, order of claims."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from adjuvant.protocol.fields import Length, Number, Part, Texts, Whole, whole_number

__all__ = ["Design", "Dropout", "Hypothesis", "Looks", "Multiplicity", "SafetyStop"]

Probability = Annotated[Number, Field(gt=0, lt=1)]


class Hypothesis(Part):
    """What is tested at which level."""

    endpoint: str
    sided: Annotated[Literal[1, 2], BeforeValidator(whole_number)] = 2
    alpha: Number = Field(default=0.05, gt=0, lt=1)


class Multiplicity(Part):
    """In which order confirmatory claims may be made."""

    method: Literal["fixed_sequence", "none"] = "fixed_sequence"
    order: tuple[str, ...] = ()


class Dropout(Part):
    """How many are lost to follow-up, as a yearly hazard."""

    hazard_per_y: Number = Field(ge=0)


class Looks(Part):
    """Interim analyses: who looks, at which information, by which spending of alpha."""

    by: str
    information: tuple[Number, ...] = Field(min_length=1)
    spending: Literal[
        "lan_demets_obrien_fleming", "lan_demets_pocock", "hwang_shih_decani", "none"
    ] = "lan_demets_obrien_fleming"
    futility: Literal["binding", "non_binding", "none"] = "none"


class SafetyStop(Part):
    """A rule that pauses or stops the trial for harm."""

    when: str
    do: Literal["pause", "stop", "review"]


class Design(Part):
    """The size of the trial and everything it was computed from."""

    endpoint: str | None = None
    hypothesis: Hypothesis | None = None
    multiplicity: Multiplicity | None = None
    shape: Literal["exponential", "piecewise", "cure"] | None = None
    survival: Mapping[str, Mapping[str, Probability]] = Field(default_factory=dict)
    hazard_ratio: Number | None = Field(default=None, gt=0)
    power: Probability | None = None
    events: Whole | None = Field(default=None, ge=1)
    accrual: Length | None = None
    follow_up_after_last: Length | None = None
    dropout: Dropout | None = None
    looks: Looks | None = None
    why_no_looks: str | None = None
    safety_stop: tuple[SafetyStop, ...] = ()
    note: Texts = ()

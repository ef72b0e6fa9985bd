"""Parts of the protocol about its size: hypothesis, assumptions, looks, order of claims."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from adjuvant.protocol.fields import Flag, Length, Number, Part, Texts, Whole, whole_number

__all__ = [
    "Design",
    "DesignScenario",
    "DesignStratum",
    "DesignTest",
    "Hypothesis",
    "Imaging",
    "Looks",
    "Multiplicity",
    "ProductFailure",
    "SafetyStop",
    "SiteVariation",
    "YearlyHazard",
]

Probability = Annotated[Number, Field(gt=0, lt=1)]
NotNegative = Annotated[Number, Field(ge=0)]
AboveZero = Annotated[Number, Field(gt=0)]
Spending = Literal[
    "lan_demets_obrien_fleming", "lan_demets_pocock", "hwang_shih_decani", "kim_demets"
]
Family = Literal[
    "lan_demets_obrien_fleming",
    "lan_demets_pocock",
    "hwang_shih_decani",
    "kim_demets",
    "obrien_fleming",
    "pocock",
    "wang_tsiatis",
    "haybittle_peto",
    "none",
]


class Hypothesis(Part):
    """What is tested at which level; `margin` is the hazard ratio that non-inferiority excludes."""

    endpoint: str
    sided: Annotated[Literal[1, 2], BeforeValidator(whole_number)] = 2
    alpha: Number = Field(default=0.05, gt=0, lt=1)
    margin: Number | None = Field(default=None, gt=1)


class Multiplicity(Part):
    """In which order confirmatory claims may be made."""

    method: Literal["fixed_sequence", "none"] = "fixed_sequence"
    order: tuple[str, ...] = ()


class YearlyHazard(Part):
    """How often something ends a patient's follow-up, as a yearly hazard: of all, or arm by arm."""

    hazard_per_y: Number = Field(default=0.0, ge=0)
    by_arm: Mapping[str, NotNegative] = Field(default_factory=dict)


class Looks(Part):
    """Interim analyses: who looks, at which information or dates, by which spending of alpha.

    Futility stops by beta spending (that of alpha without `futility_spending`), or at the z values
    of `futility_z`, one an interim look. `at` are times since the first patient could enter; with
    `information` too, `rule` says which of the two a look waits for, and never beyond `latest`.
    """

    by: str
    information: tuple[Number, ...] = Field(min_length=1)
    spending: Family = "lan_demets_obrien_fleming"
    spending_parameter: Number | None = None
    futility: Literal["binding", "non_binding", "none"] = "none"
    futility_spending: Spending | None = None
    futility_parameter: Number | None = None
    futility_z: tuple[Number, ...] = ()
    harm_alpha: Probability | None = None
    harm_spending: Spending | None = None
    at: tuple[Length, ...] = ()
    rule: Literal["later", "earlier"] = "later"
    latest: Length | None = None


class SafetyStop(Part):
    """A rule that pauses or stops the trial for harm."""

    when: str
    do: Literal["pause", "stop", "review"]


class Imaging(Part):
    """When recurrence can be seen: every so long from randomisation, later on less often."""

    every: Length
    until: Length | None = None
    then_every: Length | None = None


class ProductFailure(Part):
    """Which share of the experimental arm never starts, and the yearly hazard of stopping early."""

    never_started: Number = Field(default=0.0, ge=0, lt=1)
    stopping_per_y: Number = Field(default=0.0, ge=0)


class SiteVariation(Part):
    """Sites of equal size in which the event comes sooner or later: a gamma frailty of mean 1."""

    count: Whole = Field(ge=2)
    variance: AboveZero


class DesignStratum(Part):
    """A share of the patients whose control arm fares otherwise; the hazard ratio is the same."""

    label: str
    fraction: Probability
    survival: Mapping[str, Probability]


class DesignTest(Part):
    """The test that the power is computed for; log-rank where the protocol names none."""

    type: Literal[
        "log_rank", "fleming_harrington", "modestly_weighted", "max_combo", "rmst", "milestone"
    ] = "log_rank"
    rho: Number = Field(default=0.0, ge=0)
    gamma: Number = Field(default=0.0, ge=0)
    delay: Length | None = None
    horizon: Length | None = None
    stratified: Flag = False


class DesignScenario(Part):
    """Another set of assumptions under which the same design is tried out."""

    label: str | None = None
    survival: Mapping[str, Mapping[str, Probability]] = Field(default_factory=dict)
    hazard_ratio: Number | None = Field(default=None, gt=0)
    hazard_ratio_from: Mapping[str, AboveZero] = Field(default_factory=dict)
    accrual: Length | None = None
    accrual_rates: Mapping[str, NotNegative] = Field(default_factory=dict)
    dropout: YearlyHazard | None = None
    competing_death: YearlyHazard | None = None
    cured: Mapping[str, Probability] = Field(default_factory=dict)
    imaging: Imaging | None = None
    product_failure: ProductFailure | None = None
    sites: SiteVariation | None = None
    test: DesignTest | None = None


class Design(Part):
    """The size of the trial and everything it was computed from.

    `hazard_ratio_from` is a ratio that changes: `{0 mo: 1, 6 mo: 0.55}` is none for six months.
    `accrual_rates` gives the shape of recruitment in the same way.
    """

    endpoint: str | None = None
    hypothesis: Hypothesis | None = None
    multiplicity: Multiplicity | None = None
    shape: Literal["exponential", "piecewise", "cure"] | None = None
    survival: Mapping[str, Mapping[str, Probability]] = Field(default_factory=dict)
    cured: Mapping[str, Probability] = Field(default_factory=dict)
    hazard_ratio: Number | None = Field(default=None, gt=0)
    hazard_ratio_from: Mapping[str, AboveZero] = Field(default_factory=dict)
    power: Probability | None = None
    events: Whole | None = Field(default=None, ge=1)
    accrual: Length | None = None
    accrual_rates: Mapping[str, NotNegative] = Field(default_factory=dict)
    follow_up_after_last: Length | None = None
    dropout: YearlyHazard | None = None
    competing_death: YearlyHazard | None = None
    imaging: Imaging | None = None
    product_failure: ProductFailure | None = None
    sites: SiteVariation | None = None
    strata: tuple[DesignStratum, ...] = ()
    test: DesignTest | None = None
    looks: Looks | None = None
    why_no_looks: str | None = None
    safety_stop: tuple[SafetyStop, ...] = ()
    scenarios: Mapping[str, DesignScenario] = Field(default_factory=dict)
    note: Texts = ()

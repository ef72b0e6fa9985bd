"""The trial as values: what a protocol file becomes once it has been read and found valid.

Every class is one part of the file under the same name. A part that is absent from the file has
its default here. Unknown keys are refused by the reader, which knows their line.
"""

import typing
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, TypeVar

from pydantic import BeforeValidator, Field

from adjuvant.core import Arm
from adjuvant.protocol.durations import Unit
from adjuvant.protocol.fields import (
    Anything,
    DateText,
    Flag,
    Length,
    Number,
    Part,
    Texts,
    Whole,
    whole_number,
)
from adjuvant.protocol.model_cells import (
    Agent,
    CellProduct,
    ChainOfIdentity,
    Draw,
    Expected,
    Release,
    ReleaseTest,
    Step,
    Takes,
    Volume,
)
from adjuvant.protocol.model_data import (
    ArmMapping,
    CensoringMapping,
    DataMapping,
    EventMapping,
    Variable,
)
from adjuvant.protocol.model_design import (
    Design,
    DesignScenario,
    DesignStratum,
    DesignTest,
    Hypothesis,
    Imaging,
    Looks,
    Multiplicity,
    ProductFailure,
    SafetyStop,
    SiteVariation,
    YearlyHazard,
)
from adjuvant.protocol.model_governance import (
    Approval,
    Board,
    Consent,
    ConsentVersion,
    Ethics,
    Governance,
    Harms,
    HarmsCollection,
    Role,
    Site,
    Task,
    Withdrawal,
)
from adjuvant.protocol.model_schedule import (
    Activity,
    Form,
    Infusion,
    Intervention,
    Item,
    Schedule,
    Visit,
    Window,
)

__all__ = [
    "Activity",
    "Agent",
    "Analysis",
    "AnalysisSet",
    "Approval",
    "ArmMapping",
    "ArmPart",
    "AssessedBy",
    "Board",
    "CellProduct",
    "CensoringMapping",
    "ChainOfIdentity",
    "Consent",
    "ConsentVersion",
    "Criterion",
    "DataMapping",
    "Design",
    "DesignScenario",
    "DesignStratum",
    "DesignTest",
    "Draw",
    "Endpoint",
    "Estimand",
    "Ethics",
    "EventMapping",
    "EventPart",
    "Expected",
    "Form",
    "Governance",
    "Harms",
    "HarmsCollection",
    "Hypothesis",
    "Imaging",
    "Infusion",
    "IntercurrentEvent",
    "Intervention",
    "Item",
    "Looks",
    "Multiplicity",
    "Part",
    "Population",
    "ProductFailure",
    "Protocol",
    "Randomisation",
    "Recruitment",
    "Release",
    "ReleaseTest",
    "Role",
    "SafetyStop",
    "Schedule",
    "Sealed",
    "Site",
    "SiteVariation",
    "Step",
    "StratumFactor",
    "Takes",
    "Task",
    "TimeRules",
    "Timing",
    "Trial",
    "Variable",
    "Visit",
    "Volume",
    "Withdrawal",
    "YearlyHazard",
]


Claim = Literal["confirmatory", "replication", "descriptive"]


class Recruitment(Part):
    """When patients were recruited: years, months or days as written."""

    start: DateText
    end: DateText | None = None


class Trial(Part):
    """What the trial is: identity, status, registration, who pays and who is masked."""

    id: str
    version: str = "0.1.0"
    status: Literal["draft", "active", "closed", "historical"] = "draft"
    title: str
    phase: str | None = None
    registration: Mapping[str, str | None] | None = None
    sponsor: str | None = None
    date: DateText | None = None
    acronym: str | None = None
    sites: tuple[Site, ...] = ()
    blinding: Literal["open_label", "single_blind", "double_blind"] | None = None
    masked_assessment: tuple[str, ...] = ()
    recruitment: Recruitment | None = None
    end_of_trial: str | None = None
    citation: Texts = ()


class TimeRules(Part):
    """How time is counted: the stored unit, whole-day milestones, what a partial date becomes."""

    unit: Unit = "day"
    count: Literal["date - origin"] = "date - origin"
    month: Literal["calendar"] = "calendar"
    milestone: Mapping[str, Number] = Field(default_factory=dict)
    partial_date: Literal["query", "refuse", "first", "middle", "last"] = "query"
    first_day: Annotated[Literal[0], BeforeValidator(whole_number)] = 0


class ArmPart(Part):
    """One arm of the trial."""

    id: str
    label: str
    role: Literal["experimental", "active_control", "no_treatment_control", "placebo_control"]
    description: str | None = None
    interventions: tuple[str, ...] = ()

    @property
    def control(self) -> bool:
        """Whether this arm is the comparator."""
        return self.role != "experimental"


class Criterion(Part):
    """One eligibility criterion: words for people, an expression for the form."""

    id: str
    text: str
    check: str | None = None


class Population(Part):
    """Who may enter, and how many are planned."""

    label: str | None = None
    planned: Whole | None = Field(default=None, ge=1)
    inclusion: tuple[Criterion, ...] = ()
    exclusion: tuple[Criterion, ...] = ()


class StratumFactor(Part):
    """One stratification factor: an expression over items that gives its level."""

    id: str
    label: str | None = None
    source: str
    levels: tuple[str, ...] = ()


class Sealed(Part):
    """What stands for the sealed file: the digest of nonce and list, and who keeps it."""

    file_commitment: str | None = None
    custodian: str | None = None


class Timing(Part):
    """When patients may be randomised: days after an anchor."""

    anchor: str
    window: Window


class Randomisation(Part):
    """How patients are allocated; block sizes and seed never stand in this file."""

    allocation: Mapping[str, Whole] = Field(default_factory=dict)
    method: Literal["permuted_blocks", "minimisation", "simple", "big_stick"] | None = None
    strata: tuple[StratumFactor, ...] = ()
    strata_used_in_analysis: Literal["as_randomised", "corrected"] = "as_randomised"
    sealed: Sealed | None = None
    after_error: Literal["keep_slot", "correct_stratum"] = "keep_slot"
    concealment: str | None = None
    timing: Timing | None = None
    when_offline: str | None = None  # printed on the blank forms


class EventPart(Part):
    """One kind of event and how it is dated."""

    label: str | None = None
    date: str | None = None
    patterns: tuple[str, ...] = ()
    choose: Literal["one", "many"] = "one"
    causes: tuple[str, ...] = ()
    suspected_until: str | None = None
    confirmed_by: Texts = ()
    without_confirmation: str | None = None
    counts_in: tuple[str, ...] | None = None
    report: Flag = False


class AssessedBy(Part):
    """Whose assessment dates the event: the primary one, and the one of the sensitivity run."""

    primary: str
    sensitivity: str | None = None


class Endpoint(Part):
    """One endpoint: from which origin to which first event, and how follow-up ends without one."""

    id: str
    label: str
    level: Literal["primary", "secondary", "exploratory", "safety", "feasibility"]
    type: Literal["time_to_event", "binary", "proportion"] = "time_to_event"
    origin: str = "randomisation"
    event: tuple[str, ...] = ()
    competing: tuple[str, ...] = ()
    censor_at: str | None = None
    no_assessment: Literal["censor_day_0"] = "censor_day_0"
    event_before_origin: Literal["refuse", "count_at_day_0", "ask"] = "refuse"
    assessed_by: AssessedBy | None = None
    grading: str | None = None
    definition: str | None = None
    param: str | None = None  # PARAMCD, where the data are an ADaM ADTTE as it stands


class IntercurrentEvent(Part):
    """One intercurrent event and its strategy (ICH E9(R1))."""

    event: str
    strategy: Literal[
        "treatment_policy", "composite", "while_alive", "hypothetical", "principal_stratum"
    ]


class Estimand(Part):
    """The five attributes of ICH E9(R1), and the one main analysis."""

    id: str
    objective: str
    endpoint: str
    treatment: Mapping[str, str] = Field(default_factory=dict)
    population: str = "all_randomised"
    intercurrent_events: tuple[IntercurrentEvent, ...] = ()
    summary: Mapping[str, Anything] = Field(default_factory=dict)
    main: str | None = None


class AnalysisSet(Part):
    """Who is analysed: an expression over `randomised`, `eligible` and the data's variables."""

    id: str
    label: str | None = None
    rule: str = "randomised"
    primary: Flag = False
    group_by: Literal["randomised", "received"] = "randomised"
    decided: Literal["masked", "open"] | None = None


class Analysis(Part):
    """One line of the analysis plan. Which keys a type reads stands in the reference page."""

    id: str
    type: Literal[
        "baseline_table",
        "consort",
        "follow_up",
        "kaplan_meier",
        "log_rank",
        "cox",
        "ph_check",
        "rmst",
        "milestone",
        "cumulative_incidence",
        "proportion",
        "subgroups",
    ]
    set: str
    endpoint: str | None = None
    arms: tuple[str, ...] = ()
    competing: Literal["event", "censor"] | None = None
    strata: Literal["as_randomised", "corrected", "none"] | None = None
    why_unstratified: str | None = None
    at: tuple[Length, ...] = ()
    tau: Length | None = None
    ci: Literal["plain", "log", "log-log", "logit", "arcsin"] = "log"
    ties: Literal["efron", "breslow"] = "efron"
    test: Literal["log_rank", "stratified_log_rank", "wald", "likelihood_ratio"] | None = None
    covariates: tuple[str, ...] = ()
    interactions: tuple[tuple[str, str], ...] = ()
    level: Number = Field(default=0.95, gt=0, lt=1)
    by: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    of: str | None = None
    max_combo: Flag = False
    report: Literal["risk_reduction"] | None = None
    claim: Claim = "descriptive"
    order: Whole | None = None
    estimand: str | None = None
    label: str | None = None


class Protocol(Part):
    """One randomised trial: everything that the protocol file says."""

    format: Literal["adjuvant/1"]
    trial: Trial
    time: TimeRules = Field(default_factory=TimeRules)
    arms: tuple[ArmPart, ...] = Field(min_length=1)
    population: Population = Field(default_factory=Population)
    randomisation: Randomisation = Field(default_factory=Randomisation)
    events: Mapping[str, EventPart] = Field(default_factory=dict)
    endpoints: tuple[Endpoint, ...] = Field(min_length=1)
    estimands: tuple[Estimand, ...] = ()
    design: Design = Field(default_factory=Design)
    analysis_sets: tuple[AnalysisSet, ...] = (
        AnalysisSet(id="ITT", label="Intention to treat (everybody randomised)", primary=True),
    )
    analyses: tuple[Analysis, ...] = Field(min_length=1)
    data: DataMapping | None = None
    published: str | None = None
    interventions: tuple[Intervention, ...] = ()
    infusions: tuple[Infusion, ...] = ()
    cell_products: tuple[CellProduct, ...] = ()
    schedule: Schedule = Field(default_factory=Schedule)
    activities: Mapping[str, Activity] = Field(default_factory=dict)
    visits: tuple[Visit, ...] = ()
    forms: tuple[Form, ...] = ()
    withdrawal: Withdrawal = Field(default_factory=Withdrawal)
    roles: tuple[Role, ...] = ()
    tasks: tuple[Task, ...] = ()
    governance: Governance | None = None

    @property
    def control(self) -> Arm:
        """The comparator; the first arm where no arm's role says control."""
        part = next((a for a in self.arms if a.control), self.arms[0])
        return Arm(part.id, part.label, control=True)

    @property
    def ordered_arms(self) -> tuple[Arm, ...]:
        """All arms, the control first, the others in the order of the file."""
        others = (Arm(a.id, a.label) for a in self.arms if a.id != self.control.id)
        return (self.control, *others)

    def endpoint(self, id: str) -> Endpoint:
        """Return the endpoint with this id; KeyError names it where there is none."""
        return _by_id(self.endpoints, id)

    def analysis_set(self, id: str) -> AnalysisSet:
        """Return the analysis set with this id."""
        return _by_id(self.analysis_sets, id)

    def analysis(self, id: str) -> Analysis:
        """Return the analysis with this id."""
        return _by_id(self.analyses, id)


class _HasId(typing.Protocol):
    @property
    def id(self) -> str: ...


P = TypeVar("P", bound=_HasId)


def _by_id(parts: Sequence[P], id: str) -> P:
    found = next((part for part in parts if part.id == id), None)
    if found is None:
        raise KeyError(f"{id!r} is not among {', '.join(part.id for part in parts)}")
    return found

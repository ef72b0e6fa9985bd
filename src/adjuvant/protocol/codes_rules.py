"""The rules that look across the parts of a protocol: number, severity, title, reason."""

from adjuvant.core import Severity

__all__ = ["RULE_ROWS"]

_NAMES: tuple[tuple[str, Severity, str, str], ...] = (
    ("P030", "error", "An arm that does not exist",
     "An allocation, analysis or column value for an arm nobody is in."),
    ("P031", "error", "An endpoint that does not exist",
     "The analysis or estimand would have nothing to estimate."),
    ("P032", "error", "An analysis set that does not exist",
     "Who is analysed decides what the number means."),
    ("P033", "error", "An event that does not exist",
     "An endpoint can only count events that the protocol defines and dates."),
    ("P034", "error", "A variable that does not exist",
     "A table, subgroup or covariate needs a variable of the data or a stratification factor."),
    ("P035", "error", "An expression reads a name that nothing records",
     "The rule could never be decided for any patient."),
    ("P036", "error", "An analysis that does not exist",
     "An estimand's main analysis and the order of claims point at lines of the plan."),
    ("P037", "error", "An estimand that does not exist",
     "The analysis would answer a question that nobody asked."),
    ("P038", "error", "The same id twice",
     "A reference to the id would mean two things."),
    ("P039", "error", "A moment of censoring that the data do not hold",
     "Without it the follow-up of an event-free patient has no end."),
    ("P040", "error", "An endpoint counts an event that the data do not map",
     "Every patient would look event-free."),
    ("P041", "error", "An origin that the data do not hold",
     "Time is counted from a date that has to be known for everybody."),
)  # fmt: skip

_PLAN: tuple[tuple[str, Severity, str, str], ...] = (
    ("P042", "error", "Two primary endpoints without an order",
     "Two chances at 5% are not 5%; the order of the tests is part of the design."),
    ("P043", "error", "An estimand without a main analysis",
     "ICH E9(R1): each estimand has one main estimator; the others are sensitivity analyses."),
    ("P044", "error", "A main analysis that does not fit its estimand",
     "It must be of the estimand's endpoint and claim no other estimand."),
    ("P045", "error", "A main analysis that does not estimate the estimand's measure",
     "A log-rank test or Cox model belongs to a hazard ratio, Gray's test to a subdistribution."),
    ("P046", "error", "Stratification left out of the main analysis without a reason",
     "Ignoring the factors of the randomisation makes the standard error too large; a reason in "
     "`why_unstratified` is accepted and printed."),
    ("P047", "error", "A set defined by exposure after randomisation",
     "Who got the treatment is known only later and depends on the outcome: such a per-protocol "
     "rule gave 8.2% false positives instead of 2.5%. Use everybody randomised, or baseline data."),
    ("P048", "error", "A detail of the allocation list in the open file",
     "With the block size or the seed the next allocation can be guessed (SPIRIT 2025 item 21b). "
     "These stand in the sealed file; this file holds its commitment."),
    ("P049", "error", "How a competing event is treated is left implied",
     "Censoring a competing death and counting it give different numbers; the plan says which."),
    ("P050", "error", "An analysis lacks a key that its type needs",
     "A restricted mean without a horizon, a milestone without a time, a table without variables."),
    ("P051", "warning", "A key that this type of analysis does not read",
     "The reader of the protocol would believe that it changes the result."),
    ("P052", "error", "The allocation does not cover the arms",
     "Each arm has a whole ratio of at least 1."),
    ("P053", "error", "No arm is the comparator",
     "A hazard ratio needs a denominator; give one arm a role that ends in control."),
    ("P054", "warning", "More than one arm is a comparator",
     "Estimates are against the first of them."),
    ("P055", "error", "A stratification factor gives a level that is not listed",
     "The patient would fall in a stratum for which no list exists."),
    ("P056", "error", "An expression compares a variable with a value it never has",
     "A misspelt level silently makes the condition false for everybody."),
    ("P061", "error", "Not exactly one primary analysis set",
     "Which patients carry the main result is decided once."),
    ("P063", "warning", "A milestone whose day is not n x 365.25, rounded",
     "3 y is day 1096 and 5 y day 1826 in every result; another number here would not be used."),
    ("P064", "error", "The order of claims contradicts itself",
     "Two analyses with one number, or an order that omits a confirmatory analysis."),
    ("P066", "error", "An estimand does not say what each arm receives",
     "Treatment is the first attribute of an estimand (ICH E9(R1))."),
    ("P067", "warning", "A primary endpoint without an estimand",
     "What is estimated, in whom, and what happens at intercurrent events would be guessed."),
    ("P068", "error", "Deaths are left implied",
     "A time-to-event endpoint that does not count death must name it as competing."),
    ("P069", "error", "An event both counts and competes",
     "The first occurrence could not be classified."),
)  # fmt: skip

_DATA: tuple[tuple[str, Severity, str, str], ...] = (
    ("P057", "error", "The data's arm column does not cover the arms",
     "Each arm has one stored value, each stored value one arm."),
    ("P058", "error", "A variable is neither a column nor a calculation, or its levels are missing",
     "It has exactly one origin; a choice lists its levels."),
    ("P059", "error", "Calculated values in a circle",
     "A value cannot be calculated from itself."),
    ("P060", "error", "An event that cannot be read from its columns",
     "It needs a date, or days with the column that says whether it happened (yes or no)."),
)  # fmt: skip

_STRICT: tuple[tuple[str, Severity, str, str], ...] = (
    ("P070", "error", "A choice that nobody has confirmed (only under --strict)",
     "A value that stands in no source needs a name and a date: `confirmed: {by, on}`, which "
     "`adjuvant confirm PATH` writes."),
)  # fmt: skip

RULE_ROWS = (*_NAMES, *_PLAN, *_DATA, *_STRICT)

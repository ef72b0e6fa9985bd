"""The findings of data as data: number, severity, title, and why the rule exists.

A number is never used for something else. The page of findings is made from this table; a test
fails when a number is used and does not stand here.
"""

from adjuvant.core import Code, Finding, Place, Severity

__all__ = ["CODES", "Code", "finding"]


_READING: tuple[tuple[str, Severity, str, str], ...] = (
    ("D001", "error", "The file holds no patients",
     "An empty file, or a header alone, is an export that went wrong."),
    ("D002", "error", "The file is not UTF-8",
     "A wrong character set turns names and units into other letters without a word."),
    ("D003", "error", "Fields are separated by something other than a comma",
     "One separator only, or a decimal comma could split a number in two."),
    ("D004", "error", "A column stands twice",
     "Most readers silently keep one of the two."),
    ("D005", "error", "A column has no name",
     "What cannot be named cannot be mapped or reviewed."),
    ("D006", "error", "A row has too many or too few fields",
     "Values after the fault would stand under another column."),
    ("D007", "error", "A quote is not closed, or text follows a closing quote",
     "Everything up to the next quote would become one field; rows would vanish in it."),
    ("D008", "error", "Not a file of this kind",
     "A workbook, an archive or a damaged file cannot be read as a table."),
    ("D009", "warning", "An empty line was not read",
     "Nothing is left out without a word."),
    ("D010", "error", "Not Dataset-JSON 1.1",
     "The standard's keys say how the rows are to be understood."),
    ("D011", "error", "A cell is not of the type its column declares",
     "A text in a column of numbers is a mistake of the export."),
    ("D012", "error", "The number of rows is not the number of records declared",
     "The file was cut off, or rows were added by hand."),
    ("D013", "error", "A number that is not finite",
     "NaN and Infinity are no data; a missing value is an empty field."),
)  # fmt: skip

_MAPPING: tuple[tuple[str, Severity, str, str], ...] = (
    ("D020", "error", "A column that the file does not have",
     "The protocol names it; without it the endpoint or variable cannot be built."),
    ("D021", "error", "A row without a subject",
     "A row that belongs to nobody cannot be traced back."),
    ("D022", "error", "A subject stands twice",
     "The person would be counted twice."),
    ("D023", "error", "A subject without an arm",
     "Everybody randomised has an arm; a missing one cannot be guessed."),
    ("D024", "error", "An arm that the protocol does not know",
     "A misspelt arm would silently leave the comparison."),
    ("D025", "warning", "An arm without a subject",
     "The file may be a part of the trial, or an arm's value is mapped wrongly."),
    ("D026", "error", "Not clear whether the event happened",
     "An indicator that is missing or unknown is neither yes nor no."),
    ("D027", "error", "Not a number",
     "Text in a column of numbers, a decimal comma, a thousands sign."),
    ("D028", "error", "Not a date of the calendar",
     "Day and month are exchanged in half of the world: only YYYY-MM-DD is read."),
    ("D029", "error", "A date without its day",
     "The protocol does not say what a partial date becomes; a trial never guesses."),
    ("D030", "warning", "A partial date was completed by the protocol's rule",
     "The reader of a result must know which dates were imputed."),
    ("D031", "note", "A word that was read as missing",
     "NA and the like are no values; they are counted so that nothing vanishes."),
    ("D032", "error", "A value that is not among the levels",
     "A misspelt level would become a level of its own, or vanish from the table."),
    ("D033", "error", "SYNTHETIC rows where real ones are declared, or both together",
     "Reconstructed or rehearsed patients are never analysed or pooled with real ones."),
    ("D034", "error", "The mapping does not say how to derive an endpoint",
     "An event without a time, a censoring rule without a column, dates where days are counted."),
    ("D035", "note", "Strata as recorded stand for strata as randomised",
     "The data hold no column of the stratum as randomised; a corrected value cannot be told."),
    ("D036", "warning", "An endpoint that no analysis uses cannot be derived",
     "It is in the protocol and not in the data."),
)  # fmt: skip

_CONSISTENCY: tuple[tuple[str, Severity, str, str], ...] = (
    ("D040", "error", "A negative time",
     "Follow-up cannot end before it began."),
    ("D041", "error", "An event, or the end of follow-up, without its time",
     "The patient cannot be dropped, and a time cannot be guessed."),
    ("D042", "error", "Date and indicator contradict each other",
     "One of the two is wrong, and which one decides the result."),
    ("D043", "error", "Something happened after death",
     "Nobody recurs or is seen after death; one of the dates is wrong."),
    ("D044", "warning", "An event after the patient was last known alive",
     "Follow-up for survival ends too early for this patient."),
    ("D045", "error", "An event before the origin",
     "Central review does this. It needs a rule in the protocol; nobody is dropped."),
    ("D046", "warning", "An event before the origin was counted at day 0",
     "The protocol's rule event_before_origin: count_at_day_0."),
    ("D047", "warning", "Never assessed after the origin: censored at day 0",
     "The patient stays in N and gives no information on the endpoint."),
    ("D048", "warning", "Last assessed before the origin: censored at day 0",
     "The patient stays in N and gives no information on the endpoint."),
    ("D049", "error", "Follow-up ends on or before the day of entry",
     "With an origin before randomisation the patient is at risk only after randomisation."),
    ("D050", "error", "The indicator looks coded the wrong way round",
     "Events are later than censorings almost throughout, as when 1 stands for censored; every "
     "result would be another trial's. If it is right, the protocol says `coding: confirmed`."),
    ("D051", "error", "An event whose cause is not known",
     "The endpoint depends on the cause; counted or not, the patient changes the result."),
    ("D052", "error", "No date of origin",
     "Time has no beginning for this patient."),
    ("D053", "error", "A stratification factor is missing",
     "A stratified analysis has no place for this patient, and nobody is dropped."),
    ("D054", "warning", "A stratification factor is missing, and no analysis is stratified",
     "A stratified analysis would be refused."),
    ("D055", "warning", "A time of more than 100 years",
     "A wrong century or a wrong unit."),
    ("D056", "warning", "An event that the endpoint neither counts nor lets compete",
     "By its cause it is neither; the patient is censored as if it had not happened."),
)  # fmt: skip

_ADTTE: tuple[tuple[str, Severity, str, str], ...] = (
    ("D060", "error", "A subject without a row for a parameter",
     "Everybody randomised has a time for every endpoint."),
    ("D061", "error", "A subject has two rows for one parameter",
     "The person would be counted twice."),
    ("D062", "error", "A parameter that the file does not have",
     "PARAMCD is the endpoint's `param`, or its id."),
    ("D063", "error", "CNSR is not 0, 1, 2, ...",
     "0 is an event; any whole number above is a reason for censoring."),
    ("D064", "error", "A subject's value differs between its rows",
     "Arm and baseline belong to the person, not to the parameter."),
    ("D065", "error", "The unit of AVAL is not the unit of the protocol",
     "Months read as days move every number of the report."),
    ("D066", "note", "Parameters that the protocol does not use",
     "Their rows are not read; they are counted so that nothing vanishes."),
)  # fmt: skip

_SETS: tuple[tuple[str, Severity, str, str], ...] = (
    ("D070", "error", "A set by something other than baseline",
     "A set defined by what happened after randomisation is biased under the null."),
    ("D071", "error", "A set by eligibility, and the data do not tell it",
     "Map the column that says who was found ineligible, decided without sight of outcomes."),
    ("D072", "error", "A calculated variable has no value",
     "Its expression compares unlike things, or reads itself."),
    ("D073", "warning", "A set's rule cannot be decided for a subject",
     "A variable it reads is missing; the subject is not in the set, and the flow counts it."),
    ("D074", "error", "The flow's numbers contradict the data",
     "More patients stand in the data than were randomised, or a count is no number."),
)  # fmt: skip

CODES: dict[str, Code] = {
    row[0]: Code(*row) for row in (*_READING, *_MAPPING, *_CONSISTENCY, *_ADTTE, *_SETS)
}


def finding(code: str, place: Place, message: str, hint: str = "") -> Finding:
    """Return a finding with the severity of its number.

    >>> finding("D027", Place("trial.csv", 4, 2, "age"), "age is 'old'", "write a number").severity
    'error'
    """
    return Finding(code, CODES[code].severity, place, message, hint)

"""Can these printed numbers all be true? Interval arithmetic on what rounding left."""

from adjuvant.evidence.check_counts import check_counts
from adjuvant.evidence.check_notes import evidence_notes
from adjuvant.evidence.check_ratios import check_ratios
from adjuvant.evidence.check_restated import check_milestones, check_restated
from adjuvant.evidence.finding import CODES, EvidenceCheck
from adjuvant.evidence.printed import Published
from adjuvant.evidence.statements import Statements

__all__ = ["check_published"]


def check_published(published: Published) -> EvidenceCheck:
    """Return what cannot be true among the printed numbers of a report and of texts on it.

    A printed number stands for the closed interval of half a last digit each way; a finding needs
    the whole interval to be incompatible. The report's numbers (primary sources) are checked among
    themselves, other texts against the report, and facts between any two texts.
    Returns   findings in the order of the reference page, then of the file; and notes, which
              accuse nobody.

    >>> from adjuvant.evidence.published import read_published_text
    >>> check = check_published(read_published_text('''
    ... format: published/1
    ... case: example
    ... title: An example
    ... arms: {T: {label: new, role: experimental}, C: {label: old, role: control}}
    ... sources: {a: {role: primary, text: an abstract}}
    ... endpoints: {ttr: {label: time to recurrence}}
    ... numbers:
    ...   - {id: n, kind: n, arm: T, value: '76', as_printed: n=76, source: a}
    ...   - {id: e, kind: events, endpoint: ttr, arm: T, what: event, count: '59', percent: '45',
    ...      as_printed: '45% [59]', source: a}
    ... '''))
    >>> [(f.code, f.correction) for f in check.findings]
    [('count_and_percent_swapped', '45 [59%]')]
    """
    said = Statements(published)
    found = [
        *check_counts(said),
        *check_ratios(said),
        *check_milestones(said),
        *check_restated(said),
    ]
    order = {code: i for i, code in enumerate(CODES)}
    found.sort(key=lambda f: (order[f.code], f.place.line, f.place.column))
    return EvidenceCheck(tuple(found), tuple(evidence_notes(said)))

"""The known word that a misspelt one probably means."""

from collections.abc import Iterable

_MOST = 400  # names compared with; a suggestion must not take longer than reading the file

# What other formats call the same thing; used where the word is among the choices.
_ELSEWHERE = {
    "integer": "whole_number",
    "int": "whole_number",
    "float": "number",
    "decimal": "number",
    "boolean": "yes_no",
    "bool": "yes_no",
    "string": "text",
    "radio": "choice",
    "dropdown": "choice",
    "checkbox": "choices",
    "hr": "hazard_ratio",
    "km": "kaplan_meier",
    "treatment": "experimental",
}

__all__ = ["did_you_mean", "one_of"]


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Return the known word nearest to `word`, None if no one is near.

    Near means: the same but for case, `-` and `_`; or a distance of at most a third of the length
    (at least 1), counting a swap of neighbours once; or a unique beginning of three letters; or
    the name that other formats use.

    >>> did_you_mean("deth", ["recurrence", "death"])
    'death'
    >>> did_you_mean("origin", ["event", "death"]) is None
    True
    """
    names = sorted(set(known))[:_MOST]
    folded = _fold(word)
    same = [name for name in names if _fold(name) == folded]
    if same:
        return same[0]
    if _ELSEWHERE.get(word.casefold()) in names:
        return _ELSEWHERE[word.casefold()]
    limit = max(1, (len(folded) + 1) // 3)
    ranked = sorted((_distance(folded, _fold(name)), name) for name in names)
    if ranked and ranked[0][0] <= limit and ranked[0][0] < max(len(folded), len(ranked[0][1])):
        return ranked[0][1]
    begins = [n for n in names if len(folded) >= 3 and (folded in _fold(n) or _fold(n) in folded)]
    return begins[0] if len(begins) == 1 and len(begins[0]) >= 3 else None


def one_of(word: str, known: Iterable[str], *, most: int = 12) -> str:
    """Return a hint: the word that was probably meant, else what could be written here.

    >>> one_of("Cox", ["cox", "rmst"])
    "did you mean 'cox'?"
    >>> one_of("anova", ["cox", "rmst"])
    'write one of: cox, rmst'
    """
    names = list(dict.fromkeys(known))
    meant = did_you_mean(word, names)
    if meant is not None:
        return f"did you mean '{meant}'?"
    if not names:
        return "none is declared yet"
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"write one of: {', '.join(names[:most])}{more}"


def _fold(word: str) -> str:
    return word.casefold().replace("-", "").replace("_", "").replace(" ", "")


def _distance(a: str, b: str) -> int:
    """Return the optimal string alignment distance: insert, delete, replace, swap neighbours."""
    if abs(len(a) - len(b)) > 6 or max(len(a), len(b)) > 60:
        return 99
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            best = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                best = min(best, before[j - 2] + 1)
            row.append(best)
        before, last = last, row
    return last[-1]

"""Words that several results share: terms, moments, levels, and the names of conventions."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adjuvant.protocol.model import Analysis, Protocol

__all__ = [
    "counted",
    "covariate_words",
    "limits_convention",
    "lowered",
    "moment",
    "named",
    "percent",
]

_WHOSE = {"log": " (R survival's default)", "log-log": " (SAS's default)", "plain": " (linear)"}


def named(measure: str, arm: str | None = None, *, versus: str | None = None, at: str = "") -> str:
    """Return a term that is unique within a result.

    >>> named("median", "OBS"), named("hazard_ratio", "LEV", versus="OBS")
    ('median OBS', 'hazard_ratio LEV v OBS')
    >>> named("survival", "LEV", at=moment(1096, "day"))
    'survival LEV at day 1096'
    """
    against = f"v {versus}" if versus else ""
    when = f"at {at}" if at else ""
    return " ".join(part for part in (measure, arm or "", against, when) if part)


def moment(time: float, unit: str) -> str:
    """Return a moment as printed.

    >>> moment(1096.0, "day"), moment(4.5, "month")
    ('day 1096', 'month 4.5')
    """
    return f"{unit} {time:g}" if time != int(time) else f"{unit} {int(time)}"


def percent(level: float) -> str:
    """Return a confidence level as printed.

    >>> percent(0.95), percent(0.975)
    ('95%', '97.5%')
    """
    return f"{100 * level:g}%"


def limits_convention(ci: str, level: float) -> str:
    """Return the words for the scale of a survival curve's limits.

    >>> limits_convention("log", 0.95)
    "95% limits on the log scale (R survival's default)"
    """
    return f"{percent(level)} limits on the {ci} scale{_WHOSE.get(ci, '')}"


def lowered(text: str) -> str:
    """Return a label as it stands inside a sentence; an abbreviation keeps its capitals.

    >>> lowered("Recurrence"), lowered("HCC recurrence"), lowered("Levamisole + fluorouracil")
    ('recurrence', 'HCC recurrence', 'levamisole + fluorouracil')
    >>> lowered("A rash"), lowered("A"), lowered("A + B")
    ('a rash', 'A', 'A + B')
    """
    first, _, rest = text.partition(" ")
    article = first == "A" and rest[:1].islower()
    if len(first) == 1 and not article:
        return text
    if any(c.isupper() or c.isdigit() for c in first[1:]):
        return text
    return text[:1].lower() + text[1:]


def covariate_words(protocol: "Protocol", analysis: "Analysis") -> tuple[str, ...]:
    """Return the covariates of a line of the plan as a sentence names them."""
    variables = protocol.data.variables if protocol.data is not None else {}
    labels = {name: variable.label for name, variable in variables.items()}
    return tuple(lowered(labels.get(name) or name) for name in analysis.covariates)


def counted(count: int, thing: str) -> str:
    """Return a count with its noun.

    >>> counted(1, "patient"), counted(13, "patient")
    ('1 patient', '13 patients')
    """
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"

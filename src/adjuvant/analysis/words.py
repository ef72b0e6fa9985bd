"""Words that several results share: terms, moments, levels, and the names of conventions."""

__all__ = ["counted", "limits_convention", "moment", "named", "percent"]

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


def counted(count: int, thing: str) -> str:
    """Return a count with its noun.

    >>> counted(1, "patient"), counted(13, "patient")
    ('1 patient', '13 patients')
    """
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"

"""How numbers are printed: one rule a kind of number, for page, tables and figures alike.

p to three decimals and `<0.001` below; percent without decimals below n = 200; ratios to two
decimals; `not reached` where a curve does not come down; an en dash joins the limits only of a
quantity that cannot be negative (else `-2 - 5` would have to be guessed at).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

__all__ = [
    "NOT_REACHED",
    "TimeScale",
    "compare_words",
    "count",
    "hazard_words",
    "interval",
    "length_words",
    "p_phrase",
    "p_value",
    "percent",
    "ratio",
    "signed",
    "time_scale",
    "unbroken",
    "with_limits",
]

NOT_REACHED = "not reached"
NOT_ESTIMABLE = "not estimable"
MINUS = "\N{MINUS SIGN}"
EN_DASH = "\N{EN DASH}"
SMALL = 200  # below this many patients a decimal of a percentage is noise
_DAYS = {"hour": 1 / 24, "day": 1.0, "week": 7.0, "month": 30.4375, "year": 365.25}
_DECIMALS = {"hour": 0, "day": 0, "week": 0, "month": 1, "year": 2}


def signed(value: float, decimals: int) -> str:
    """Return the number with so many decimals and a true minus sign; never a negative zero.

    >>> signed(-2.345, 1), signed(-0.001, 1)
    ('−2.3', '0.0')
    """
    text = f"{value:.{decimals}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    return text.replace("-", MINUS)


def count(value: int | None) -> str:
    """Return a count with thousands set apart, or `not reported`.

    >>> count(1234), count(None)
    ('1,234', 'not reported')
    """
    return "not reported" if value is None else f"{value:,}"


def p_value(p: float, alpha: float = 0.05) -> str:
    """Return a p-value to three decimals, `<0.001` below; never rounded across `alpha`.

    >>> p_value(0.0123), p_value(0.00002), p_value(0.99997), p_value(0.04998)
    ('0.012', '<0.001', '>0.999', '0.04998')
    """
    if math.isnan(p):
        return NOT_ESTIMABLE
    if p < 0.001:
        return "<0.001"
    if p > 0.9995:
        return ">0.999"
    decimals = 3
    while p != alpha and round(p, decimals) == round(alpha, decimals) and decimals < 8:
        decimals += 1
    return f"{p:.{decimals}f}"


def p_phrase(p: float, alpha: float = 0.05) -> str:
    """Return `p = 0.012` or `p < 0.001`, for a sentence.

    >>> p_phrase(0.0004)
    'p\xa0<\xa00.001'
    """
    text = p_value(p, alpha)
    if text[0] in "<>":
        return unbroken(f"p {text[0]} {text[1:]}")
    return f"p {text}" if text == NOT_ESTIMABLE else unbroken(f"p = {text}")


def unbroken(text: str) -> str:
    """Return the text with spaces at which no line may end.

    >>> unbroken("p = 0.02")
    'p\xa0=\xa00.02'
    """
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def percent(fraction: float, n: int, sign: bool = True) -> str:
    """Return a fraction as percent: one decimal, none where it rests on fewer than 200 patients.

    >>> percent(0.5634, 315), percent(0.5634, 150), percent(-0.021, 304, sign=False)
    ('56.3%', '56%', '−2.1')
    """
    if math.isnan(fraction):
        return NOT_ESTIMABLE
    return signed(100 * fraction, 0 if n < SMALL else 1) + ("%" if sign else "")


def ratio(value: float) -> str:
    """Return a ratio to two decimals; a third where two would print 1.00 for what is not 1.

    >>> ratio(0.59924), ratio(0.9962), ratio(1.0), ratio(1234.5)
    ('0.60', '0.996', '1.00', '1234')
    """
    if math.isnan(value):
        return NOT_ESTIMABLE
    if math.isinf(value):
        return "\N{INFINITY}"
    if value >= 100:
        return f"{value:.0f}"
    text = f"{value:.2f}"
    return f"{value:.3f}" if text == "1.00" and abs(value - 1) >= 0.0005 else text


def interval(lower: float, upper: float, text: Callable[[float], str], missing: str) -> str:
    """Return two limits as text, joined by an en dash, or by `to` where one is negative.

    >>> interval(0.474, 0.756, ratio, NOT_ESTIMABLE)
    '0.47–0.76'
    >>> interval(-2.0, 5.0, lambda v: signed(v, 0), NOT_ESTIMABLE)
    '−2 to 5'
    >>> interval(4.5, float("nan"), lambda v: signed(v, 1), NOT_REACHED)
    '4.5 to not reached'
    """
    parts = [missing if math.isnan(v) else text(v) for v in (lower, upper)]
    plain = not any(c in part for part in parts for c in (MINUS, " "))
    return (EN_DASH if plain else " to ").join(parts)


def with_limits(
    value: float,
    lower: float,
    upper: float,
    text: Callable[[float], str],
    *,
    missing: str = NOT_ESTIMABLE,
    may_be_negative: bool = False,
) -> str:
    """Return an estimate with its limits in brackets.

    >>> with_limits(0.599, 0.475, 0.756, ratio)
    '0.60 (0.47–0.76)'
    >>> with_limits(1.2, 0.3, 2.1, lambda v: signed(v, 1), may_be_negative=True)
    '1.2 (0.3 to 2.1)'
    """
    middle = missing if math.isnan(value) else text(value)
    if math.isnan(lower) and math.isnan(upper):
        return middle
    limits = interval(lower, upper, text, missing)
    if may_be_negative:
        limits = limits.replace(EN_DASH, " to ")
    return f"{middle} ({limits})"


@dataclass(frozen=True)
class TimeScale:
    """From the stored unit of time to the printed one.

    unit      what is printed: hour, day, week, month or year.
    stored    what the data hold; nothing is divided before it is printed.
    per       how many stored units make one printed unit.
    """

    unit: str
    stored: str
    per: float

    @property
    def words(self) -> str:
        """The printed unit in the plural, as an axis names it."""
        return f"{self.unit}s"

    def text(self, value: float) -> str:
        """Return a stored time in the printed unit: years to two decimals, months to one."""
        if math.isnan(value) or math.isinf(value):
            return NOT_REACHED
        return signed(value / self.per, _DECIMALS.get(self.unit, 1))


def time_scale(stored: str, longest: float) -> TimeScale:
    """Return the scale for follow-up up to `longest` stored units: years beyond five, else months.

    >>> time_scale("day", 3329.0)
    TimeScale(unit='year', stored='day', per=365.25)
    >>> time_scale("day", 900.0).text(487.0)
    '16.0'
    """
    days = longest * _DAYS[stored]
    unit = "year" if days > 5 * 365.25 else "month" if days > 92 else stored
    if stored == "year":
        unit = "year"
    return TimeScale(unit, stored, _DAYS[unit] / _DAYS[stored])


def length_words(value: float, stored: str) -> str:
    """Return a milestone in whole years or months where it is one, else in the stored unit.

    >>> length_words(1096, "day"), length_words(18, "month"), length_words(400, "day")
    ('3 years', '18 months', '400 days')
    """
    for unit in ("year", "month"):
        exact = value * _DAYS[stored] / _DAYS[unit]
        near = round(exact)
        # A milestone of n months or years was rounded to a whole day, and to nothing else.
        apart = abs(exact - near) * _DAYS[unit]
        if near >= 1 and apart <= (0.5 if stored == "day" else 1e-6):
            if unit == "month" and stored == "day" and near == 1:
                continue  # 30 days is its own milestone (deaths within 30 days)
            return f"{near} {unit}{'s' if near > 1 else ''}"
    return f"{value:g} {stored}{'' if value == 1 else 's'}"


def hazard_words(hazard_ratio: float) -> str:
    """Return what a hazard ratio says of the hazard; never of the risk.

    >>> hazard_words(0.59), hazard_words(1.25), hazard_words(0.998)
    ('reduced by 41%', 'increased by 25%', 'changed by less than 1%')
    """
    if math.isnan(hazard_ratio):
        return "not estimable"
    if hazard_ratio >= 10:
        return f"multiplied by {hazard_ratio:.0f}"
    change = round(100 * abs(hazard_ratio - 1))
    if change == 0:
        return "changed by less than 1%"
    return f"{'reduced' if hazard_ratio < 1 else 'increased'} by {change}%"


def compare_words(hazard_ratio: float) -> str:
    """Return the same as a comparison of two limits: `22% lower`, `3% higher`.

    >>> compare_words(0.78), compare_words(1.21), compare_words(2.5)
    ('22% lower', '21% higher', '150% higher')
    """
    if math.isnan(hazard_ratio):
        return "a limit that cannot be estimated"
    if math.isinf(hazard_ratio):
        return "without upper bound"
    change = round(100 * abs(hazard_ratio - 1))
    if change == 0:
        return "the same"
    return f"{change}% {'lower' if hazard_ratio < 1 else 'higher'}"

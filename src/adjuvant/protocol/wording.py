"""The validator's complaints in the words of this format: what, found, expected, remedy."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from adjuvant.protocol.fields import Part
from adjuvant.protocol.shape import Path, choices, known_keys, type_at
from adjuvant.protocol.suggestions import did_you_mean, one_of
from adjuvant.protocol.tree import COMMA_HINT

__all__ = ["Complaint", "best_guess", "complaint"]

Complaint = tuple[str, str, str, bool]  # code, message, hint, whether the key's place is meant
_WANTED = {
    "string_type": ("a text", "write one word, or a text in quotes"),
    "tuple_type": ("a list", "write [a, b], or one '- item' a line"),
    "list_type": ("a list", "write [a, b], or one '- item' a line"),
    "mapping_type": ("a mapping of names to values", "write {name: value}"),
    "dict_type": ("a mapping of names to values", "write {name: value}"),
    "model_type": ("a mapping with its own keys", "write {key: value, ...}"),
    "model_attributes_type": ("a mapping with its own keys", "write {key: value, ...}"),
    "float_type": ("a number", "write it without quotes or unit, such as 0.05"),
    "a_number": ("a number", "write it without unit, such as 0.05"),
    "an_amount": ("a number, with its unit if any", "write 2.5, or '2.5 g/dL'"),
    "is_instance_of": ("a number, with its unit if any", "write 2.5, or '2.5 g/dL'"),
    "int_type": ("a whole number", "write it without unit, such as 150"),
    "a_whole_number": ("a whole number", "write it without unit, such as 150"),
    "int_from_float": ("a whole number", "write it without decimals"),
    "bool_type": ("true or false", "write true or false"),
    "a_flag": ("true or false", "write true or false"),
}
_RANGE = {
    "greater_than": ("gt", "greater than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}


def complaint(model: type[Part], error: Mapping[str, Any]) -> Complaint:
    """Return code, message, hint of one complaint, and whether it is about the key itself."""
    path: Path = tuple(error["loc"])
    kind, found, key = error["type"], error["input"], _last(path)
    if kind == "extra_forbidden":
        return _unknown_key(model, path)
    if kind == "missing":
        return _missing(model, path)
    if kind == "literal_error":
        return _choice(model, path, found)
    if kind == "a_length":
        return _length(key, found)
    if kind == "a_date":
        return ("P018", f"{key}: {error['ctx']['why']}", "write YYYY-MM-DD", False)
    if kind in _RANGE:
        name, words = _RANGE[kind]
        limit = _short(error["ctx"][name])
        return ("P016", f"{key} is {found}", f"write a number {words} {limit}", False)
    if kind in ("too_short", "too_long"):
        return _count(key, kind, error["ctx"])
    if kind in _WANTED:
        wanted, hint = _WANTED[kind]
        hint = _as_share(found) or hint
        return ("P014", f"{key}: expected {wanted}, found {_seen(found)}", hint, False)
    return ("P014", f"{key}: {_seen(found)} cannot stand here", "see the reference page", False)


def _as_share(found: Any) -> str:
    """Return the hint for a number with a percent sign, "" for anything else."""
    digits = found.strip().removesuffix("%").strip() if isinstance(found, str) else ""
    if not (digits and found.strip().endswith("%") and digits.replace(".", "", 1).isdecimal()):
        return ""
    return f"write it as a share of one: {Decimal(digits) / 100:f}"


def _last(path: Path) -> str:
    names = [str(step) for step in path if isinstance(step, str)]
    if not path:
        return "the file"
    if isinstance(path[-1], int):
        return f"item {path[-1] + 1} of {names[-1]}" if names else f"item {path[-1] + 1}"
    return names[-1]


_SEALED = re.compile(
    r"block|seed|minimi[sz]ation_(prob|p$)|biased_coin_p|^probability$|list$|nonce"
)


def _unknown_key(model: type[Part], path: Path) -> Complaint:
    if path[0] == "randomisation" and _SEALED.search(str(path[-1])):
        return (
            "P048",
            f"'{path[-1]}' tells how the list is made, and this file is open to those who enrol",
            "delete it here; the unblinded statistician keeps it in the sealed file, and "
            "'sealed: {file_commitment: ...}' holds its digest (SPIRIT 2025, item 21b)",
            True,
        )
    keys = known_keys(model, path[:-1])
    if " " in str(path[-1]).strip():
        return ("P011", f"'{path[-1]}' is read as a key", COMMA_HINT, True)
    where = f" in '{_last(path[:-1])}'" if len(path) > 1 else " at the top level"
    return ("P011", f"unknown key '{path[-1]}'{where}", one_of(str(path[-1]), keys, most=30), True)


def _missing(model: type[Part], path: Path) -> Complaint:
    where = f"'{_last(path[:-1])}' lacks" if len(path) > 1 else "the file lacks"
    allowed = choices(type_at(model, path))
    hint = f"write {path[-1]}: {' | '.join(allowed)}" if allowed else f"add '{path[-1]}: ...'"
    return ("P013", f"{where} the key '{path[-1]}'", hint, True)


def _choice(model: type[Part], path: Path, found: Any) -> Complaint:
    allowed = choices(type_at(model, path))
    if path == ("format",):
        return (
            "P020",
            f"format is {_seen(found)}; this version reads {' and '.join(allowed)}",
            f"write format: {allowed[-1]}, or install the version that wrote the file",
            False,
        )
    text = found if isinstance(found, str) else ""
    return ("P015", f"{_last(path)} is {_seen(found)}", one_of(text, allowed, most=30), False)


def _length(key: str, found: Any) -> Complaint:
    text = str(found)
    number = text.strip().split(" ")[0]
    if text.strip().replace(".", "", 1).lstrip("+-").isdigit():
        return ("P017", f"{key}: '{text}' has no unit", f"write '{text} d', or h, wk, mo, y", False)
    word = text.strip()[len(number) :].strip() or text.strip().lstrip("+-.0123456789 ")
    unit = {"m": "mo", "w": "wk"}.get(word) or {
        "h": "h", "d": "d", "w": "wk", "m": "mo", "y": "y",
    }.get(word[:1].casefold() if word else "")  # fmt: skip
    digits = text.strip()[: len(text.strip()) - len(word)].strip()
    guess = f"did you mean '{digits} {unit}'?" if unit and digits else ""
    return (
        "P017",
        f"{key}: '{text}' is not a length of time",
        guess or "write a number and a unit: h, d, wk, mo or y, such as '14 d'",
        False,
    )


def _count(key: str, kind: str, context: Mapping[str, Any]) -> Complaint:
    if kind == "too_short":
        least = context["min_length"]
        return ("P013", f"{key}: at least {least} is needed", "add it", False)
    return ("P014", f"{key}: at most {context['max_length']} may stand here", "delete one", False)


def _seen(value: Any) -> str:
    """Return a value as a person would name it."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping" + (f" ({', '.join(map(str, list(value)[:4]))})" if value else "")
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"a list of {len(value)}"
    text = str(value)
    return f"'{text}'" if len(text) <= 60 else f"'{text[:57]}...'"


def _short(number: Any) -> str:
    return f"{number:g}" if isinstance(number, float) else str(number)


def best_guess(found: Any, allowed: Sequence[str]) -> str | None:
    """Return the choice that was probably meant, to go on checking with it."""
    return did_you_mean(found, allowed) if isinstance(found, str) else None

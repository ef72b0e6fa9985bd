"""Asking a room for a public function: what it does not have (yet) is unsupported, not wrong."""

import inspect
from collections.abc import Callable
from importlib import import_module
from typing import Any, Literal, cast, get_args, get_origin

from adjuvant.core import AdjuvantError

__all__ = ["Unsupported", "ask", "public"]

# Every case states the confidence level; a function without limits takes none.
_STANDARD = {"level": 0.95}


class Unsupported(AdjuvantError):
    """A quantity or option of a case for which there is no public function."""


def public(room: str, name: str) -> Callable[..., Any]:
    """Return the public function or class `name` of a room.

    Raises    Unsupported where the room, or the name in it, does not exist.

    >>> public("survival", "kaplan_meier").__name__
    'kaplan_meier'
    """
    try:
        found = getattr(import_module(f"adjuvant.{room}"), name)
    except ModuleNotFoundError as reason:
        if not (reason.name or "").startswith("adjuvant."):
            raise
        raise Unsupported(f"adjuvant.{room} has no {name!r}") from None
    except AttributeError:
        raise Unsupported(f"adjuvant.{room} has no {name!r}") from None
    if not callable(found):
        raise Unsupported(f"adjuvant.{room}.{name} is not a function")
    return cast("Callable[..., Any]", found)


def ask(function: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """Return function(*args, **options), having checked that it knows each option's name and value.

    Raises    Unsupported for an option that the signature does not have, or a value that its
              annotation (a Literal) does not allow.
    """
    accepted = inspect.signature(function).parameters
    variadic = any(p.kind is p.VAR_KEYWORD for p in accepted.values())
    chosen = {}
    for name, value in options.items():
        if name not in accepted and not variadic:
            if _STANDARD.get(name) == value:
                continue
            raise Unsupported(f"{function.__name__} has no option {name!r}")
        allowed = _allowed(accepted[name].annotation) if name in accepted else ()
        if allowed and value not in allowed:
            known = ", ".join(map(repr, allowed))
            raise Unsupported(f"{function.__name__}: {name} may be {known}; the case has {value!r}")
        chosen[name] = value
    return function(*args, **chosen)


def _allowed(annotation: Any) -> tuple[Any, ...]:
    """Return the values that a Literal annotation lists, () where it is none."""
    return get_args(annotation) if get_origin(annotation) is Literal else ()

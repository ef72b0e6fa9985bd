"""The kinds of value that the format knows, each with its refusal as data for the reader."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic_core import PydanticCustomError

from adjuvant.core import InvalidInput
from adjuvant.core.partial_date import PartialDate
from adjuvant.protocol.durations import Duration
from adjuvant.protocol.source import Text

__all__ = [
    "Amount",
    "Anything",
    "DateText",
    "Flag",
    "Length",
    "Number",
    "Part",
    "Quantity",
    "Texts",
    "Whole",
    "core_value",
    "whole_number",
]

_INTEGER = re.compile(r"[+-]?\d{1,18}")
_FLOAT = re.compile(r"[+-]?(\.\d+|\d+(\.\d*)?)([eE][+-]?\d+)?")


class Part(BaseModel):
    """A part of the protocol: frozen, and no key that the format does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


def _length(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return Duration.parse(value)
    except InvalidInput:
        raise PydanticCustomError("a_length", "{found}", {"found": str(value)}) from None


def _number(value: Any) -> Any:
    if isinstance(value, str):
        number = float(value) if _FLOAT.fullmatch(value) else math.nan
        if not math.isfinite(number):
            raise PydanticCustomError("a_number", "{found}", {"found": str(value)})
        return number
    return value


def whole_number(value: Any) -> Any:
    """Return a whole number written as text as the number; anything else as it is.

    >>> whole_number("150")
    150
    """
    if isinstance(value, str):
        if not _INTEGER.fullmatch(value):
            raise PydanticCustomError("a_whole_number", "{found}", {"found": str(value)})
        return int(value)
    return value


def _flag(value: Any) -> Any:
    if isinstance(value, str):
        if value not in ("true", "false"):
            raise PydanticCustomError("a_flag", "{found}", {"found": str(value)})
        return value == "true"
    return value


def _date(value: Any) -> Any:
    if isinstance(value, str):
        try:
            PartialDate.parse(value)
        except InvalidInput as reason:
            why = reason.message
            raise PydanticCustomError("a_date", "{found}", {"found": value, "why": why}) from None
        return str(value)
    return value


def _texts(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


@dataclass(frozen=True)
class Amount:
    """A number with its unit, where one is written.

    >>> Amount.parse("2.5 g/dL")
    Amount(value=2.5, unit='g/dL')
    """

    value: float
    unit: str | None = None

    @classmethod
    def parse(cls, text: str) -> "Amount":
        """Return the amount written in `text`; InvalidInput where no number begins it."""
        number, _, unit = text.strip().partition(" ")
        if not _FLOAT.fullmatch(number) or not math.isfinite(float(number)):
            raise InvalidInput(f"{text!r} is not a number with its unit, such as '2.5 g/dL'")
        return cls(float(number), unit.strip() or None)

    def __str__(self) -> str:
        number = f"{Decimal(repr(self.value)).normalize():f}"  # every digit, so that it reads back
        return number + (f" {self.unit}" if self.unit else "")


def _amount(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return Amount.parse(value)
    except InvalidInput:
        raise PydanticCustomError("an_amount", "{found}", {"found": str(value)}) from None


def core_value(value: Any) -> Any:
    """Return a value with plain scalars as YAML 1.2 core reads them: numbers, true and false.

    >>> core_value([Text("12"), Text("true"), "12", Text("NO")])
    [12, True, '12', 'NO']
    """
    if isinstance(value, dict):
        return {str(key): core_value(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [core_value(item) for item in value]
    if not isinstance(value, Text):
        return value
    if value in ("true", "false"):
        return value == "true"
    if _INTEGER.fullmatch(value):
        return int(value)
    if _FLOAT.fullmatch(value) and math.isfinite(float(value)):
        return float(value)
    return str(value)


Anything = Annotated[Any, BeforeValidator(core_value)]
DateText = Annotated[str, BeforeValidator(_date)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Length = Annotated[Duration, BeforeValidator(_length)]
Number = Annotated[float, BeforeValidator(_number)]
Quantity = Annotated[Amount, BeforeValidator(_amount)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]
Whole = Annotated[int, BeforeValidator(whole_number)]

"""One small grammar for eligibility, strata, sets, calculated items and required-if.

Names, numbers, texts, lists, comparisons (also chained), `in`, `and`, `or`, `not`, `+ - * /`,
and `a if condition else b`. The text is parsed by Python's `ast` and walked node by node against
a white list: nothing is ever evaluated by Python itself. A missing value is UNKNOWN and follows
Kleene's logic: `unknown or true` is true, `unknown and true` is unknown.
"""

import ast
import math
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from adjuvant.core import InvalidInput

__all__ = ["MAX_LENGTH", "MAX_NESTING", "UNKNOWN", "Expression", "Unknown", "expression"]

MAX_LENGTH = 2000
MAX_NESTING = 30
_WORDS = {"true": True, "false": False}
_COMPARE: dict[type, Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_SIGN = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
_ARITHMETIC: dict[type, Callable[[Any, Any], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_ALLOWED = (
    ast.Expression,
    ast.BoolOp,
    ast.And,
    ast.Or,
    ast.UnaryOp,
    ast.Not,
    ast.USub,
    ast.BinOp,
    ast.Compare,
    ast.In,
    ast.NotIn,
    ast.IfExp,
    ast.Name,
    ast.Load,
    ast.Constant,
    ast.List,
    ast.Tuple,
    *_COMPARE,
    *_ARITHMETIC,
)
_IN_WORDS = {
    "Call": "a call such as f(x)",
    "Attribute": "a dot",
    "Subscript": "brackets after a name",
    "Lambda": "lambda",
    "NamedExpr": "':='",
    "Is": "'is' (write ==)",
    "IsNot": "'is not' (write !=)",
    "Pow": "'**'",
    "Mod": "'%'",
    "FloorDiv": "'//'",
    "BitAnd": "'&' (write and)",
    "BitOr": "'|' (write or)",
    "Invert": "'~' (write not)",
    "JoinedStr": "a text with f''",
    "Dict": "a mapping",
    "Set": "braces (write a list in [])",
}


class Unknown:
    """The value of what was not recorded; there is one, UNKNOWN, and it is neither true nor false.

    >>> UNKNOWN
    UNKNOWN
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        raise InvalidInput(
            "UNKNOWN is neither true nor false; say what a missing value means before deciding"
        )


UNKNOWN = Unknown()


@dataclass(frozen=True)
class Expression:
    """A parsed expression: its text, the names it reads, and its value for given values.

    >>> check = expression("20 <= age <= 75 and ecog in [0, 1]")
    >>> sorted(check.names)
    ['age', 'ecog']
    >>> check.evaluate({"age": 61, "ecog": 1}), check.evaluate({"age": 61, "ecog": None})
    (True, UNKNOWN)
    >>> check.evaluate({"age": 80, "ecog": None})
    False
    """

    text: str
    names: frozenset[str]
    _tree: ast.expr = field(repr=False, compare=False)

    def evaluate(self, values: Mapping[str, object]) -> object:
        """Return the value of the expression: a truth value, a number, a text, or UNKNOWN.

        values    one value for each name; None, NaN and "" are UNKNOWN.
        Raises    InvalidInput when a name has no entry in `values`, when a text is compared in
                  order with a number, or when `and`, `or`, `not`, `if` meet something that is
                  neither true nor false.
        """
        return _value(self._tree, values, self.text)

    def literals_compared_with(self, name: str) -> tuple[object, ...]:
        """Return the literal values that the expression compares `name` with by ==, != or in.

        >>> expression("'a' if extent in ['serosa', 'x'] else 'b'").literals_compared_with("extent")
        ('serosa', 'x')
        """
        return tuple(_literals(self._tree, name))

    def outcomes(self) -> tuple[object, ...] | None:
        """Return the literals that the expression can give, None unless all outcomes are literal.

        >>> expression("'single' if n == 1 else 'multiple'").outcomes()
        ('single', 'multiple')
        """
        return _outcomes(self._tree)


@lru_cache(maxsize=1024)
def expression(text: str) -> Expression:
    """Return the expression written in `text`.

    Raises    InvalidInput, with what was found and what the grammar allows, for anything outside
              the white list, longer than 2000 characters or nested more than 30 deep.

    >>> expression("age >= 60").evaluate({"age": 60})
    True
    >>> expression("__import__('os')")
    Traceback (most recent call last):
    ...
    adjuvant.core.errors.InvalidInput: "__import__('os')": a call such as f(x) is not ...
    """
    if len(text) > MAX_LENGTH:
        raise InvalidInput(
            f"an expression of {len(text)} characters; at most {MAX_LENGTH} are read"
        )
    _nesting(text)
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise InvalidInput(f"{text!r} is not an expression; {_remedy(text)}") from None
    _white_list(tree, text)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return Expression(text, frozenset(names - set(_WORDS)), tree.body)


def _remedy(text: str) -> str:
    if "=" in text and not any(sign in text for sign in ("==", "<=", ">=", "!=")):
        return "write == to compare"
    if "&&" in text or "||" in text:
        return "write 'and', 'or'"
    if text.count("'") % 2 or text.count('"') % 2:
        return "a quote is not closed"
    return "write it like \"age >= 18 and stage in ['I', 'II']\""


def _nesting(text: str) -> None:
    deep = most = 0
    for sign in text:
        deep += (sign in "([{") - (sign in ")]}")
        most = max(most, deep)
    words = text.count("not ") + text.count(" if ") + text.count("-")
    if most > MAX_NESTING or words > 200:
        raise InvalidInput(f"an expression nested more than {MAX_NESTING} deep; split it")


def _depth_first(node: ast.AST, depth: int = 0) -> Iterator[tuple[ast.AST, int]]:
    stack = [(node, depth)]
    while stack:
        node, depth = stack.pop()
        yield node, depth
        stack += [(child, depth + 1) for child in ast.iter_child_nodes(node)]


def _white_list(tree: ast.AST, text: str) -> None:
    for node, depth in _depth_first(tree):
        if depth > 3 * MAX_NESTING:
            raise InvalidInput(f"an expression nested more than {MAX_NESTING} deep; split it")
        if not isinstance(node, _ALLOWED):
            name = type(node).__name__
            raise InvalidInput(
                f"{text!r}: {_IN_WORDS.get(name, name)} is not part of the grammar; use names, "
                "numbers, texts in quotes, comparisons, in, and, or, not, + - * /, a if c else b"
            )
        if isinstance(node, ast.Constant) and not _plain(node.value):
            raise InvalidInput(f"{text!r}: {node.value!r} is not a number or a text in quotes")


def _plain(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return abs(value) < 10**18
    return isinstance(value, (bool, str))


def _missing(value: object) -> bool:
    return value is None or value is UNKNOWN or value == "" or value != value


def _value(node: ast.expr, values: Mapping[str, object], text: str) -> object:
    match node:
        case ast.Constant():
            return node.value
        case ast.Name():
            return _of_name(node.id, values, text)
        case ast.List() | ast.Tuple():
            return [_value(item, values, text) for item in node.elts]
        case ast.BoolOp():
            return _connect(node, values, text)
        case ast.UnaryOp(op=ast.Not()):
            truth = _truth(node.operand, values, text)
            return truth if truth is UNKNOWN else not truth
        case ast.UnaryOp():
            number = _value(node.operand, values, text)
            return number if number is UNKNOWN else -_number(number, text)
        case ast.BinOp():
            return _calculate(node, values, text)
        case ast.Compare():
            return _chain(node, values, text)
        case ast.IfExp():
            truth = _truth(node.test, values, text)
            if truth is UNKNOWN:
                return UNKNOWN
            return _value(node.body if truth else node.orelse, values, text)
    raise InvalidInput(f"{text!r} holds {type(node).__name__}, which is not in the grammar")


def _of_name(name: str, values: Mapping[str, object], text: str) -> object:
    if name in values:
        value = values[name]
        return UNKNOWN if _missing(value) else value
    if name in _WORDS:
        return _WORDS[name]
    raise InvalidInput(f"{text!r} reads {name!r}, which has no value here")


def _truth(node: ast.expr, values: Mapping[str, object], text: str) -> Any:
    value = _value(node, values, text)
    if value is UNKNOWN or isinstance(value, bool):
        return value
    if value in ("yes", "no"):
        return value == "yes"
    raise InvalidInput(f"{text!r}: {value!r} is neither true nor false; compare it with a value")


def _connect(node: ast.BoolOp, values: Mapping[str, object], text: str) -> object:
    # All parts are looked at, so that a fault does not hide behind an early answer.
    truths = [_truth(part, values, text) for part in node.values]
    decides = isinstance(node.op, ast.Or)
    if any(t is decides for t in truths):
        return decides
    return UNKNOWN if any(t is UNKNOWN for t in truths) else not decides


def _number(value: object, text: str) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    raise InvalidInput(f"{text!r}: {value!r} is not a number")


def _calculate(node: ast.BinOp, values: Mapping[str, object], text: str) -> object:
    left, right = _value(node.left, values, text), _value(node.right, values, text)
    if left is UNKNOWN or right is UNKNOWN:
        return UNKNOWN
    a, b = _number(left, text), _number(right, text)
    if isinstance(node.op, ast.Div) and b == 0:
        raise InvalidInput(f"{text!r} divides by zero")
    answer = _ARITHMETIC[type(node.op)](float(a), float(b))
    if not math.isfinite(answer):
        raise InvalidInput(f"{text!r} gives a number that is too large")
    whole = isinstance(a, int) and isinstance(b, int) and not isinstance(node.op, ast.Div)
    return int(answer) if whole else answer


def _chain(node: ast.Compare, values: Mapping[str, object], text: str) -> object:
    operands = [_value(part, values, text) for part in (node.left, *node.comparators)]
    answers = [
        _compare(op, a, b, text) for op, a, b in zip(node.ops, operands, operands[1:], strict=False)
    ]
    if any(answer is False for answer in answers):
        return False
    return UNKNOWN if any(answer is UNKNOWN for answer in answers) else True


def _compare(op: ast.cmpop, a: object, b: object, text: str) -> object:
    if isinstance(op, (ast.In, ast.NotIn)):
        return _among(a, b, isinstance(op, ast.In), text)
    if a is UNKNOWN or b is UNKNOWN:
        return UNKNOWN
    if type(op) in _SIGN and not _ordered(a, b):
        raise InvalidInput(
            f"{text!r} compares {a!r} {_SIGN[type(op)]} {b!r}: a text and a number have no order"
        )
    return _COMPARE[type(op)](a, b)


def _ordered(a: object, b: object) -> bool:
    numbers = all(isinstance(x, (int, float)) and not isinstance(x, bool) for x in (a, b))
    return numbers or (type(a) is type(b) and isinstance(a, (str, date)))


def _among(a: object, b: object, wanted: bool, text: str) -> object:
    if b is UNKNOWN or a is UNKNOWN:
        return UNKNOWN
    # A list recorded in one field ("choose many") is legal on the right side, a bare text is not:
    # "I" in "III" would be true.
    if not isinstance(b, (list, tuple, set, frozenset)):
        raise InvalidInput(f"{text!r}: 'in' needs a list in [] on its right, found {b!r}")
    if any(a == item for item in b if item is not UNKNOWN):
        return wanted
    return UNKNOWN if any(item is UNKNOWN for item in b) else not wanted


def _literals(tree: ast.AST, name: str) -> Iterator[object]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Compare):
            continue
        parts = [node.left, *node.comparators]
        if not any(isinstance(part, ast.Name) and part.id == name for part in parts):
            continue
        if all(isinstance(op, (ast.Eq, ast.NotEq, ast.In, ast.NotIn)) for op in node.ops):
            for part in parts:
                items = part.elts if isinstance(part, (ast.List, ast.Tuple)) else [part]
                yield from (item.value for item in items if isinstance(item, ast.Constant))


def _outcomes(node: ast.expr) -> tuple[object, ...] | None:
    if isinstance(node, ast.Constant):
        return (node.value,)
    if isinstance(node, ast.IfExp):
        then, other = _outcomes(node.body), _outcomes(node.orelse)
        if then is not None and other is not None:
            return tuple(dict.fromkeys((*then, *other)))
    return None

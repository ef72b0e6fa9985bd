"""Broken protocols, made by seeded corruption of the shipped ones: what was broken, and where."""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import adjuvant.studies
from adjuvant.protocol.model import Protocol
from adjuvant.protocol.shape import choices, known_keys, type_at
from adjuvant.protocol.source import Node, Source

STUDIES = Path(adjuvant.studies.__path__[0])
SHIPPED = sorted(STUDIES.rglob("protocol.yaml"))
SEED = 20260105
PER_KIND = 3


@dataclass(frozen=True)
class Broken:
    """One broken file: its bytes, the line of the fault, the codes that name it, the right word."""

    name: str
    content: bytes
    line: int
    codes: tuple[str, ...]
    meant: str | None = None


@dataclass(frozen=True)
class Spot:
    """One key and its value, with their places."""

    path: tuple[str | int, ...]
    key: str
    line: int
    column: int
    node: Node


@cache
def spots(text: str) -> list[Spot]:
    found: list[Spot] = []

    def walk(node: Node, path: tuple[str | int, ...]) -> None:
        for entry in node.entries:
            wrapped = {e.key: e.node for e in entry.node.entries}
            inner = wrapped["value"] if {"value", "from"} <= set(wrapped) else entry.node
            found.append(Spot((*path, entry.key), entry.key, entry.line, entry.column, inner))
            walk(inner, (*path, entry.key))
        for n, item in enumerate(node.items):
            walk(item, (*path, n))

    root = Source.from_text(text, "x").root
    assert root is not None
    walk(root, ())
    return [s for s in found if "provenance" not in s.path]


def put(text: str, line: int, column: int, old: str, new: str) -> str:
    lines = text.split("\n")
    row = lines[line - 1]
    assert row[column - 1 :].startswith(old), (row, column, old)
    lines[line - 1] = row[: column - 1] + new + row[column - 1 + len(old) :]
    return "\n".join(lines)


def swapped(word: str, rng: random.Random) -> str | None:
    """Return the word with two unequal neighbours swapped, as a hurried hand does."""
    places = [n for n in range(1, len(word) - 1) if word[n] != word[n + 1]]
    if len(word) < 4 or not places:
        return None
    n = rng.choice(places)
    return word[:n] + word[n + 1] + word[n] + word[n + 2 :]


Found = tuple[str | bytes, int, tuple[str, ...], str | None]
Maker = Callable[[str, random.Random], Found | None]


def scalars(text: str, test: Callable[[Spot], bool]) -> list[Spot]:
    return [s for s in spots(text) if isinstance(s.node.value, str) and s.node.value and test(s)]


def block_lines(text: str) -> list[int]:
    """Return the lines (from 1) that are a nested `key: value` of a block mapping."""
    rows = text.split("\n")
    return [
        n + 1
        for n, row in enumerate(rows)
        if re.fullmatch(r" {2,}\w+: [^\[{>|]*[^\]},]", row) and not rows[n - 1].endswith(",")
    ]


def misspelt_key(text: str, rng: random.Random) -> Found | None:
    part = [
        s for s in spots(text) if s.key in known_keys(Protocol, s.path[:-1]) and len(s.path) > 1
    ]
    spot = rng.choice(part)
    word = swapped(spot.key, rng)
    if word is None:
        return None
    return put(text, spot.line, spot.column, spot.key, word), spot.line, ("P011",), spot.key


def misspelt_choice(text: str, rng: random.Random) -> Found | None:
    part = scalars(text, lambda s: len(choices(type_at(Protocol, s.path))) > 1)
    spot = rng.choice(part)
    value = str(spot.node.value)
    word = swapped(value, rng)
    if word is None or text.split("\n")[spot.node.line - 1][spot.node.column - 1] in "'\"":
        return None
    return (
        put(text, spot.node.line, spot.node.column, value, word),
        spot.node.line,
        ("P015",),
        value,
    )


def misspelt_reference(text: str, rng: random.Random) -> Found | None:
    """A name in the plan: its first letter doubled, which no swap would make."""
    part = scalars(text, lambda s: s.path[0] == "analyses" and s.key in ("set", "endpoint", "of"))
    spot = rng.choice(part)
    value = str(spot.node.value)
    new = value[0] + value
    codes = ("P031", "P032", "P033")
    return put(text, spot.node.line, spot.node.column, value, new), spot.node.line, codes, value


def duplicate_key(text: str, rng: random.Random) -> Found | None:
    rows = text.split("\n")
    at = rng.choice(block_lines(text))
    rows.insert(at, rows[at - 1])
    return "\n".join(rows), at + 1, ("P007",), None


def wrong_indent(text: str, rng: random.Random) -> Found | None:
    """One blank too many, after a line that shows where the mapping begins."""
    rows = text.split("\n")
    lines = block_lines(text)
    at = rng.choice(
        [n for n in lines if n - 1 in lines and indent(rows[n - 2]) == indent(rows[n - 1])]
    )
    rows[at - 1] = " " + rows[at - 1]
    return "\n".join(rows), at, ("P006", "P011", "P014"), None


def indent(row: str) -> int:
    return len(row) - len(row.lstrip())


def tab(text: str, rng: random.Random) -> Found | None:
    rows = text.split("\n")
    at = rng.choice(block_lines(text))
    rows[at - 1] = "\t" + rows[at - 1].lstrip()
    return "\n".join(rows), at, ("P003",), None


def nul(text: str, rng: random.Random) -> Found | None:
    at = rng.randrange(len(text))
    return text[:at] + "\0" + text[at:], text[:at].count("\n") + 1, ("P002",), None


def bad_utf8(text: str, rng: random.Random) -> Found | None:
    content = text.encode("utf-8")
    at = rng.randrange(len(content))
    while content[at] >= 0x80:
        at = rng.randrange(len(content))
    broken = content[:at] + b"\xff" + content[at:]
    return broken, content[:at].count(b"\n") + 1, ("P001",), None


def _before_value(sign: str, code: str) -> Maker:
    def make(text: str, rng: random.Random) -> Found | None:
        spot = rng.choice(scalars(text, lambda s: True))
        line, column = spot.node.line, spot.node.column
        return put(text, line, column, "", sign), line, (code,), None

    return make


def alias_loop(text: str, rng: random.Random) -> Found | None:
    spot = rng.choice([s for s in spots(text) if s.node.scalar])
    rows = text.split("\n")
    line = max(1, spot.line - spot.line % 7)
    rows.insert(0, "loop: &loop [*loop, *loop]")
    return "\n".join(rows), 1, ("P009",) if line else (), None


def merge(text: str, rng: random.Random) -> Found | None:
    rows = text.split("\n")
    at = rng.choice(block_lines(text))
    indent = len(rows[at - 1]) - len(rows[at - 1].lstrip())
    rows.insert(at, " " * indent + "<<: {a: b}")
    return "\n".join(rows), at + 1, ("P009",), None


def brackets(text: str, rng: random.Random) -> Found | None:
    rows = text.split("\n")
    at = rng.choice(block_lines(text))
    rows[at - 1] = rows[at - 1].split(":")[0] + ": " + "[" * 100_000
    return "\n".join(rows), at, ("P005",), None


def unclosed_bracket(text: str, rng: random.Random) -> Found | None:
    rows = text.split("\n")
    at = rng.choice([n for n, row in enumerate(rows) if re.fullmatch(r"  +- \{.*[^\]}]\}", row)])
    rows[at] = rows[at][:-1]
    return "\n".join(rows), at + 1, ("P006",), None


def unclosed_quote(text: str, rng: random.Random) -> Found | None:
    rows = text.split("\n")
    at = rng.choice(
        [
            n
            for n, row in enumerate(rows)
            if re.fullmatch(r"  +- \{.*\}", row) and "'" not in row and '"' not in row
        ]
    )
    rows[at] = rows[at].replace(": ", ": '", 1)
    return "\n".join(rows), at + 1, ("P006",), None


def wrong_type(text: str, rng: random.Random) -> Found | None:
    """A word where a list stands: `do: [labs, imaging]` becomes `do: labs`, as a mapping."""
    part = [
        s
        for s in spots(text)
        if s.node.items and known_keys(Protocol, s.path[:-1]) and type_at(Protocol, s.path)
    ]
    part = [s for s in part if text.split("\n")[s.node.line - 1][s.node.column - 1] == "["]
    spot = rng.choice(part)
    row = text.split("\n")[spot.node.line - 1]
    end = row.find("]", spot.node.column)
    if end < 0:
        return None
    old = row[spot.node.column - 1 : end + 1]
    return (
        put(text, spot.node.line, spot.node.column, old, "{a: b}"),
        spot.node.line,
        ("P014",),
        None,
    )


def word_for_number(text: str, rng: random.Random) -> Found | None:
    numbers = ("planned", "alpha", "order", "power", "events", "max_redraws", "level")
    part = scalars(text, lambda s: s.key in numbers and str(s.node.value)[0].isdigit())
    spot = rng.choice(part)
    value = str(spot.node.value)
    return (
        put(text, spot.node.line, spot.node.column, value, "many"),
        spot.node.line,
        ("P014",),
        None,
    )


def unit_missing(text: str, rng: random.Random) -> Found | None:
    rows = text.split("\n")
    found = [
        (n, hit)
        for n, row in enumerate(rows)
        for hit in re.finditer(r"(?<=at: \[)(\d+) y|(?<=tau: )(\d+) y|(?<=accrual: )(\d+) mo", row)
    ]
    at, hit = rng.choice(found)
    number = hit[0].split()[0]
    rows[at] = rows[at][: hit.start()] + number + rows[at][hit.end() :]
    return "\n".join(rows), at + 1, ("P017",), None


def bad_date(text: str, rng: random.Random) -> Found | None:
    rows = text.split("\n")
    at = rng.choice(block_lines(text))
    first = next(n for n, row in enumerate(rows) if row.startswith("  id: "))
    rows.insert(first + 1, f"  recruitment: {{start: 19{at % 90 + 10}-13-40}}")
    rows = [row for n, row in enumerate(rows) if n == first + 1 or "  recruitment:" not in row]
    line = next(n for n, row in enumerate(rows) if "-13-40" in row) + 1
    return "\n".join(rows), line, ("P018",), None


def swapped_window(text: str, rng: random.Random) -> Found | None:
    rows = text.split("\n")
    found = [
        (n, hit)
        for n, row in enumerate(rows)
        for hit in re.finditer(r"(?<=window: \[)(-\d+ d), (\+\d+ d)(?=\])", row)
    ]
    if not found:
        return None
    at, hit = rng.choice(found)
    rows[at] = rows[at][: hit.start()] + f"{hit[2]}, {hit[1]}" + rows[at][hit.end() :]
    return "\n".join(rows), at + 1, ("P078",), None


def broken_expression(text: str, rng: random.Random) -> Found | None:
    part = scalars(
        text, lambda s: s.key in ("check", "calculated", "source") and "==" in s.node.value
    )
    part = part or scalars(
        text, lambda s: s.key in ("calculated", "source") and " if " in s.node.value
    )
    if not part:
        return None
    spot = rng.choice(part)
    row = text.split("\n")[spot.node.line - 1]
    tail = row[spot.node.column - 1 :]
    new = tail.replace("==", "=", 1) if "==" in tail else tail.replace(" else ", " or else ", 1)
    return put(text, spot.node.line, spot.node.column, tail, new), spot.node.line, ("P021",), None


def missing_key(text: str, rng: random.Random) -> Found | None:
    rows = text.split("\n")
    found = [n for n, row in enumerate(rows) if re.match(r"  - \{id: \w+, type: \w+, ", row)]
    at = rng.choice(found)
    rows[at] = re.sub(r" type: \w+,", "", rows[at], count=1)
    return "\n".join(rows), at + 1, ("P013",), None


KINDS: dict[str, Maker] = {
    "misspelt key": misspelt_key,
    "misspelt choice": misspelt_choice,
    "misspelt reference": misspelt_reference,
    "duplicate key": duplicate_key,
    "wrong indent": wrong_indent,
    "tab": tab,
    "NUL": nul,
    "bad UTF-8": bad_utf8,
    "anchor": _before_value("&a ", "P009"),
    "tag": _before_value("!!str ", "P008"),
    "alias loop": alias_loop,
    "merge": merge,
    "100,000 brackets": brackets,
    "unclosed bracket": unclosed_bracket,
    "unclosed quote": unclosed_quote,
    "wrong type": wrong_type,
    "word for number": word_for_number,
    "unit missing": unit_missing,
    "impossible date": bad_date,
    "swapped window": swapped_window,
    "broken expression": broken_expression,
    "missing key": missing_key,
}


def corpus() -> Iterator[Broken]:
    """Yield the broken files, the same in every run."""
    for path in SHIPPED:
        text = path.read_text("utf-8")
        for kind, make in KINDS.items():
            rng = random.Random(f"{SEED} {path.parent.name} {kind}")
            made = 0
            for _ in range(40):
                if made == PER_KIND:
                    break
                broken = make(text, rng)
                if broken is None:
                    continue
                content, line, codes, meant = broken
                raw = content if isinstance(content, bytes) else content.encode("utf-8")
                made += 1
                yield Broken(f"{path.parent.name} {kind} {made}", raw, line, codes, meant)

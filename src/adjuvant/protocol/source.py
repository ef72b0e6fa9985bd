"""From bytes to a tree that knows its lines: YAML 1.2 core, the safe part of it.

The text is decoded and looked at first, so that no byte can crash the parser; then libyaml's
events become nodes. Every scalar stays text (`NO` is a country, not `false`), and whatever makes
YAML hard to read twice alike (tags, anchors, aliases, merges, double keys) is refused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from adjuvant.core import Finding, Place
from adjuvant.protocol.codes import severity_of

__all__ = ["MAX_BYTES", "MAX_DEPTH", "Entry", "Node", "Source", "Text"]

MAX_BYTES = 5_000_000
MAX_DEPTH = 100
MAX_RETRIES = 50
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_TABBED = re.compile(r"^ *\t")
_NULL = {"", "~", "null", "Null", "NULL"}


class Text(str):
    """A scalar written without quotes: `12` may be a number where the format says so."""

    __slots__ = ()


@dataclass(slots=True)
class Node:
    """One value of the file and where it begins (line and column from 1)."""

    line: int
    column: int
    value: "str | list[Node] | list[Entry] | None"
    mapping: bool = False

    @property
    def scalar(self) -> bool:
        """Whether this is a single value."""
        return not isinstance(self.value, list)

    @property
    def entries(self) -> "list[Entry]":
        """The entries of a mapping; none for anything else."""
        return self.value if self.mapping else []  # type: ignore[return-value]

    @property
    def items(self) -> "list[Node]":
        """The items of a list; none for anything else."""
        return [] if self.mapping or self.scalar else self.value  # type: ignore[return-value]


@dataclass(slots=True)
class Entry:
    """One `key: value` of a mapping."""

    key: str
    line: int
    column: int
    node: Node


@dataclass
class Source:
    """The text of one protocol file, its findings so far, and its tree (None when hopeless).

    >>> source = Source.from_text("trial: {id: A}\\ntrial: {id: B}\\n", "protocol.yaml")
    >>> [f"{f.place}: {f.code}" for f in source.findings]
    ['protocol.yaml:2:1: P007']
    """

    name: str
    text: str
    findings: list[Finding] = field(default_factory=list)
    root: Node | None = None
    unread: set[str] = field(default_factory=set)  # top-level parts whose YAML is broken

    def __post_init__(self) -> None:
        self.lines = self.text.splitlines()

    @classmethod
    def from_bytes(cls, content: bytes, name: str) -> "Source":
        """Return the source of a file as it stands on the disk."""
        if len(content) > MAX_BYTES:
            source = cls(name, "")
            source._too_large()
            return source
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as reason:
            before = content[: reason.start].decode("utf-8", errors="replace")
            source = cls(name, content.decode("utf-8", errors="replace"))
            line = before.count("\n") + 1
            source.add(
                "P001",
                line,
                len(before) - (before.rfind("\n") + 1) + 1,
                f"byte 0x{content[reason.start]:02x} is not UTF-8",
                "save the file as UTF-8 (in the editor: encoding, UTF-8)",
            )
            return source
        return cls.from_text(text, name)

    @classmethod
    def from_text(cls, text: str, name: str) -> "Source":
        """Return the source of a protocol's text."""
        source = cls(name, text)
        source.read()
        return source

    def add(self, code: str, line: int, column: int, message: str, hint: str = "") -> None:
        """Note a fault of the text at a line and column."""
        self.findings.append(self.finding(code, line, column, message, hint))

    def finding(
        self, code: str, line: int, column: int, message: str, hint: str = "", path: str = ""
    ) -> Finding:
        """Return a finding with its line as excerpt; a long line is cut after the column."""
        place = Place(self.name, line, column, path)
        return Finding(code, severity_of(code), place, message, hint, self.excerpt(line, column))

    def excerpt(self, line: int, column: int) -> str:
        """Return the line as it is shown above a caret: one blank for each tab, printable."""
        if not 1 <= line <= len(self.lines):
            return ""
        shown = self.lines[line - 1][: max(160, column + 60)]
        return "".join(c if c.isprintable() else " " for c in shown).rstrip()

    def read(self) -> None:
        """Look at the characters, then parse; a part whose YAML is broken is left out."""
        if len(self.text.encode("utf-8", errors="replace")) > MAX_BYTES:
            self._too_large()
            return
        if self._bad_characters():
            return
        self._tabs()
        self._parse()

    def _too_large(self) -> None:
        words = f"the file is larger than {MAX_BYTES:,} bytes"
        self.add("P004", 0, 0, words, "a protocol holds no data; put them into a file of their own")

    def _bad_characters(self) -> bool:
        found = list(_FORBIDDEN.finditer(self.text))
        for hit in found[:20]:
            line = len(self.text[: hit.start()].splitlines() or [""])
            if self.text[: hit.start()].endswith(("\n", "\r")):
                line += 1
            column = hit.start() - max(self.text.rfind(sign, 0, hit.start()) for sign in "\n\r")
            self.add(
                "P002",
                line,
                column,
                f"the character U+{ord(hit[0]):04X} may not stand in a protocol file",
                "delete it; it is invisible in most editors",
            )
        return bool(found)

    def _tabs(self) -> None:
        for number, line in enumerate(self.lines, 1):
            if _TABBED.match(line) and line.strip():
                self.add(
                    "P003",
                    number,
                    line.index("\t") + 1,
                    "the line is indented with a tab",
                    "indent with blanks, two for each level",
                )

    def _parse(self) -> None:
        lines = [line.replace("\t", " ") for line in self.lines]
        for _ in range(MAX_RETRIES):
            try:
                builder = _Builder(self)
                builder.build("\n".join(lines) + "\n")
            except _TooDeep as stop:
                self._too_deep(stop.line, stop.column)
                return
            except yaml.YAMLError as reason:
                if not self._broken(lines, reason):
                    return
            else:
                self.findings += builder.findings
                self.root = builder.root
                return

    def _broken(self, lines: list[str], reason: yaml.YAMLError) -> bool:
        """Report broken YAML where it began, and empty its part; False when nothing is left."""
        deep = _bracket_beyond(lines)
        if deep is not None:
            self._too_deep(*deep)
            return False
        line, column = _blamed(lines, reason)
        message, hint = _syntax(reason)
        if not any(f.code == "P003" and f.place.line == line for f in self.findings):
            self.add("P006", line, column, message, hint)
        return self._blank(lines, line)

    def _too_deep(self, line: int, column: int) -> None:
        self.add(
            "P005",
            line,
            column,
            f"values are nested more than {MAX_DEPTH} deep",
            "close the brackets; no part of a protocol is nested so deep",
        )

    def _blank(self, lines: list[str], line: int) -> bool:
        """Empty the top-level part around a line of broken YAML; False when nothing is left."""
        first = min(line, len(lines)) - 1
        while first > 0 and not _begins_part(lines[first]):
            first -= 1
        if not lines or not lines[first].strip():
            return False
        self.unread.add(lines[first].split(":")[0].strip())
        lines[first] = ""
        for number in range(first + 1, len(lines)):
            if _begins_part(lines[number]):
                break
            lines[number] = ""
        return any(text.strip() and not text.lstrip().startswith("#") for text in lines)


def _bracket_beyond(lines: list[str]) -> tuple[int, int] | None:
    """Return where more than MAX_DEPTH brackets are open, quotes left aside; None if nowhere."""
    deep = 0
    for number, line in enumerate(lines, 1):
        for column, sign in enumerate(line, 1):
            deep += (sign in "[{") - (sign in "]}")
            if deep > MAX_DEPTH:
                return number, column
    return None


def _blamed(lines: list[str], reason: yaml.YAMLError) -> tuple[int, int]:
    """Return the line and column that a complaint is about, both from 1.

    A bracket or quote that is never closed is noticed far below; it is reported where it opens.
    """
    found = getattr(reason, "problem_mark", None)
    opened = getattr(reason, "context_mark", None)
    if found is None:
        return 1, 1
    context = str(getattr(reason, "context", ""))
    if opened is not None and ("flow" in context or "quoted" in context):
        indent = _indent(lines[opened.line]) if opened.line < len(lines) else 0
        below = lines[opened.line + 1 : found.line + 1]
        at_end = found.line >= len(lines)
        if at_end or any(text.strip() and _indent(text) <= indent for text in below):
            return opened.line + 1, opened.column + 1
    return min(found.line + 1, max(1, len(lines))), found.column + 1


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _begins_part(line: str) -> bool:
    return bool(line) and not line[0].isspace() and line[0] not in "#-]}"


class _TooDeep(Exception):
    def __init__(self, line: int, column: int) -> None:
        super().__init__()
        self.line, self.column = line, column


class _Builder:
    """Turns libyaml's events into nodes, without recursion."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.findings: list[Finding] = []
        self.root: Node | None = None
        self.documents = 0

    def refuse(self, code: str, mark: Any, message: str, hint: str) -> None:
        self.findings.append(
            self.source.finding(code, mark.line + 1, mark.column + 1, message, hint)
        )

    def build(self, text: str) -> None:
        """Read all events; the tree of the first document becomes `root`."""
        stack: list[tuple[Node, list[Node]]] = []
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.DocumentStartEvent):
                self._document(event)
            elif isinstance(event, yaml.NodeEvent):
                self._unwanted(event)
                node = self._node(event)
                if stack:
                    stack[-1][1].append(node)
                elif self.root is None:
                    self.root = node
                if isinstance(event, yaml.CollectionStartEvent):
                    if len(stack) >= MAX_DEPTH:
                        raise _TooDeep(node.line, node.column)
                    stack.append((node, []))
            elif isinstance(event, yaml.CollectionEndEvent):
                node, children = stack.pop()
                node.value = self._entries(children) if node.mapping else children

    def _document(self, event: Any) -> None:
        self.documents += 1
        if self.documents == 2:
            self.refuse(
                "P010",
                event.start_mark,
                "a second document begins here",
                "one file holds one protocol; delete the line '---'",
            )

    def _unwanted(self, event: Any) -> None:
        if isinstance(event, yaml.AliasEvent):
            self.refuse(
                "P009",
                event.start_mark,
                f"'*{event.anchor}' repeats another place of the file",
                "write the value out where it is used",
            )
            return
        if event.anchor is not None:
            self.refuse(
                "P009",
                event.start_mark,
                f"'&{event.anchor}' names a place of the file for repetition",
                "delete the anchor and write the value out where it is used",
            )
        if event.tag is not None:
            self.refuse(
                "P008",
                event.start_mark,
                f"the tag '{event.tag}' is not part of the format",
                "delete the tag; the format knows the type of each value",
            )

    def _node(self, event: Any) -> Node:
        mark = event.start_mark
        value: Any = None
        if isinstance(event, yaml.ScalarEvent):
            plain = not event.style
            value = Text(event.value) if plain else event.value
            if plain and event.value in _NULL:
                value = None
        elif isinstance(event, yaml.CollectionStartEvent):
            value = []
        mapping = isinstance(event, yaml.MappingStartEvent)
        return Node(mark.line + 1, mark.column + 1, value, mapping)

    def _entries(self, children: list[Node]) -> list[Entry]:
        seen: dict[str, int] = {}
        entries = []
        for key, value in _pairs(children):
            if not key.scalar:
                self._refuse_key(key)
                continue
            # A plain `null` or `~` as a key is the word itself: keys are names.
            name = "" if key.value is None else str(key.value)
            if name == "<<":
                self._refuse_merge(key)
                continue
            if name in seen:
                self._refuse_double(key, name, seen[name])
                continue
            seen[name] = key.line
            entries.append(Entry(name, key.line, key.column, value))
        return entries

    def _refuse_key(self, key: Node) -> None:
        self.findings.append(
            self.source.finding(
                "P014", key.line, key.column, "a key is a list or a mapping", "a key is one word"
            )
        )

    def _refuse_merge(self, key: Node) -> None:
        self.findings.append(
            self.source.finding(
                "P009",
                key.line,
                key.column,
                "'<<' merges another mapping into this one",
                "write the keys out",
            )
        )

    def _refuse_double(self, key: Node, name: str, first: int) -> None:
        self.findings.append(
            self.source.finding(
                "P007",
                key.line,
                key.column,
                f"the key '{name}' stands twice; first on line {first}",
                "keep one of the two",
            )
        )


def _pairs(children: list[Node]) -> Iterator[tuple[Node, Node]]:
    return zip(children[::2], children[1::2], strict=True)


_SYNTAX = (
    ("mapping values are not allowed", "a second ':' stands where one value is expected",
     "put the value in quotes, or begin the new key on its own line with the right indent"),
    ("did not find expected ',' or '}'", "a '{' is not closed, or a comma is missing",
     "close it with '}', and put texts that hold a comma, colon or brace in quotes"),
    ("did not find expected ',' or ']'", "a '[' is not closed, or a comma is missing",
     "close it with ']', and put texts that hold a comma or a bracket in quotes"),
    ("could not find expected ':'", "a key without ':' and value",
     "write 'key: value'; a long text needs quotes or '>-'"),
    ("did not find expected key", "the line is indented differently from its neighbours",
     "give all keys of one mapping the same indent"),
    ("did not find expected '-' indicator", "the line is indented differently from its list",
     "give all '-' of one list the same indent"),
    ("block sequence entries are not allowed", "a '-' stands where no list can begin",
     "begin the list on the line after its key"),
    ("block mapping", "a mapping begins where none can begin", "begin it on its own line"),
    ("cannot start any token", "a value begins with a sign that YAML reserves (@, `, % or a tab)",
     "put the value in quotes"),
    ("unknown escape character", "a backslash in double quotes is followed by an unknown letter",
     "use single quotes, or write the backslash twice"),
    ("unexpected end of stream", "the text ends inside quotes or brackets",
     "close the quotes or the bracket"),
    ("unexpected document indicator", "the text ends inside quotes or brackets",
     "close the quotes or the bracket"),
    ("document start", "a second value begins after the end of the first",
     "indent the line under its key"),
    ("undefined alias", "'*name' repeats a place that does not exist",
     "write the value out, or put it in quotes"),
    ("node content", "a value is missing, or a sign stands where none can stand",
     "write the value, or put it in quotes"),
)  # fmt: skip


def _syntax(reason: yaml.YAMLError) -> tuple[str, str]:
    """Return libyaml's complaint in the words of this format."""
    problem = str(getattr(reason, "problem", "") or "")
    for sign, message, hint in _SYNTAX:
        if sign in problem:
            return message, hint
    return "this is not YAML", "compare the line with its neighbours: quotes, brackets, indent"

"""A small document: headings, paragraphs, lists, tables; printed as text or as one HTML page."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from textwrap import fill

__all__ = ["Cell", "Document", "Link", "Section", "Table", "as_html", "as_text", "words_of"]

_WIDTH = 96
_STYLE = """
:root { color-scheme: light; }
body { font: 11pt/1.45 Georgia, "Times New Roman", serif; color: #1a1a1a; background: #fff;
       max-width: 58rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin-bottom: .3rem; }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; border-bottom: 1px solid #767676; }
h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; }
table { border-collapse: collapse; margin: .6rem 0 1rem; font-size: .92em; width: 100%; }
caption { text-align: left; font-weight: bold; padding-bottom: .3rem; }
th, td { border: 1px solid #767676; padding: .25rem .45rem; text-align: left;
         vertical-align: top; }
thead th { background: #eef1f4; }
td.mark { text-align: center; }
ul, ol { padding-left: 1.4rem; margin: .3rem 0 .8rem; }
.scroll { overflow-x: auto; }
tr:target { background: #fff3c4; }
a { color: #0b4f8a; }
.field { border-bottom: 1px solid #1a1a1a; display: inline-block; min-width: 12rem; }
footer { margin-top: 3rem; font-size: .85em; color: #444; }
@page { size: A4; margin: 16mm 15mm; }
@media print { .scroll { overflow: visible; } a { color: inherit; text-decoration: none; }
  body { margin: 0; max-width: none; font-size: 10pt; }
  h2, h3 { break-after: avoid; } tr, li { break-inside: avoid; }
  thead { display: table-header-group; } caption { break-after: avoid; }
  section.page { break-before: page; } }
"""


@dataclass(frozen=True)
class Link:
    """Words that lead to a place of the same document: a section, or `section.row` of its table."""

    words: str
    anchor: str


Cell = str | tuple[Link, ...]


@dataclass(frozen=True)
class Table:
    """A table with its caption, head and rows.

    marks_from  columns from there on hold signs only.
    anchors     a place per row that links can lead to; "" for none.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    marks_from: int | None = None
    anchors: tuple[str, ...] = ()


@dataclass
class Section:
    """One part of the document: paragraphs (text), lists (tuple of texts) and tables, in order."""

    title: str
    anchor: str
    blocks: list[str | tuple[str, ...] | Table] = field(default_factory=list)
    new_page: bool = False

    def say(self, text: str) -> None:
        """Add a paragraph, unless it is empty."""
        if text:
            self.blocks.append(text)

    def list(self, items: Sequence[str]) -> None:
        """Add a list, unless it is empty."""
        if items:
            self.blocks.append(tuple(items))

    def table(
        self,
        caption: str,
        head: Sequence[str],
        rows: Sequence[Sequence[Cell]],
        *,
        marks_from: int | None = None,
        anchors: Sequence[str] = (),
    ) -> None:
        """Add a table, unless it has no rows."""
        if rows:
            lines = tuple(tuple(row) for row in rows)
            table = Table(caption, tuple(head), lines, marks_from, tuple(anchors))
            self.blocks.append(table)


@dataclass
class Document:
    """Title, subtitle and sections."""

    title: str
    subtitle: str
    sections: list[Section] = field(default_factory=list)
    language: str = "en"

    def section(self, title: str, anchor: str, *, new_page: bool = False) -> Section:
        """Begin a section and return it."""
        found = Section(title, anchor, new_page=new_page)
        self.sections.append(found)
        return found


def words_of(cell: Cell) -> str:
    """Return a cell's words without its links.

    >>> words_of((Link("Outcomes", "endpoints"), Link("Schedule", "schedule")))
    'Outcomes; Schedule'
    """
    return cell if isinstance(cell, str) else "; ".join(link.words for link in cell)


def as_text(document: Document) -> str:
    """Return the document as plain text, at most 96 characters wide but for wide tables.

    >>> document = Document("A trial", "draft")
    >>> document.section("Arms", "arms").list(["CTL: control", "IMM: cells"])
    >>> print(as_text(document))
    A trial
    draft
    <BLANKLINE>
    ARMS
    <BLANKLINE>
    - CTL: control
    - IMM: cells
    """
    parts = [document.title, document.subtitle]
    for section in document.sections:
        parts += ["", section.title.upper()]
        for block in section.blocks:
            parts.append("")
            if isinstance(block, str):
                parts.append(fill(block, _WIDTH))
            elif isinstance(block, Table):
                parts += _text_table(block)
            else:
                parts += [
                    fill(item, _WIDTH, initial_indent="- ", subsequent_indent="  ")
                    for item in block
                ]
    return "\n".join(parts)


def _text_table(table: Table) -> list[str]:
    rows = [table.head, *(tuple(words_of(cell) for cell in row) for row in table.rows)]
    most = 40 if table.marks_from is None else 46
    widths = [min(most, max(len(row[n]) for row in rows)) for n in range(len(table.head))]
    lines = [table.caption] if table.caption else []
    for number, row in enumerate(rows):
        cells = [_wrapped(cell, width) for cell, width in zip(row, widths, strict=True)]
        for line in range(max(len(cell) for cell in cells)):
            words = [
                (cell[line] if line < len(cell) else "").ljust(width)
                for cell, width in zip(cells, widths, strict=True)
            ]
            lines.append("  ".join(words).rstrip())
        if number == 0:
            lines.append("  ".join("-" * width for width in widths))
    return lines


def _wrapped(cell: str, width: int) -> list[str]:
    return fill(cell, max(1, width)).split("\n") if cell else [""]


def as_html(document: Document) -> str:
    """Return the document as one HTML page: no script, nothing loaded from elsewhere, prints well.

    >>> '<h1>A &amp; B</h1>' in as_html(Document("A & B", "draft"))
    True
    """
    body = [f"<h1>{escape(document.title)}</h1>", f"<p>{escape(document.subtitle)}</p>"]
    if len(document.sections) > 3:
        links = (f'<a href="#{s.anchor}">{escape(s.title)}</a>' for s in document.sections)
        body.append(f'<nav aria-label="Contents"><p>{" · ".join(links)}</p></nav>')
    for section in document.sections:
        kind = ' class="page"' if section.new_page else ""
        body.append(f'<section id="{section.anchor}"{kind}><h2>{escape(section.title)}</h2>')
        body += [_html_block(block) for block in section.blocks]
        body.append("</section>")
    return (
        f'<!DOCTYPE html>\n<html lang="{document.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(document.title)}</title><style>{_STYLE}</style></head>\n<body><main>\n"
        + "\n".join(body)
        + "\n</main></body></html>\n"
    )


def _html_block(block: str | tuple[str, ...] | Table) -> str:
    if isinstance(block, str):
        return f"<p>{escape(block)}</p>"
    if isinstance(block, tuple):
        return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in block) + "</ul>"
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in block.head)
    anchors = block.anchors or ("",) * len(block.rows)
    rows = "".join(
        _html_row(row, block.marks_from, anchor)
        for row, anchor in zip(block.rows, anchors, strict=True)
    )
    caption = f"<caption>{escape(block.caption)}</caption>" if block.caption else ""
    return (
        f'<div class="scroll"><table>{caption}<thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _html_row(row: tuple[Cell, ...], marks_from: int | None, anchor: str) -> str:
    cells = [f'<th scope="row">{_html_cell(row[0])}</th>']
    for n, cell in enumerate(row[1:], 1):
        kind = ' class="mark"' if marks_from is not None and n >= marks_from else ""
        cells.append(f"<td{kind}>{_html_cell(cell)}</td>")
    place = f' id="{escape(anchor)}"' if anchor else ""
    return f"<tr{place}>{''.join(cells)}</tr>"


def _html_cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return escape(cell)
    return "; ".join(f'<a href="#{escape(c.anchor)}">{escape(c.words)}</a>' for c in cell)

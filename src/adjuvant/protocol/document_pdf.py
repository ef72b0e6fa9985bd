"""The same small document as PDF, through typst (the extra [office])."""

from importlib import import_module
from pathlib import Path

from adjuvant.core import EnvironmentProblem
from adjuvant.protocol.document import Cell, Document, Section, Table, words_of

__all__ = ["as_typst", "write_pdf"]

_SHORT = 16  # a column of no more characters is never broken
_HEAD = """#set document(title: {title})
#set text(lang: "{language}", font: "Libertinus Serif", size: 10pt)
#set page(paper: "a4", flipped: {wide}, margin: 2cm, numbering: "1 / 1")
#set table(stroke: 0.5pt, inset: 6pt)
#show table.cell.where(y: 0): strong
#show heading: set block(above: 1.4em, below: 0.7em)
"""


def as_typst(document: Document, *, wide: bool = False) -> str:
    """Return the document in typst's language; every text is a string there, so no sign acts.

    >>> '#strong("A # trial")' in as_typst(Document("A # trial", "draft"))
    True
    """
    head = _HEAD.format(
        title=_text(document.title), language=document.language, wide=str(wide).lower()
    )
    parts = [head, f"#text(size: 16pt)[#strong({_text(document.title)})]"]
    parts.append(f"#par({_text(document.subtitle)})")
    for section in document.sections:
        parts += _section(section)
    return "\n\n".join(parts) + "\n"


def _section(section: Section) -> list[str]:
    parts = ["#pagebreak(weak: true)"] if section.new_page else []
    label = f"#label({_text(section.anchor)})"
    parts.append(f"#heading(level: 1, {_text(section.title)}) {label}")
    for block in section.blocks:
        if isinstance(block, str):
            parts.append(f"#par({_text(block)})")
        elif isinstance(block, Table):
            parts += _table(block)
        else:
            parts.append(f"#list({', '.join(_text(item) for item in block)})")
    return parts


def _table(table: Table) -> list[str]:
    head = f"table.header({', '.join(_text(cell) for cell in table.head)})"
    cells = ",\n  ".join(", ".join(_cell(cell) for cell in row) for row in table.rows)
    widths = ", ".join(_widths(table))
    caption = [f"#strong({_text(table.caption)})"] if table.caption else []
    return [*caption, f"#table(columns: ({widths}),\n  {head},\n  {cells})"]


def _widths(table: Table) -> list[str]:
    """Return the columns' widths; of four or more columns of words the long ones get the room."""
    count = len(table.head)
    if count < 4 or table.marks_from is not None:
        return ["auto"] + ["1fr"] * (count - 1)
    rows = [table.head, *table.rows]
    longest = [max(len(words_of(row[n])) for row in rows) for n in range(count)]
    if max(longest) <= _SHORT:
        return ["auto"] * count
    return ["auto" if size <= _SHORT else f"{min(size, 60)}fr" for size in longest]


def _cell(cell: Cell) -> str:
    """Return a cell; its links lead to the section, since a row has no label in print."""
    if isinstance(cell, str):
        return _text(cell)
    links = (f"link(label({_text(c.anchor.partition('.')[0])}), {_text(c.words)})" for c in cell)
    return ' + "; " + '.join(links)


def _text(words: str) -> str:
    escaped = words.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped}"'


def write_pdf(document: Document, path: Path, *, wide: bool = False) -> None:
    """Write the document as an accessible PDF (PDF/UA-1), the same bytes for the same document.

    Raises    EnvironmentProblem where typst is not installed, with the command that installs it.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     page = Path(folder) / "trial.pdf"
    ...     write_pdf(Document("A trial", "draft"), page)
    ...     page.read_bytes()[:5]
    b'%PDF-'
    """
    try:
        typst = import_module("typst")
    except ModuleNotFoundError:
        raise EnvironmentProblem(
            "PDF needs the package 'typst'; run: pip install 'adjuvant[office]'"
        ) from None
    content = typst.compile(
        as_typst(document, wide=wide).encode("utf-8"),
        format="pdf",
        pdf_standards=["ua-1"],
        ignore_system_fonts=True,
        timestamp=0,
    )
    path.write_bytes(content)

"""Figures as SVG, PDF and PNG with the same bytes on every run."""

import io
import re
import warnings
from collections.abc import Mapping
from pathlib import Path

from matplotlib.figure import Figure

from adjuvant.report.style import look

__all__ = ["figure_bytes", "inline_svg", "save_figure"]

_PNG_DPI = 200


def figure_bytes(figure: Figure) -> Mapping[str, bytes]:
    """Return the figure as {"svg": ..., "pdf": ..., "png": ...}, without dates in the files.

    >>> sorted(figure_bytes(Figure(figsize=(1, 1))))
    ['pdf', 'png', 'svg']
    """
    svg, pdf, png = io.BytesIO(), io.BytesIO(), io.BytesIO()
    with look(), warnings.catch_warnings():
        # No font of this machine has the letter: a box stands for it, in the PNG and PDF alone.
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from font")
        figure.savefig(svg, format="svg", metadata={"Date": None})
        figure.savefig(pdf, format="pdf", metadata={"CreationDate": None})
        figure.savefig(png, format="png", dpi=_PNG_DPI, pil_kwargs={"compress_level": 3})
    return {"svg": svg.getvalue(), "pdf": pdf.getvalue(), "png": png.getvalue()}


def save_figure(figure: Figure, stem: Path | str) -> tuple[Path, ...]:
    """Write `stem`.svg, .pdf and .png and return the three paths.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [p.name for p in save_figure(Figure(figsize=(1, 1)), Path(folder) / "curve")]
    ['curve.pdf', 'curve.png', 'curve.svg']
    """
    paths = []
    for form, content in sorted(figure_bytes(figure).items()):
        path = Path(f"{stem}.{form}")
        path.write_bytes(content)
        paths.append(path)
    return tuple(paths)


def inline_svg(svg: bytes, prefix: str, alt: str) -> str:
    """Return an SVG file as an element for a page: ids made unique, alt text, the page's font.

    >>> figure = Figure(figsize=(1, 1))
    >>> inline_svg(figure_bytes(figure)["svg"], "a", "An empty figure")[:41]
    '<svg role="img" aria-label="An empty figu'
    """
    text = svg.decode("utf-8")
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.S)
    text = re.sub(r'\bid="', f'id="{prefix}-', text)
    text = re.sub(r"url\(#", f"url(#{prefix}-", text)
    text = re.sub(r'href="#', f'href="#{prefix}-', text)
    text = re.sub(r"'DejaVu Sans'[^;\"]*", "var(--sans)", text)
    head, rest = text.split(">", 1)
    head = re.sub(r' (?:width|height|version)="[^"]*"', "", head)
    label = alt.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return head.replace("<svg", f'<svg role="img" aria-label="{label}"', 1) + ">" + rest

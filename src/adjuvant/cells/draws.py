"""May blood be drawn for a lot now? Every reason against it, in one answer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from adjuvant.protocol.model import CellProduct, Draw

__all__ = ["DrawAsked", "PastDraw", "draw_objections"]


@dataclass(frozen=True)
class PastDraw:
    """A draw that was made: its day and volume, and whether it replaced a lot that failed."""

    on: date
    volume_ml: float
    redraw: bool = False


@dataclass(frozen=True)
class DrawAsked:
    """A draw that somebody wants to make.

    consent_on      day of consent in force; None: none
    allocated_on    day of randomisation; None: not yet
    receives_cells  whether the allocated arm does; None before allocation
    covers_early    the consent version covers a draw before allocation
    treat_signed    randomised in error, and an investigator signed "treat"; None: not in error
    """

    on: date
    volume_ml: float
    consent_on: date | None
    allocated_on: date | None
    receives_cells: bool | None
    haemoglobin_g_dl: float | None = None
    redraw: bool = False
    covers_early: bool = False
    treat_signed: bool | None = None


def draw_objections(
    product: CellProduct, asked: DrawAsked, past: Sequence[PastDraw] = ()
) -> tuple[str, ...]:
    """Return every reason against a draw, each with what to do; empty when it may be made.

    Before consent nothing is drawn, from nobody. Before allocation only where the protocol says
    `draw.before_randomisation` and the consent covers it (then in both arms).

    >>> asked = DrawAsked(on=date(2026, 3, 2), volume_ml=60, consent_on=date(2026, 3, 4),
    ...                   allocated_on=None, receives_cells=None)
    >>> draw_objections(CellProduct(id="c", label="Cells"), asked)[0]
    'the draw on 2026-03-02 is before consent on 2026-03-04: choose a later day'
    """
    rules = product.draw or Draw()
    return (*_consent(rules, asked), *_amount(rules, asked, past), *_redraws(rules, asked, past))


def _consent(rules: Draw, asked: DrawAsked) -> Iterator[str]:
    if asked.consent_on is None:
        yield "there is no consent: take it first"
    elif asked.on < asked.consent_on:
        yield (
            f"the draw on {asked.on} is before consent on {asked.consent_on}: choose a later day"
        )
    early = asked.allocated_on is None or asked.on < asked.allocated_on
    if early and not rules.before_randomisation:
        yield "the draw is before allocation, which the protocol does not allow: randomise first"
    elif early and not asked.covers_early:
        yield "the consent does not cover a draw before allocation: use the version that does"
    if asked.receives_cells is False:
        yield "the patient is in an arm without cells: nothing is drawn"
    if asked.treat_signed is False:
        yield 'the patient was randomised in error: an investigator must sign "treat" first'


def _amount(rules: Draw, asked: DrawAsked, past: Sequence[PastDraw]) -> Iterator[str]:
    least = rules.haemoglobin_min_g_dl
    if least is not None and asked.haemoglobin_g_dl is None:
        yield f"haemoglobin is missing; at least {least:g} g/dL is needed: measure it"
    elif least is not None and not (asked.haemoglobin_g_dl or 0) >= least:
        yield f"haemoglobin {asked.haemoglobin_g_dl:g} g/dL is under {least:g}: wait, and measure"
    if not asked.volume_ml > 0:
        yield f"the volume is {asked.volume_ml:g} mL: enter what is to be drawn"
    if rules.volume_ml is None:
        return
    each, total = rules.volume_ml.max_each, rules.volume_ml.max_total
    if asked.volume_ml > each:
        yield f"{asked.volume_ml:g} mL at once; {each:g} mL are allowed: draw less"
    so_far = sum(draw.volume_ml for draw in past)
    if so_far + asked.volume_ml > total:
        yield (
            f"{so_far:g} mL were drawn; with {asked.volume_ml:g} mL the limit of {total:g} mL "
            "is passed: no draw is left"
        )


def _redraws(rules: Draw, asked: DrawAsked, past: Sequence[PastDraw]) -> Iterator[str]:
    made = sum(draw.redraw for draw in past)
    if asked.redraw and made >= rules.max_redraws:
        words = f"{made} redraws were made, {rules.max_redraws} are allowed"
        yield f"{words}: record the infusion as not given"

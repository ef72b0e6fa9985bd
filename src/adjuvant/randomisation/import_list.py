"""A list that was made elsewhere, read from a table: stratum, slot, arm, and block if known."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from adjuvant.core import Finding, InvalidInput, Place
from adjuvant.randomisation.codes import finding
from adjuvant.randomisation.sealed_list import SealedList
from adjuvant.randomisation.strata import Factor, Ratio, all_strata, checked_ratio

__all__ = ["import_list"]

_COLUMNS = ["stratum", "slot", "arm"]


@dataclass(frozen=True)
class _Row:
    line: int
    stratum: str
    slot: str
    arm: str
    block: str


def import_list(
    text: str,
    *,
    trial: str,
    ratio: Ratio,
    factors: tuple[Factor, ...] = (),
    file: str = "list.csv",
    replaces: str | None = None,
) -> SealedList:
    """Return the list written in a CSV with the columns stratum, slot, arm, and block if known.

    Slots count 1, 2, ... within a stratum; a stratum is named by its levels joined by "/", in the
    order of the factors ("all" without factors); a block is any text, equal for its slots.
    Raises    InvalidInput with every fault of the file (L010 to L017), line by line.

    >>> sealed = import_list("stratum,slot,arm\\nall,1,CTL\\nall,2,IMM\\n", trial="T1",
    ...                      ratio=(("CTL", 1), ("IMM", 1)))
    >>> sealed.slots["all"]
    ('CTL', 'IMM')
    """
    rows = list(_rows(text, file))
    ratio = checked_ratio(dict(ratio))
    findings = [
        *_row_faults(rows, ratio, all_strata(factors), file),
        *_block_faults(rows, ratio, file),
    ]
    if findings:
        raise InvalidInput(f"{file} cannot be used as a list", findings)
    slots: dict[str, tuple[str, ...]] = {}
    blocks: dict[str, list[tuple[str, int]]] = {}
    for row in rows:
        slots[row.stratum] = (*slots.get(row.stratum, ()), row.arm)
        if row.block:
            sizes = blocks.setdefault(row.stratum, [])
            if sizes and sizes[-1][0] == row.block:
                sizes[-1] = (row.block, sizes[-1][1] + 1)
            else:
                sizes.append((row.block, 1))
    sized = {stratum: tuple(n for _, n in sizes) for stratum, sizes in blocks.items()}
    return SealedList(trial, "imported", ratio, factors, slots, sized, replaces=replaces)


def _rows(text: str, file: str) -> Iterator[_Row]:
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    header = [name.strip() for name in next(reader, [])]
    if header not in (_COLUMNS, [*_COLUMNS, "block"]):
        hint = "write the columns stratum, slot, arm, and block if it is known"
        place = Place(file, 1)
        fault = finding("L010", place, f"the header is {','.join(header)}", hint)
        raise InvalidInput(f"{file} cannot be used as a list", [fault])
    for fields in reader:
        if not fields:
            continue
        if len(fields) != len(header):
            place = Place(file, reader.line_num)
            words = f"{len(fields)} fields, the header has {len(header)}"
            fault = finding("L011", place, words, "write one field a column")
            raise InvalidInput(f"{file} cannot be used as a list", [fault])
        yield _Row(reader.line_num, *[*(f.strip() for f in fields), ""][:4])


def _row_faults(
    rows: list[_Row], ratio: Ratio, strata: tuple[str, ...], file: str
) -> Iterator[Finding]:
    used: dict[str, int] = {}
    arms = [arm for arm, _ in ratio]
    for row in rows:
        if row.stratum not in strata:
            yield finding(
                "L012",
                Place(file, row.line, 1, "stratum"),
                f"stratum {row.stratum!r} is not among the protocol's {len(strata)}",
                f"write the levels in the order of the factors, such as {strata[0]}",
            )
        used[row.stratum] = used.get(row.stratum, 0) + 1
        if row.slot != str(used[row.stratum]):
            yield finding(
                "L013",
                Place(file, row.line, 2, "slot"),
                f"slot {row.slot!r} of {row.stratum}, expected {used[row.stratum]}",
                "number the slots of a stratum 1, 2, 3 without a hole, in their order",
            )
        if row.arm not in arms:
            yield finding(
                "L014",
                Place(file, row.line, 3, "arm"),
                f"arm {row.arm!r} is not one of {', '.join(arms)}",
                "write the arm's id as in the protocol",
            )
    lacking = [name for name in strata if name not in used]
    if lacking:
        words = f"{len(lacking)} strata have no slot, such as {lacking[0]}"
        yield finding("L015", Place(file), words, "add a list for every stratum")


def _block_faults(rows: list[_Row], ratio: Ratio, file: str) -> Iterator[Finding]:
    counts: dict[tuple[str, str], dict[str, int]] = {}
    first: dict[tuple[str, str], int] = {}
    last: dict[str, str] = {}
    for row in rows:
        if not row.block:
            continue
        key = (row.stratum, row.block)
        if key in first and last[row.stratum] != row.block:
            words = f"block {row.block} of {row.stratum} goes on after another block"
            hint = "write the slots of a block together"
            yield finding("L016", Place(file, row.line, 4, "block"), words, hint)
        first.setdefault(key, row.line)
        last[row.stratum] = row.block
        block = counts.setdefault(key, {})
        block[row.arm] = block.get(row.arm, 0) + 1
    for (stratum, name), block in counts.items():
        if not _balanced(block, ratio):
            words = f"block {name} of {stratum} does not hold the ratio"
            place = Place(file, first[stratum, name], 4, "block")
            yield finding("L017", place, words, "correct the list, or leave blocks out")


def _balanced(block: Mapping[str, int], ratio: Ratio) -> bool:
    times = block.get(ratio[0][0], 0) // ratio[0][1]
    return times > 0 and all(block.get(arm, 0) == times * share for arm, share in ratio)

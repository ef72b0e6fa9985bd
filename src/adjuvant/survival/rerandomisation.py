"""The re-randomisation test: the trial's own allocation replayed, the outcomes as they are."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb, sqrt

import numpy as np

from adjuvant.core import Codes, Floats, InvalidData, NotEnoughData, TimeToEvent, encode
from adjuvant.survival.export import EXPORTS
from adjuvant.survival.log_rank import arm_counts
from adjuvant.survival.rerandomisation_kernels import block_scores
from adjuvant.survival.risk_table import require_two_arms

__all__ = ["Rerandomisation", "log_rank_scores", "rerandomisation_test"]

# Blocks are drawn from a list of all their arrangements; a block of 16 has 12870.
_LARGEST_BLOCK = 16

Allocate = Callable[[np.random.Generator], Codes]


@dataclass(frozen=True)
class Rerandomisation:
    """The log-rank score among scores under re-drawn allocations.

    score             observed - expected events of the treatment arm (code 1).
    p_value           two-sided: share of draws with a score as far from 0, the trial's own
                      allocation counted among them.
    p_one_sided       share with a score as low (treatment better) or lower.
    monte_carlo_error standard error of p_value.
    """

    score: float
    replicates: int
    p_value: float
    p_one_sided: float
    monte_carlo_error: float

    to_dict, to_frame, cite, _repr_html_ = EXPORTS


def rerandomisation_test(
    data: TimeToEvent,
    procedure: Mapping[str, Sequence[int]] | Sequence[int] | Allocate,
    *,
    rng: np.random.Generator,
    replicates: int = 10_000,
    randomised_in: Sequence[Hashable] | None = None,
    ratio: tuple[int, int] = (1, 1),
) -> Rerandomisation:
    """Test the (stratified) log-rank score against the allocations the procedure could have made.

    data           rows in the order of randomisation; with strata the score is stratified.
    procedure      block sizes in order: a list, or one list per stratum label when patients were
                   randomised within strata (the last block of a stratum may be incomplete); or a
                   function of `rng` that returns a whole allocation (n,) of codes 0 and 1.
    randomised_in  (n,) labels of the randomisation strata; None takes the data's strata.
    ratio          control : treatment within a block.
    Raises         InvalidData when blocks do not cover the rows, a block does not fit the ratio
                   or holds more than 16, or an allocation has another shape; otherwise as
                   `log_rank`.

    Source    Rosenberger & Lachin 2016, chapter 6; scores of the log-rank test as in Peto & Peto
              1972.

    >>> data = TimeToEvent([5, 8, 12, 20], [1, 1, 1, 0], arm=[0, 1, 0, 1])
    >>> found = rerandomisation_test(data, [4], rng=np.random.default_rng(1))
    >>> 0.3 < found.p_value < 0.8
    True
    """
    require_two_arms(data, "the re-randomisation test")
    assert data.arm is not None
    if replicates < 1:
        raise InvalidData(f"replicates is {replicates}; draw at least one allocation")
    scores = log_rank_scores(data)
    observed = float(scores[data.arm == 1].sum())
    if callable(procedure):
        drawn = np.array([_score(scores, procedure(rng)) for _ in range(replicates)])
    else:
        blocks = _block_sums(scores, _rows_by_stratum(data, randomised_in), procedure, ratio)
        drawn = block_scores(*blocks, rng.integers(1, 2**63, size=4).astype(np.uint64), replicates)
    near = 1e-9 * (1 + abs(observed))  # Sums of the same scores in another order are as extreme.
    two_sided = 1 + int((np.abs(drawn) >= abs(observed) - near).sum())
    low = 1 + int((drawn <= observed + near).sum())
    p = two_sided / (replicates + 1)
    return Rerandomisation(
        observed, replicates, p, low / (replicates + 1), sqrt(p * (1 - p) / (replicates + 1))
    )


def log_rank_scores(data: TimeToEvent) -> Floats:
    """Return each row's log-rank score (n,): its event minus the hazard it went through.

    Their sum over the treatment arm is observed minus expected events of the log-rank test.

    >>> log_rank_scores(TimeToEvent([1, 2], [1, 1], arm=[0, 1])).tolist()
    [0.5, -0.5]
    """
    counts = arm_counts(data)
    cells = counts.cells
    n, d = counts.at_risk.sum(axis=1), counts.events.sum(axis=1)
    if not d.any():
        raise NotEnoughData("no event was seen; the log-rank scores are all 0")
    hazard = np.concatenate(([0.0], np.cumsum(d / n)))
    if cells.entry_cell.size:
        first = cells.entry_cell
    else:
        first = cells.start[np.searchsorted(cells.start, cells.cell, side="right") - 1]
    scores: Floats = (data.event > 0) - (hazard[cells.cell + 1] - hazard[first])
    return scores


def _score(scores: Floats, allocation: Codes) -> float:
    codes = np.asarray(allocation)
    if codes.shape != scores.shape or not np.isin(codes, (0, 1)).all():
        raise InvalidData(f"an allocation must be {len(scores)} codes, each 0 or 1")
    return float(scores[codes == 1].sum())


def _rows_by_stratum(
    data: TimeToEvent, randomised_in: Sequence[Hashable] | None
) -> dict[str, Codes]:
    if randomised_in is not None:
        if len(randomised_in) != data.n:
            raise InvalidData(f"randomised_in has {len(randomised_in)} rows, data have {data.n}")
        codes, labels = encode("randomised_in", randomised_in)
    elif data.stratum is not None:
        codes, labels = data.stratum, data.stratum_labels
    else:
        return {"": np.arange(data.n)}
    rows = {label: np.flatnonzero(codes == code) for code, label in enumerate(labels)}
    return {label: found for label, found in rows.items() if found.size}


def _block_sums(
    scores: Floats,
    rows: dict[str, Codes],
    procedure: Mapping[str, Sequence[int]] | Sequence[int],
    ratio: tuple[int, int],
) -> tuple[Floats, Codes, Codes]:
    """Return the treatment score of every arrangement, block after block, with start and count."""
    if isinstance(procedure, Mapping):
        sizes = {str(label): list(blocks) for label, blocks in procedure.items()}
    elif set(rows) == {""}:
        sizes = {"": list(procedure)}
    else:
        raise InvalidData("patients were randomised in strata; give block sizes per stratum")
    sums: list[Floats] = []
    for label, members in rows.items():
        if sum(sizes.get(label, [])) < len(members):
            where = f" of stratum {label!r}" if label else ""
            raise InvalidData(f"the blocks{where} hold fewer than its {len(members)} rows")
        place = 0
        for size in sizes[label]:
            inside = members[place : place + size]
            if not inside.size:
                break
            sums.append(_arrangements(size, len(inside), ratio) @ scores[inside])
            place += size
    count = np.array([len(block) for block in sums], dtype=np.int64)
    start = np.concatenate(([0], np.cumsum(count)[:-1])).astype(np.int64)
    return np.concatenate(sums), start, count


def _arrangements(size: int, seen: int, ratio: tuple[int, int]) -> Floats:
    """Return which of the first `seen` places of a block are treated, one arrangement a row."""
    whole = sum(ratio)
    if min(ratio) < 1 or size < 1 or size % whole or size > _LARGEST_BLOCK:
        raise InvalidData(
            f"a block of {size} does not fit {ratio[0]}:{ratio[1]}; give multiples of {whole} "
            f"up to {_LARGEST_BLOCK}"
        )
    treated = size // whole * ratio[1]
    found = np.zeros((comb(size, treated), size))
    for row, places in enumerate(combinations(range(size), treated)):
        found[row, list(places)] = 1.0
    return found[:, :seen]

"""How well does each method balance the arms, and how often can the next arm be guessed?

A million allocations a method: trials of 150 patients, three factors of two levels (site, number of
tumours, stage), every level equally frequent. Prints, with the Monte-Carlo standard error over
trials: the difference between the arms in all, within a factor's level and within a stratum
(standard deviation of the difference from the ratio), and the rate of right guesses by somebody
who counts and by somebody who knows the method and every allocation before. Lists come from the
real stream; minimisation from arrays that a test holds to the exact rule.

    python benchmarks/randomisation.py [--trials 6667] [--json] [--write]

--write puts the table into docs/explanation/randomisation.md.
"""

import argparse
import json
import sys
from functools import partial
from hashlib import sha256
from pathlib import Path

import numpy as np

from adjuvant.randomisation import (
    DRAWS,
    Factor,
    Minimisation,
    PermutedBlocks,
    best_guess_in_blocks,
    big_stick_list,
    counting_guess,
    permuted_blocks,
    simple_list,
    simulated_minimisation,
)

PAGE = Path(__file__).parent.parent / "docs" / "explanation" / "randomisation.md"
PATIENTS, FACTORS, STRATA = 150, 3, 8
EQUAL, DOUBLE = (("CTL", 1), ("IMM", 1)), (("CTL", 1), ("IMM", 2))
LONGEST = 60  # slots of a stratum; 150 patients in 8 strata reach 40 in ten million trials once
SEED = 20261126


def seed_of(trial, method):
    """A seed of 32 bytes for one simulated trial."""
    return sha256(f"{method} {SEED} {trial}".encode()).digest()


def patients(trials):
    """The levels of all patients (trials, 150, 3), and their stratum (trials, 150)."""
    rng = np.random.default_rng(SEED)
    levels = rng.integers(0, 2, (trials, PATIENTS, FACTORS))
    return levels, levels @ np.array([4, 2, 1])


def from_lists(made, ratio, stratum, method, best):
    """Arms of all patients from one list a stratum, and the two guessers' hits."""
    trials = len(stratum)
    codes = {arm: code for code, (arm, _) in enumerate(ratio)}
    lists = np.empty((trials * STRATA, LONGEST), dtype=np.int64)
    for trial in range(trials):
        seed = seed_of(trial, method)
        for s in range(STRATA):
            row = made(seed, f"stratum {s}")
            row = getattr(row, "arms", row)[:LONGEST]
            lists[trial * STRATA + s] = [codes[arm] for arm in row]
    place = np.empty_like(stratum)
    for s in range(STRATA):
        here = stratum == s
        place[here] = (np.cumsum(here, axis=1) - 1)[here]
    where = (np.arange(trials)[:, None] * STRATA + stratum, place)
    shares = np.array([share for _, share in ratio])
    counting = counting_guess(lists, shares / shares.sum())
    return lists[where], counting[where], best(lists)[where]


def minimised(ratio, levels, measure="range"):
    """The same under minimisation with probability 0.8; the counter counts all patients."""
    factors = tuple(Factor(name, ("a", "b")) for name in ("site", "number", "stage"))
    rules = Minimisation(ratio, factors, measure=measure)
    drawn = np.random.default_rng(SEED + 1).integers(0, DRAWS, levels.shape[:2])
    found = simulated_minimisation(rules, levels, drawn)
    shares = np.array([share for _, share in ratio])
    return found.arms, counting_guess(found.arms, shares / shares.sum()), found.best


def big_stick_best(lists, most):
    """Certain where the stick forces, else one half."""
    ahead = np.cumsum(1 - 2 * lists, axis=1)
    before = np.concatenate([np.zeros((len(lists), 1), int), ahead[:, :-1]], axis=1)
    return np.where(np.abs(before) == most, 1.0, 0.5)


def by_list(ratio):
    """Yield name, maker of a list and best guesser of the methods that need no patient."""
    most = max(share for _, share in ratio) / sum(share for _, share in ratio)
    made = partial(simple_list, ratio, n=LONGEST)
    yield "simple", made, lambda rows: np.full(rows.shape, most)
    if ratio == EQUAL:
        made = partial(big_stick_list, EQUAL, n=LONGEST)
        yield "big stick of 3", made, partial(big_stick_best, most=3)
    for sizes in ((4,), (4, 6), (2, 4, 6), (4, 6, 8)) if ratio == EQUAL else ((3,), (3, 6)):
        design = PermutedBlocks(ratio, sizes)
        made = partial(permuted_blocks, design, n=LONGEST)
        yield (
            f"blocks of {' or '.join(map(str, sizes))}",
            made,
            partial(best_guess_in_blocks, design),
        )


def methods(levels, stratum):
    """Yield name, ratio and result of each method."""
    for ratio, words in ((EQUAL, "1:1"), (DOUBLE, "1:2")):
        for name, made, best in by_list(ratio):
            yield f"{name}, {words}", ratio, from_lists(made, ratio, stratum, name + words, best)
        for measure in ("range", "variance"):
            name = f"minimisation by {measure}, 0.8, {words}"
            yield name, ratio, minimised(ratio, levels, measure)


def spread(arms, ratio, groups):
    """Standard deviation over trials and groups of observed minus expected number in arm 2."""
    share = ratio[1][1] / sum(s for _, s in ratio)
    off = (arms == 1) - share
    rows = np.stack([(off * group).sum(axis=1) for group in groups], axis=1)
    per_trial = (rows**2).mean(axis=1)
    value = per_trial.mean() ** 0.5
    return value, per_trial.std(ddof=1) / len(per_trial) ** 0.5 / (2 * value)


def row_of(ratio, result, levels, stratum):
    """One line of the table: value and standard error of each column."""
    arms, counting, best = result
    margins = [levels[:, :, f] == level for f in range(FACTORS) for level in (0, 1)]
    cells = [stratum == s for s in range(STRATA)]
    rate = [(hits.mean(), hits.mean(axis=1).std(ddof=1) / len(hits) ** 0.5)
            for hits in (counting, best)]  # fmt: skip
    return [spread(arms, ratio, g) for g in ([1], margins, cells)] + rate


def table(rows, trials):
    """The Markdown table."""
    head = ("Method, ratio", "all patients", "a level", "a stratum", "who counts", "who knows all")
    lines = ["| " + " | ".join(head) + " |", "|---|---|---|---|---|---|"]
    for name, values in rows.items():
        spreads = [f"{v:.2f} ({e:.2f})" for v, e in values[:3]]
        rates = [f"{100 * v:.1f}% ({100 * e:.2f})" for v, e in values[3:]]
        lines.append("| " + " | ".join([name, *spreads, *rates]) + " |")
    made = f"{trials * PATIENTS:,} allocations a method ({trials:,} trials of {PATIENTS})"
    return "\n".join([*lines, "", f"{made}; in brackets the Monte-Carlo standard error."])


def main():
    """Simulate, print, and write the table where asked."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, default=6667)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    levels, stratum = patients(asked.trials)
    rows = {}
    for name, ratio, result in methods(levels, stratum):
        rows[name] = row_of(ratio, result, levels, stratum)
        print(f"{name} done", file=sys.stderr)
    if asked.json:
        print(json.dumps(rows))
    else:
        print(table(rows, asked.trials))
    if asked.write:
        text = PAGE.read_text("utf-8")
        before, _, rest = text.partition("<!-- table -->\n")
        _, _, after = rest.partition("<!-- end -->")
        new = f"{before}<!-- table -->\n{table(rows, asked.trials)}\n<!-- end -->{after}"
        PAGE.write_text(new, "utf-8")


if __name__ == "__main__":
    main()

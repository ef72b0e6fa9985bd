"""The list as bytes, its commitment, its import, the rules on it, and the replay of allocations."""

import re
from dataclasses import replace
from hashlib import sha256
from importlib.resources import files
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adjuvant.core import InvalidInput
from adjuvant.protocol import read_protocol
from adjuvant.randomisation import (
    CODES,
    Correction,
    Factor,
    Past,
    PermutedBlocks,
    SealedList,
    ToldMinimised,
    ToldSlot,
    all_strata,
    check_list,
    commitment,
    expected_unfilled,
    factors_of,
    import_list,
    list_bytes,
    made_again,
    make_list,
    matches_commitment,
    minimise,
    next_slot,
    permuted_blocks,
    read_list,
    read_sealed_file,
    seal_file,
    verify_allocations,
)

EQUAL = (("CTL", 1), ("IMM", 1))
FACTORS = (Factor("site", ("S01", "S02")), Factor("number", ("single", "multiple")))
METHODS = {
    "permuted_blocks": {"block_sizes": "4,6"},
    "simple": {},
    "big_stick": {"most_ahead": "2"},
    "minimisation": {},
}


def made(method="permuted_blocks", seed=bytes(range(32)), **more):
    options = more.pop("options", METHODS[method])
    return make_list(
        "T1", method, ratio=EQUAL, factors=FACTORS, seed=seed,
        slots_per_stratum=42, options=options, **more,
    )  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
def test_list_survives_its_bytes_and_is_what_its_seed_gives(method):
    sealed = made(method)

    assert read_list(list_bytes(sealed)) == sealed
    assert made_again(sealed)


def test_bytes_of_a_list_hold_for_decades():
    """The digest of a fixed list: if it changes, no published commitment can be checked."""
    assert commitment(bytes(32), list_bytes(made())) == (
        "cd0a7c949c9b54ec2d21c09ba69d93edb7de7fa5b0692d16e5e7f66bc8aa7801"
    )


def test_list_changed_by_hand_is_not_what_its_seed_gives():
    sealed = made()
    arms = list(sealed.slots["S01/single"])
    arms[0] = "CTL" if arms[0] == "IMM" else "IMM"

    forged = replace(sealed, slots={**sealed.slots, "S01/single": tuple(arms)})

    assert not made_again(forged)


@pytest.mark.property
@given(st.integers(0, 10**6), st.integers(0, 255))
@settings(max_examples=100, deadline=None)
def test_any_changed_byte_breaks_the_commitment(place, value):
    data = list_bytes(made())
    changed = bytearray(data)
    changed[place % len(data)] = value

    same = bytes(changed) == data

    published = commitment(bytes(32), data)
    assert matches_commitment(published, bytes(32), bytes(changed)) is same
    if not same:
        assert not _reads_as_the_same(bytes(changed), data)


def _reads_as_the_same(changed, data):
    try:
        return list_bytes(read_list(changed)) == data
    except InvalidInput:
        return False


def test_bytes_that_are_not_canonical_are_refused():
    with pytest.raises(InvalidInput, match="canonical"):
        read_list(list_bytes(made()).replace(b",", b", ", 1))


def test_refusal_of_a_broken_list_does_not_quote_it():
    data = list_bytes(made()).replace(b'"IMM"', b"IMM", 1)

    with pytest.raises(InvalidInput) as refusal:
        read_list(data)

    assert "IMM" not in str(refusal.value)


def test_representations_show_neither_arms_nor_seed_nor_nonce():
    sealed = made()
    file = seal_file(sealed)

    shown = repr(sealed) + repr(file)

    assert "IMM" not in shown
    assert sealed.seed.hex() not in shown
    assert file.nonce.hex() not in shown
    assert repr(file.nonce) not in shown


def test_sealed_file_of_another_commitment_is_refused():
    one, other = seal_file(made()), seal_file(made())

    assert read_sealed_file(one.to_bytes(), one.commitment) == one
    with pytest.raises(InvalidInput, match="not the one that the protocol committed to"):
        read_sealed_file(one.to_bytes(), other.commitment)


def told_from(sealed, strata, digest="d"):
    used, told = {}, []
    for number, stratum in enumerate(strata, 1):
        slot, arm = next_slot(sealed, stratum, used.get(stratum, 0))
        used[stratum] = slot
        told.append(ToldSlot(number, f"S01-{number:04d}", stratum, slot, arm, digest))
    return told


@pytest.mark.by_hand
def test_verify_says_42_of_42():
    """Story 12: after the restore, 41 and 42 are entered again from their receipts."""
    sealed = made()
    strata = all_strata(FACTORS)
    told = told_from(sealed, [strata[n % 4] for n in range(42)])

    replay = verify_allocations({"d": sealed}, told)

    assert str(replay) == "42 of 42 allocations verified"
    assert replay.complete


def other_arm(arm):
    return "CTL" if arm == "IMM" else "IMM"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: [*t[:4], replace(t[4], arm=other_arm(t[4].arm)), *t[5:]], "another arm"),
        (lambda t: [*t[:4], *t[5:]], "allocation 5 is missing"),
        (lambda t: [*t[:5], t[4], *t[5:]], "told twice"),
        (lambda t: [*t[:4], replace(t[4], slot=9), *t[5:]], "slot 2 was next"),
        (lambda t: [*t[:4], replace(t[4], subject=t[0].subject), *t[5:]], "allocated twice"),
        (lambda t: [*t[:4], replace(t[4], stratum="S09"), *t[5:]], "no stratum S09"),
        (lambda t: [*t[:4], replace(t[4], commitment="x"), *t[5:]], "not given"),
    ],
)
def test_replay_names_what_does_not_follow_from_the_list(change, words):
    sealed = made()
    strata = all_strata(FACTORS)
    told = change(told_from(sealed, [strata[n % 4] for n in range(20)]))

    replay = verify_allocations({"d": sealed}, told)

    assert not replay.complete
    assert any(words in fault for fault in replay.faults)


def test_old_and_new_list_both_replay_after_an_amendment():
    """Story 9: an amendment that touches the blocks brings a new list; the numbers go on."""
    old, new = made(), made(seed=bytes(32), options={"block_sizes": "6"}, replaces="d1")
    first = told_from(old, ["S01/single"] * 5, "d1")
    later = [
        replace(one, number=one.number + 5, subject=f"S02-{one.number:04d}")
        for one in told_from(new, ["S01/single"] * 4, "d2")
    ]

    assert verify_allocations({"d1": old, "d2": new}, first + later).complete


def minimised(sealed, patients, corrections=()):
    told = []
    for number, (subject, levels) in enumerate(patients, 1):
        past = []
        for one in told:
            known = dict(one.levels)
            for c in corrections:
                if c.subject == one.subject and c.after < number:
                    known.update(c.levels)
            past.append(Past(one.levels, one.virtual, known))
        one = minimise(sealed.minimisation, sealed.seed, past, levels)
        told.append(
            ToldMinimised(
                number,
                subject,
                levels,
                one.totals,
                one.overall,
                one.drawn,
                one.virtual,
                one.arm,
                "d",
            )
        )
    return told


PATIENTS = [
    (f"S01-{n:04d}", {"site": ("S01", "S02")[n % 2], "number": ("single", "multiple")[n // 3 % 2]})
    for n in range(30)
]


@pytest.mark.parametrize("rule", ["recompute", "keep"])
def test_minimisation_replays_after_a_corrected_factor(rule):
    """Story 2: the correction changes later totals as the rules say, and replay still verifies."""
    sealed = made("minimisation", options={"after_correction": rule})
    corrections = [Correction("S01-0004", 12, {"number": "single"})]
    told = minimised(sealed, PATIENTS, corrections)

    assert verify_allocations({"d": sealed}, told, corrections).complete
    assert verify_allocations({"d": sealed}, told).complete is (rule == "keep")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"drawn": 1}, "random number is not the seed's"),
        ({"overall": (0, 0)}, "totals are not those"),
        ({"arm": "XXX"}, "another arm than was told"),
    ],
)
def test_minimised_allocation_that_was_changed_is_named(change, words):
    sealed = made("minimisation")
    told = minimised(sealed, PATIENTS)
    told[20] = replace(told[20], **change)

    replay = verify_allocations({"d": sealed}, told)

    assert replay.verified < 30
    assert words in replay.faults[0]


def test_stratum_that_is_used_up_is_refused_with_what_to_do():
    sealed = SealedList("T", "imported", EQUAL, slots={"all": ("CTL", "IMM")})

    with pytest.raises(InvalidInput, match="must seal a longer one"):
        next_slot(sealed, "all", 2)


LIST = "stratum,slot,arm,block\nall,1,CTL,1\nall,2,IMM,1\nall,3,IMM,2\nall,4,CTL,2\n"


def test_list_made_elsewhere_is_read_with_its_blocks():
    sealed = import_list("\ufeff" + LIST, trial="T1", ratio=EQUAL)

    assert sealed.slots == {"all": ("CTL", "IMM", "IMM", "CTL")}
    assert sealed.blocks == {"all": (2, 2)}
    assert sealed.seed is None


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("stratum,slot", "stratum,place", "L010", 1),
        ("all,2,IMM,1", "all,2,IMM", "L011", 3),
        ("all,2,", "S09,2,", "L012", 3),
        ("all,2,", "all,3,", "L013", 3),
        ("2,IMM", "2,IMN", "L014", 3),
        ("all,3,IMM,2", "all,3,IMM,1", "L017", 2),
        ("all,4,CTL,2", "all,4,CTL,1", "L016", 5),
    ],
)
def test_fault_of_an_imported_list_is_named_with_its_line(old, new, code, line):
    with pytest.raises(InvalidInput) as refusal:
        import_list(LIST.replace(old, new), trial="T1", ratio=EQUAL)

    assert (code, line) in {(f.code, f.place.line) for f in refusal.value.findings}


def test_imported_list_without_a_stratum_is_refused():
    with pytest.raises(InvalidInput) as refusal:
        import_list("stratum,slot,arm\nS01/single,1,CTL\n", trial="T", ratio=EQUAL, factors=FACTORS)

    assert {f.code for f in refusal.value.findings} == {"L015"}


@pytest.fixture(scope="module")
def protocol():
    folder = files("adjuvant.studies") / "templates" / "adjuvant-cell-therapy"
    return read_protocol(folder / "protocol.yaml").protocol


def for_trial(protocol, **more):
    given = {
        "ratio": EQUAL,
        "factors": factors_of(protocol),
        "seed": bytes(32),
        "slots_per_stratum": 300,
        "options": {"block_sizes": "4,6"},
    }
    method = more.pop("method", "permuted_blocks")
    trial = more.pop("trial", protocol.trial.id)
    return make_list(trial, method, **{**given, **more})


def test_list_that_fits_the_protocol_has_no_finding(protocol):
    assert check_list(for_trial(protocol), protocol) == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"trial": "OTHER"}, "L001"),
        ({"ratio": (("CTL", 1), ("IMM", 2)), "options": {"block_sizes": "3,6"}}, "L002"),
        ({"factors": FACTORS}, "L003"),
        ({"method": "simple", "options": {}}, "L004"),
        ({"slots_per_stratum": 20}, "L005"),
        ({"slots_per_stratum": 90}, "L006"),
        ({"options": {"block_sizes": "4"}}, "L007"),
        ({"options": {"block_sizes": "2,4"}}, "L008"),
        ({"options": {"block_sizes": "40,60"}}, "L009"),
    ],
)
def test_list_that_does_not_fit_is_named(protocol, change, code):
    assert code in {f.code for f in check_list(for_trial(protocol, **change), protocol)}


@pytest.mark.by_hand
def test_patients_in_blocks_never_filled_by_hand():
    """Blocks of 4 only: the end falls on each of 4 places alike, 0, 1, 2 or 3 patients: 1.5."""
    assert expected_unfilled(10, 1000, (4,)) == pytest.approx(15)
    assert expected_unfilled(100, 50, (8,)) == pytest.approx(50)  # no more than there are


def test_every_number_used_stands_in_the_table_and_on_the_page():
    root = Path(__file__).parents[2]
    room = root / "src/adjuvant/randomisation"
    used = "".join(p.read_text("utf-8") for p in room.glob("*.py") if p.name != "codes.py")
    page = (root / "docs/explanation/randomisation.md").read_text("utf-8")

    assert set(re.findall(r'"(L\d{3})"', used)) == set(CODES)
    for number, code in CODES.items():
        assert f"| {number} | {code.severity} | {code.title} | {code.explanation} |" in page


@pytest.mark.property
def test_patients_in_blocks_never_filled_agree_with_simulated_lists():
    """400 strata, recruitment stopped in the midst: how many stand in the block that is open?"""
    sizes, patients = (2, 4, 6), 61
    design, found = PermutedBlocks(EQUAL, sizes), []
    for n in range(400):
        blocks = permuted_blocks(design, bytes(range(32)), f"stratum {n}", patients).blocks
        found.append(patients + n % 12 - _filled(design, f"stratum {n}", patients + n % 12))
        assert sum(blocks) >= patients

    mean = sum(found) / 400
    error = (sum((x - mean) ** 2 for x in found) / 400 / 399) ** 0.5
    assert mean == pytest.approx(expected_unfilled(1, 10_000, sizes), abs=3.5 * error)


def _filled(design, stratum, patients):
    total = 0
    for size in permuted_blocks(design, bytes(range(32)), stratum, patients).blocks:
        if total + size > patients:
            break
        total += size
    return total


def test_digest_without_the_nonce_cannot_be_tried_out():
    """Without a nonce every list of a small stratum is tried in no time; with it, none fits."""
    secret = SealedList("T", "imported", EQUAL, slots={"all": ("IMM", "CTL", "CTL", "IMM")})
    candidates = [
        SealedList("T", "imported", EQUAL, slots={"all": arms})
        for arms in product(("CTL", "IMM"), repeat=4)
    ]
    bare = sha256(list_bytes(secret)).hexdigest()
    published = seal_file(secret).commitment

    inverted = [c for c in candidates if sha256(list_bytes(c)).hexdigest() == bare]
    tried = [c for c in candidates if sha256(list_bytes(c)).hexdigest() == published]

    assert inverted == [secret]
    assert tried == []

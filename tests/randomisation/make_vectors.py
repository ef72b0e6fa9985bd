"""Writes vectors.json from the description alone, without the package: hashlib and two loops.

Run it only to look at what it prints; the committed file is what must hold for decades:
    python tests/randomisation/make_vectors.py
"""

import json
from hashlib import sha256

SEEDS = {"zero": bytes(32), "count": bytes(range(32)), "ones": b"\xff" * 32}
LABELS = ("all", "S01/single/I-II", "札幌/単発/I-II", "minimisation#1", "minimisation#42")


def hmac_sha256(key, message):
    """RFC 2104, written out."""
    key = key.ljust(64, b"\0")
    inner = sha256(bytes(k ^ 0x36 for k in key) + message).digest()
    return sha256(bytes(k ^ 0x5C for k in key) + inner).digest()


def block(seed, label, counter):
    """32 bytes of the stream."""
    name = label.encode("utf-8")
    head = b"adjuvant/randomisation/1\0" + len(name).to_bytes(2, "big") + name
    return hmac_sha256(seed, head + counter.to_bytes(8, "big"))


def words(seed, label):
    """Yield the stream in whole numbers of 8 bytes."""
    counter = 0
    while True:
        part = block(seed, label, counter)
        for at in range(0, 32, 8):
            yield int.from_bytes(part[at : at + 8], "big")
        counter += 1


def below(source, n):
    """Uniform by rejection."""
    top = (2**64 // n) * n
    for value in source:
        if value < top:
            return value % n
    raise AssertionError


def blocks(seed, label, sizes, unit, n):
    """Permuted blocks: size, then Fisher and Yates from the back."""
    source, arms = words(seed, label), ""
    while len(arms) < n:
        size = sizes[below(source, len(sizes))] if len(sizes) > 1 else sizes[0]
        part = [arm for arm, share in unit for _ in range(share * size // sum(s for _, s in unit))]
        for last in range(size - 1, 0, -1):
            other = below(source, last + 1)
            part[last], part[other] = part[other], part[last]
        arms += "".join(part)
    return arms


def vectors():
    """Everything, in one dictionary."""
    found = {"blocks": [], "below": [], "draws": [], "lists": []}
    for name, seed in SEEDS.items():
        for label in LABELS:
            for counter in (0, 1, 2**40):
                row = {"seed": seed.hex(), "label": label, "counter": counter}
                found["blocks"].append({**row, "hex": block(seed, label, counter).hex()})
        for n in (1, 2, 3, 6, 10, 1000, 2**31 + 1, 2**32):
            source = words(seed, name)
            row = {"seed": seed.hex(), "label": name, "n": n}
            found["below"].append({**row, "numbers": [below(source, n) for _ in range(12)]})
        for number in (1, 2, 150):
            drawn = below(words(seed, f"minimisation#{number}"), 10**12)
            row = {"seed": seed.hex(), "label": "minimisation", "number": number}
            found["draws"].append({**row, "drawn": drawn})
        for sizes, unit in (
            ((4,), (("C", 1), ("I", 1))),
            ((2, 4, 6), (("C", 1), ("I", 1))),
            ((3, 6), (("C", 1), ("I", 2))),
            ((6, 12), (("A", 1), ("B", 2), ("C", 3))),
        ):
            row = {"seed": seed.hex(), "label": "S01/single/I-II", "sizes": sizes, "ratio": unit}
            arms = blocks(seed, "S01/single/I-II", sizes, unit, 40)
            found["lists"].append({**row, "n": 40, "arms": arms})
    return found


if __name__ == "__main__":
    print(json.dumps(vectors(), indent=1, ensure_ascii=False))

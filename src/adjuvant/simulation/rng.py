"""Random numbers of the simulation: one stream a chunk, the same on every machine and version.

xoshiro256++ (Blackman & Vigna 2021) started by splitmix64 (Steele, Lea & Flood 2014) from
(seed, scenario, chunk); exponential numbers by the ziggurat of 256 layers (Marsaglia & Tsang 2000),
its tables computed here, layer by layer, from the tail on. tests/simulation holds vectors.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from adjuvant.core import Floats

__all__ = [
    "Words",
    "chunk_state",
    "exponential",
    "fill_exponentials",
    "fill_uniforms",
    "gamma",
    "next_word",
    "normal",
    "uniform",
]

Words = NDArray[np.uint64]

_MASK = (1 << 64) - 1
# Where the bottom layer's tail begins, and the area of each of the 256 layers.
_TAIL = 7.69711747013104972
_AREA = 0.0039496598225815571993
_MANTISSA = 2.0**-53


def splitmix64(state: int) -> tuple[int, int]:
    """Return the next state and the next word of splitmix64.

    >>> hex(splitmix64(0)[1])
    '0xe220a8397b1dcdaf'
    """
    state = (state + 0x9E3779B97F4A7C15) & _MASK
    z = state
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return state, z ^ (z >> 31)


def chunk_state(seed: int, scenario: int, chunk: int) -> Words:
    """Return the state (4,) from which a chunk's stream starts.

    seed, scenario and chunk are absorbed one after the other: h = splitmix64(h xor x), from h = 0;
    the state is the next four words of splitmix64 from there.

    >>> chunk_state(1, 2, 3).dtype.name
    'uint64'
    """
    mixed = 0
    for part in (seed, scenario, chunk):
        mixed = splitmix64(mixed ^ (part & _MASK))[1]
    words = np.empty(4, dtype=np.uint64)
    for i in range(4):
        mixed, word = splitmix64(mixed)
        words[i] = word
    return words


def ziggurat_tables() -> tuple[Words, Floats, Floats]:
    """Return, per layer, the mantissas accepted at once, the width of a mantissa, the density.

    Layer i covers 0 to x[i]; layer 0 is the tail with the rectangle below it. x[i] follows from
    x[i - 1] by equal areas: exp(-x[i]) = exp(-x[i - 1]) + area / x[i - 1].
    """
    x = [_AREA / math.exp(-_TAIL), _TAIL]
    for _ in range(254):
        x.append(-math.log(_AREA / x[-1] + math.exp(-x[-1])))
    x.append(0.0)
    accepted = [int(x[i + 1] / x[i] * 2**53) for i in range(256)]
    return (
        np.array(accepted, dtype=np.uint64),
        np.array([edge * _MANTISSA for edge in x[:256]]),
        np.array([math.exp(-edge) for edge in x]),
    )


ACCEPTED, WIDTH, DENSITY = ziggurat_tables()


@njit(cache=True)
def _rotated(x: np.uint64, left: np.uint64, right: np.uint64) -> np.uint64:
    return (x << left) | (x >> right)


@njit(cache=True)
def _step(
    s0: np.uint64, s1: np.uint64, s2: np.uint64, s3: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64, np.uint64]:
    """Return the next word of xoshiro256++ and the four words of state after it."""
    word = _rotated(s0 + s3, np.uint64(23), np.uint64(41)) + s0
    shifted = s1 << np.uint64(17)
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= shifted
    s3 = _rotated(s3, np.uint64(45), np.uint64(19))
    return word, s0, s1, s2, s3


@njit(cache=True)
def next_word(state: Words) -> np.uint64:
    """Return the next word of the stream."""
    word, state[0], state[1], state[2], state[3] = _step(state[0], state[1], state[2], state[3])
    return word


@njit(cache=True)
def _between(word: np.uint64) -> float:
    """Return the middle of one of 2**52 equal parts of (0, 1): never 0, never 1."""
    middle: float = (np.float64(np.int64(word >> np.uint64(12))) + 0.5) * 2.0**-52
    return middle


@njit(cache=True)
def uniform(state: Words) -> float:
    """Return a number from (0, 1)."""
    number: float = _between(next_word(state))
    return number


@njit(cache=True)
def _settled(word: np.uint64, state: Words) -> float:
    """Return the exponential number of a word that its layer may not accept at once."""
    while True:
        layer = np.int64(word & np.uint64(255))
        mantissa = word >> np.uint64(11)
        x = np.float64(np.int64(mantissa)) * WIDTH[layer]
        if mantissa < ACCEPTED[layer]:
            return x
        u = uniform(state)
        if layer == 0:
            # Beyond the tail's beginning an exponential time starts anew.
            return _TAIL - math.log(u)
        if DENSITY[layer] + u * (DENSITY[layer + 1] - DENSITY[layer]) < math.exp(-x):
            return x
        word = next_word(state)


@njit(cache=True)
def exponential(state: Words) -> float:
    """Return an exponential number of mean 1."""
    return _settled(next_word(state), state)


@njit(cache=True)
def fill_exponentials(state: Words, out: Floats, n: int) -> None:
    """Fill out[:n] with exponential numbers of mean 1: the same as n calls of `exponential`."""
    s0, s1, s2, s3 = state[0], state[1], state[2], state[3]
    for i in range(n):
        word, s0, s1, s2, s3 = _step(s0, s1, s2, s3)
        layer = np.int64(word & np.uint64(255))
        mantissa = word >> np.uint64(11)
        if mantissa < ACCEPTED[layer]:
            out[i] = np.float64(np.int64(mantissa)) * WIDTH[layer]
        else:
            state[0], state[1], state[2], state[3] = s0, s1, s2, s3
            out[i] = _settled(word, state)
            s0, s1, s2, s3 = state[0], state[1], state[2], state[3]
    state[0], state[1], state[2], state[3] = s0, s1, s2, s3


@njit(cache=True)
def fill_uniforms(state: Words, out: Floats, n: int) -> None:
    """Fill out[:n] with middles of 2**32 equal parts of (0, 1), two from each word.

    `out` has room for n + 1: the second number of the last word is written where n is odd.
    """
    s0, s1, s2, s3 = state[0], state[1], state[2], state[3]
    for i in range(0, n, 2):
        word, s0, s1, s2, s3 = _step(s0, s1, s2, s3)
        out[i] = (np.float64(np.int64(word >> np.uint64(32))) + 0.5) * 2.0**-32
        out[i + 1] = (np.float64(np.int64(word & np.uint64(0xFFFFFFFF))) + 0.5) * 2.0**-32
    state[0], state[1], state[2], state[3] = s0, s1, s2, s3


@njit(cache=True)
def normal(state: Words) -> float:
    """Return a standard normal number, by Marsaglia's polar method (one of each pair)."""
    while True:
        x = 2.0 * uniform(state) - 1.0
        y = 2.0 * uniform(state) - 1.0
        square = x * x + y * y
        if 0.0 < square < 1.0:
            return x * math.sqrt(-2.0 * math.log(square) / square)


@njit(cache=True)
def gamma(state: Words, shape: float) -> float:
    """Return a gamma number of this shape and scale 1 (Marsaglia & Tsang 2000, TOMS 26:363)."""
    boost = 1.0
    if shape < 1.0:
        boost = uniform(state) ** (1.0 / shape)
        shape += 1.0
    d = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        x = normal(state)
        v = (1.0 + c * x) ** 3
        if v > 0.0 and math.log(uniform(state)) < 0.5 * x * x + d - d * v + d * math.log(v):
            return boost * d * v

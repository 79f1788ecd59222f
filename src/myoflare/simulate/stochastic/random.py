"""Random numbers for kernels: a pure function of who asks and what for, so that nobody's draws depend on others.

Philox4x32-10 of Salmon et al. 2011, SC11, doi:10.1145/2063384.2063405: a key of two words and a counter of four give
four words of 32 bits. The key stands for (seed, patient, method), the counter for (draw, step, replicate, process).
"""

import hashlib
import math
from typing import NamedTuple

import numpy as np
from numba import njit

ROUNDS = 10
M0, M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
W0, W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
LOW = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)
INVERSION_BELOW = 10.0  # mean under which a Poisson number is found by adding up its probabilities

_jit = njit(cache=True, error_model="numpy")


class Stream(NamedTuple):
    """Whose draws: the two words of the key, and the replicate. All are 32-bit numbers held in 64 bits."""

    key0: np.uint64
    key1: np.uint64
    replicate: np.uint64


def key_of(seed: int, patient: str | int, method: str) -> tuple[np.uint64, np.uint64]:
    """The two words of the key of one patient."""
    return _words("\x1f".join((str(int(seed)), str(patient), method)))


def process_word(name: str) -> np.uint64:
    """The counter word of a process, from its name: it stays the same when other processes come and go."""
    return _words(name)[0]


def _words(name: str) -> tuple[np.uint64, np.uint64]:
    first, second = np.frombuffer(hashlib.blake2b(name.encode(), digest_size=8).digest(), dtype="<u4")
    return np.uint64(first), np.uint64(second)


@_jit
def philox(c0, c1, c2, c3, k0, k1):
    """Four words of 32 bits for a counter of four and a key of two (all held in 64 bits)."""
    for _ in range(ROUNDS):
        p0, p1 = M0 * c0, M1 * c2
        c0, c1, c2, c3 = (p1 >> HALF) ^ c1 ^ k0, p1 & LOW, (p0 >> HALF) ^ c3 ^ k1, p0 & LOW
        k0, k1 = (k0 + W0) & LOW, (k1 + W1) & LOW
    return c0, c1, c2, c3


@_jit
def uniforms(stream, process, step, draw):
    """Two independent uniform numbers of 52 bits, never 0 and never 1."""
    a, b, c, d = philox(
        np.uint64(draw), np.uint64(step) & LOW, stream.replicate, process, stream.key0, stream.key1
    )  # fmt: skip
    scale = 2.0**-52
    u = (np.float64(((a << HALF) | b) >> np.uint64(12)) + 0.5) * scale
    v = (np.float64(((c << HALF) | d) >> np.uint64(12)) + 0.5) * scale
    return u, v


@_jit
def exponential(stream, process, step):
    """Exponential number of mean 1."""
    return -math.log(uniforms(stream, process, step, 0)[0])


@_jit
def normals(stream, process, step, out):
    """Fill ``out`` (4,) with standard normal numbers.

    Box & Muller 1958, doi:10.1214/aoms/1177706645, on words of 32 bits: none lies beyond 6.7.
    """
    words = philox(np.uint64(0), np.uint64(step) & LOW, stream.replicate, process, stream.key0, stream.key1)
    scale = 2.0**-32
    for i in range(2):
        radius = math.sqrt(-2.0 * math.log((np.float64(words[2 * i]) + 0.5) * scale))
        angle = 2.0 * math.pi * (np.float64(words[2 * i + 1]) + 0.5) * scale
        out[2 * i] = radius * math.cos(angle)
        out[2 * i + 1] = radius * math.sin(angle)


@_jit
def poisson(mean, stream, process, step):
    """Poisson number as a float, exact in distribution up to the 52 bits of a uniform number; 0 for a mean of 0."""
    if mean <= 0.0:
        return 0.0
    if mean < INVERSION_BELOW:
        return _by_inversion(mean, uniforms(stream, process, step, 0)[0])
    return _by_rejection(mean, stream, process, step)


@_jit
def _by_inversion(mean, u):
    """Smallest k whose cumulative probability reaches ``u``."""
    probability = math.exp(-mean)
    k = 0.0
    while u > probability and k < 1000.0:  # the bound ends a walk in which rounding leaves the last of ``u`` uncovered
        u -= probability
        k += 1.0
        probability *= mean / k
    return k


@_jit
def _by_rejection(mean, stream, process, step):
    """PTRS, transformed rejection with squeeze: Hoermann 1993, doi:10.1016/0167-6687(93)90997-4."""
    b = 0.931 + 2.53 * math.sqrt(mean)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    v_r = 0.9277 - 3.6224 / (b - 2.0)
    log_mean = math.log(mean)
    draw = 0
    while True:
        u, v = uniforms(stream, process, step, draw)
        draw += 1
        u -= 0.5
        us = 0.5 - abs(u)
        k = math.floor((2.0 * a / us + b) * u + mean + 0.43)
        if us >= 0.07 and v <= v_r:
            return k
        if k < 0.0 or (us < 0.013 and v > us):
            continue
        left = math.log(v) + math.log(inverse_alpha) - math.log(a / (us * us) + b)
        if left <= -mean + k * log_mean - math.lgamma(k + 1.0):
            return k

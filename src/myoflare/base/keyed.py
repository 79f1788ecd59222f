"""Uniform numbers of very many people at once: each hangs on the key of the person, the process and the position."""

import hashlib

import numpy as np

from myoflare.base.errors import PatientError

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def mixed(x: np.ndarray) -> np.ndarray:
    """The finaliser of SplitMix64, uint64 of any shape; Steele 2014, OOPSLA, doi:10.1145/2660193.2660195."""
    with np.errstate(over="ignore"):
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def process_key(process: str) -> np.uint64:
    """What the name of a process adds to a key."""
    return np.frombuffer(hashlib.blake2b(process.encode(), digest_size=8).digest(), np.uint64)[0]


def keys_of(seed: int, first: int, size: int, process: str = "person") -> np.ndarray:
    """Keys of the people ``first`` to ``first + size - 1`` of a seed, uint64 ``(size,)``.

    PatientError for a seed beyond 64 bits.
    """
    if not -(2**63) <= seed < 2**63:
        raise PatientError("seed", f"{seed}", "a whole number of at most 18 digits")
    with np.errstate(over="ignore"):
        origin = mixed(np.array([seed], np.int64).view(np.uint64) + process_key(process))
        return mixed(origin + _GOLDEN * np.arange(first + 1, first + size + 1, dtype=np.uint64))


def uniforms(keys: np.ndarray, process: str, count: int, first: int = 0) -> np.ndarray:
    """Numbers above 0 and below 1, ``(len(keys), count)``, at the positions ``first`` to ``first + count - 1``.

    Row i hangs on ``keys[i]`` and the process alone, so that neither the batch nor another process changes it.

    >>> bool((uniforms(keys_of(7, 5, 2), "uv", 3)[1] == uniforms(keys_of(7, 6, 1), "uv", 3)[0]).all())
    True
    """
    with np.errstate(over="ignore"):
        own = mixed(np.asarray(keys, np.uint64) + process_key(process))
        places = _GOLDEN * np.arange(first + 1, first + count + 1, dtype=np.uint64)
        bits = mixed(own[:, None] + places[None, :])
    return ((bits >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53

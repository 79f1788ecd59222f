"""Draws of the section: a number for (process, step, who), the same whoever asks first and however many threads ask.

The generator is that of the stochastic solver, Philox4x32-10 (Salmon et al. 2011, doi:10.1145/2063384.2063405): the
key stands for the seed and the patient, the counter for the process, the step and the cell or fibre.
"""

import numpy as np
from numba import njit

from myoflare.simulate.stochastic.random import key_of, philox, process_word

ONE = 2.0**-32


def stream_of(seed, patient):
    """The two words of the key, (2,) uint64."""
    return np.array(key_of(seed, patient, "section"), np.uint64)


@njit(cache=True, inline="always")
def four(stream, process, step, who, turn):
    """Four uniform numbers in (0, 1)."""
    a, b, c, d = philox(np.uint64(who), np.uint64(step), np.uint64(turn), np.uint64(process), stream[0], stream[1])
    return (a + 0.5) * ONE, (b + 0.5) * ONE, (c + 0.5) * ONE, (d + 0.5) * ONE


@njit(cache=True)
def _many(stream, process, step, who):
    out = np.empty((4, len(who)))
    for k in range(len(who)):
        out[0, k], out[1, k], out[2, k], out[3, k] = four(stream, process, step, who[k], 0)
    return out


def uniforms(stream, name, step, who):
    """(4, n) uniform numbers for the cells, fibres or places named in ``who`` (n,)."""
    return _many(stream, process_word(name), step, np.asarray(who, np.uint64))


def whole(mean, u):
    """A whole number of that mean from a uniform one: the fraction is a coin. For many small chances this is all that
    the variance of entry needs; its own variance is at most a quarter a step."""
    return int(np.floor(mean + u))

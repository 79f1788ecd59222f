"""The random numbers of kernels: published vectors, and the distributions they must have."""

import math

import numpy as np
import pytest
from numba import njit
from scipy import stats

from myoflare.simulate.stochastic import random

MANY = 200_000

# Known answers of Random123 1.14 (kat_vectors, philox4x32 with 10 rounds): counter, key, result.
KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


def stream(replicate=0, patient="a", seed=1):
    return random.Stream(*random.key_of(seed, patient, "test"), np.uint64(replicate))


WORD = random.process_word("binding")


@njit
def many_uniforms(stream, word, out):
    for i in range(len(out)):
        out[i] = random.uniforms(stream, word, i, 0)


@njit
def many_normals(stream, word, out):
    for i in range(len(out)):
        random.normals(stream, word, i, out[i])


@njit
def many_poisson(mean, stream, word, out):
    for i in range(len(out)):
        out[i] = random.poisson(mean, stream, word, i)


@njit
def many_exponentials(stream, word, out):
    for i in range(len(out)):
        out[i] = random.exponential(stream, word, i)


def uniforms_of(stream, word=WORD, n=MANY):
    out = np.empty((n, 2))
    many_uniforms(stream, word, out)
    return out


@pytest.mark.parametrize(("counter", "key", "result"), KNOWN)
def test_philox_gives_the_published_words(counter, key, result):
    assert tuple(map(int, random.philox(*map(np.uint64, (*counter, *key))))) == result


def test_uniforms_are_uniform_and_inside():
    u = uniforms_of(stream())
    assert u.min() > 0
    assert u.max() < 1
    assert stats.kstest(u[:, 0], "uniform").pvalue > 1e-3
    assert stats.kstest(u[:, 1], "uniform").pvalue > 1e-3
    assert abs(np.corrcoef(u.T)[0, 1]) < 4 / math.sqrt(MANY)


def test_normals_are_normal_and_the_four_of_a_block_are_independent():
    z = np.empty((MANY // 4, 4))
    many_normals(stream(), WORD, z)
    assert stats.kstest(z.ravel(), "norm").pvalue > 1e-3
    assert np.abs(np.corrcoef(z.T) - np.eye(4)).max() < 4.5 / math.sqrt(len(z))
    assert np.abs(np.corrcoef((z**2).T) - np.eye(4)).max() < 4.5 / math.sqrt(len(z))


def test_exponentials_are_exponential():
    x = np.empty(MANY)
    many_exponentials(stream(), WORD, x)
    assert stats.kstest(x, "expon").pvalue > 1e-3


def poisson_p_value(drawn, mean):
    """Chi-square against the exact probabilities, cells with too few expected numbers joined into the tails."""
    low, high = stats.poisson.ppf([1e-4, 1 - 1e-4], mean)
    edges = np.arange(low, high + 1, max(1, (high - low) // 60))
    cells = np.concatenate([[-np.inf], edges, [np.inf]])
    cdf = np.concatenate([[0.0], stats.poisson.cdf(edges, mean), [1.0]])
    expected = len(drawn) * np.diff(cdf)
    seen = np.histogram(drawn, bins=cells + 0.5)[0]
    keep = expected > 5
    seen, expected = np.append(seen[keep], seen[~keep].sum()), np.append(expected[keep], expected[~keep].sum())
    seen, expected = seen[expected > 0], expected[expected > 0]
    return stats.chi2.sf(((seen - expected) ** 2 / expected).sum(), len(seen) - 1)


@pytest.mark.parametrize("mean", [0.01, 0.7, 4.0, 9.99, 10.0, 12.3, 40.0, 300.0, 1e4, 1e7])
def test_poisson_numbers_have_the_exact_probabilities(mean):
    drawn = np.empty(MANY)
    many_poisson(mean, stream(), WORD, drawn)
    assert (drawn == np.floor(drawn)).all()
    assert poisson_p_value(drawn, mean) > 1e-3


@pytest.mark.parametrize("mean", [4.0, 40.0, 300.0])
def test_poisson_numbers_of_a_mean_off_by_a_hundredth_are_seen(mean):
    drawn = np.empty(MANY)
    many_poisson(1.01 * mean, stream(), WORD, drawn)
    assert poisson_p_value(drawn, mean) < 1e-6


def test_poisson_numbers_of_no_mean_are_zero():
    drawn = np.empty(10)
    many_poisson(0.0, stream(), WORD, drawn)
    assert (drawn == 0).all()


NEIGHBOURS = {
    "replicate": (stream(1), WORD),
    "patient": (stream(patient="b"), WORD),
    "seed": (stream(seed=2), WORD),
    "process": (stream(), random.process_word("unbinding")),
}


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_neighbouring_streams_are_independent(name):
    one, other = uniforms_of(stream())[:, 0], uniforms_of(*NEIGHBOURS[name])[:, 0]
    assert (one != other).all()
    assert abs(np.corrcoef(one, other)[0, 1]) < 4 / math.sqrt(MANY)
    counts = np.histogram2d(one, other, bins=16)[0]
    expected = MANY / 256
    assert stats.chi2.sf(((counts - expected) ** 2 / expected).sum(), 255) > 1e-3


def test_a_stream_is_its_names_only():
    assert (uniforms_of(stream(), n=100) == uniforms_of(stream(), n=1000)[:100]).all()
    assert random.key_of(1, 2, "exact") == random.key_of(1, "2", "exact")
    assert random.key_of(1, "2", "exact") != random.key_of(12, "", "exact")

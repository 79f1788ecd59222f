"""Repertoires: the self-reactive clones of each person, drawn one by one, and what follows from them.

V(D)J joins at random, so the number of clones of an antigen is Poisson, and each is of one of its types (epitope and
the few bits in which the receptor differs from it) with equal chance. The thymus deletes a clone the more surely, the
better this person's HLA shows its epitope there. Nothing else is put in: that HLA, infection and luck matter follows.
"""

import math
from functools import cache
from itertools import product
from typing import NamedTuple

import numpy as np
from numba import njit

from myoflare.cohort.epitopes import Tables, mean_shown, repertoire_tables
from myoflare.cohort.genome import REFERENCE, allele_pool
from myoflare.simulate.stochastic.random import LOW, philox, process_word

_PROCESS = process_word("repertoire")
_CLONE, _SIZE, _TUMOUR, _COUNT = (np.uint64(i) for i in range(4))
_jit = njit(cache=True, error_model="numpy")


class Lean(NamedTuple):
    """How ``C`` ways of drawing differ from nature's, by antigen: all (C, K).

    counts: factor on the mean number of clones. The rest is about one clone of each antigen, chosen at random, since a
    sum of broad sizes grows large by one of them: sizes, the shift of the standard normal number behind its size; fits,
    the power of affinity by which its type is drawn; cross, the share of draws among types that fit an agent's epitope.
    """

    counts: np.ndarray
    sizes: np.ndarray
    fits: np.ndarray
    cross: np.ndarray


def nature(antigens):
    """The ``Lean`` of one way, which is nature's own."""
    return Lean(np.ones((1, antigens)), *np.zeros((3, 1, antigens)))


def draw_repertoires(key, female, haplotypes, way, lean, equal_presentation=False, thymus=True):
    """Draw the repertoire of N people.

    key: (N,) uint64. female: (N,) bool. haplotypes: (N, 2). way: (N,) row of ``lean`` by which each is drawn.
    equal_presentation: everyone's HLA shows everything as the mean person's does. thymus: False spares every clone.

    Returns a dict of ``clones, presentation, affinity, neoepitope`` (N, K), ``mimicry`` (N, K, G), and ``told`` (N, C),
    for each way the log of its density over nature's at what was drawn.
    """
    t = repertoire_tables()
    shown, foreign = _pairs(equal_presentation)
    number, affinity = mean_clones()
    mean = mean_shown()[0].sum(axis=1)
    pair = haplotypes[:, 0] * len(t.binding) + haplotypes[:, 1]
    signal = (t.thymus * t.binding.shape[2] / mean) * np.array([[1.0], [t.female]]) * thymus
    n, k, g, c = len(key), len(t.antigens), len(t.agents), len(lean.counts)
    out = {name: np.zeros((n, k)) for name in ("clones", "affinity", "neoepitope")}
    out |= {"mimicry": np.zeros((n, k, g), np.float32), "told": np.zeros((n, c))}
    recognised = t.recognised.reshape(k, -1, len(t.agent))
    leans, likely = _leaning(lean, recognised.any(axis=2), np.tile(t.fit, t.binding.shape[2]))
    _draw(
        key, way, pair, shown, foreign, female.astype(np.int8), signal, recognised, recognised.any(axis=2),
        t.agent, t.strings, t.fit, t.precursors, t.neoepitope, t.half, t.spread, t.neo_bits, t.mismatches,
        lean.counts, lean.sizes, leans, likely, np.cumsum(likely, axis=2),
        out["clones"], out["affinity"], out["neoepitope"], out["mimicry"], out["told"],
    )  # fmt: skip
    out["clones"] /= number
    out["affinity"] /= affinity
    return out | {"presentation": (shown.sum(axis=2) / mean)[pair]}


def _leaning(lean, seen, fit):
    """Which ways lean at which antigen (C, K), and the chance (C, K, E * T) of each type for the chosen clone."""
    by_fit = fit ** lean.fits[:, :, None]
    by_agent = np.where(seen.any(axis=1, keepdims=True), seen, 1.0)
    share = lean.cross[:, :, None]
    by_fit /= by_fit.sum(axis=2, keepdims=True)
    likely = (1 - share) * by_fit + share * by_agent / by_agent.sum(axis=1, keepdims=True)
    return (lean.sizes != 0) | (lean.fits != 0) | (lean.cross != 0), likely


@cache
def _pairs(equal):
    """For every pair of haplotypes, in rows: presentation (H * H, K, E) of self, and (H * H, F) the share that each
    microbial epitope has in what is shown of its agent."""
    t = repertoire_tables()
    first, second = np.divmod(np.arange(len(t.binding) ** 2), len(t.binding))
    shown, foreign = t.shown(first, second), t.foreign_shown(first, second)
    if equal:
        shown, foreign = (
            np.broadcast_to(m, s.shape).copy() for m, s in zip(mean_shown(), (shown, foreign), strict=True)
        )
    whole = np.stack([foreign[:, t.agent == g].sum(axis=1) for g in range(len(t.agents))], axis=1)
    return shown, foreign / whole[:, t.agent]


@cache
def mean_clones():
    """Means (K,) over the reference population, both sexes alike: clones by size and share, and their affinity."""
    return _means(repertoire_tables(), allele_pool(REFERENCE).frequency)


def _means(t: Tables, frequency):
    whole = mean_shown()[0].sum(axis=1)
    number, affinity = np.zeros(len(t.antigens)), np.zeros(len(t.antigens))
    per = t.binding.shape[2]
    for (i, p), (j, q), sex in product(enumerate(frequency), enumerate(frequency), (1.0, t.female)):
        shown = t.shown(i, j)
        signal = (t.thymus * per / whole * sex)[:, None, None] * shown[..., None] * t.fit
        spared = t.half / (t.half + signal) * (shown / shown.sum(axis=1, keepdims=True))[..., None]
        number += p * q / 2 * t.precursors * spared.sum(axis=1).mean(axis=1)
        affinity += p * q / 2 * t.precursors * (spared * t.fit).sum(axis=1).mean(axis=1)
    return number, affinity / number


@_jit
def _uniform(a, b):
    return (np.float64(((a << np.uint64(32)) | b) >> np.uint64(12)) + 0.5) * 2.0**-52


@_jit
def _poisson(mean, u):
    """The Poisson number at the quantile ``u``, by adding up probabilities: means here are some ten at most."""
    chance = math.exp(-mean)
    total, n = chance, 0
    while u > total and chance > 0.0:
        n += 1
        chance *= mean / n
        total += chance
    return n


@_jit
def _ones(word):
    count = 0
    while word:
        word &= word - np.uint32(1)
        count += 1
    return count


@_jit
def _draw(
    key, way, pair, shown, foreign, female, signal, recognised, seen,
    agent, strings, fit, precursors, neoepitope, half, spread, neo_bits, mismatches,
    counts, sizes, leans, likely, likely_sum,
    clones, affinity, neo, mimicry, told,
):  # fmt: skip
    people, antigens, per = len(key), shown.shape[1], shown.shape[2]
    types, agents, ways = len(strings), mimicry.shape[2], len(counts)
    pairs = [i for i in range(types) if _ones(strings[i]) == neo_bits]
    ratio = np.empty(ways)
    for i in range(people):
        k0, k1 = key[i] & LOW, key[i] >> np.uint64(32)
        own, other, thymus, mine = shown[pair[i]], foreign[pair[i]], signal[female[i]], way[i]
        for k in range(antigens):
            a, b, c, d = philox(np.uint64(0), np.uint64(k), _COUNT, _PROCESS, k0, k1)
            n = _poisson(precursors[k] * counts[mine, k], _uniform(a, b))
            chosen = int(_uniform(c, d) * n) if leans[mine, k] else -1
            a, b, c, d = philox(np.uint64(0), np.uint64(k), _TUMOUR, _PROCESS, k0, k1)
            tumour_epitope = int(_uniform(a, b) * per)
            tumour_bits = strings[pairs[int(_uniform(c, d) * len(pairs))]]
            whole, total, gain, hit = own[k].sum(), 0.0, 0.0, 0.0
            ratio[:] = 0.0
            for j in range(n):
                a, b, c, d = philox(np.uint64(j), np.uint64(k), _CLONE, _PROCESS, k0, k1)
                u = _uniform(a, b)
                kind = int(u * per * types)
                if j == chosen:
                    kind = min(np.searchsorted(likely_sum[mine, k], u), per * types - 1)
                e, s = kind // types, kind % types
                strength = thymus[k] * own[k, e] * fit[s]
                left = (np.float64(d) + 0.5) * 2.0**-32 <= half / (half + strength)
                z = 0.0
                if left:
                    a, b, c, d = philox(np.uint64(j), np.uint64(k), _SIZE, _PROCESS, k0, k1)
                    z = math.sqrt(-2.0 * math.log(_uniform(a, b))) * math.cos(2.0 * math.pi * _uniform(c, d))
                    z += sizes[mine, k] if j == chosen else 0.0
                    size = math.exp(spread * z - 0.5 * spread * spread) * per * own[k, e] / whole
                    total += size
                    gain += size * fit[s]
                    if e == tumour_epitope and _ones(strings[s] ^ tumour_bits) <= mismatches:
                        hit += size
                    if seen[k, kind]:
                        for f in range(len(agent)):
                            if recognised[k, kind, f]:
                                mimicry[i, k, agent[f]] += size * other[f]
                for w in range(ways):
                    if leans[w, k]:
                        m = sizes[w, k]
                        shifted = math.exp(m * z - 0.5 * m * m) if left else 1.0
                        ratio[w] += shifted * likely[w, k, kind] * per * types
            clones[i, k] = total
            if total > 0.0:
                affinity[i, k] = gain / total
                neo[i, k] = neoepitope[k] * hit / total
                for g in range(agents):
                    mimicry[i, k, g] = min(mimicry[i, k, g] / total, 1.0)
            for w in range(ways):
                told[i, w] += n * math.log(counts[w, k]) - precursors[k] * (counts[w, k] - 1.0)
                if leans[w, k] and n > 0:
                    told[i, w] += math.log(ratio[w] / n)

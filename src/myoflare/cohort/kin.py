"""Families of the cases of a population: how often relatives fall ill, and the heritability that follows.

Relatives get their genes by Mendel and everything else, repertoire and exposures, anew. They are lived as the
population was, so nothing here is read from inputs: the chance of relatives over that of everyone is counted, and
heritability is what an epidemiologist would compute from it.
"""

from dataclasses import dataclass

import numpy as np

from myoflare.base.errors import PatientError
from myoflare.base.units import DAYS_PER_YEAR
from myoflare.cohort.epidemiology import Figure, Z, effective, falconer
from myoflare.cohort.exposome import draw_exposome
from myoflare.cohort.likely import kept, likely_tilt
from myoflare.cohort.lives import live
from myoflare.cohort.people import draw_people, together
from myoflare.cohort.question import CHUNK
from myoflare.cohort.relatives import KINDS, relatives
from myoflare.store import suggest

BLOCK = 3000  # relatives lived at once; how many changes nothing but memory and time
SHARED = {"identical_twin": 1.0, "fraternal_twin": 0.5, "sibling": 0.5, "parent": 0.5, "child": 0.5}


@dataclass(frozen=True)
class Kin:
    """Relatives of one kind: their chance to fall ill in a life, that of everyone, the odds ratio of the two, and
    heritability on the scale of liability, each a ``Figure``; for identical twins the chance is their concordance."""

    kind: str
    chance: Figure
    everyone: Figure
    odds_ratio: Figure
    heritability: Figure


def kin(population, kind="sibling", copies=10, seed=0, progress=None):
    """``Kin`` of the cases of ``population``, each with ``copies`` relatives of this kind.

    progress: called with parts done and their number. PatientError for an unknown kind, fewer than one copy, and a
    population in which nobody fell ill.
    """
    if kind not in KINDS:
        raise PatientError("kind", f"unknown relative {kind!r}", "a kind of relative", suggest(kind, KINDS))
    if copies < 1:
        raise PatientError("copies", f"{copies} relatives of each case", "at least 1")
    if not len(population.case):
        raise PatientError("population", "nobody who fell ill", "cases", "live more people")
    order = np.argsort(population.person[population.case], kind="stable")
    numbers, weight = population.person[population.case][order], population.weight[population.case][order]
    cases = _drawn_again(population.question, numbers)
    hits, blocks = np.zeros(len(cases)), range(0, len(cases), BLOCK)
    for copy in range(copies):
        for i, first in enumerate(blocks):
            rows = slice(first, first + BLOCK)
            hits[rows] += _hits(population.question, cases.take(rows), kind, 1000 * seed + copy) / copies
            if progress:
                progress(copy * len(blocks) + i + 1, copies * len(blocks))
    return _compared(kind, _mean(weight, hits), _everyone(population))


def _drawn_again(question, numbers):
    """The people of these ``numbers``, in rising order, as they were drawn for the population."""
    parts, tilt = [], likely_tilt() if question.tilted else None
    for chunk in np.unique(numbers // CHUNK):
        first = int(chunk) * CHUNK
        size = min(CHUNK, question.size - first)
        people = draw_people(size, question.seed, question.ancestry, tilt, first, without=question.causes)
        parts.append(people.take(numbers[numbers // CHUNK == chunk] - first))
    return together(parts)


def _hits(question, cases, kind, seed):
    """Weight with which one relative of each of these people falls ill, 0 where the relative does not."""
    others = relatives(cases, kind, seed, likely_tilt())
    exposome = draw_exposome(others, question.latitude, question.exposures_off, lean=True)
    lived, more = kept(others, exposome)
    weight = np.exp(others.log_weight - cases.log_weight + exposome.log_weight)[lived] * np.exp(more)
    found = live(others.take(lived), exposome.take(lived))
    ill = np.unique(found.who[found.day < question.years * DAYS_PER_YEAR])
    hits = np.zeros(len(cases))
    hits[lived[ill]] = weight[ill]
    return hits


def _everyone(population):
    ill = population.weight[population.case]
    share, error = float(ill.sum()) / population.question.size, np.sqrt((ill**2).sum()) / float(ill.sum())
    return Figure(share, share * np.exp(-Z * error), share * np.exp(Z * error), effective(ill))


def _mean(weight, hits):
    """Mean of ``hits`` by ``weight``; cases are independent, the relatives of one case are not."""
    value = float(np.average(hits, weights=weight))
    if not value:
        return Figure(0.0, 0.0, min(3.0 / effective(weight), 1.0), 0.0)
    error = float(np.sqrt((weight**2 * (hits - value) ** 2).sum()) / weight.sum()) / value
    return Figure(value, value * np.exp(-Z * error), min(value * np.exp(Z * error), 1.0), effective(weight * hits))


def _compared(kind, chance, everyone):
    def odds(p):
        return p / (1 - p)

    def spread(figure):
        return np.log(figure.high / figure.value) / Z if figure.value else np.inf

    unknown = Figure(np.nan, np.nan, np.nan, chance.effective)
    if not chance.value:
        return Kin(kind, chance, everyone, unknown, unknown)
    ratio, error = odds(chance.value) / odds(everyone.value), np.hypot(spread(chance), spread(everyone))
    low, high = ratio * np.exp(-Z * error), ratio * np.exp(Z * error)
    herited = [_heritability(everyone.value, r, SHARED[kind]) for r in (ratio, low, high)]
    return Kin(kind, chance, everyone, Figure(ratio, low, high, chance.effective), Figure(*herited, chance.effective))


def _heritability(prevalence, odds_ratio, shared):
    odds = odds_ratio * prevalence / (1 - prevalence)
    return falconer(prevalence, odds / (1 + odds), shared)

"""Absolute risk of one person, and what becomes of the same genome lived many times over.

A person's document tells sex, age and alleles; repertoire and exposures are not known of anyone, so they are drawn, and
the answer is a chance with its interval. For research and teaching; no advice to anyone.
"""

from dataclasses import dataclass

import numpy as np

from myoflare.base.errors import PatientError
from myoflare.base.units import DAYS_PER_YEAR
from myoflare.cohort.alike import copies_of, people_with
from myoflare.cohort.epidemiology import Figure, Z, effective
from myoflare.cohort.exposome import LAST_AGE, draw_exposome
from myoflare.cohort.likely import likely_tilt
from myoflare.cohort.lives import live
from myoflare.cohort.relatives import relatives


@dataclass(frozen=True)
class Lives:
    """Onset in years (N,), infinite where there was none, antigen (N,) (-1: none) and weight (N,) of many lives."""

    onset: np.ndarray
    antigen: np.ndarray
    weight: np.ndarray
    failed: int
    antigens: tuple[str, ...]


def live_all(people, exposome):
    """First onsets of these people as ``Lives``."""
    found = live(people, exposome)
    onset, antigen = np.full(len(people), np.inf), np.full(len(people), -1)
    for who, what, day in zip(found.who, found.what, found.day, strict=True):
        if day / DAYS_PER_YEAR < onset[who]:
            onset[who], antigen[who] = day / DAYS_PER_YEAR, what
    weight = np.exp(people.log_weight + exposome.log_weight)
    return Lives(onset, antigen, weight, found.failed, people.antigens)


def chance(lives, ages=(0.0, LAST_AGE)):
    """Chance to fall ill between two ages of those who were well at the first, as a ``Figure``."""
    well = lives.onset >= ages[0]
    return mean_of(lives.weight, (lives.onset < ages[1]) & well, well)


def mean_of(weight, hit, among=None):
    """Weighted share of ``hit`` with a 95 % interval; with no hit, the upper end is that of the rule of three."""
    among = np.ones(len(weight), bool) if among is None else among
    total = float(weight[among].sum())
    if total <= 0:
        return Figure(np.nan, np.nan, np.nan, 0.0)
    p = float(weight[hit & among].sum() / total)
    if p == 0:
        return Figure(0.0, 0.0, 3.0 / effective(weight[among]), 0.0)
    error = np.sqrt(((weight[among] * (hit[among] - p)) ** 2).sum()) / total
    return Figure(p, p * np.exp(-Z * error / p), min(p * np.exp(Z * error / p), 1.0), effective(weight[hit & among]))


def risk(patient, size=4000, seed=0, ancestry="northern_europe", latitude=55.0):
    """``Lives`` of ``size`` people with the sex and alleles of a patient's document, and of people of that sex.

    PatientError: an age below 0 or above 90, an unknown allele.
    """
    if not 0 <= patient.age_years < LAST_AGE:
        where = patient.where("age_years")
        raise PatientError(
            where, f"an age of {patient.age_years:g} years", f"an age from 0 to below {LAST_AGE:g} years"
        )
    tilt = likely_tilt()
    found = []
    for alleles in (patient.genome, ()):
        people = people_with(size, seed, alleles, patient.sex, ancestry, tilt)
        found.append(live_all(people, draw_exposome(people, latitude, lean=True)))
    return found


def twins(patient, size=1000, seed=0, ancestry="northern_europe", latitude=55.0, same_repertoire=False):
    """``Lives`` of one genome that carries a patient's alleles, lived ``size`` times."""
    one = people_with(1, seed, patient.genome, patient.sex, ancestry)
    many = copies_of(one, 0, size, seed, None if same_repertoire else likely_tilt(), same_repertoire=same_repertoire)
    return live_all(many, draw_exposome(many, latitude, lean=True))


def concordance(people, exposome, ill, kind="identical_twin", seed=0, copies=1):
    """Chance that a relative of someone ill falls ill, as a ``Figure``, from the people of rows ``ill``."""
    tilt = likely_tilt()
    weights, hits, failed = [], [], 0
    for i in range(copies):
        first = people.take(ill)
        others = relatives(first, kind, seed + i, tilt)
        lives = live_all(others, draw_exposome(others, exposome.latitude, lean=True))
        weights.append(lives.weight * np.exp(exposome.log_weight[ill]))
        hits.append(np.isfinite(lives.onset))
        failed += lives.failed
    return mean_of(np.concatenate(weights), np.concatenate(hits))

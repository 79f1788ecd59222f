"""Absolute risk of one person, and what becomes of the same genome lived many times over.

A person's document tells sex, age, alleles, and the statins, tumours and checkpoint inhibitors of the years to come;
repertoire and all other exposures are not known of anyone, so they are drawn, and the answer is a chance with its
interval. For research and teaching; no advice to anyone.
"""

from dataclasses import dataclass, replace

import numpy as np

from myoflare.base.errors import PatientError
from myoflare.base.units import DAYS_PER_YEAR
from myoflare.cohort.alike import copies_of, people_with
from myoflare.cohort.epidemiology import Figure, Z, effective
from myoflare.cohort.exposome import LAST_AGE, draw_exposome
from myoflare.cohort.hosts import SPAN_KINDS
from myoflare.cohort.likely import kept, likely_tilt
from myoflare.cohort.lives import live


@dataclass(frozen=True)
class Lives:
    """Onset in years (N,), infinite where there was none, antigen (N,) (-1: none) and weight (N,) of many lives."""

    onset: np.ndarray
    antigen: np.ndarray
    weight: np.ndarray
    failed: int
    antigens: tuple[str, ...]


def live_all(people, exposome, thinned=True):
    """First onsets of these people as ``Lives``; thinned: most of those at whom nothing points are left out."""
    if thinned:
        rows, more = kept(people, exposome)
        people, exposome = people.take(rows), exposome.take(rows)
    found = live(people, exposome)
    onset, antigen = np.full(len(people), np.inf), np.full(len(people), -1)
    for who, what, day in zip(found.who, found.what, found.day, strict=True):
        if day / DAYS_PER_YEAR < onset[who]:
            onset[who], antigen[who] = day / DAYS_PER_YEAR, what
    weight = np.exp(people.log_weight + exposome.log_weight + (more if thinned else 0.0))
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
        return Figure(0.0, 0.0, min(3.0 / effective(weight[among]), 1.0), 0.0)
    error = np.sqrt(((weight[among] * (hit[among] - p)) ** 2).sum()) / total
    return Figure(p, p * np.exp(-Z * error / p), min(p * np.exp(Z * error / p), 1.0), effective(weight[hit & among]))


def as_told(exposome, patient):
    """The exposome with the spans that a patient's document names in place of those drawn; its days begin at
    ``age_years``. A tumour that is told is treated only as told. Infections and sun of the document are not used.

    PatientError: two spans of one kind, for lives hold one.
    """
    today, n = patient.age_years * DAYS_PER_YEAR, len(exposome)
    starts, ends, doses = dict(exposome.starts), dict(exposome.ends), dict(exposome.doses)
    if any(e.kind == SPAN_KINDS["tumour"] for e in patient.exposures):
        starts["checkpoint"] = np.full(n, np.inf)
    for span, kind in SPAN_KINDS.items():
        told = [e for e in patient.exposures if e.kind == kind]
        if len(told) > 1:
            where, came = patient.where("exposures"), f"{len(told)} exposures to {kind}"
            raise PatientError(where, came, "one of a kind, for a life here holds one", "give the longest")
        if told:
            starts[span], ends[span] = np.full(n, today + told[0].day), np.full(n, today + told[0].end)
            doses[span] = np.full(n, told[0].size)
    return replace(exposome, starts=starts, ends=ends, doses=doses)


def risk(patient, size=20_000, seed=0, ancestry="northern_europe", latitude=55.0):
    """``Lives`` of ``size`` people with the sex, alleles and spans of a patient's document, and of people of that sex.

    PatientError: an age below 0, or 90 and older, an unknown allele.
    """
    if not 0 <= patient.age_years < LAST_AGE:
        where = patient.where("age_years")
        raise PatientError(
            where, f"an age of {patient.age_years:g} years", f"an age from 0 to below {LAST_AGE:g} years"
        )
    tilt = likely_tilt()
    found = []
    for alleles, own in ((patient.genome, True), ((), False)):
        people = people_with(size, seed, alleles, patient.sex, ancestry, tilt)
        exposome = draw_exposome(people, latitude, lean=True)
        found.append(live_all(people, as_told(exposome, patient) if own else exposome))
    return found


def twins(patient, size=1000, seed=0, ancestry="northern_europe", latitude=55.0, same_repertoire=False):
    """``Lives`` of one genome that carries a patient's alleles, lived ``size`` times."""
    one = people_with(1, seed, patient.genome, patient.sex, ancestry)
    many = copies_of(one, 0, size, seed, None if same_repertoire else likely_tilt(), same_repertoire=same_repertoire)
    return live_all(many, draw_exposome(many, latitude, lean=True), thinned=not same_repertoire)

"""Relatives of people: genes by Mendel's rules, the repertoire drawn anew, for V(D)J joins are no one's inheritance.

A first-degree relative shares each parental allele with a chance: a parent or a child has one of the two at every
place, a sibling each with one half. What is not shared comes from the population, mated at random. HLA haplotypes pass
whole; the other loci are unlinked.
"""

from dataclasses import replace

import numpy as np

from myoflare.base.errors import PatientError
from myoflare.base.keyed import mixed, process_key, uniforms
from myoflare.cohort.genome import allele_pool
from myoflare.cohort.people import mixture_weight, with_repertoire
from myoflare.cohort.tilt import untilted
from myoflare.store import suggest

KINDS = {
    "identical_twin": "the same genome and sex, another repertoire",
    "fraternal_twin": "a sibling of the same age",
    "sibling": "the same two parents",
    "parent": "one haplotype in common",
    "child": "one haplotype in common",
}


def relatives(people, kind, seed=0, tilt=None, same_repertoire=False, without=frozenset()):
    """One relative of each of N people, in the same order.

    kind: a name of ``KINDS``. seed: another seed gives another relative. tilt: only its leaning of clones is used here.
    same_repertoire: an identical twin who has the other's clones too, as no twin has (a rival cause switched off).
    without: causes to switch off besides those that are off in ``people``.

    Returns ``People`` whose ``log_weight`` is that of the pair: the weight of the first times that of the relative's
    draw. PatientError for an unknown kind.
    """
    if kind not in KINDS:
        raise PatientError("kind", f"unknown relative {kind!r}", "a kind of relative", suggest(kind, KINDS))
    if same_repertoire and kind != "identical_twin":
        raise PatientError("same_repertoire", f"a {kind}", "identical_twin", "other relatives have other HLA")
    with np.errstate(over="ignore"):
        key = mixed(people.key + process_key(f"{kind} {int(seed)}"))
    if same_repertoire:
        return replace(people, key=key)
    female, haplotypes, loci = people.female, people.haplotypes, people.loci
    if kind != "identical_twin":
        pool = allele_pool(people.ancestry)
        u = uniforms(key, "inheritance", 5 + 4 * len(pool.loci))
        shares = shared_slots(kind, u[:, 1:3])
        fresh = np.searchsorted(np.cumsum(pool.frequency)[:-1], u[:, 3:5], side="right")
        female, haplotypes = u[:, 0] < 0.5, np.where(shares, haplotypes, fresh)
        loci = _loci(kind, loci, pool.locus_frequency, u[:, 5:].reshape(len(key), len(pool.loci), 4))
    tilt = tilt or untilted()
    way = np.searchsorted(np.cumsum(tilt.shares)[:-1], uniforms(key, "tilt", 1)[:, 0], side="right")
    others, told = with_repertoire(
        key, female, people.ancestry, haplotypes, loci, way, tilt.lean, people.without | without
    )
    return replace(others, log_weight=people.log_weight + mixture_weight(told, tilt.shares))


def shared_slots(kind, u):
    """Which of a person's two alleles the relative has too, bool like ``u`` (..., 2) of uniform numbers.

    A parent or child has exactly one of them, a sibling each or neither by the toss of two coins.
    """
    if kind in ("parent", "child"):
        first = u[..., 0] < 0.5
        return np.stack([first, ~first], axis=-1)
    return u < 0.5


def _loci(kind, copies, frequency, u):
    """Copies of the counted allele (N, L); a person's two alleles are told apart by order, which chance may as well."""
    alleles = np.stack([copies >= 1, copies == 2], axis=-1)
    fresh = u[..., 2:] < frequency[:, None]
    return np.where(shared_slots(kind, u[..., :2]), alleles, fresh).sum(axis=-1).astype(np.int8)

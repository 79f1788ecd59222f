"""Relatives share what Mendel says and nothing else."""

import numpy as np
import pytest

from myoflare.base.errors import PatientError
from myoflare.cohort.genome import allele_pool
from myoflare.cohort.people import draw_people
from myoflare.cohort.relatives import KINDS, relatives, shared_slots

SIZE = 30_000
SHARED = {"identical_twin": 1.0, "fraternal_twin": 0.5, "sibling": 0.5, "parent": 0.5, "child": 0.5}


@pytest.fixture(scope="module")
def people():
    return draw_people(SIZE, seed=31)


@pytest.mark.parametrize("kind", KINDS)
def test_relatedness(people, kind):
    """Additive correlation at every locus and of presentation: 1 of identical twins, half of the first degree."""
    other = relatives(people, kind, seed=4)
    pairs = [(people.loci[:, i], other.loci[:, i]) for i in range(people.loci.shape[1])]
    pairs += [(people.presentation[:, k], other.presentation[:, k]) for k in range(len(people.antigens))]
    found = np.array([np.corrcoef(*pair)[0, 1] for pair in pairs])
    assert np.abs(found - SHARED[kind]).max() < 5 / np.sqrt(SIZE)


@pytest.mark.parametrize("kind", KINDS)
def test_relatives_are_as_the_population(people, kind):
    other, pool = relatives(people, kind, seed=4), allele_pool()
    seen = np.bincount(other.haplotypes.ravel(), minlength=len(pool.frequency)) / (2 * SIZE)
    assert np.abs(seen - pool.frequency).max() < 5 * np.sqrt(0.25 / (2 * SIZE))
    assert np.abs(other.clones.mean(axis=0) - 1).max() < 0.05
    assert len(np.intersect1d(other.key, people.key)) == 0


def test_sharing_of_haplotypes(people):
    """Siblings share none, one or both parental haplotypes in a quarter, a half, a quarter; parents exactly one."""
    rng = np.random.default_rng(1)
    coins = rng.random((SIZE, 2))
    both = np.bincount(shared_slots("sibling", coins).sum(axis=1), minlength=3) / SIZE
    assert np.abs(both - [0.25, 0.5, 0.25]).max() < 0.02
    assert (shared_slots("parent", coins).sum(axis=1) == 1).all()


def test_a_parent_has_one_of_the_haplotypes(people):
    for kind in ("parent", "child"):
        other = relatives(people, kind, seed=2)
        assert (people.haplotypes[:, :, None] == other.haplotypes[:, None, :]).any(axis=(1, 2)).all()


def test_an_identical_twin_has_another_repertoire(people):
    twin = relatives(people, "identical_twin", seed=2)
    assert np.array_equal(twin.haplotypes, people.haplotypes)
    assert np.array_equal(twin.loci, people.loci)
    assert np.array_equal(twin.female, people.female)
    assert not np.array_equal(twin.clones, people.clones)
    assert not np.array_equal(twin.clones, relatives(people, "identical_twin", seed=3).clones)


def test_a_twin_with_the_same_repertoire(people):
    twin = relatives(people, "identical_twin", seed=2, same_repertoire=True)
    assert np.array_equal(twin.clones, people.clones)
    assert np.array_equal(twin.mimicry, people.mimicry)
    assert not np.array_equal(twin.key, people.key)


def test_a_relative_hangs_on_the_person_alone(people):
    rows = np.array([7, 400, 12])
    few, all_of_them = relatives(people.take(rows), "sibling", seed=2), relatives(people, "sibling", seed=2)
    assert np.array_equal(few.clones, all_of_them.clones[rows])


def test_refused_in_a_sentence(people):
    few = people.take(slice(0, 3))
    with pytest.raises(PatientError, match="did you mean 'sibling'"):
        relatives(few, "sibbling")
    with pytest.raises(PatientError, match="other relatives have other HLA"):
        relatives(few, "sibling", same_repertoire=True)

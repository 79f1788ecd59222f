"""People of whom something is known are a fair draw of those who have it; copies share the genome alone."""

import numpy as np
import pytest

from myoflare.base.errors import PatientError
from myoflare.cohort.alike import copies_of, people_with
from myoflare.cohort.genome import allele_pool, carriers
from myoflare.cohort.people import draw_people
from myoflare.cohort.tilt import tilt_towards

SIZE = 20_000


def test_known_alleles_are_carried():
    people = people_with(500, 1, ["HLA_DRB1_11_01", "HLA_DQB1_02", "PTPN22_620W"], sex="female")
    assert people.female.all()
    assert (carriers(people.haplotypes, "DRB1_11_01") == 1).all()
    assert (carriers(people.haplotypes, "DQB1_02") == 1).all()
    assert (people.loci[:, allele_pool().loci.index("PTPN22_620W")] == 1).all()


def test_twice_means_both():
    people = people_with(200, 1, ["HLA_DRB1_03_01"] * 2)
    assert (carriers(people.haplotypes, "DRB1_03_01") == 2).all()


def test_it_is_the_population_given_what_is_known():
    known = people_with(SIZE, 2, ["HLA_DRB1_03_01"])
    everyone = draw_people(4 * SIZE, 3)
    rows = everyone.take(carriers(everyone.haplotypes, "DRB1_03_01") > 0)
    for name in ("clones", "presentation", "loci"):
        a, b = getattr(known, name).astype(float), getattr(rows, name).astype(float)
        z = (a.mean(axis=0) - b.mean(axis=0)) / np.sqrt(a.var(axis=0) / len(a) + b.var(axis=0) / len(b))
        assert np.abs(z).max() < 4.5, name


def test_nothing_known_is_the_population():
    a, b = people_with(SIZE, 2), draw_people(SIZE, 3)
    seen = [np.bincount(p.haplotypes.ravel(), minlength=13) / (2 * SIZE) for p in (a, b)]
    assert np.abs(seen[0] - seen[1]).max() < 0.015


def test_copies_share_the_genome_alone():
    people = draw_people(5, 1)
    copies = copies_of(people, 3, 400, seed=2)
    assert (copies.haplotypes == people.haplotypes[3]).all()
    assert (copies.loci == people.loci[3]).all()
    assert len(np.unique(copies.key)) == 400
    assert np.unique(copies.clones[:, 0]).size > 300
    later = copies_of(people, 3, 100, seed=2, first=300)
    assert np.array_equal(later.clones, copies.clones[300:])
    same = copies_of(people, 3, 10, seed=2, same_repertoire=True)
    assert (same.clones == people.clones[3]).all()
    assert len(np.unique(same.key)) == 10


def test_copies_may_be_tilted():
    people = draw_people(5, 1)
    plain, leaning = (copies_of(people, 0, SIZE, 2, tilt=t) for t in (None, tilt_towards(["Jo1"])))
    w = np.exp(leaning.log_weight)[:, None]
    error = np.sqrt((w * leaning.clones).var(axis=0) / SIZE + plain.clones.var(axis=0) / SIZE)
    assert (np.abs((w * leaning.clones).mean(axis=0) - plain.clones.mean(axis=0)) < 4.5 * error).all()


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"alleles": ["HLA_DRB1_11_02"]}, "unknown allele 'HLA_DRB1_11_02'.*did you mean 'HLA_DRB1_"),
        ({"alleles": ["PTPN22_620R"]}, "did you mean 'PTPN22_620W'"),
        ({"alleles": ["PTPN22_620W"] * 3}, "at most twice"),
        ({"alleles": ["HLA_DRB1_03_01", "HLA_DRB1_11_01", "HLA_DRB1_04_01"]}, "that two haplotypes"),
        ({"sex": "f"}, "expected female or male"),
        ({"size": 0}, "a population of 0"),
    ],
)
def test_refused_in_a_sentence(keys, words):
    with pytest.raises(PatientError, match=words):
        people_with(**{"size": 5, "seed": 1} | keys)

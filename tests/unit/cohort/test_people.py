"""People: repeatable row by row, in Hardy-Weinberg proportions, and refused in a sentence."""

import numpy as np
import pytest

from myoflare.base.errors import PatientError
from myoflare.cohort.genome import allele_pool, carriers, haplotype_index, haplotype_rows, list_ancestries, make_pool
from myoflare.cohort.people import draw_people
from myoflare.cohort.switches import REPERTOIRE
from myoflare.cohort.tilt import tilt_towards

ARRAYS = ("key", "female", "haplotypes", "loci", "clones", "presentation", "affinity", "mimicry", "neoepitope")
ARRAYS += ("log_weight",)
SIZE = 20_000


@pytest.fixture(scope="module")
def people():
    return draw_people(SIZE, seed=3)


def same(a, b):
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in ARRAYS)


@pytest.mark.parametrize("tilt", [None, tilt_towards(["Jo1", "HMGCR"])])
def test_a_row_hangs_on_seed_and_number_alone(tilt):
    whole = draw_people(300, seed=5, tilt=tilt)
    parts = [draw_people(100, seed=5, tilt=tilt, first=first) for first in (0, 100, 200)]
    assert all(same(part, whole.take(slice(100 * i, 100 * i + 100))) for i, part in enumerate(parts))
    assert not np.array_equal(draw_people(300, seed=6, tilt=tilt).clones, whole.clones)


def test_shapes_and_signs(people):
    k, g = len(people.antigens), len(people.agents)
    assert people.clones.shape == people.presentation.shape == people.affinity.shape == (SIZE, k)
    assert people.mimicry.shape == (SIZE, k, g)
    assert people.key.dtype == np.uint64
    assert len(np.unique(people.key)) == SIZE
    assert (people.clones >= 0).all()
    assert (people.presentation > 0).all()
    assert ((people.mimicry >= 0) & (people.mimicry <= 1)).all()
    assert ((people.neoepitope >= 0) & (people.neoepitope <= 1)).all()
    assert not people.mimicry[people.clones == 0].any()
    assert not people.affinity[people.clones == 0].any()


def test_frequencies_of_the_draw(people):
    pool = allele_pool()
    seen = np.bincount(people.haplotypes.ravel(), minlength=len(pool.frequency)) / (2 * SIZE)
    assert np.abs(seen - pool.frequency).max() < 5 * np.sqrt(0.25 / (2 * SIZE))
    error = np.sqrt(pool.locus_frequency * (1 - pool.locus_frequency) / (2 * SIZE))
    assert (np.abs(people.loci.mean(axis=0) / 2 - pool.locus_frequency) < 5 * error).all()
    assert abs(people.female.mean() - 0.5) < 5 * np.sqrt(0.25 / SIZE)


def test_hardy_weinberg(people):
    p = allele_pool().frequency[haplotype_index("DR4")]
    both = (people.haplotypes == haplotype_index("DR4")).all(axis=1).mean()
    assert abs(both - p**2) < 5 * np.sqrt(p**2 / SIZE)


def test_linkage_on_the_ancestral_haplotype(people):
    b8, dr3 = carriers(people.haplotypes, "B_08_01"), carriers(people.haplotypes, "DRB1_03_01")
    assert (dr3 >= b8).all()
    assert abs(b8.mean() / 2 - 0.11) < 0.01
    assert abs(dr3.mean() / 2 - 0.165) < 0.01


def test_means_are_one(people):
    for name in ("clones", "presentation"):
        values = getattr(people, name)
        assert (np.abs(values.mean(axis=0) - 1) < 5 * values.std(axis=0) / np.sqrt(SIZE)).all(), name
    weighted = (people.clones * people.affinity).mean(axis=0) / people.clones.mean(axis=0)
    assert np.abs(weighted - 1).max() < 0.02


@pytest.mark.parametrize("ancestry", list_ancestries())
def test_every_ancestry_can_be_drawn(ancestry):
    people = draw_people(2000, seed=1, ancestry=ancestry)
    assert people.ancestry == ancestry
    assert np.isfinite(people.clones).all()


def test_ancestries_differ():
    dr11 = {a: carriers(draw_people(5000, 1, a).haplotypes, "DRB1_11_01").mean() for a in list_ancestries()}
    assert dr11["african_american"] > 1.3 * dr11["northern_europe"]


def test_switches_change_only_what_they_name(people):
    drawn = {name: draw_people(2000, seed=3, without={name}) for name in REPERTOIRE}
    assert not drawn["no_self_clones"].clones.any()
    assert not drawn["no_mimicry"].mimicry.any()
    assert not drawn["no_neoepitopes"].neoepitope.any()
    assert np.ptp(drawn["equal_presentation"].presentation, axis=0).max() < 1e-12
    assert np.allclose(drawn["equal_presentation"].presentation, 1)
    assert (drawn["equal_repertoire"].clones == 1).all()
    spared, selected = drawn["no_thymic_selection"].clones, people.clones[:2000]
    assert (spared >= selected).all()
    assert (spared.mean(axis=0) > selected.mean(axis=0)).all()
    for other in drawn.values():
        assert np.array_equal(other.haplotypes, people.haplotypes[:2000])
        assert np.array_equal(other.loci, people.loci[:2000])


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"size": 0}, "a population of 0; expected at least 1 person"),
        ({"size": 5, "ancestry": "northern_europ"}, "did you mean 'northern_europe'"),
        ({"size": 5, "without": {"no_mimikry"}}, "did you mean 'no_mimicry'"),
    ],
)
def test_refused_in_a_sentence(keys, words):
    with pytest.raises(PatientError, match=words):
        draw_people(**{"seed": 1} | keys)


def test_unknown_allele_and_haplotype_name_the_nearest(people):
    with pytest.raises(PatientError, match="did you mean 'DRB1_15_01'"):
        carriers(people.haplotypes, "DRB1_15_02")
    with pytest.raises(PatientError, match=r"did you mean 'AH8\.1'"):
        haplotype_index("AH8")


def test_frequencies_that_do_not_sum_to_one():
    rows = [dict(row) for row in haplotype_rows()]
    rows[-1]["northern_europe"] = "0.5"
    with pytest.raises(PatientError, match=r"haplotypes\.tsv, northern_europe: the frequencies sum to 1\.267; "):
        make_pool(rows, [], "northern_europe")
    rows[-1]["northern_europe"] = "-0.1"
    with pytest.raises(PatientError, match="rest.*-0.1; expected a frequency from 0 to 1"):
        make_pool(rows, [], "northern_europe")

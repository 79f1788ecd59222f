"""Figures of a register, from a population that was made to have known ones."""

from dataclasses import replace

import numpy as np
import pytest

from myoflare.cohort.genome import allele_pool, carriers
from myoflare.cohort.people import draw_people
from myoflare.cohort.population import EXPOSED, Population
from myoflare.cohort.question import Question
from myoflare.cohort.register import ADULT, figures, published, registers
from myoflare.cohort.standard import standard_age, standard_density

SIZE = 60_000
RISK = 0.02  # lifetime, of people without anything that raises it
TAG_OR, PTPN22_OR, STATIN_OR, WOMEN = 2.5, 1.4, 2.0, 1.5


@pytest.fixture(scope="module")
def population():
    """Cases fall ill with odds that multiply by allele, by sex and by statin; ages are those of the standard."""
    rng = np.random.default_rng(5)
    people = draw_people(SIZE, seed=8, without={"no_self_clones"})
    tag = carriers(people.haplotypes, "B_08_01")
    locus = people.loci[:, allele_pool().loci.index("PTPN22_620W")]
    table = rng.random((SIZE, len(EXPOSED))) < 0.1
    at_age = standard_age(rng.random(SIZE))
    odds = TAG_OR**tag * PTPN22_OR**locus * np.where(people.female, WOMEN, 1.0) * RISK
    onset_exposures = rng.random((SIZE, len(EXPOSED))) < 0.1
    share = STATIN_OR * 0.1 / (0.9 + STATIN_OR * 0.1)
    onset_exposures[:, EXPOSED.index("statin")] = rng.random(SIZE) < share
    weight = rng.choice([0.5, 1.5], SIZE)  # as if half had been drawn twice as often
    case = np.flatnonzero(rng.random(SIZE) < odds)
    n = len(case)
    return Population(
        Question(SIZE), weight, people.female, people.haplotypes, people.loci, at_age, table, case,
        ADULT + 70 * rng.random(n), rng.integers(0, 10, n), np.full(n, ""), np.zeros(n), 12 * rng.random(n),
        onset_exposures[case], 0, 0, people.antigens, EXPOSED,
    )  # fmt: skip


def test_known_figures_come_back(population):
    found = dict(zip(published().names, figures(population), strict=True))
    weight = population.weight[population.case]
    assert found["tag"] == pytest.approx(np.log(TAG_OR), abs=0.15)
    assert found["ptpn22"] == pytest.approx(np.log(PTPN22_OR), abs=0.15)
    assert found["women_to_men"] == pytest.approx(np.log(WOMEN), abs=0.15)
    assert found["statin"] == pytest.approx(np.log(STATIN_OR), abs=0.25)
    assert found["airway"] == pytest.approx(0, abs=0.3)
    at = population.antigen == population.antigens.index("HMGCR")
    own, copies = weight * at, carriers(population.haplotypes[population.case], "DRB1_11_01") > 0
    share, expected = (own * copies).sum() / own.sum(), 1 - (1 - 0.06) ** 2
    assert found["dr11_hmgcr"] == pytest.approx(np.log(share / (1 - share) * (1 - expected) / expected), abs=0.1)
    assert found["season"] == pytest.approx(0, abs=0.1)
    rate = (weight * standard_density(population.age)).sum() / SIZE
    rate /= standard_density(np.arange(ADULT, 90) + 0.5).sum()
    assert found["incidence"] == pytest.approx(np.log(1e6 * rate), abs=0.05)


def test_registers_spread_as_registers_do(population):
    """The log odds ratio of an allele at frequency p among n people has the error of a binomial share."""
    found = registers(population, 400, seed=2)[:, published().names.index("tag")]
    p = 1 / (1 + np.exp(-(np.mean(found) + np.log(0.11 / 0.89))))
    assert found.std() == pytest.approx(1 / np.sqrt(1000 * p * (1 - p)), rel=0.25)


def test_registers_are_repeatable(population):
    assert np.array_equal(registers(population, 5, seed=3), registers(population, 5, seed=3), equal_nan=True)


def test_nobody_ill_is_no_register(population):
    none = {k: getattr(population, k)[:0] for k in ("case", "age", "antigen", "kind", "antibody", "month")}
    empty = replace(population, **none, case_exposures=population.case_exposures[:0])
    assert np.isnan(registers(empty, 3)).all()


def test_published_figures_are_sound():
    p = published()
    assert (p.error > 0).all()
    assert np.isfinite(p.value).all()
    assert {row["calibrated"] for row in p.rows} == {"yes", "seen", "no"}
    assert all(row["source"] for row in p.rows)

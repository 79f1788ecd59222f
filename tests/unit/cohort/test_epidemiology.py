"""The estimators, fed populations whose answer is known: drawn by formula, not by the network."""

from dataclasses import replace

import numpy as np
import pytest

from myoflare.cohort.epidemiology import age_curve, falconer, incidence, shares
from myoflare.cohort.genome import allele_pool, carriers
from myoflare.cohort.odds import both_or_neither, case_control, logistic
from myoflare.cohort.population import EXPOSED, Population
from myoflare.cohort.question import Question
from myoflare.cohort.standard import standard_age


def made_up(seed=1, size=400_000, per_copy=2.74, statin=1.0, women=1.3, tilt=1.0):
    """People who fall ill at a rate that is known: ``per_copy`` for each copy of B*08:01, ``statin`` for users."""
    rng = np.random.default_rng(seed)
    pool = allele_pool()
    haplotypes = rng.choice(len(pool.frequency), (size, 2), p=pool.frequency)
    loci = rng.binomial(2, pool.locus_frequency, (size, len(pool.loci))).astype(np.int8)
    female, at = rng.random(size) < 0.5, standard_age(rng.random(size))
    user = rng.random(size) < 0.2
    chance = 0.002 * per_copy ** carriers(haplotypes, "B_08_01") * np.where(female, women, 1.0) * statin**user
    ill = np.flatnonzero(rng.random(size) < chance * tilt)
    exposures = np.zeros((size, len(EXPOSED)), bool)
    exposures[:, 0] = user
    age = standard_age(rng.random(len(ill)))
    weight = np.ones(size)
    weight[ill] = 1 / tilt
    return Population(
        question=Question(size), weight=weight, female=female, haplotypes=haplotypes, loci=loci, at_age=at,
        exposures=exposures, case=ill, age=age, antigen=rng.integers(0, 2, len(ill)), kind=np.full(len(ill), "x"),
        antibody=np.ones(len(ill)), month=np.zeros(len(ill)), case_exposures=exposures[ill], failed=0, lived=size,
        antigens=("first", "second"), exposure_names=EXPOSED,
    )  # fmt: skip


@pytest.mark.parametrize("tilt", [1.0, 4.0])
def test_the_odds_ratio_of_an_allele_comes_back_whatever_the_tilt(tilt):
    found = case_control(made_up(per_copy=2.74, tilt=tilt))
    assert found["B_08_01"].covers(2.74)
    assert found["B_08_01"].high / found["B_08_01"].low < 1.4
    assert found["DRB1_11_01"].covers(1.0) or found["DRB1_11_01"].value < 1.0  # B*08:01 takes its place
    assert found["PTPN22_620W"].covers(1.0)


def test_a_wrong_answer_is_seen():
    assert not case_control(made_up(per_copy=1.0))["B_08_01"].covers(2.74)


def test_the_odds_ratio_of_an_exposure_comes_back():
    assert case_control(made_up(statin=1.79), ["statin"])["statin"].covers(1.79)
    assert case_control(made_up(statin=1.0), ["statin"])["statin"].covers(1.0)
    assert np.isnan(case_control(made_up(), ["tumour"])["tumour"].value)


def test_incidence_of_the_sexes_and_shares():
    population = made_up(per_copy=1.0)
    women, men = incidence(population, female=True), incidence(population, female=False)
    # standard ages: everyone who falls ill does so at an age of the standard population
    # 0.002 for a life, spread by the standard density, and weighted by it once more
    assert women.value / men.value == pytest.approx(1.3, rel=0.15)
    assert women.low < women.value < women.high
    both = shares(population)
    assert both["first"].value + both["second"].value == pytest.approx(1.0)
    assert both["first"].covers(0.5)


def test_the_age_curve_adds_up_to_everyone_who_fell_ill():
    population = made_up()
    edges = np.array((0, 5, 10, 15, 20, 30, 40, 50, 60, 70, 80, 90))
    total = sum(f.value * width for f, width in zip(age_curve(population), np.diff(edges), strict=True))
    assert total == pytest.approx(1e6 * len(population.case) / len(population.weight), rel=1e-9)


@pytest.mark.parametrize("true", [0.2, 0.5])
def test_heritability_comes_back_from_pairs_of_siblings(true):
    rng = np.random.default_rng(3)
    n, prevalence = 4_000_000, 0.01
    shared = rng.standard_normal(n) * np.sqrt(true / 2)
    a, b = (shared + rng.standard_normal(n) * np.sqrt(1 - true / 2) for _ in range(2))
    threshold = 2.3263478740408408
    recurrence = float((b[a > threshold] > threshold).mean())
    assert falconer(prevalence, recurrence, 0.5) == pytest.approx(true, abs=0.05)


def test_uneven_weights_widen_the_interval():
    """Intervals of 95 % hold the truth that often although a few people weigh as much as many others."""
    rng, held = np.random.default_rng(1), 0
    for _ in range(100):
        x, age = rng.random(2000) < 0.2, rng.normal(size=2000)
        case = rng.random(2000) < 1 / (1 + np.exp(2 - 0.7 * x - 0.3 * age))
        found = logistic(case, {"x": x, "age": age}, np.exp(rng.normal(size=2000)))["x"]
        held += found.covers(np.exp(0.7))
    assert held >= 89


def test_columns_that_say_the_same_are_not_told_apart():
    case, x = np.arange(40) < 20, np.arange(40) % 2
    found = logistic(case, {"x": x, "again": x, "less": 1 - x}, np.ones(40))
    assert all(np.isnan(f.value) or f.low < f.value < f.high for f in found.values())
    assert np.isnan(found["less"].value)


def test_where_nobody_fell_ill_the_upper_end_follows_the_years_that_were_watched():
    short, long = (incidence(made_up(tilt=1e-9), ages=ages).high for ages in ((50.0, 60.0), (20.0, 90.0)))
    assert short == pytest.approx(7 * long)


def test_both_of_two_traits_against_neither():
    """Smoke and B*08:01 together make the first antigen likelier among cases, each alone does nothing."""
    population = made_up(per_copy=1.0, tilt=20.0)
    rng, case = np.random.default_rng(4), population.case
    smokes = rng.random(len(case)) < 0.4
    has = carriers(population.haplotypes[case], "B_08_01") > 0
    first = rng.random(len(case)) < np.where(smokes & has, 3 / 4, 1 / 2)
    exposures = population.case_exposures.copy()
    exposures[:, EXPOSED.index("smoker")] = smokes
    told = replace(population, antigen=np.where(first, 0, 1), case_exposures=exposures)
    assert both_or_neither(told, "smoker", "B_08_01", ("first",)).covers(3.0)
    assert case_control(told, ["smoker"], antigens=("first",), within=True)["smoker"].value < 2.5


def test_carrying_counts_one_copy_as_much_as_two():
    population = made_up(per_copy=2.74)
    copies, carried = (case_control(population, ["B_08_01"], carried=c)["B_08_01"] for c in (False, True))
    assert carried.value > copies.value  # carriers of two copies raise what carrying is worth


def test_a_study_without_anyone_tells_nothing():
    assert np.isnan(logistic(np.zeros(0, bool), {"x": np.zeros(0)}, np.zeros(0))["x"].value)

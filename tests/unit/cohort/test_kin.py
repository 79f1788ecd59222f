"""Families: the estimator against a liability of known heritability, weights of relatives, and errors."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from myoflare.base.errors import PatientError
from myoflare.cohort.epidemiology import Figure
from myoflare.cohort.kin import _compared, _mean, kin
from myoflare.cohort.population_folder import run_population
from myoflare.cohort.question import Question


def exactly(value):
    return Figure(value, value, value, 1000.0)


@pytest.mark.parametrize(("heritability", "kind", "shared"), [(0.3, "sibling", 0.5), (0.6, "identical_twin", 1.0)])
def test_a_liability_of_known_heritability_is_found(heritability, kind, shared):
    """Risk of relatives from the bivariate normal distribution itself."""
    prevalence, r = 1e-3, heritability * shared
    beyond = norm.isf(prevalence)
    both = multivariate_normal([0, 0], [[1, r], [r, 1]]).cdf([-beyond, -beyond])
    found = _compared(kind, exactly(both / prevalence), exactly(prevalence))
    assert found.heritability.value == pytest.approx(heritability, abs=0.03)
    assert found.odds_ratio.value > 1


def test_relatives_like_everyone_else_inherit_nothing():
    found = _compared("sibling", exactly(1e-3), exactly(1e-3))
    assert found.odds_ratio.value == pytest.approx(1)
    assert found.heritability.value == pytest.approx(0, abs=1e-6)


def test_the_mean_weighs_cases_and_its_interval_holds_the_truth():
    rng = np.random.default_rng(3)
    covered = 0
    for _ in range(200):
        weight = rng.exponential(size=400)
        f = _mean(weight, (rng.random((400, 10)) < 0.02).mean(axis=1))
        covered += f.low <= 0.02 <= f.high
    assert covered > 180
    assert _mean(np.ones(100), np.zeros(100)).high == pytest.approx(0.03)


@pytest.fixture(scope="module")
def population(tmp_path_factory):
    return run_population(Question(size=1500, seed=8), tmp_path_factory.mktemp("kin") / "population")


def test_relatives_are_counted_again_alike(population):
    assert len(population.case)
    a, b = (kin(population, "sibling", copies=2, seed=4) for _ in range(2))
    assert a == b
    assert 0 <= a.chance.value < 1
    assert 1e-5 < a.everyone.value < 0.05


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "cousin"}, "unknown relative 'cousin'"),
        ({"copies": 0}, "0 relatives of each case; expected at least 1"),
    ],
)
def test_wrong_questions_are_told(population, change, words):
    with pytest.raises(PatientError, match=words):
        kin(population, **change)


def test_a_population_without_cases_is_told(population):
    nobody = replace(population, case=population.case[:0])
    with pytest.raises(PatientError, match="nobody who fell ill"):
        kin(nobody)

"""What must vanish when a cause is taken away: the likeliest of a few thousand people, lived with it and without."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from myoflare.base.units import DAYS_PER_YEAR
from myoflare.cohort.epidemiology import Z
from myoflare.cohort.exposome import draw_exposome
from myoflare.cohort.likely import likely_tilt, score
from myoflare.cohort.lives import live
from myoflare.cohort.odds import case_control
from myoflare.cohort.people import draw_people
from myoflare.cohort.population_folder import run_population
from myoflare.cohort.question import Question

DRAWN, LIVED, SEED = 3000, 100, 21
HLA = ("B_08_01", "DRB1_03_01", "DRB1_07_01", "DRB1_11_01", "DQB1_02", "DPB1_01_01")


@cache
def likeliest(antigens=None):
    """Numbers of the people with the highest scores, among ``DRAWN``."""
    people = draw_people(DRAWN, SEED, tilt=likely_tilt(antigens))
    return np.sort(np.argsort(-score(people, draw_exposome(people)))[:LIVED])


@cache
def drawn(without=frozenset(), antigens=None):
    people = draw_people(DRAWN, SEED, tilt=likely_tilt(antigens), without=without).take(likeliest(antigens))
    return people, draw_exposome(people)


@cache
def lived(without=frozenset()):
    return live(*drawn(without))


def test_many_of_them_fall_ill():
    """Without this the tests below would show nothing."""
    assert len(np.unique(lived().who)) >= 10
    assert lived().failed == 0


def test_with_all_self_reactive_clones_deleted_nobody_falls_ill():
    people, _ = drawn(frozenset({"no_self_clones"}))
    assert not people.clones.any()
    assert len(lived(frozenset({"no_self_clones"})).who) == 0


def test_a_trace_of_clones_is_not_enough_even_without_the_screen():
    """The screen drops who has no clones; here the likeliest are integrated in full with next to none."""
    people, exposome = drawn()
    few = people.take(np.arange(2))
    trace = replace(few, clones=np.full_like(few.clones, 1e-9))
    assert len(live(trace, exposome.take(np.arange(2)), shortcuts=False).who) == 0


def test_twins_with_the_same_repertoire_and_exposures_are_concordant():
    """The second twin has another key, so that chance could differ wherever it still acted."""
    people, exposome = drawn()
    ill = np.unique(lived().who)
    first, shared = people.take(ill), exposome.take(ill)
    twin = replace(first, key=first.key + np.uint64(1))
    a, b = live(first, shared), live(twin, shared)
    assert set(a.who) == set(range(len(ill)))
    assert np.array_equal(a.who, b.who)
    assert np.array_equal(a.day, b.day)


def test_without_the_statin_the_HMGCR_cases_vanish():
    """People who lean towards HMGCR and all take a statin from 50 to 60; then the same lives without it."""
    people, exposome = drawn(antigens=("HMGCR",))
    begin, never = (np.full(len(people), day) for day in (50 * DAYS_PER_YEAR, np.inf))
    calm = exposome.starts | {"tumour": never, "checkpoint": never}
    with_it = replace(
        exposome, starts=calm | {"statin": begin}, ends=exposome.ends | {"statin": begin + 10 * DAYS_PER_YEAR}
    )
    without = replace(with_it, starts=calm | {"statin": never})
    at, on = people.antigens.index("HMGCR"), begin[0]
    ill, spared = ((f.what == at) & (f.day > on) for f in (live(people, with_it), live(people, without)))
    assert ill.sum() >= 5
    assert spared.sum() <= 0.1 * ill.sum()


@pytest.mark.slow
@pytest.mark.parametrize("without", [(), ("equal_presentation",)], ids=["HLA as it is", "HLA made equal"])
def test_with_equal_presentation_the_odds_ratios_of_HLA_are_one_within_error(tmp_path, without):
    """And, as HLA is, they are far from it: otherwise the first half would show nothing."""
    found = run_population(Question(size=40_000, seed=3, without=without), tmp_path / "lived", workers=2)
    odds = case_control(found)
    assert odds["B_08_01"].effective > 60
    far = [abs(np.log(f.value)) / (np.log(f.high / f.value) / Z) for f in (odds[name] for name in HLA)]
    assert max(far) < 3 if without else max(far) > 5, far

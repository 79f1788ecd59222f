"""Exposures over a life: rates by age, seasons, weights of the leaning, and independence of the batch."""

import numpy as np
import pytest
from scipy.stats import norm

from myoflare.base.units import DAYS_PER_YEAR
from myoflare.cohort.exposome import LEANS, draw_exposome, sunshine
from myoflare.cohort.people import draw_people

PEOPLE = draw_people(1500, 4)
EXPOSOME = draw_exposome(PEOPLE)


def test_infections_of_the_airway_come_as_often_as_the_text_says():
    airway = EXPOSOME.day[EXPOSOME.site == EXPOSOME.sites.index("airway")] / DAYS_PER_YEAR
    at_three = ((airway > 3) & (airway < 4)).sum() / len(PEOPLE)
    assert at_three == pytest.approx(np.interp(3.5, [2, 6], [5.0, 3.2]), rel=0.05)


def test_winter_has_more_of_them_than_summer():
    born = np.repeat(EXPOSOME.born, np.diff(EXPOSOME.offsets))
    season = (EXPOSOME.day / DAYS_PER_YEAR + born) % 1
    airway = EXPOSOME.site == EXPOSOME.sites.index("airway")
    winter, summer = ((np.abs(season[airway] - at) < 0.05).sum() for at in (0.06, 0.54))
    assert winter / summer == pytest.approx((1 + 0.6) / (1 - 0.6), rel=0.15)


def test_winter_lies_in_july_south_of_the_equator():
    south = draw_exposome(PEOPLE, -40.0)
    born = np.repeat(south.born, np.diff(south.offsets))
    season = (south.day / DAYS_PER_YEAR + born) % 1
    airway = south.site == south.sites.index("airway")
    july, january = ((np.abs(season[airway] - at) < 0.05).sum() for at in (0.54, 0.06))
    assert july > 3 * january


def test_a_fifth_of_older_people_take_a_statin():
    share = np.mean([(EXPOSOME.starts["statin"] < a * DAYS_PER_YEAR) & (EXPOSOME.ends["statin"] > a * DAYS_PER_YEAR)
                     for a in np.arange(45, 86, 5)])  # fmt: skip
    assert share == pytest.approx(0.215, abs=0.06)


def test_a_person_meets_the_same_in_any_batch():
    few = draw_exposome(PEOPLE.take(np.arange(7, 12)), lean=True)
    many = draw_exposome(PEOPLE, lean=True)
    some = many.take(np.arange(7, 12))
    for name in ("day", "agent", "size", "site", "log_weight", "outdoors"):
        assert np.array_equal(getattr(few, name), getattr(some, name)), name


def test_weights_of_leaning_undo_it():
    leaned = draw_exposome(PEOPLE, lean=True)
    w = np.exp(leaned.log_weight)
    assert w.mean() == pytest.approx(1.0, abs=4 * w.std() / np.sqrt(len(w)))
    who = np.repeat(np.arange(len(PEOPLE)), np.diff(leaned.offsets))
    large = leaned.size > 1.5
    per_life = np.bincount(who, weights=large, minlength=len(PEOPLE))
    natural = (EXPOSOME.size > 1.5).sum() / len(PEOPLE)
    error = (w * per_life).std() / np.sqrt(len(w)) + np.sqrt(natural / len(w))
    assert (w * per_life).mean() == pytest.approx(natural, abs=4 * error)
    # and without the weights it is more, by the share of people times what the shift of one infection adds
    spread, median = 0.65, 0.2  # of airway, gut and throat, where next to all infections are
    added = sum(share * norm.sf(np.log(1.5 / median) / spread - shift) for shift, share in LEANS)
    assert added > 0.05
    assert per_life.mean() == pytest.approx(natural + added, abs=4 * np.sqrt(2 * natural / len(w)))


def test_the_sun_by_latitude():
    assert sunshine(0).mean() > 2 * sunshine(55).mean()
    assert sunshine(-55).argmax() in (0, 3)
    assert sunshine(65).min() < 0.05


def test_nobody_takes_what_is_left_out():
    without = draw_exposome(PEOPLE, without={"statin", "airway", "sun", "tumour"})
    assert np.isinf(without.starts["statin"]).all()
    assert np.isinf(without.starts["checkpoint"]).all()
    assert not (without.site == without.sites.index("airway")).any()
    assert not without.outdoors.any()

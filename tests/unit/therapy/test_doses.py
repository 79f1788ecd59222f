"""What a dose means, dose by dose; tests/conformance/test_dosing.py says whether NONMEM means the same."""

import math

import pytest

from myoflare.base.errors import TherapyError
from myoflare.model.records import Bolus, Infusion, Reset
from myoflare.therapy import Dose, expand, run_in, stop


def test_a_repeated_dose_is_so_many_boluses():
    assert expand([Dose(3, "gut", 10, every=7, more=2)]) == [Bolus(d, "gut", 10) for d in (3, 10, 17)]


def test_a_lag_moves_every_dose_and_a_share_is_lost():
    assert expand([Dose(0, "gut", 10, every=1, more=1, lag=0.25, bioavailability=0.4)]) == [
        Bolus(0.25, "gut", 4),
        Bolus(1.25, "gut", 4),
    ]


def test_with_a_fixed_length_a_smaller_share_goes_in_more_slowly():
    assert expand([Dose(0, "plasma", 10, length=2, bioavailability=0.5)]) == [Infusion(0, "plasma", 5, 2)]


def test_with_a_fixed_rate_a_smaller_share_goes_in_for_less_long():
    assert expand([Dose(0, "plasma", 10, rate=5, bioavailability=0.5)]) == [Infusion(0, "plasma", 5, 1)]


def test_infusions_that_touch_leave_no_gap():
    first, second = expand([Dose(0, "plasma", 100, rate=4.12, every=10, more=1, bioavailability=0.412)])
    assert first.day + first.days == second.day


def test_a_steady_dose_was_given_before():
    found = expand([Dose(10, "gut", 1, every=7, more=1, steady=True)], before=20)
    assert [a.day for a in found] == [-11, -4, 3, 10, 17]


def test_a_steady_infusion_ends_on_its_day():
    assert expand([Dose(10, "plasma", 0, rate=3, steady=True)], before=100) == [Infusion(-90, "plasma", 300, 100)]


def test_a_run_in_leaves_the_error_that_was_asked_for():
    days = run_in(0.055, 1e-4)
    assert math.exp(-0.055 * days) == pytest.approx(1e-4)


def test_doses_are_ordered_by_day():
    found = expand([Dose(5, "gut", 1), Dose(0, "gut", 2, every=10, more=1)])
    assert [a.day for a in found] == [0, 5, 10]


def test_stopping_cuts_an_infusion_short_and_keeps_its_rate():
    actions = [Bolus(0, "gut", 1), Infusion(1, "plasma", 10, 4), Reset(3, "gut", 0), Bolus(3, "gut", 1)]
    assert stop(actions, 3) == [Bolus(0, "gut", 1), Infusion(1, "plasma", 5, 2)]


NONSENSE = {
    "amount -1": {"amount": -1},
    "amount nan": {"amount": math.nan},
    "lag -2": {"amount": 1, "lag": -2},
    "a length and a rate": {"amount": 1, "length": 1, "rate": 1},
    "without 'every'": {"amount": 1, "more": 3},
    "no amount": {"amount": 0},
    "no time to reach it": {"amount": 1, "every": 7, "steady": True},
    "too many doses": {"amount": 1, "every": 1, "more": 10**9},
    "day inf": {"amount": 1, "day": math.inf},
}


@pytest.mark.parametrize("what", NONSENSE)
def test_nonsense_is_refused_in_one_sentence(what):
    with pytest.raises(TherapyError, match=what):
        expand([Dose(**{"day": 0, "state": "gut"} | NONSENSE[what])])


@pytest.mark.parametrize(("rate", "error"), [(0, 1e-6), (1, 0), (1, 1)])
def test_a_run_in_needs_a_rate_and_a_share(rate, error):
    with pytest.raises(TherapyError, match="run_in"):
        run_in(rate, error)

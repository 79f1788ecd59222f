"""Schedules as the arrays that a kernel walks through, and how much of a drug they hold."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from myoflare.base.errors import SimulationError
from myoflare.model.records import Bolus, Change, Infusion, Reset
from myoflare.simulate.schedule import ADD_STATE, SET_PARAM, SET_RATE, SET_STATE, pack, steps

NETWORK = SimpleNamespace(states=("gut", "plasma"), params=("k", "m"))
STATES, PARAMS = {"gut": 0, "plasma": 1}, {"k": 0, "m": 1}


def of(*actions):
    return steps(actions, STATES, PARAMS)


def test_each_action_becomes_its_step():
    assert of(Change(1.0, "m", 2.0)) == [(1.0, SET_PARAM, 1, 2.0)]
    assert of(Bolus(1.0, "plasma", 2.0)) == [(1.0, ADD_STATE, 1, 2.0)]
    assert of(Reset(1.0, "gut", 2.0)) == [(1.0, SET_STATE, 0, 2.0)]
    assert of(Infusion(1.0, "gut", 3.0, 2.0)) == [(1.0, SET_RATE, 0, 1.5), (3.0, SET_RATE, 0, 0.0)]


def test_actions_of_one_day_keep_their_order_and_days_are_sorted():
    same = [Reset(2.0, "gut", 1.0), Bolus(2.0, "gut", 5.0), Change(2.0, "k", 9.0), Reset(2.0, "gut", 0.0)]
    assert [s[1] for s in of(*same)] == [SET_STATE, ADD_STATE, SET_PARAM, SET_STATE]
    assert [s[0] for s in of(Bolus(5.0, "gut", 1.0), Bolus(1.0, "gut", 1.0), Bolus(3.0, "gut", 1.0))] == [1.0, 3.0, 5.0]


def test_overlapping_infusions_add_up():
    found = of(Infusion(0.0, "gut", 10.0, 10.0), Infusion(5.0, "gut", 10.0, 10.0), Infusion(7.0, "gut", 4.0, 2.0))
    assert [(day, rate) for day, _, _, rate in found] == [(0, 1), (5, 2), (7, 4), (9, 2), (10, 1), (15, 0)]


def test_infusions_that_follow_each_other_leave_no_gap():
    found = of(*(Infusion(0.1 * i, "gut", 0.1, 0.1) for i in range(10)))
    assert [rate for _, _, _, rate in found][-1] == 0.0
    assert sum(r * (b[0] - d) for (d, _, _, r), b in zip(found, found[1:], strict=False)) == pytest.approx(
        1.0, rel=1e-12
    )


NUMBERS = st.floats(-1e3, 1e3)
INFUSIONS = st.builds(
    Infusion, st.floats(-50, 4e4), st.sampled_from(["gut", "plasma"]), st.floats(-100, 100), st.floats(1e-6, 100)
)


@given(st.lists(INFUSIONS, min_size=1, max_size=12))
def test_what_is_infused_is_what_was_ordered(infusions):
    """The rate times its days, over all steps, is the sum of the amounts; afterwards nothing flows."""
    for state, i in STATES.items():
        mine = [s for s in of(*infusions) if s[2] == i]
        ordered = [a.amount for a in infusions if a.state == state]
        given_ = sum(r * (after[0] - day) for (day, _, _, r), after in zip(mine, mine[1:], strict=False))
        assert given_ == pytest.approx(sum(ordered), abs=1e-9 * (1 + sum(map(abs, ordered))))
        if mine:
            assert mine[-1][3] == 0.0


@pytest.mark.parametrize("days", [1e-12, 3e-14, 1e-10])
def test_a_short_infusion_late_in_life_keeps_its_amount(days):
    """Day 100 has digits down to 1.4e-14: the length is rounded, the amount must not be."""
    (start, *_, rate), (stop, *_) = of(Infusion(100.0, "gut", 5.0, days))
    assert rate * (stop - start) == pytest.approx(5.0, rel=1e-12)


BAD = {
    "an unknown state": (Bolus(0.0, "liver", 1.0), "unknown state liver"),
    "an unknown state to reset": (Reset(0.0, "liver", 1.0), "unknown state liver"),
    "an unknown state to infuse": (Infusion(0.0, "liver", 1.0, 1.0), "unknown state liver"),
    "an unknown parameter": (Change(0.0, "gut", 1.0), "unknown parameter gut"),
    "no length": (Infusion(1.0, "gut", 1.0, 0.0), "length of 0 days"),
    "less than no length": (Infusion(1.0, "gut", 1.0, -2.0), "length of -2 days"),
    "a length that the day cannot hold": (Infusion(100.0, "gut", 1.0, 1e-20), "length of 1e-20 days"),
    "an infinite rate": (Infusion(0.0, "gut", 1.0, 1e-320), "length of"),
    "no number": (Bolus(1.0, "gut", float("nan")), "not finite"),
    "no short number": (Bolus(1.0, "gut", np.float32("nan")), "not finite"),
    "no day": (Bolus(float("nan"), "gut", 1.0), "not finite"),
    "an infinite day": (Change(float("inf"), "k", 1.0), "not finite"),
    "nothing": (Bolus(1.0, "gut", None), "not finite"),
    "a word": (Reset(1.0, "gut", "much"), "not finite"),
    "a number that is too large": (Bolus(1.0, "gut", 10**400), "not finite"),
    "an infinite length": (Infusion(1.0, "gut", 1.0, float("inf")), "not finite"),
}


@pytest.mark.parametrize("name", BAD)
def test_an_action_that_makes_no_sense_is_one_sentence(name):
    action, words = BAD[name]
    with pytest.raises(SimulationError, match=words) as fault:
        pack(NETWORK, [[Bolus(0.0, "gut", 1.0)], [action]])
    assert "\n" not in str(fault.value)
    assert "expected" in str(fault.value)


def test_patients_share_one_schedule_or_have_their_own():
    shared = [Bolus(1.0, "gut", 1.0), Infusion(2.0, "plasma", 1.0, 1.0)]
    packed = pack(NETWORK, [shared, [], shared, [replace(shared[0], day=9.0)]])
    assert packed.offsets.tolist() == [0, 3, 3, 6, 7]
    assert packed.day.tolist() == [1, 2, 3, 1, 2, 3, 9]
    assert packed.inflows.tolist() == [1]
    assert packed.kind.dtype == packed.target.dtype == np.int64


class Fleeting:
    """Schedules made anew each time they are asked for, so that one may get the address of another."""

    def __len__(self):
        return 40

    def __iter__(self):
        for i in range(len(self)):
            yield [Bolus(float(i), "gut", 1.0)]


def test_schedules_that_live_only_while_they_are_looked_at_are_not_mixed_up():
    assert pack(NETWORK, Fleeting()).day.tolist() == list(range(40))


def test_nobody_and_nothing():
    assert pack(NETWORK, []).offsets.tolist() == [0]
    packed = pack(NETWORK, [[], []])
    assert packed.offsets.tolist() == [0, 0, 0]
    assert packed.day.shape == packed.value.shape == packed.inflows.shape == (0,)

"""Rival causes: the text is sound, and Bayes factors come out where they are known."""

import numpy as np
import pytest

from myoflare.base.errors import PatientError
from myoflare.cohort.exposome import draw_exposome
from myoflare.cohort.numbers import network_numbers
from myoflare.cohort.people import draw_people
from myoflare.cohort.rivals import FULL, make_rival, rivals, weigh

SIZE = 40_000


def test_every_rival_can_be_drawn():
    for rival in rivals().values():
        people = draw_people(20, seed=1, without=rival.causes)
        assert network_numbers(people, 0, 40.0)
        assert len(draw_exposome(people, without=rival.exposures)) == 20
    assert next(iter(rivals())) == FULL
    assert not rivals()[FULL].causes | rivals()[FULL].exposures


def test_each_rival_switches_something_off():
    parts = [(r.causes, r.exposures) for r in rivals().values()]
    assert len(set(parts)) == len(parts)


def test_an_unknown_switch_is_named():
    row = {"rival": "x", "causes": "no_mimikry", "exposures": "", "line": "9", "title": ""}
    with pytest.raises(PatientError, match=r"rivals\.tsv line 9, x, causes: .*did you mean 'no_mimicry'"):
        make_rival(row)


def normal(mean, seed, figures=1):
    return np.random.default_rng(seed).normal(mean, 1.0, (SIZE, figures))


def test_a_known_bayes_factor():
    """Of one observation at 0, a normal law about 1 explains exp(-1/2) as well as one about 0."""
    found = weigh({FULL: normal(0, 1), "off": normal(1, 2)}, ["x"], np.zeros(1), np.ones(1), keep=0.05)
    assert found.low[1] < np.exp(-0.5) < found.high[1]
    assert found.factor[1] == pytest.approx(np.exp(-0.5), rel=0.1)
    assert found.verdict("off") == "cannot be told from full"


def test_a_rival_that_is_far_off():
    found = weigh({FULL: normal(0, 1, 3), "off": normal(3, 2, 3)}, "abc", np.zeros(3), np.ones(3))
    assert found.verdict("off") == "explains the figures worse than full"
    assert np.abs(found.off[0]).max() < 0.05
    assert np.abs(found.off[1] - 3).max() < 0.05
    turned = weigh({FULL: normal(3, 1, 3), "off": normal(0, 2, 3)}, "abc", np.zeros(3), np.ones(3))
    assert turned.verdict("off") == "explains the figures better than full"


def test_the_same_law_is_not_told_apart():
    found = weigh({FULL: normal(0, 1, 3), "twin": normal(0, 2, 3)}, "abc", np.zeros(3), np.ones(3))
    assert found.low[1] < 1 < found.high[1]


def test_a_figure_that_does_not_exist_explains_nothing():
    nothing = normal(0, 2)
    nothing[:] = np.nan
    found = weigh({FULL: normal(0, 1), "nobody": nothing}, ["x"], np.zeros(1), np.ones(1))
    assert found.kept[1] == 0
    assert np.isnan(found.off[1, 0])
    assert found.verdict("nobody") == "explains the figures worse than full"


def test_too_few_registers():
    with pytest.raises(PatientError, match="at least 20 kept"):
        weigh({FULL: normal(0, 1)[:50]}, ["x"], np.zeros(1), np.ones(1))
    with pytest.raises(PatientError, match="the same number for all"):
        weigh({FULL: normal(0, 1), "off": normal(0, 1)[:100]}, ["x"], np.zeros(1), np.ones(1))


def test_figures_that_no_register_has():
    nothing = normal(0, 2, 2)
    nothing[:, 1] = -np.inf
    with pytest.raises(PatientError, match="leave figures out"):
        weigh({FULL: nothing, "off": nothing.copy()}, ["x", "y"], np.zeros(2), np.ones(2))

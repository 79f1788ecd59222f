"""Sections in the place of the network's muscle: the account closes, chance repeats, rest stays rest."""

from functools import cache

import numpy as np
import pytest

import myoflare as mf
from myoflare.base.errors import TissueError
from myoflare.cohort.life import load_shipped, prepare_life
from myoflare.tissue.coupled import Body, grow_coupled, held_states, without_muscle
from myoflare.tissue.fascicle import make_fascicle


@cache
def body(name):
    life = prepare_life(mf.load_patient(name), load_shipped(), 120)
    return Body(life.model, dict(life.values), tuple(life.inputs), life.start, name)


@cache
def ill():
    fascicles = [make_fascicle(s, 300, 300) for s in (1, 2)]
    return grow_coupled(body("polymyositis_few_treg"), fascicles, 110, seed=3, follow=100)


def test_the_account_closes():
    """Every cell and all fibre mass; cells that came in are those that were sent, to a coin's throw a step."""
    error = ill().error
    assert error["cells"] == 0
    assert error["fibre mass"] < 1e-12
    came = sum(s.counts["CD8_entered"][-10:].sum() for s in ill().sections)
    assert error["CD8 entered"] < 4 / np.sqrt(came)


def test_the_body_reads_the_sections():
    both = ill()
    last = np.mean([s.counts["CD8"][-2] * s.attrs["scale"] for s in both.sections])  # of the evening before
    assert both.body["muscle_CD8"][-1] == pytest.approx(last, rel=1e-6)
    assert both.body["immunity_CD8"][-1] > 1e8
    fed = sum(s.counts["dead_g"][-11:-1].sum() * s.attrs["scale"] for s in both.sections) / 2
    assert both.body["muscle_fibre_death"][1:].sum() == pytest.approx(fed, rel=1e-6)


def test_same_seed_same_course():
    fascicles = [make_fascicle(1, 300, 300)]
    one, two = (grow_coupled(body("polymyositis_few_treg"), fascicles, 104, seed=3, follow=101) for _ in range(2))
    for name in one.body:
        np.testing.assert_array_equal(one.body[name], two.body[name], err_msg=name)
    np.testing.assert_array_equal(one.sections[0].cells.x, two.sections[0].cells.x)


def test_a_healthy_body_stays_healthy():
    both = grow_coupled(body("healthy_influenza"), [make_fascicle(1, 300, 300)], 15, seed=3)
    assert both.body["symptoms_force"][-1] > 0.97
    assert both.body["immunity_CD8"][-1] < 1e7


def test_what_sections_give_stands_still_in_the_network():
    model = without_muscle(load_shipped())
    held = set(held_states())
    assert not any(held & r.stoichiometry.keys() for r in model.reactions)
    assert {s.id for s in model.species} == {s.id for s in load_shipped().species}


def test_faults_are_told():
    with pytest.raises(TissueError, match="at least one replica"):
        grow_coupled(body("healthy_influenza"), [], 10)
    with pytest.raises(TissueError, match="follow"):
        grow_coupled(body("healthy_influenza"), [make_fascicle(1, 300, 300)], 10, follow=10)

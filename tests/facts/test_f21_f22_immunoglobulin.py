"""F21, F22: block of FcRn, and infused immunoglobulin, through the one pool of IgG that they share.

Both are a laboratory's: FcRn held at a third, and 2 g/kg every four weeks, half of it in plasma, eliminated as IgG is.
"""

import numpy as np
import pytest
from ward import ILL, REMOVAL, held, treat

NAMES = ("statin_necrotising", "dermatomyositis", "polymyositis_few_treg")
LAST = ILL + 168


@pytest.fixture(scope="module")
def blocked():
    block = held("FcRn", ILL, LAST, 0.33)
    return {n: treat(n, days=LAST + 150, drugs=(REMOVAL,), interventions=block) for n in NAMES}


def infused(months=6):
    """IgG in plasma (g) from 140 g every 28 days, half in plasma, with a half-life of 12 days under so much IgG."""
    steps = []
    for day in range(0, 28 * months + 84, 2):
        mass = sum(70 * 0.5 ** ((day - 28 * i) / 12) for i in range(months) if day >= 28 * i)
        steps.append((ILL + day, "IgG_given", mass))
    return steps


@pytest.fixture(scope="module")
def immunoglobulin():
    return {n: treat(n, days=LAST + 84, drugs=(REMOVAL,), interventions=infused()) for n in NAMES}


def test_F21_block_of_FcRn_works_in_4_to_8_weeks(blocked):
    person = blocked["statin_necrotising"]
    fall = 1 - person.at("CK", ILL + 56) / person.at("CK", ILL)
    assert fall > 0.4
    assert 1 - person.at("CK", ILL + 28) / person.at("CK", ILL) > 0.5 * fall
    assert 0.2 < person.at("IgG", ILL + 56) / person.at("IgG", ILL) < 0.5
    assert person.at("force", LAST) > person.at("force", ILL) + 0.04


def test_F21_it_wears_off_as_IgG_returns(blocked):
    person = blocked["statin_necrotising"]
    assert person.at("IgG", LAST + 56) > 0.9 * person.at("IgG", ILL)
    assert person.at("CK", LAST + 70) > 0.85 * person.at("CK", ILL)


def test_F21_it_does_nothing_where_antibody_does_no_harm(blocked):
    person = blocked["polymyositis_few_treg"]
    assert person.at("CK", LAST) == pytest.approx(person.at("CK", ILL), rel=0.1)


def test_F22_infused_IgG_lowers_autoantibody_through_catabolism(immunoglobulin):
    """About -25 % after one infusion (Bleeker 2001 predicted it) and near -38 % in the steady state."""
    person = immunoglobulin["statin_necrotising"]
    assert 0.55 < person.at("autoantibody", ILL + 140) / person.at("autoantibody", ILL) < 0.85
    assert person.at("CK", ILL + 140) < 0.85 * person.at("CK", ILL)


def test_F22_there_is_a_dip_at_the_end_of_each_cycle_and_wear_off_after_the_last(immunoglobulin):
    person = immunoglobulin["statin_necrotising"]
    after = person.t > ILL + 84
    early = np.interp(np.arange(ILL + 84 + 14, LAST, 28), person.t[after], person.autoantibody[after])
    late = np.interp(np.arange(ILL + 84 + 27, LAST, 28), person.t[after], person.autoantibody[after])
    assert (late[: len(early)] > early[: len(late)]).all()
    assert person.at("CK", LAST + 80) > person.at("CK", LAST)


@pytest.mark.xfail(
    strict=True,
    reason="the pool of IgG alone does little in dermatomyositis; missing: complement and Fc receptors that infused "
    "IgG takes up, which belong to the drug's own equations",
)
def test_F22_dermatomyositis_answers(immunoglobulin):
    person = immunoglobulin["dermatomyositis"]
    assert person.at("MMT8", ILL + 112) > person.at("MMT8", ILL) + 10

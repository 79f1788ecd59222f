"""F21, F22: efgartigimod every week, and infused immunoglobulin every four weeks, through the one pool of IgG.

Efgartigimod is stopped after half a year, immunoglobulin after 13 courses as its regimen says.
"""

import numpy as np
import pytest
from ward import ILL, course

HALF_YEAR = 168
LAST = ILL + HALF_YEAR  # the day on which the next dose of efgartigimod would have been due
YEAR = ILL + 336  # the day of the last course of immunoglobulin
ANSWER = ("statin_necrotising", "dermatomyositis")


def blocked(name):
    return course(name, "efgartigimod_weekly", HALF_YEAR + 150, until=HALF_YEAR)


def immunoglobulin(name):
    return course(name, "ivig_q4w", 336 + 140)


def test_F21_block_of_FcRn_works_in_4_to_8_weeks():
    person = blocked("statin_necrotising")
    fall = 1 - person.at("CK", ILL + 56) / person.at("CK", ILL)
    assert fall > 0.4
    assert 1 - person.at("CK", ILL + 28) / person.at("CK", ILL) > 0.5 * fall
    assert 0.2 < person.at("IgG", ILL + 56) / person.at("IgG", ILL) < 0.5
    assert person.at("force", LAST) > person.at("force", ILL) + 0.04


def test_F21_where_complexes_drive_interferon_strength_answers_too():
    person = blocked("dermatomyositis")
    assert person.at("MMT8", ILL + 56) > person.at("MMT8", ILL) + 10
    assert person.at("CK", ILL + 56) < 0.8 * person.at("CK", ILL)


@pytest.mark.parametrize("name", ANSWER)
def test_F21_it_wears_off_as_IgG_returns(name):
    person = blocked(name)
    assert person.at("IgG", LAST + 56) > 0.9 * person.at("IgG", ILL)
    assert person.at("CK", LAST + 70) > 0.85 * person.at("CK", ILL)
    assert person.at("MMT8", LAST + 140) < person.at("MMT8", LAST) - 10


def test_F21_it_does_nothing_where_antibody_does_no_harm():
    person = blocked("polymyositis_few_treg")
    assert person.at("CK", LAST) == pytest.approx(person.at("CK", ILL), rel=0.1)


@pytest.mark.parametrize("name", ANSWER)
def test_F22_infused_IgG_lowers_autoantibody_through_catabolism(name):
    """About -25 % after one infusion (Bleeker 2001 predicted it) and near -38 % in the steady state."""
    person = immunoglobulin(name)
    left = [person.at("autoantibody", ILL + day) / person.at("autoantibody", ILL) for day in (25, 140)]
    assert 0.7 < left[0] < 0.82
    assert 0.55 < left[1] < 0.72
    assert left[1] < left[0]


def test_F22_necrotising_myopathy_answers():
    person = immunoglobulin("statin_necrotising")
    assert person.at("CK", ILL + 112) < 0.7 * person.at("CK", ILL)
    assert person.at("MMT8", ILL + 112) > person.at("MMT8", ILL) + 5


def test_F22_in_dermatomyositis_interferon_is_halved_and_strength_rises_a_little():
    person = immunoglobulin("dermatomyositis")
    assert person.at("IFN_score", ILL + 112) < 0.6 * person.at("IFN_score", ILL)
    assert person.at("MMT8", ILL + 112) > person.at("MMT8", ILL) + 5


@pytest.mark.xfail(
    strict=True,
    reason="it rises by 5 % of its scale; missing: what infused IgG does to B cells, T cells and dendritic cells, and "
    "background treatment, with which 44 % reached as much on placebo",
)
def test_F22_in_dermatomyositis_strength_alone_is_an_improvement():
    """79 % reached 20 points in ProDERM; a rise of MMT-8 by a tenth of its scale brings them without anything else."""
    person = immunoglobulin("dermatomyositis")
    assert person.at("MMT8", ILL + 112) > person.at("MMT8", ILL) + 15


@pytest.mark.xfail(
    strict=True,
    reason="the score hardly moves: skin of this network keeps itself going by T cells and interferon of its own; "
    "missing: immune complexes and complement in skin",
)
def test_F22_in_dermatomyositis_skin_answers():
    """CDASI -9.4 against -1.2 at week 16 in ProDERM."""
    person = immunoglobulin("dermatomyositis")
    assert person.at("CDASI", ILL + 112) < person.at("CDASI", ILL) - 5


@pytest.mark.parametrize("name", ANSWER)
def test_F22_there_is_a_dip_at_the_end_of_each_cycle_and_wear_off_after_the_last(name):
    person = immunoglobulin(name)
    begins = ILL + np.arange(84, 336, 28)
    early, late = ([person.at("autoantibody", day + d) for day in begins] for d in (14, 27))
    assert (np.array(late) > np.array(early)).all()
    assert person.at("CK", YEAR + 112) > 1.05 * person.at("CK", YEAR + 27)
    assert person.at("MMT8", YEAR + 112) < person.at("MMT8", YEAR + 14) - 5

"""F15: rituximab as in the RIM trial works slowly, and disease comes back as B cells come back.

How fast tissue is cleared (``rituximab_tissue_share``) was set with these answers in view. That it takes months, whom
it does not help, and when disease returns was not.
"""

import pytest
from ward import ILL, course

POSITIVE = ("dermatomyositis", "antisynthetase_arthritis", "statin_necrotising")
BACK = 0.05  # of B cells in blood: 5 per microlitre


def rituximab(name):
    return course(name, "rim_rituximab", 600)


@pytest.mark.parametrize("name", POSITIVE)
def test_where_antibody_or_B_cells_drive_it_the_answer_takes_months(name):
    """Published: 83 % improved by week 44, half of them by week 20."""
    person = rituximab(name)
    assert person.at("B_cells", ILL + 7) < BACK
    start, best = person.at("CK_xULN", ILL), person.between("CK_xULN", ILL, ILL + 308).min()
    assert person.at("CK_xULN", ILL + 28) > 0.9 * start
    assert best < 0.7 * start
    half = person.first_day((person.t > ILL) & (person.CK_xULN < (start + best) / 2))
    assert 6 * 7 < half - ILL < 20 * 7
    assert person.at("MMT8", ILL + 140) > person.at("MMT8", ILL) + 5


@pytest.mark.xfail(
    strict=True,
    reason="7 %: half of the CD8 cells of muscle and all that settled there are left, for here they get by without B "
    "cells; missing: what B cells do for T cells beyond presenting antigen",
)
def test_strength_of_the_antisynthetase_patient_rises_by_a_fifth():
    """RIM counted a measure as improved from 20 % on; the other two reach 18 % and the end of the scale."""
    person = rituximab("antisynthetase_arthritis")
    assert person.between("MMT8", ILL, ILL + 308).max() > 1.2 * person.at("MMT8", ILL)


@pytest.mark.parametrize("name", POSITIVE)
def test_it_relapses_as_B_cells_return(name):
    """Half of what creatine kinase had gained is lost within three months of the return of B cells to blood."""
    person = rituximab(name)
    start, best = person.at("CK_xULN", ILL), person.between("CK_xULN", ILL, ILL + 308).min()
    back = person.first_day((person.t > ILL + 100) & (person.B_cells > BACK))
    lost = person.first_day((person.t > ILL + 140) & (person.CK_xULN > (start + best) / 2))
    assert 24 * 7 - 1 < back - ILL < 30 * 7
    assert 0 < lost - back < 91


def test_without_an_antibody_that_harms_there_is_little_answer():
    """Antibody-positive patients answer faster (hazard ratio 2.5 to 3 in RIM); here the negative one hardly does."""
    person = rituximab("polymyositis_few_treg")
    assert person.between("CK_xULN", ILL, ILL + 308).min() > 0.9 * person.at("CK_xULN", ILL)


@pytest.mark.parametrize("name", POSITIVE)
def test_antibody_is_lower_by_a_tenth_to_a_half_in_week_36(name):
    person = rituximab(name)
    assert 0.5 < person.at("autoantibody", ILL + 252) / person.at("autoantibody", ILL) < 0.9

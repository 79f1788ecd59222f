"""F25: antibody against interferon beta: skin is better by week 12, CDASI -19.2 against -2.9 on placebo.

The skin of this network is one state, the share that is inflamed; its scale was chosen, its course was not.
"""

import pytest
from lab import network
from ward import ILL, daily, treat

WEEK_12 = ILL + 84


@pytest.fixture(scope="module")
def courses():
    drugs = ("dazukibart",)
    doses = daily("dazukibart", 600.0, ILL, WEEK_12, every=28)
    return treat("dermatomyositis", doses, WEEK_12 + 4, drugs), treat("dermatomyositis", [], WEEK_12 + 4, drugs)


def test_skin_improves_by_week_12(courses):
    drug, none = courses
    assert -28 < drug.at("CDASI", WEEK_12) - drug.at("CDASI", ILL) < -12
    assert abs(none.at("CDASI", WEEK_12) - none.at("CDASI", ILL)) < 3


def test_signature_falls_and_force_rises(courses):
    drug, none = courses
    assert drug.at("IFN_score", WEEK_12) < 0.5 * none.at("IFN_score", WEEK_12)
    assert drug.at("force", WEEK_12) > none.at("force", WEEK_12) + 0.03


def test_without_the_skin_hypothesis_there_is_no_skin_disease():
    assert "H_SKIN" in {p.id for p in network()[0].parameters}
    person = treat("dermatomyositis", [], ILL + 10, ("dazukibart",), interventions=[(0.0, "H_SKIN", 0.0)])
    assert person.at("CDASI", ILL) < 1

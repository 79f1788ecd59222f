"""F24: JAK inhibition in dermatomyositis: signature down in weeks, antibody little changed, relapse on withdrawal."""

import pytest
from ward import ILL, daily, treat

YEAR = ILL + 365


@pytest.fixture(scope="module")
def person():
    return treat("dermatomyositis", daily("brepocitinib", 30.0, ILL, YEAR), YEAR + 365, ("brepocitinib",))


def half_day(person, name):
    """Days until half of the change of the year on the drug."""
    on = (person.t >= ILL + 1) & (person.t < YEAR)
    y = getattr(person, name)[on]
    extreme = y.max() if name == "force" else y.min()
    return float(person.t[on][abs(y - y[0]) >= 0.5 * abs(extreme - y[0])][0]) - ILL


def test_signature_and_CXCL10_fall_within_weeks(person):
    assert person.at("IFN_score", ILL + 28) < 0.1 * person.at("IFN_score", ILL - 1)
    assert person.at("muscle_CXCL10", ILL + 28) < 0.4 * person.at("muscle_CXCL10", ILL - 1)


def test_antibody_is_little_changed_after_three_months(person):
    assert person.at("autoantibody", ILL + 91) > 0.8 * person.at("autoantibody", ILL)


def test_benefit_holds_on_the_drug_and_ends_without(person):
    assert person.between("force", ILL + 90, YEAR - 1).min() > person.at("force", ILL - 1) + 0.25
    assert person.at("CK_xULN", YEAR + 300) > 2 * person.at("CK_xULN", YEAR - 1)
    assert person.at("IFN_score", YEAR + 300) > 0.3


def test_strength_leads_CK(person):
    """Weakness of interferon and ER stress is lifted before killing and antibody cease."""
    assert half_day(person, "force") < half_day(person, "CK")


def test_skin_follows_within_three_months(person):
    assert person.at("CDASI", ILL + 84) < 0.5 * person.at("CDASI", ILL)

"""F7: creatine kinase rises before strength falls, and is normal again before strength returns."""

import pytest
from lab import SICK, cure, life, sick

CURED = 365


@pytest.mark.parametrize("subtype", SICK)
def test_CK_rises_before_strength_falls(subtype):
    person = sick(subtype)
    weak = person.first_day(person.MMT8 < 142)
    assert person.first_day(person.CK_xULN > 1) < weak < float("inf")


@pytest.mark.parametrize("subtype", SICK)
def test_CK_is_normal_before_strength_is_back(subtype):
    person = life(days=CURED + 480, interventions=cure(CURED), **SICK[subtype])
    after = person.t > CURED
    normal = person.first_day(after & (person.CK_xULN < 1))
    back = person.first_day(after & (person.force > 0.95 * person.force[0]))
    assert normal - CURED < 90
    assert normal < back
    assert person.at("force", CURED + 120) < person.force[0], "CK normal in all, full function in few, 4 months on"

"""F7: creatine kinase rises before strength falls, and is normal again before strength returns.

Weakness that a clinic sees is MMT-8; full function, as the published follow-up tested it, has no ceiling and is force.
What does not hold with the other read-out is an expected failure here, not left out.
"""

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


@pytest.mark.xfail(
    strict=True,
    reason="the interferon of the infection itself weakens fibres within days, before any of them leaks; "
    "the published order is about MMT and activities, not about force in the week of the trigger",
)
@pytest.mark.parametrize("subtype", ["polymyositis", "dermatomyositis", "antisynthetase"])
def test_CK_rises_before_force_falls(subtype):
    person = sick(subtype)
    assert person.first_day(person.CK_xULN > 1) < person.first_day(person.force < 0.95 * person.force[0])


@pytest.mark.xfail(
    strict=True,
    reason="the cure here is perfect and at once, so force passes the ceiling of MMT-8 in weeks, and CK waits for "
    "the last necrosis; treatment that takes months is missing",
)
@pytest.mark.parametrize("subtype", SICK)
def test_CK_is_normal_before_MMT8_is_full(subtype):
    person = life(days=CURED + 480, interventions=cure(CURED), **SICK[subtype])
    after = person.t > CURED
    full = person.first_day(after & (person.MMT8 > 149.9))
    assert person.first_day(after & (person.CK_xULN < 1)) < full

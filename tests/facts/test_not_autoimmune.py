"""Muscle injured without autoimmunity gets well: influenza myositis, pyomyositis, eccentric exercise."""

import pytest
from lab import infection, life

DAY = 30


def test_influenza_myositis_resolves_within_10_days_and_CK_within_3_weeks():
    person = life(exposures=f"[{infection(DAY, agent='influenza_b_myotropic')}]", days=120)
    assert person.CK.max() > 1000, "series means run from 100 to 5,500 U/L"
    assert person.at("pain", DAY + 10) < 1 < person.pain.max()
    assert person.at("MMT8", DAY + 10) > 149
    assert person.at("CK_xULN", DAY + 21) < 1
    assert not person.ill_at_end


def test_pyomyositis_clears_with_little_CK():
    person = life(exposures=f"[{infection(DAY, agent='staphylococcus_aureus_muscle')}]", days=365)
    assert 10 <= person.t[person.infection_bacteria > 1e6][-1] - DAY <= 21 + 21
    assert person.CK_xULN.max() < 10
    assert not person.ill_at_end
    assert person.CK_xULN[-1] < 1


@pytest.fixture(scope="module")
def bout():
    return life(exposures=f"[{{eccentric_exercise: {{day: {DAY}, severity: 1}}}}]", days=120, step=0.25)


def test_eccentric_exercise_halves_strength_at_once(bout):
    assert bout.between("force", DAY, DAY + 1).min() / bout.force[0] == pytest.approx(0.5, abs=0.07)


def test_CK_peaks_on_day_4_to_5(bout):
    assert 4 <= bout.t[bout.CK.argmax()] - DAY <= 5
    assert 1500 < bout.CK.max() < 11000


def test_strength_is_back_to_80_percent_by_two_weeks(bout):
    assert 0.75 < bout.at("force", DAY + 14) / bout.force[0] < 0.92
    assert not bout.ill_at_end

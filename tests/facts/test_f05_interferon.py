"""F5: sustained interferon, without any mimicry, can start the whole disease with autoantibody; two weeks do not."""

from lab import life


def given(days):
    return life(exposures=f"[{{interferon: {{from_day: 30, to_day: {30 + days}, dose: 1}}}}]", days=1095)


def test_two_weeks_clear():
    assert not given(14).ill_at_end


def test_half_a_year_starts_chronic_disease_with_autoantibody():
    person = given(180)
    assert person.ill_at_end
    assert person.autoantibody[-1] > 50 * person.autoantibody[0]
    assert person.values["mimicry"] == 0

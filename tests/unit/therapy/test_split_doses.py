"""Drugs as means over windows: a daily dose may be split, and the last dose counts."""

import pytest

from myoflare.model.read import load_model
from myoflare.therapy import Given, actions, with_drugs
from myoflare.therapy.drug import load_drug, person_parameters

PERSON = {p.id: p.value for p in person_parameters()}


def means(name, wanted, given, until):
    treated = with_drugs(load_model(), [load_drug(name)])
    return [(a.day, a.value) for a in actions(treated, given, PERSON, until) if a.parameter == wanted]


@pytest.mark.parametrize(("dose", "times_a_day"), [(60, 1), (30, 2), (20, 3), (5, 4), (5, 1)])
def test_the_daily_dose_of_prednisone_is_found_again_however_it_is_split(dose, times_a_day):
    given = [Given(i / times_a_day, "prednisone", dose) for i in range(3 * times_a_day)]
    found = means("prednisone", "prednisone_dose_rate", given, 3)
    assert [value for _, value in found] == pytest.approx([dose * times_a_day] * len(found), rel=0.005)


def test_the_last_weekly_dose_lasts_its_week():
    given = [Given(7 * i, "methotrexate", 20) for i in range(3)]
    [(begin, value), (end, nothing)] = means("methotrexate", "methotrexate_plasma", given, 60)
    assert end - begin == pytest.approx(21)
    assert value > 0.01
    assert nothing == 0

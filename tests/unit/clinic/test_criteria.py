"""The 2017 criteria against sums that were made by hand from the published weights."""

import numpy as np
import pytest
import xarray as xr

import myoflare as mf
from myoflare.base.errors import StoreError
from myoflare.clinic import classify


def course(age, **curves):
    day = np.arange(0.0, 11.0)
    quiet = {"MMT8": 150.0, "CDASI": 0.0, "joint_swelling": 0.0, "CK_xULN": 0.5}
    told = {name: ("time", np.full(len(day), value)) for name, value in (quiet | curves).items()}
    return xr.Dataset(told, {"time": day}, {"age_years": age})


def test_a_healthy_adult_scores_by_age_alone():
    found = classify(course(50.0), 10)
    assert found.items == {"older": 2.1}
    assert found.probability == pytest.approx(1 / (1 + np.exp(5.33 - 2.1)))
    assert found.level == "no myositis"


def test_rash_weakness_and_enzymes_make_it_definite():
    found = classify(course(30.0, MMT8=110.0, CDASI=20.0, CK_xULN=8.0), 10)
    assert found.total == pytest.approx(1.3 + 0.7 + 0.8 + 3.1 + 3.3 + 1.3)
    assert found.level == "definite"


def test_a_biopsy_has_its_own_weights_and_can_decide():
    """Weak with high enzymes and no rash: 4.9 without a biopsy; with infiltrates in it the other weights, probable."""
    weak = course(50.0, MMT8=110.0, CK_xULN=20.0)
    assert classify(weak, 10).total == pytest.approx(2.1 + 0.7 + 0.8 + 1.3)
    assert classify(weak, 10).level == "no myositis"
    found = classify(weak, 10, {"endomysial_infiltrate": 1.7, "perimysial_infiltrate": 1.2, "rimmed_vacuoles": 0.0})
    assert found.total == pytest.approx(2.2 + 0.7 + 0.5 + 1.4 + 1.7 + 1.2)
    assert found.level == "probable"
    assert "rimmed_vacuoles" not in found.items


def test_a_child_gets_no_points_for_age():
    assert classify(course(9.0), 10).items == {}


def test_the_future_is_not_seen():
    later = course(50.0)
    later["CK_xULN"][6:] = 9.0
    assert "raised_enzymes" not in classify(later, 5).items
    assert "raised_enzymes" in classify(later, 7).items


@pytest.mark.parametrize("day", [-1, 11, float("nan")])
def test_a_day_outside_the_course_is_told(day):
    with pytest.raises(StoreError, match="a day of the course, 0 to 10"):
        classify(course(50.0), day)


def test_a_shipped_patient_is_classified():
    found = classify(mf.simulate(mf.load_patient("dermatomyositis"), years=1.2, seed=1), 400)
    assert found.level == "definite"

"""The few numbers by which regimens are compared, of courses whose answers are known."""

import json

import numpy as np
import pytest
import xarray as xr

from myoflare.clinic.outcomes import first_dose_day, outcomes, steroid_curves


def course(ill, days=1000, doses=()):
    """CK three times normal and MMT-8 100 on the days of ``ill`` (pairs of first and last), else healthy."""
    t = np.arange(days + 1.0)
    sick = np.any([(t >= a) & (t <= b) for a, b in ill], axis=0) if ill else np.zeros(t.size, bool)
    data = {
        "CK_xULN": np.where(sick, 3.0, 0.5),
        "CK": np.where(sick, 600.0, 100.0),
        "MMT8": np.where(sick, 100.0, 150.0),
        "prednisone_cumulative": 0.01 * t,
        "acth_gel_cumulative": 0.001 * t,
    }
    found = xr.Dataset({k: ("time", v) for k, v in data.items()}, {"time": t})
    for name in steroids():
        found[name].attrs["units"] = "g"
    return found.assign_attrs(doses=json.dumps([{"day": d} for d in doses]))


def steroids():
    return ["prednisone_cumulative", "acth_gel_cumulative"]


def test_an_illness_that_ends_under_treatment():
    row = outcomes(course([(50, 300)]), 100.0)
    assert (row["CK_normal_day"], row["MMT8_best"], row["MMT8_best_day"]) == (301.0, 150.0, 301.0)
    assert (row["relapses"], row["ill_days"], row["days"]) == (0, 201.0, 900.0)
    assert (row["CK_end"], row["MMT8_end"]) == (100.0, 150.0)


@pytest.mark.parametrize(
    ("ill", "relapses"),
    [
        ([(50, 1000)], 0),
        ([(50, 300), (500, 700)], 1),
        ([(50, 300), (400, 500), (600, 700)], 2),
        ([(50, 300), (330, 500)], 0),  # a month without is no remission
        ([(50, 300), (500, 520)], 0),  # three weeks are no relapse
        ([(500, 700)], 1),  # a flare of somebody who was well from the first dose on
        ([(50, 60), (120, 400)], 0),  # ill before six weeks of treatment have passed
    ],
)
def test_relapses_are_counted_as_a_clinic_would(ill, relapses):
    assert outcomes(course(ill), 100.0)["relapses"] == relapses


def test_who_is_never_well_has_no_day_of_normal_ck():
    row = outcomes(course([(0, 1000)]), 100.0)
    assert row["CK_normal_day"] is None
    assert row["MMT8_best"] == 100.0
    assert row["ill_days"] == 900.0


def test_steroids_are_added_up_over_drugs():
    both = course([])
    assert steroid_curves(both) == steroids()
    assert outcomes(both, 0.0)["steroid_g"] == pytest.approx(11.0)


def test_treatment_begins_with_the_first_dose():
    assert first_dose_day(course([], doses=[30, 12, 40])) == 12.0
    assert first_dose_day(course([])) is None

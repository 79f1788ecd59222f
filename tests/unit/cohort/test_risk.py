"""What a patient's document says of the years to come, in the lives that are drawn for it."""

from dataclasses import replace

import numpy as np
import pytest

from myoflare.base.errors import PatientError
from myoflare.base.units import DAYS_PER_YEAR
from myoflare.cohort.exposome import draw_exposome
from myoflare.cohort.exposures import Exposure
from myoflare.cohort.patient import load_patient
from myoflare.cohort.people import draw_people
from myoflare.cohort.risk import as_told, mean_of

PEOPLE = draw_people(400, 3)
EXPOSOME = draw_exposome(PEOPLE)
PATIENT = load_patient("healthy_influenza")


def told(*exposures):
    return replace(PATIENT, age_years=50.0, exposures=exposures)


def test_a_statin_that_is_told_replaces_those_drawn():
    found = as_told(EXPOSOME, told(Exposure("statin", "statin", 100.0, 300.0, 2.0)))
    assert (found.starts["statin"] == 50 * DAYS_PER_YEAR + 100).all()
    assert (found.ends["statin"] == 50 * DAYS_PER_YEAR + 300).all()
    assert (found.doses["statin"] == 2).all()
    assert np.array_equal(found.starts["tumour"], EXPOSOME.starts["tumour"])


def test_a_tumour_that_is_told_is_treated_only_as_told():
    assert np.isfinite(EXPOSOME.starts["checkpoint"]).any()
    found = as_told(EXPOSOME, told(Exposure("tumour", "tumour", 0.0, 900.0, 1.0)))
    assert not np.isfinite(found.starts["checkpoint"]).any()


def test_two_statins_are_refused():
    with pytest.raises(PatientError, match="2 exposures to statin; expected one of a kind"):
        as_told(
            EXPOSOME, told(Exposure("statin", "statin", 0.0, 10.0, 1.0), Exposure("statin", "statin", 50.0, 60.0, 1.0))
        )


def test_a_chance_never_exceeds_one():
    few = np.ones(2)
    assert mean_of(few, np.zeros(2, bool)).high == 1.0
    assert mean_of(few, np.array([True, False])).high == 1.0

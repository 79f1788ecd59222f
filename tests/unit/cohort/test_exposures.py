import math

import pytest

from myoflare.base.errors import PatientError
from myoflare.cohort.exposures import Exposure, exposure_changes, exposure_events, exposure_kinds


def steps(*exposures, base=(), days=1000):
    return [(c.day, c.parameter, c.value) for c in exposure_changes(exposures, dict(base), days)]


FLU = Exposure("infection", "influenza A", 30, math.inf, 2, "influenza_a")
MYOTROPIC = Exposure("infection", "influenza B", 60, math.inf, 1, "influenza_b_myotropic")


def test_an_infection_is_a_pulse_that_closes():
    assert steps(FLU) == [(30, "virus_inoculation", 4), (30.5, "virus_inoculation", 0)]


def test_what_an_agent_sets_stays_until_the_next_infection():
    values = [
        s for s in steps(MYOTROPIC, Exposure("infection", "flu", 90, math.inf, 1, "influenza_a")) if "tropism" in s[1]
    ]
    assert values == [(60, "muscle_tropism_virus", 1), (90, "muscle_tropism_virus", 0)]


def test_a_window_opens_and_closes():
    assert steps(Exposure("statin", "Statin", 10, 20, 1.5)) == [(10, "statin_dose", 1.5), (20, "statin_dose", 0)]


def test_a_window_without_end_stays_open():
    assert steps(Exposure("tumour", "Tumour", 10, math.inf, 1)) == [(10, "tumour_burden", 1)]


def test_overlapping_windows_add_up():
    one, two = Exposure("statin", "a", 10, 30, 1), Exposure("statin", "b", 20, 40, 1)
    assert [v for _, _, v in steps(one, two)] == [1, 2, 1, 0]


def test_amounts_come_on_top_of_what_was_there():
    assert steps(Exposure("uv", "sun", 1, 2, 1), base={"uv_dose": 0.5}) == [(1, "uv_dose", 1.5), (2, "uv_dose", 0.5)]


def test_an_exposure_after_the_end_names_itself_and_the_option():
    with pytest.raises(PatientError, match="influenza A begins on day 30, after the run ends on day 20.*--years"):
        steps(FLU, days=20)


def test_events_for_a_timeline():
    rows = exposure_events([Exposure("statin", "Statin", 10, math.inf, 1), FLU], 100)
    assert [(r["label"], r["day"], r["end"]) for r in rows] == [("Statin", 10, 100), ("influenza A", 30, None)]


def test_every_kind_has_a_source():
    effects = [k for kind in exposure_kinds().values() for k in ([*kind.agents.values()] or [kind])]
    assert all(e.source and e.description and e.injury for e in effects)

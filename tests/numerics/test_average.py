"""Means of fast drugs: against the exact mean of one compartment, and what they cost in a treated person."""

import csv

import numpy as np
import pytest

from myoflare.cohort.averaging import NAMES, PATIENT, averaging_error, year_of_prednisone
from myoflare.model.join import join, load_part
from myoflare.model.records import Bolus, Infusion, Model
from myoflare.store import science_path
from myoflare.therapy.average import STEP, mean_changes

K, V, DOSE = 2.5, 10.0, 40.0  # 1/day, L, mg
TEXT = """model *one()
  unit mg = 1e-3 gram;
  substanceOnly species central;
  central is "In plasma"; central has mg;
  c := central / V;
  c is "Concentration";
  clear: central => ; k * central;
  clear is "Breakdown";
end
"""
HEADS = (
    "parameterId parameterScale lowerBound upperBound nominalValue estimate unit description source confidence prior"
)
ROWS = ("V lin 1 100 10 0 L volume made_up high fixed", "k lin 0.1 10 2.5 0 1/day breakdown made_up high fixed")


@pytest.fixture
def one(tmp_path):
    (tmp_path / "one.ant").write_text(TEXT)
    (tmp_path / "parameters.tsv").write_text("\n".join((HEADS, *ROWS)).replace(" ", "\t") + "\n")
    empty = Model("nobody", (), (), (), (), ())
    return join(empty, {"one": load_part(tmp_path / "one.ant")})


def told(changes, days):
    """The value that holds at the middle of each day."""
    return [[c.value for c in changes if c.day <= day + 0.5][-1] for day in days]


def test_daily_boluses_have_the_exact_mean(one):
    """A window holds what is there at its start, shed for a day: y (1 - exp(-k)) / k, and y is a geometric sum."""
    doses = [Bolus(float(i), "one_central", DOSE) for i in range(8)]
    found = told(mean_changes(one, ["one_c"], doses, 1.0, 12.0), range(8))
    start = DOSE * np.cumsum(np.exp(-K * np.arange(8)))
    exact = start * (1 - np.exp(-K)) / K / V
    np.testing.assert_allclose(found, exact, rtol=5e-5, atol=STEP)


def test_infusions_across_the_edge_of_a_window_have_the_exact_mean(one):
    """What arrives over a day less what is left at its end has been shed: the mean is that over k."""
    doses = [Infusion(0.75, "one_central", DOSE, 0.5)]
    found = told(mean_changes(one, ["one_c"], doses, 1.0, 6.0), [0.75, 1.75])
    rate, end = DOSE / 0.5, 0.5
    top = rate / K * (1 - np.exp(-K * end))
    left = [top * np.exp(-K * 0.5), top * np.exp(-K * 1.5)]
    np.testing.assert_allclose(found, [(DOSE - left[0]) / K / V, (left[0] - left[1]) / K / V], rtol=1e-4, atol=STEP)


def test_nothing_is_told_after_the_drug_has_gone(one):
    changes = mean_changes(one, ["one_c"], [Bolus(0.0, "one_central", DOSE)], 1.0, 365.0)
    assert 0 <= changes[-1].value < STEP
    assert changes[-1].day < 12


@pytest.mark.parametrize("days", [14.0, pytest.param(365.0, marks=pytest.mark.slow)])
def test_a_treated_person_hardly_tells_means_from_swings(days):
    """Three per cent over a year of prednisone; the figures of the documentation are these."""
    given = [g for g in year_of_prednisone() if g.day < year_of_prednisone()[0].day + days]
    found = averaging_error(PATIENT, given, NAMES, days)
    assert max(found.values()) < 0.03
    if days > 300:
        rows = list(csv.DictReader(science_path("drugs", "averaging.tsv").open(encoding="utf-8"), delimiter="\t"))
        assert {r["quantity"] for r in rows} == set(NAMES)
        for r in rows:
            assert found[r["quantity"]] == pytest.approx(float(r["largestDifference"]), rel=0.2, abs=1e-3)

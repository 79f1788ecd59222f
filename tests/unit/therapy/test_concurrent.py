"""Drugs taken together change each other's numbers while they are taken together, and not longer."""

import pytest

from myoflare.cohort.life import load_shipped
from myoflare.therapy import Given, actions, load_drug, with_drugs
from myoflare.therapy.concurrent import Concurrent

CICLOSPORIN = [Given(day + half, "ciclosporin", 120.0) for day in range(40) for half in (0.0, 0.5)]
STEROID = [Given(float(day), "prednisone", 40.0 if day < 20 else 10.0) for day in range(40)]


def test_a_daily_dose_is_that_of_the_last_week():
    company = Concurrent([*CICLOSPORIN, *STEROID])
    assert company.factors(0.3) == {("ciclosporin", "F"): 0.78, ("ciclosporin", "k_absorb"): 0.45}
    assert company.factors(21.0)  # a week of 40 and 10 mg still means more than 20
    assert company.factors(30.0) == {}
    assert Concurrent(CICLOSPORIN).factors(3.0) == {}


def test_the_numbers_of_a_drug_come_back():
    values = {"ciclosporin_F": 0.5, "ciclosporin_k_absorb": 48.0}
    changes = Concurrent([*CICLOSPORIN, *STEROID]).changes("ciclosporin", values, 60.0)
    assert [(c.day, c.parameter, c.value) for c in changes if c.parameter.endswith("_F")] == [
        (0.0, "ciclosporin_F", pytest.approx(0.39)), (24.0, "ciclosporin_F", 0.5),
    ]  # fmt: skip


def test_less_ciclosporin_reaches_the_body_while_the_steroid_is_high():
    treated = with_drugs(load_shipped(), [load_drug("ciclosporin"), load_drug("prednisone")])

    def left(given, day):
        name = "ciclosporin_at_T_activation"
        told = [c for c in actions(treated, given, {}, 60.0) if getattr(c, "parameter", "") == name]
        return [c.value for c in told if c.day <= day][-1]

    assert left([*CICLOSPORIN, *STEROID], 15.0) > left(CICLOSPORIN, 15.0) + 0.03
    assert left([*CICLOSPORIN, *STEROID], 39.0) == pytest.approx(left(CICLOSPORIN, 39.0), abs=2e-3)

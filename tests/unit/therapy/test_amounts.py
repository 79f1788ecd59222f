"""Amounts as a prescription writes them."""

import pytest

from myoflare.base.errors import TherapyError
from myoflare.therapy.amounts import amount_of

ANNA = {"person_weight": 60.0, "person_body_surface": 1.6}
GIVEN = [
    ("60 mg", "mg", 60), ("60mg", "mg", 60), ("1 mg/kg", "mg", 60), ("500 mg/m2", "mg", 800),
    ("500 mg / m2", "mg", 800),
    ("2 g/kg", "mg", 120_000), ("2 g/kg", "g", 120), ("1e6 cell/kg", "cell", 6e7), ("80 U", "U", 80),
    ("0.04 L/kg", "mL", 2400),
]  # fmt: skip


@pytest.mark.parametrize(("text", "unit", "amount"), GIVEN)
def test_an_amount_for_a_person(text, unit, amount):
    assert amount_of(text, unit, ANNA) == pytest.approx(amount, rel=1e-12)


def test_a_cap_is_the_most_and_not_the_least():
    assert amount_of("2 mg/kg", "mg", ANNA, cap="80 mg") == 80
    assert amount_of("1 mg/kg", "mg", ANNA, cap="80 mg") == 60


FAULTY = {
    "60": "a number and a unit", "mg": "a number and a unit", "60 horse": "'horse' is not a known unit",
    "-3 mg": "at least 0", "1e999 mg": "finite", "1 mg/week": "'week' is not a known unit",
    "3 cell": "an amount in cell; expected one in mg, the unit of the route",
}  # fmt: skip


@pytest.mark.parametrize("text", FAULTY)
def test_what_is_no_amount_of_the_route_is_refused(text):
    with pytest.raises(TherapyError, match=FAULTY[text]):
        amount_of(text, "mg", ANNA)


@pytest.mark.parametrize("person", [{}, {"person_weight": 0.0}, {"person_weight": float("nan")}])
def test_a_person_without_a_weight_gets_nothing_by_weight(person):
    with pytest.raises(TherapyError, match="person_weight"):
        amount_of("1 mg/kg", "mg", person)

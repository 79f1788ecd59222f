"""The table of interactions: what it gives, and that it speaks of parameters that exist."""

import pytest

from myoflare.therapy.drug import list_drugs, load_drug
from myoflare.therapy.interactions import interaction_factors, interactions


def test_prednisolone_changes_ciclosporin_from_20_mg_on():
    assert interaction_factors({"ciclosporin": 250, "prednisone": 20}) == {
        ("ciclosporin", "F"): 0.78,
        ("ciclosporin", "k_absorb"): 0.45,
    }
    assert interaction_factors({"ciclosporin": 250, "prednisone": 19}) == {}


def test_both_drugs_must_be_taken():
    assert interaction_factors({"prednisone": 60}) == {}
    assert interaction_factors({"azathioprine": 150, "allopurinol": 0}) == {}


def test_allopurinol_makes_a_quarter_of_the_dose_enough():
    factors = interaction_factors({"azathioprine": 37.5, "allopurinol": 300})
    assert 37.5 * factors["azathioprine", "TGN_yield"] == 150


def test_two_steroids_count_once():
    [factor] = interaction_factors({"sifalimumab": 50, "prednisone": 10, "methylprednisolone_iv": 1000}).values()
    assert factor == 1.195


@pytest.mark.parametrize("row", interactions(), ids=lambda r: f"{r.drug}-{r.other}")
def test_a_row_changes_a_parameter_of_a_drug_and_has_a_source(row):
    assert row.drug in list_drugs()
    assert row.parameter in {p.id for p in load_drug(row.drug).part.parameters}
    assert row.source
    assert row.confidence in ("high", "medium", "low")

"""F16, F17, F18: CD19 CAR T cells after lymphodepletion.

The killing is a laboratory's (``ward.anti_CD19_cells``): four days of lymphodepletion, then 100 days in which CD19+
cells are killed everywhere. How long B cells stay away is therefore given; the rest is the network's.
"""

import pytest
from ward import ILL, REMOVAL, anti_CD19_cells, treat

TWO_YEARS = ILL + 730


@pytest.fixture(scope="module")
def courses():
    names = ("dermatomyositis", "antisynthetase_arthritis", "statin_necrotising")
    return {n: treat(n, days=TWO_YEARS, drugs=(REMOVAL,), interventions=anti_CD19_cells(ILL)) for n in names}


@pytest.mark.parametrize("name", ["dermatomyositis", "antisynthetase_arthritis"])
def test_F16_remission_without_drugs(courses, name):
    person = courses[name]
    assert person.at("B_cells", ILL + 5) < 0.05
    assert person.between("CK_xULN", ILL + 365, TWO_YEARS).max() < 1.5
    assert person.between("MMT8", ILL + 180, TWO_YEARS).min() > 149


@pytest.mark.parametrize("name", ["dermatomyositis", "antisynthetase_arthritis"])
def test_F16_B_cells_come_back_naive(courses, name):
    person = courses[name]
    half = person.first_day((person.t > ILL + 50) & (person.B_cells > 0.5)) - ILL
    assert 100 < half < 140
    assert person.at("humoral_memory_B", ILL + 140) < 0.01 * person.at("humoral_memory_B", ILL - 10)
    assert person.at("humoral_naive_B", ILL + 140) > person.at("humoral_naive_B", ILL - 10)


def test_F16_antibody_against_microbes_stays_and_total_IgG_falls_by_a_sixth(courses):
    """Measles antibody +1.2 %, total IgG -17.5 % (the latter set ``IgG_from_B`` and is no prediction)."""
    person = courses["dermatomyositis"]
    kept = person.at("humoral_IgG_foreign", ILL + 100) / person.at("humoral_IgG_foreign", ILL - 10)
    total = person.between("IgG", ILL, ILL + 150).min() / person.at("IgG", ILL - 10)
    assert 0.95 < kept < 1.15
    assert 0.78 < total < 0.88


def test_F16_without_lymphodepletion_the_same_killing_lasts_less():
    """H-MEM: what fludarabine and cyclophosphamide add, in the patient whose T cells kill fibres."""
    alone = [i for i in anti_CD19_cells(ILL) if i[1] != "depletion_k_T"]
    name = "polymyositis_few_treg"
    without = treat(name, days=ILL + 365, drugs=(REMOVAL,), interventions=alone)
    together = treat(name, days=ILL + 365, drugs=(REMOVAL,), interventions=anti_CD19_cells(ILL))
    assert together.CK_xULN[-1] < 1 < 5 < without.CK_xULN[-1]


def test_F17_relapse_after_CD19_cells_is_rescued_by_removing_plasma_cells(courses):
    """The carrier of DRB1*11:01 relapses when B cells return to antibody that long-lived plasma cells still make."""
    relapsed = courses["statin_necrotising"]
    best = relapsed.between("CK_xULN", ILL, ILL + 180).min()
    assert relapsed.at("CK_xULN", ILL + 365) > 4 * best
    second = ILL + 365
    kill = [*anti_CD19_cells(second), (second + 1, "depletion_k_plasma_cell", 0.3)]
    kill += [(second + 61, "depletion_k_plasma_cell", 0.0)]
    again = treat("statin_necrotising", days=second + 540, drugs=(REMOVAL,), interventions=anti_CD19_cells(ILL) + kill)
    assert again.between("CK_xULN", second + 365, second + 540).max() < best


def test_F17_residual_antibody_is_that_of_long_lived_plasma_cells(courses):
    """Anti-Jo-1 fell about fourfold by 8 months, and did not vanish."""
    person = courses["antisynthetase_arthritis"]
    fall = person.at("autoantibody", ILL - 10) / person.at("autoantibody", ILL + 240)
    assert 3 < fall < 12
    assert person.at("autoantibody_xULN", ILL + 700) > 1


def test_F18_antibody_falls_ahead_of_CK(courses):
    person = courses["statin_necrotising"]
    left = {n: person.at(n, ILL + 42) / person.at(n, ILL - 10) for n in ("autoantibody", "CK")}
    assert left["autoantibody"] < left["CK"]
    assert person.at("CK_xULN", ILL + 84) > 1


@pytest.mark.xfail(
    strict=True,
    reason="no IgG can fall below a hundredth in a month with a half-life of three weeks; either titres are low at the "
    "start, or the assay is blind near its cut-off: an assay with its own range is missing",
)
def test_F18_antibody_is_gone_after_a_month(courses):
    assert courses["statin_necrotising"].at("autoantibody_xULN", ILL + 30) < 1

"""F16, F17, F18: CD19 CAR T cells after lymphodepletion, and what is done where disease comes back.

Days count from the first day of lymphodepletion, ``ILL``; the cells follow five days later. How long B cells stay away
was set in a healthy body; the rest is the network's. The library has no cells against BCMA: where they are asked for, a
laboratory's removal of what carries BCMA (``ward.REMOVAL``) stands for them.
"""

import pytest
from ward import ILL, REMOVAL, course, prescribed, treat

CELLS = ILL + 5
TWO_YEARS = ILL + 730
RELAPSED = 300  # days, by when the necrotising patient is ill again
REMITTED = ("dermatomyositis", "antisynthetase_arthritis")


def cells(name):
    return course(name, "cd19_cart", 730)


@pytest.mark.parametrize("name", REMITTED)
def test_F16_remission_without_drugs(name):
    person = cells(name)
    assert person.at("CK_xULN", ILL) > 5
    assert person.between("CK_xULN", ILL + 365, TWO_YEARS).max() < 1.5
    assert person.between("MMT8", ILL + 180, TWO_YEARS).min() > 149


@pytest.mark.parametrize("name", REMITTED)
def test_F16_B_cells_vanish_in_days_and_come_back_naive(name):
    """Published: none by day 5, back after 112 days (SD 47)."""
    person = cells(name)
    assert person.at("B_cells", CELLS + 5) < 0.01
    back = person.first_day((person.t > ILL + 50) & (person.B_cells > 0.05))
    assert 65 < back - CELLS < 159
    half = person.first_day((person.t > ILL + 50) & (person.B_cells > 0.5))
    assert person.at("humoral_memory_B", half) < 0.01 * person.at("humoral_memory_B", ILL - 10)
    assert person.at("humoral_naive_B", half) > person.at("humoral_naive_B", ILL - 10)


def test_F16_antibody_against_microbes_stays_and_total_IgG_falls_by_a_sixth():
    """Measles antibody +1.2 %, total IgG -17.5 % (the latter set ``IgG_from_B`` and is no prediction)."""
    person = cells("dermatomyositis")
    kept = person.at("humoral_IgG_foreign", CELLS + 100) / person.at("humoral_IgG_foreign", ILL - 10)
    total = person.between("IgG", ILL, CELLS + 150).min() / person.at("IgG", ILL - 10)
    assert 0.95 < kept < 1.15
    assert 0.78 < total < 0.88


def test_where_T_cells_kill_without_antibody_it_does_not_last():
    """A prediction: a fifth of the T cells outlives lymphodepletion, and they need no B cell to kill."""
    person = course("polymyositis_few_treg", "cd19_cart", 365)
    start = person.at("CK_xULN", ILL)
    assert person.at("immunity_memory_CD8", ILL + 7) < 0.3 * person.at("immunity_memory_CD8", ILL)
    assert person.between("CK_xULN", ILL, ILL + 14).min() < 0.7 * start
    assert person.at("CK_xULN", ILL + 365) > 0.9 * start


def test_F17_some_relapse_within_a_year():
    """The carrier of DRB1*11:01, as B cells return to CD4 cells and antigen that are still there."""
    person = cells("statin_necrotising")
    best = person.between("CK_xULN", ILL, CELLS + 180).min()
    relapse = person.first_day((person.t > ILL + 100) & (person.CK_xULN > 2 * best))
    assert best < 0.1 * person.at("CK_xULN", ILL)
    assert 120 < relapse - CELLS < 365


def test_F17_then_an_antibody_to_CD38_helps_for_a_while():
    person = course("statin_necrotising", "cd19_cart", RELAPSED + 500, then="daratumumab", then_day=RELAPSED)
    second = ILL + RELAPSED
    start, best = person.at("CK_xULN", second), person.between("CK_xULN", second, second + 200).min()
    assert best < 0.6 * start
    assert person.at("CK_xULN", second + 500) > 0.9 * start


def rescued(again):
    """Creatine kinase in the second half year after a rescue that empties plasma cells, over the best before it.

    Lymphodepletion is given again, and with ``again`` the CD19 cells, too.
    """
    name, second = "statin_necrotising", ILL + RELAPSED
    given = prescribed(name, "cd19_cart", ILL, second + 365)
    given += prescribed(name, "cd19_cart", second, second + (365 if again else 5))
    rates = {second + 6: 0.3, second + 96: 0.0}  # 1/day from that day on
    kill = [(d, f"depletion_k_{x}", k) for x in ("plasmablast", "plasma_cell") for d, k in rates.items()]
    person = treat(name, given, second + 365, ("cd19_cart", REMOVAL), kill, step=4.0)
    best = person.between("CK_xULN", ILL, second).min()
    return person.between("CK_xULN", second + 182, second + 365).max() / best


def test_F17_removing_plasma_cells_beside_B_cells_rescues():
    assert rescued(again=True) < 1


@pytest.mark.xfail(
    strict=True,
    reason="the relief ends as the killing does, for germinal centres of new naive B cells refill plasmablasts; "
    "missing: B cells that such cells kill, and relapse that plasma cells alone carry",
)
def test_F17_cells_against_BCMA_alone_rescue():
    assert rescued(again=False) < 1


def test_F17_residual_antibody_is_that_of_long_lived_plasma_cells():
    """Anti-Jo-1 fell about fourfold by 8 months, and did not vanish."""
    person = cells("antisynthetase_arthritis")
    fall = person.at("autoantibody", ILL - 10) / person.at("autoantibody", CELLS + 240)
    assert 3 < fall < 12
    assert person.at("humoral_plasma_cell", ILL + 700) > 100 * person.at("humoral_plasmablast", ILL + 700)
    assert person.at("autoantibody_xULN", ILL + 700) > 1


def test_F18_antibody_falls_ahead_of_CK():
    person = cells("statin_necrotising")
    left = {n: person.at(n, CELLS + 30) / person.at(n, ILL - 10) for n in ("autoantibody", "CK")}
    assert left["autoantibody"] < left["CK"]
    assert person.at("CK_xULN", ILL + 84) > 1


@pytest.mark.xfail(
    strict=True,
    reason="no IgG can fall below a hundredth in a month with a half-life of three weeks; either titres are low at the "
    "start, or the assay is blind near its cut-off: an assay with its own range is missing",
)
def test_F18_antibody_is_gone_after_a_month():
    assert cells("statin_necrotising").at("autoantibody_xULN", CELLS + 30) < 1

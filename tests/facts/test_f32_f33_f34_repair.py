"""F32, F33, F34: satellite cells in dermatomyositis, healing of one injury, and what macrophages do for it.

The injury is experimental: a share of all muscle dies within an hour, in a host without self-reactive clones, as the
laboratory's local injury stays too small to start an immune response.
"""

import numpy as np
import pytest
from lab import life, rank_correlation, sick, vary

HOUR = 1 / 24
SATELLITE = ("muscle_SC_total", "muscle_k_divide_SC", "muscle_k_activate_SC")
REPAIR = ("muscle_k_rebuild", "muscle_k_clear", "muscle_site_k_recruit_M1", "muscle_k_mature")
INJURY = 30


def injured(share=0.25, interventions=(), days=60, **parameters):
    blow = [(INJURY, "muscle_k_turnover", -np.log(1 - share) / HOUR), (INJURY + HOUR, "muscle_k_turnover", 2e-6)]
    return life(
        days=days, interventions=[*blow, *interventions], step=0.5, immunity_autoreactive_clones=0.0, **parameters
    )


def recovered(person, day=INJURY + 28):
    """Share of the lost contractile area that is back."""
    low = person.between("symptoms_contractile", INJURY, INJURY + 10).min()
    return (person.at("symptoms_contractile", day) - low) / (person.symptoms_contractile[0] - low)


def without_macrophages(first, last):
    return [
        *((first, name, value) for name, value in
          (("macrophage_depletion", 20.0), ("muscle_M_resident", 0.0), ("muscle_M_resident_repair", 0.0))),
        *((last, name, value) for name, value in
          (("macrophage_depletion", 0.0), ("muscle_M_resident", 4e8), ("muscle_M_resident_repair", 4e8))),
    ]  # fmt: skip


def test_F32_satellite_cells_divide_31_to_43_percent_less_in_dermatomyositis():
    loss = 1 - sick("dermatomyositis").at("muscle_IFN_on_SC", 365)
    assert 0.31 < loss < 0.43


def test_F33_a_mild_single_injury_heals_by_day_28():
    person = injured(0.1)
    assert person.at("symptoms_contractile", INJURY + 28) > 0.95 * person.symptoms_contractile[0]
    assert person.at("muscle_necrotic", INJURY + 14) < 0.05 * person.muscle_necrotic.max()


def test_F33_the_peak_of_satellite_cells_predicts_recovery_where_they_differ():
    assert peak_against_recovery(SATELLITE) > 0.7


@pytest.mark.xfail(
    strict=True,
    reason="here the growth of new fibre, not the number of satellite cells, limits recovery at day 28; "
    "fusion that depends on how many cells reach a fibre needs space",
)
def test_F33_the_peak_predicts_recovery_whatever_differs():
    assert peak_against_recovery((*SATELLITE, *REPAIR)) > 0.4


def peak_against_recovery(names):
    people = [injured(**vary(names, i, 0.4, "F33")) for i in range(16)]
    return rank_correlation([p.muscle_SC.max() for p in people], [recovered(p) for p in people])


def test_F34_early_macrophage_depletion_prevents_regeneration():
    spared, depleted = injured(), injured(interventions=without_macrophages(INJURY - 2, INJURY + 28))
    assert recovered(depleted) < 0.3 * recovered(spared)
    assert depleted.at("muscle_necrotic", INJURY + 14) > 3 * spared.at("muscle_necrotic", INJURY + 14)


def test_F34_late_depletion_leaves_small_fibres():
    """Fibres are there, but not grown: more mass is still regenerating than in the spared host."""
    spared, depleted = injured(), injured(interventions=without_macrophages(INJURY + 7, INJURY + 28))
    new = lambda p: p.at("muscle_regenerating", INJURY + 28)  # noqa: E731
    assert new(depleted) > 1.2 * new(spared)
    assert recovered(depleted) < 0.9 * recovered(spared)


def test_M1_give_way_to_M2_between_day_2_and_4():
    person = injured(0.5)
    crossing = person.first_day((person.t > INJURY + 0.5) & (person.muscle_M2 > person.muscle_M1)) - INJURY
    assert 1.5 <= crossing <= 4.5

"""F36: in the TIF1-gamma mouse, loss of perforin, beta-2-microglobulin or IFNAR protects; loss of B cells does not."""

import pytest
from lab import infection, life

# The immunised mouse: an interferon-rich response against TIF1-gamma in which CD8 cells see the fibre.
TIF1 = {
    "subtype": "dermatomyositis",
    "muscle_CTL_recognition": 1.0,
    "muscle_internalisation": 0.0,
    "muscle_endothelial_binding": 0.0,
}
IMMUNISED = f"[{infection(30, 4)}, {{interferon: {{from_day: 30, to_day: 60, dose: 1}}}}]"


def damage(**knock_out):
    """Fibre mass killed in the eight weeks after immunisation, g above turnover."""
    person = life(exposures=IMMUNISED, genome=("HLA_DRB1_03_01",), days=90, **(TIF1 | knock_out))
    death = person.muscle_fibre_death - person.muscle_death_turnover
    return float(death[(person.t > 30)].sum())


@pytest.fixture(scope="module")
def wild_type():
    return damage()


def test_perforin_loss_protects(wild_type):
    assert 0.1 < damage(H_CTL=0.0) / wild_type < 0.6


def test_beta2_microglobulin_loss_protects(wild_type):
    assert damage(muscle_k_raise_MHC=0.0) / wild_type < 0.3


def test_IFNAR_loss_protects(wild_type):
    assert damage(H_IFN=0.0) / wild_type < 0.6


def test_loss_of_B_cells_does_not_protect(wild_type):
    assert damage(humoral_precursors_B=0.0) / wild_type > 0.7

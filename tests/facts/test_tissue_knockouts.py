"""F36 in the section: in the TIF1-gamma mouse, loss of perforin, beta-2-microglobulin or IFNAR protects; loss of B
cells does not. The body knocked out drives the section, and the section's own rules are knocked out with it."""

from functools import cache
from types import MappingProxyType

import numpy as np
import pytest
from biopsies import SIDE
from lab import life
from scipy.stats import binomtest
from test_f36_knockouts import IMMUNISED, TIF1

from myoflare.tissue.drive import HOOKS, SERIES, Drive
from myoflare.tissue.fascicle import make_fascicle
from myoflare.tissue.grow import grow_section

pytestmark = pytest.mark.slow
FEW, MANY = 10, 40  # sections


@cache
def damage(sections=FEW, **knock_out):
    """Segments killed in so many sections in the eight weeks after immunisation."""
    person = life(exposures=IMMUNISED, genome=("HLA_DRB1_03_01",), days=90, **(TIF1 | knock_out))
    columns = person.columns
    series = {n: columns.get(n, np.full(len(person.t), person.values.get(n, 0.0))) for n in (*SERIES, *HOOKS)}
    drive = Drive("TIF1 mouse", person.t, MappingProxyType(series), MappingProxyType(dict(person.values)))
    killed = 0
    for seed in range(1, sections + 1):
        counts = grow_section(make_fascicle(seed, SIDE, SIDE), drive, 88, seed, start_day=28).counts
        killed += sum(v.sum() for k, v in counts.items() if k.startswith("deaths_") and k != "deaths_turnover")
    return killed


def test_the_immunised_mouse_is_ill():
    assert damage() > 15


def test_perforin_loss_protects():
    """Forty sections, for ten lose some 20 segments at most: fewer deaths than chance would give (exact, one-sided)."""
    without, healthy = int(damage(MANY, H_CTL=0.0)), int(damage(MANY))
    assert binomtest(without, without + healthy, alternative="less").pvalue < 0.025


@pytest.mark.xfail(reason="a third remains in mice, two thirds here: fibres that show much MHC-I die of ER stress, too")
def test_perforin_loss_protects_as_much_as_in_mice():
    assert damage(MANY, H_CTL=0.0) < 0.5 * damage(MANY)


def test_beta2_microglobulin_loss_protects():
    assert damage(muscle_k_raise_MHC=0.0) < 0.3 * damage()


def test_IFNAR_loss_protects():
    assert damage(H_IFN=0.0) < 0.6 * damage()


def test_loss_of_B_cells_does_not_protect():
    assert damage(humoral_precursors_B=0.0) > 0.7 * damage()

"""Morphometry of healthy muscle, in sections of 4 mm^2, against published ranges.

Fibre areas: Muscle Nerve 2003 28:101. Capillaries: Brodal 1977 doi:10.1152/ajpheart.1977.232.6.H705, Ingjer & Brodal
1978 doi:10.1007/BF00423112, Zoladz 2005 PMID 15871557. Fibre types: Staron 2000 doi:10.1177/002215540004800506.
Satellite cells: Verdijk 2007 PMID 16926381. Mean areas, types, capillaries per fibre and nuclei are put in; that they
come out after packing, rounding and placing is the test. Densities, spreads and capillaries around a fibre are not.
"""

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt

from myoflare.tissue.fascicle import make_fascicle

SIZE = 2000.0


@pytest.fixture(scope="module", params=["male", "female"])
def section(request):
    return make_fascicle(5, SIZE, SIZE, sex=request.param, age_years=25)


def inner(section):
    """Fibres whose centre lies 150 um and more from the border: unlike the whole ones, not fewer large than small."""
    f = section.fibres
    return (np.minimum(f.x, SIZE - f.x) > 150) & (np.minimum(f.y, SIZE - f.y) > 150)


def test_fibre_area(section):
    """5400 um^2 in men and 4000 in women; SD a quarter to a third of the mean."""
    area = section.fibres.area_um2[inner(section)]
    assert area.mean() == pytest.approx({"male": 5400, "female": 4000}[section.sex], rel=0.05)
    assert 0.2 < area.std() / area.mean() < 0.35
    diameter = np.sqrt(area)
    assert 1000 * diameter.std() / diameter.mean() < 250  # the variability coefficient of normal muscle


def test_fibre_types(section):
    share = np.bincount(section.fibres.type, minlength=3) / len(section.fibres)
    np.testing.assert_allclose(share, [0.42, 0.32, 0.26], atol=0.05)
    mean = [section.fibres.area_um2[inner(section) & (section.fibres.type == t)].mean() for t in range(3)]
    assert np.argmax(mean) == {"male": 1, "female": 0}[section.sex]  # IIA the largest in men, I in women


def test_type_IIX_favours_the_border_of_a_fascicle(section):
    inside = distance_transform_edt(section.label != -1) * section.pitch
    j, i = ((v / section.pitch).astype(int) for v in (section.fibres.y, section.fibres.x))
    border = inside[j, i] < 60
    assert (section.fibres.type[border] == 2).mean() > (section.fibres.type[~border] == 2).mean() + 0.03


def test_capillaries(section):
    """Density 245 to 350 per mm^2 in both sexes; per fibre 1.7 to 1.9 in untrained men, 1.1 to 1.7 in women."""
    shown = section.fibres.area_um2.sum() / section.fibres.area_um2[inner(section)].mean()
    per_fibre = len(section.capillaries) / shown
    assert 245 <= len(section.capillaries) / section.area_mm2 <= 350
    low, high = {"male": (1.7, 1.9), "female": (1.1, 1.7)}[section.sex]
    assert low <= per_fibre <= high
    around = np.diff(section.supplied_by.start)[inner(section)].mean()
    low, high = {"male": (4.05, 4.81), "female": (3.0, 4.42)}[section.sex]  # men 4.43, two SE of 0.19
    assert low <= around <= high


def test_capillary_units(section):
    """Six to eight capillaries to a terminal arteriole; what the border cuts off a fascicle may have fewer."""
    size = np.bincount(section.capillaries.unit)
    assert np.isin(size, (6, 7, 8)).mean() > 0.9
    assert size.mean() == pytest.approx(7, abs=0.3)


def test_nuclei_are_peripheral(section):
    """Under 3 % of fibres have an internal nucleus; two to three nuclei to a fibre of 5400 um^2."""
    n = section.myonuclei
    assert len(set(n.fibre[n.internal])) / len(section.fibres) < 0.03
    assert (~n.internal).mean() > 0.97
    domain = section.fibres.area_um2.sum() / len(n)
    assert 1500 <= domain <= 3000


def test_satellite_cells(section):
    """0.08 per type II fibre at 25 years, within the noise of counting."""
    fast = section.fibres.type > 0
    mine = section.residents.fibre[section.residents.kind == 0]
    found = fast[mine].sum()
    expected = 0.077 * fast.sum()
    assert abs(found - expected) < 3 * np.sqrt(expected)
    nuclei = len(section.myonuclei) + len(mine)
    assert 0.02 < len(mine) / nuclei < 0.06  # 4 %, SD 2


def test_connective_tissue_is_thin(section):
    """Perimysium and endomysium together are a small share of healthy muscle."""
    assert 0.08 < (section.label <= 0).mean() < 0.17

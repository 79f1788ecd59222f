"""F33: a mild single injury without autoimmunity heals by day 28, in the order in which cells come in mice.

Counts after notexin, cells to the mm^3: Al-Ghazawi 2025 PLoS Comput Biol e1013575 (from McKellar 2021). Day 1:
neutrophils 4500, M1 8237, M2 3341, woken satellite cells 1134. Day 3.5: 129, 10628, 10350, 1309. Day 5: 98, 6399, 7000,
1260. Day 7: 77, 2432, 3000, 950. Resting satellite cells 2700 before, 19 on day 2, 616 on day 3.5, 1595 on day 5.
A block under 0.25 mm^2 of section is a quarter of a mm^3.
"""

from functools import cache

import numpy as np
import pytest
from biopsies import SIDE, in_state, section

START, WOUND = 200, 202.0  # the cold of this person is long over
BLOCK_MM3 = (SIDE * 1e-3) ** 2
SEEDS = (1, 4, 5)


@cache
def healed(seed, share):
    return section("healthy_influenza", 232, START, seed, ((WOUND, share),))


def curve(name, share):
    """Mean over seeds, by day after the injury, to the mm^3."""
    many = [healed(seed, share).counts for seed in SEEDS]
    return many[0]["day"] - WOUND, np.mean([c[name] for c in many], axis=0) / BLOCK_MM3


def at(name, share, day):
    days, values = curve(name, share)
    return float(np.interp(day, days, values))


def peak_day(name, share):
    days, values = curve(name, share)
    return days[np.argmax(values)]


def test_a_mild_injury_heals_by_day_28():
    """Of a fifth of the fibres that died at once, 95 % of the area and more is fibre again; inflammation is over."""
    died, unhealed, whole, cells, most = 0, 0.0, 0.0, 0, 0
    for seed in SEEDS:
        s = healed(seed, 0.2)
        area = s.fascicle.fibres.area_um2
        day28 = int(np.argmin(np.abs(s.counts["day"] - WOUND - 28)))
        died += s.counts["deaths_wound"].sum()
        unhealed += area[in_state(s, "necrotic", "gap", "fat", "fibrosis")].sum()
        whole += area.sum()
        inflammation = s.counts["M1"] + s.counts["neutrophil"]
        cells, most = cells + inflammation[day28], most + inflammation.max()
    assert died >= 20
    assert unhealed <= 0.05 * 0.2 * whole
    assert (
        np.mean([np.interp(WOUND + 28, healed(s, 0.2).counts["day"], healed(s, 0.2).counts["area"]) for s in SEEDS])
        > 0.9
    )
    assert cells <= 0.01 * most


def test_cells_come_in_order():
    """Neutrophils first (day 1 in mice), then M1, then M2, which draw level by day 5 (7000 to 6399) and then lead."""
    assert peak_day("neutrophil", 0.67) <= 2
    assert 1 <= peak_day("M1", 0.67) <= 4
    assert peak_day("M1", 0.67) < peak_day("M2", 0.67) <= 7
    assert 0.5 < at("M2", 0.67, 5) / at("M1", 0.67, 5) < 2
    assert at("M2", 0.67, 7) > at("M1", 0.67, 7)
    assert at("neutrophil", 0.67, 7) < 0.1 * at("neutrophil", 0.67, 1)


def test_new_fibres_form_from_day_3_to_6():
    """With central nuclei (mechanism.md 2.3)."""
    days, new = curve("fibres_regenerating", 0.67)
    assert 2 <= days[np.argmax(new > 0)] <= 6
    assert (healed(1, 0.67).fibres.nuclei[healed(1, 0.67).fibres.state == 8] > 0).all()


@pytest.mark.parametrize(
    ("name", "day", "count"),
    [
        ("neutrophil", 1, 4500),
        ("M1", 1, 8237),
        ("M1", 3.5, 10628),
        ("M1", 5, 6399),
        ("M1", 7, 2432),
        ("M2", 3.5, 10350),
        ("M2", 5, 7000),
        ("M2", 7, 3000),
    ],
)
def test_as_many_come_as_in_mice(name, day, count):
    """Within a factor of 2. What a wound calls, and the pieces eaten, were set to these counts (``rules.tsv``):
    a fit, no prediction."""
    assert count / 2 <= at(name, 0.67, day) <= 2 * count


LEAVE = "neutrophils go by death alone, 1.33 a day; in mice nineteen of twenty are gone a day after the peak"


@pytest.mark.parametrize(
    ("name", "day", "count"),
    [
        pytest.param("neutrophil", 2, 272, marks=pytest.mark.xfail(strict=True, reason=LEAVE)),
        ("SC", 1, 1134),
        ("M2", 2, 3707),
    ],
)
def test_what_nothing_was_set_to(name, day, count):
    assert count / 2 <= at(name, 0.67, day) <= 2 * count


@pytest.mark.xfail(strict=True, reason="fibres take the 60 days of people to fill, not the 28 of mice")
def test_a_severe_injury_regains_its_area_by_day_28():
    area = [np.interp(WOUND + 28, healed(s, 0.67).counts["day"], healed(s, 0.67).counts["area"]) for s in SEEDS]
    assert np.mean(area) > 0.9


@pytest.mark.xfail(strict=True, reason="niches fill over weeks; in mice half of the resting cells are back by day 5")
def test_resting_satellite_cells_are_back_by_day_7():
    assert at("SC_resting", 0.67, 7) > 0.4 * at("SC_resting", 0.67, -1)


@pytest.mark.xfail(strict=True, reason="people of 48 have half the satellite cells of these mice, and they divide less")
def test_as_many_satellite_cells_are_awake_as_in_mice():
    """Woken and committed: 1309 and 900 on day 3.5."""
    assert at("SC", 0.67, 3.5) + at("myoblast", 0.67, 3.5) > 2209 / 2

"""F33, F34 and F35 in the section: satellite cells, macrophages, and antibody on new fibres, after one injury."""

from dataclasses import replace
from functools import cache
from types import MappingProxyType

import numpy as np
import pytest
from biopsies import SIDE, in_state
from lab import rank_correlation

from myoflare.base.streams import stream
from myoflare.tissue.drive import steady_drive
from myoflare.tissue.fascicle import make_fascicle
from myoflare.tissue.grow import grow_section

WOUND, SHARE, DAY28 = 2.0, 0.5, 30
SEEDS = (1, 4, 5)
pytestmark = pytest.mark.slow


@cache
def fascicle(seed):
    return make_fascicle(seed, SIDE, SIDE)


def grown(seed, numbers=(), curves=(), day=DAY28, share=SHARE, **body):
    """A wounded section in a body where only ``curves`` (name -> ((day, value), ...)) move."""
    drive = steady_drive(DAY28, injuries=((WOUND, share),), numbers=dict(numbers), **body)
    days = np.unique([0.0, DAY28, *(d for _, points in curves for d, _ in points)])
    series = {n: np.full(len(days), c[0]) for n, c in drive.series.items()}
    series |= {n: np.interp(days, *zip(*points, strict=True)) for n, points in curves}
    return grow_section(
        fascicle(seed), replace(drive, day=days, series=MappingProxyType(series)), day, seed, start_day=0
    )


def recovered(section):
    """Share of the lost area that is back at the end."""
    area = section.counts["area"]
    return (area[-1] - area.min()) / (1 - area.min())


# F33


def test_the_peak_of_satellite_cells_predicts_recovery():
    """Their number differs between people: log-normal, 0.7, as the elderly have half those of the young."""
    peaks, back = [], []
    for i in range(16):
        supply = 5.5e9 * np.exp(0.7 * stream(2026, i, "satellite cells").standard_normal())
        s = grown(1 + i % 3, [("muscle_SC_total", supply)])
        peaks.append((s.counts["SC"] + s.counts["myoblast"]).max())
        back.append(recovered(s))
    assert rank_correlation(peaks, back) > 0.4


# F34

BARE = (("muscle_M_resident", 0.0), ("muscle_M_resident_repair", 0.0))


def killed(first):
    return (("macrophage_depletion", ((0.0, 0.0), (first - 0.01, 0.0), (first, 20.0), (DAY28, 20.0))),)


def test_early_depletion_of_macrophages_prevents_regeneration():
    spared = [grown(seed) for seed in SEEDS]
    depleted = [grown(seed, BARE, killed(0.5)) for seed in SEEDS]
    assert np.mean([recovered(s) for s in depleted]) < 0.3 * np.mean([recovered(s) for s in spared])
    still_dead = np.mean(np.concatenate([in_state(s, "necrotic") for s in depleted]))
    assert still_dead > 0.5 * SHARE
    assert np.mean(np.concatenate([in_state(s, "necrotic") for s in spared])) < 0.05


def test_late_depletion_leaves_small_fibres():
    spared = [grown(seed) for seed in SEEDS]
    depleted = [grown(seed, BARE, killed(WOUND + 7)) for seed in SEEDS]

    def size(many):
        return np.mean(np.concatenate([s.fibres.size[in_state(s, "regenerating")] for s in many]))

    assert size(depleted) < 0.9 * size(spared)


# F35

IGG = {"muscle_antibody_c": 5e4}
EXCESS = 2000.0  # pmol of C5b-9; the shipped patient with anti-HMGCR has 17


def new_fibres(complement, numbers=()):
    share = [grown(s, numbers, muscle_MAC_fibre=complement, **IGG) for s in SEEDS]
    return np.mean(np.concatenate([in_state(s, "regenerating") for s in share]))


def test_antibody_harms_new_fibres_with_complement_only():
    """Pax7 and MyoG fall to half with complement and not without (mechanism.md F35); complement in excess, as there."""
    control = np.mean(np.concatenate([in_state(grown(s), "regenerating") for s in SEEDS]))
    assert new_fibres(0.0) == pytest.approx(control, rel=0.1)
    assert new_fibres(EXCESS) < 0.7 * control
    assert new_fibres(EXCESS, [("H_MAC", 0.0)]) == pytest.approx(control, rel=0.1)

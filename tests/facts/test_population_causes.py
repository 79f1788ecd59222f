"""What must vanish when a cause is taken away: small populations drawn from where disease is likely."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from myoflare.cohort.exposome import draw_exposome
from myoflare.cohort.likely import likely_tilt
from myoflare.cohort.lives import live
from myoflare.cohort.people import draw_people

SIZE = 400


@cache
def drawn(without=frozenset(), exposures=frozenset(), seed=21, antigens=None, size=SIZE):
    people = draw_people(size, seed, tilt=likely_tilt(antigens), without=without)
    return people, draw_exposome(people, without=exposures, lean=True)


@cache
def lived(**how):
    return live(*drawn(**how))


def test_somebody_falls_ill_at_all():
    """Without this the tests below would show nothing."""
    assert len(lived().who) >= 2
    assert lived().failed == 0


def test_with_all_self_reactive_clones_deleted_nobody_falls_ill():
    people, _ = drawn(without=frozenset({"no_self_clones"}))
    assert not people.clones.any()
    assert len(lived(without=frozenset({"no_self_clones"})).who) == 0


def test_nobody_without_clones_falls_ill_even_without_the_screen():
    """The screen drops who has no clones; here such hosts are integrated in full."""
    people, exposome = drawn(without=frozenset({"no_self_clones"}))
    few = people.take(np.arange(6))
    trace = replace(few, clones=np.full_like(few.clones, 1e-9))
    assert len(live(trace, exposome.take(np.arange(6)), shortcuts=False).who) == 0


def test_twins_with_the_same_repertoire_and_exposures_are_concordant():
    """The second twin has another key, so that chance could differ wherever it still acted."""
    people, exposome = drawn()
    ill = np.unique(lived().who)
    first, shared = people.take(ill), exposome.take(ill)
    twin = replace(first, key=first.key + np.uint64(1))
    a, b = live(first, shared), live(twin, shared)
    assert set(a.who) == set(range(len(ill)))
    assert np.array_equal(a.who, b.who)
    assert np.array_equal(a.day, b.day)


@pytest.mark.slow
def test_without_the_statin_the_HMGCR_cases_vanish():
    """People who lean towards HMGCR and all take a statin from 50 on; then the same lives without it."""
    people, exposome = drawn(antigens=("HMGCR",), size=600)
    starts = exposome.starts | {"statin": np.full(len(people), 50 * 365.25), "tumour": np.full(len(people), np.inf),
                                "checkpoint": np.full(len(people), np.inf)}  # fmt: skip
    ends = exposome.ends | {"statin": np.full(len(people), 60 * 365.25)}
    with_it = replace(exposome, starts=starts, ends=ends)
    without = replace(with_it, starts=starts | {"statin": np.full(len(people), np.inf)})
    at = people.antigens.index("HMGCR")
    ill, spared = ((f.what == at) & (f.day > 50 * 365.25) for f in (live(people, with_it), live(people, without)))
    assert ill.sum() >= 5
    assert spared.sum() <= 0.1 * ill.sum()

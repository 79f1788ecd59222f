"""Sums that merge, codes that keep order, quantiles as exact as they say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myoflare.simulate.ensemble.reduce import ERROR, LARGEST, MISSING, SMALLEST, Histogram, Moments, codes, middle

SIZES = st.floats(2.0**SMALLEST, 2.0**LARGEST)


def people(seed=1, n=1000, times=3, outputs=2):
    rng = np.random.default_rng(seed)
    values = np.exp(3 * rng.standard_normal((n, times, outputs))) - 2
    values[rng.random(n) < 0.1, 1:] = np.nan
    return values


def test_merged_moments_are_those_of_all():
    values = people()
    whole = Moments.of(values)
    merged = Moments.of(np.full((1, 3, 2), np.nan))
    for start in range(0, 1000, 64):
        merged = merged.merge(Moments.of(values[start : start + 64]))
    assert (merged.count == np.isfinite(values).sum(axis=0)).all()
    assert merged.mean == pytest.approx(np.nanmean(values, axis=0), rel=1e-12)
    assert merged.sd() == pytest.approx(np.nanstd(values, axis=0, ddof=1), rel=1e-12)
    assert (merged.low == whole.low).all()
    assert (merged.high == np.nanmax(values, axis=0)).all()


def test_a_large_mean_does_not_swallow_a_small_spread():
    values = 1e9 + np.random.default_rng(2).standard_normal((4096, 1, 1))
    merged = Moments.of(values[:1])
    for start in range(1, 4096, 100):
        merged = merged.merge(Moments.of(values[start : start + 100]))
    assert merged.sd()[0, 0] == pytest.approx(values.std(ddof=1), rel=1e-6)
    naive = np.sqrt(abs((values**2).mean() - values.mean() ** 2))  # the twin that fails
    assert naive != pytest.approx(values.std(), rel=0.5)


def test_sd_of_one_patient_is_not_a_number():
    assert np.isnan(Moments.of(np.ones((1, 1, 1))).sd()).all()


@given(SIZES, SIZES, st.sampled_from([1, -1]))
def test_codes_keep_order_and_value(a, b, sign):
    pair = sign * np.array([a, b])
    code = codes(pair)
    assert np.sign(int(code[0]) - int(code[1])) in (0, np.sign(pair[0] - pair[1]))
    assert np.abs(middle(code) - pair).max() <= np.abs(ERROR * pair).max()
    assert (np.abs(middle(code) / pair - 1) <= ERROR).all()


def test_codes_at_the_edges():
    tiny, huge = 2.0 ** (SMALLEST - 1), 1e300
    assert codes(np.array([0.0, -0.0, tiny, -tiny, 5e-324])).tolist() == [0, 0, 0, 0, 0]
    assert codes(np.array([np.nan, np.inf, -np.inf])).tolist() == [MISSING] * 3
    top = codes(np.array([huge, -huge]))
    assert top.tolist() == [(LARGEST - SMALLEST + 1) << 7, -((LARGEST - SMALLEST + 1) << 7)]


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.integers(1, 700), st.floats(0, 1))
def test_quantiles_are_within_their_error(seed, n, share):
    values = people(seed, n, 2, 1)[:, :, 0]
    histogram = Histogram(0, np.zeros((2, 0), np.int64))
    for start in range(0, n, 50):
        histogram = histogram.add(codes(values[start : start + 50]))
    for t in range(2):
        seen = values[np.isfinite(values[:, t]), t]
        found = histogram.quantile(share)[t]
        if not len(seen):
            assert np.isnan(found)
            continue
        exact = np.quantile(seen, share, method="inverted_cdf")
        assert abs(found - exact) <= ERROR * abs(exact)


def test_a_histogram_does_not_care_for_order():
    values = people(3, 500, 4, 1)[:, :, 0]
    found = []
    for order in (np.arange(500), np.arange(500)[::-1]):
        histogram = Histogram(0, np.zeros((4, 0), np.int64))
        for start in range(0, 500, 33):
            histogram = histogram.add(codes(values[order[start : start + 33]]))
        found.append([histogram.quantile(q) for q in (0.0, 0.1, 0.5, 1.0)])
    assert np.array_equal(*found)


def test_the_window_has_an_end():
    every = np.array([[-1e300], [1e300], [0.0]])
    histogram = Histogram(0, np.zeros((1, 0), np.int64)).add(codes(every))
    assert histogram.counts.shape[1] < 33_000
    assert histogram.quantile(0.5)[0] == 0

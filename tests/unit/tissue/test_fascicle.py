"""A section from a seed: always the same, whole in its records, and refused where it makes no sense."""

from dataclasses import fields

import numpy as np
import pytest

from myoflare.base.errors import TissueError
from myoflare.tissue.fascicle import make_fascicle, repaint
from myoflare.tissue.vessels import units


@pytest.fixture(scope="module")
def section():
    return make_fascicle(11, 600.0, 500.0)


def arrays(record):
    """All arrays of a record and of those in it."""
    for field in fields(record):
        value = getattr(record, field.name)
        if isinstance(value, np.ndarray):
            yield value
        elif hasattr(value, "__dataclass_fields__"):
            yield from arrays(value)


def test_a_seed_gives_the_same_section_always(section):
    again, other = make_fascicle(11, 600.0, 500.0), make_fascicle(12, 600.0, 500.0)
    assert [a.tobytes() for a in arrays(section)] == [a.tobytes() for a in arrays(again)]
    assert (section.label != other.label).mean() > 0.5


def test_labels_are_those_of_the_fibres(section):
    assert section.label.shape == (250, 300)
    assert set(np.unique(section.label)) == {-1, 0, *range(1, len(section.fibres) + 1)}
    area = np.bincount(section.label[section.label > 0], minlength=len(section.fibres) + 1)[1:] * section.pitch**2
    np.testing.assert_array_equal(section.fibres.area_um2, area)
    assert (section.depth[section.label > 0] > 0).all()
    border = {*section.label[0], *section.label[-1], *section.label[:, 0], *section.label[:, -1]}
    np.testing.assert_array_equal(~section.fibres.whole, [k + 1 in border for k in range(len(section.fibres))])


def test_a_fibre_is_one_piece_and_rounded(section):
    from scipy.ndimage import label as pieces

    for k in np.flatnonzero(section.fibres.whole):
        found, count = pieces(section.label == k + 1)
        sizes = np.bincount(found.ravel())[1:]
        assert sizes.max() >= 0.99 * sizes.sum(), (k, count)


def test_neighbours_know_each_other(section):
    pairs = {(a, int(b)) for a in range(len(section.fibres)) for b in section.touching[a]}
    assert pairs == {(b, a) for a, b in pairs}
    assert all(section.fibres.bundle[a] == section.fibres.bundle[b] for a, b in pairs)


def test_capillaries_lie_between_fibres(section):
    c = section.capillaries
    j, i = (c.y / section.pitch).astype(int), (c.x / section.pitch).astype(int)
    assert (section.label[np.minimum(j, 249), np.minimum(i, 299)] <= 0).all()
    assert all(len(section.supplied_by[k]) for k in np.flatnonzero(section.fibres.whole))
    away = np.hypot(c.x[:, None] - c.x, c.y[:, None] - c.y) + 1e9 * np.eye(len(c))
    assert away.min() >= 14


def test_units_are_compact_and_of_like_size():
    draw = np.random.default_rng(1)
    x, y = draw.random((2, 500)) * 1000
    bundle = (x > 400).astype(int)
    unit = units(x, y, bundle, 7)
    assert set(np.bincount(unit)) <= {6, 7, 8}
    spread = [
        np.hypot(x[unit == u] - x[unit == u].mean(), y[unit == u] - y[unit == u].mean()).mean() for u in set(unit)
    ]
    assert np.mean(spread) < 60  # 14,000 um^2 to a unit: a disc of that area has a mean distance of 45 um
    assert all(len(set(bundle[unit == u])) == 1 for u in set(unit))


def test_nuclei_lie_under_the_membrane(section):
    n = section.myonuclei
    j = np.clip((n.y / section.pitch).astype(int), 0, 249)
    i = np.clip((n.x / section.pitch).astype(int), 0, 299)
    depth = section.depth[j, i]
    assert np.quantile(depth[~n.internal], 0.95) < 4
    assert (section.label[j, i] == n.fibre + 1)[~n.internal].mean() > 0.9


def test_a_window_at_another_pitch_shows_the_same_fibres(section):
    label, _ = repaint(section, 100.0, 80.0, 400, 300, 0.5)
    coarse = section.label[40:115, 50:150]
    assert (label[2::4, 2::4] == coarse).mean() > 0.97


def test_an_inset_makes_a_fibre_smaller(section):
    k = int(np.flatnonzero(section.fibres.whole)[0])
    inset = np.zeros(len(section.fibres))
    inset[k] = 8.0
    label, _ = repaint(section, 0, 0, 300, 250, 2.0, inset)
    assert 0.4 < (label == k + 1).sum() / (section.label == k + 1).sum() < 0.75
    np.testing.assert_array_equal(label[section.label == k + 2], section.label[section.label == k + 2])


def test_a_child_has_thin_fibres():
    child = make_fascicle(4, 500.0, 500.0, age_years=7)
    assert child.fibres.area_um2[child.fibres.whole].mean() == pytest.approx(5400 * 0.335, rel=0.1)
    assert 220 < len(child.capillaries) / child.area_mm2 < 360  # as dense as in adults
    assert len(child.fibres) > 100


@pytest.mark.parametrize("size", [(100.0, 100.0), (100.0, 400.0)])
def test_a_small_section_is_a_section(size):
    small = make_fascicle(3, *size)
    assert small.area_mm2 == pytest.approx(size[0] * size[1] * 1e-6)
    assert len(small.fibres) > 3


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"width_um": 20.0}, "width_um: 20.0; expected um between 100 and 10500"),
        ({"sex": "x"}, "sex: 'x'; expected male or female"),
        ({"age_years": 0}, "age_years: 0; expected years between 1 and 110"),
        ({"pitch": 9.0}, "pitch: 9.0; expected um between 1 and 4"),
        ({"numbers": {"fibre_size": 1}}, "numbers: unknown name 'fibre_size'"),
    ],
)
def test_what_makes_no_sense_is_refused(given, sentence):
    with pytest.raises(TissueError, match=sentence):
        make_fascicle(1, **given)

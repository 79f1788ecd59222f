"""Fields of the tissue: known answers, order of convergence, and every molecule accounted for."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import diags
from scipy.sparse.linalg import spsolve
from scipy.special import k0

from myoflare.base.errors import TissueError
from myoflare.tissue.fascicle import make_fascicle
from myoflare.tissue.fields import Medium, advance, deposit, make_medium, steady
from myoflare.tissue.oxygen import demand_of, tension
from myoflare.tissue.records import Capillaries


def slab(ny, nx, pitch, diffusion, decay, passage=None):
    """A medium of one field, without vessels."""
    one = np.ones((ny, nx))
    numbers = (np.array([v], float) for v in (diffusion, decay, 0.0))
    return Medium(("signal",), *numbers, pitch, 10.0, 0.13, 0 * one, one if passage is None else passage)


def muscle(seed=1):
    """A section with its fields, its vessels, and cells that secrete and consume."""
    section = make_fascicle(seed, 500.0, 450.0)
    medium = make_medium(section)
    draw = np.random.default_rng(seed)
    x, y = draw.random((2, 600)) * [[500.0], [450.0]]
    secretion = np.stack(
        [deposit(medium, x, y, draw.lognormal(2, 1, 600) * (draw.random(600) < 0.2)) for _ in medium.names]
    )
    clearance = np.stack([deposit(medium, x, y, draw.random(600)) for _ in medium.names])
    return section, medium, secretion, clearance


def test_point_source_is_a_bessel_function():
    """A point that secretes q molecules/s: q / (2 pi D) K0(r sqrt(k / D)), with images for the walls without flux."""
    n, pitch, diffusion, decay, q = 129, 8.0, 15.0, 1e-3, 50.0
    secretion = np.zeros((1, n, n))
    secretion[0, n // 2, n // 2] = q
    amount, _ = steady(slab(n, n, pitch, diffusion, decay), secretion, tolerance=1e-9)
    r, side = np.array([3, 5, 8, 16, 32]) * pitch, n * pitch
    images = [(a * side, b * side) for a in range(-3, 4) for b in range(-3, 4)]  # the middle is its own mirror image
    length = np.sqrt(diffusion / decay)
    exact = sum(k0(np.hypot(r - a, b) / length) for a, b in images) * q / (2 * np.pi * diffusion) * pitch**2
    np.testing.assert_allclose(amount[0, n // 2, n // 2 + (r / pitch).astype(int)], exact, rtol=0.01)


@pytest.mark.parametrize(("diffusion", "decay"), [(15.0, 2e-4), (12.0, 3.85e-3), (5.0, 2.3e-3)])
def test_decay_length_is_the_root_of_diffusion_over_decay(diffusion, decay):
    length, pitch = np.sqrt(diffusion / decay), 4.0
    n = int(8 * length / pitch)
    secretion = np.zeros((1, 8, n))
    secretion[0, :, 0] = 1.0
    amount, _ = steady(slab(8, n, pitch, diffusion, decay), secretion, tolerance=1e-10)
    x, span = (np.arange(n) + 0.5) * pitch, slice(int(length / pitch), int(3 * length / pitch))
    slope = np.polyfit(x[span], np.log(amount[0, 4, span]), 1)[0]
    assert -1 / slope == pytest.approx(length, rel=0.005)


def test_second_order_in_space():
    """A solution made for the purpose, with a sink that varies in space, on finer and finer grids."""
    side, diffusion, decay, errors = 400.0, 15.0, 1e-3, []
    for n in (20, 40, 80, 160):
        pitch = side / n
        s = (np.arange(n) + 0.5) * pitch * np.pi / side
        wave = np.cos(2 * s)[:, None] * np.cos(3 * s)[None]
        exact = 2 + wave
        rate = 1e-3 * (1 + 0.8 * np.cos(s)[:, None] * np.cos(2 * s)[None])
        source = (decay + rate) * exact + diffusion * 13 * (np.pi / side) ** 2 * wave
        medium = slab(n, n, pitch, diffusion, decay)
        amount, _ = steady(medium, source[None], rate[None] * medium.fluid_um3, tolerance=1e-11)
        errors.append(np.abs(amount[0] - exact).max())
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert orders == pytest.approx(2.0, abs=0.05)


def test_first_order_in_time():
    """Backward Euler from nothing towards balance: the error halves with the step, and is gone in the long run."""
    medium, decay, total = slab(12, 12, 8.0, 15.0, 1e-3), 1e-3, 1200.0
    secretion, errors = np.ones((1, 12, 12)), []
    exact = (1 - np.exp(-decay * total)) / decay
    for steps in (2, 4, 8, 16):
        amount = np.zeros(medium.shape)
        for _ in range(steps):
            amount, _ = advance(medium, amount, secretion, 0.0, total / steps, tolerance=1e-12)
        errors.append(abs(amount.mean() - exact) / exact)
    assert np.log2(np.array(errors[:-1]) / errors[1:]) == pytest.approx(1.0, abs=0.15)
    for _ in range(60):
        amount, _ = advance(medium, amount, secretion, 0.0, 600.0)
    assert amount.mean() == pytest.approx(1 / decay, rel=1e-5)


@pytest.mark.parametrize("shape", [(125, 93), (64, 64), (17, 40)])
def test_agrees_with_a_direct_solution_in_uneven_tissue(shape):
    """Scar a tenth as passable, sinks here and there, odd shapes: against a sparse factorisation."""
    draw = np.random.default_rng(3)
    (ny, nx), diffusion, decay, pitch = shape, 15.0, 2e-4, 8.0
    passage = np.where(draw.random(shape) < 0.3, 0.1, 1.0)
    medium = slab(ny, nx, pitch, diffusion, decay, passage)
    secretion, clearance = draw.random((1, *shape)), draw.random((1, *shape)) * (draw.random((1, *shape)) < 0.1)
    amount, ledger = steady(medium, secretion, clearance, tolerance=1e-10)
    g = diffusion / pitch**2
    right, below = (
        2 * a * b / (a + b) * g for a, b in ((passage[:, 1:], passage[:, :-1]), (passage[1:], passage[:-1]))
    )
    right = np.pad(right, ((0, 0), (0, 1))).ravel()[:-1]
    matrix = -diags([right, right], [1, -1]) - diags([below.ravel()] * 2, [nx, -nx])
    loss = decay + clearance[0].ravel() / medium.fluid_um3
    matrix = matrix + diags(loss - np.asarray(matrix.sum(1)).ravel())
    direct = spsolve(matrix.tocsc(), secretion.ravel()).reshape(shape)
    np.testing.assert_allclose(amount[0], direct, rtol=1e-6)
    assert ledger.cycles.max() <= 40


def test_every_molecule_is_accounted_for():
    _, medium, secretion, clearance = muscle()
    blood, amount = np.linspace(0, 50, len(medium.names)), np.zeros(medium.shape)
    for step in range(5):
        moved = np.roll(secretion, 7 * step, axis=2)  # cells move between steps
        before = amount.sum((1, 2))
        amount, ledger = advance(medium, amount, moved, clearance, 600.0, blood_pM=blood)
        came = 600.0 * moved.sum((1, 2)) + ledger.from_blood
        went = ledger.decayed + ledger.consumed + ledger.to_blood
        np.testing.assert_allclose(before + came - went, amount.sum((1, 2)), rtol=1e-6)
        assert ledger.error.max() < 1e-6
        assert (ledger.consumed > 0).all()
        assert (ledger.to_blood > 0).all()
        assert amount.min() >= 0


def test_blood_is_a_source_where_vessels_are_perfused():
    section, medium, _, _ = muscle()
    amount, ledger = steady(medium, 0.0, blood_pM=10.0)
    level = amount / medium.molecules_per_pM
    assert 0 < level.min() < level.max() < 10
    assert (ledger.from_blood > ledger.to_blood).all()
    dead = replace(medium, wall=np.zeros_like(medium.wall))
    assert not steady(dead, 0.0, blood_pM=10.0)[0].any()


def test_threads_do_not_change_a_bit():
    _, medium, secretion, clearance = muscle()
    start = np.zeros(medium.shape)
    one, _ = advance(medium, start, secretion, clearance, 600.0)
    two, _ = advance(medium, start, secretion, clearance, 600.0, threads=2)
    assert one.tobytes() == two.tobytes()


def test_a_residual_that_stays_is_said():
    medium = slab(16, 16, 8.0, 15.0, 1e-3)
    with pytest.raises(TissueError, match="field signal: a residual of"):
        steady(medium, np.full((1, 16, 16), np.nan))


def one_vessel(pitch, side):
    n = round(side / pitch)
    vessel = Capillaries(*(np.array([v]) for v in (side / 2, side / 2, 2.8, 0, 1)))
    return slab(n, n, pitch, 1.0, 1.0), vessel


def test_oxygen_around_one_capillary_is_that_of_krogh():
    """Mean tension of a Krogh cylinder as wide as the square, with the resistance inside the vessel; any grid."""
    side, rate, conduct, radius = 72.0, 6e-4, 2410 * 3.89e-5, 2.8
    outer = side / np.sqrt(np.pi)
    r = np.linspace(radius, outer, 20001)
    fall = rate / (2 * conduct) * outer**2 * np.log(r / radius) - rate / (4 * conduct) * (r**2 - radius**2)
    inside = rate * side**2 / (np.pi * 2.5 * conduct)
    krogh = 40 - inside - np.trapezoid(fall * r, r) / np.trapezoid(r, r)
    for pitch in (8.0, side / 7):  # an odd number of voxels, so that the vessel lies in the middle of one
        medium, vessel = one_vessel(pitch, side)
        assert 40 - tension(medium, vessel).mean() == pytest.approx(40 - krogh, rel=0.05)


def test_losing_a_unit_of_capillaries_starves_its_fibres():
    section, medium, _, _ = muscle()
    capillaries = section.capillaries
    unit = np.argmax(np.bincount(capillaries.unit))
    demand = demand_of(section, medium)
    before = tension(medium, capillaries, demand=demand)
    after = tension(medium, capillaries, capillaries.perfused * (capillaries.unit != unit), demand)
    assert before.min() > 5
    assert (after <= before + 1e-6).all()
    here = medium.voxels(capillaries.x[capillaries.unit == unit], capillaries.y[capillaries.unit == unit])
    assert (after[here] < before[here] - 10).all()
    assert (after < 5).sum() * medium.pitch**2 > 5000  # about the area of a fibre starves
    assert not tension(medium, capillaries, 0 * capillaries.perfused).any()

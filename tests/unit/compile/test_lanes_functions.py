"""Every function over lanes against Python's own, for ordinary numbers, for the edges, and lane by lane."""

import math
from functools import partial

import numpy as np
import pytest
from numba import njit

from myoflare.compile import kernels, lanes, plain, scalar

ONE = (
    "exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "asin", "acos", "atan", "asinh", "acosh",
    "atanh", "abs_", "floor_", "ceil_", "trunc_", "sign_", "logp", "factorial_",
)  # fmt: skip
TWO = ("powr", "powc", "dpowr", "max_", "min_", "geq", "gt", "leq", "lt", "eq", "neq", "both", "either")
EDGES = [
    0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.5, -2.5, 3.0, 1e-300, -1e-300, 5e-324, 1e300, -1e300, 708.0, 709.5, 710.0,
    -708.5, -745.0, -800.0, math.inf, -math.inf, math.nan, 1 - 2**-53, 1 + 2**-52, 4.0, 1023.5, 1e15 + 0.5, -3.0, 2.0,
]  # fmt: skip


def all_of(module):
    """One function that fills ``out`` with every function of x and y in turn: compiled once."""
    calls = (
        [f"{n}(x)" for n in ONE] + [f"{n}(x, y)" for n in TWO] + ["select(x, y, 7.0)", "x + y", "x - y", "x*y", "x/y"]
    )
    lines = [f"    st(out, {i}, {call})" for i, call in enumerate([*calls, "-x", "2.0 - x", "x*2.0", "1.0/x"])]
    source = "\n".join(["def fill(a, b, out):", "    x, y = ld(a, 0), ld(b, 0)", *lines])
    space = {k: v for k, v in vars(module).items() if not k.startswith("__")}
    exec(source, space)  # noqa: S102
    return njit(space["fill"], error_model="numpy"), [*calls, "-x", "2.0 - x", "x*2.0", "1.0/x"]


def evaluate(module, compiled, names, x, y):
    """Values (call, number) for pairs of numbers, ``WIDTH`` pairs at a time."""
    width, found = module.WIDTH, np.empty((len(names), len(x)))
    a, b, out = module.zeros(1), module.zeros(1), module.zeros(len(names))
    for i in range(0, len(x), width):
        part = slice(i, i + width)
        a[:], b[:] = x[part], y[part]
        compiled(a, b, out)
        found[:, part] = out.reshape(len(names), width)
    return dict(zip(names, found, strict=True))


@pytest.fixture(scope="module")
def pairs():
    """Every edge with every edge, and ordinary numbers of all sizes; a multiple of eight."""
    draw = np.random.default_rng(5)
    x, y = (grid.ravel() for grid in np.meshgrid(EDGES, EDGES))
    size = 2000 + (-len(x)) % 8
    ordinary = np.exp(draw.uniform(-30, 30, size)) * draw.choice([-1, 1, 1], size)
    return np.concatenate([x, ordinary]), np.concatenate([y, draw.uniform(-6, 6, size)])


@pytest.fixture(scope="module", params=[lanes, scalar], ids=["lanes", "scalar"])
def found(request, pairs):
    return evaluate(request.param, *all_of(request.param), *pairs)


def quiet(function, *values):
    """Python's answer by the rules of IEEE 754: no exceptions, infinities and NaN instead."""
    with np.errstate(all="ignore"):
        return np.asarray(function(*values), float)


def true_power(x, y):
    """``powr``: as numpy has it, but a base below zero to a broken exponent counts as zero."""
    broken = (x < 0) & (y != np.floor(y)) & np.isfinite(x) & np.isfinite(y)
    return quiet(np.power, np.where(broken, 0.0, x), y)


def close(mine, expected, relative):
    """Equal to ``relative``, infinite and NaN in the same places; below the smallest normal number 0 is right too."""
    same = (mine == expected) | (np.isnan(mine) & np.isnan(expected))
    with np.errstate(all="ignore"):
        near = np.abs(mine - expected) <= relative * np.abs(expected)
    return same | near | ((np.abs(expected) < 2.3e-308) & (np.abs(mine) < 2.3e-308))


def tiny(x):
    """Not 0 and below the smallest normal number: the logarithm reads their bits wrongly, and no state is so small."""
    return (np.abs(x) < 2.3e-308) & (x != 0)


EXACT = {
    "abs_(x)": np.abs, "floor_(x)": np.floor, "ceil_(x)": np.ceil, "trunc_(x)": np.trunc, "sqrt(x)": np.sqrt,
    "-x": np.negative, "2.0 - x": lambda x: 2 - x, "x*2.0": lambda x: 2 * x, "1.0/x": lambda x: 1 / x,
}  # fmt: skip
NEAR = {
    "log(x)": np.log, "sin(x)": np.sin, "cos(x)": np.cos, "tan(x)": np.tan, "tanh(x)": np.tanh, "asin(x)": np.arcsin,
    "acos(x)": np.arccos, "atan(x)": np.arctan, "asinh(x)": np.arcsinh, "acosh(x)": np.arccosh, "atanh(x)": np.arctanh,
    "sinh(x)": np.sinh, "cosh(x)": np.cosh,
}  # fmt: skip
PAIRS = {
    "x + y": np.add, "x - y": np.subtract, "x*y": np.multiply, "x/y": np.divide, "geq(x, y)": np.greater_equal,
    "gt(x, y)": np.greater, "leq(x, y)": np.less_equal, "lt(x, y)": np.less, "eq(x, y)": np.equal,
    "neq(x, y)": np.not_equal, "max_(x, y)": lambda x, y: np.where(x >= y, x, y),
    "min_(x, y)": lambda x, y: np.where(x <= y, x, y), "both(x, y)": lambda x, y: (x != 0) & (y != 0),
    "either(x, y)": lambda x, y: (x != 0) | (y != 0), "select(x, y, 7.0)": lambda x, y: np.where(x != 0, y, 7.0),
}  # fmt: skip


@pytest.mark.parametrize("name", EXACT)
def test_functions_that_round_once_are_exact(found, pairs, name):
    assert close(found[name], quiet(EXACT[name], pairs[0]), 0.0).all()


@pytest.mark.parametrize("name", PAIRS)
def test_arithmetic_and_tests_of_two_numbers_are_exact(found, pairs, name):
    assert close(found[name], quiet(PAIRS[name], *pairs), 0.0).all()


@pytest.mark.parametrize("name", NEAR)
def test_other_functions_are_right_to_rounding(found, pairs, name):
    x = pairs[0]
    good = close(found[name], quiet(NEAR[name], x), 4e-15) | tiny(x)
    assert good.all(), x[~good][:5]


def test_exponentials_are_right_to_rounding_and_end_in_zero_and_infinity(found, pairs):
    """From e^709 on the series says infinite, and below e^-708 it says 0: a little early, where no rate comes."""
    x = pairs[0]
    at_the_edge = (x > 709) & (x < 709.79) | (x < -708) & (x > -745.2)
    good = close(found["exp(x)"], quiet(np.exp, x), 4e-15)
    assert good[~at_the_edge].all()
    assert np.isnan(found["exp(x)"][np.isnan(x)]).all()
    assert (found["exp(x)"][x == math.inf] == math.inf).all()
    assert (found["exp(x)"][x == -math.inf] == 0).all()


@pytest.mark.parametrize(("call", "truth"), [("powr(x, y)", true_power), ("powc(x, y)", partial(quiet, np.power))])
def test_powers_are_right_to_what_a_logarithm_allows(found, pairs, call, truth):
    """The error of x^y by exp(y log x) grows with y log x; 0^y, inf^y and 1^y are exact."""
    x, y = pairs
    expected = truth(x, y)
    with np.errstate(all="ignore"):
        size = np.abs(y * np.log(np.abs(x)))
    allowed = 4e-16 * (np.nan_to_num(size, posinf=1e300) + 4)
    ordinary = np.isfinite(x) & np.isfinite(y) & (np.nan_to_num(size) < 700) & ~tiny(x)
    bad = ordinary & ~close(found[call], expected, allowed)
    assert not bad.any(), (x[bad][:5], y[bad][:5], found[call][bad][:5])


@pytest.mark.parametrize(("x", "y"), [(math.nan, 2.5), (2.0, math.nan), (math.nan, 3.0), (-1.0, math.nan)])
def test_a_power_of_no_number_is_no_number(found, pairs, x, y):
    """Never a number in silence, whatever the exponent; only x^0 and 1^y are 1 by convention."""
    here = (np.isnan(pairs[0]) if math.isnan(x) else pairs[0] == x) & (
        np.isnan(pairs[1]) if math.isnan(y) else pairs[1] == y
    )
    assert here.any()
    assert np.isnan(found["powr(x, y)"][here]).all()


def test_a_power_of_infinity_is_infinite_or_zero(found, pairs):
    x, y = pairs
    for exponent, value in ((2.5, math.inf), (3.0, math.inf), (-2.5, 0.0), (-3.0, 0.0)):
        assert (found["powr(x, y)"][(x == math.inf) & (y == exponent)] == value).all()


def test_powers_of_zero_do_not_poison_a_rate(found, pairs):
    x, y = pairs
    for exponent, value, slope in ((2.5, 0.0, 0.0), (1.0, 0.0, 1.0), (2.0, 0.0, 0.0)):
        here = (x == 0) & (y == exponent)
        assert (found["powr(x, y)"][here] == value).all()
        assert (found["dpowr(x, y)"][here] == slope).all()


def test_the_derivative_of_a_power_is_the_slope_of_the_power(found, pairs):
    x, y = pairs
    ordinary = (x > 1e-10) & (x < 1e10) & (np.abs(y) < 6)
    expected = y[ordinary] * x[ordinary] ** (y[ordinary] - 1)
    assert found["dpowr(x, y)"][ordinary] == pytest.approx(expected, rel=1e-12)
    below = (x < 0) & np.isfinite(x) & (np.abs(y) < 6) & (y - 1 != np.floor(y - 1))
    assert (found["dpowr(x, y)"][below] == 0).all()


@pytest.mark.parametrize("name", ["powr", "powc", "dpowr"])
def test_powers_of_zero_and_below_are_those_of_the_reference(found, pairs, name):
    """0^-0.5 is infinite, the slope of x^0 is 0 at 0 too, and (-1)^2.5 is 0 for a state and NaN for a parameter."""
    x, y = (part[(pairs[0] <= 0) & np.isfinite(pairs[1])] for part in pairs)
    mine = found[f"{name}(x, y)"][(pairs[0] <= 0) & np.isfinite(pairs[1])]
    expected = np.array([quiet(getattr(plain, name), *pair) for pair in zip(x, y, strict=True)])
    with np.errstate(all="ignore"):
        size = np.nan_to_num((np.abs(y) + 1) * np.abs(np.log(np.abs(x))), posinf=0.0)
    ordinary = (size < 700) & ~tiny(x) & np.isfinite(x)
    signed_pole = np.isinf(expected) & np.isinf(mine)  # of -0.0, whose sign the series does not keep
    assert (close(mine, expected, 4e-16 * (size + 4)) | signed_pole)[ordinary].all()
    for base, exponent, value in {
        "powr": [(0.0, -0.5, math.inf), (-1.0, -0.5, math.inf), (-1.0, 2.5, 0.0), (-1.0, 3.0, -1.0)],
        "powc": [(0.0, -0.5, math.inf), (-1.0, -0.5, math.nan), (-1.0, 2.5, math.nan), (-1.0, 3.0, -1.0)],
        "dpowr": [(0.0, 0.0, 0.0), (0.0, 0.5, 0.0), (0.0, -0.5, 0.0), (-1.0, 2.5, 0.0), (-1.0, 3.0, 3.0)],
    }[name]:
        here = (x == base) & (y == exponent)
        assert here.any()
        assert np.array_equal(mine[here], np.full(here.sum(), value), equal_nan=True)
        assert np.array_equal(expected[here], np.full(here.sum(), value), equal_nan=True)


@pytest.mark.parametrize("name", ["logp", "sign_", "factorial_"])
def test_functions_of_our_own_agree_with_the_reference(found, pairs, name):
    expected = np.array([getattr(kernels, name)(x) for x in pairs[0]])
    assert (close(found[f"{name}(x)"], expected, 4e-15) | tiny(pairs[0])).all()


def test_a_lane_never_sees_its_neighbours():
    """The same number in any lane, among any others, gives the same bits: Hill exponents take two paths."""
    fill, names = all_of(lanes)
    x, y = 1.7, 2.0
    draw, alone = np.random.default_rng(2), None
    for trial in range(200):
        a, b, out = lanes.zeros(1), lanes.zeros(1), lanes.zeros(len(names))
        a[:], b[:] = draw.choice(EDGES, 8), draw.choice([2.0, 2.5, 1.0, math.nan, -1.5, 1e300], 8)
        lane = trial % 8
        a[lane], b[lane] = x, y
        fill(a, b, out)
        mine = out.reshape(-1, 8)[:, lane].tobytes()
        alone = alone or mine
        assert mine == alone


@pytest.mark.parametrize("module", [lanes, scalar], ids=["lanes", "scalar"])
def test_any_is_true_if_one_lane_is(module):
    @njit(error_model="numpy")
    def asked(a):
        return module.any_(module.ld(a, 0))

    a = module.zeros(1)
    assert not asked(a)
    for lane in range(module.WIDTH):
        for value in (1.0, -1e-300, math.nan):
            a[:] = 0.0
            a[lane] = value
            assert asked(a)

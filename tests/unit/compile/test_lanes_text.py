"""The text over lanes, run by plain Python, against the reference's text, against differences, and piece by piece."""

import math
import re
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myoflare.compile import compile_model, kernels, lanes, scalar
from myoflare.compile.equations import build
from myoflare.compile.functions import HELPERS, NATIVE
from myoflare.compile.lanes_text import HEAD, lanes_text
from myoflare.model import Model, Parameter, Reaction, Rule, Species

STATES, VALUES = ("X", "Y", "W"), {"a": 2.5, "b": 3.0, "c": 0.7}
ATOMS = (*STATES, *VALUES, "time", "2", "0.5")
SHAPES = (
    "({0} + {1})", "{0}*{1}", "({0} - {1})", "{0}/(1 + {1}^2)", "(1 + {0}^2)^a", "({0}/(b + abs({0})))^2.5",
    "exp(-abs({0}))", "ln(2 + abs({0}))", "sin({0})", "tanh({0})", "max({0}, {1})", "min({0}, {1})", "sqrt(1 + {0}^2)",
    "piecewise({0}, {1} > 1, {1})", "piecewise(1, {0} > 1 && {1} < 2, 0)", "atan({0})", "abs({0})^c/(1 + abs({0})^c)",
)  # fmt: skip


def formulas(depth=3):
    """Formulas with values near 1 for values near 1, of every function that a network may hold."""
    atoms = st.sampled_from(ATOMS)
    if depth == 0:
        return atoms
    inner = formulas(depth - 1)
    return st.one_of(atoms, st.builds(lambda shape, x, y: shape.format(x, y), st.sampled_from(SHAPES), inner, inner))


def network(laws, rule="X*Y", states=STATES):
    species = tuple(Species(s, s, "", 1.0) for s in states)
    parameters = tuple(Parameter(k, v, "") for k, v in VALUES.items())
    reactions = tuple(Reaction(f"r{i}", "", law, change) for i, (law, change) in enumerate(laws))
    return Model("test", species, parameters, (), (Rule("u", "u", rule),), reactions)


def by_python(model):
    """The generated module with plain numbers for lanes."""

    def store(array, i, value):
        array[i] = value

    space = {"np": np, "inf": math.inf, "nan": math.nan, "ld": lambda array, i: array[i], "st": store}
    space |= {"at": lambda array: array, "wide": float}
    space |= {name: getattr(kernels, name).py_func for name in HELPERS} | {name: getattr(math, name) for name in NATIVE}
    text = lanes_text(build(model), "scalar")
    space |= dict.fromkeys(re.findall(r"@(_jit\w*)", text), lambda f: f)
    assert text.startswith(HEAD.format(width="scalar"))
    exec(text.removeprefix(HEAD.format(width="scalar")), space)  # noqa: S102
    return SimpleNamespace(**space)


def arrays(module, t, y, p):
    """(t, y, p, c, w) as the kernels take them."""
    t, c, w = np.array([t]), np.zeros(module.N_CONSTANTS), np.zeros(module.N_SCRATCH)
    module.constants(t, y, p, c, w, c)
    return t, y, p, c, w


def jacobian(module, program, t, y, p):
    out, full = np.zeros(module.N_JACOBIAN), np.zeros((len(y), len(y)))
    module.jacobian(*arrays(module, t, y, p), out)
    full[program.sparsity] = out
    return full


def slopes(module, t, y, p):
    out = np.zeros(len(y))
    module.rhs(*arrays(module, t, y, p), out)
    return out


LAW = st.tuples(
    formulas(), st.dictionaries(st.sampled_from(STATES), st.sampled_from([-2.0, -1.0, 1.0, 0.5]), min_size=1)
)


@settings(max_examples=40, deadline=None)
@given(st.lists(LAW, min_size=1, max_size=4), formulas(2), st.lists(st.floats(0.1, 3), min_size=3, max_size=3))
def test_both_texts_say_the_same(laws, rule, y):
    model = network([*laws, ("u*c", {"Y": 1.0})], rule)
    module, program = by_python(model), compile_model(model, backend="python")
    y = np.array(y)
    p, t = program.values, 1.3
    assert slopes(module, t, y, p) == pytest.approx(program.rhs(t, y, p), rel=1e-12, abs=1e-12)
    expected = program.jacobian(t, y, p)
    assert jacobian(module, program, t, y, p) == pytest.approx(expected, rel=1e-11, abs=1e-11)
    derived = np.zeros(module.N_DERIVED)
    module.derive(*arrays(module, t, y, p), derived)
    assert derived == pytest.approx(program.derive(t, y, p), rel=1e-12, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.lists(LAW, min_size=1, max_size=4), formulas(2), st.lists(st.floats(0.1, 3), min_size=3, max_size=3))
def test_the_jacobian_is_the_slope_of_the_slopes(laws, rule, y):
    model = network([*laws, ("u*c", {"Y": 1.0})], rule)
    module, program = by_python(model), compile_model(model, backend="python")
    y, p, t = np.array(y), program.values, 1.3
    exact, here = jacobian(module, program, t, y, p), slopes(module, t, y, p)
    for j in range(3):
        found = []
        for nudge in (1e-5, 1e-6):
            up, down = y.copy(), y.copy()
            up[j] += nudge
            down[j] -= nudge
            above, below = slopes(module, t, up, p), slopes(module, t, down, p)
            found.append((above - below) / (up[j] - down[j]))
        # Where two differences disagree, or the two sides, there is a step or a corner, and no derivative is asked for.
        smooth = np.abs(found[0] - found[1]) < 1e-4 * (1 + np.abs(found[1]))
        smooth &= np.abs(above - 2 * here + below) / nudge < 1e-2 * (1 + np.abs(found[1]))
        assert exact[smooth, j] == pytest.approx(found[1][smooth], rel=1e-4, abs=1e-4)


@settings(max_examples=40, deadline=None)
@given(st.lists(LAW, min_size=1, max_size=4), st.lists(st.floats(0.1, 3), min_size=3, max_size=3))
def test_factor_and_solve_invert_the_shifted_jacobian(laws, y):
    model = network(laws)
    module, program = by_python(model), compile_model(model, backend="python")
    y, p = np.array(y), program.values
    full = jacobian(module, program, 1.3, y, p)
    shift = 3.0 + 2.0 * np.abs(full).sum()
    jac, lu, b = np.zeros(module.N_JACOBIAN), np.zeros(module.N_LU), np.array([1.0, -2.0, 0.5])
    module.jacobian(*arrays(module, 1.3, y, p), jac)
    x = b.copy()
    module.factor(jac, np.array([shift]), lu)
    module.solve(lu, x)
    assert (shift * np.eye(3) - full) @ x == pytest.approx(b, rel=1e-11, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.lists(LAW, max_size=3), st.lists(st.floats(0.1, 3), min_size=3, max_size=3), st.floats(0, 5))
def test_states_taken_for_driving_are_linear_in_each_other_and_in_nothing_else(laws, y, t):
    """Whatever else the network holds: their slopes follow from ``drive_rates`` alone, at any time and state."""
    chain = [("c*X", {"X": -1.0, "Y": 1.0}), ("a*Y", {"Y": -1.0})]
    model = network([*chain, *laws])
    module, program = by_python(model), compile_model(model, backend="python")
    y, p, driving = np.array(y), program.values, module.DRIVE
    out = np.zeros(module.N_DRIVE_RATES + module.N_DRIVE)
    module.drive_rates(*arrays(module, 0.0, np.ones(3), p), out)
    change = out[module.N_DRIVE_RATES :].copy()
    for i, (row, column) in enumerate(zip(module.DRIVE_ROW, module.DRIVE_COLUMN, strict=True)):
        change[row] += out[i] * y[driving[column]]
    assert change == pytest.approx(program.rhs(t, y, p)[driving], rel=1e-12, abs=1e-12)


SWITCHED = {
    "a comparison of another state": ("c*gt(Y, 3)", "X"),
    "a choice by another state": ("piecewise(c, Y > 3, 0)", "X"),
    "its own whole part": ("c*floor(X)", "X"),
    "the whole part of another": ("c*floor(Y)", "X"),
    "a rule that switches": ("c*u", "X"),
}


@pytest.mark.parametrize("name", SWITCHED)
def test_a_state_that_a_switch_moves_drives_nobody(name):
    """The derivative of a switch is 0, so the Jacobian alone does not show that the slope depends on it."""
    law, state = SWITCHED[name]
    laws = [(law, {state: 1.0}), ("b*X", {"X": -1.0}), ("a*Y*(1 - Y/10)", {"Y": 1.0}), ("c*W", {"W": -1.0})]
    module = by_python(network(laws, rule="piecewise(1, Y > 3, 0)"))
    assert [STATES[i] for i in module.DRIVE] == ["W"]


def test_a_drug_that_nothing_acts_back_on_drives():
    laws = [("c*X", {"X": -1.0, "Y": 1.0}), ("a*Y", {"Y": -1.0}), ("W*Y/(b + Y)", {"W": -1.0})]
    assert [STATES[i] for i in by_python(network(laws)).DRIVE] == ["X", "Y"]


def test_what_the_disease_acts_on_or_time_moves_drives_nobody():
    for law in ("c*X*W", "c*X^2", "c*X*time", "c*sin(time)", "c*X + W", "c*X^a"):
        module = by_python(network([(law, {"X": -1.0}), ("b*X", {"X": -1.0}), ("W*Y", {"W": -1.0, "Y": 1.0})]))
        assert module.N_DRIVE == 0, law


@pytest.mark.parametrize("module", [lanes, scalar], ids=["lanes", "scalar"])
def test_every_function_that_a_formula_may_hold_is_there(module):
    assert [name for name in HELPERS + NATIVE if not hasattr(module, name)] == []


def test_long_kernels_pass_values_on_between_their_parts():
    laws = [(f"sin(X*{i})*cos(Y + {i})", {"X": 1.0, "Y": -1.0}) for i in range(1, 200)]
    model = network(laws)
    module, program = by_python(model), compile_model(model, backend="python")
    y = np.array([0.3, 0.7, 1.0])
    assert "_rhs_1" in vars(module)
    assert slopes(module, 0.0, y, program.values) == pytest.approx(program.rhs(0.0, y, program.values), rel=1e-12)

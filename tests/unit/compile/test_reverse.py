"""Reverse and forward derivatives of straight-line programs, function by function."""

import re

import numpy as np
import pytest
import sympy as sp

from myoflare.base.errors import ModelError
from myoflare.compile import compile_model
from myoflare.compile import functions as fn
from myoflare.compile.derivative_text import derivative_text
from myoflare.compile.derivatives import jvp, vjp
from myoflare.compile.equations import build
from myoflare.compile.lu import eliminate
from myoflare.compile.lu_back import transposed_text
from myoflare.compile.lu_text import elimination_text
from myoflare.compile.slopes import slopes
from myoflare.model import Function, Model, Observable, Parameter, Reaction, Rule, Species

FORMULAS = [
    "X*Y - 2*X/Y", "X^2 + Y^-1", "X^a", "(X/b)^a/(1 + (X/b)^a)", "exp(-X)*ln(Y)", "piecewise(X, X < Y, Y^2)",
    "max(X, Y) + min(X, b)", "abs(X - Y)", "sqrt(X)*time", "hill(X, b, a)", "u*Y + w", "log10(X) + sin(Y) + tanh(b)",
    "piecewise(1, X > 1 && Y < 5, 0) + a", "a^b*X", "X^3^0.5", "cos(a*X)/cosh(Y) + atan(b)", "X^(Y/b)", "7*X",
]  # fmt: skip


def network(*laws):
    """Two states that a law each fills, two parameters, two rules and an observable."""
    rules = (Rule("u", "u", "3*X"), Rule("w", "w", "u*Y + a"))
    reactions = tuple(Reaction(f"r{i}", "", law, {"XY"[i % 2]: 1.0}) for i, law in enumerate(laws))
    hill = Function("hill", ("x", "k", "n"), "(x/k)^n/(1 + (x/k)^n)")
    parameters = (Parameter("a", 2.5, ""), Parameter("b", 3.0, ""))
    seen = (Observable("seen", "", "w^a/(b + u)", ""),)
    return Model(
        "t", (Species("X", "", "", 1.3), Species("Y", "", "", 2.1)), parameters, (hill,), rules, reactions, seen
    )


def run_text(source):
    """Names of a generated module, run as plain Python: quick to make, and the same lines."""
    scope: dict = {}
    plain = re.sub(r"^(_jit\w*) = njit.*", r"\1 = lambda f: f", source, flags=re.MULTILINE)
    plain = re.sub(r"\bat\((\w+)\)", r"\1", plain)
    exec(compile(plain, "generated", "exec"), scope)  # noqa: S102
    return scope


def derivative_of(model, sweep, target="rhs"):
    """The derivative as a function of (t, y, p, c, a), and the length of its result."""
    eqs = build(model)
    scope = run_text(derivative_text(eqs, sweep, target, "scalar"))
    inputs = len(eqs.states) + len(eqs.params) + len(eqs.hoisted)
    targets = {"rhs": len(eqs.rhs), "jacobian": len(eqs.jacobian), "constants": len(eqs.hoisted)}
    targets["derive"] = len(eqs.rules) + len(eqs.observables)
    size = inputs if sweep == "reverse" else targets[target]

    def call(t, y, p, c, a):
        out = np.zeros(size)
        scope["kernel"](np.array([t]), y, p, c, a, np.empty(scope["N_SCRATCH"]), out)
        return out

    return call


def total(model, t, y, p, c, weights, target="rhs"):
    """Derivatives by states and parameters, constants chained."""
    n, m = len(y), len(p)
    out = derivative_of(model, "reverse", target)(t, y, p, c, weights)
    chained = derivative_of(model, "reverse", "constants")(t, y, p, c, out[n + m :])
    return out[:n], out[n : n + m] + chained[n : n + m]


def differences(function, x, step=1e-6):
    """Central differences of a number by each entry of ``x``."""
    found = []
    for i in range(len(x)):
        up, down = x.copy(), x.copy()
        up[i], down[i] = x[i] + step, x[i] - step
        found.append((function(up) - function(down)) / (2 * step))
    return np.array(found)


@pytest.mark.parametrize("law", FORMULAS)
def test_reverse_and_forward_of_every_function(law):
    model = network(law)
    program = compile_model(model)
    y, p, t, weights = np.array([1.3, 2.1]), program.values, 0.7, np.array([1.0, -0.4])
    by_y, by_p = total(model, t, y, p, program.constants(p), weights)
    assert by_y == pytest.approx(differences(lambda y: weights @ program.rhs(t, y, p), y), rel=1e-7, abs=1e-8)
    assert by_p == pytest.approx(differences(lambda p: weights @ program.rhs(t, y, p), p), rel=1e-7, abs=1e-8)
    move = derivative_of(model, "tangent")(t, y, p, program.constants(p), np.array([1.0, 0.5, *[0.0] * 9]))
    assert weights @ move == pytest.approx(by_y @ [1.0, 0.5], rel=1e-12, abs=1e-13)


def test_derivatives_of_the_jacobian_are_second_derivatives():
    model = network("hill(X, b, a) + X*Y^a", "exp(-X*b)*w + X^2/(Y + a)")
    program = compile_model(model)
    y, p = np.array([1.3, 2.1]), program.values
    rows, cols = program.sparsity
    weights = np.array([0.3, -1.0, 2.0, 0.7])[: len(rows)]
    by_y, by_p = total(model, 0.0, y, p, program.constants(p), weights, "jacobian")
    assert by_y == pytest.approx(differences(lambda y: weights @ program.jacobian(0, y, p)[rows, cols], y), rel=1e-7)
    assert by_p == pytest.approx(differences(lambda p: weights @ program.jacobian(0, y, p)[rows, cols], p), rel=1e-7)


def test_compiled_products_agree_with_differences_and_with_each_other():
    model = network("hill(X, b, a) - u*0.1", "w*Y^a/(1 + X)")
    program = compile_model(model)
    y, p, weights = np.array([1.3, 2.1]), program.values, np.array([0.4, -2.0])
    by_y, by_p = vjp(program, 0.0, y, p, weights)
    assert by_y == pytest.approx(differences(lambda y: weights @ program.rhs(0, y, p), y), rel=1e-7)
    assert by_p == pytest.approx(differences(lambda p: weights @ program.rhs(0, y, p), p), rel=1e-7)
    dy, dp = np.array([0.2, -0.1]), np.array([1.0, 0.3])
    assert weights @ jvp(program, 0.0, y, p, dy, dp) == pytest.approx(by_y @ dy + by_p @ dp, rel=1e-12)
    seen = vjp(program, 0.0, y, p, np.array([0.0, 0.0, 1.0]), of="derive")[1]
    assert seen == pytest.approx(differences(lambda p: program.observe(0, y, p)[0], p), rel=1e-7)


def test_wrong_shapes_are_named():
    program = compile_model(network("X*a"))
    with pytest.raises(ModelError, match=r"weights: shape \(3,\); expected \(2,\)"):
        vjp(program, 0.0, np.ones(2), program.values, np.ones(3))
    with pytest.raises(ModelError, match="rates"):
        vjp(program, 0.0, np.ones(2), program.values, np.ones(2), of="rates")


@pytest.mark.parametrize(("base", "exponent"), [(1.7, 2.4), (0.3, -1.2), (2.0, 3.0)])
def test_derivatives_of_the_derivative_of_a_power(base, exponent):
    x, e = sp.symbols("x e", real=True)
    plain = {fn.dpowr: lambda b, k: k * b ** (k - 1), fn.powr: lambda b, k: b**k, fn.logp: sp.log}
    plain[fn.select] = lambda test, at_a_pole, elsewhere: elsewhere
    found = slopes(fn.dpowr(x, e))
    for symbol in (x, e):
        text = found[symbol]
        for function, meaning in plain.items():
            text = text.replace(function, meaning)
        wanted = sp.diff(e * x ** (e - 1), symbol)
        point = {x: base, e: exponent}
        assert float(text.subs(point)) == pytest.approx(float(wanted.subs(point)), rel=1e-12)


@pytest.mark.parametrize("base", [0.0, -1e-12])
def test_a_root_of_nothing_has_finite_second_derivatives(base):
    """The derivative of X^0.5 counts as 0 at 0, so nothing moves it."""
    model = network("X^a")
    call, (y, p) = derivative_of(model, "reverse", "jacobian"), (np.array([base, 1.0]), np.array([0.5, 3.0]))
    weights = np.ones(len(build(model).jacobian))
    assert (call(0.0, y, p, np.empty(0), weights) == 0).all()


def test_solves_with_the_transposed_matrix():
    rng = np.random.default_rng(3)
    n = 12
    pattern = [(i, j) for i in range(n) for j in range(n) if i != j and rng.random() < 0.2]
    plan = eliminate(n, pattern)
    head = (
        "from myoflare.compile.scalar import *\n_jit_factor = _jit_solve = _jit_solve_back = _jit_door = lambda f: f\n"
    )
    scope = run_text(head + "\n".join([*elimination_text(plan, pattern), *transposed_text(plan)]))
    matrix, entries, lu = np.zeros((n, n)), rng.standard_normal(len(pattern)), np.zeros(len(plan.entries))
    for (i, j), value in zip(pattern, entries, strict=True):
        matrix[i, j] = value
    scope["factor"](entries, np.array([5.0]), lu)
    b = rng.standard_normal(n)
    x = b.copy()
    scope["solve_back"](lu, x)
    assert x == pytest.approx(np.linalg.solve((5.0 * np.eye(n) - matrix).T, b), rel=1e-12)

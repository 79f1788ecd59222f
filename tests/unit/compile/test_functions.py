"""Every function of the formula syntax: compiled, as plain Python, and by the evaluator of starting values."""

import math

import numpy as np
import pytest

from myoflare.compile import compile_model
from myoflare.compile.functions import BUILT_IN, HELPERS, NATIVE
from myoflare.model import Model, Observable, Parameter, Reaction, Species
from myoflare.model.evaluate import Evaluator
from myoflare.model.formula import to_tree

POINTS = [{"x": 0.3, "y": 2.5}, {"x": 0.9, "y": -7.25}, {"x": -0.6, "y": 4.0}]
FORMULAS = {
    "quotient(y, 2)": lambda x, y: math.trunc(y / 2), "rem(y, 2)": lambda x, y: math.fmod(y, 2),
    "factorial(floor(y)^2)": lambda x, y: math.factorial(math.floor(y) ** 2), "ceil(y) + floor(x)": None,
    "sec(x) + csc(x) + cot(x)": lambda x, y: 1 / math.cos(x) + 1 / math.sin(x) + 1 / math.tan(x),
    "sech(x) + csch(x) + coth(x)": lambda x, y: 1 / math.cosh(x) + 1 / math.sinh(x) + 1 / math.tanh(x),
    "arcsin(x) + arccos(x) + arctan(y)": lambda x, y: math.asin(x) + math.acos(x) + math.atan(y),
    "arcsec(y) + arccsc(y) + arccot(y)": lambda x, y: math.acos(1 / y) + math.asin(1 / y) + math.atan(1 / y),
    "arcsinh(y) + arctanh(x) + arccosh(1 + x*x)": lambda x, y: math.asinh(y) + math.atanh(x) + math.acosh(1 + x * x),
    "arcsech(x*x) + arccsch(y) + arccoth(y)": lambda x, y: math.acosh(1 / x**2) + math.asinh(1 / y) + math.atanh(1 / y),
    "xor(x > 0, y > 0, true)": lambda x, y: float((x > 0) ^ (y > 0) ^ True), "xor()": lambda x, y: 0.0,
    "implies(x > 0, y > 0)": lambda x, y: float(x <= 0 or y > 0), "not(x > 0) + !(y)": None, "and() + or()": None,
    "max(x, y, 1) - min(x, y)": lambda x, y: max(x, y, 1) - min(x, y), "plus() + times() + plus(x, y, 1)": None,
    "x < y < 3": lambda x, y: float(x < y < 3), "y == y && x != y": lambda x, y: 1.0, "log(2, 8) + log10(100)": None,
    "root(3, y*y) + sqrt(4)": lambda x, y: (y * y) ** (1 / 3) + 2, "avogadro * 1e-23": lambda x, y: 6.02214179,
    "piecewise(1, x > 0, 2, y > 0, 3) + pi - exponentiale": None, "(y > 0) * 2 + true": None, "inf * y": None,
}  # fmt: skip


@pytest.fixture(scope="module", params=["python", "numba"])
def program(request):
    return compile_model(
        Model("functions", (Species("x", "", "", 1.0), Species("y", "", "", 1.0)), (Parameter("k", 1.0, ""),), (), (),
              (Reaction("r", "", "k*x", {"x": -1.0}),),
              tuple(Observable(f"o{i}", "", text, "") for i, text in enumerate(FORMULAS))), request.param)  # fmt: skip


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_two_ways_to_compute_a_formula_agree(program, point):
    found = program.observe(0.0, np.array(list(point.values())), program.values)
    for (text, known), value in zip(FORMULAS.items(), found, strict=True):
        try:
            expected = known(**point) if known else None
        except (ValueError, ZeroDivisionError):
            assert math.isnan(value), text
            continue
        if expected is not None:
            assert value == pytest.approx(expected, rel=1e-13), text
        try:
            assert value == pytest.approx(Evaluator(point, {})(to_tree(text)), rel=1e-13), text
        except ValueError:  # the evaluator refuses what has no real result
            assert math.isnan(value), text


def test_nothing_holding_is_no_number():
    for backend in ("python", "numba"):
        model = Model("m", (Species("x", "", "", 1.0),), (), (), (), (),
                      (Observable("o", "", "piecewise(1, x > 5) + 1/(x - 1)", ""),))  # fmt: skip
        made = compile_model(model, backend)
        assert math.isnan(made.observe(0.0, np.array([1.0]), made.values)[0])


def test_every_function_has_its_code():
    from myoflare.compile import kernels, plain

    for name in HELPERS:
        assert callable(getattr(kernels, name))
        assert callable(getattr(plain, name))
    for name in NATIVE:
        assert callable(getattr(math, name))
        assert callable(getattr(np, name))
    assert {"quotient", "rem", "implies", "xor", "factorial", "arccoth"} <= BUILT_IN.keys()


@pytest.mark.parametrize(
    "text", ["arcsinh(x*y)", "sec(x)*arcsec(y)", "arccosh(1 + y*y)", "rem(y, 2)*x", "arctanh(x/3)"]
)
def test_derivatives_of_the_new_functions_are_right(text):
    model = Model("m", (Species("x", "", "", 1.0), Species("y", "", "", 1.0)), (), (), (),
                  (Reaction("r", "", text, {"x": 1.0}),))  # fmt: skip
    made = compile_model(model, "python")
    y, h = np.array([0.4, 2.6]), 1e-6
    slopes = [(made.rhs(0, y + d, made.values) - made.rhs(0, y - d, made.values))[0] / (2 * h) for d in np.eye(2) * h]
    assert made.jacobian(0, y, made.values)[0] == pytest.approx(slopes, rel=1e-7)

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myoflare.base.errors import ModelError
from myoflare.compile import compile_model, left_null_space
from myoflare.compile.kernels import dpowr, powr
from myoflare.model import Function, Model, Observable, Parameter, Reaction, Rule, Species, load_model
from myoflare.simulate import solve

AW = Path(__file__).parents[2] / "models" / "alexander_wahl" / "alexander_wahl.ant"
NAMES = ("S", "N", "E", "I", "Q", "beta", "zeta", "lambda", "is", "pi_")


def network(laws, rules=(), parameters=None, functions=(), states=("X", "Y")):
    """A network of plain numbers for tests of the compiler alone."""
    return Model(
        "test", tuple(Species(s, s, "", 1.0) for s in states),
        tuple(Parameter(k, v, "") for k, v in (parameters or {}).items()), tuple(functions),
        tuple(Rule(k, k, f) for k, f in rules), tuple(Reaction(f"r{i}", "", f, c) for i, (f, c) in enumerate(laws)),
    )  # fmt: skip


def test_names_that_sympy_or_python_use_are_ordinary_names():
    law = " + ".join(NAMES)
    model = network([(law, {"X": 1})], parameters={n: 10.0**i for i, n in enumerate(NAMES)})
    program = compile_model(model)
    assert program.rhs(0, program.guess, program.values)[0] == pytest.approx(1111111111.0)


FORMULAS = [
    "X*Y - 2*X/Y", "X^2 + Y^-1", "X^a", "(X/b)^a/(1 + (X/b)^a)", "exp(-X)*ln(Y)", "piecewise(X, X < Y, Y^2)",
    "max(X, Y) + min(X, b)", "abs(X - Y)", "sqrt(X)*time", "hill(X, b, a)", "u*Y + w", "log10(X) + sin(Y) + tanh(b)",
    "piecewise(1, X > 1 && Y < 5, 0) + !(X > 100)", "-X^2", "a*b*X + a*b", "X^3^0.5",
]  # fmt: skip


def python_value(text, x, y, t):
    """The same formula by Python itself, as an independent witness."""
    import math

    def piecewise(*p):
        return next((p[i] for i in range(0, len(p) - 1, 2) if p[i + 1]), p[-1])

    scope = {
        "X": x, "Y": y, "a": 2.5, "b": 3.0, "time": t, "exp": math.exp, "ln": math.log, "sqrt": math.sqrt,
        "log10": math.log10, "sin": math.sin, "tanh": math.tanh, "max": max, "min": min, "abs": abs,
        "piecewise": piecewise, "hill": lambda x, k, n: (x / k) ** n / (1 + (x / k) ** n),
        "u": 3.0 * x, "w": 3.0 * x * y,
    }  # fmt: skip
    text = text.replace("^", "**").replace("&&", " and ").replace("!(", "not (")
    return float(eval(text.replace("+ not", "+ (not") + (")" if "+ not" in text else ""), scope))  # noqa: S307


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_and_derivatives_are_right(text):
    hill = Function("hill", ("x", "k", "n"), "(x/k)^n/(1 + (x/k)^n)")
    model = network([(text, {"X": 1, "Y": -2})], [("u", "b*X"), ("w", "u*Y")], {"a": 2.5, "b": 3.0}, [hill])
    program = compile_model(model)
    rng = np.random.default_rng(0)
    for y in rng.uniform(0.2, 4.0, (5, 2)):
        value = program.rhs(1.5, y, program.values)
        assert value == pytest.approx(python_value(text, *y, 1.5) * np.array([1.0, -2.0]), rel=1e-13)
        assert program.jacobian(1.5, y, program.values) == pytest.approx(
            differences(program, y, 1.5), rel=1e-6, abs=1e-7
        )


def differences(program, y, t, p=None):
    """Jacobian by central differences."""
    p = program.values if p is None else p
    columns = []
    for j in range(len(y)):
        h = np.zeros_like(y)
        h[j] = 1e-6 * max(abs(y[j]), 1e-3)
        columns.append((program.rhs(t, y + h, p) - program.rhs(t, y - h, p)) / (2 * h[j]))
    return np.array(columns).T


@settings(deadline=None)  # the first call compiles
@given(st.floats(-1e-3, 10), st.floats(0.5, 6))
def test_powers_of_slightly_negative_bases_are_finite(base, exponent):
    assert np.isfinite(powr(base, exponent))
    if exponent >= 1:
        assert np.isfinite(dpowr(base, exponent))


def test_powers_follow_whole_exponents_below_zero_and_clamp_others():
    assert powr(-2.0, 3.0) == -8.0
    assert powr(-2.0, 2.5) == 0.0
    assert dpowr(0.0, 2.5) == 0.0


def test_a_base_that_no_state_moves_is_no_number_below_zero():
    """Alone, through a rule of parameters only, as a number, and with a state in the exponent."""
    laws = ["k^1.5", "u^1.5", "(-2)^1.5", "k^X", "sqrt(X)", "(X - 2)^1.5", "v^1.5"]
    model = network([(law, {"X": 1}) for law in laws], [("u", "2*k"), ("v", "X*k")], {"k": -1.0})
    program = compile_model(model)
    rates = program.rates(0.0, np.array([1.5, 0.0]), program.values)
    assert np.isnan(rates[:4]).all()
    assert rates[4:].tolist() == [np.sqrt(1.5), 0.0, 0.0]


def test_observables_rules_and_rates_come_in_the_order_of_their_names():
    program = compile_model(load_model(AW))
    y = np.array([2.0, 3.0, 5.0, 7.0])
    rates = dict(zip(program.reactions, program.rates(0, y, program.values), strict=True))
    assert rates["activate_E"] == 3000.0
    assert program.observe(0, y, program.values).tolist() == [7.0]
    assert program.stoichiometry @ program.rates(0, y, program.values) == pytest.approx(
        program.rhs(0, y, program.values)
    )


def test_the_sparsity_covers_the_jacobian():
    program = compile_model(load_model(AW))
    rows, cols = program.sparsity
    dense = program.jacobian(0, np.array([2.0, 3.0, 5.0, 7.0]), program.values)
    dense[rows, cols] = 0
    assert not dense.any()


def test_conservation_laws_are_exact():
    program = compile_model(network([("X", {"X": -1, "Y": 2})]))
    laws = left_null_space(program)
    assert laws.tolist() in ([[2.0, 1.0]], [[1.0, 0.5]])
    assert left_null_space(compile_model(network([("X", {"X": -1}), ("1", {"Y": 1})]))).shape == (0, 2)


@pytest.mark.parametrize(("text", "word"), [("X*nobody", "unknown name nobody"), ("strange(X)", "unknown function")])
def test_unknown_names_are_told(text, word):
    with pytest.raises(ModelError, match=word):
        compile_model(network([(text, {"X": 1})]))


def test_unknown_names_in_observables_are_told():
    from dataclasses import replace

    model = replace(network([("X", {"X": 1})]), observables=(Observable("o", "o", "Z", ""),))
    with pytest.raises(ModelError, match="observable o: unknown name Z"):
        compile_model(model)


def test_a_second_process_finds_the_code_ready(tmp_path):
    code = (
        "import time; from pathlib import Path; from myoflare.model import load_model\n"
        "from myoflare.compile import compile_model\n"
        f"m = load_model(Path({str(AW)!r})); t = time.perf_counter(); compile_model(m)\n"
        "print(time.perf_counter() - t)"
    )
    import os

    environment = os.environ | {"MYOFLARE_CACHE": str(tmp_path)}
    times = [
        float(
            subprocess.run(
                [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
            ).stdout
        )
        for _ in range(2)
    ]
    assert times[1] < times[0] / 2
    assert len(list(tmp_path.glob("*.py"))) == 1


def test_a_network_in_the_cache_needs_no_sympy():
    """It takes a third of a second to import, in every process that has nothing to generate."""
    start, end = "program.guess[None], [0.0, 1.0]", "assert 'sympy' not in sys.modules"
    code = f"""import sys; from myoflare.model import load_model; from myoflare.compile import compile_model
from myoflare.simulate import solve; program = compile_model(load_model({str(AW)!r}))
solve(program, program.values[None], {start}, solver="tsit5"); {end}"""
    program = compile_model(load_model(AW))
    solve(program, program.values[None], program.guess[None], [0.0, 1.0], solver="tsit5")
    subprocess.run([sys.executable, "-c", code], check=True)

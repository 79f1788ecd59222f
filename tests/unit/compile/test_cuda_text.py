"""The text that a GPU would run, compiled as plain C++ and compared with the same formulas in Python."""

import ctypes
import shutil
import subprocess

import numpy as np
import pytest

from myoflare.base.errors import ModelError
from myoflare.compile import compile_model
from myoflare.compile.cuda import cuda_digest, cuda_text
from myoflare.compile.equations import build
from myoflare.compile.lu import eliminate
from myoflare.model import Function, Model, Observable, Parameter, Reaction, Rule, Species, load_model
from myoflare.model.records import Event

CXX, NVCC = shutil.which("c++"), shutil.which("nvcc")
needs_cxx = pytest.mark.skipif(CXX is None, reason="no C++ compiler here")
needs_nvcc = pytest.mark.skipif(NVCC is None, reason="no nvcc here: the text was not compiled for a GPU")
DOOR = """
extern "C" void at(double t, const double *y, const double *p, double *c, double *f, double *o, double *r)
{
    constants(t, y, p, c, c);
    rhs(t, y, p, c, f);
    observables(t, y, p, c, o);
    rules(t, y, p, c, r);
}
"""
SOLVE = """
extern "C" void solved(double t, double shift, const double *y, const double *p, double *c, double *b)
{
    double a[N_LU];
    constants(t, y, p, c, c);
    jacobian(t, y, p, c, a);
    factor(a, shift);
    solve(a, b);
}
"""


def network(laws, parameters, states=("X", "Y"), rules=(), observables=(), functions=(), **more):
    return Model(
        "small", tuple(Species(s, s, "", 1.0) for s in states),
        tuple(Parameter(k, v, "") for k, v in parameters.items()), tuple(functions),
        tuple(Rule(k, k, f) for k, f in rules), tuple(Reaction(f"r{i}", "", f, c) for i, (f, c) in enumerate(laws)),
        tuple(Observable(k, k, f, "") for k, f in observables), **more,
    )  # fmt: skip


def compiled(text, folder):
    """The text as a shared library of C++."""
    source, library = folder / "text.cpp", folder / "text.so"
    source.write_text(text)
    command = [CXX, "-O1", "-fPIC", "-Wall", "-Wextra", "-Werror", "-Wno-unknown-pragmas", "-Wno-unused", "-shared"]
    done = subprocess.run([*command, "-o", library, source], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return ctypes.CDLL(str(library))


def pointers(*arrays):
    return [a.ctypes.data_as(ctypes.c_void_p) for a in arrays]


FORMULAS = [
    "X*Y - 2*X/Y", "X^2 + Y^-1", "X^a", "Z^a", "Z^2", "(X/b)^a/(1 + (X/b)^a)", "exp(-X)*ln(Y)", "floor(X) + ceil(Y)",
    "piecewise(X, X < Y, Y^2)", "max(X, Y) + min(X, b)", "abs(X - Y)", "sqrt(X)*time", "hill(X, b, a)", "u*Y + b",
    "log10(X) + sin(Y) + tanh(b)", "piecewise(1, X > 1 && Y < 5, 0) + !(X > 100)", "a*b*X + a*b", "X^3^0.5",
    "Y^7 - X^-6", "piecewise(1, X == 2, 0) + 1e-30*X", "cos(X)*tan(b) + atan(Y) + cosh(b)*sinh(b)",
]  # fmt: skip


@needs_cxx
def test_every_kind_of_formula_has_the_value_that_python_gives(tmp_path):
    hill = Function("hill", ("x", "k", "n"), "x^n/(k^n + x^n)")
    model = network(
        [(f, {"X": 1.5, "Y": -1}) for f in FORMULAS], {"a": 1.7, "b": 0.6}, ("X", "Y", "Z"), [("u", "X/(1 + X)")],
        [(f"o{i}", f) for i, f in enumerate(FORMULAS)], [hill],
    )  # fmt: skip
    program = compile_model(model)
    library = compiled(cuda_text(model) + DOOR, tmp_path)
    for y in ([2.0, 3.0, -0.5], [0.3, 0.01, 0.0], [40.0, 0.5, 2.0]):
        y, p = np.array(y), program.values
        c, f, o, r = (np.full(n, np.nan) for n in (200, 3, len(FORMULAS), 1))
        library.at(ctypes.c_double(2.5), *pointers(y, p, c, f, o, r))
        np.testing.assert_allclose(o, program.observe(2.5, y, p), rtol=1e-13)
        np.testing.assert_allclose(f, program.rhs(2.5, y, p), rtol=1e-12)
        np.testing.assert_allclose(r, program.derive(2.5, y, p), rtol=1e-14)


@needs_cxx
def test_powers_of_zero_and_below_are_those_that_python_gives(tmp_path):
    """A state below 0 counts as 0 under a broken power; a parameter below 0 makes it no number."""
    formulas = ["X^2.5", "X^-0.5", "X^d", "X^3", "d^a", "d^3", "d^X", "X^Y"]
    model = network(
        [(f, {"X": 1}) for f in formulas],
        {"a": 1.7, "d": -0.4},
        observables=[(f"o{i}", f) for i, f in enumerate(formulas)],
    )
    program = compile_model(model)
    library = compiled(cuda_text(model) + DOOR, tmp_path)
    for y in ([0.0, 0.0], [-0.5, 2.0], [-0.5, np.nan], [np.nan, 0.5], [2.0, 0.5]):
        y, p = np.array(y), program.values
        c, f, o, r = (np.full(n, np.nan) for n in (200, 2, len(formulas), 1))
        library.at(ctypes.c_double(0.0), *pointers(y, p, c, f, o, r))
        np.testing.assert_allclose(o, program.observe(0.0, y, p), rtol=1e-13)


@needs_cxx
def test_the_shipped_network_has_the_slope_and_read_outs_of_the_program(tmp_path):
    model = load_model()
    program = compile_model(model)
    library = compiled(cuda_text(model) + DOOR, tmp_path)
    rng = np.random.default_rng(7)
    y = program.guess * rng.lognormal(0.0, 0.5, len(program.states)) + 1e-6
    p = program.values * rng.lognormal(0.0, 0.2, len(program.params))
    sizes = (len(program.params) + 1000, len(y), len(program.observables), len(program.rules))
    c, f, o, r = (np.full(n, np.nan) for n in sizes)
    library.at(ctypes.c_double(0.0), *pointers(y, p, c, f, o, r))
    speed = np.abs(program.stoichiometry) @ np.abs(program.rates(0.0, y, p))  # a slope is a difference of such terms
    assert np.max(np.abs(f - program.rhs(0.0, y, p)) / (speed + 1e-300)) < 1e-13
    np.testing.assert_allclose(o, program.observe(0.0, y, p), rtol=1e-12)
    np.testing.assert_allclose(r, program.derive(0.0, y, p), rtol=1e-12)


@needs_cxx
def test_the_written_out_elimination_solves_the_shipped_network(tmp_path):
    model = load_model()
    program = compile_model(model)
    library = compiled(cuda_text(model, "rodas5p") + SOLVE, tmp_path)
    y, p, shift = program.guess + 0.01, program.values, 40.0
    b = np.linspace(1.0, 2.0, len(y))
    x = b.copy()
    library.solved(ctypes.c_double(0.0), ctypes.c_double(shift), *pointers(y, p, np.empty(2000), x))
    matrix = shift * np.eye(len(y)) - program.jacobian(0.0, y, p)
    residual = np.abs(matrix @ x - b) / (np.abs(matrix) @ np.abs(x) + b)
    assert residual.max() < 1e-12
    assert len(eliminate(len(y), build(model).jacobian).entries) < 0.2 * len(y) ** 2  # still sparse


def test_events_and_unknown_solvers_are_refused_at_the_door():
    laws = [("X", {"X": -1})]
    with pytest.raises(ModelError, match="a network without events"):
        cuda_text(network(laws, {}, events=(Event("e", "X > 1", {"X": "0"}),)))
    with pytest.raises(ModelError, match="one of tsit5, rodas5p"):
        cuda_text(network(laws, {}), "euler")


def test_the_digest_tells_structures_apart_and_not_numbers():
    laws = [("k*X", {"X": -1})]
    one = cuda_digest(network(laws, {"k": 1.0}))
    assert one == cuda_digest(network(laws, {"k": 2.0}))
    assert one != cuda_digest(network([("k*X", {"X": 1})], {"k": 1.0}))


def cubin(model, solver, folder):
    """Resources that the machine code for a H100 needs, as nvcc tells them."""
    source = folder / "text.cu"
    source.write_text(cuda_text(model, solver))
    command = [NVCC, "-arch=sm_90", "-O3", "-Xptxas", "-v", "-cubin", "-o", folder / "text.cubin", source]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stderr


@needs_nvcc
@pytest.mark.parametrize("solver", ["tsit5", "rodas5p"])
def test_a_small_network_compiles_for_a_gpu(solver, tmp_path):
    report = cubin(network([("k*X*time", {"X": -1, "Y": 1})], {"k": 1.0}), solver, tmp_path)
    assert "0 bytes spill stores" in report


@needs_nvcc
def test_the_shipped_network_compiles_for_a_gpu_and_fits_in_its_registers(tmp_path):
    report = cubin(load_model(), "tsit5", tmp_path)
    stores = [int(line.split(" bytes spill stores")[0].split()[-1]) for line in report.splitlines() if "spill" in line]
    assert sum(stores) < 500  # bytes; the arrays of states and stages lie in the thread's own memory by design


@needs_nvcc
@pytest.mark.slow
def test_the_implicit_solver_of_the_shipped_network_compiles_for_a_gpu(tmp_path):
    assert "myoflare_kernel" in cubin(load_model(), "rodas5p", tmp_path)

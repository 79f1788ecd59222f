"""The whole generated solver, compiled as plain C++ and run on the CPU: known answers, and the engine's own course."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from myoflare.base.errors import SimulationError
from myoflare.base.status import Status
from myoflare.compile import compile_model
from myoflare.compile.cuda import cuda_digest
from myoflare.model import Model, Observable, Parameter, Reaction, Rule, Species, load_model
from myoflare.model.records import Bolus, Change, Infusion, Reset
from myoflare.simulate import advance
from myoflare.simulate.device import build, solve_on_device
from myoflare.simulate.library import load

pytestmark = pytest.mark.skipif(shutil.which("c++") is None, reason="no C++ compiler here")
SOLVERS = ("tsit5", "rodas5p")
IMMUNO = Path(__file__).parents[3] / "benchmarks" / "models"


def program_of(laws, parameters, states=("X", "Y"), observables=()):
    return compile_model(
        Model(
            "small", tuple(Species(s, s, "", 1.0) for s in states),
            tuple(Parameter(k, v, "") for k, v in parameters.items()), (), (Rule("twice", "", "2*X"),),
            tuple(Reaction(f"r{i}", "", f, c) for i, (f, c) in enumerate(laws)),
            tuple(Observable(k, k, f, "") for k, f in observables),
        )
    )  # fmt: skip


def library_of(program, solver, folder):
    return build(program, solver, folder / f"{solver}.so", "c++", ["-Wno-unknown-pragmas"])


@pytest.fixture(scope="module", params=SOLVERS)
def decay(request, tmp_path_factory):
    """X decays into Y; what is asked for is a parameter times the sum."""
    laws, observables = [("k*X", {"X": -1, "Y": 1})], [("both_now", "a*(X + Y)"), ("k_now", "k")]
    program = program_of(laws, {"k": 1.0, "a": 3.0}, observables=observables)
    return program, library_of(program, request.param, tmp_path_factory.mktemp("decay"))


def run(decay, times, schedules=None, y0=((1.0, 0.0),), params=None, **more):
    program, library = decay
    y0 = np.array(y0)
    params = np.repeat(program.values[None], len(y0), 0) if params is None else params
    return solve_on_device(library, program, params, y0, np.array(times, float), schedules, **more)


def test_decay_follows_the_tolerance(decay):
    times = [0.0, 0.1, 1.0, 3.0, 3.7]
    for rtol in (1e-4, 1e-6, 1e-9):
        batch = run(decay, times, outputs="states", rtol=rtol)
        assert (batch.status == 0).all()
        assert batch.reached[0] == 3.7
        error = np.abs(batch.values[0, :, 0] - np.exp(-np.array(times))).max()
        assert error < 10 * rtol
        assert (batch.final[0] == batch.values[0, -1]).all()
        np.testing.assert_allclose(batch.values[0].sum(axis=1), 1.0, rtol=1e-12)


def test_outputs_between_steps_are_as_exact_as_steps(decay):
    """Hundreds of outputs inside one step, by the interpolant."""
    times = np.linspace(0.0, 2.0, 1001)
    batch = run(decay, times, outputs="states", rtol=1e-7)
    assert batch.steps[0] < 100
    assert np.abs(batch.values[0, :, 0] - np.exp(-times)).max() < 1e-6


def test_actions_come_before_the_output_of_their_day(decay):
    schedule = [
        Change(-5.0, "k", 2.0), Bolus(-1.0, "X", 9.0), Bolus(0.0, "X", 1.0), Change(1.0, "k", 0.0),
        Change(1.0, "a", 5.0), Bolus(1.5, "Y", 1.0), Reset(1.5, "X", 4.0), Reset(2.0, "X", 7.0), Bolus(9.0, "X", 1.0),
    ]  # fmt: skip
    batch = run(decay, [0.0, 0.5, 1.0, 1.4, 1.5, 2.0], [schedule], outputs="states", rtol=1e-9)
    x = [2.0, 2 * np.exp(-1.0), 2 * np.exp(-2.0), 2 * np.exp(-2.0), 4.0, 7.0]  # a dose of the past is not given again
    np.testing.assert_allclose(batch.values[0, :, 0], x, rtol=1e-7)
    seen = run(decay, [0.0, 0.5, 1.0], [schedule], rtol=1e-9).values[0]
    np.testing.assert_allclose(seen, [[6.0, 2.0], [6.0, 2.0], [10.0, 0.0]], rtol=1e-7)
    twice = run(decay, [0.0, 2.0], [schedule], outputs="rules").values[0, :, 0]
    np.testing.assert_allclose(twice, [4.0, 14.0], rtol=1e-7)
    derived = run(decay, [0.0, 2.0], [schedule], outputs="derived")
    assert derived.outputs == ("twice", "both_now", "k_now")
    np.testing.assert_allclose(derived.values[0], [[4.0, 6.0, 2.0], [14.0, 50 - 10 * np.exp(-2.0), 0.0]], rtol=1e-6)


def test_infusions_add_up_and_stop(decay):
    schedule = [Infusion(1.0, "X", 6.0, 2.0), Infusion(2.0, "X", 4.0, 2.0), Infusion(0.0, "Y", 1.0, 1.0)]
    stop = [Change(0.0, "k", 0.0)]
    batch = run(decay, [0, 1, 2, 3, 4, 5], [schedule + stop], y0=[(0.0, 0.0)], outputs="states", rtol=1e-8)
    np.testing.assert_allclose(batch.values[0, :, 0], [0.0, 0.0, 3.0, 8.0, 10.0, 10.0], atol=1e-7)
    np.testing.assert_allclose(batch.values[0, :, 1], [0.0, 1.0, 1.0, 1.0, 1.0, 1.0], atol=1e-7)


def test_patients_do_not_touch_each_other(decay):
    """Bit for bit, whoever else is in the batch and however it is cut."""
    rng = np.random.default_rng(3)
    y0, params = rng.uniform(0.5, 2.0, (7, 2)), rng.uniform(0.1, 3.0, (7, 2))
    schedules = [[Change(day, "k", 0.5), Bolus(day + 0.1, "X", day)] if i % 2 else [] for i, day in enumerate(y0[:, 0])]
    times = np.linspace(0.0, 4.0, 9)
    seen = []
    whole = run(decay, times, schedules, y0, params, at_once=3, progress=seen.append)
    assert seen == [3, 6, 7]
    for i in range(7):
        alone = run(decay, times, [schedules[i]], y0[i : i + 1], params[i : i + 1])
        assert (alone.values[0] == whole.values[i]).all()


def test_a_library_built_again_under_the_same_name_is_the_new_one(tmp_path):
    for law in ("X", "2*X"):
        program = program_of([(law, {"X": -1})], {}, ("X",))
        assert library_of(program, "tsit5", tmp_path).digest == cuda_digest(program.model)


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_formula_of_time_keeps_its_order(solver, tmp_path):
    program = program_of([("cos(3*time) - X", {"X": 1})], {}, ("X",))
    library = library_of(program, solver, tmp_path)
    times = np.linspace(0.0, 5.0, 11)
    batch = solve_on_device(library, program, np.empty((1, 0)), np.array([[1.0]]), times, outputs="states", rtol=1e-8)
    exact = (np.cos(3 * times) + 3 * np.sin(3 * times)) / 10 + 0.9 * np.exp(-times)
    assert np.abs(batch.values[0, :, 0] - exact).max() < 1e-7
    assert batch.steps[0] < 400


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_patient_that_fails_is_a_status_and_the_others_go_on(solver, tmp_path):
    program = program_of([("k*X^2", {"X": 1})], {"k": 1.0}, ("X",))
    library = library_of(program, solver, tmp_path)
    params = np.array([[1.0], [np.nan], [-1.0]])  # a pole at day 1; no number; 1/(1 + t)
    times = np.array([0.0, 0.5, 1.25, 2.0])
    batch = solve_on_device(library, program, params, np.ones((3, 1)), times, outputs="states", rtol=1e-8)
    blown, lost, fine = (Status.of(code) for code in batch.status)
    assert blown in (Status.NO_CONVERGENCE, Status.NOT_FINITE)
    assert batch.reached[0] == pytest.approx(1.0, abs=1e-6)
    np.testing.assert_allclose(batch.values[0, :2, 0], [1.0, 2.0], rtol=1e-6)
    assert np.isnan(batch.values[0, 2:]).all()
    assert lost is Status.BAD_INPUT
    assert fine is Status.OK
    np.testing.assert_allclose(batch.values[2, :, 0], 1 / (1 + times), rtol=1e-7)


def test_arguments_without_sense_are_refused(decay, tmp_path):
    program, library = decay
    other = program_of([("X", {"X": -1})], {"k": 1.0})
    one = (np.ones((1, 2)), np.ones((1, 2)), np.array([0.0, 1.0]))
    with pytest.raises(SimulationError, match="made for another network"):
        solve_on_device(library, other, np.ones((1, 1)), *one[1:])
    with pytest.raises(SimulationError, match=r"params: shape \(1, 3\)"):
        solve_on_device(library, program, np.ones((1, 3)), *one[1:])
    with pytest.raises(SimulationError, match="whole warps"):
        solve_on_device(library, program, *one, threads=48)
    with pytest.raises(SimulationError, match="one of states, derived, rules, observables"):
        solve_on_device(library, program, *one, outputs="all")
    with pytest.raises(SimulationError, match="increasing days"):
        solve_on_device(library, program, *one[:2], np.array([1.0, 0.0]))
    with pytest.raises(SimulationError, match="not installed"):
        build(program, "tsit5", tmp_path / "x.so", "no-such-compiler")
    with pytest.raises(SimulationError, match="a library of build"):
        load(tmp_path / "absent.so")
    with pytest.raises(SimulationError, match="a library for the CPU; expected a CUDA device"):
        library.device()


def agree(program, library, params, y0, times, schedules, rtol, reference):
    """Largest error against a tight solution, as a share of each state's size on the way."""
    batch = solve_on_device(library, program, params, y0, times, schedules, outputs="states", rtol=rtol)
    assert (batch.status == 0).all()
    scale = np.abs(reference) + 1e-3 * np.abs(reference).max(axis=1, keepdims=True) + 1e-12
    return (np.abs(batch.values - reference) / scale).max()


@pytest.mark.parametrize("solver", SOLVERS)
def test_the_shipped_network_follows_the_engine(solver, tmp_path):
    """Three people whose parameters differ, with inputs that switch on and off."""
    days = 1095.0 if solver == "rodas5p" else 30.0  # the network is stiff: the explicit solver needs 200 steps a day
    model = load_model()
    program = compile_model(model)
    rng = np.random.default_rng(11)
    params = program.values * np.where(program.values > 0, rng.lognormal(0.0, 0.05, (3, len(program.values))), 1.0)
    inputs = [p.id for p in model.parameters if p.value == 0.0][:6]
    schedule = [Change(days * (0.1 + 0.01 * i), name, 0.3) for i, name in enumerate(inputs)]
    schedule += [Change(days * (0.133 + 0.01 * i), name, 0.0) for i, name in enumerate(inputs)]
    y0, times = np.repeat(program.guess[None], 3, 0), np.linspace(0.0, days, 74)
    tight = [advance(program, p, y, times, schedule, rtol=1e-10) for p, y in zip(params, y0, strict=True)]
    assert all(s.status.ok for s in tight)
    library = library_of(program, solver, tmp_path)
    reference = np.array([s.states for s in tight])
    errors = [agree(program, library, params, y0, times, [schedule] * 3, rtol, reference) for rtol in (1e-5, 1e-8)]
    assert errors[0] < 1e-3
    assert errors[1] < 1e-5

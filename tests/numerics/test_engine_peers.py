"""The engine beside other ways to the same answer: libRoadRunner, the scalar text, a cold and a warm cache, events."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from engine_cases import METHODS, people, program
from hypothesis import given, settings
from hypothesis import strategies as st

from myoflare.compile import compile_model
from myoflare.model.records import Bolus, Change, Event, Infusion, Reset
from myoflare.model.sbml_write import to_sbml
from myoflare.simulate import advance
from myoflare.simulate.batch import BLOCK, solve
from myoflare.simulate.lanes import engine
from myoflare.simulate.schedule import pack

TIMES = np.linspace(0, 8, 33)
STATES = ("gut", "plasma", "S", "E", "A", "B", "Z")
DAYS = st.integers(0, 80).map(lambda n: n / 10)  # so that some fall on one day, and some on outputs
ACTIONS = st.one_of(
    st.builds(Bolus, DAYS, st.sampled_from(STATES), st.floats(0, 5)),
    st.builds(Reset, DAYS, st.sampled_from(STATES), st.floats(0, 5)),
    st.builds(
        Infusion,
        st.integers(-20, 80).map(lambda n: n / 10),
        st.sampled_from(STATES),
        st.floats(0, 5),
        st.floats(0.01, 5),
    ),
    st.builds(Change, DAYS, st.sampled_from(["k_decay", "omega", "Emax", "k_grow", "n"]), st.floats(0.1, 3)),
)


def close(found, truth, rtol=1e-4):
    peak = np.abs(truth).max(axis=0)
    return (np.abs(found - truth) <= rtol * np.abs(truth) + rtol * 1e-2 * peak + 1e-8).all()


@settings(max_examples=40, deadline=None)
@given(st.lists(ACTIONS, max_size=12), st.integers(0, 10_000), st.sampled_from((*METHODS, "auto")))
def test_any_schedule_is_played_as_the_reference_plays_it(schedule, seed, solver):
    network = program("mixture")
    params = people(network, 1, seed=seed, spread=0.5)[0]
    exact = advance(network, params, network.guess, TIMES, schedule, rtol=1e-10)
    batch = solve(network, params[None], network.guess[None], TIMES, [schedule], solver=solver, rtol=1e-7)
    assert exact.status.ok
    assert batch.status[0] == 0
    assert close(batch.values[0], exact.states)


def run_peer(rr, network, params, times):
    for name, value in zip(network.params, params, strict=True):
        if name != "default_compartment":
            rr.setGlobalParameterByName(name, value)
    return np.asarray(rr.simulate(times[0], times[-1], len(times), list(network.states)))


@pytest.mark.parametrize("method", METHODS)
def test_libroadrunner_agrees_for_many_people(method):
    roadrunner = pytest.importorskip("roadrunner", exc_type=ImportError, reason="libRoadRunner does not load here")
    network, n = program("mixture"), 30
    rr = roadrunner.RoadRunner(to_sbml(network.model))
    rr.integrator.relative_tolerance = 1e-10
    rr.integrator.setValue("absolute_tolerance", 1e-13)
    params = people(network, n, seed=5)
    batch = solve(network, params, np.repeat(network.guess[None], n, 0), TIMES, solver=method, rtol=1e-8)
    assert (batch.status == 0).all()
    for i in range(n):
        rr.resetToOrigin()
        assert close(batch.values[i], run_peer(rr, network, params[i], TIMES), 1e-5), i


def by_scalar(network, params, y0, times, schedules, method, rtol=1e-6):
    """What ``solve`` does, with one patient a step."""
    from myoflare.simulate.advance import default_atol

    job = engine.Job(params, y0, default_atol(y0, rtol), rtol, np.asarray(times, float), pack(network, schedules), -1)
    result = engine.Result.empty(len(params), len(times), len(network.states), len(network.states))
    rows = np.arange(len(params))
    for block in (rows[i : i + BLOCK] for i in range(0, len(rows), BLOCK)):
        engine.run(engine.code(network, method, "scalar"), job, result, block)
    return result


def assert_twins(network, params, y0, times, schedule, method):
    schedules = [schedule] * len(params)
    one = by_scalar(network, params, y0, times, schedules, method)
    eight = solve(network, params, y0, times, schedules, solver=method)
    assert (one.status == eight.status).all()
    # Logarithms differ in the last digit, and a step that differs a little lands a little elsewhere.
    size = np.abs(eight.values) + 1e-3 * np.abs(eight.values).max(axis=1, keepdims=True) + 1e-9
    assert (np.abs(one.values - eight.values) / size).max() < 1e-6
    assert one.steps == pytest.approx(eight.steps, rel=0.02, abs=3)


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_one_patient_a_step_or_eight(method):
    network = program("mixture")
    schedule = [Bolus(0.5, "gut", 2.0), Infusion(1.5, "plasma", 4.0, 3.0), Change(3.0, "k_decay", 2.0)]
    assert_twins(network, people(network, 20), np.repeat(network.guess[None], 20, 0), TIMES, schedule, method)


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_one_patient_of_the_disease_a_step_or_eight(method):
    network = program("disease")
    params, y0 = people(network, 8, spread=0.05), np.repeat(network.guess[None], 8, 0)
    assert_twins(network, params, y0, np.linspace(0, 100, 11), (), method)


SCRIPT = """
import sys
import numpy as np
from myoflare.compile import compile_model
from myoflare.model import load_model
from myoflare.model.records import Bolus
from myoflare.simulate.batch import solve
program = compile_model(load_model(sys.argv[1]))
params = program.values * np.linspace(0.8, 1.2, 9)[:, None]
schedule = [Bolus(2.0, "A", 0.1)]
batch = solve(program, params, np.repeat(program.guess[None], 9, 0), [0, 1, 5, 40], [schedule] * 9, solver="rodas5p")
print(batch.values.tobytes().hex())
"""


@pytest.mark.slow
def test_a_cold_and_a_warm_cache_give_the_same_bits(tmp_path):
    model = Path(__file__).parents[1] / "models" / "engine" / "robertson.ant"
    environment = os.environ | {"MYOFLARE_CACHE": str(tmp_path)}
    answers = [
        subprocess.run(
            [sys.executable, "-c", SCRIPT, str(model)], env=environment, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]
    assert len(answers[0]) > 1000
    assert answers[0] == answers[1]


# Events


@pytest.fixture(scope="module")
def eventful():
    """Robertson's A is filled up again whenever it falls below 0.9, and from B above a mark on, k1 is lower."""
    model = program("robertson").model
    events = (
        Event("refill", "A < 0.9", {"A": "A + 0.05"}),
        Event("slower", "C > 0.15", {"k1": "0.5*k1"}),
    )
    return compile_model(replace(model, events=events, digest=f"{model.digest}-events"))


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_events_come_when_the_reference_has_them(eventful, method):
    n, times = 9, np.linspace(0, 20, 21)
    params, y0 = people(eventful, n, seed=3, spread=0.1), np.repeat(eventful.guess[None], n, 0)
    batch = solve(eventful, params, y0, times, solver=method, rtol=1e-8)
    assert (batch.status == 0).all()
    for i in range(n):
        exact = advance(eventful, params[i], y0[i], times, rtol=1e-10)
        assert batch.values[i] == pytest.approx(exact.states, rel=1e-5, abs=1e-9), i


@pytest.mark.slow
def test_a_neighbours_event_is_not_ones_own(eventful):
    """Bits do not depend on the company where events cut steps short, either."""
    n, times = 13, np.linspace(0, 20, 21)
    params, y0 = people(eventful, n, seed=9, spread=0.4), np.repeat(eventful.guess[None], n, 0)
    batch = solve(eventful, params, y0, times, solver="rodas5p")
    for i in range(n):
        alone = solve(eventful, params[i : i + 1], y0[i : i + 1], times, solver="rodas5p")
        assert alone.values[0].tobytes() == batch.values[i].tobytes(), i
        assert alone.steps[0] == batch.steps[i]

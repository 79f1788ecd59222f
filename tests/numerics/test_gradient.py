"""Gradients of courses against differences, against each other, and what a failure says."""

import sys
from functools import cache

import numpy as np
import pytest

from myoflare.base.errors import SimulationError
from myoflare.compile import compile_model
from myoflare.model import Change, Model, Parameter, Reaction, Rule, Species
from myoflare.model.records import Bolus, Event, Infusion, Reset
from myoflare.simulate.advance import default_atol
from myoflare.simulate.gradient import jax_course, least_squares, sensitivities, value_and_grad
from myoflare.simulate.gradient.run import Run

PARAMETERS = {"k1": 0.3, "k2": 0.8, "K": 1.3, "n": 2.4, "s": 0.5, "kt": 0.1}
TIMES = np.array([0, 0.7, 1.5, 3, 5, 8, 12.0])  # two of them on days of actions
SCHEDULE = (
    Bolus(-3.0, "A", 5.0), Change(-1.0, "s", 0.4), Bolus(0.0, "A", 1.0), Bolus(2.0, "A", 1.5), Change(4.0, "k1", 0.9),
    Infusion(5.0, "B", 3.0, 2.0), Reset(6.0, "C", 0.7), Change(7.0, "K", 1.1), Bolus(8.0, "B", 0.2),
)  # fmt: skip
OUTPUTS = ("A", "B", "C", "r")
METHODS = ("tsit5", "rodas5p")


@cache
def small():
    """Three states, a Hill function, a rule, a rate that depends on time."""
    laws = [
        ("k1*A*r", {"A": -1.0, "B": 1.0}), ("k2*B^n/(K^n + B^n)", {"B": -1.0, "C": 1.0}),
        ("5*C*(1 + kt*sin(time))", {"C": -1.0}), ("s*exp(-kt*r)", {"A": 1.0}),
    ]  # fmt: skip
    species = tuple(Species(name, "", "", rest) for name, rest in (("A", 3.0), ("B", 1.0), ("C", 0.2)))
    parameters = tuple(Parameter(name, value, "") for name, value in PARAMETERS.items())
    reactions = tuple(Reaction(f"r{i}", "", law, change) for i, (law, change) in enumerate(laws))
    return compile_model(Model("small", species, parameters, (), (Rule("r", "", "A/(A + K)"),), reactions))


def squares(times, values):
    return float((values**2).sum()), 2 * values


def gradient(method, params=None, y0=None, rtol=1e-8, **options):
    program = small()
    params = program.values if params is None else params
    options = {"wrt": [*program.params, *program.states], "outputs": OUTPUTS} | options
    y0 = program.guess if y0 is None else y0
    return value_and_grad(program, squares, params, y0, TIMES, SCHEDULE, method=method, rtol=rtol, **options)


@pytest.mark.parametrize("method", METHODS)
def test_gradient_agrees_with_differences_through_every_kind_of_action(method):
    program, step, found = small(), 1e-4, gradient(method)
    for name in (*program.params, *program.states):
        values = []
        for sign in (1, -1):
            both = np.concatenate([program.values, program.guess])
            both[[*program.params, *program.states].index(name)] += sign * step
            values.append(gradient(method, both[:6], both[6:], 1e-12, wrt=[]).value)
        assert found[name] == pytest.approx((values[0] - values[1]) / (2 * step), rel=1e-6, abs=1e-9), name
    assert found["s"] == 0.0  # a change before the first day replaced it


@pytest.mark.parametrize("method", METHODS)
def test_little_memory_gives_the_same_bits(method):
    much, little = gradient(method), gradient(method, memory=1)
    assert much.steps == little.steps > 100  # more than the tape holds at least
    assert (little.by == much.by).all()


@pytest.mark.parametrize("method", METHODS)
def test_forward_and_adjoint_are_transposes_of_each_other(method):
    program = small()
    names = [*program.params, *program.states]
    for memory in (64e6, 1):
        found = sensitivities(
            program, program.values, program.guess, TIMES, SCHEDULE, wrt=names, outputs=OUTPUTS, method=method,
            rtol=1e-8, memory=memory,
        )  # fmt: skip
        summed = np.einsum("to,tow->w", 2 * found.values, found.by)
        assert summed == pytest.approx(gradient(method).by, rel=1e-11)


@pytest.mark.parametrize("method", METHODS)
def test_eight_patients_side_by_side_have_the_gradients_they_have_alone(method):
    program, draw = small(), np.random.default_rng(0)
    params = program.values * np.exp(0.2 * draw.standard_normal((8, 6)))
    starts, schedules = np.tile(program.guess, (8, 1)), [SCHEDULE[: i + 1] for i in range(8)]
    atol = default_atol(starts, 1e-8)
    together = Run(program, method, "lanes", params, starts, TIMES, schedules, 1e-8, atol, True, 10_000, 1e5)
    by_start, by_params = together.back(2 * together.states, together.derived)
    for i in range(8):
        one = slice(i, i + 1)
        alone = Run(
            program, method, "scalar", params[one], starts[one], TIMES, schedules[one], 1e-8, atol[one], True, 10_000
        )
        # Rates depend on time, whose part in an implicit step is a difference over 1e-7 of it: rounding shows at 1e-9.
        assert together.states[i] == pytest.approx(alone.states[0], rel=1e-8)
        assert (together.steps[i], together.status[i]) == (alone.steps[0], alone.status[0])
        wanted = alone.back(2 * alone.states, alone.derived)
        assert by_start[i] == pytest.approx(wanted[0][0], rel=1e-8)
        assert by_params[i] == pytest.approx(wanted[1][0], rel=1e-8)


def test_values_are_those_of_the_reference_solver():
    from myoflare.simulate import advance

    program = small()
    changes = (Change(4.0, "k1", 0.9), Change(7.0, "K", 1.1))
    wanted = advance(program, program.values, program.guess, TIMES, changes, rtol=1e-11).states
    for method in METHODS:
        found = value_and_grad(
            program, squares, program.values, program.guess, TIMES, changes, outputs=program.states, method=method,
            rtol=1e-10,
        )  # fmt: skip
        assert found.values == pytest.approx(wanted, rel=1e-7)


def test_least_squares_skips_what_was_not_measured():
    data = np.array([[1.0], [np.nan], [2.0]])
    value, by = least_squares(data, 0.5)(np.arange(3.0), np.array([[1.5], [9.0], [2.0]]))
    assert value == pytest.approx(0.5)
    assert by.ravel() == pytest.approx([2.0, 0.0, 0.0])
    value, by = least_squares(data, 0.5, log=True)(np.arange(3.0), np.array([[np.e], [9.0], [2.0]]))
    assert value == pytest.approx(2.0)
    assert by.ravel() == pytest.approx([4.0 / np.e, 0.0, 0.0])


def growing(method="rodas5p", max_steps=100_000):
    """x' = a x^2 from 1 leaves every bound on day 1."""
    model = Model("g", (Species("x", "", "", 1.0),), (Parameter("a", 1.0, ""),), (), (),
                  (Reaction("r", "", "a*x^2", {"x": 1.0}),))  # fmt: skip
    program = compile_model(model)
    return value_and_grad(
        program, squares, program.values, program.guess, np.array([0.0, 2.0]), outputs=["x"], method=method,
        max_steps=max_steps,
    )  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
def test_a_course_that_fails_says_so_and_when(method):
    with pytest.raises(SimulationError, match="on day 1; expected a course to the last day"):
        growing(method)
    with pytest.raises(SimulationError, match="more steps than allowed"):
        growing(method, max_steps=5)


def test_faults_at_the_door_name_what_is_wrong():
    program = small()
    with pytest.raises(SimulationError, match="wrt: unknown parameter nosuch"):
        gradient("rodas5p", wrt=["nosuch"])
    with pytest.raises(SimulationError, match="outputs: unknown output nosuch"):
        gradient("rodas5p", outputs=["nosuch"])
    with pytest.raises(SimulationError, match="method: 'euler'; expected one of tsit5, rodas5p"):
        gradient("euler")
    bad = program.values.copy()
    bad[2] = np.nan
    with pytest.raises(SimulationError, match="params: K is not finite"):
        gradient("rodas5p", bad)

    def broken(times, values):
        return np.nan, values

    with pytest.raises(SimulationError, match="loss: a number that is not finite"):
        value_and_grad(program, broken, program.values, program.guess, TIMES, outputs=["A"], method="rodas5p")


def test_the_explicit_method_is_refused_at_the_edge_of_stability_and_auto_avoids_it():
    laws = [("k*(x - y)", {"x": -1.0}), ("x - y", {"y": 1.0}), ("0.01*y", {"x": -1.0})]
    reactions = tuple(Reaction(f"r{i}", "", law, change) for i, (law, change) in enumerate(laws))
    species = (Species("x", "", "", 1.0), Species("y", "", "", 1.0))
    program = compile_model(Model("stiff", species, (Parameter("k", 100.0, ""),), (), (), reactions))
    times = np.array([0.0, 200.0])
    with pytest.raises(SimulationError, match="method tsit5: .* at the edge of stability"):
        value_and_grad(program, squares, program.values, program.guess, times, outputs=["x"], method="tsit5")
    assert value_and_grad(program, squares, program.values, program.guess, times, outputs=["x"]).steps < 2000


def test_from_rest_derivatives_are_resolved_though_nothing_moves():
    """x rests at a/b for ever, so nothing asks for short steps; its derivative by a starts at 0 and rises to 1/b."""
    laws = [("a", {"x": 1.0}), ("b*x", {"x": -1.0})]
    reactions = tuple(Reaction(f"r{i}", "", law, change) for i, (law, change) in enumerate(laws))
    parameters = (Parameter("a", 2.0, ""), Parameter("b", 0.5, ""))
    program = compile_model(Model("rest", (Species("x", "", "", 4.0),), parameters, (), (), reactions))
    times = np.array([0.0, 1.0, 3.0, 40.0])
    for method in METHODS:
        found = sensitivities(
            program, program.values, program.guess, times, wrt=["a", "b"], outputs=["x"], method=method, rtol=1e-8
        )
        risen = 1.0 - np.exp(-0.5 * times)
        assert found.by[:, 0, 0] == pytest.approx(risen / 0.5, rel=1e-5, abs=1e-12)
        assert found.by[:, 0, 1] == pytest.approx(-4.0 * risen / 0.5, rel=1e-5, abs=1e-12)


def test_events_of_the_state_are_refused():
    model = small().model
    event = Event("e", "A > 2", {"B": "0"})
    program = compile_model(
        Model("e", model.species, model.parameters, (), model.rules, model.reactions, events=(event,))
    )
    with pytest.raises(SimulationError, match="events that the state sets off"):
        value_and_grad(program, squares, program.values, program.guess, TIMES, outputs=["A"], method="rodas5p")


def test_jax_differentiates_a_course():
    jax = pytest.importorskip("jax")
    program = small()
    course = jax_course(program, program.values, program.guess, TIMES, SCHEDULE, wrt=["k1", "n", "B"], outputs=OUTPUTS,
                        method="rodas5p", rtol=1e-8)  # fmt: skip
    with jax.enable_x64(True):
        x = jax.numpy.array([0.3, 2.4, 1.0])
        value, by = jax.jit(jax.value_and_grad(lambda x: (course(x) ** 2).sum()))(x)
    wanted = gradient("rodas5p")
    assert float(value) == pytest.approx(wanted.value, rel=1e-12)
    assert np.asarray(by) == pytest.approx([wanted[name] for name in ("k1", "n", "B")], rel=1e-12)


def test_without_jax_the_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "jax", None)
    program = small()
    with pytest.raises(SimulationError, match="pip install jax"):
        jax_course(program, program.values, program.guess, TIMES, wrt=["k1"])


@pytest.mark.slow
def test_gradient_of_ck_in_the_shipped_network_agrees_with_differences():
    """Fifty parameters of a patient with dermatomyositis, two years of weekly creatine kinase."""
    from myoflare.cohort import load_patient
    from myoflare.cohort.course import load_shipped, patient_model, resting_state
    from myoflare.cohort.values import patient_values
    from myoflare.simulate.batch import solve

    patient, model = load_patient("dermatomyositis"), load_shipped()
    program, values = compile_model(model), patient_values(patient, model)
    params, y0 = program.vector(values), resting_state(model, program, values, patient)
    schedule, times, step = patient_model(patient, 2.0)[0].schedule, np.linspace(0.0, 728.0, 105), 2e-4
    column = program.observables.index("CK")

    def seen(params):
        batch = solve(
            program, params, np.tile(y0, (len(params), 1)), times, [schedule] * len(params), solver="rodas5p",
            rtol=1e-11, outputs="observables",
        )  # fmt: skip
        assert not batch.status.any()
        return batch.values[:, :, column : column + 1]

    loss = least_squares(seen(params[None])[0] * np.exp(0.2 * np.sin(times))[:, None], 0.2, log=True)
    found = value_and_grad(program, loss, params, y0, times, schedule, outputs=["CK"], rtol=1e-6)
    chosen = np.argsort(-np.abs(found.by * params))[:50]
    moved = np.repeat(params[None], 200, axis=0)
    for row, (j, k) in zip(moved, [(j, k) for j in chosen for k in (1, -1, 2, -2)], strict=True):
        row[j] *= 1.0 + k * step
    values = np.array([loss(times, v)[0] for v in seen(moved)]).reshape(-1, 4)
    slopes = (8 * (values[:, 0] - values[:, 1]) - (values[:, 2] - values[:, 3])) / (12 * step * params[chosen])
    assert found.by[chosen] == pytest.approx(slopes, rel=1e-4)

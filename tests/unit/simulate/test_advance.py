import numpy as np
import pytest

from myoflare.base.errors import SimulationError
from myoflare.base.status import Status
from myoflare.compile import compile_model
from myoflare.model import Change, Model, Parameter, Reaction, Species
from myoflare.simulate import advance, rest


def network(laws, parameters, states):
    return compile_model(
        Model(
            "test",
            tuple(Species(s, s, "", v) for s, v in states.items()),
            tuple(Parameter(k, v, "") for k, v in parameters.items()),
            (),
            (),
            tuple(Reaction(f"r{i}", "", f, c) for i, (f, c) in enumerate(laws)),
        )  # fmt: skip
    )


@pytest.fixture(scope="module")
def decay():
    return network([("s", {"X": 1}), ("k*X", {"X": -1})], {"s": 0.0, "k": 0.5}, {"X": 8.0})


def test_decay_is_exact_to_tolerance(decay):
    times = np.linspace(0, 20, 41)
    solution = advance(decay, decay.values, decay.guess, times)
    assert solution.status is Status.OK
    assert solution.states[:, 0] == pytest.approx(8 * np.exp(-0.5 * times), rel=1e-7)


@pytest.mark.parametrize("rtol", [1e-5, 1e-7, 1e-9])
def test_the_error_follows_the_tolerance(decay, rtol):
    times = np.linspace(0, 10, 11)
    solution = advance(decay, decay.values, decay.guess, times, rtol=rtol)
    assert np.abs(solution.states[:, 0] / (8 * np.exp(-0.5 * times)) - 1).max() < 200 * rtol


def test_changes_hold_from_their_day_on_and_states_do_not_jump(decay):
    times = np.array([0.0, 5.0, 10.0, 12.5])
    schedule = [Change(5.0, "k", 0.0), Change(10.0, "k", 1.0), Change(7.0, "s", 2.0), Change(10.0, "s", 0.0)]
    x = advance(decay, decay.values, decay.guess, times, schedule).states[:, 0]
    at5 = 8 * np.exp(-2.5)
    assert x == pytest.approx([8, at5, at5 + 6, (at5 + 6) * np.exp(-2.5)], rel=1e-8)


def test_the_order_of_a_schedule_and_unused_stops_do_not_matter(decay):
    times = np.linspace(0, 10, 5)
    one = advance(decay, decay.values, decay.guess, times, [Change(3.0, "k", 1.0)])
    two = advance(decay, decay.values, decay.guess, times, [Change(7.3, "k", 1.0), Change(3.0, "k", 1.0)])
    assert two.states == pytest.approx(one.states, rel=1e-7)
    early = advance(decay, decay.values, decay.guess, times, [Change(-1.0, "k", 1.0)])
    assert early.states[-1, 0] == pytest.approx(8 * np.exp(-10), rel=1e-7)


def test_a_change_after_the_end_does_nothing(decay):
    times = np.array([0.0, 1.0])
    x = advance(decay, decay.values, decay.guess, times, [Change(1.0, "k", 9.0), Change(50.0, "k", 9.0)]).states
    assert x[-1, 0] == pytest.approx(8 * np.exp(-0.5), rel=1e-8)


def test_blow_up_is_a_status_and_no_number_is_silent_nonsense():
    program = network([("X^2", {"X": 1})], {}, {"X": 1.0})
    solution = advance(program, program.values, program.guess, np.linspace(0, 2, 9))
    assert solution.status is not Status.OK
    assert np.isfinite(solution.states).all()
    assert len(solution.times) == len(solution.states) < 9
    assert solution.states[:4, 0] == pytest.approx(1 / (1 - solution.times[:4]), rel=1e-6)


def test_progress_ends_at_the_last_day(decay):
    days = []
    advance(decay, decay.values, decay.guess, np.linspace(0, 10, 5), progress=days.append)
    assert days[-1] == 10.0


def test_an_interrupt_comes_through(decay):
    def stop(day):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        advance(decay, decay.values, decay.guess, np.linspace(0, 10, 5), progress=stop)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"times": np.array([1.0, 0.0])}, "increasing days"),
        ({"y0": np.array([np.nan])}, "finite numbers"),
        ({"y0": np.zeros(3)}, "shape"),
        ({"params": np.zeros(1)}, "shape"),
        ({"schedule": [Change(1.0, "nobody", 1.0)]}, "unknown parameter nobody"),
    ],
)
def test_arguments_without_sense_are_refused(decay, arguments, word):
    given = {"params": decay.values, "y0": decay.guess, "times": np.array([0.0, 1.0])} | arguments
    with pytest.raises(SimulationError, match=word):
        advance(decay, **given)


def test_rest_of_source_and_sink(decay):
    resting = rest(decay, decay.vector({"s": 3.0}))
    assert resting.state == pytest.approx([6.0], rel=1e-12)
    assert resting.eigenvalues == pytest.approx([-0.5])
    assert resting.stable


def test_rest_keeps_conserved_totals():
    program = network(
        [("a*X", {"X": -1, "Y": 1}), ("b*Y", {"X": 1, "Y": -1})], {"a": 1.0, "b": 3.0}, {"X": 25.0, "Y": 0.0}
    )
    resting = rest(program, program.values)
    assert resting.state == pytest.approx([18.75, 6.25], rel=1e-12)
    assert resting.eigenvalues == pytest.approx([-4.0])


def test_growth_without_end_has_no_rest():
    program = network([("s", {"X": 1})], {"s": 1.0}, {"X": 0.0})
    with pytest.raises(SimulationError, match="X still changes"):
        rest(program, program.values)


def test_an_unstable_rest_is_refused():
    program = network([("k*X", {"X": 1}), ("k*X*X", {"X": -1})], {"k": 1.0}, {"X": 0.0})
    with pytest.raises(SimulationError, match="unstable"):
        rest(program, program.values)

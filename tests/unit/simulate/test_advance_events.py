"""Actions of a schedule and events of a model on the reference path, against answers known in closed form."""

import numpy as np
import pytest

from myoflare.base.errors import ModelError, SimulationError
from myoflare.base.status import Status
from myoflare.compile import compile_model
from myoflare.model import Model, Observable, Parameter, Reaction, Species
from myoflare.model.records import Bolus, Change, Event, Infusion, Reset, Rule
from myoflare.simulate import advance
from myoflare.simulate.batch import solve
from myoflare.simulate.observe import observed, ruled


def program(laws, states, parameters=None, events=(), rules=(), observables=(), backend="python"):
    model = Model(
        "test",
        tuple(Species(s, s, "", v) for s, v in states.items()),
        tuple(Parameter(k, v, "") for k, v in (parameters or {}).items()),
        (),
        tuple(Rule(k, k, f) for k, f in rules),
        tuple(Reaction(f"r{i}", "", f, c) for i, (f, c) in enumerate(laws)),
        observables=tuple(Observable(f"o{i}", "", f, "") for i, f in enumerate(observables)),
        events=tuple(events),
    )
    return compile_model(model, backend)


def play(made, times, schedule=(), **options):
    return advance(made, made.values, made.guess, np.asarray(times, float), schedule, **options)


@pytest.fixture(scope="module")
def decay():
    return program([("k*X", {"X": -1})], {"X": 8.0}, {"k": 0.5})


def test_boluses_and_resets_happen_before_the_output_of_their_day(decay):
    x = play(decay, [0, 1, 2, 3], [Bolus(0.0, "X", 2.0), Bolus(1.0, "X", 5.0), Reset(2.0, "X", 1.0)]).states[:, 0]
    e = np.exp(-0.5)
    assert x == pytest.approx([10, 10 * e + 5, 1, e], rel=1e-8)


def test_actions_of_one_day_keep_their_order(decay):
    x = play(decay, [0, 1], [Reset(0.5, "X", 1.0), Bolus(0.5, "X", 2.0)]).states[-1, 0]
    assert x == pytest.approx(3 * np.exp(-0.25), rel=1e-8)


def test_an_infusion_runs_for_its_days_and_one_from_before_the_start_goes_on(decay):
    x = play(decay, [0, 1, 2, 4], [Infusion(1.0, "X", 6.0, 2.0), Infusion(-1.0, "X", 4.0, 2.0)]).states[:, 0]
    at1 = 4 + 4 * np.exp(-0.5)
    at3 = 6 + (at1 - 6) * np.exp(-1)
    assert x == pytest.approx([8, at1, 6 + (at1 - 6) * np.exp(-0.5), at3 * np.exp(-0.5)], rel=1e-8)


def test_a_bolus_from_before_the_start_is_over(decay):
    assert play(decay, [0, 1], [Bolus(-1.0, "X", 5.0)]).states[0, 0] == 8.0


def test_the_parameters_of_each_output_are_kept():
    made = program([("k*X", {"X": -1})], {"X": 8.0}, {"k": 0.5}, rules=[("flow", "k*X")], observables=["2*k"])
    solution = play(made, [0, 1, 2], [Change(1.0, "k", 0.25)])
    assert solution.params[:, 0].tolist() == [0.5, 0.25, 0.25]
    assert observed(made, solution)[:, 0].tolist() == [1.0, 0.5, 0.5]
    assert ruled(made, solution)[:, 0] == pytest.approx(solution.params[:, 0] * solution.states[:, 0])


@pytest.mark.parametrize("backend", ["python", "numba"])
def test_a_state_that_falls_to_a_level_is_set_back_at_the_right_moment(backend):
    refill = Event("refill", "X <= 1", {"X": "8", "n": "n + 1"})
    made = program([("k*X", {"X": -1})], {"X": 8.0}, {"k": 1.0, "n": 0.0}, [refill], backend=backend)
    period = np.log(8.0)
    solution = play(made, np.linspace(0, 10, 7))
    assert solution.status is Status.OK
    assert solution.params[:, 1].tolist() == [t // period for t in np.linspace(0, 10, 7)]
    assert solution.states[:, 0] == pytest.approx(8 * np.exp(-(solution.times % period)), rel=1e-7)


def test_a_trigger_that_is_true_for_an_instant_within_a_step_is_seen():
    pulse = Event("pulse", "time >= 3 && time < 3.000001", {"n": "n + 1"})
    touch = Event("touch", "Y > 0.999999", {"m": "m + 1"})
    made = program([("w*Z", {"Y": 1}), ("w*Y", {"Z": -1})], {"Y": 0.0, "Z": 1.0}, {"w": 1.0, "n": 0.0, "m": 0.0},
                   [pulse, touch])  # fmt: skip
    solution = play(made, [0.0, 100.0])
    assert solution.params[-1, 1] == 1
    assert solution.params[-1, 2] == np.floor((100 - np.pi / 2) / (2 * np.pi)) + 1


def test_a_short_pulse_in_a_rate_is_not_stepped_over():
    made = program([("piecewise(1000, time >= 50 && time < 50.001, 0)", {"X": 1})], {"X": 0.0})
    assert play(made, [0.0, 100.0]).states[-1, 0] == pytest.approx(1.0, rel=1e-9)


def test_a_delayed_event_takes_values_from_its_trigger_or_from_when_it_happens():
    for from_trigger, value in ((True, np.exp(1.0)), (False, np.exp(3.0))):
        event = Event("e", "time >= 1", {"a": "X"}, delay="2", from_trigger=from_trigger)
        made = program([("X", {"X": 1})], {"X": 1.0}, {"a": 0.0}, [event])
        solution = play(made, [0, 2.9, 3, 4])
        assert solution.params[:, 0] == pytest.approx([0, 0, value, value], rel=1e-8)


def test_an_event_that_may_not_persist_is_dropped_when_its_trigger_turns_false():
    for persistent, value in ((True, 1.0), (False, 0.0)):
        event = Event("e", "time >= 1 && time < 2", {"a": "1"}, delay="3", persistent=persistent)
        made = program([], {"X": 1.0}, {"a": 0.0}, [event])
        assert play(made, [0, 10]).params[-1, 0] == value


def test_priority_orders_events_of_one_moment():
    events = [Event("low", "time >= 1", {"a": "a*10 + 1"}, priority="1"),
              Event("high", "time >= 1", {"a": "a*10 + 2"}, priority="2"),
              Event("none", "time >= 1", {"a": "a*10 + 3"}, from_trigger=False)]  # fmt: skip
    late = [Event(e.id, e.trigger, e.assignments, priority=e.priority, from_trigger=False) for e in events]
    assert play(program([], {"X": 1.0}, {"a": 0.0}, late), [0, 2]).params[-1, 0] == 213


def test_what_is_true_at_the_start_happens_there_unless_it_was_true_before():
    for initial, value in ((False, 5.0), (True, 0.0)):
        made = program([], {"X": 1.0}, {"a": 0.0}, [Event("e", "time >= 0", {"a": "5"}, initial=initial)])
        assert play(made, [0, 1]).params[0, 0] == value


def test_events_of_one_moment_and_priority_come_in_an_order_that_the_seed_decides():
    events = [Event(f"e{i}", "time >= 1", {"a": f"a*10 + {i}"}, from_trigger=False) for i in range(1, 6)]
    made = program([], {"X": 1.0}, {"a": 0.0}, events)
    orders = [play(made, [0, 2], seed=seed).params[-1, 0] for seed in range(20)]
    assert len(set(orders)) > 10
    assert play(made, [0, 2], seed=3).params[-1, 0] == orders[3]


def test_an_assigned_concentration_becomes_an_amount_in_the_volume_of_before():
    event = Event("e", "time >= 1", {"X": "3", "V": "2"}, scale={"X": "V"})
    made = program([], {"X": 1.0}, {"V": 5.0}, [event])
    assert play(made, [0, 2]).states[-1, 0] == 15.0


def test_events_that_set_each_other_off_for_ever_are_a_status():
    events = [Event("a", "time >= 1 && on > 0.5", {"on": "0"}), Event("b", "on < 0.5", {"on": "1"})]
    made = program([], {"X": 1.0}, {"on": 1.0}, events)
    solution = play(made, [0, 0.5, 2])
    assert solution.status is Status.TOO_MANY_STEPS
    assert solution.times.tolist() == [0, 0.5]


def test_a_delay_below_zero_is_refused():
    made = program([], {"X": 1.0}, {"a": 0.0}, [Event("e", "time >= 1", {"a": "1"}, delay="-2")])
    with pytest.raises(SimulationError, match="event e: a delay of -2 at 1"):
        play(made, [0, 2])


def test_a_trigger_that_waits_for_equality_is_refused():
    with pytest.raises(ModelError, match="event e: an equality of changing quantities in X == 2"):
        program([("1", {"X": 1})], {"X": 0.0}, events=[Event("e", "X == 2", {"X": "0"})])


def test_an_event_sets_states_and_parameters_only():
    with pytest.raises(ModelError, match="event e: it sets u; expected a state or a parameter"):
        program([], {"X": 1.0}, rules=[("u", "2*X")], events=[Event("e", "X > 2", {"u": "0"})])


def test_a_model_without_states_plays_its_events():
    made = program([], {}, {"a": 0.0}, [Event("e", "time >= 1", {"a": "time"})])
    assert play(made, [0, 0.5, 1, 2]).params[:, 0].tolist() == [0, 0, 1, 1]


def test_compiled_code_reads_a_solution_whose_parameters_never_change():
    made = program([("k*X", {"X": -1})], {"X": 8.0}, {"k": 0.5}, observables=["2*X"], backend="numba")
    solution = play(made, [0, 1])
    assert observed(made, solution)[:, 0].tolist() == (2 * solution.states[:, 0]).tolist()


def test_the_reference_solver_of_a_batch_derives_with_the_parameters_of_the_time():
    made = program([("k*X", {"X": -1})], {"X": 8.0}, {"k": 0.5}, observables=["k"])
    batch = solve(made, made.values[None], made.guess[None], np.array([0.0, 1.0, 2.0]), [[Change(1.0, "k", 0.25)]],
                  solver="reference", outputs="observables")  # fmt: skip
    assert batch.values[0, :, 0].tolist() == [0.5, 0.25, 0.25]

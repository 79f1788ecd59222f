"""``sample``: what it refuses, what it does with actions and events, and how a path ends."""

import numpy as np
import pytest

from myoflare.base.errors import SimulationError
from myoflare.base.status import Status
from myoflare.compile import compile_model
from myoflare.model import Model, Parameter, Reaction, Rule, Species
from myoflare.model.records import Bolus, Change, Event, Infusion, Observable, Reset
from myoflare.simulate.stochastic import sample

METHODS = {
    "exact": {"method": "exact"},
    "leap": {"method": "leap"},
    "fixed leap": {"method": "leap", "dt": 0.1},
    "langevin": {"method": "langevin", "dt": 0.05},
    "ode": {"method": "hybrid"},
    "hybrid": {"method": "hybrid", "small": ["X"]},
    "hybrid langevin": {"method": "hybrid", "small": ["X"], "flow": "langevin", "dt": 0.05},
}
WHOLE = ("exact", "leap", "fixed leap", "hybrid", "hybrid langevin")


def network(laws, parameters, states, **more):
    return compile_model(
        Model(
            "test",
            tuple(Species(s, s, "", v) for s, v in states.items()),
            tuple(Parameter(k, v, "") for k, v in parameters.items()),
            (),
            tuple(Rule(k, k, f) for k, f in more.pop("rules", {}).items()),
            tuple(Reaction(f"r{i}", "", f, c) for i, (f, c) in enumerate(laws)),
            **more,
        )
    )


def run(program, times, schedule=(), params=None, y0=None, seed=1, **more):
    params = program.values if params is None else params
    y0 = program.guess if y0 is None else y0
    return sample(program, params[None], np.array([y0], float), times, [schedule], seed=seed, **more)


@pytest.fixture(scope="module")
def turnover():
    return network(
        [("s", {"X": 1}), ("k*X", {"X": -1})], {"s": 5.0, "k": 0.5}, {"X": 10.0},
        rules={"twice": "2*X"}, observables=(Observable("half", "", "X/2", ""),),
    )  # fmt: skip


BAD = {
    "negative start": ({"y0": [-1.0]}, "0 or more"),
    "start not a number": ({"y0": [np.nan]}, "finite"),
    "start of another shape": ({"y0": [1.0, 2.0]}, "shape"),
    "infinite parameter": ({"params": np.array([np.inf, 1.0])}, "finite"),
    "unknown small state": ({"method": "hybrid", "small": ["Y"]}, "unknown state Y"),
    "small without hybrid": ({"small": ["X"]}, "hybrid"),
    "no replicates": ({"replicates": 0}, "1 or more"),
    "half a replicate": ({"replicates": 0.5}, "whole number"),
    "unknown method": ({"method": "guess"}, "exact, leap"),
    "unknown flow": ({"method": "hybrid", "flow": "sde"}, "ode, langevin"),
    "no step": ({"method": "langevin"}, "dt"),
    "negative step": ({"method": "leap", "dt": -1.0}, "dt"),
    "no size": ({"size": 0.0}, "above 0"),
    "unknown state of a size": ({"size": {"Y": 2}}, "unknown state Y"),
    "sizes of another shape": ({"size": [1.0, 2.0]}, "numbers"),
    "unknown outputs": ({"outputs": "rates"}, "states, rules"),
    "same patient twice": ({"patients": ["a", "a"]}, "one for each patient"),
    "a schedule of an unknown state": ({"schedule": [Bolus(1.0, "Y", 1.0)]}, "unknown state Y"),
    "days that go back": ({"times": np.array([1.0, 0.0])}, "increasing"),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_faulty_argument_is_one_sentence(turnover, fault):
    arguments, said = BAD[fault]
    with pytest.raises(SimulationError) as error:
        run(turnover, **{"times": np.array([0.0, 1.0])} | arguments)
    assert said in str(error.value)


def test_a_fraction_of_a_molecule_is_refused_and_a_size_mends_it():
    program = network([("1", {"X": 0.5})], {}, {"X": 0.0})
    with pytest.raises(SimulationError, match="0.5 molecules of X"):
        run(program, np.array([0.0, 1.0]))
    grown = network([("1", {"X": 0.5, "Y": 1.0})], {}, {"X": 0.0, "Y": 0.0})
    values = run(grown, np.array([0.0, 50.0]), size={"X": 2.0}).values[0, 0, -1]
    assert values[1] > 20
    assert values[0] == values[1] / 2


def test_a_law_that_follows_the_clock_is_refused_where_waiting_would_be_wrong():
    program = network([("2*time", {"X": 1})], {}, {"X": 0.0})
    with pytest.raises(SimulationError, match="depends on time"):
        run(program, np.array([0.0, 1.0]))
    x = run(program, np.array([0.0, 3.0]), method="hybrid", small=["X"], replicates=4000).values[0, :, -1, 0]
    assert x.mean() == pytest.approx(9.0, abs=4 * 3 / np.sqrt(4000))
    assert x.var() == pytest.approx(9.0, abs=4 * 9 * np.sqrt(2 / 4000 + 1 / (9 * 4000)))


@pytest.mark.parametrize("way", METHODS)
def test_a_negative_rate_is_a_status(way):
    program = network([("1 - X", {"X": 1})], {}, {"X": 3.0})
    found = run(program, np.array([0.0, 1.0]), **METHODS[way])
    if way == "ode":  # a net law may run backwards in a flow
        assert found.values[0, 0, -1, 0] == pytest.approx(1 + 2 * np.exp(-1), rel=1e-3)
    else:
        assert Status.of(found.status[0, 0]) is Status.NEGATIVE_RATE
        assert np.isnan(found.values[0, 0, -1, 0])


@pytest.mark.parametrize("way", METHODS)
def test_a_rate_that_is_not_a_number_is_a_status(way):
    program = network([("1/(X - 5)^2", {"X": 1})], {}, {"X": 5.0})
    found = run(program, np.array([0.0, 1.0]), **METHODS[way])
    assert Status.of(found.status[0, 0]) is Status.NOT_FINITE


@pytest.mark.parametrize("way", ["exact", "hybrid"])
def test_taking_what_is_not_there_is_a_status(way):
    program = network([("1", {"X": -1})], {}, {"X": 3.0})
    found = run(program, np.array([0.0, 100.0]), **METHODS[way])
    assert Status.of(found.status[0, 0]) is Status.BELOW_ZERO
    assert 0 < found.reached[0, 0] < 100


def test_too_many_steps_is_a_status_and_the_others_go_on(turnover):
    params = np.array([turnover.vector({"s": 1e6}), turnover.values])
    found = sample(turnover, params, np.full((2, 1), 10.0), np.array([0.0, 5.0]), seed=1, max_steps=1000)
    assert [Status.of(s) for s in found.status[:, 0]] == [Status.TOO_MANY_STEPS, Status.OK]


@pytest.mark.parametrize("way", METHODS)
def test_shape_and_outputs(turnover, way):
    times = np.linspace(0, 4, 5)
    found = run(turnover, times, replicates=3, **METHODS[way])
    assert found.values.shape == (1, 3, 5, 1)
    assert found.outputs == ("X",)
    assert (found.values[:, :, 0] == 10).all()
    assert (found.values >= 0).all()
    assert (found.reached == 4).all()
    if way in WHOLE:
        assert (found.values == np.floor(found.values)).all()
    rules = run(turnover, times, replicates=3, outputs="rules", **METHODS[way])
    seen = run(turnover, times, replicates=3, outputs="observables", **METHODS[way])
    assert (rules.outputs, seen.outputs) == (("twice",), ("half",))
    assert (rules.values == 2 * found.values).all()
    assert (seen.values == found.values / 2).all()


@pytest.mark.parametrize("way", METHODS)
def test_actions_happen_on_their_day_and_outputs_come_after_them(way):
    program = network([("k*X", {"X": -1})], {"k": 0.0}, {"X": 7.0})
    schedule = [
        Bolus(-1.0, "X", 50.0), Bolus(1.0, "X", 3.0), Reset(2.0, "X", 20.0), Bolus(2.0, "X", 1.0),
        Change(3.0, "k", 50.0),
    ]  # fmt: skip
    found = run(program, np.array([0.0, 1.0, 1.5, 2.0, 3.0, 6.0]), schedule, **METHODS[way])
    assert found.values[0, 0, :, 0] == pytest.approx([7, 10, 10, 21, 21, 0], abs=1e-3)


@pytest.mark.parametrize("way", METHODS)
def test_an_infusion_brings_its_amount(way):
    program = network([("0*X", {"X": -1})], {}, {"X": 0.0})
    schedule = [Infusion(1.0, "X", 300.0, 2.0), Infusion(2.0, "X", 100.0, 2.0)]
    n = 400
    x = run(program, np.array([0.0, 1.0, 2.0, 5.0]), schedule, replicates=n, **METHODS[way]).values[0, :, :, 0]
    assert (x[:, :2] == 0).all()
    for day, amount in ((2, 150.0), (3, 400.0)):
        assert x[:, day].mean() == pytest.approx(amount, rel=1e-6 if way == "ode" else 4 / np.sqrt(amount * n))


def test_outputs_between_do_not_change_an_exact_path(turnover):
    few = run(turnover, np.array([0.0, 10.0]), **METHODS["exact"]).values[0, 0, -1]
    many = run(turnover, np.linspace(0, 10, 101), **METHODS["exact"]).values[0, 0, -1]
    assert few == many


def immigrants(event):
    return network([("s", {"X": 1})], {"s": 4.0}, {"X": 0.0, "Y": 0.0}, events=(event,))


@pytest.mark.parametrize("way", METHODS)
def test_an_event_of_the_clock_happens_once(way):
    program = immigrants(Event("stop", "time >= 2", {"X": "X + 100", "Y": "X", "s": "0"}))
    found = run(program, np.array([0.0, 1.0, 2.0, 3.0, 9.0]), **METHODS[way]).values[0, 0]
    assert (found[2:, 0] == found[2, 0]).all()
    assert found[2:, 1] == pytest.approx(found[2, 0] - 100, rel=1e-12)
    assert found[1, 0] < 50


@pytest.mark.parametrize("way", ["exact", "hybrid", "hybrid langevin"])
def test_an_event_of_a_state_happens_at_the_firing(way):
    program = immigrants(Event("empty", "X > 5", {"X": "0", "Y": "Y + 1"}))
    found = run(program, np.linspace(0, 30, 601), replicates=20, **METHODS[way])
    x, y = found.values[0, :, :, 0], found.values[0, :, :, 1]
    assert x.max() == 5
    assert 8 < y[:, -1].mean() < 32


def test_an_event_true_before_the_start_waits_until_it_turns_true_again():
    program = immigrants(Event("once", "X < 3", {"Y": "Y + 1"}, initial=True))
    assert run(program, np.array([0.0, 9.0])).values[0, 0, -1, 1] == 0
    program = immigrants(Event("once", "X < 3", {"Y": "Y + 1"}, initial=False))
    assert (run(program, np.array([0.0, 9.0])).values[0, 0, :, 1] == 1).all()


@pytest.mark.parametrize(
    "event",
    [
        Event("late", "X > 1", {"Y": "1"}, delay="2"),
        Event("first", "X > 1", {"Y": "1"}, priority="2"),
        Event("mixed", "X > time", {"Y": "1"}),
    ],
    ids=lambda e: e.id,
)
def test_an_event_that_is_not_supported_is_named(event):
    with pytest.raises(SimulationError, match=f"event {event.id}"):
        run(immigrants(event), np.array([0.0, 1.0]))


def test_sizes_make_a_coarse_state_jump_and_a_fine_one_follow():
    """A fibre dies as a whole and spills a thousand molecules."""
    program = network([("0.5*F", {"F": -1, "P": 2.0})], {}, {"F": 20.0, "P": 0.0})
    found = run(program, np.linspace(0, 3, 31), size={"P": 500.0}, replicates=50)
    fibres, spilled = found.values[0, :, :, 0], found.values[0, :, :, 1]
    assert (fibres == np.floor(fibres)).all()
    assert (spilled == 2 * (20 - fibres)).all()
    fine = run(program, np.linspace(0, 3, 31), size=1000.0, replicates=50).values[0, :, -1, 0]
    assert fine.std() < 0.2 * fibres[:, -1].std()

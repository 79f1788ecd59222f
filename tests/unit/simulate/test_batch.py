"""Many patients at once: actions where they belong, failures as values, arguments that make no sense as sentences."""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from myoflare.base.errors import SimulationError
from myoflare.base.status import Status
from myoflare.compile import compile_model
from myoflare.model import Model, Parameter, Rule, load_model
from myoflare.model.records import Bolus, Change, Infusion, Reset
from myoflare.simulate import advance
from myoflare.simulate.batch import solve

FOLDER = Path(__file__).parents[2] / "models" / "engine"
SOLVERS = ("tsit5", "rodas5p")
TIMES = np.linspace(0.0, 8.0, 9)


@lru_cache(maxsize=2)
def network(name="mixture"):
    return compile_model(load_model(FOLDER / f"{name}.ant"))


@pytest.fixture(params=SOLVERS)
def solver(request):
    return request.param


def run(solver, schedule=(), times=TIMES, more=(), **values):
    """Batch of one patient with some parameters replaced, followed by ``more`` rows of such values."""
    program = network()
    params = np.array([program.vector(v) for v in (values, *more)])
    y0 = np.repeat(program.guess[None], len(params), 0)
    return solve(program, params, y0, times, [list(schedule)] * len(params), solver=solver)


def column(batch, state):
    return batch.values[0, :, network().states.index(state)]


# Actions


def test_an_output_on_the_day_of_an_action_is_taken_after_it(solver):
    assert column(run(solver, [Reset(3.0, "B", 77.0)]), "B")[3] == 77.0
    before = column(run(solver), "Z")
    assert column(run(solver, [Bolus(3.0, "Z", 5.0)]), "Z")[3] == pytest.approx(before[3] + 5.0, rel=1e-9)


def test_actions_exactly_at_the_start_happen_before_the_first_output(solver):
    batch = run(solver, [Bolus(0.0, "gut", 1.0), Reset(0.0, "B", 4.0), Change(0.0, "k_burst", 0.01)])
    assert batch.values[0, 0, [network().states.index(s) for s in ("gut", "B")]].tolist() == [3.0, 4.0]
    assert column(batch, "Z")[-1] > 1.05


def test_actions_exactly_at_the_end_happen_and_later_ones_do_not(solver):
    batch = run(solver, [Reset(8.0, "B", 9.0), Reset(8.0 + 1e-12, "B", 11.0), Bolus(100.0, "gut", 5.0)])
    assert column(batch, "B")[-1] == 9.0
    assert batch.final[0, network().states.index("B")] == 9.0
    assert batch.reached[0] == 8.0


def test_doses_of_the_past_are_not_given_again_but_what_they_set_still_holds(solver):
    past = [Bolus(-1.0, "gut", 100.0), Reset(-0.5, "B", 99.0), Change(-2.0, "k_burst", 0.01)]
    batch = run(solver, past)
    assert batch.values[0, 0].tolist() == network().guess.tolist()
    assert column(batch, "Z")[-1] > 1.05


@pytest.mark.parametrize(
    ("day", "days", "share"), [(-2.0, 4.0, 0.5), (6.0, 8.0, 0.25), (-10.0, 100.0, 0.08), (2.0, 3.0, 1)]
)
def test_of_an_infusion_that_runs_over_an_end_only_its_part_within_is_given(solver, day, days, share):
    """Z is neither made nor lost when nothing wakes it, so that what is infused stays."""
    batch = run(solver, [Infusion(day, "Z", 10.0, days)], k_wrong=0.0)
    assert column(batch, "Z")[-1] == pytest.approx(1.0 + 10.0 * share, rel=1e-9)


def test_infusions_that_overlap_and_end_add_up(solver):
    schedule = [Infusion(1.0, "Z", 2.0, 4.0), Infusion(2.0, "Z", 3.0, 1.0), Infusion(3.0, "Z", 1.0, 0.5)]
    found = column(run(solver, schedule, k_wrong=0.0), "Z")
    assert found == pytest.approx([1, 1, 1.5, 5.0, 6.5, 7.0, 7.0, 7.0, 7.0], rel=1e-9)


def test_many_actions_at_one_moment_and_moments_close_together(solver):
    close = [Bolus(1.0 + 1e-15 * 10**k, "Z", 1.0) for k in range(14)]
    found = column(run(solver, [*close, *[Bolus(2.0, "Z", 1.0)] * 50], k_wrong=0.0), "Z")
    assert found[2] == pytest.approx(1 + 14 + 50, rel=1e-12)


def test_the_schedule_is_played_as_the_reference_plays_it(solver):
    schedule = [
        Bolus(0.5, "gut", 2.0), Change(1.0, "k_decay", 1.5), Infusion(1.5, "plasma", 4.0, 3.0), Reset(2.0, "B", 3.0),
        Bolus(2.0, "B", 0.5), Change(2.5, "omega", 5.0), Infusion(3.0, "S", 10.0, 0.25), Reset(4.0, "C", 0.0),
    ]  # fmt: skip
    program = network()
    exact = advance(program, program.values, program.guess, TIMES, schedule, rtol=1e-11).states
    found = run(solver, schedule).values[0]
    assert found == pytest.approx(exact, rel=2e-5, abs=1e-7)


def test_rules_are_put_out_with_the_parameters_of_their_day(solver):
    """A change of a parameter shows in what is derived from it, from its day on."""
    program, schedule = network(), [Change(3.0, "Emax", 0.0)]
    args = (program, program.values[None], program.guess[None], TIMES, [schedule])
    push = solve(*args, solver=solver, outputs="rules").values[0, :, program.rules.index("push")]
    assert (push[:3] > 0.01).all()
    assert (push[3:] == 0).all()
    reference = solve(*args, solver="reference", outputs="rules").values[0, :, program.rules.index("push")]
    assert reference == pytest.approx(push, rel=1e-4, abs=1e-9)


# Failures


def test_a_rate_that_is_no_number_stops_its_patient_and_nobody_else(solver):
    batch = run(solver, more=[{"q": -1.0}, {}, {"q": 0.0}, {"K": 0.5}])
    assert [Status.of(c) for c in batch.status[[0, 2, 4]]] == [Status.OK] * 3
    for i in (1, 3):
        assert Status.of(batch.status[i]) is Status.NOT_FINITE
        assert str(Status.of(batch.status[i])) == "a state or a rate became infinite or not a number"
        assert batch.reached[i] == 0.0
        assert np.isnan(batch.values[i, 1:]).all()
    assert batch.values[0].tobytes() == batch.values[2].tobytes() == run(solver).values[0].tobytes()


def test_a_rate_that_ceases_to_be_a_number_midway_keeps_what_came_before(solver):
    """ln(B - edge) where B falls below edge."""
    batch = run(solver, [Change(2.5, "edge", 0.5), Change(2.5, "k_die", 3.0)])
    assert Status.of(batch.status[0]) in (Status.NOT_FINITE, Status.NO_CONVERGENCE)
    assert 2.5 <= batch.reached[0] < 8.0
    assert np.isfinite(batch.values[0, :3]).all()
    assert np.isnan(batch.values[0, int(batch.reached[0]) + 1 :]).all()
    assert np.isfinite(batch.final).all()


def test_a_blow_up_among_ten_thousand_is_one_status(solver):
    """Z' = k Z^2 has no answer after day 1/k."""
    program, n = network(), 10_000
    params = np.repeat(program.values[None], n, 0)
    bad = [0, 4321, 9999]
    params[bad, program.params.index("k_burst")] = [0.5, 1.0, 1e6]
    batch = solve(program, params, np.repeat(program.guess[None], n, 0), [0, 0.5, 4], solver=solver)
    failed = np.flatnonzero(batch.status)
    assert failed.tolist() == bad
    assert all(Status.of(c) in (Status.NOT_FINITE, Status.NO_CONVERGENCE) for c in batch.status[bad])
    assert batch.reached[bad] == pytest.approx([2.0, 1.0, 1e-6], rel=2e-3)
    good = np.delete(batch.values, bad, axis=0)
    assert (good == good[0]).all()
    assert np.isnan(batch.values[bad, 2]).all()


def test_a_patient_without_numbers_is_refused_alone(solver):
    program = network()
    params, y0 = np.repeat(program.values[None], 5, 0), np.repeat(program.guess[None], 5, 0)
    params[1, 3], y0[2, 0], y0[3, 4] = np.nan, np.inf, np.nan
    batch = solve(program, params, y0, TIMES, solver=solver)
    assert [Status.of(c) for c in batch.status] == [Status.OK, *[Status.BAD_INPUT] * 3, Status.OK]
    assert np.isnan(batch.values[1:4]).all()
    assert batch.values[0].tobytes() == batch.values[4].tobytes() == run(solver).values[0].tobytes()


def test_nobody_good_at_all(solver):
    program = network()
    batch = solve(
        program, np.full((3, len(program.params)), np.nan), np.ones((3, len(program.states))), TIMES, solver=solver
    )
    assert (batch.status == Status.BAD_INPUT.code).all()


def test_a_state_a_rounding_below_zero_does_no_harm(solver):
    """A^2.5 with A = -1e-12, as a solver may leave it."""
    program = network()
    y0 = np.where(np.array(program.states) == "A", -1e-12, program.guess)
    batch = solve(program, program.values[None], y0[None], TIMES, solver=solver)
    exact = advance(program, program.values, np.maximum(y0, 0), TIMES, rtol=1e-10)
    assert batch.status[0] == 0
    assert batch.values[0, 1:] == pytest.approx(exact.states[1:], rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("solver", [*SOLVERS, "reference"])
def test_a_negative_constant_to_a_broken_power_is_no_number(solver):
    """(-1)^2.5 has no value: a plausible course from it would be a lie."""
    batch = run(solver, K=-1.0)
    assert Status.of(batch.status[0]) is Status.NOT_FINITE


def test_a_negative_constant_to_a_whole_power_is_an_ordinary_number(solver):
    batch = run(solver, K=-1.0, n=2.0, more=[{"K": 1.0, "n": 2.0}])
    assert batch.status.tolist() == [0, 0]
    assert batch.values[0] == pytest.approx(batch.values[1], rel=1e-12)


# Arguments


def refused(match, **changed):
    program = network()
    given = {"params": program.values[None], "y0": program.guess[None], "times": TIMES, "solver": "tsit5"} | changed
    with pytest.raises(SimulationError, match=match) as fault:
        solve(program, **given)
    assert "expected" in str(fault.value)


@pytest.mark.parametrize("rtol", [0.0, -1e-6, float("nan"), float("inf"), 1.0, 1e-20])
def test_a_relative_tolerance_that_cannot_be_kept(rtol):
    refused("rtol", rtol=rtol)


@pytest.mark.parametrize("atol", [0.0, -1e-9, float("nan"), [1e-9] * 7, [[1e-9] * 8] * 2, [1e-9] * 7 + [0.0]])
def test_an_absolute_tolerance_that_makes_no_sense(atol):
    refused("atol", atol=atol)


@pytest.mark.parametrize("times", [[], [0, 2, 1], [0, 1, 1, 2], [0, float("nan")], [0, float("inf")], [[0, 1]], [2, 1]])
def test_days_that_do_not_increase(times):
    refused("times", times=times)


def test_shapes_and_words():
    program = network()
    refused("params", params=program.values)
    refused("params", params=program.values[None, :-1])
    refused("params", params=np.empty((0, len(program.params))), y0=np.empty((0, 8)))
    refused("y0", y0=program.guess)
    refused("patients", y0=np.ones((2, 8)))
    refused("patients", schedules=[[], []])
    refused("solver", solver="euler")
    refused("outputs", outputs="everything")
    refused("unknown state liver", schedules=[[Bolus(1.0, "liver", 1.0)]])
    refused("length of 0 days", schedules=[[Infusion(1.0, "gut", 1.0, 0.0)]])


def test_one_output_is_the_start_after_its_actions(solver):
    batch = run(solver, [Bolus(2.0, "gut", 1.0)], times=[2.0])
    assert batch.values.shape == (1, 1, 8)
    assert batch.values[0, 0, 0] == 3.0
    assert batch.status[0] == 0
    assert batch.reached[0] == 2.0


def test_start_and_end_anywhere_on_the_axis(solver):
    """Nothing but sin(omega t) knows the day, so that whole turns of it change nothing."""
    turn = np.pi  # omega is 2
    near = run(solver, [Bolus(1.0, "gut", 1.0)], times=TIMES)
    for shift in (-3 * turn, 1000 * turn):
        far = run(solver, [Bolus(1.0 + shift, "gut", 1.0)], times=TIMES + shift)
        assert far.values == pytest.approx(near.values, rel=2e-5, abs=1e-7)


def test_automatic_choice_needs_no_nominal_patient():
    """A text may leave open where a network starts, as long as every patient says it."""
    program = network()
    open_start = replace(program, guess=np.full_like(program.guess, np.nan))
    batch = solve(open_start, program.values[None], program.guess[None], TIMES)
    assert batch.status[0] == 0


def test_progress_counts_everybody():
    program, seen = network(), []
    params = np.repeat(program.values[None], 1030, 0)
    params[7] = np.nan
    solve(program, params, np.repeat(program.guess[None], 1030, 0), [0, 1], solver="tsit5", progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1030


def test_a_network_without_states_gives_its_rules():
    model = Model("clock", (), (Parameter("a", 2.0, ""),), (), (Rule("u", "u", "a*sin(time)"),), ())
    program = compile_model(model)
    for how in ("auto", "reference"):
        batch = solve(program, [[2.0], [3.0]], np.empty((2, 0)), [0, 1, 2], solver=how, outputs="rules")
        expected = np.outer([2, 3], np.sin([0, 1, 2]))
        assert batch.status.tolist() == [0, 0]
        assert batch.values[:, :, 0] == pytest.approx(expected, rel=1e-12)

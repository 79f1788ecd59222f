"""A patient's row is the same to the last bit, whoever sits beside, in whatever order, on however many threads."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from engine_cases import METHODS, people, program, same_bits
from hypothesis import given, settings
from hypothesis import strategies as st

from myoflare.base.status import Status
from myoflare.compile import compile_model
from myoflare.model.records import Bolus, Change, Infusion, Reset
from myoflare.simulate.batch import solve

TIMES = np.linspace(0.0, 8.0, 9)
FIELDS = ("values", "final", "status", "reached", "steps", "rejected")
SOLVERS = (*METHODS, "auto")


def crowd(n=37):
    """Patients as different as they come: (params, y0, schedules). Some fail, some are stiff, most are dosed."""
    network = program("mixture")
    at = {name: i for i, name in enumerate(network.params)}
    params = people(network, n, seed=11)
    y0 = network.guess * np.random.default_rng(3).uniform(0.2, 3, (n, len(network.guess)))
    schedules = []
    for i in range(n):
        kind = i % 9
        if kind == 1:
            params[i, at["k_on"]] *= 1e3  # stiff
            params[i, at["k_off"]] *= 1e3
        if kind == 2:
            params[i, at["k_burst"]] = 1.0 + i  # without end before the end
        if kind == 3:
            params[i, at["q"]] = -1.0  # no rate from the start
        if kind == 4:
            params[i, at["k_absorb"]] = 1e7  # a drug far too fast
        if kind == 5:
            params[i, 0] = np.nan
        doses = [Bolus(0.1 + 0.37 * k, "gut", 0.5) for k in range(i % 5 * 4)]
        if kind == 6:
            doses += [Change(1.0 + 0.1 * i, "k_decay", 2.0), Infusion(2.0, "plasma", 3.0, 1.5), Reset(5.5, "B", 0.2)]
        if kind == 7:
            doses += [Change(3.3, "edge", 5.0), Change(3.3, "k_die", 5.0)]  # the logarithm runs out of numbers
        schedules.append(sorted(doses, key=lambda a: a.day))
    return params, y0, schedules


def picked(batch, row):
    return tuple(getattr(batch, name)[row] for name in FIELDS)


def assert_same(a, b, what=""):
    for name, x, y in zip(FIELDS, a, b, strict=True):
        assert same_bits(np.asarray(x), np.asarray(y)), f"{name} {what}"


@pytest.fixture(scope="module", params=SOLVERS)
def played(request):
    crowded = crowd()
    return (
        request.param,
        crowded,
        solve(program("mixture"), crowded[0], crowded[1], TIMES, crowded[2], solver=request.param),
    )


def some(solver, crowded, rows, **more):
    params, y0, schedules = crowded
    return solve(program("mixture"), params[rows], y0[rows], TIMES, [schedules[i] for i in rows], solver=solver, **more)


def test_the_crowd_holds_every_kind_of_end(played):
    _, _, batch = played
    assert {Status.OK, Status.NOT_FINITE, Status.BAD_INPUT} <= {Status.of(c) for c in batch.status}
    assert (batch.status == 0).sum() > len(batch.status) / 2


def test_alone_is_the_same_as_in_a_crowd(played):
    solver, crowded, batch = played
    for i in range(len(crowded[0])):
        assert_same(picked(batch, i), picked(some(solver, crowded, [i]), 0), f"of patient {i}")


def test_any_order_and_any_company(played):
    solver, crowded, batch = played
    draw = np.random.default_rng(8)
    for _ in range(4):
        rows = draw.permutation(len(crowded[0]))[: draw.integers(2, 37)]
        assert_same(picked(some(solver, crowded, list(rows)), slice(None)), picked(batch, rows))


@pytest.mark.parametrize("threads", [2, 100])
def test_any_number_of_threads(played, threads):
    solver, crowded, batch = played
    everybody = list(range(len(crowded[0])))
    assert_same(picked(some(solver, crowded, everybody, threads=threads), slice(None)), picked(batch, slice(None)))


def test_the_same_person_many_times_is_the_same_row_many_times(played):
    solver, crowded, batch = played
    found = some(solver, crowded, [12] * 21)
    for i in range(21):
        assert_same(picked(found, i), picked(batch, 12))


def test_no_schedule_and_an_empty_one_are_the_same(played):
    solver, crowded, _ = played
    params, y0, _ = crowded
    without = solve(program("mixture"), params, y0, TIMES, solver=solver)
    empty = solve(program("mixture"), params, y0, TIMES, [[] for _ in params], solver=solver)
    assert_same(picked(without, slice(None)), picked(empty, slice(None)))


def test_more_outputs_change_nothing_else(played):
    """Outputs come from inside the steps; the steps do not know of them."""
    solver, crowded, batch = played
    params, y0, schedules = crowded
    more = np.unique(np.concatenate([TIMES, np.random.default_rng(1).uniform(0, 8, 50), np.arange(0.1, 8, 0.37)]))
    found = solve(program("mixture"), params, y0, more, schedules, solver=solver)
    at = np.searchsorted(more, TIMES)
    assert same_bits(found.values[:, at], batch.values)
    for name in FIELDS[1:]:
        assert same_bits(getattr(found, name), getattr(batch, name)), name


def test_what_is_put_out_changes_nothing(played):
    solver, crowded, batch = played
    params, y0, schedules = crowded
    found = solve(program("mixture"), params, y0, TIMES, schedules, solver=solver, outputs="derived")
    assert same_bits(found.final, batch.final)
    assert same_bits(found.steps, batch.steps)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(0, 36), min_size=1, max_size=30), st.sampled_from(SOLVERS), st.integers(1, 3))
def test_any_company_at_all(rows, solver, threads):
    crowded = crowd()
    found = some(solver, crowded, rows, threads=threads)
    for i, row in enumerate(rows):
        first = rows.index(row)
        assert_same(picked(found, i), picked(found, first))
    last = len(rows) - 1
    assert_same(picked(found, last), picked(some(solver, crowded, [rows[last]]), 0))


@pytest.mark.parametrize("solver", METHODS)
@pytest.mark.parametrize("cut", [0.5, 3.0, 7.9])
def test_a_run_that_goes_on_where_another_stopped(solver, cut):
    """Splitting changes the steps, so the answer only to tolerance; a dose at the seam is not given twice."""
    network = program("mixture")
    schedule = [Bolus(0.2, "gut", 1.0), Infusion(0.3, "plasma", 2.0, 5.0), Bolus(3.0, "gut", 1.0), Reset(7.0, "B", 1.0)]
    params, y0 = people(network, 8, seed=4), np.repeat(network.guess[None], 8, 0)
    whole = solve(network, params, y0, [0, cut, 8], [schedule] * 8, solver=solver, rtol=1e-9)
    first = solve(network, params, y0, [0, cut], [schedule] * 8, solver=solver, rtol=1e-9)
    later = [a for a in schedule if a.day > cut or isinstance(a, Infusion)]
    second = solve(network, params, first.final, [cut, 8], [later] * 8, solver=solver, rtol=1e-9)
    assert first.final == pytest.approx(whole.values[:, 1], rel=1e-6, abs=1e-9)
    assert second.final == pytest.approx(whole.final, rel=1e-6, abs=1e-9)


@pytest.mark.slow
def test_the_order_of_the_states_does_not_matter():
    """The same network with its states listed backwards: other pivots and sums, the same course."""
    network = program("robertson")
    turned = compile_model(replace(network.model, species=network.model.species[::-1]))
    params = people(network, 9, seed=2)
    a = solve(network, params, np.repeat([[1.0, 0.0, 0.0]], 9, 0), [0, 4, 40], solver="rodas5p", rtol=1e-8)
    b = solve(turned, params, np.repeat([[0.0, 0.0, 1.0]], 9, 0), [0, 4, 40], solver="rodas5p", rtol=1e-8)
    assert b.values[:, :, ::-1] == pytest.approx(a.values, rel=1e-6, abs=1e-12)


def test_nothing_is_kept_from_the_run_before(played):
    solver, crowded, batch = played
    everybody = list(range(len(crowded[0])))
    some(solver, crowded, [2, 3, 5, 4])
    assert_same(picked(some(solver, crowded, everybody), slice(None)), picked(batch, slice(None)))


def test_two_patients_who_differ_in_one_number_differ(played):
    """The twin that must fail: rows are not equal because everything is."""
    _, crowded, batch = played
    good = np.flatnonzero(batch.status == 0)
    assert all(not same_bits(batch.final[a], batch.final[b]) for a, b in pairwise(good))

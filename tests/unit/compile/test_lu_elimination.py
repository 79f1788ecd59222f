"""The planned elimination, as index lists and as text, against a dense solution."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myoflare.compile.lu import eliminate
from myoflare.compile.lu_text import elimination_text


@st.composite
def patterns(draw):
    """(size, entries that may differ from zero); the diagonal is part of it or not."""
    n = draw(st.integers(1, 9))
    cells = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1))
    return n, sorted(draw(st.sets(cells, max_size=4 * n)))


def matrix(n, pattern, seed):
    """shift times the identity minus ``j``, far from singular; entries of ``j`` in the order of the pattern."""
    entries = np.random.default_rng(seed).uniform(-1, 1, len(pattern))
    j = np.zeros((n, n))
    for (row, column), x in zip(pattern, entries, strict=True):
        j[row, column] = x
    shift = n + 2.0
    return shift, entries, shift * np.eye(n) - j


def by_lists(plan, full, b):
    """Elimination as ``Elimination`` describes it."""
    entry = np.array([full[i, j] for i, j in plan.entries])
    for k, diagonal in enumerate(plan.diagonal):
        for r in range(plan.pivots[k], plan.pivots[k + 1]):
            entry[plan.lower[r]] /= entry[diagonal]
            for u in range(plan.starts[r], plan.starts[r + 1]):
                entry[plan.target[u]] -= entry[plan.lower[r]] * entry[plan.source[u]]
    x = b.copy()
    for row, slot, column in plan.forward:
        x[row] -= entry[slot] * x[column]
    for row, slot, column in plan.backward:
        x[row] = x[row] / entry[slot] if row == column else x[row] - entry[slot] * x[column]
    return x


def by_text(plan, pattern, entries, shift, b):
    """The generated functions, run by Python on plain numbers."""

    def store(array, i, value):
        array[i] = value

    space = {"ld": lambda array, i: array[i], "st": store, "wide": float, "at": lambda array: array}
    space |= dict.fromkeys(("_jit_factor", "_jit_solve", "_jit_door"), lambda f: f)
    exec("\n".join(elimination_text(plan, pattern)), space)  # noqa: S102
    lu, x = np.zeros(len(plan.entries)), b.copy()
    space["factor"](entries, np.array([shift]), lu)
    space["solve"](lu, x)
    return x


@settings(max_examples=150, deadline=None)
@given(patterns(), st.integers(0, 2**32 - 1))
def test_lists_and_text_solve_what_a_dense_solver_solves(case, seed):
    n, pattern = case
    shift, entries, full = matrix(n, pattern, seed)
    b = np.random.default_rng(seed + 1).uniform(-1, 1, n)
    plan = eliminate(n, pattern)
    assert by_lists(plan, full, b) == pytest.approx(np.linalg.solve(full, b), rel=1e-12, abs=1e-14)
    assert by_text(plan, pattern, entries, shift, b) == pytest.approx(np.linalg.solve(full, b), rel=1e-12, abs=1e-14)


@settings(max_examples=100, deadline=None)
@given(patterns())
def test_the_plan_holds_every_place_it_touches(case):
    n, pattern = case
    plan = eliminate(n, pattern)
    places = {tuple(e) for e in plan.entries.tolist()}
    assert sorted(plan.order.tolist()) == list(range(n))
    assert set(pattern) | {(i, i) for i in range(n)} <= places
    assert len(places) == len(plan.entries)


def test_an_arrow_that_points_the_right_way_fills_nothing_in():
    """Eliminating the hub of a star first fills the whole matrix; Markowitz leaves it for last."""
    n = 30
    star = [(0, i) for i in range(n)] + [(i, 0) for i in range(n)]
    plan = eliminate(n, star)
    assert len(plan.entries) == 3 * n - 2
    assert plan.order[-1] == 0 or plan.order[-2] == 0


def test_a_long_chain_is_split_and_still_right():
    n = 400  # more statements than one generated function may hold
    pattern = [(i, j) for i in range(n) for j in (i - 1, i, i + 1) if 0 <= j < n]
    shift, entries, full = matrix(n, pattern, 3)
    b = np.linspace(-1, 1, n)
    plan = eliminate(n, pattern)
    assert sum(line.startswith("def _factor_") for line in elimination_text(plan, pattern)) > 1
    assert by_text(plan, pattern, entries, shift, b) == pytest.approx(np.linalg.solve(full, b), rel=1e-12, abs=1e-14)


def test_no_state_at_all_is_planned_too():
    plan = eliminate(0, [])
    assert plan.operations == 0
    assert by_text(plan, [], np.empty(0), 1.0, np.empty(0)).shape == (0,)

"""Steps of a fixed length: the error of both methods falls with the order that their authors claim."""

import inspect

import numpy as np
import pytest
from engine_cases import METHODS, Answers, program

from myoflare.simulate.lanes.engine import code

END = 1.0
STEPS = np.array([16, 24, 32, 48])
NO_INFLOW = np.zeros(0, np.int64)


class Steps:
    """``n`` equal steps of ``answers`` from day 0 to END with the generated module, as the driver takes them."""

    def __init__(self, method):
        self.program = program("answers")
        m = self.module = code(self.program, method)
        n, w = m.N_STATES, m.WIDTH
        sizes = {
            "y": n, "yt": n, "yn": n, "u": n, "p": m.N_PARAMS, "c": m.N_CONSTANTS, "w": m.N_SCRATCH, "k": 9 * n,
            "jac": m.N_JACOBIAN, "lu": m.N_LU, "t": 1, "h": 1, "tt": 1, "theta": 1, "out": n,
            "path": 8 * m.N_DRIVE,
        }  # fmt: skip
        self.a = {name: m.zeros(size) for name, size in sizes.items()} | {"inflows": NO_INFLOW}
        self.a["p"][:] = np.repeat(self.program.values, w)
        self.take("constants", "t", "y", "p", "c", "w", "c")

    def take(self, name, *arrays):
        return getattr(self.module, name)(*(self.a[a] for a in arrays))

    def state(self, name="y"):
        return self.a[name].reshape(-1, self.module.WIDTH)[:, 0].copy()

    def through(self, n, thetas=()):
        """States after each of ``n`` steps, and states at fractions ``thetas`` of the last step."""
        m, a, h = self.module, self.a, END / n
        closed, start = Answers(self.program.values), Answers(self.program.values)([0.0])[0]
        a["y"][:], a["h"][:], inner = np.repeat(start, m.WIDTH), h, []
        ends = []
        a["t"][:] = 0.0
        self.take("rhs", "t", "y", "p", "c", "w", "out")
        a["k"][: m.N_STATES * m.WIDTH] = a["out"]
        for i in range(n):
            a["t"][:] = i * h
            if m.N_DRIVE:
                nodes = closed(i * h + m.NODES * h)[:, m.DRIVE]
                a["path"][: nodes.size * m.WIDTH] = np.repeat(nodes.ravel(), m.WIDTH)
            self.take("step", *inspect.signature(m.step.py_func).parameters)
            if i == n - 1 and len(thetas):
                for theta in thetas:
                    a["theta"][:] = theta
                    self.take("inside", "theta", "h", "y", "yn", "k", "out")
                    inner.append(self.state("out"))
            a["y"][:] = a["yn"]
            ends.append(self.state())
            if not m.IMPLICIT:
                size = m.N_STATES * m.WIDTH
                a["k"][:size] = a["k"][6 * size : 7 * size]
        return np.array(ends), np.array(inner)


@pytest.fixture(scope="module", params=METHODS)
def steps(request):
    return Steps(request.param)


def slope(errors):
    """Order: how fast the error falls with the number of steps."""
    return -np.polyfit(np.log(STEPS), np.log(errors), 1)[0]


def worst(steps, i, n):
    """Largest error of state ``i`` after any of ``n`` steps."""
    truth = Answers(steps.program.values)(END * np.arange(1, n + 1) / n)[:, i]
    return np.abs(steps.through(n)[0][:, i] - truth).max()


FREE = ("x", "z", "v", "b", "h")


@pytest.mark.parametrize("state", FREE)
def test_the_order_is_five(steps, state):
    """With a rate that holds time itself (z, v), with a driving drug (h), and near a blow-up (b)."""
    i = steps.program.states.index(state)
    errors = [worst(steps, i, n) for n in STEPS]
    assert min(errors) > 1e-14  # above rounding, else the fit says nothing
    assert slope(errors) > 4.7, errors


@pytest.mark.parametrize("state", FREE)
def test_outputs_inside_a_step_have_order_four_at_least(steps, state):
    """The error inside the last of n steps: global order 4, so that outputs cost the run no accuracy."""
    i, thetas = steps.program.states.index(state), (0.25, 0.5, 0.8)
    errors = []
    for n in STEPS:
        _, inner = steps.through(n, thetas)
        truth = Answers(steps.program.values)((n - 1 + np.array(thetas)) * END / n)[:, i]
        errors.append(np.abs(inner[:, i] - truth).max())
    assert min(errors) > 1e-14
    assert slope(errors) > 3.7, errors


def test_the_ends_of_a_step_are_its_states(steps):
    end, (first, last) = steps.through(4, (0.0, 1.0))
    free = steps.module.FREE
    assert last[free] == pytest.approx(end[-1, free], rel=1e-13)
    truth = Answers(steps.program.values)([0.75 * END])[0]
    assert first[free] == pytest.approx(truth[free], rel=1e-3)


def test_a_difference_in_time_is_no_worse_than_a_derivative(steps):
    """Rodas5P needs df/dt, taken by a difference: late in a long run as good as at its start.

    z' = -2 t z^2 from day 1000 on, in steps of a day; the truth is 1 / (1/z0 + t^2 - t0^2).
    """
    if not steps.module.IMPLICIT:
        pytest.skip("only implicit steps differentiate by time")
    i, a = steps.program.states.index("z"), steps.a
    errors = {}
    for start in (1.0, 1000.0):
        closed = Answers(steps.program.values)([0.0])[0]
        h, n = 0.05 / start, 40
        a["y"][:] = np.repeat(closed, steps.module.WIDTH)
        a["h"][:] = h
        for j in range(n):
            a["t"][:] = start + j * h
            steps.take("step", *inspect.signature(steps.module.step.py_func).parameters)
            a["y"][:] = a["yn"]
        span = n * h
        errors[start] = abs(steps.state()[i] * (1 + 2 * start * span + span**2) - 1)
    assert errors[1000.0] < 10 * errors[1.0] + 1e-10, errors


def test_a_wrong_weight_is_noticed(steps):
    """The twin that must fail: with one stage spoilt the order is gone."""
    i = steps.program.states.index("x")
    errors = [worst(steps, i, n) + 1e-3 / n for n in STEPS]
    assert slope(errors) < 2

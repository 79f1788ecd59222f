"""Integrate up to the first moment at which a comparison in some trigger changes."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.integrate import LSODA

from myoflare.base.status import Status
from myoflare.compile import Program

# Where a step of the solver is looked at. Two looks stand close to its ends, so that a comparison which comes close
# to changing and turns back is seen to do so on whichever side of an end its turning point lies.
LOOKS = np.array([0.001, 0.17, 0.33, 0.5, 0.67, 0.83, 0.999])
TOO_CLOSE = 1e-15  # of the day: no solver takes such a step, and nothing moves in it
REFINEMENTS = 25  # of a place where a comparison comes close to changing and turns back


@dataclass
class Leg:
    """One stretch: outputs before its end, the state at its end, how it ended."""

    days: list[float]
    states: list[np.ndarray]
    t: float
    y: np.ndarray
    status: Status
    steps: int = 0
    evaluations: int = 0
    jacobians: int = 0


def leg(
    program: Program,
    p: np.ndarray,
    inflow: np.ndarray,
    t: float,
    y: np.ndarray,
    stop: float,
    outputs: np.ndarray,
    rtol: float,
    atol: np.ndarray,
    longest: float,
    most_steps: int,
    progress: Callable[[float], None] | None,
) -> Leg:
    """From ``t`` to ``stop``, or to where a comparison has just changed: then ``t`` is the first number beyond.

    ``outputs`` are days in (t, stop); ``longest`` bounds a step, so that no trigger is true unseen for longer.
    """
    c = program.constants(p)
    rhs, jacobian, triggers = (program.kernels.get(k) for k in ("rhs", "jacobian", "triggers"))
    n, still = len(program.events), len(y) == 0 or stop - t < TOO_CLOSE * max(abs(t), abs(stop))
    half = (len(triggers(t, y, p, c)) - n) // 2 if triggers else 0

    def look(t: float, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = triggers(t, y, p, c) if triggers else np.empty(0)
        return found[n : n + half] != 0.0, found[n + half :]

    result = Leg([], [], t, y, Status.OK)
    solver = None if still else LSODA(
        lambda t, y: rhs(t, y, p, c) + inflow, t, y, stop, rtol=rtol, atol=atol, max_step=longest,
        jac=lambda t, y: jacobian(t, y, p, c),
    )  # fmt: skip
    before = look(t, y)
    k = 0
    while result.t < stop:
        if solver is None:
            new, path = min(result.t + longest, stop), lambda t: y
        else:
            new, path, result.status = _step(solver)
        if result.status is not Status.OK:
            break
        hit, before = _first_change(look, path, result.t, new, before)
        end = new if hit is None else hit
        while k < len(outputs) and outputs[k] < end:
            result.days.append(float(outputs[k]))
            result.states.append(path(outputs[k]))
            k += 1
        result.t, result.y = end, path(end) if hit is not None or solver is None else solver.y.copy()
        result.steps += 1
        if progress is not None:
            progress(result.t)
        if hit is not None:
            break
        if result.steps >= most_steps:
            result.status = Status.TOO_MANY_STEPS
            break
    if solver is not None:
        result.evaluations, result.jacobians = solver.nfev, solver.njev
    return result


def _step(solver: LSODA):
    """One step: its end, the course within it, and how it went."""
    solver.step()
    if solver.status == "failed":
        return solver.t, None, Status.NO_CONVERGENCE
    if not np.isfinite(solver.y).all():
        return solver.t, None, Status.NOT_FINITE
    return solver.t, solver.dense_output(), Status.OK


def _first_change(look, path, start: float, end: float, before):
    """(first moment after which a comparison differs, or None; what is seen at the end or there)."""
    seen = [(start, *before)]
    for day in (*(start + (end - start) * LOOKS), end):
        seen.append((day, *look(day, path(day))))
        if (seen[-1][1] != seen[-2][1]).any():
            return _narrow(look, path, seen[-2], seen[-1])
        if len(seen) > 2:
            found = _dip(look, path, *seen[-3:])
            if found is not None:
                return _narrow(look, path, seen[-3], found)
    return None, seen[-1][1:]


def _narrow(look, path, low, high):
    """Narrow down to neighbouring numbers; the upper one, where some comparison has changed, and what is seen there.

    A straight line through the difference that changes sign says where to look, a little to each side of it; where
    that does not help the interval is halved.
    """
    while True:
        a, b = low[0], high[0]
        for day in (*_around(low, high), a + (b - a) / 2):
            if not low[0] < day < high[0]:
                continue
            found = (day, *look(day, path(day)))
            if (found[1] != low[1]).any():
                high = found
            else:
                low = found
            if high[0] - low[0] < 0.1 * (b - a):
                break
        if (low[0], high[0]) == (a, b):
            return b, high[1:]


def _around(low, high) -> tuple[float, ...]:
    """Two days around the root of a straight line through the first difference that changes; none without a root."""
    i = int(np.argmax(low[1] != high[1]))
    a, b, left, right = low[0], high[0], low[2][i], high[2][i]
    with np.errstate(all="ignore"):
        root = a + (b - a) * left / (left - right)
    if not a <= root <= b:
        return ()
    aside = max(1e-3 * (b - a), np.spacing(root))
    return root - aside, root + aside


def _dip(look, path, first, second, third):
    """A moment at which a comparison is different though it is the same at all three, if there is one.

    Where the difference of its sides is smallest in the middle it has turned back: look for the turning point.
    """
    sizes = np.abs(np.array([first[2], second[2], third[2]]))
    with np.errstate(invalid="ignore"):
        turning = np.flatnonzero((sizes[1] < sizes[0]) & (sizes[1] < sizes[2]))
    for i in turning:
        a, b = first[0], third[0]
        for _ in range(REFINEMENTS):
            left, right = a + (b - a) / 3, b - (b - a) / 3
            at_left, at_right = look(left, path(left)), look(right, path(right))
            for day, found in ((left, at_left), (right, at_right)):
                if (found[0] != first[1]).any():
                    return (day, *found)
            if abs(at_left[1][i]) < abs(at_right[1][i]):
                b = right
            else:
                a = left
    return None

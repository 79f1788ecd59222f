"""The rate equations between jumps, by the pair of orders 3 and 2 of Bogacki & Shampine.

What is integrated is the number of firings of each reaction. So one integral moves the states that flow and runs down
the clocks of the reactions that jump, and what reactions conserve stays conserved. The pair is that of Bogacki &
Shampine 1989, doi:10.1016/0893-9659(89)90079-7.
"""

import math

from numba import njit

from myoflare.simulate.stochastic.clocks import strike
from myoflare.simulate.stochastic.firing import NO_CONVERGENCE, OK, TOO_MANY_STEPS, propensities
from myoflare.simulate.stochastic.limit import apply

STRUCK = 1e-9  # a clock at or below this has struck
HALVINGS = 50  # of a step, to find where a clock strikes
NODES = (0.5, 0.75, 1.0)
WEIGHTS = (2 / 9, 1 / 3, 4 / 9)
ERROR = (-5 / 72, 1 / 12, 1 / 9, -1 / 8)


@njit(error_model="numpy")
def flow(rates, t, stop, y, p, c, inflow, net, stream, dt, rtol, atol, once, work):
    """Advance until ``stop`` (or ``once``, one step): (time reached, Status code). ``dt`` above 0 is the longest step.

    ``rtol`` bounds the error of a step relative to a state, and in the clocks outright.
    """
    code = propensities(rates(t, y, p, c), inflow, net, True, work.stages[0])
    if code != OK:
        return t, code
    while t < stop:
        work.used[1] += 1
        if work.used[1] > work.limit[0]:
            return t, TOO_MANY_STEPS
        r = struck(net, work)
        if r >= 0:
            code = strike(r, net, stream, work.x, y, work)
            if code == OK:
                code = propensities(rates(t, y, p, c), inflow, net, True, work.stages[0])
            if code != OK or once:
                return t, code
            continue
        left = stop - t
        h = min(work.pace[0], dt) if dt > 0.0 else work.pace[0]
        if left <= h * (1.0 + 1e-9):  # what is left may be a little more than the step before by rounding
            h = left
        if h <= 1e-14 * abs(t):
            return t, NO_CONVERGENCE
        error, code = attempt(rates, t, h, y, p, c, inflow, net, rtol, atol, work)
        if code != OK or not error <= 1.0:
            if code != OK and h < 1e-10 * left:
                return t, code
            work.pace[0] = h * (0.1 if code != OK else max(0.1, 0.9 * error ** (-1 / 3)))
            continue
        r, due = earliest(h, rtol, net, work)
        if due < 1.0:
            work.pace[0] = h * due  # try again up to where that clock strikes
            work.resume[0] = max(work.resume[0], h)
            continue
        pace = h * min(4.0, 0.9 * max(error, 1e-6) ** (-1 / 3))
        work.pace[0] = max(pace, work.resume[0], work.pace[0] if h == left else 0.0)
        work.resume[0] = 0.0
        code = accept(net, y, work)
        t = stop if h == left else t + h
        if r >= 0 and code == OK:
            code = strike(r, net, stream, work.x, y, work)
        if code == OK and (t < stop or once):
            code = propensities(rates(t, y, p, c), inflow, net, True, work.stages[0])
        if code != OK or once:
            return t, code
    return t, OK


@njit(error_model="numpy")
def attempt(rates, t, h, y, p, c, inflow, net, rtol, atol, work):
    """One step from the rates in ``stages[0]``: (error in units of what is allowed, Status code)."""
    stages, k, trial = work.stages, work.k, work.trial
    n = k.size
    for s in range(3):
        for r in range(n):
            if s < 2:
                k[r] = h * NODES[s] * stages[s, r]
            else:
                k[r] = h * (WEIGHTS[0] * stages[0, r] + WEIGHTS[1] * stages[1, r] + WEIGHTS[2] * stages[2, r])
        moved(k, net, y, trial)
        code = propensities(rates(t + NODES[s] * h, trial, p, c), inflow, net, True, stages[s + 1])
        if code != OK:
            return math.inf, code
    change = work.spread
    change[:] = 0.0
    worst = 0.0
    for r in range(n):
        wrong = 0.0
        for s in range(4):
            wrong += ERROR[s] * h * stages[s, r]
        if net.jumps[r]:
            worst = max(worst, abs(wrong) / rtol)
        else:
            for j in range(net.start[r], net.start[r + 1]):
                change[net.state[j]] += wrong * net.count[j] / net.size[net.state[j]]
    for i in range(y.size):
        worst = max(worst, abs(change[i]) / (atol[i] + rtol * max(y[i], trial[i])))
    return worst, OK


@njit(error_model="numpy")
def moved(k, net, y, trial):
    """``y`` after the firings ``k`` of the reactions that flow; laws are asked at zero or above only."""
    trial[:] = y
    for r in range(k.size):
        if not net.jumps[r] and k[r] != 0.0:
            for j in range(net.start[r], net.start[r + 1]):
                trial[net.state[j]] += k[r] * net.count[j] / net.size[net.state[j]]
    for i in range(trial.size):
        trial[i] = max(trial[i], 0.0)


@njit(error_model="numpy")
def struck(net, work):
    """A reaction whose clock has struck already, with another's or at a stop; -1 if none has."""
    for r in range(work.k.size):
        if net.jumps[r] and work.clock[r] <= STRUCK and work.stages[0, r] > 0.0:
            return r
    return -1


@njit(error_model="numpy")
def earliest(h, rtol, net, work):
    """The reaction whose clock strikes first in the step tried, to ``rtol``, and at which share of it; -1 if none."""
    first, due = -1, 1.0
    for r in range(work.k.size):
        if net.jumps[r] and work.k[r] >= work.clock[r] - rtol and work.k[r] > 0.0:
            share = 1.0
            if work.k[r] > work.clock[r] + rtol:
                share = crossing(work.clock[r], work.k[r], h * work.stages[0, r], h * work.stages[3, r])
            if first < 0 or share < due:
                first, due = r, share
    return first, due


@njit(error_model="numpy")
def crossing(level, end, slope, end_slope):
    """Where in (0, 1) the cubic that runs from 0 to ``end`` with these slopes reaches ``level``."""
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        s = 0.5 * (low + high)
        value = s * (1.0 - s) ** 2 * slope + s * s * ((3.0 - 2.0 * s) * end + (s - 1.0) * end_slope)
        low, high = (s, high) if value < level else (low, s)
    return high


@njit(error_model="numpy")
def accept(net, y, work):
    """Run down the clocks and move the states by the firings of the step tried."""
    for r in range(work.k.size):
        if net.jumps[r]:
            work.clock[r] = max(work.clock[r] - work.k[r], 0.0)
            work.k[r] = 0.0
    apply(work.k, net, y, work)
    return OK

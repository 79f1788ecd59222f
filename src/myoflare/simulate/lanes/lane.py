"""What is done for one lane at a time: a patient sits down, takes an action, is written down, leaves."""

import math

from numba import njit

from myoflare.simulate.lanes.slot import *

OK, TOO_MANY_STEPS, NO_CONVERGENCE, NOT_FINITE = range(4)  # codes of Status
ADD_STATE, SET_STATE, SET_PARAM, SET_RATE = range(4)  # of schedule.py
TINY = 1e-14  # of the time: a step that small no longer moves the clock


@njit(cache=True, error_model="numpy", _nrt=False)
def sit(lane, i, params, starts, tolerances, p, y, u, atol):
    """Patient ``i`` takes the lane."""
    for j in range(N_STATES):
        y[j * WIDTH + lane], u[j * WIDTH + lane] = starts[i, j], 0.0
        atol[j * WIDTH + lane] = tolerances[i, j]
    for j in range(N_PARAMS):
        p[j * WIDTH + lane] = params[i, j]


@njit(cache=True, error_model="numpy", _nrt=False)
def leave(lane, i, why, used, lost, t, y, answer):
    """Patient ``i`` leaves the lane."""
    _, final, status, reached, steps, rejected = answer
    status[i], reached[i], steps[i], rejected[i] = why, t[lane], used[lane], lost[lane]
    for j in range(N_STATES):
        final[i, j] = y[j * WIDTH + lane]


@njit(cache=True, error_model="numpy", _nrt=False)
def act(lane, a, kind, target, value, y, p, u):
    """Action ``a`` of the schedules; True if a parameter changed."""
    place = target[a] * WIDTH + lane
    if kind[a] == ADD_STATE:
        y[place] += value[a]
    elif kind[a] == SET_STATE:
        y[place] = value[a]
    elif kind[a] == SET_RATE:
        u[place] = value[a]
    else:
        p[place] = value[a]
    return kind[a] == SET_PARAM


@njit(cache=True, error_model="numpy", _nrt=False)
def finite(lane, lanes, n):
    """Whether the ``n`` entries of the lane are all numbers."""
    total = 0.0
    for j in range(n):
        total += lanes[j * WIDTH + lane] * 0.0
    return total == 0.0


@njit(cache=True, error_model="numpy", _nrt=False)
def first_step(lane, y, slopes, atol, rtol, longest):
    """A step that changes no state by more than a hundredth of its size, by root mean square."""
    size, speed = 0.0, 0.0
    for j in FREE:
        x = y[j * WIDTH + lane]
        scale = atol[j * WIDTH + lane] + rtol * abs(x)
        size += (x / scale) ** 2
        speed += (slopes[j * WIDTH + lane] / scale) ** 2
    if not speed > 0.0:
        return longest
    trial = 0.01 * math.sqrt(size / speed) if size > 0.0 else 1e-6
    return min(max(trial, 1e-9), longest)


@njit(cache=True, error_model="numpy", _nrt=False)
def write(lane, y, derived, column, row):
    """One output: what is derived from ``column`` on, or the states where that is below 0."""
    if column >= 0:
        for j in range(row.size):
            row[j] = derived[(column + j) * WIDTH + lane]
    else:
        for j in range(N_STATES):
            row[j] = y[j * WIDTH + lane]

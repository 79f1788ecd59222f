"""Carry many patients through time, eight at a time: every lane has its own clock, step and schedule.

A lane whose patient is done takes the next one, so that no lane waits for another. What happens in a lane depends on
its own patient only, bit for bit.
"""

import math

import numpy as np
from numba import njit

from myoflare.simulate.lanes.method import IMPLICIT, ORDER, fault, inside, step
from myoflare.simulate.lanes.slope import slope
from myoflare.simulate.lanes.slot import *  # noqa: F403

OK, TOO_MANY_STEPS, NO_CONVERGENCE, NOT_FINITE, BAD_INPUT = range(5)
ADD_STATE, SET_STATE, SET_PARAM, SET_RATE = range(4)


@njit(cache=True, error_model="numpy")
def act(l, kind, target, value, y, p, u):
    """One action of a schedule on lane ``l``; True if a parameter changed."""
    if kind == ADD_STATE:
        y[target * WIDTH + l] += value
    elif kind == SET_STATE:
        y[target * WIDTH + l] = value
    elif kind == SET_RATE:
        u[target * WIDTH + l] = value
    else:
        p[target * WIDTH + l] = value
        return True
    return False


@njit(cache=True, error_model="numpy")
def finite(lanes, n, l):
    """Whether the ``n`` entries of lane ``l`` are all numbers."""
    total = 0.0
    for j in range(n):
        total += lanes[j * WIDTH + l] * 0.0
    return total == 0.0


@njit(cache=True, error_model="numpy")
def first_step(l, y, slope, atol, rtol, longest):
    """A step that changes no state by more than a hundredth of its size, by root mean square."""
    size, speed = 0.0, 0.0
    for j in range(N_STATES):
        x = y[j * WIDTH + l]
        scale = atol[j * WIDTH + l] + rtol * abs(x)
        size += (x / scale) ** 2
        speed += (slope[j * WIDTH + l] / scale) ** 2
    if not speed > 0.0:
        return longest
    guess = 0.01 * math.sqrt(size / speed) if size > 0.0 else 1e-6
    return min(max(guess, 1e-9), longest)


@njit(cache=True, error_model="numpy")
def keep(l, y, derived, derive_them, row):
    """Write one output of lane ``l``."""
    if derive_them:
        for j in range(row.size):
            row[j] = derived[j * WIDTH + l]
    else:
        for j in range(N_STATES):
            row[j] = y[j * WIDTH + l]


@njit(cache=True, error_model="numpy", nogil=True)
def run(
    params, starts, tolerances, rtol, times, offsets, day, kind, target, value, inflows,
    derive_them, first, last, max_steps, out, final, status, reached, steps, rejected,
):  # fmt: skip
    """Patients ``first`` to ``last`` - 1. Inputs are (patient, ...) arrays; results go to those from ``out`` on."""
    y, yt, yn, yo = zeros(N_STATES), zeros(N_STATES), zeros(N_STATES), zeros(N_STATES)
    fresh, atol, u = zeros(N_STATES), zeros(N_STATES), zeros(N_STATES)
    p, c, w = zeros(N_PARAMS), zeros(N_CONSTANTS), zeros(N_SCRATCH)
    k, jac, lu = zeros(9 * N_STATES), zeros(N_JACOBIAN), zeros(N_LU)
    derived = zeros(N_DERIVED)
    t, h, dt, tt, theta, error = zeros(1), zeros(1), zeros(1), zeros(1), zeros(1), zeros(1)
    patient, action, stop = np.full(WIDTH, -1), np.zeros(WIDTH, np.int64), np.zeros(WIDTH)
    saved, used, lost = np.zeros(WIDTH, np.int64), np.zeros(WIDTH, np.int64), np.zeros(WIDTH, np.int64)
    lands, new_slope, started = np.zeros(WIDTH, np.bool_), np.zeros(WIDTH, np.bool_), np.zeros(WIDTH, np.bool_)
    earlier, after_jump, due = np.ones(WIDTH), np.zeros(WIDTH), np.zeros(WIDTH, np.bool_)
    end, n_times = times[-1], times.size
    waiting, active, vacancy, new_params = first, 0, True, True
    p[:] = 1.0
    dt[:] = 1.0
    atol[:] = 1.0
    while True:
        if vacancy:
            vacancy = False
            for l in range(WIDTH):
                if patient[l] < 0 and waiting < last:
                    i = waiting
                    waiting += 1
                    active += 1
                    patient[l], action[l], saved[l], used[l], lost[l] = i, offsets[i], 0, 0, 0
                    t[l], earlier[l], after_jump[l] = times[0], 1.0, 0.0
                    started[l], new_slope[l], new_params = True, True, True
                    for j in range(N_STATES):
                        y[j * WIDTH + l], u[j * WIDTH + l] = starts[i, j], 0.0
                        atol[j * WIDTH + l] = tolerances[i, j]
                    for j in range(N_PARAMS):
                        p[j * WIDTH + l] = params[i, j]
                    while action[l] < offsets[i + 1] and day[action[l]] <= times[0]:
                        a = action[l]
                        if day[a] == times[0] or kind[a] >= SET_PARAM:  # a dose of the past is not given again
                            act(l, kind[a], target[a], value[a], y, p, u)
                        action[l] += 1
        if new_params:
            constants(t, y, p, c, w, c)
            new_params = False
        # Outputs that are due at the state each lane has now: at the start, and on days of actions.
        while True:
            any_due = False
            for l in range(WIDTH):
                due[l] = patient[l] >= 0 and saved[l] < n_times and times[saved[l]] <= t[l]
                any_due |= due[l]
            if not any_due:
                break
            if derive_them:
                derive(t, y, p, c, w, derived)
            for l in range(WIDTH):
                if due[l]:
                    keep(l, y, derived, derive_them, out[patient[l], saved[l]])
                    saved[l] += 1
        for l in range(WIDTH):
            if patient[l] >= 0 and t[l] >= end:
                leave(l, patient[l], OK, t[l], used[l], lost[l], y, final, status, reached, steps, rejected)
                patient[l], vacancy, active, dt[l] = -1, True, active - 1, 1e-3
        if vacancy and waiting < last:
            continue
        if active == 0:
            break
        # First slopes, only for lanes whose own state or parameters jumped.
        if new_slope.any():
            slope(t, y, p, c, w, u, inflows, fresh)
            for l in range(WIDTH):
                if new_slope[l]:
                    new_slope[l] = False
                    for j in range(N_STATES):
                        k[j * WIDTH + l] = fresh[j * WIDTH + l]
                    guess = first_step(l, y, fresh, atol, rtol, end - times[0])
                    h[l] = guess if started[l] or after_jump[l] <= 0.0 else after_jump[l]
                    after_jump[l] = -1.0  # the size of the next accepted step is what a jump asks for
                    started[l] = False
                    if patient[l] >= 0 and not (finite(fresh, N_STATES, l) and finite(c, N_CONSTANTS, l)):
                        leave(l, patient[l], NOT_FINITE, t[l], used[l], lost[l], y, final, status, reached, steps, rejected)
                        patient[l], vacancy, active, dt[l] = -1, True, active - 1, 1e-3
            if vacancy:
                continue
        for l in range(WIDTH):
            if patient[l] >= 0:
                stop[l] = end
                if action[l] < offsets[patient[l] + 1] and day[action[l]] < end:
                    stop[l] = day[action[l]]
                left = stop[l] - t[l]
                lands[l] = h[l] >= 0.999 * left
                dt[l] = left if lands[l] else min(h[l], 0.5 * left) if h[l] > 0.5 * left else h[l]
        step(t, dt, y, p, c, w, u, inflows, k, jac, lu, yt, yn, tt)
        total = wide(0.0)
        for j in range(N_STATES):
            scale = ld(atol, j) + rtol * max_(abs_(ld(y, j)), abs_(ld(yn, j)))
            e = fault(j, dt, k, yt, yn) / scale
            total = total + e * e
        st(error, 0, total)
        any_due = False
        for l in range(WIDTH):
            due[l] = False
            if patient[l] < 0:
                continue
            e = max(math.sqrt(error[l] / N_STATES), 1e-10)
            good = e <= 1.0
            if not e < 1e300:
                factor = 0.2
            elif IMPLICIT or not good:
                factor = 0.9 * e ** (-1.0 / ORDER)
            else:
                factor = 0.9 * e ** (-0.17) * earlier[l] ** 0.04
            factor = min(max(factor, 0.2), 6.0)
            if good:
                due[l] = True
                earlier[l] = max(e, 1e-4)
                used[l] += 1
                if after_jump[l] < 0.0:
                    after_jump[l] = 0.9 * dt[l] * factor
                # A step that was cut short to land says little about the next.
                h[l] = max(dt[l] * factor, h[l]) if factor >= 1.0 else dt[l] * factor
                any_due |= saved[l] < n_times and times[saved[l]] < t[l] + dt[l]
            else:
                h[l] = dt[l] * factor
                lost[l] += 1
            tiny = h[l] <= 1e-14 * max(abs(t[l]), 1e-3)
            if tiny or used[l] + lost[l] >= max_steps:
                why = NOT_FINITE if not e < 1e300 else NO_CONVERGENCE if tiny else TOO_MANY_STEPS
                leave(l, patient[l], why, t[l], used[l], lost[l], y, final, status, reached, steps, rejected)
                patient[l], vacancy, active, due[l], dt[l] = -1, True, active - 1, False, 1e-3
        while any_due:
            any_due = False
            for l in range(WIDTH):
                if due[l] and saved[l] < n_times and times[saved[l]] < t[l] + dt[l]:
                    theta[l] = (times[saved[l]] - t[l]) / dt[l]
                    tt[l] = times[saved[l]]
                    any_due = True
            if not any_due:
                break
            inside(theta, dt, y, yn, k, yo)
            if derive_them:
                derive(tt, yo, p, c, w, derived)
            for l in range(WIDTH):
                if due[l] and saved[l] < n_times and times[saved[l]] < t[l] + dt[l]:
                    keep(l, yo, derived, derive_them, out[patient[l], saved[l]])
                    saved[l] += 1
        for l in range(WIDTH):
            if due[l]:
                for j in range(N_STATES):
                    y[j * WIDTH + l] = yn[j * WIDTH + l]
                if not IMPLICIT:
                    for j in range(N_STATES):
                        k[j * WIDTH + l] = k[(6 * N_STATES + j) * WIDTH + l]
                if not lands[l]:
                    t[l] += dt[l]
                    continue
                t[l] = stop[l]
                i = patient[l]
                while action[l] < offsets[i + 1] and day[action[l]] <= t[l]:
                    a = action[l]
                    new_params |= act(l, kind[a], target[a], value[a], y, p, u)
                    new_slope[l] = True
                    action[l] += 1


@njit(cache=True, error_model="numpy")
def leave(l, i, why, now, used, lost, y, final, status, reached, steps, rejected):
    """Patient ``i`` leaves lane ``l``."""
    status[i], reached[i], steps[i], rejected[i] = why, now, used, lost
    for j in range(N_STATES):
        final[i, j] = y[j * WIDTH + l]

"""Carry many patients through time, eight at a time: every lane has its own clock, step and schedule.

A lane whose patient is done takes the next one, so that no lane waits for another. What happens in a lane depends on
its own patient only, bit for bit.
"""

import math

import numpy as np
from numba import njit

from myoflare.simulate.lanes.drive import drive_inside, drive_norm, visit
from myoflare.simulate.lanes.slope import slope
from myoflare.simulate.lanes.slot import *  # noqa: F403
from myoflare.simulate.lanes.tsit5 import IMPLICIT, IN_TIME, NODES, ORDER, fault, inside, prepare, step

OK, TOO_MANY_STEPS, NO_CONVERGENCE, NOT_FINITE, BAD_INPUT = range(5)
ADD_STATE, SET_STATE, SET_PARAM, SET_RATE = range(4)


@njit(cache=True, error_model="numpy")
def act(lane, kind, target, value, y, p, u):
    """One action of a schedule on lane ``lane``; True if a parameter changed."""
    if kind == ADD_STATE:
        y[target * WIDTH + lane] += value
    elif kind == SET_STATE:
        y[target * WIDTH + lane] = value
    elif kind == SET_RATE:
        u[target * WIDTH + lane] = value
    else:
        p[target * WIDTH + lane] = value
        return True
    return False


@njit(cache=True, error_model="numpy")
def finite(lanes, n, lane):
    """Whether the ``n`` entries of lane ``lane`` are all numbers."""
    total = 0.0
    for j in range(n):
        total += lanes[j * WIDTH + lane] * 0.0
    return total == 0.0


@njit(cache=True, error_model="numpy")
def first_step(lane, y, slope, atol, rtol, longest):
    """A step that changes no state by more than a hundredth of its size, by root mean square."""
    size, speed = 0.0, 0.0
    for j in FREE:
        x = y[j * WIDTH + lane]
        scale = atol[j * WIDTH + lane] + rtol * abs(x)
        size += (x / scale) ** 2
        speed += (slope[j * WIDTH + lane] / scale) ** 2
    if not speed > 0.0:
        return longest
    guess = 0.01 * math.sqrt(size / speed) if size > 0.0 else 1e-6
    return min(max(guess, 1e-9), longest)


@njit(cache=True, error_model="numpy")
def keep(lane, y, derived, derive_them, row):
    """Write one output of lane ``lane``."""
    if derive_them:
        for j in range(row.size):
            row[j] = derived[j * WIDTH + lane]
    else:
        for j in range(N_STATES):
            row[j] = y[j * WIDTH + lane]


@njit(cache=True, error_model="numpy", nogil=True)
def run(
    rows, params, starts, tolerances, rtol, times, offsets, day, kind, target, value, inflows,
    derive_them, max_steps, out, final, status, reached, steps, rejected,
):  # fmt: skip
    """Advance the patients ``rows``. Inputs are (patient, ...) arrays; results go to those from ``out`` on."""
    y, yt, yn, yo = zeros(N_STATES), zeros(N_STATES), zeros(N_STATES), zeros(N_STATES)
    fresh, atol, u = zeros(N_STATES), zeros(N_STATES), zeros(N_STATES)
    p, c, w = zeros(N_PARAMS), zeros(N_CONSTANTS), zeros(N_SCRATCH)
    k, jac, lu = zeros(9 * N_STATES), zeros(N_JACOBIAN), zeros(N_LU)
    rates, norm, path = zeros(N_DRIVE_RATES + N_DRIVE), zeros(1), zeros(8 * N_DRIVE)
    derived, bends = zeros(N_DERIVED), zeros(3 * N_STATES)
    t, h, dt, tt, theta, error = zeros(1), zeros(1), zeros(1), zeros(1), zeros(1), zeros(1)
    patient, action, stop = np.full(WIDTH, -1), np.zeros(WIDTH, np.int64), np.zeros(WIDTH)
    saved, used, lost = np.zeros(WIDTH, np.int64), np.zeros(WIDTH, np.int64), np.zeros(WIDTH, np.int64)
    lands, new_slope, started = np.zeros(WIDTH, np.bool_), np.zeros(WIDTH, np.bool_), np.zeros(WIDTH, np.bool_)
    after_jump, due = np.zeros(WIDTH), np.zeros(WIDTH, np.bool_)
    earlier, guess, smooth, taken = zeros(1), zeros(1), zeros(1), zeros(1)
    end, n_times = times[-1], times.size
    waiting, active, vacancy, new_params = 0, 0, True, True
    p[:] = 1.0
    earlier[:] = 1.0
    dt[:] = 1.0
    atol[:] = 1.0
    while True:
        if vacancy:
            vacancy = False
            for lane in range(WIDTH):
                if patient[lane] < 0 and waiting < rows.size:
                    i = rows[waiting]
                    waiting += 1
                    active += 1
                    patient[lane], action[lane], saved[lane], used[lane], lost[lane] = i, offsets[i], 0, 0, 0
                    t[lane], earlier[lane], after_jump[lane] = times[0], 1.0, 0.0
                    started[lane], new_slope[lane], new_params = True, True, True
                    for j in range(N_STATES):
                        y[j * WIDTH + lane], u[j * WIDTH + lane] = starts[i, j], 0.0
                        atol[j * WIDTH + lane] = tolerances[i, j]
                    for j in range(N_PARAMS):
                        p[j * WIDTH + lane] = params[i, j]
                    while action[lane] < offsets[i + 1] and day[action[lane]] <= times[0]:
                        a = action[lane]
                        if day[a] == times[0] or kind[a] >= SET_PARAM:  # a dose of the past is not given again
                            act(lane, kind[a], target[a], value[a], y, p, u)
                        action[lane] += 1
        if new_params:
            constants(t, y, p, c, w, c)
            drive_rates(t, y, p, c, w, rates)
            drive_norm(rates, norm)
            new_params = False
        # Outputs that are due at the state each lane has now: at the start, and on days of actions.
        while True:
            any_due = False
            for lane in range(WIDTH):
                due[lane] = patient[lane] >= 0 and saved[lane] < n_times and times[saved[lane]] <= t[lane]
                any_due |= due[lane]
            if not any_due:
                break
            if derive_them:
                derive(t, y, p, c, w, derived)
            for lane in range(WIDTH):
                if due[lane]:
                    keep(lane, y, derived, derive_them, out[patient[lane], saved[lane]])
                    saved[lane] += 1
        for lane in range(WIDTH):
            if patient[lane] >= 0 and t[lane] >= end:
                leave(
                    lane, patient[lane], OK, t[lane], used[lane], lost[lane], y, final, status, reached, steps, rejected
                )
                patient[lane], vacancy, active, dt[lane] = -1, True, active - 1, 1e-3
        if vacancy and waiting < rows.size:
            continue
        if active == 0:
            break
        # First slopes, only for lanes whose own state or parameters jumped.
        if new_slope.any():
            slope(t, y, p, c, w, u, inflows, fresh)
            for lane in range(WIDTH):
                if new_slope[lane]:
                    new_slope[lane] = False
                    for j in range(N_STATES):
                        k[j * WIDTH + lane] = fresh[j * WIDTH + lane]
                    trial = first_step(lane, y, fresh, atol, rtol, end - times[0])
                    h[lane] = trial if started[lane] or after_jump[lane] <= 0.0 else after_jump[lane]
                    after_jump[lane] = -1.0  # the size of the next accepted step is what a jump asks for
                    started[lane] = False
                    if patient[lane] >= 0 and not (finite(fresh, N_STATES, lane) and finite(c, N_CONSTANTS, lane)):
                        leave(
                            lane,
                            patient[lane],
                            NOT_FINITE,
                            t[lane],
                            used[lane],
                            lost[lane],
                            y,
                            final,
                            status,
                            reached,
                            steps,
                            rejected,
                        )
                        patient[lane], vacancy, active, dt[lane] = -1, True, active - 1, 1e-3
            if vacancy:
                continue
        for lane in range(WIDTH):
            if patient[lane] >= 0:
                stop[lane] = end
                if action[lane] < offsets[patient[lane] + 1] and day[action[lane]] < end:
                    stop[lane] = day[action[lane]]
                left = stop[lane] - t[lane]
                lands[lane] = h[lane] >= 0.999 * left
                dt[lane] = left if lands[lane] else min(h[lane], 0.5 * left) if h[lane] > 0.5 * left else h[lane]
        if N_DRIVE > 0:
            visit(NODES, IN_TIME, dt, rates, norm, u, y, path)
        step(t, dt, y, p, c, w, u, inflows, path, k, jac, lu, yt, yn, tt)
        total = wide(0.0)
        for j in FREE:
            scale = ld(atol, j) + rtol * max_(abs_(ld(y, j)), abs_(ld(yn, j)))
            e = fault(j, dt, k, yt, yn) / scale
            total = total + e * e
        square = max_(total * (1.0 / max(N_FREE, 1)), 1e-20)  # of the error by root mean square; 1 is just allowed
        st(error, 0, square)
        st(guess, 0, 0.9 * powr(square, -0.5 / ORDER))
        if not IMPLICIT:
            st(smooth, 0, 0.9 * powr(square, -0.085) * powr(ld(earlier, 0), 0.02))
        any_due = False
        for lane in range(WIDTH):
            due[lane] = False
            if patient[lane] < 0:
                continue
            good = error[lane] <= 1.0
            factor = guess[lane] if IMPLICIT or not good else smooth[lane]
            if not error[lane] < 1e300:
                factor = 0.2
            factor = min(max(factor, 0.2), 6.0)
            if good:
                due[lane] = True
                earlier[lane] = max(error[lane], 1e-8)
                used[lane] += 1
                if after_jump[lane] < 0.0:
                    after_jump[lane] = 0.9 * dt[lane] * factor
                # A step that was cut short to land says little about the next.
                h[lane] = max(dt[lane] * factor, h[lane]) if factor >= 1.0 else dt[lane] * factor
                any_due |= saved[lane] < n_times and times[saved[lane]] < t[lane] + dt[lane]
            else:
                h[lane] = dt[lane] * factor
                lost[lane] += 1
            tiny = h[lane] <= 1e-14 * max(abs(t[lane]), 1e-3)
            if tiny or used[lane] + lost[lane] >= max_steps:
                why = NOT_FINITE if not error[lane] < 1e300 else NO_CONVERGENCE if tiny else TOO_MANY_STEPS
                leave(
                    lane,
                    patient[lane],
                    why,
                    t[lane],
                    used[lane],
                    lost[lane],
                    y,
                    final,
                    status,
                    reached,
                    steps,
                    rejected,
                )
                patient[lane], vacancy, active, due[lane], dt[lane] = -1, True, active - 1, False, 1e-3
        if any_due:
            prepare(k, bends)
        while any_due:
            any_due = False
            for lane in range(WIDTH):
                if due[lane] and saved[lane] < n_times and times[saved[lane]] < t[lane] + dt[lane]:
                    theta[lane] = (times[saved[lane]] - t[lane]) / dt[lane]
                    tt[lane] = times[saved[lane]]
                    any_due = True
            if not any_due:
                break
            inside(theta, dt, y, yn, k, bends, yo)
            if N_DRIVE > 0:
                drive_inside(theta, dt, rates, norm, u, y, yo)
            if derive_them:
                derive(tt, yo, p, c, w, derived)
            for lane in range(WIDTH):
                if due[lane] and saved[lane] < n_times and times[saved[lane]] < t[lane] + dt[lane]:
                    keep(lane, yo, derived, derive_them, out[patient[lane], saved[lane]])
                    saved[lane] += 1
        for lane in range(WIDTH):
            taken[lane] = 1.0 if due[lane] else 0.0
        moved = ld(taken, 0)
        for j in range(N_STATES):
            st(y, j, select(moved, ld(yn, j), ld(y, j)))
            if not IMPLICIT:
                st(k, j, select(moved, ld(k, 6 * N_STATES + j), ld(k, j)))
        for lane in range(WIDTH):
            if due[lane]:
                if not lands[lane]:
                    t[lane] += dt[lane]
                    continue
                t[lane] = stop[lane]
                i = patient[lane]
                while action[lane] < offsets[i + 1] and day[action[lane]] <= t[lane]:
                    a = action[lane]
                    new_params |= act(lane, kind[a], target[a], value[a], y, p, u)
                    new_slope[lane] = True
                    action[lane] += 1


@njit(cache=True, error_model="numpy")
def leave(lane, i, why, now, used, lost, y, final, status, reached, steps, rejected):
    """Patient ``i`` leaves lane ``lane``."""
    status[i], reached[i], steps[i], rejected[i] = why, now, used, lost
    for j in range(N_STATES):
        final[i, j] = y[j * WIDTH + lane]

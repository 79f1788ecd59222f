"""Carry many patients through time, eight at a time: every lane has its own clock, step and schedule.

A lane whose patient is done takes the next one, so that no lane waits for another. What happens in a lane depends on
its own patient only, bit for bit.
"""

import numpy as np
from numba import njit

from myoflare.simulate.lanes.drive import LEVELS, SQUARE, drive_flow, drive_inside, drive_lift, same, visit
from myoflare.simulate.lanes.happen import happen, locate
from myoflare.simulate.lanes.lane import *
from myoflare.simulate.lanes.method import *
from myoflare.simulate.lanes.slope import slope
from myoflare.simulate.lanes.slot import *


@njit(cache=True, error_model="numpy", _nrt=False)
def write_now(patient, saved, due, column, times, t, y, p, c, w, derived, values):
    """Outputs that are due at the state each lane has now: at the start, and on days of actions and events."""
    while True:
        any_due = False
        for lane in range(WIDTH):
            due[lane] = patient[lane] >= 0 and saved[lane] < times.size and times[saved[lane]] <= t[lane]
            any_due |= due[lane]
        if not any_due:
            return
        if column >= 0:
            derive(t, y, p, c, w, derived)
        for lane in range(WIDTH):
            if due[lane]:
                write(lane, y, derived, column, values[patient[lane], saved[lane]])
                saved[lane] += 1


@njit(cache=True, error_model="numpy", _nrt=False)
def write_inside(patient, saved, due, column, times, t, dt, h, theta, tt, y, yn, yo, k,
                 rates, piece, flow, lift, room, p, c, w, derived, values):  # fmt: skip
    """Outputs inside the steps ``h`` of lanes that are due, of which the part ``dt`` is taken."""
    while True:
        any_due = False
        for lane in range(WIDTH):
            if due[lane] and saved[lane] < times.size and times[saved[lane]] < t[lane] + dt[lane]:
                theta[lane] = (times[saved[lane]] - t[lane]) / h[lane]
                tt[lane] = times[saved[lane]]
                any_due = True
        if not any_due:
            return
        inside(theta, h, y, yn, k, yo)
        if N_DRIVE > 0:
            drive_inside(theta, h, rates, piece, flow, lift, y, room, yo)
        if column >= 0:
            derive(tt, yo, p, c, w, derived)
        for lane in range(WIDTH):
            if due[lane] and saved[lane] < times.size and times[saved[lane]] < t[lane] + dt[lane]:
                write(lane, yo, derived, column, values[patient[lane], saved[lane]])
                saved[lane] += 1


@njit(cache=True, error_model="numpy", _nrt=False)
def measure(rtol, atol, dt, y, yn, k, yt, earlier, error, guess, smooth):
    """Square of the error of each lane, 1 being just allowed, and the factors by which the next step may grow."""
    total = wide(0.0)
    for d in DRIVE:  # exact, so without error, unless they are no numbers
        total = total + 0.0 * ld(yn, d)
    for j in FREE:
        scale = ld(atol, j) + rtol * max_(abs_(ld(y, j)), abs_(ld(yn, j)))
        e = fault(j, dt, k, yt, yn) / scale
        total = total + e * e
    square = total * (1.0 / max(N_FREE, 1))
    st(error, 0, square)  # NaN stays NaN
    square = max_(square, 1e-20)
    st(guess, 0, 0.9 * powr(square, -0.5 / ORDER))
    if not IMPLICIT:  # damped by the error before, which explicit steps at the edge of stability need
        st(smooth, 0, 0.9 * powr(square, -0.425 / ORDER) * powr(ld(earlier, 0), 0.1 / ORDER))


@njit(cache=True, error_model="numpy", _nrt=False)
def accept(moved, y, yn, k):
    """Take over the new state where ``moved`` is 1."""
    for j in range(N_STATES):
        st(y, j, select(moved, ld(yn, j), ld(y, j)))
        if not IMPLICIT:
            st(k, j, select(moved, ld(k, 6 * N_STATES + j), ld(k, j)))


@njit(cache=True, error_model="numpy", nogil=True)
def run(question, answer):
    """Advance the patients ``rows``.

    ``question`` is (rows, params, starts, tolerances, rtol, times, offsets, day, kind, target, value, inflows, first
    column of what is derived or -1 for states, most steps) with (patient, ...) arrays; ``answer`` is (values, final,
    status, reached, steps, rejected), written in place.
    """
    (rows, params, starts, tolerances, rtol, times, offsets, day, kind, target, value, inflows, column,
     most_steps) = question  # fmt: skip
    values = answer[0]
    y, yt, yn, yo, fresh = zeros(N_STATES), zeros(N_STATES), zeros(N_STATES), zeros(N_STATES), zeros(N_STATES)
    atol, u = zeros(N_STATES), zeros(N_STATES)
    p, c, w = zeros(N_PARAMS), zeros(N_CONSTANTS), zeros(N_SCRATCH)
    k, jac, lu = zeros(9 * N_STATES), zeros(N_JACOBIAN), zeros(N_LU)
    rates, piece, path = zeros(N_DRIVE_RATES + N_DRIVE), zeros(1), zeros(8 * N_DRIVE)
    room = (zeros(N_DRIVE), zeros(1), zeros(1), zeros(1), zeros(1))
    fresh_rates = zeros(N_DRIVE_RATES + N_DRIVE)
    flow, lift = zeros(LEVELS * SQUARE), zeros(LEVELS * N_DRIVE)
    derived = zeros(N_DERIVED)
    truth, asked, assigned = zeros(N_TRIGGERS), zeros(N_TRIGGERS), zeros(2 * N_ASSIGNED)
    t, h, dt, part, tt, theta, cut = zeros(1), zeros(1), zeros(1), zeros(1), zeros(1), zeros(1), zeros(1)
    hit = zeros(1)
    error, earlier, guess, smooth, moved = zeros(1), zeros(1), zeros(1), zeros(1), zeros(1)
    patient, action, saved = np.full(WIDTH, -1), np.zeros(WIDTH, np.int64), np.zeros(WIDTH, np.int64)
    used, lost, after_jump = np.zeros(WIDTH, np.int64), np.zeros(WIDTH, np.int64), np.zeros(WIDTH)
    lands, jumped = np.zeros(WIDTH, np.bool_), np.zeros(WIDTH, np.bool_)
    due, asks = np.zeros(WIDTH, np.bool_), np.zeros(WIDTH, np.bool_)
    end, longest, next_row = times[-1], times[-1] - times[0], 0
    if N_TRIGGERS > 0:  # what turns true and false again inside a step would be missed
        longest = longest / 50.0
        for i in range(1, times.size):
            longest = min(longest, times[i] - times[i - 1]) if times.size < 10_000 else longest
    p[:], atol[:], earlier[:], dt[:], new_params = 1.0, 1.0, 1.0, 1e-3, True
    piece[:] = 1e300  # what it is where no rate is above 0
    while True:
        for lane in range(WIDTH):
            if patient[lane] < 0 and next_row < rows.size:
                i = rows[next_row]
                next_row += 1
                sit(lane, i, params, starts, tolerances, p, y, u, atol)
                patient[lane], action[lane], saved[lane], used[lane], lost[lane] = i, offsets[i], 0, 0, 0
                t[lane], earlier[lane], after_jump[lane], jumped[lane], new_params = times[0], 1.0, -1.0, True, True
                while action[lane] < offsets[i + 1] and day[action[lane]] <= times[0]:
                    a = action[lane]
                    if day[a] == times[0] or kind[a] >= SET_PARAM:  # a dose of the past is not given again
                        act(lane, a, kind, target, value, y, p, u)
                    action[lane] += 1
                for i in range(N_TRIGGERS):
                    truth[i * WIDTH + lane] = 1.0 if i < N_EVENTS and EVENT_INITIAL[i] else 0.0
        if new_params:
            constants(t, y, p, c, w, c)
        ended = True
        if N_TRIGGERS > 0 and jumped.any():
            acted, ended = happen(jumped, truth, asked, assigned, t, y, p, c, w)
            new_params |= acted
        if N_DRIVE > 0 and (new_params or jumped.any()):
            drive_rates(t, y, p, c, w, fresh_rates)
            for d in range(N_DRIVE):
                st(fresh_rates, N_DRIVE_RATES + d, ld(fresh_rates, N_DRIVE_RATES + d) + ld(u, DRIVE[d]))
            new_flow = not same(0, N_DRIVE_RATES, rates, fresh_rates)
            if new_flow or not same(N_DRIVE_RATES, N_DRIVE_RATES + N_DRIVE, rates, fresh_rates):
                rates[:] = fresh_rates
                if new_flow:
                    drive_flow(rates, piece, flow)
                drive_lift(rates, piece, flow, lift)
        new_params = False
        write_now(patient, saved, due, column, times, t, y, p, c, w, derived, values)
        # Slopes anew, only for lanes whose own state or parameters jumped; an implicit step asks for none.
        for lane in range(WIDTH):
            asks[lane] = jumped[lane] and not (IMPLICIT and after_jump[lane] > 0.0)
        if asks.any():
            slope(t, y, p, c, w, u, inflows, fresh)
        vacant = 0
        for lane in range(WIDTH):
            if patient[lane] >= 0 and jumped[lane]:
                why = OK if ended else TOO_MANY_STEPS
                if not (finite(lane, y, N_STATES) and finite(lane, c, N_CONSTANTS)):
                    why = NOT_FINITE
                if asks[lane]:
                    for j in range(N_STATES):
                        k[j * WIDTH + lane] = fresh[j * WIDTH + lane]
                    if not finite(lane, fresh, N_STATES):
                        why = NOT_FINITE
                if after_jump[lane] > 0.0:
                    h[lane] = min(after_jump[lane], longest)
                else:
                    h[lane] = first_step(lane, y, fresh, atol, rtol, longest)
                after_jump[lane] = -1.0  # the size of the next accepted step is what a jump asks for
                if why != OK:
                    leave(lane, patient[lane], why, used, lost, t, y, answer)
                    patient[lane] = -1
            jumped[lane] = False
            if patient[lane] >= 0 and t[lane] >= end:
                leave(lane, patient[lane], OK, used, lost, t, y, answer)
                patient[lane] = -1
            if patient[lane] < 0:
                vacant += 1
                dt[lane] = 1e-3
        if vacant > 0 and next_row < rows.size:
            continue
        if vacant == WIDTH:
            return
        for lane in range(WIDTH):
            if patient[lane] >= 0:
                stop = end
                if action[lane] < offsets[patient[lane] + 1]:
                    stop = min(day[action[lane]], end)
                left = stop - t[lane]
                lands[lane] = h[lane] >= 0.999 * left
                dt[lane] = left if lands[lane] else min(h[lane], 0.5 * left) if h[lane] > 0.5 * left else h[lane]
        if N_DRIVE > 0:
            visit(NODES, IN_TIME, dt, rates, piece, flow, lift, y, room, path)
        step(t, dt, y, p, c, w, u, inflows, path, k, jac, lu, yt, yn, tt)
        measure(rtol, atol, dt, y, yn, k, yt, earlier, error, guess, smooth)
        output_due = False
        for lane in range(WIDTH):
            due[lane] = patient[lane] >= 0 and error[lane] <= 1.0
            moved[lane] = 1.0 if due[lane] else 0.0
            if patient[lane] < 0:
                continue
            factor = guess[lane] if IMPLICIT or not due[lane] else smooth[lane]
            factor = min(max(factor, 0.2), 6.0) if error[lane] < 1e300 else 0.2
            if due[lane]:
                earlier[lane] = max(error[lane], 1e-8)
                used[lane] += 1
                if after_jump[lane] < 0.0:
                    after_jump[lane] = 0.9 * dt[lane] * factor
                # A step that was cut short to land says little about the next.
                h[lane] = min(max(dt[lane] * factor, h[lane]) if factor >= 1.0 else dt[lane] * factor, longest)
                output_due |= saved[lane] < times.size and times[saved[lane]] < t[lane] + dt[lane]
            else:
                h[lane] = dt[lane] * factor
                lost[lane] += 1
            tiny = h[lane] <= TINY * max(abs(t[lane]), 1e-3)
            if tiny or used[lane] + lost[lane] >= most_steps:
                why = NOT_FINITE if not error[lane] < 1e300 else NO_CONVERGENCE if tiny else TOO_MANY_STEPS
                leave(lane, patient[lane], why, used, lost, t, y, answer)
                patient[lane], due[lane], moved[lane] = -1, False, 0.0
        part[:] = dt
        if N_TRIGGERS > 0 and locate(
            due, hit, cut, truth, dt, t, y, yn, k, rates, piece, flow, lift, room, p, c, w, tt, yo, asked
        ):
            for lane in range(WIDTH):
                if hit[lane] == 1.0:
                    part[lane], jumped[lane] = cut[lane] * dt[lane], True
                    lands[lane] &= cut[lane] == 1.0
        if output_due:
            write_inside(patient, saved, due, column, times, t, part, dt, theta, tt, y, yn, yo, k,
                         rates, piece, flow, lift, room, p, c, w, derived, values)  # fmt: skip
        if N_TRIGGERS > 0 and jumped.any():  # the state at the moment of the event instead of that at the end
            inside(cut, dt, y, yn, k, yo)
            if N_DRIVE > 0:
                drive_inside(cut, dt, rates, piece, flow, lift, y, room, yo)
            for lane in range(WIDTH):
                if jumped[lane]:
                    for j in range(N_STATES):
                        yn[j * WIDTH + lane] = yo[j * WIDTH + lane]
        accept(ld(moved, 0), y, yn, k)
        for lane in range(WIDTH):
            if due[lane]:
                if not lands[lane]:
                    t[lane] += part[lane]
                    continue
                i = patient[lane]
                t[lane] = min(day[action[lane]], end) if action[lane] < offsets[i + 1] else end
                while action[lane] < offsets[i + 1] and day[action[lane]] <= t[lane]:
                    new_params |= act(lane, action[lane], kind, target, value, y, p, u)
                    jumped[lane] = True
                    action[lane] += 1

"""Advance up to eight patients in step with each other and keep all that the sweep back needs.

What a lane does depends on its own patient only; a lane whose step was rejected, or that is done, has length 0 on the
tape.
"""

from myoflare.simulate.gradient.flow import act, finite, first_step, slope
from myoflare.simulate.gradient.method import IMPLICIT, ORDER, fault, inside, step
from myoflare.simulate.gradient.slot import *  # noqa: F403

RUNNING = -1
OK, TOO_MANY_STEPS, NO_CONVERGENCE, NOT_FINITE = 0, 1, 2, 3


@njit(cache=True, error_model="numpy")
def record(state, tape, rtol, atol, times, schedule, walk, derive_them, max_steps, states, derived, before):
    """Fill the tape from its first row on; returns how many rows, and whether a patient is still on the way.

    ``state`` is read and written, so that the next call goes on where this one stopped. Outputs go to ``states``
    (lane, time, state) and ``derived`` (lane, time, rule or observable); ``before`` keeps for each action what the
    parameter was that it changed. ``walk`` holds (first row of each lane, start and length of steps) of another course:
    no step is longer than the one that was taken there.
    """
    y, u, p, c, first, t, h, earlier, after_jump, action, saved, used, lost, status, new_slope, started = state
    tape_y, tape_k, tape_lu, tape_t, tape_h, tape_saved, tape_action = tape
    offsets, day, kind, target, value, inflows = schedule
    walk_rows, walk_t, walk_h = walk
    yt, yn, yo, fresh = zeros(N_STATES), zeros(N_STATES), zeros(N_STATES), zeros(N_STATES)
    w, jac, row = zeros(N_SCRATCH), zeros(N_JACOBIAN), zeros(N_DERIVED)
    dt, tt, theta, error = zeros(1), zeros(1), zeros(1), zeros(1)
    stop, lands, good = np.zeros(WIDTH), np.zeros(WIDTH, np.bool_), np.zeros(WIDTH, np.bool_)
    end, n_times, new_params = times[-1], times.size, True
    for i in range(len(tape_t)):
        if new_params:
            constants(t, y, p, c, w, c)
            new_params = False
        tape_h[i] = 0.0
        tape_t[i] = t
        tape_y[i] = y
        tape_saved[i, 0], tape_action[i, 0] = saved, action
        any_due, active, any_new = False, False, False
        for lane in range(WIDTH):
            any_due |= status[lane] == RUNNING and saved[lane] < n_times and times[saved[lane]] <= t[lane]
        if any_due:
            if derive_them:
                derive(t, y, p, c, w, row)
            for lane in range(WIDTH):
                if status[lane] == RUNNING and saved[lane] < n_times and times[saved[lane]] <= t[lane]:
                    write(lane, y, row, derive_them, states[lane, saved[lane]], derived[lane, saved[lane]])
                    saved[lane] += 1
        tape_saved[i, 1], tape_saved[i, 2], tape_action[i, 1] = saved, saved, action
        for lane in range(WIDTH):
            if status[lane] == RUNNING and t[lane] >= end:
                status[lane] = OK
            active |= status[lane] == RUNNING
            any_new |= status[lane] == RUNNING and new_slope[lane]
        if not active:
            return i + 1, False
        if any_new:
            slope(t, y, p, c, w, u, inflows, fresh)
            for lane in range(WIDTH):
                if new_slope[lane]:
                    new_slope[lane] = False
                    for j in range(N_STATES):
                        first[j * WIDTH + lane] = fresh[j * WIDTH + lane]
                    guess = first_step(lane, y, fresh, atol, rtol, end - times[0])
                    h[lane] = guess if started[lane] or after_jump[lane] <= 0.0 else after_jump[lane]
                    after_jump[lane] = -1.0
                    started[lane] = False
                    if status[lane] == RUNNING and not (finite(lane, fresh, N_STATES) and finite(lane, c, N_CONSTANTS)):
                        status[lane] = NOT_FINITE
        for lane in range(WIDTH):
            dt[lane], lands[lane] = 1e-3, False
            if status[lane] == RUNNING:
                stop[lane] = end
                if action[lane] < offsets[lane + 1] and day[action[lane]] < end:
                    stop[lane] = day[action[lane]]
                left = stop[lane] - t[lane]
                first_row, end_row = walk_rows[lane], walk_rows[lane + 1]
                if end_row > first_row:
                    met = np.searchsorted(walk_t[first_row:end_row], t[lane], side="right")
                    h[lane] = min(h[lane], walk_h[first_row + max(met - 1, 0)])
                lands[lane] = h[lane] >= 0.999 * left
                dt[lane] = left if lands[lane] else min(h[lane], 0.5 * left) if h[lane] > 0.5 * left else h[lane]
        k, lu = tape_k[i], tape_lu[i]
        k[: N_STATES * WIDTH] = first
        step(t, dt, y, p, c, w, u, inflows, k, jac, lu, yt, yn, tt)
        total = wide(0.0)
        for j in range(N_STATES):
            scale = ld(atol, j) + rtol * max_(abs_(ld(y, j)), abs_(ld(yn, j)))
            e = fault(j, dt, k) / scale
            total = total + e * e
        st(error, 0, total)
        inner = False
        for lane in range(WIDTH):
            good[lane] = False
            if status[lane] != RUNNING:
                continue
            e = max(math.sqrt(error[lane] / N_STATES), 1e-10)
            good[lane] = e <= 1.0
            if not e < 1e300:
                factor = 0.2
            elif IMPLICIT or not good[lane]:
                factor = 0.9 * e ** (-1.0 / ORDER)
            else:
                factor = 0.9 * e ** (-0.17) * earlier[lane] ** 0.04
            factor = min(max(factor, 0.2), 6.0)
            if good[lane]:
                earlier[lane] = max(e, 1e-4)
                used[lane] += 1
                if after_jump[lane] < 0.0:
                    after_jump[lane] = 0.9 * dt[lane] * factor
                h[lane] = max(dt[lane] * factor, h[lane]) if factor >= 1.0 else dt[lane] * factor
                inner |= saved[lane] < n_times and times[saved[lane]] < t[lane] + dt[lane]
                tape_h[i, lane] = dt[lane]
            else:
                h[lane] = dt[lane] * factor
                lost[lane] += 1
            tiny = h[lane] <= 1e-14 * max(abs(t[lane]), 1e-3)
            if tiny or used[lane] + lost[lane] >= max_steps:
                status[lane] = NOT_FINITE if not e < 1e300 else NO_CONVERGENCE if tiny else TOO_MANY_STEPS
                good[lane], tape_h[i, lane] = False, 0.0
        while inner:
            inner = False
            for lane in range(WIDTH):
                if good[lane] and saved[lane] < n_times and times[saved[lane]] < t[lane] + dt[lane]:
                    theta[lane] = (times[saved[lane]] - t[lane]) / dt[lane]
                    tt[lane] = times[saved[lane]]
                    inner = True
            if not inner:
                break
            inside(theta, dt, y, yn, k, yo)
            if derive_them:
                derive(tt, yo, p, c, w, row)
            for lane in range(WIDTH):
                if good[lane] and saved[lane] < n_times and times[saved[lane]] < t[lane] + dt[lane]:
                    write(lane, yo, row, derive_them, states[lane, saved[lane]], derived[lane, saved[lane]])
                    saved[lane] += 1
        tape_saved[i, 2] = saved
        for lane in range(WIDTH):
            if not good[lane]:
                forget(lane, k, lu)
                continue
            for j in range(N_STATES):
                y[j * WIDTH + lane] = yn[j * WIDTH + lane]
            if not IMPLICIT:
                for j in range(N_STATES):
                    first[j * WIDTH + lane] = k[(6 * N_STATES + j) * WIDTH + lane]
            if not lands[lane]:
                t[lane] += dt[lane]
                continue
            t[lane] = stop[lane]
            while action[lane] < offsets[lane + 1] and day[action[lane]] <= t[lane]:
                a = action[lane]
                if kind[a] == SET_PARAM:
                    before[a] = p[target[a] * WIDTH + lane]
                    new_params = True
                act(lane, a, kind, target, value, y, p, u)
                new_slope[lane] = True
                action[lane] += 1
        tape_action[i, 1] = action
    return len(tape_t), True


@njit(cache=True, error_model="numpy", _nrt=False)
def write(lane, y, row, derive_them, states, derived):
    """One output of a lane."""
    for j in range(N_STATES):
        states[j] = y[j * WIDTH + lane]
    if derive_them:
        for j in range(N_DERIVED):
            derived[j] = row[j * WIDTH + lane]


@njit(cache=True, error_model="numpy", _nrt=False)
def forget(lane, k, lu):
    """A rejected step may hold infinities, and zero times those would not be zero."""
    for j in range(k.size // WIDTH):
        k[j * WIDTH + lane] = 0.0
    for j in range(lu.size // WIDTH):
        lu[j * WIDTH + lane] = 1.0

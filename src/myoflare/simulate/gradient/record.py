"""Advance up to eight patients in step with each other and keep all that the sweep back needs.

What a lane does depends on its own patient only; a lane whose step was rejected, or that is done, has length 0 on the
tape.
"""

from myoflare.simulate.gradient.flow import slope
from myoflare.simulate.gradient.method import inside, step
from myoflare.simulate.gradient.slot import *  # noqa: F403
from myoflare.simulate.gradient.stride import OK, RUNNING, choose, judge, measure, set_out, take_over, write, write_now


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
    inflows = schedule[5]
    yt, yn, yo, fresh = zeros(N_STATES), zeros(N_STATES), zeros(N_STATES), zeros(N_STATES)
    w, jac, row = zeros(N_SCRATCH), zeros(N_JACOBIAN), zeros(N_DERIVED)
    dt, tt, theta, error = zeros(1), zeros(1), zeros(1), zeros(1)
    stop, lands, good = np.zeros(WIDTH), np.zeros(WIDTH, np.bool_), np.zeros(WIDTH, np.bool_)
    end, new_params = times[-1], True
    for i in range(len(tape_t)):
        if new_params:
            constants(t, y, p, c, w, c)
        tape_h[i] = 0.0
        tape_t[i] = t
        tape_y[i] = y
        tape_saved[i, 0], tape_action[i, 0] = saved, action
        write_now(state, times, derive_them, w, row, states, derived)
        tape_saved[i, 1], tape_saved[i, 2], tape_action[i, 1] = saved, saved, action
        active, any_new = False, False
        for lane in range(WIDTH):
            if status[lane] == RUNNING and t[lane] >= end:
                status[lane] = OK
            active |= status[lane] == RUNNING
            any_new |= status[lane] == RUNNING and new_slope[lane]
        if not active:
            return i + 1, False
        if any_new:
            slope(t, y, p, c, w, u, inflows, fresh)
            set_out(state, fresh, atol, rtol, end - times[0])
        choose(state, schedule, walk, end, stop, lands, dt)
        k, lu = tape_k[i], tape_lu[i]
        k[: N_STATES * WIDTH] = first
        step(t, dt, y, p, c, w, u, inflows, k, jac, lu, yt, yn, tt)
        measure(dt, y, yn, k, atol, rtol, error)
        judge(state, dt, error, max_steps, good, tape_h[i])
        write_inside(state, good, dt, yn, k, times, derive_them, theta, tt, yo, w, row, states, derived)
        tape_saved[i, 2] = saved
        new_params = take_over(state, schedule, good, lands, stop, dt, yn, k, lu, before)
        tape_action[i, 1] = action
    return len(tape_t), True


@njit(cache=True, error_model="numpy")
def write_inside(state, good, dt, yn, k, times, derive_them, theta, tt, yo, w, row, states, derived):
    """Outputs inside the good steps, one of each lane at a time."""
    y, u, p, c, first, t, h, earlier, after_jump, action, saved, used, lost, status, new_slope, started = state
    while True:
        any_due = False
        for lane in range(WIDTH):
            if good[lane] and saved[lane] < times.size and times[saved[lane]] < t[lane] + dt[lane]:
                theta[lane] = (times[saved[lane]] - t[lane]) / dt[lane]
                tt[lane] = times[saved[lane]]
                any_due = True
        if not any_due:
            return
        inside(theta, dt, y, yn, k, yo)
        if derive_them:
            derive(tt, yo, p, c, w, row)
        for lane in range(WIDTH):
            if good[lane] and saved[lane] < times.size and times[saved[lane]] < t[lane] + dt[lane]:
                write(lane, yo, row, derive_them, states[lane, saved[lane]], derived[lane, saved[lane]])
                saved[lane] += 1

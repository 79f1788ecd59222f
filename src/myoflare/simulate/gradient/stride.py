"""The parts of one row of the tape: what is due is written, a step is chosen, judged, and taken over.

``state`` is that of ``record``: (y, u, p, c, slopes at y, t, h, error before, step after a jump, next action, outputs
written, steps taken, steps rejected, status, slopes wanted anew, at the start), all by lane.
"""

from myoflare.simulate.gradient.flow import act, finite, first_step
from myoflare.simulate.gradient.method import IMPLICIT, ORDER, fault
from myoflare.simulate.gradient.slot import *  # noqa: F403

RUNNING = -1
OK, TOO_MANY_STEPS, NO_CONVERGENCE, NOT_FINITE = 0, 1, 2, 3


@njit(cache=True, error_model="numpy", _nrt=False)
def write(lane, y, row, derive_them, states, derived):
    """One output of a lane."""
    for j in range(N_STATES):
        states[j] = y[j * WIDTH + lane]
    if derive_them:
        for j in range(N_DERIVED):
            derived[j] = row[j * WIDTH + lane]


@njit(cache=True, error_model="numpy", _nrt=False)
def write_now(state, times, derive_them, w, row, states, derived):
    """Outputs of this very moment."""
    y, u, p, c, first, t, h, earlier, after_jump, action, saved, used, lost, status, new_slope, started = state
    any_due = False
    for lane in range(WIDTH):
        any_due |= status[lane] == RUNNING and saved[lane] < times.size and times[saved[lane]] <= t[lane]
    if not any_due:
        return
    if derive_them:
        derive(t, y, p, c, w, row)
    for lane in range(WIDTH):
        if status[lane] == RUNNING and saved[lane] < times.size and times[saved[lane]] <= t[lane]:
            write(lane, y, row, derive_them, states[lane, saved[lane]], derived[lane, saved[lane]])
            saved[lane] += 1


@njit(cache=True, error_model="numpy", _nrt=False)
def set_out(state, fresh, atol, rtol, longest):
    """Lanes that begin, or go on after an action: their slopes, ``fresh``, and a first step."""
    y, u, p, c, first, t, h, earlier, after_jump, action, saved, used, lost, status, new_slope, started = state
    for lane in range(WIDTH):
        if new_slope[lane]:
            new_slope[lane] = False
            for j in range(N_STATES):
                first[j * WIDTH + lane] = fresh[j * WIDTH + lane]
            guess = first_step(lane, y, fresh, atol, rtol, longest)
            h[lane] = guess if started[lane] or after_jump[lane] <= 0.0 else after_jump[lane]
            after_jump[lane] = -1.0
            started[lane] = False
            if status[lane] == RUNNING and not (finite(lane, fresh, N_STATES) and finite(lane, c, N_CONSTANTS)):
                status[lane] = NOT_FINITE


@njit(cache=True, error_model="numpy")
def choose(state, schedule, walk, end, stop, lands, dt):
    """The step ``dt`` of each lane, and whether it ``lands`` on the day ``stop`` of the next action or the end."""
    y, u, p, c, first, t, h, earlier, after_jump, action, saved, used, lost, status, new_slope, started = state
    offsets, day = schedule[0], schedule[1]
    walk_rows, walk_t, walk_h = walk
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


@njit(cache=True, error_model="numpy", _nrt=False)
def measure(dt, y, yn, k, atol, rtol, error):
    """Sum over the states of the squared error of the step, 1 being just allowed to each."""
    total = wide(0.0)
    for j in range(N_STATES):
        scale = ld(atol, j) + rtol * max_(abs_(ld(y, j)), abs_(ld(yn, j)))
        e = fault(j, dt, k) / scale
        total = total + e * e
    st(error, 0, total)


@njit(cache=True, error_model="numpy", _nrt=False)
def judge(state, dt, error, max_steps, good, taken):
    """Whether the step of each lane is ``good``, and then ``taken``; how long the next one is to be."""
    y, u, p, c, first, t, h, earlier, after_jump, action, saved, used, lost, status, new_slope, started = state
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
            taken[lane] = dt[lane]
        else:
            h[lane] = dt[lane] * factor
            lost[lane] += 1
        tiny = h[lane] <= 1e-14 * max(abs(t[lane]), 1e-3)
        if tiny or used[lane] + lost[lane] >= max_steps:
            status[lane] = NOT_FINITE if not e < 1e300 else NO_CONVERGENCE if tiny else TOO_MANY_STEPS
            good[lane], taken[lane] = False, 0.0


@njit(cache=True, error_model="numpy", _nrt=False)
def take_over(state, schedule, good, lands, stop, dt, yn, k, lu, before):
    """Move good lanes to the end of their step and through the actions there; True if a parameter changed."""
    y, u, p, c, first, t, h, earlier, after_jump, action, saved, used, lost, status, new_slope, started = state
    offsets, day, kind, target, value, inflows = schedule
    new_params = False
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
    return new_params


@njit(cache=True, error_model="numpy", _nrt=False)
def forget(lane, k, lu):
    """A rejected step may hold infinities, and zero times those would not be zero."""
    for j in range(k.size // WIDTH):
        k[j * WIDTH + lane] = 0.0
    for j in range(lu.size // WIDTH):
        lu[j * WIDTH + lane] = 1.0

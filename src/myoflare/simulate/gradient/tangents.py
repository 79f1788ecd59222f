"""Walk a tape forwards with a change of the start and the parameters, and write how the outputs change."""

from myoflare.simulate.gradient.method import STAGES, end_of, inside
from myoflare.simulate.gradient.slot import *  # noqa: F403
from myoflare.simulate.gradient.tsit5_ahead import step_ahead


@njit(cache=True, error_model="numpy")
def tangents(found, tape, rows, times, schedule, derive_them, states, derived):
    """``found`` = (parameters now, constants, change of (state, param, constant)), read and written.

    ``states`` (lane, time, state) and ``derived`` (lane, time, rule or observable) get the changes of the outputs.
    """
    p, c, move = found
    tape_y, tape_k, tape_lu, tape_t, tape_h, tape_saved, tape_action = tape
    n = N_STATES
    w, dj, dk, dyn = zeros(N_AHEAD), zeros(N_JACOBIAN), zeros(STAGES * n), zeros(n)
    yt, yn, yo, out, row = zeros(n), zeros(n), zeros(n), zeros(n), zeros(N_DERIVED)
    tt, theta, t, h, start = zeros(1), zeros(1), zeros(1), zeros(1), zeros(n)
    at = np.zeros(WIDTH, np.int64)
    for i in range(rows):
        t[:], h[:] = tape_t[i], tape_h[i]
        y, k, lu = tape_y[i], tape_k[i], tape_lu[i]
        at[:] = tape_saved[i, 0]
        while (at < tape_saved[i, 1]).any():
            row[:] = 0.0
            if derive_them:
                derive_ahead(t, y, p, c, move, w, row)
            for lane in range(WIDTH):
                if at[lane] < tape_saved[i, 1, lane]:
                    write_change(lane, move, row, derive_them, states[lane, at[lane]], derived[lane], at[lane])
                    at[lane] += 1
        if (h > 0.0).any():
            step_ahead(t, h, y, p, c, k, lu, move, dk, dyn, dj, w, tt, yt, out)
            start[:] = move[: n * WIDTH]
            end_of(h, y, k, yn)
            while (at < tape_saved[i, 2]).any():
                for lane in range(WIDTH):
                    if at[lane] < tape_saved[i, 2, lane]:
                        theta[lane], tt[lane] = (times[at[lane]] - t[lane]) / h[lane], times[at[lane]]
                inside(theta, h, start, dyn, dk, out)
                move[: n * WIDTH] = out
                row[:] = 0.0
                if derive_them:
                    inside(theta, h, y, yn, k, yo)
                    derive_ahead(tt, yo, p, c, move, w, row)
                for lane in range(WIDTH):
                    if at[lane] < tape_saved[i, 2, lane]:
                        write_change(lane, move, row, derive_them, states[lane, at[lane]], derived[lane], at[lane])
                        at[lane] += 1
            for j in range(n):
                st(move, j, select(neq(ld(h, 0), 0.0), ld(dyn, j), ld(start, j)))
        replay(tape_action[i], schedule, t, y, p, c, w, move)


@njit(cache=True, error_model="numpy")
def write_change(lane, move, row, derive_them, states, derived, at):
    """The change of one output of a lane."""
    for j in range(N_STATES):
        states[j] = move[j * WIDTH + lane]
    if derive_them:
        for j in range(N_DERIVED):
            derived[at, j] = row[j * WIDTH + lane]


@njit(cache=True, error_model="numpy")
def replay(span, schedule, t, y, p, c, w, move):
    """Actions that follow a step: what they set moves no more."""
    offsets, day, kind, target, value, inflows = schedule
    if not (span[1] > span[0]).any():
        return
    for lane in range(WIDTH):
        for a in range(span[0, lane], span[1, lane]):
            j = target[a] * WIDTH + lane
            if kind[a] == SET_PARAM:
                p[j], move[N_STATES * WIDTH + j] = value[a], 0.0
            elif kind[a] == SET_STATE:
                move[j] = 0.0
    settle(t, y, p, c, w, move)


@njit(cache=True, error_model="numpy")
def settle(t, y, p, c, w, move):
    """Constants of the parameters, and how they change."""
    constants(t, y, p, c, w, c)
    dc = move[(N_STATES + N_PARAMS) * WIDTH :]
    dc[:] = 0.0
    constants_ahead(t, y, p, c, move, w, dc)

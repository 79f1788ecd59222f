"""Walk a tape backwards: from derivatives by the outputs to derivatives by the start and the parameters."""

from myoflare.simulate.gradient.method import STAGES, end_of, inside, inside_back, step_back
from myoflare.simulate.gradient.slot import *  # noqa: F403


@njit(cache=True, error_model="numpy")
def sweep(found, tape, rows, times, schedule, derive_them, by_states, by_derived, before):
    """``found`` = (parameters now, their constants, lam, out), read and written: the call for earlier rows goes on.

    ``by_states`` (lane, time, state) and ``by_derived`` (lane, time, rule or observable) are the derivatives of the
    loss by the outputs. ``before`` is what ``record`` left there.
    """
    p, c, lam, out = found
    tape_y, tape_k, tape_lu, tape_t, tape_h, tape_saved, tape_action = tape
    w, jb, kb, yb = zeros(N_BACK), zeros(N_JACOBIAN), zeros(STAGES * N_STATES), zeros(N_STATES)
    yt, yn, yo, v, bar = zeros(N_STATES), zeros(N_STATES), zeros(N_STATES), zeros(N_STATES), zeros(N_STATES)
    tt, theta, t, h, asked = zeros(1), zeros(1), zeros(1), zeros(1), zeros(N_DERIVED)
    pull, at = zeros(N_CONSTANTS), np.zeros(WIDTH, np.int64)
    for i in range(rows - 1, -1, -1):
        t[:], h[:] = tape_t[i], tape_h[i]
        y, k, lu = tape_y[i], tape_k[i], tape_lu[i]
        undo(tape_action[i], schedule, t, y, p, c, w, lam, out, pull, before)
        if (h > 0.0).any():
            kb[:], yb[:] = 0.0, 0.0
            inner = (tape_saved[i, 2] > tape_saved[i, 1]).any()
            if inner:
                end_of(h, y, k, yn)
            at[:] = tape_saved[i, 2]
            while (at > tape_saved[i, 1]).any():
                bar[:], asked[:] = 0.0, 0.0
                for lane in range(WIDTH):
                    if at[lane] > tape_saved[i, 1, lane]:
                        at[lane] -= 1
                        theta[lane], tt[lane] = (times[at[lane]] - t[lane]) / h[lane], times[at[lane]]
                        ask(lane, by_states[lane, at[lane]], by_derived[lane, at[lane]], derive_them, bar, asked)
                if derive_them:
                    inside(theta, h, y, yn, k, yo)
                    observed(tt, yo, p, c, asked, w, out, bar)
                inside_back(theta, h, bar, kb, yb, lam)
            step_back(t, h, y, p, c, k, lu, inner, lam, kb, yb, jb, w, out, tt, yt, v)
        at[:] = tape_saved[i, 1]
        while (at > tape_saved[i, 0]).any():
            bar[:], asked[:] = 0.0, 0.0
            for lane in range(WIDTH):
                if at[lane] > tape_saved[i, 0, lane]:
                    at[lane] -= 1
                    ask(lane, by_states[lane, at[lane]], by_derived[lane, at[lane]], derive_them, bar, asked)
            if derive_them:
                observed(t, y, p, c, asked, w, out, bar)
            for j in range(N_STATES):
                st(lam, j, ld(lam, j) + ld(bar, j))


@njit(cache=True, error_model="numpy")
def ask(lane, by_states, by_derived, derive_them, bar, asked):
    """What the loss wants to know of one output of a lane."""
    for j in range(N_STATES):
        bar[j * WIDTH + lane] = by_states[j]
    if derive_them:
        for j in range(N_DERIVED):
            asked[j * WIDTH + lane] = by_derived[j]


@njit(cache=True, error_model="numpy")
def observed(t, y, p, c, asked, w, out, bar):
    """From rules and observables to the states that they were computed from."""
    out[: N_STATES * WIDTH] = 0.0
    derive_back(t, y, p, c, asked, w, out)
    for j in range(N_STATES):
        st(bar, j, ld(bar, j) + ld(out, j))


@njit(cache=True, error_model="numpy")
def undo(span, schedule, t, y, p, c, w, lam, out, pull, before):
    """Actions that followed a step. A parameter that was set there owes nothing to the value it had before."""
    offsets, day, kind, target, value, inflows = schedule
    if not (span[1] > span[0]).any():
        return
    pull[:] = 0.0
    changed = False
    for lane in range(WIDTH):
        if (kind[span[0, lane] : span[1, lane]] == SET_PARAM).any():
            changed = True
            for j in range(N_CONSTANTS):
                pull[j * WIDTH + lane] = out[(N_STATES + N_PARAMS + j) * WIDTH + lane]
                out[(N_STATES + N_PARAMS + j) * WIDTH + lane] = 0.0
    if changed:
        constants_back(t, y, p, c, pull, w, out)
    for lane in range(WIDTH):
        for a in range(span[1, lane] - 1, span[0, lane] - 1, -1):
            j = target[a] * WIDTH + lane
            if kind[a] == SET_PARAM:
                entry = (N_STATES + target[a]) * WIDTH + lane
                out[entry], p[j] = 0.0, before[a]
            elif kind[a] == SET_STATE:
                lam[j] = 0.0
    if changed:
        constants(t, y, p, c, w, c)

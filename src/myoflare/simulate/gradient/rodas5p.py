"""One step of Rodas5P and its transpose, with those of its interpolant (Steinebach 2023,
doi:10.1007/s10543-023-00967-x).

Stage i solves W U_i = f(Y_i) + sum_j C_ij U_j / h + g_i h df/dt with W = 1/(gamma h) - J. Its transpose solves with W'
from the factors on the tape. J itself depends on states and parameters: with v_i the solution of stage i, the sum over
i of v_i' J U_i is differentiated by one sweep back over the program of J, whose weights are sum_i v_i U_i'.
"""

from myoflare.simulate.gradient.flow import slope
from myoflare.simulate.gradient.slot import *  # noqa: F403
from myoflare.simulate.lanes.rodas5p import DRIFT, GAMMA, NODES, A, C, H

NUDGE = 1e-7  # part of a step over which the change of the slopes with time is taken as a difference

STAGES, ORDER, IMPLICIT = 9, 5, True


@njit(cache=True, error_model="numpy", _nrt=False)
def place_of(i, y, k, out):
    """Where stage ``i`` evaluates the slope."""
    for j in range(N_STATES):
        total = ld(y, j)
        for m in range(i):
            total = total + A[i, m] * ld(k, m * N_STATES + j)
        st(out, j, total)


@njit(cache=True, error_model="numpy", _nrt=False)
def step(t, h, y, p, c, w, u, inflows, k, jac, lu, yt, yn, tt):
    """From ``y`` to ``yn``; ``k`` holds the stages U and then the change of the slopes with time."""
    n, now, dt = N_STATES * WIDTH, ld(t, 0), ld(h, 0)
    inverse, drift = 1.0 / dt, k[8 * n : 9 * n]
    jacobian(t, y, p, c, w, jac)
    st(tt, 0, inverse * (1.0 / GAMMA))
    factor(jac, tt, lu)
    if TIMED:
        st(tt, 0, now + NUDGE * dt)
        rhs(tt, y, p, c, w, yn)
        rhs(t, y, p, c, w, yt)
        for j in range(N_STATES):
            st(drift, j, (ld(yn, j) - ld(yt, j)) / (NUDGE * dt))
    for i in range(8):
        place_of(i, y, k, yt)
        st(tt, 0, now + NODES[i] * dt)
        stage = k[i * n : (i + 1) * n]
        slope(tt, yt, p, c, w, u, inflows, stage)
        for j in range(N_STATES):
            past = wide(0.0)
            for s in range(i):
                past = past + C[i, s] * ld(k, s * N_STATES + j)
            if TIMED:
                past = past + DRIFT[i] * dt * dt * ld(drift, j)
            st(stage, j, ld(stage, j) + inverse * past)
        solve(lu, stage)
    for j in range(N_STATES):
        st(yn, j, ld(yt, j) + ld(k, 7 * N_STATES + j))


@njit(cache=True, error_model="numpy", _nrt=False)
def fault(j, h, k):
    """Estimated error of state ``j``: the last stage, for the method embedded before it has order 4."""
    return ld(k, 7 * N_STATES + j)


@njit(cache=True, error_model="numpy", _nrt=False)
def inside(theta, h, y, yn, k, out):
    """State at the fraction ``theta`` of the step."""
    x = ld(theta, 0)
    rest = 1.0 - x
    for j in range(N_STATES):
        bend = wide(0.0)
        for s in range(8):
            bend = bend + (H[0, s] + x * (H[1, s] + x * H[2, s])) * ld(k, s * N_STATES + j)
        st(out, j, rest * ld(y, j) + x * (ld(yn, j) + rest * bend))


@njit(cache=True, error_model="numpy", _nrt=False)
def end_of(h, y, k, out):
    """The state after the step."""
    place_of(7, y, k, out)
    for j in range(N_STATES):
        st(out, j, ld(out, j) + ld(k, 7 * N_STATES + j))


@njit(cache=True, error_model="numpy", _nrt=False)
def inside_back(theta, h, bar, kb, yb, lam):
    """``bar`` is the derivative by the state at ``theta``; adds what it means for stages, start and end of the step."""
    x = ld(theta, 0)
    rest = 1.0 - x
    for j in range(N_STATES):
        o = ld(bar, j)
        st(yb, j, ld(yb, j) + rest * o)
        st(lam, j, ld(lam, j) + x * o)
        for s in range(8):
            share = x * rest * (H[0, s] + x * (H[1, s] + x * H[2, s]))
            st(kb, s * N_STATES + j, ld(kb, s * N_STATES + j) + share * o)


@njit(cache=True, error_model="numpy", _nrt=False)
def step_back(t, h, y, p, c, k, lu, inner, lam, kb, yb, jb, w, out, tt, yt, v):
    """``lam``: derivative by the end of the step, then by its start. ``out`` gains that by parameters and constants.

    ``kb`` and ``yb`` come with what outputs inside the step ask and are used up. A lane with ``h`` 0 stays as it is.
    """
    n, now = N_STATES, ld(t, 0)
    moved = neq(ld(h, 0), 0.0)
    dt = select(moved, ld(h, 0), 1.0)
    inverse = 1.0 / dt
    jb[:] = 0.0
    for j in range(n):
        end = select(moved, ld(lam, j), 0.0)
        st(lam, j, ld(lam, j) - end)
        st(yb, j, ld(yb, j) + end)
        st(kb, 7 * n + j, ld(kb, 7 * n + j) + end)
        for s in range(7):
            st(kb, s * n + j, ld(kb, s * n + j) + A[7, s] * end)
    for i in range(7, -1, -1):
        bar = kb[i * n * WIDTH : (i + 1) * n * WIDTH]
        solve_back(lu, bar)
        out[: n * WIDTH] = 0.0
        place_of(i, y, k, yt)
        st(tt, 0, now + NODES[i] * dt)
        rhs_back(tt, yt, p, c, bar, w, out)
        for j in range(n):
            place, solved = ld(out, j), inverse * ld(bar, j)
            st(yb, j, ld(yb, j) + place)
            for s in range(i):
                st(kb, s * n + j, ld(kb, s * n + j) + A[i, s] * place + C[i, s] * solved)
    if TIMED:
        drift_back(t, h, y, p, c, kb, yb, w, out, tt, v)
    for e in range(N_JACOBIAN):
        total = wide(0.0)
        for i in range(8):
            total = total + ld(kb, i * n + ROWS[e]) * ld(k, i * n + COLS[e])
        st(jb, e, total)
    out[: n * WIDTH] = 0.0
    jacobian_back(t, y, p, c, jb, w, out)
    for j in range(n):
        st(lam, j, ld(lam, j) + ld(yb, j) + ld(out, j))


@njit(cache=True, error_model="numpy", _nrt=False)
def drift_back(t, h, y, p, c, kb, yb, w, out, tt, v):
    """The part of df/dt, which the step takes as a difference over the time ``nudge``."""
    n = N_STATES
    dt = select(neq(ld(h, 0), 0.0), ld(h, 0), 1.0)
    nudge = NUDGE * dt
    for sign in (1.0, -1.0):
        for j in range(n):
            total = wide(0.0)
            for i in range(8):
                total = total + DRIFT[i] * ld(kb, i * n + j)
            st(v, j, sign * dt / nudge * total)
        st(tt, 0, ld(t, 0) + (0.5 + 0.5 * sign) * nudge)
        out[: n * WIDTH] = 0.0
        rhs_back(tt, y, p, c, v, w, out)
        for j in range(n):
            st(yb, j, ld(yb, j) + ld(out, j))

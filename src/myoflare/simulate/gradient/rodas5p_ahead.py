"""How a step of Rodas5P moves when its start and the parameters move; it uses the factors of the step itself."""

from myoflare.simulate.gradient.rodas5p import NUDGE, place_of
from myoflare.simulate.gradient.slot import *  # noqa: F403
from myoflare.simulate.lanes.rodas5p import DRIFT, NODES, A, C


@njit(cache=True, error_model="numpy", _nrt=False)
def step_ahead(t, h, y, p, c, k, lu, move, dk, dyn, dj, w, tt, yt, out):
    """``move`` = (state, param, constant): its states become those at the end of the step, ``dyn``, in the caller.

    ``dk`` gets the changes of the stages, which solve W dU_i = d(right side) + dJ U_i. ``move`` comes back as it was.
    """
    n, now = N_STATES, ld(t, 0)
    dt = select(neq(ld(h, 0), 0.0), ld(h, 0), 1.0)
    inverse, drift = 1.0 / dt, dk[8 * n * WIDTH : 9 * n * WIDTH]
    dj[:] = 0.0
    jacobian_ahead(t, y, p, c, move, w, dj)
    if TIMED:
        drift[:] = 0.0
        rhs_ahead(t, y, p, c, move, w, drift)
        st(tt, 0, now + NUDGE * dt)
        out[:] = 0.0
        rhs_ahead(tt, y, p, c, move, w, out)
        for j in range(n):
            st(drift, j, (ld(out, j) - ld(drift, j)) / (NUDGE * dt))
    for j in range(n):
        st(dyn, j, ld(move, j))
    for i in range(8):
        place_of(i, y, k, yt)
        for j in range(n):
            total = ld(dyn, j)
            for s in range(i):
                total = total + A[i, s] * ld(dk, s * n + j)
            st(move, j, total)
        st(tt, 0, now + NODES[i] * dt)
        stage = dk[i * n * WIDTH : (i + 1) * n * WIDTH]
        stage[:] = 0.0
        rhs_ahead(tt, yt, p, c, move, w, stage)
        for e in range(N_JACOBIAN):
            st(stage, ROWS[e], ld(stage, ROWS[e]) + ld(dj, e) * ld(k, i * n + COLS[e]))
        for j in range(n):
            past = wide(0.0)
            for s in range(i):
                past = past + C[i, s] * ld(dk, s * n + j)
            if TIMED:
                past = past + DRIFT[i] * dt * dt * ld(drift, j)
            st(stage, j, ld(stage, j) + inverse * past)
        solve(lu, stage)
    for j in range(n):
        start = ld(dyn, j)
        st(dyn, j, ld(move, j) + ld(dk, 7 * n + j))
        st(move, j, start)

"""How a step of Tsit5 moves when its start and the parameters move."""

from myoflare.simulate.gradient.slot import *  # noqa: F403
from myoflare.simulate.gradient.tsit5 import NODES, A, place_of


@njit(cache=True, error_model="numpy", _nrt=False)
def step_ahead(t, h, y, p, c, k, lu, move, dk, dyn, dj, w, tt, yt, out):
    """``move`` = (state, param, constant): its states become those at the end of the step, ``dyn``, in the caller.

    ``dk`` gets the changes of the seven slopes. ``move`` comes back as it was.
    """
    n, dt = N_STATES, ld(h, 0)
    for j in range(n):
        st(dyn, j, ld(move, j))
    for i in range(7):
        place_of(i, h, y, k, yt)
        for j in range(n):
            total = wide(0.0)
            for m in range(i):
                total = total + A[i, m] * ld(dk, m * n + j)
            st(move, j, ld(dyn, j) + dt * total)
        st(tt, 0, ld(t, 0) + NODES[i] * dt)
        out[:] = 0.0
        rhs_ahead(tt, yt, p, c, move, w, out)
        for j in range(n):
            st(dk, i * n + j, ld(out, j))
    for j in range(n):
        start = ld(dyn, j)
        st(dyn, j, ld(move, j))
        st(move, j, start)

"""One step of Tsit5 and its transpose, with those of its interpolant (Tsitouras 2011, doi:10.1016/j.camwa.2011.06.002).

For eight patients with steps of their own. ``k`` holds the seven slopes, the first given, the last that of the end.
"""

from myoflare.simulate.gradient.flow import slope
from myoflare.simulate.gradient.slot import *  # noqa: F403

STAGES, ORDER, IMPLICIT = 7, 5, False
NODES = np.array([0.0, 0.161, 0.327, 0.9, 0.9800255409045097, 1.0, 1.0])
A = np.array([
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    [0.161, 0.0, 0.0, 0.0, 0.0, 0.0],
    [-0.008480655492356989, 0.335480655492357, 0.0, 0.0, 0.0, 0.0],
    [2.8971530571054935, -6.359448489975075, 4.3622954328695815, 0.0, 0.0, 0.0],
    [5.325864828439257, -11.748883564062828, 7.4955393428898365, -0.09249506636175525, 0.0, 0.0],
    [5.86145544294642, -12.92096931784711, 8.159367898576159, -0.071584973281401, -0.028269050394068383, 0.0],
    [0.09646076681806523, 0.01, 0.4798896504144996, 1.379008574103742, -3.290069515436081, 2.324710524099774],
])  # fmt: skip


ERROR = np.array([
    -0.00178001105222577714, -0.0008164344596567469, 0.007880878010261995, -0.1447110071732629, 0.5823571654525552,
    -0.45808210592918697, 0.015151515151515152,
])  # fmt: skip


@njit(inline="always")
def interpolant(x):
    """Weights of the seven slopes at the fraction ``x`` of a step."""
    xx = x * x
    return (
        x * (1.0 + x * (-2.763706197274826 + x * (2.9132554618219126 - 1.0530884977290216 * x))),
        xx * (0.13169999999999998 + x * (-0.2234 + 0.1017 * x)),
        xx * (3.9302962368947516 + x * (-5.941033872131505 + 2.490627285651253 * x)),
        xx * (-12.411077166933676 + x * (30.33818863028232 - 16.548102889244902 * x)),
        xx * (37.50931341651104 + x * (-88.1789048947664 + 47.37952196281928 * x)),
        xx * (-27.896526289197286 + x * (65.09189467479366 - 34.87065786149661 * x)),
        xx * (1.5 + (-4.0) * x + 2.5 * xx),
    )


@njit(cache=True, error_model="numpy", _nrt=False)
def place_of(i, h, y, k, out):
    """Where stage ``i`` evaluates the slope; stage 6 is the end of the step."""
    dt = ld(h, 0)
    for j in range(N_STATES):
        total = wide(0.0)
        for m in range(i):
            total = total + A[i, m] * ld(k, m * N_STATES + j)
        st(out, j, ld(y, j) + dt * total)


@njit(cache=True, error_model="numpy", _nrt=False)
def step(t, h, y, p, c, w, u, inflows, k, jac, lu, yt, yn, tt):
    """From ``y`` to ``yn``."""
    n = N_STATES * WIDTH
    for i in range(1, 6):
        place_of(i, h, y, k, yt)
        st(tt, 0, ld(t, 0) + NODES[i] * ld(h, 0))
        slope(tt, yt, p, c, w, u, inflows, k[i * n : (i + 1) * n])
    place_of(6, h, y, k, yn)
    st(tt, 0, ld(t, 0) + ld(h, 0))
    slope(tt, yn, p, c, w, u, inflows, k[6 * n : 7 * n])


@njit(cache=True, error_model="numpy", _nrt=False)
def fault(j, h, k):
    """Estimated error of state ``j``."""
    total = wide(0.0)
    for i in range(7):
        total = total + ERROR[i] * ld(k, i * N_STATES + j)
    return ld(h, 0) * total


@njit(cache=True, error_model="numpy", _nrt=False)
def inside(theta, h, y, yn, k, out):
    """State at the fraction ``theta`` of the step."""
    dt, n = ld(h, 0), N_STATES
    b1, b2, b3, b4, b5, b6, b7 = interpolant(ld(theta, 0))
    for j in range(n):
        total = b1 * ld(k, j) + b2 * ld(k, n + j) + b3 * ld(k, 2 * n + j) + b4 * ld(k, 3 * n + j)
        total = total + b5 * ld(k, 4 * n + j) + b6 * ld(k, 5 * n + j) + b7 * ld(k, 6 * n + j)
        st(out, j, ld(y, j) + dt * total)


@njit(cache=True, error_model="numpy", _nrt=False)
def end_of(h, y, k, out):
    """The state after the step."""
    place_of(6, h, y, k, out)


@njit(cache=True, error_model="numpy", _nrt=False)
def inside_back(theta, h, bar, kb, yb, lam):
    """``bar`` is the derivative by the state at ``theta``; adds what it means for stages, start and end of the step."""
    dt = ld(h, 0)
    b1, b2, b3, b4, b5, b6, b7 = interpolant(ld(theta, 0))
    n = N_STATES
    for j in range(n):
        st(yb, j, ld(yb, j) + ld(bar, j))
        o = dt * ld(bar, j)
        st(kb, j, ld(kb, j) + b1 * o)
        st(kb, n + j, ld(kb, n + j) + b2 * o)
        st(kb, 2 * n + j, ld(kb, 2 * n + j) + b3 * o)
        st(kb, 3 * n + j, ld(kb, 3 * n + j) + b4 * o)
        st(kb, 4 * n + j, ld(kb, 4 * n + j) + b5 * o)
        st(kb, 5 * n + j, ld(kb, 5 * n + j) + b6 * o)
        st(kb, 6 * n + j, ld(kb, 6 * n + j) + b7 * o)


@njit(cache=True, error_model="numpy", _nrt=False)
def step_back(t, h, y, p, c, k, lu, inner, lam, kb, yb, jb, w, out, tt, yt, v):
    """``lam``: derivative by the end of the step, then by its start. ``out`` gains that by parameters and constants.

    ``kb`` and ``yb`` come with what outputs inside the step ask (zero if ``inner`` is false) and are used up. A lane
    with ``h`` 0 stays as it is.
    """
    dt, now, n = ld(h, 0), ld(t, 0), N_STATES
    if inner:  # the interpolant uses the slope at the end of the step
        place_of(6, h, y, k, yt)
        for j in range(n):
            st(out, j, 0.0)
            st(v, j, ld(kb, 6 * n + j))
        st(tt, 0, now + dt)
        rhs_back(tt, yt, p, c, v, w, out)
        for j in range(n):
            st(lam, j, ld(lam, j) + ld(out, j))
    for i in range(5, -1, -1):
        for j in range(n):
            total = A[6, i] * ld(lam, j)
            for m in range(i + 1, 6):
                total = total + A[m, i] * ld(kb, m * n + j)
            st(v, j, ld(kb, i * n + j) + dt * total)
            st(out, j, 0.0)
        place_of(i, h, y, k, yt)
        st(tt, 0, now + NODES[i] * dt)
        rhs_back(tt, yt, p, c, v, w, out)
        for j in range(n):
            st(kb, i * n + j, ld(out, j))
    for j in range(n):
        total = ld(lam, j) + ld(yb, j)
        for i in range(6):
            total = total + ld(kb, i * n + j)
        st(lam, j, total)

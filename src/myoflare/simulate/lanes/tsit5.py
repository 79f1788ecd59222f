"""One step of Tsit5, an explicit Runge-Kutta pair of order 5(4), for eight patients with steps of their own.

Tsitouras 2011, doi:10.1016/j.camwa.2011.06.002; its free interpolant of order 4 gives the outputs inside a step.
"""

import numpy as np
from numba import njit

from myoflare.simulate.lanes.drive import enter
from myoflare.simulate.lanes.slope import slope
from myoflare.simulate.lanes.slot import *

ORDER, IMPLICIT = 5, False
NODES = np.array([0.0, 0.161, 0.327, 0.9, 0.9800255409045097, 1.0, 1.0])
IN_TIME = np.arange(7)


@njit(cache=True, error_model="numpy", _nrt=False)
def step(t, h, y, p, c, w, u, inflows, path, k, jac, lu, yt, yn, tt):
    """From ``y`` with first slope ``k[0]`` to ``yn`` with last slope ``k[6]``."""
    n = N_STATES * WIDTH
    k1, k2, k3, k4 = k[:n], k[n : 2 * n], k[2 * n : 3 * n], k[3 * n : 4 * n]
    k5, k6, k7 = k[4 * n : 5 * n], k[5 * n : 6 * n], k[6 * n : 7 * n]
    dt, now = ld(h, 0), ld(t, 0)
    for j in range(N_STATES):
        st(yt, j, ld(y, j) + dt * (0.161 * ld(k1, j)))
    st(tt, 0, now + 0.161 * dt)
    enter(path, 1, yt)
    slope(tt, yt, p, c, w, u, inflows, k2)
    for j in range(N_STATES):
        change = -0.008480655492356989 * ld(k1, j) + 0.335480655492357 * ld(k2, j)
        st(yt, j, ld(y, j) + dt * change)
    st(tt, 0, now + 0.327 * dt)
    enter(path, 2, yt)
    slope(tt, yt, p, c, w, u, inflows, k3)
    for j in range(N_STATES):
        change = 2.8971530571054935 * ld(k1, j) - 6.359448489975075 * ld(k2, j) + 4.3622954328695815 * ld(k3, j)
        st(yt, j, ld(y, j) + dt * change)
    st(tt, 0, now + 0.9 * dt)
    enter(path, 3, yt)
    slope(tt, yt, p, c, w, u, inflows, k4)
    for j in range(N_STATES):
        change = 5.325864828439257 * ld(k1, j) - 11.748883564062828 * ld(k2, j) + 7.4955393428898365 * ld(k3, j)
        st(yt, j, ld(y, j) + dt * (change - 0.09249506636175525 * ld(k4, j)))
    st(tt, 0, now + 0.9800255409045097 * dt)
    enter(path, 4, yt)
    slope(tt, yt, p, c, w, u, inflows, k5)
    for j in range(N_STATES):
        change = 5.86145544294642 * ld(k1, j) - 12.92096931784711 * ld(k2, j) + 8.159367898576159 * ld(k3, j)
        st(yt, j, ld(y, j) + dt * (change - 0.071584973281401 * ld(k4, j) - 0.028269050394068383 * ld(k5, j)))
    st(tt, 0, now + dt)
    enter(path, 5, yt)
    slope(tt, yt, p, c, w, u, inflows, k6)
    for j in range(N_STATES):
        change = 0.09646076681806523 * ld(k1, j) + 0.01 * ld(k2, j) + 0.4798896504144996 * ld(k3, j)
        change = change + 1.379008574103742 * ld(k4, j) - 3.290069515436081 * ld(k5, j) + 2.324710524099774 * ld(k6, j)
        st(yn, j, ld(y, j) + dt * change)
    enter(path, 6, yn)
    slope(tt, yn, p, c, w, u, inflows, k7)


@njit(cache=True, error_model="numpy", _nrt=False)
def fault(j, h, k, yt, yn):
    """Estimated error of state ``j``."""
    n = N_STATES
    total = -0.00178001105222577714 * ld(k, j) - 0.0008164344596567469 * ld(k, n + j)
    total = total + 0.007880878010261995 * ld(k, 2 * n + j) - 0.1447110071732629 * ld(k, 3 * n + j)
    total = total + 0.5823571654525552 * ld(k, 4 * n + j) - 0.45808210592918697 * ld(k, 5 * n + j)
    return ld(h, 0) * (total + 0.015151515151515152 * ld(k, 6 * n + j))


@njit(cache=True, error_model="numpy", _nrt=False)
def inside(theta, h, y, yn, k, out):
    """State at the fraction ``theta`` of the step."""
    x, n = ld(theta, 0), N_STATES
    hx, xx = ld(h, 0) * ld(theta, 0), ld(theta, 0) * ld(theta, 0)
    hxx = hx * x
    b1 = hx * (1.0 + x * (-2.763706197274826 + x * (2.9132554618219126 - 1.0530884977290216 * x)))
    b2 = hxx * (0.13169999999999998 + x * (-0.2234 + 0.1017 * x))
    b3 = hxx * (3.9302962368947516 + x * (-5.941033872131505 + 2.490627285651253 * x))
    b4 = hxx * (-12.411077166933676 + x * (30.33818863028232 - 16.548102889244902 * x))
    b5 = hxx * (37.50931341651104 + x * (-88.1789048947664 + 47.37952196281928 * x))
    b6 = hxx * (-27.896526289197286 + x * (65.09189467479366 - 34.87065786149661 * x))
    b7 = hxx * (1.5 + (-4.0) * x + 2.5 * xx)
    for j in range(N_STATES):
        total = b1 * ld(k, j) + b2 * ld(k, n + j) + b3 * ld(k, 2 * n + j) + b4 * ld(k, 3 * n + j)
        total = total + b5 * ld(k, 4 * n + j) + b6 * ld(k, 5 * n + j) + b7 * ld(k, 6 * n + j)
        st(out, j, ld(y, j) + total)

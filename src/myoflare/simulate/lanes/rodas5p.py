"""One step of Rodas5P, a stiffly accurate Rosenbrock method of order 5(4), for eight patients with steps of their own.

Steinebach 2023, doi:10.1007/s10543-023-00967-x, in the form of Hairer and Wanner (Solving ODEs II, section IV.7) that
needs no product with the Jacobian: stage i solves (1/(gamma h) - J) U_i = f(t + a_i h, y + sum A_ij U_j)
+ sum C_ij U_j / h + g_i h df/dt. Its own interpolant of order 4 gives the outputs inside a step.
"""

import numpy as np
from numba import njit

from myoflare.simulate.lanes.drive import enter
from myoflare.simulate.lanes.slope import slope
from myoflare.simulate.lanes.slot import *

ORDER, IMPLICIT = 5, True
GAMMA = 0.21193756319429014
NODES = np.array([0.0, 0.6358126895828704, 0.4095798393397535, 0.9769306725060716, 0.4288403609558664, 1.0, 1.0, 1.0])
DRIFT = np.array([
    0.21193756319429014, -0.42387512638858027, -0.3384627126235924, 1.8046452872882734, 2.325825639765069,
    0.0, 0.0, 0.0,
])  # fmt: skip
IN_TIME = np.argsort(NODES)
MOVED = np.arange(N_STATES) if TIMED else np.unique(FORCE_ROW)  # states that time or a driving state moves
A = np.array([
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    [3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    [2.849394379747939, 0.45842242204463923, 0.0, 0.0, 0.0, 0.0, 0.0],
    [-6.954028509809101, 2.489845061869568, -10.358996098473584, 0.0, 0.0, 0.0, 0.0],
    [2.8029986275628964, 0.5072464736228206, -0.3988312541770524, -0.04721187230404641, 0.0, 0.0, 0.0],
    [-7.502846399306121, 2.561846144803919, -11.627539656261098, -0.18268767659942256, 0.030198172008377946, 0.0, 0.0],
    [-7.502846399306121, 2.561846144803919, -11.627539656261098, -0.18268767659942256, 0.030198172008377946, 1.0, 0.0],
    [-7.502846399306121, 2.561846144803919, -11.627539656261098, -0.18268767659942256, 0.030198172008377946, 1.0, 1.0],
])  # fmt: skip
C = np.array([
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    [-14.155112264123755, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    [-17.97296035885952, -2.859693295451294, 0.0, 0.0, 0.0, 0.0, 0.0],
    [147.12150275711716, -1.41221402718213, 71.68940251302358, 0.0, 0.0, 0.0, 0.0],
    [165.43517024871676, -0.4592823456491126, 42.90938336958603, -5.961986721573306, 0.0, 0.0, 0.0],
    [24.854864614690072, -3.0009227002832186, 47.4931110020768, 5.5814197821558125, -0.6610691825249471, 0.0, 0.0],
    [30.91273214028599, -3.1208243349937974, 77.79954646070892, 34.28646028294783, -19.097331116725623,
     -28.087943162872662, 0.0],
    [37.80277123390563, -3.2571969029072276, 112.26918849496327, 66.9347231244047, -40.06618937091002,
     -54.66780262877968, -9.48861652309627],
])  # fmt: skip
H = np.array([
    [25.948786856663858, -2.5579724845846235, 10.433815404888879, -2.3679251022685204, 0.524948541321073,
     1.1241088310450404, 0.4272876194431874, -0.17202221070155493],
    [-9.91568850695171, -0.9689944594115154, 3.0438037242978453, -24.495224566215796, 20.176138334709044,
     15.98066361424651, -6.789040303419874, -6.710236069923372],
    [11.419903575922262, 2.8879645146136994, 72.92137995996029, 80.12511834622643, -52.072871366152654,
     -59.78993625266729, -0.15582684282751913, 4.883087185713722],
])  # fmt: skip


@njit(cache=True, error_model="numpy", _nrt=False)
def clock(t, h, y, p, c, w, u, inflows, drift, late, now, tt):
    """Change of the slopes with time itself, by a difference: the term is small, and a formula may jump in time."""
    nudge = 1e-7 * ld(h, 0)
    st(tt, 0, ld(t, 0) + nudge)
    slope(tt, y, p, c, w, u, inflows, late)
    slope(t, y, p, c, w, u, inflows, now)
    for j in range(N_STATES):
        st(drift, j, (ld(late, j) - ld(now, j)) / nudge)


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def force(jac, first, drift):
    """Add what the driving states, moving as in ``first``, do to the slopes of the others."""
    for i in range(FORCE_ENTRY.size):
        moved = ld(jac, FORCE_ENTRY[i]) * ld(first, DRIVE[FORCE_COLUMN[i]])
        st(drift, FORCE_ROW[i], ld(drift, FORCE_ROW[i]) + moved)


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def gather(i, y, k, yt, yn):
    """Where stage ``i`` is looked at, ``yt``, and what the stages before it add to it, ``yn``, but for 1 / h.

    Written out, for loops over the weights take a tenth more time. The last two places differ by one stage each.
    """
    n = N_STATES
    if i == 0:
        for j in range(n):
            st(yt, j, ld(y, j))
    elif i == 1:
        for j in range(n):
            k0 = ld(k, j)
            st(yt, j, ld(y, j) + A[1, 0] * k0)
            st(yn, j, C[1, 0] * k0)
    elif i == 2:
        for j in range(n):
            k0, k1 = ld(k, j), ld(k, n + j)
            st(yt, j, ld(y, j) + A[2, 0] * k0 + A[2, 1] * k1)
            st(yn, j, C[2, 0] * k0 + C[2, 1] * k1)
    elif i == 3:
        for j in range(n):
            k0, k1, k2 = ld(k, j), ld(k, n + j), ld(k, 2 * n + j)
            st(yt, j, ld(y, j) + A[3, 0] * k0 + A[3, 1] * k1 + A[3, 2] * k2)
            st(yn, j, C[3, 0] * k0 + C[3, 1] * k1 + C[3, 2] * k2)
    elif i == 4:
        for j in range(n):
            k0, k1, k2, k3 = ld(k, j), ld(k, n + j), ld(k, 2 * n + j), ld(k, 3 * n + j)
            st(yt, j, ld(y, j) + A[4, 0] * k0 + A[4, 1] * k1 + A[4, 2] * k2 + A[4, 3] * k3)
            st(yn, j, C[4, 0] * k0 + C[4, 1] * k1 + C[4, 2] * k2 + C[4, 3] * k3)
    elif i == 5:
        for j in range(n):
            k0, k1, k2, k3 = ld(k, j), ld(k, n + j), ld(k, 2 * n + j), ld(k, 3 * n + j)
            k4 = ld(k, 4 * n + j)
            total = ld(y, j) + A[5, 0] * k0 + A[5, 1] * k1 + A[5, 2] * k2
            st(yt, j, total + A[5, 3] * k3 + A[5, 4] * k4)
            st(yn, j, C[5, 0] * k0 + C[5, 1] * k1 + C[5, 2] * k2 + C[5, 3] * k3 + C[5, 4] * k4)
    elif i == 6:
        for j in range(n):
            k0, k1, k2, k3 = ld(k, j), ld(k, n + j), ld(k, 2 * n + j), ld(k, 3 * n + j)
            k4, k5 = ld(k, 4 * n + j), ld(k, 5 * n + j)
            st(yt, j, ld(yt, j) + k5)
            total = C[6, 0] * k0 + C[6, 1] * k1 + C[6, 2] * k2 + C[6, 3] * k3
            st(yn, j, total + C[6, 4] * k4 + C[6, 5] * k5)
    else:
        for j in range(n):
            k0, k1, k2, k3 = ld(k, j), ld(k, n + j), ld(k, 2 * n + j), ld(k, 3 * n + j)
            k4, k5, k6 = ld(k, 4 * n + j), ld(k, 5 * n + j), ld(k, 6 * n + j)
            st(yt, j, ld(yt, j) + k6)
            total = C[7, 0] * k0 + C[7, 1] * k1 + C[7, 2] * k2 + C[7, 3] * k3
            st(yn, j, total + C[7, 4] * k4 + C[7, 5] * k5 + C[7, 6] * k6)


@njit(cache=True, error_model="numpy", _nrt=False)
def step(t, h, y, p, c, w, u, inflows, path, k, jac, lu, yt, yn, tt):
    """From ``y`` to ``yn``; ``k`` holds the stages U and the change of the slopes with time.

    Driving states come from ``path``: they are time to the others, and their own stages are 0.
    """
    n = N_STATES * WIDTH
    dt, now = ld(h, 0), ld(t, 0)
    inverse = 1.0 / dt
    drift = k[8 * n : 9 * n]
    jacobian(t, y, p, c, w, jac)
    st(tt, 0, inverse * (1.0 / GAMMA))
    factor(jac, tt, lu)
    drift[:] = 0.0
    if TIMED:
        clock(t, h, y, p, c, w, u, inflows, drift, yn, yt, tt)
    for i in range(8):
        gather(i, y, k, yt, yn)
        enter(path, i, yt)
        st(tt, 0, now + NODES[i] * dt)
        stage = k[i * n : (i + 1) * n]
        slope(tt, yt, p, c, w, u, inflows, stage)
        if i > 0:
            for j in range(N_STATES):
                st(stage, j, ld(stage, j) + inverse * ld(yn, j))
        elif N_DRIVE > 0:
            force(jac, stage, drift)
        if DRIFT[i] != 0.0:
            for j in MOVED:
                st(stage, j, ld(stage, j) + DRIFT[i] * dt * ld(drift, j))
        for d in range(N_DRIVE):
            st(stage, DRIVE[d], 0.0)
        solve(lu, stage)
    for j in range(N_STATES):
        st(yn, j, ld(yt, j) + ld(k, 7 * N_STATES + j))
    enter(path, 7, yn)


@njit(cache=True, error_model="numpy", _nrt=False)
def fault(j, h, k, yt, yn):
    """Estimated error of state ``j``: the last stage, for the method embedded before it has order 4."""
    return ld(k, 7 * N_STATES + j)


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def inside(theta, h, y, yn, k, out):
    """State at the fraction ``theta`` of the step."""
    x, n = ld(theta, 0), N_STATES
    rest = 1.0 - x
    bow = x * rest
    b0 = bow * (H[0, 0] + x * (H[1, 0] + x * H[2, 0]))
    b1 = bow * (H[0, 1] + x * (H[1, 1] + x * H[2, 1]))
    b2 = bow * (H[0, 2] + x * (H[1, 2] + x * H[2, 2]))
    b3 = bow * (H[0, 3] + x * (H[1, 3] + x * H[2, 3]))
    b4 = bow * (H[0, 4] + x * (H[1, 4] + x * H[2, 4]))
    b5 = bow * (H[0, 5] + x * (H[1, 5] + x * H[2, 5]))
    b6 = bow * (H[0, 6] + x * (H[1, 6] + x * H[2, 6]))
    b7 = bow * (H[0, 7] + x * (H[1, 7] + x * H[2, 7]))
    for j in range(n):
        total = rest * ld(y, j) + x * ld(yn, j) + b0 * ld(k, j) + b1 * ld(k, n + j) + b2 * ld(k, 2 * n + j)
        total = total + b3 * ld(k, 3 * n + j) + b4 * ld(k, 4 * n + j) + b5 * ld(k, 5 * n + j)
        st(out, j, total + b6 * ld(k, 6 * n + j) + b7 * ld(k, 7 * n + j))

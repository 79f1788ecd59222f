"""What a network's generated module holds, shown on one state that decays: ``rhs = -p y`` times eight.

The texts of this folder import these names from here. When a network is compiled they are joined to its own module and
this import is left out, so that each network has machine code of its own.
"""

import numpy as np
from numba import njit

from myoflare.compile.lanes import WIDTH, abs_, empty, floor_, ld, max_, select, sqrt, st, wide, zeros

N_STATES, N_PARAMS, N_CONSTANTS, N_DERIVED, N_SCRATCH, N_JACOBIAN, N_LU = 1, 1, 0, 0, 0, 1, 1
TIMED = False
J_SLOT, DIAGONAL, PIVOTS = np.array([0]), np.array([0]), np.array([0, 0])
LOWER, STARTS, TARGET, SOURCE = np.empty(0, np.int64), np.array([0]), np.empty(0, np.int64), np.empty(0, np.int64)
FORWARD, BACKWARD = np.empty(0, np.int64), np.array([0, 0, 0])


@njit
def constants(t, y, p, c, w, out):
    pass


@njit
def rhs(t, y, p, c, w, out):
    st(out, 0, -ld(p, 0) * ld(y, 0))


@njit
def jacobian(t, y, p, c, w, out):
    st(out, 0, -ld(p, 0))


@njit
def derive(t, y, p, c, w, out):
    pass


__all__ = [
    "BACKWARD", "DIAGONAL", "FORWARD", "J_SLOT", "LOWER", "N_CONSTANTS", "N_DERIVED", "N_JACOBIAN", "N_LU", "N_PARAMS",
    "N_SCRATCH", "N_STATES", "PIVOTS", "SOURCE", "STARTS", "TARGET", "TIMED", "WIDTH", "abs_", "constants", "derive",
    "empty", "floor_", "jacobian", "ld", "max_", "rhs", "select", "sqrt", "st", "wide", "zeros",
]  # fmt: skip

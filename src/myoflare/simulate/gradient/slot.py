"""What a network's generated module holds for gradients, shown on one state that decays: ``rhs = -p y``.

The texts of this folder import these names from here. When a network is compiled they are joined to its own module and
this import is left out, so that each network has machine code of its own.
"""

import math

import numpy as np
from numba import njit

from myoflare.compile.lanes import WIDTH, abs_, ld, max_, neq, select, st, wide, zeros
from myoflare.simulate.lanes.slot import (
    N_CONSTANTS,
    N_DERIVED,
    N_JACOBIAN,
    N_LU,
    N_PARAMS,
    N_SCRATCH,
    N_STATES,
    TIMED,
    constants,
    derive,
    factor,
    jacobian,
    rhs,
    solve,
)

N_BACK = N_AHEAD = 1
ROWS, COLS = np.array([0]), np.array([0])
ADD_STATE, SET_STATE, SET_PARAM, SET_RATE = range(4)


@njit
def rhs_back(t, y, p, c, a, w, out):
    st(out, 0, ld(out, 0) - ld(p, 0) * ld(a, 0))


jacobian_back = derive_back = constants_back = rhs_back
rhs_ahead = jacobian_ahead = derive_ahead = constants_ahead = rhs_back
solve_back = solve

__all__ = [
    "ADD_STATE", "COLS", "N_AHEAD", "N_BACK", "N_CONSTANTS", "N_DERIVED", "N_JACOBIAN", "N_LU", "N_PARAMS", "N_SCRATCH",
    "N_STATES", "ROWS", "SET_PARAM", "SET_RATE", "SET_STATE", "TIMED", "WIDTH", "abs_", "constants", "constants_ahead",
    "constants_back", "derive", "derive_ahead", "derive_back", "factor", "jacobian", "jacobian_ahead", "jacobian_back",
    "ld", "math", "max_", "neq", "njit", "np", "rhs", "rhs_ahead", "rhs_back", "select", "solve", "solve_back", "st",
    "wide", "zeros",
]  # fmt: skip

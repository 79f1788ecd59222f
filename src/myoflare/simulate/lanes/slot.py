"""What a network's generated module holds, shown on one state that decays: ``rhs = -p y``, eight times.

The texts of this folder import these names from here. When a network is compiled they are joined to its own module and
this import is left out, so that each network has machine code of its own.

Whatever makes no array is compiled with ``_nrt=False``: counting who refers to the arrays it is given, a locked
instruction each, took a third of the time of a run.
"""

import numpy as np
from numba import njit

from myoflare.compile.lanes import (  # noqa: F401
    WIDTH,
    abs_,
    any_,
    either,
    empty,
    floor_,
    gt,
    ld,
    lt,
    max_,
    powr,
    select,
    st,
    wide,
    zeros,
)

N_STATES, N_PARAMS, N_CONSTANTS, N_DERIVED, N_SCRATCH, N_JACOBIAN, N_LU = 1, 1, 0, 0, 0, 1, 1
N_DRIVE, N_DRIVE_RATES, N_FREE, TIMED = 0, 0, 1, False
FREE, DRIVE, DRIVE_ROW, DRIVE_COLUMN = (np.arange(n) for n in (1, 0, 0, 0))
FORCE_ENTRY, FORCE_ROW, FORCE_COLUMN = (np.arange(0) for _ in range(3))
N_EVENTS, N_TRIGGERS, N_ASSIGNED = 0, 0, 0
EVENT_INITIAL, EVENT_STARTS, EVENT_TARGET, EVENT_SETS_STATE = (np.arange(n) for n in (0, 1, 0, 0))


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


@njit
def drive_rates(t, y, p, c, w, out):
    pass


@njit
def drive_carry(pieces, rest, rates, flow, lift, x):
    pass


@njit
def triggers(t, y, p, c, w, out):
    pass


@njit
def assignments(t, y, p, c, w, out):
    pass


@njit
def factor(jac, shift, lu):
    st(lu, 0, 1.0 / (ld(shift, 0) - ld(jac, 0)))


@njit
def solve(lu, b):
    st(b, 0, ld(b, 0) * ld(lu, 0))


__all__ = [name for name in dir() if not name.startswith("__")]

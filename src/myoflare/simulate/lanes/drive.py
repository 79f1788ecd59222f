"""The driving states, x' = M x + b + u, all constant between doses: their exact solution over any span.

A span is a whole number of short pieces and a rest. The flow over 1, 2, 4, ... pieces is kept as matrices, made by
squaring when a parameter changes (Moler and Van Loan 2003, doi:10.1137/S00361445024180); the rest is a Taylor series
that ends below rounding. Each lane has pieces of its own, so that a lane never depends on its neighbours.
"""

import numpy as np
from numba import njit

from myoflare.simulate.lanes.slot import *

PIECE = 0.25  # length of a piece times the norm of M, which the series of drive_carry can bear
LEVELS = 40  # doublings of a piece
SQUARE = N_DRIVE * N_DRIVE
STILL = 1e-14


@njit(cache=True, error_model="numpy", _nrt=False)
def same(first, last, one, other):
    """Whether two arrays of lanes agree from entry ``first`` to before ``last``."""
    for i in range(first * WIDTH, last * WIDTH):  # noqa: SIM110 - no generators in machine code
        if one[i] != other[i]:
            return False
    return True


@njit(cache=True, error_model="numpy")
def drive_flow(rates, piece, flow):
    """Flow of the state over 2^m pieces: matrix m of ``flow``."""
    total, x, nothing, rest = zeros(N_DRIVE), zeros(N_DRIVE), zeros(1), zeros(N_DRIVE_RATES + N_DRIVE)
    norm = wide(1e-9)
    for i in range(N_DRIVE_RATES):
        st(rest, i, ld(rates, i))
        st(total, DRIVE_ROW[i], ld(total, DRIVE_ROW[i]) + abs_(ld(rates, i)))
    for d in range(N_DRIVE):
        norm = max_(norm, ld(total, d))
    st(piece, 0, PIECE / norm)
    for column in range(N_DRIVE):
        x[:] = 0.0
        st(x, column, 1.0)
        drive_carry(nothing, piece, rest, flow, flow, x)
        for row in range(N_DRIVE):
            st(flow, row * N_DRIVE + column, ld(x, row))
    for m in range(1, LEVELS):
        here, there = (m - 1) * SQUARE, m * SQUARE
        for row in range(N_DRIVE):
            for column in range(N_DRIVE):
                e = wide(0.0)
                for k in range(N_DRIVE):
                    e = e + ld(flow, here + row * N_DRIVE + k) * ld(flow, here + k * N_DRIVE + column)
                st(flow, there + row * N_DRIVE + column, e)


@njit(cache=True, error_model="numpy")
def drive_lift(rates, piece, flow, lift):
    """Where the inflow takes a state of 0 in 2^m pieces: entry m of ``lift``."""
    x, nothing = zeros(N_DRIVE), zeros(1)
    drive_carry(nothing, piece, rates, flow, lift, x)
    for d in range(N_DRIVE):
        st(lift, d, ld(x, d))
    for m in range(1, LEVELS):
        here, there = (m - 1) * N_DRIVE, m * N_DRIVE
        for row in range(N_DRIVE):
            e = ld(lift, here + row)
            for k in range(N_DRIVE):
                e = e + ld(flow, (m - 1) * SQUARE + row * N_DRIVE + k) * ld(lift, here + k)
            st(lift, there + row, e)


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def propagate(span, rates, piece, flow, lift, x, pieces, rest):
    """Carry ``x`` through ``span`` days in place."""
    count = ld(span, 0) / ld(piece, 0)
    fits = lt(count, 2.0**LEVELS)  # else there are too many or the rates are no numbers, and the step is thrown away
    whole = select(fits, floor_(count), 0.0)
    st(pieces, 0, whole)
    st(rest, 0, select(fits, ld(span, 0) - whole * ld(piece, 0), np.nan))
    drive_carry(pieces, rest, rates, flow, lift, x)


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def start(rates, y, x, moving):
    """Driving states of ``y``, and the lanes in which they move: at rest, as in the untreated, they need no carrying.

    Lane by lane, so that what a lane does never depends on its neighbours; where all states are 0 they stay so.
    """
    moves = wide(0.0)
    for d in range(N_DRIVE):
        st(x, d, ld(y, DRIVE[d]))
    for d in range(N_DRIVE):
        net = ld(rates, N_DRIVE_RATES + d)
        gross = abs_(net)
        for i in range(N_DRIVE_RATES):
            if DRIVE_ROW[i] == d:
                flux = ld(rates, i) * ld(x, DRIVE_COLUMN[i])
                net, gross = net + flux, gross + abs_(flux)
        moves = either(moves, gt(abs_(net), STILL * gross))
    st(moving, 0, moves)
    return any_(moves)


@njit(cache=True, error_model="numpy", _nrt=False)
def visit(nodes, order, dt, rates, piece, flow, lift, y, room, path):
    """Driving states at the ``nodes`` (fractions) of a step from ``y``, a row of ``path`` for each node."""
    x, moving, span, pieces, rest = room
    treated = start(rates, y, x, moving)
    past = 0.0
    for i in order:
        if treated and nodes[i] > past:
            st(span, 0, (nodes[i] - past) * ld(dt, 0))
            propagate(span, rates, piece, flow, lift, x, pieces, rest)
            past = nodes[i]
        for d in range(N_DRIVE):
            st(path, i * N_DRIVE + d, select(ld(moving, 0), ld(x, d), ld(y, DRIVE[d])))


@njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
def enter(path, i, y):
    """Give ``y`` the driving states of node ``i``."""
    for d in range(N_DRIVE):
        st(y, DRIVE[d], ld(path, i * N_DRIVE + d))


@njit(cache=True, error_model="numpy", _nrt=False)
def drive_inside(theta, dt, rates, piece, flow, lift, y, room, out):
    """Driving states of ``out`` at the fraction ``theta`` of a step from ``y``."""
    x, moving, span, pieces, rest = room
    if start(rates, y, x, moving):
        st(span, 0, ld(theta, 0) * ld(dt, 0))
        propagate(span, rates, piece, flow, lift, x, pieces, rest)
    for d in range(N_DRIVE):
        st(out, DRIVE[d], select(ld(moving, 0), ld(x, d), ld(y, DRIVE[d])))

"""The driving states, x' = M x + b + u, all constant between doses, by their Taylor series in short pieces.

Pieces are so short that the series is exact to rounding. Each lane has pieces of its own, so that a lane never depends
on its neighbours.
"""

import math

import numpy as np
from numba import njit

from myoflare.simulate.lanes.slot import *  # noqa: F403

TERMS = 14  # of the series; with a piece no longer than 1 over the norm of M the rest is below 1 / 15!


@njit(cache=True, error_model="numpy")
def drive_norm(rates, norm):
    """Largest sum of the sizes of a row of M, in each lane; ``rates`` holds the entries of M and then b."""
    total = zeros(N_DRIVE)
    for i in range(N_DRIVE_RATES):
        st(total, DRIVE_ROW[i], ld(total, DRIVE_ROW[i]) + abs_(ld(rates, i)))
    largest = wide(0.0)
    for d in range(N_DRIVE):
        largest = max_(largest, ld(total, d))
    st(norm, 0, largest)


@njit(cache=True, error_model="numpy")
def propagate(span, rates, norm, u, x, term, change):
    """Carry ``x`` (driving state) through ``span`` days in place."""
    most = 0.0
    piece, left = zeros(1), zeros(1)
    for lane in range(WIDTH):
        pieces = math.ceil(span[lane] * norm[lane])
        left[lane] = max(pieces, 1.0)
        piece[lane] = span[lane] / left[lane]
        most = max(most, left[lane])
    if not most < 1e6:  # rates that are no numbers; the lane's own check will tell
        most = 1.0
    for _ in range(int(most)):
        size = select(gt(ld(left, 0), 0.5), ld(piece, 0), 0.0)
        st(left, 0, ld(left, 0) - 1.0)
        for d in range(N_DRIVE):
            st(change, d, ld(rates, N_DRIVE_RATES + d) + ld(u, DRIVE[d]))
        for i in range(N_DRIVE_RATES):
            row = DRIVE_ROW[i]
            st(change, row, ld(change, row) + ld(rates, i) * ld(x, DRIVE_COLUMN[i]))
        for k in range(1, TERMS + 1):
            part = size * (1.0 / k)
            for d in range(N_DRIVE):
                grown = part * ld(change, d)
                st(term, d, grown)
                st(x, d, ld(x, d) + grown)
                st(change, d, 0.0)
            for i in range(N_DRIVE_RATES):
                row = DRIVE_ROW[i]
                st(change, row, ld(change, row) + ld(rates, i) * ld(term, DRIVE_COLUMN[i]))


@njit(cache=True, error_model="numpy")
def visit(nodes, order, dt, rates, norm, u, y, path):
    """Driving states at the ``nodes`` (fractions) of a step from ``y``, a row of ``path`` for each node."""
    x, term, change, span = zeros(N_DRIVE), zeros(N_DRIVE), zeros(N_DRIVE), zeros(1)
    for d in range(N_DRIVE):
        st(x, d, ld(y, DRIVE[d]))
    past = 0.0
    for i in order:
        if nodes[i] > past:
            st(span, 0, (nodes[i] - past) * ld(dt, 0))
            propagate(span, rates, norm, u, x, term, change)
            past = nodes[i]
        for d in range(N_DRIVE):
            st(path, i * N_DRIVE + d, ld(x, d))


@njit(cache=True, error_model="numpy")
def enter(path, i, y):
    """Give ``y`` the driving states of node ``i``."""
    for d in range(N_DRIVE):
        st(y, DRIVE[d], ld(path, i * N_DRIVE + d))


@njit(cache=True, error_model="numpy")
def drive_inside(theta, dt, rates, norm, u, y, out):
    """Driving states of ``out`` at the fraction ``theta`` of a step from ``y``."""
    x, term, change, span = zeros(N_DRIVE), zeros(N_DRIVE), zeros(N_DRIVE), zeros(1)
    for d in range(N_DRIVE):
        st(x, d, ld(y, DRIVE[d]))
    st(span, 0, ld(theta, 0) * ld(dt, 0))
    propagate(span, rates, norm, u, x, term, change)
    for d in range(N_DRIVE):
        st(out, DRIVE[d], ld(x, d))


__all__ = ["drive_inside", "drive_norm", "enter", "np", "visit"]

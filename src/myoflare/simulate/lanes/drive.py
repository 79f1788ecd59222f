"""The driving states, x' = M x + b + u, all constant between doses: their exact solution over any span.

A span is a whole number of short pieces and a rest. The flow over 1, 2, 4, ... pieces is kept as matrices, made by
squaring when a parameter changes (Moler and Van Loan 2003, doi:10.1137/S00361445024180); the rest is a Taylor series
that ends below rounding. Each lane has pieces of its own, so that a lane never depends on its neighbours.
"""

from numba import njit

from myoflare.simulate.lanes.slot import *

PIECE = 0.25  # length of a piece times the norm of M, which the series of drive_series can carry
LEVELS = 40  # doublings of a piece
SQUARE = N_DRIVE * N_DRIVE


@njit(cache=True, error_model="numpy")
def drive_flow(rates, piece, flow, gain):
    """Flow of the state, and gain from the inflow, over 2^m pieces: matrices m of ``flow`` and ``gain``."""
    total = zeros(N_DRIVE)
    norm = wide(1e-9)
    for i in range(N_DRIVE_RATES):
        st(total, DRIVE_ROW[i], ld(total, DRIVE_ROW[i]) + abs_(ld(rates, i)))
    for d in range(N_DRIVE):
        norm = max_(norm, ld(total, d))
    st(piece, 0, PIECE / norm)
    x, none = zeros(N_DRIVE), zeros(N_DRIVE)
    for column in range(N_DRIVE):
        x[:] = 0.0
        st(x, column, 1.0)
        none[:] = 0.0
        drive_series(piece, rates, none, x)
        for row in range(N_DRIVE):
            st(flow, row * N_DRIVE + column, ld(x, row))
        x[:] = 0.0
        st(none, column, 1.0)
        drive_series(piece, rates, none, x)
        for row in range(N_DRIVE):
            st(gain, row * N_DRIVE + column, ld(x, row))
    for m in range(1, LEVELS):
        here, there = (m - 1) * SQUARE, m * SQUARE
        for row in range(N_DRIVE):
            for column in range(N_DRIVE):
                e, f = wide(0.0), ld(gain, here + row * N_DRIVE + column)
                for k in range(N_DRIVE):
                    across = ld(flow, here + row * N_DRIVE + k)
                    e = e + across * ld(flow, here + k * N_DRIVE + column)
                    f = f + across * ld(gain, here + k * N_DRIVE + column)
                st(flow, there + row * N_DRIVE + column, e)
                st(gain, there + row * N_DRIVE + column, f)


@njit(cache=True, error_model="numpy", _nrt=False)
def propagate(span, rates, piece, flow, gain, inflow, x, term, rest):
    """Carry ``x`` through ``span`` days in place."""
    pieces = ld(span, 0) / ld(piece, 0)
    fits = lt(pieces, 2.0**LEVELS)  # else there are too many or the rates are no numbers, and the step is thrown away
    whole = select(fits, floor_(pieces), 0.0)
    st(rest, 0, select(fits, ld(span, 0) - whole * ld(piece, 0), np.nan))
    level = 0
    while any_(whole):
        half = floor_(0.5 * whole)
        odd = whole - 2.0 * half
        whole = half
        if any_(odd):
            for row in range(N_DRIVE):
                total = wide(0.0)
                for k in range(N_DRIVE):
                    at = level * SQUARE + row * N_DRIVE + k
                    total = total + ld(flow, at) * ld(x, k) + ld(gain, at) * ld(inflow, k)
                st(term, row, total)
            for row in range(N_DRIVE):
                st(x, row, select(odd, ld(term, row), ld(x, row)))
        level += 1
    drive_series(rest, rates, inflow, x)


@njit(cache=True, error_model="numpy", _nrt=False)
def start(rates, u, y, inflow, x):
    """Driving states of ``y``, and their constant inflow: the network's own and what is infused. False if all are 0.

    Where all are 0 they stay exactly 0, so that untreated patients need not be carried at all.
    """
    for d in range(N_DRIVE):
        st(inflow, d, ld(rates, N_DRIVE_RATES + d) + ld(u, DRIVE[d]))
        st(x, d, ld(y, DRIVE[d]))
    for i in range(N_DRIVE * WIDTH):  # noqa: SIM110 - no generators in machine code
        if x[i] != 0.0 or inflow[i] != 0.0:
            return True
    return False


@njit(cache=True, error_model="numpy", _nrt=False)
def visit(nodes, order, dt, rates, piece, flow, gain, u, y, room, path):
    """Driving states at the ``nodes`` (fractions) of a step from ``y``, a row of ``path`` for each node."""
    x, inflow, term, span, rest = room
    treated = start(rates, u, y, inflow, x)
    past = 0.0
    for i in order:
        if treated and nodes[i] > past:
            st(span, 0, (nodes[i] - past) * ld(dt, 0))
            propagate(span, rates, piece, flow, gain, inflow, x, term, rest)
            past = nodes[i]
        for d in range(N_DRIVE):
            st(path, i * N_DRIVE + d, ld(x, d))


@njit(cache=True, error_model="numpy", _nrt=False)
def enter(path, i, y):
    """Give ``y`` the driving states of node ``i``."""
    for d in range(N_DRIVE):
        st(y, DRIVE[d], ld(path, i * N_DRIVE + d))


@njit(cache=True, error_model="numpy", _nrt=False)
def drive_inside(theta, dt, rates, piece, flow, gain, u, y, room, out):
    """Driving states of ``out`` at the fraction ``theta`` of a step from ``y``."""
    x, inflow, term, span, rest = room
    if start(rates, u, y, inflow, x):
        st(span, 0, ld(theta, 0) * ld(dt, 0))
        propagate(span, rates, piece, flow, gain, inflow, x, term, rest)
    for d in range(N_DRIVE):
        st(out, DRIVE[d], ld(x, d))

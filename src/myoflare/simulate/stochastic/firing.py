"""What every method shares: how often each process fires, and what a firing does."""

import math

from numba import njit

from myoflare.base.status import Status

OK = Status.OK.code
TOO_MANY_STEPS = Status.TOO_MANY_STEPS.code
NO_CONVERGENCE = Status.NO_CONVERGENCE.code
NOT_FINITE = Status.NOT_FINITE.code
NEGATIVE_RATE = Status.NEGATIVE_RATE.code
BELOW_ZERO = Status.BELOW_ZERO.code
ROUNDING = 1e-12  # of the largest rate: a rate this little below zero is zero

_jit = njit(error_model="numpy")


@_jit
def propensities(native, inflow, net, signed, a):
    """Fill ``a`` (reaction,) with firings per day, from ``native`` rates; a Status code.

    ``signed`` lets reactions that are not fired be negative, as a reversible law may be. The caller computes ``native``
    because a function that calls through a pointer is not inlined: here that cost three times the rest of a firing.
    """
    n = native.size
    most = 0.0
    for r in range(a.size):
        rate = native[r] if r < n else inflow[net.source[r - n]]
        if not math.isfinite(rate):
            return NOT_FINITE
        a[r] = rate / net.extent[r]
        most = max(most, abs(a[r]))
    for r in range(a.size):
        if a[r] < 0.0 and (net.jumps[r] or (net.noisy[r] and not signed)):
            if a[r] < -ROUNDING * most:
                return NEGATIVE_RATE
            a[r] = 0.0
    return OK


@_jit
def fire(r, times, net, x, y):
    """Fire reaction ``r`` so many ``times``; a Status code. ``x`` holds the molecules of whole states."""
    code = OK
    for j in range(net.start[r], net.start[r + 1]):
        i = net.state[j]
        if net.whole[i]:
            x[i] += times * net.count[j]
            y[i] = x[i] / net.size[i]
        else:
            y[i] += times * net.count[j] / net.size[i]
        if y[i] < 0.0:
            code = BELOW_ZERO
    return code


@_jit
def put(i, value, net, x, y):
    """Set state ``i`` from outside, rounded to whole molecules where it is kept so; a Status code."""
    y[i] = value
    if net.whole[i]:
        x[i] = float(round(value * net.size[i]))
        y[i] = x[i] / net.size[i]
    return BELOW_ZERO if y[i] < 0.0 else OK

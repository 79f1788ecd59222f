"""Every firing one by one: the direct method of Gillespie 1977, doi:10.1021/j100540a008."""

import math

from numba import njit

from myoflare.simulate.stochastic.firing import BELOW_ZERO, NEGATIVE_RATE, NOT_FINITE, OK, ROUNDING, TOO_MANY_STEPS
from myoflare.simulate.stochastic.random import uniforms


@njit(error_model="numpy")
def jump(rates, t, stop, y, p, c, inflow, net, stream, word, most, work):
    """Fire up to ``most`` reactions until ``stop``: (time reached, Status code).

    Rates change at firings only, so the waiting time is exponential. A firing drawn for after ``stop`` is kept in
    ``work.waiting``: outputs do not change the path. Whoever changes a rate from outside sets it to NaN.

    The loop says again what ``firing`` says, with every array in a name of its own: handing records to functions here
    costs 330 ns a firing of a birth and death process instead of 90, for numba counts references of each array in them.
    """
    a, x, waiting, used, limit = work.a, work.x, work.waiting, work.used, work.limit
    start, state, count, extent, size, source = net.start, net.state, net.count, net.extent, net.size, net.source
    for _ in range(most):
        native = rates(t, y, p, c)
        total = largest = smallest = 0.0
        for r in range(a.size):
            a[r] = (native[r] if r < native.size else inflow[source[r - native.size]]) / extent[r]
            total += a[r]
            largest, smallest = max(largest, a[r]), min(smallest, a[r])
        if not math.isfinite(total):
            return t, NOT_FINITE
        if smallest < 0.0:
            if smallest < -ROUNDING * largest:
                return t, NEGATIVE_RATE
            for r in range(a.size):
                a[r] = max(a[r], 0.0)
        if total <= 0.0:
            return stop, OK
        if math.isnan(waiting[0]):
            n = used[0]
            used[0] += 1
            u, v = uniforms(stream, word, n & 0xFFFFFFFF, n >> 32)
            waiting[0], waiting[1] = t - math.log(u) / total, v
        if waiting[0] > stop:
            return stop, OK
        t = waiting[0]
        waiting[0] = math.nan
        used[1] += 1
        if used[1] > limit[0]:
            return t, TOO_MANY_STEPS
        r = choose(a, waiting[1] * total)
        for j in range(start[r], start[r + 1]):
            i = state[j]
            x[i] += count[j]
            y[i] = x[i] / size[i]
            if x[i] < 0.0:
                return t, BELOW_ZERO
    return t, OK


@njit(error_model="numpy")
def choose(a, level):
    """The reaction in whose share of the total the ``level`` falls."""
    last = 0
    for r in range(a.size):
        if a[r] > 0.0:
            last = r
            level -= a[r]
            if level < 0.0:
                return r
    return last  # rounding left a little

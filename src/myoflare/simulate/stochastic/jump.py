"""Every firing one by one: the direct method of Gillespie 1977, doi:10.1021/j100540a008."""

import math

from numba import njit

from myoflare.simulate.stochastic.firing import OK, TOO_MANY_STEPS, fire, propensities
from myoflare.simulate.stochastic.random import uniforms


@njit(error_model="numpy")
def jump(rates, t, stop, y, p, c, inflow, net, stream, word, most, work):
    """Fire up to ``most`` reactions until ``stop``: (time reached, Status code).

    Rates change at firings only, so the waiting time is exponential. A firing drawn for after ``stop`` is kept in
    ``work.waiting``: outputs do not change the path. Whoever changes a rate from outside sets it to NaN.
    """
    a = work.a
    for _ in range(most):
        code = propensities(rates, t, y, p, c, inflow, net, False, a)
        if code != OK:
            return t, code
        total = a.sum()
        if total <= 0.0:
            return stop, OK
        if math.isnan(work.waiting[0]):
            n = work.used[0]
            work.used[0] += 1
            u, v = uniforms(stream, word, n & 0xFFFFFFFF, n >> 32)
            work.waiting[0] = t - math.log(u) / total
            work.waiting[1] = v
        if work.waiting[0] > stop:
            return stop, OK
        t = work.waiting[0]
        work.waiting[0] = math.nan
        work.used[1] += 1
        if work.used[1] > work.limit[0]:
            return t, TOO_MANY_STEPS
        code = fire(choose(a, work.waiting[1] * total), 1.0, net, work.x, y)
        if code != OK:
            return t, code
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

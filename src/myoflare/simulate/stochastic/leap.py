"""Many firings at a time: tau-leaping with the step of Cao, Gillespie & Petzold 2006, doi:10.1063/1.2159468."""

import math

from numba import njit

from myoflare.simulate.stochastic.firing import NO_CONVERGENCE, OK, TOO_MANY_STEPS, fire, propensities
from myoflare.simulate.stochastic.jump import choose, jump
from myoflare.simulate.stochastic.random import poisson, uniforms

CRITICAL = 10.0  # a reaction that could use up a state within so many firings is fired one by one
STEEPEST = 3.0  # the paper's g, at its bound for laws up to second order; rate laws here need not be mass action
WORTH_IT = 10.0  # a leap shorter than so many waiting times is not worth its price
SINGLE = 100  # firings one by one before another leap is tried


@njit(error_model="numpy")
def leap(rates, t, stop, y, p, c, inflow, net, stream, word, dt, epsilon, once, work):
    """Advance until ``stop`` (or ``once``, one leap): (time reached, Status code).

    ``epsilon`` bounds the relative change of any rate within a leap; ``dt`` above 0 takes that step instead. A leap
    that would take a state below zero is thrown away and halved: no state is ever negative.
    """
    a = work.a
    while t < stop:
        code = propensities(rates(t, y, p, c), inflow, net, False, a)
        if code != OK:
            return t, code
        total = a.sum()
        if total <= 0.0:
            return stop, OK
        if dt > 0.0:
            longest, rare = dt, 0.0
            work.critical[:] = False
        else:
            rare = find_critical(a, work.x, net, work.critical)
            longest = allowed(a, work.x, net, epsilon, work)
            if longest < WORTH_IT / total:
                work.waiting[0] = math.nan
                t, code = jump(rates, t, stop, y, p, c, inflow, net, stream, word, 1 if once else SINGLE, work)
                work.waiting[0] = math.nan
                if code != OK or once:
                    return t, code
                continue
        t, code = one_leap(t, stop, y, net, stream, word, longest, rare, work)
        if code != OK or once:
            return t, code
    return t, OK


@njit(error_model="numpy")
def one_leap(t, stop, y, net, stream, word, longest, rare, work):
    """Draw firings until a leap leaves every state at zero or above: (time reached, Status code)."""
    a, x = work.a, work.x
    work.before[:] = x
    while True:
        step = work.used[0]
        work.used[0] += 1
        work.used[1] += 1
        if work.used[1] > work.limit[0]:
            return t, TOO_MANY_STEPS
        u, v = uniforms(stream, word, step & 0xFFFFFFFF, step >> 32)
        wait = -math.log(u) / rare if rare > 0.0 else math.inf
        tau = min(longest, wait)
        lands = stop - t <= tau * (1.0 + 1e-9)  # what is left may be a little more than a fixed step by rounding
        if lands:
            tau = stop - t
        elif tau <= 1e-15 * abs(t):
            return t, NO_CONVERGENCE
        code = OK
        for r in range(a.size):
            if a[r] > 0.0 and not work.critical[r]:
                firings = poisson(a[r] * tau, stream, net.word[r], step)
                if firings > 0.0:
                    fire(r, firings, net, x, y)
        if wait <= tau:
            for r in range(a.size):
                work.k[r] = a[r] if work.critical[r] else 0.0
            fire(choose(work.k, v * rare), 1.0, net, x, y)
        if x.min() >= 0.0:
            return (stop if lands else t + tau), code
        x[:] = work.before
        for i in range(x.size):
            y[i] = x[i] / net.size[i]
        longest = tau / 2.0


@njit(error_model="numpy")
def find_critical(a, x, net, critical):
    """Mark reactions that could use up a state soon; the sum of their propensities."""
    rare = 0.0
    for r in range(a.size):
        critical[r] = False
        for j in range(net.start[r], net.start[r + 1]):
            if a[r] > 0.0 and x[net.state[j]] < -CRITICAL * net.count[j]:
                critical[r] = True
        if critical[r]:
            rare += a[r]
    return rare


@njit(error_model="numpy")
def allowed(a, x, net, epsilon, work):
    """The longest step in which no felt state moves, in mean or in spread, by more than its share (paper, eq. 33)."""
    work.mean[:] = 0.0
    work.spread[:] = 0.0
    for r in range(a.size):
        if not work.critical[r]:
            for j in range(net.start[r], net.start[r + 1]):
                work.mean[net.state[j]] += net.count[j] * a[r]
                work.spread[net.state[j]] += net.count[j] ** 2 * a[r]
    tau = math.inf
    for i in net.felt:
        share = max(epsilon * x[i] / STEEPEST, 1.0)
        if work.spread[i] > 0.0:
            tau = min(tau, share**2 / work.spread[i])
            if work.mean[i] != 0.0:
                tau = min(tau, share / abs(work.mean[i]))
    return tau

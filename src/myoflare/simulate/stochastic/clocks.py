"""Reactions fired one by one while all else flows: each waits until its integrated propensity reaches its clock.

The clock of a reaction is an exponential number of mean 1, its own k-th for its k-th firing: the random time change of
Anderson 2007, doi:10.1063/1.2799998, and the hybrid of Salis & Kaznessis 2005, doi:10.1063/1.1835951.
"""

from numba import njit

from myoflare.simulate.stochastic.firing import fire
from myoflare.simulate.stochastic.random import exponential


@njit(error_model="numpy")
def wind(r, net, stream, work):
    """Set the clock of reaction ``r`` for its next firing."""
    work.clock[r] = exponential(stream, net.word[r], work.fired[r])
    work.fired[r] += 1


@njit(error_model="numpy")
def wind_all(net, stream, work):
    for r in range(net.jumps.size):
        if net.jumps[r]:
            wind(r, net, stream, work)


@njit(error_model="numpy")
def strike(r, net, stream, x, y, work):
    """Fire reaction ``r`` and wind its clock; a Status code."""
    wind(r, net, stream, work)
    return fire(r, 1.0, net, x, y)

"""One path of one patient from output to output, whatever the method."""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from myoflare.simulate.schedule import ADD_STATE, SET_PARAM, SET_RATE
from myoflare.simulate.stochastic.clocks import wind_all
from myoflare.simulate.stochastic.firing import NOT_FINITE, OK, put
from myoflare.simulate.stochastic.flow import flow
from myoflare.simulate.stochastic.jump import jump
from myoflare.simulate.stochastic.langevin import langevin
from myoflare.simulate.stochastic.leap import leap
from myoflare.simulate.stochastic.random import Stream

EXACT, LEAP, LANGEVIN, FLOW = range(4)
ROUNDS = 100  # events that set off each other at one moment; more than so many never end


class Options(NamedTuple):
    """``dt`` (days, 0 for none), ``epsilon`` of a leap, ``rtol`` of the flow, steps allowed between two outputs,
    ``merge`` draws per noise, and the part of ``derive`` that is kept as output (all 0: states)."""

    dt: float
    epsilon: float
    rtol: float
    max_steps: int
    merge: int
    first: int
    last: int


class Schedule(NamedTuple):
    """Steps of one patient as ``simulate.schedule.pack`` gives them."""

    day: np.ndarray
    kind: np.ndarray
    target: np.ndarray
    value: np.ndarray


class Work(NamedTuple):
    """Room for one path; see the methods for what each keeps there."""

    a: np.ndarray
    k: np.ndarray
    x: np.ndarray
    before: np.ndarray
    critical: np.ndarray
    mean: np.ndarray
    spread: np.ndarray
    waiting: np.ndarray
    used: np.ndarray  # draws taken, steps taken
    limit: np.ndarray  # steps allowed until the next output
    clock: np.ndarray
    fired: np.ndarray
    block: np.ndarray
    z: np.ndarray
    stages: np.ndarray
    trial: np.ndarray
    pace: np.ndarray
    resume: np.ndarray


@njit(error_model="numpy")
def room(n, m):
    """Work arrays for ``n`` reactions and ``m`` states."""
    return Work(
        np.zeros(n), np.zeros(n), np.zeros(m), np.zeros(m), np.zeros(n, np.bool_), np.zeros(m), np.zeros(m),
        np.full(2, math.nan), np.zeros(2, np.int64), np.zeros(1, np.int64), np.zeros(n), np.zeros(n, np.int64),
        np.full(n, -1), np.zeros((n, 4)), np.zeros((4, n)), np.zeros(m), np.zeros(1), np.zeros(1),
    )  # fmt: skip


@njit(error_model="numpy")
def act(kind, target, value, net, y, p, inflow, work):
    """One action; a Status code."""
    if kind == SET_PARAM:
        p[target] = value
    elif kind == SET_RATE:
        inflow[target] = value
    else:
        return put(target, value + (y[target] if kind == ADD_STATE else 0.0), net, work.x, y)
    return OK


@njit(error_model="numpy")
def happen(derive, constants, t, y, p, c, events, true, net, work):
    """Let events happen whose trigger turned true, until none does: (whether any did, constants, Status code)."""
    any_did = False
    for _ in range(ROUNDS):
        told = derive(t, y, p, c)
        fresh = False
        for e in range(events.trigger.size):
            now = told[events.trigger[e]] != 0.0
            rises = now and not true[e]
            true[e] = now
            if rises:
                fresh = True
                for j in range(events.start[e], events.start[e + 1]):
                    value = told[events.value[j]]
                    if not math.isfinite(value):
                        return any_did, c, NOT_FINITE
                    if events.kind[j] == SET_PARAM:
                        p[events.target[j]] = value
                    else:
                        code = put(events.target[j], value, net, work.x, y)
                        if code != OK:
                            return any_did, c, code
        if not fresh:
            break
        any_did = True
        c = constants(0.0, np.empty(0), p, np.empty(0))
    return any_did, c, OK


@njit(error_model="numpy")
def advance(method, rates, t, stop, y, p, c, inflow, net, stream, word, options, atol, once, work):
    """To ``stop``, or ``once`` one step: (time reached, Status code)."""
    if method == EXACT:
        most = 1 if once else 1 << 62
        return jump(rates, t, stop, y, p, c, inflow, net, stream, word, most, work)
    if method == LEAP:
        return leap(rates, t, stop, y, p, c, inflow, net, stream, word, options.dt, options.epsilon, once, work)
    if method == LANGEVIN:
        return langevin(rates, t, stop, y, p, c, inflow, net, stream, options.dt, options.merge, once, work)
    return flow(rates, t, stop, y, p, c, inflow, net, stream, options.dt, options.rtol, atol, once, work)


@njit(error_model="numpy")
def do_actions(t, action, schedule, net, y, p, inflow, work):
    """All actions due at ``t``: (the next one, whether any was done, Status code).

    Of what came before the start, a dose is not given again and what was changed stays changed.
    """
    code, acted = OK, False
    while action < schedule.day.size and schedule.day[action] <= t:
        kind = schedule.kind[action]
        if schedule.day[action] == t or kind in (SET_PARAM, SET_RATE):
            code = max(code, act(kind, schedule.target[action], schedule.value[action], net, y, p, inflow, work))
            acted = True
        action += 1
    return action, acted, code


@njit(error_model="numpy")
def keep(derive, t, y, p, c, options, row):
    """Write one output."""
    if options.last > 0:
        told = derive(t, y, p, c)
        for j in range(row.size):
            row[j] = told[options.first + j]
    else:
        row[:] = y


@njit(error_model="numpy")
def next_stop(t, output, action, schedule, events):
    """The next day at which something is due."""
    stop = output
    if action < schedule.day.size:
        stop = min(stop, schedule.day[action])
    for day in events.days:
        if t < day < stop:
            stop = day
    return stop


@njit(error_model="numpy")
def path(
    rates, derive, constants, method, stream, word, y0, p0, atol, net, schedule, events, options, times, out
):  # fmt: skip
    """Fill ``out`` (time, output) with one path: (Status code, day reached, steps)."""
    y, p, inflow = y0.copy(), p0.copy(), np.zeros(y0.size)
    work = room(net.extent.size, y.size)
    t, action, saved, code = times[0], 0, 0, OK
    true, watched = events.initial.copy(), events.trigger.size > 0
    for i in range(y.size):
        code = max(code, put(i, y0[i], net, work.x, y))
    wind_all(net, stream, work)
    work.pace[0] = options.dt if options.dt > 0.0 else 1e-3 * (times[-1] - t)
    work.limit[0] = options.max_steps
    c = constants(0.0, np.empty(0), p, np.empty(0))
    while code == OK:
        action, changed, code = do_actions(t, action, schedule, net, y, p, inflow, work)
        if changed:
            c = constants(0.0, np.empty(0), p, np.empty(0))
        if watched and code == OK:
            # Just after the moment, so that "time > 3" is true when day 3 is reached.
            after = np.nextafter(t, math.inf)
            happened, c, code = happen(derive, constants, after, y, p, c, events, true, net, work)
            changed |= happened
        if changed:
            work.waiting[0] = math.nan
        while code == OK and saved < times.size and times[saved] <= t:
            keep(derive, t, y, p, c, options, out[saved])
            work.limit[0] = work.used[1] + options.max_steps
            saved += 1
        if code != OK or saved == times.size:
            break
        stop = next_stop(t, times[saved], action, schedule, events)
        t, code = advance(
            method, rates, t, stop, y, p, c, inflow, net, stream, word, options, atol, watched, work
        )  # fmt: skip
    return code, t, work.used[1]


@njit(error_model="numpy", nogil=True)
def paths(
    rates, derive, constants, method, key0, key1, word, replicate, y0, p0, atol, net, schedule, events, options, times,
    out, status, reached, steps,
):  # fmt: skip
    """Fill ``out`` (replicate, time, output) with paths, the first of them being number ``replicate``."""
    for i in range(len(out)):
        stream = Stream(key0, key1, np.uint64(replicate + i))
        status[i], reached[i], steps[i] = path(
            rates, derive, constants, method, stream, word, y0, p0, atol, net, schedule, events, options, times, out[i]
        )  # fmt: skip

"""Events that the state itself sets off, found to the last digit of the step and played in the order of their listing.

Only the lane in which something happens is cut short; its neighbours wait for the search but keep their steps.
"""

from numba import njit

from myoflare.simulate.lanes.drive import drive_inside
from myoflare.simulate.lanes.method import *
from myoflare.simulate.lanes.slot import *

HALVINGS = 52  # of a step, to the last digit
LOOKS = 4  # parts of a step at whose ends triggers are asked
MOST_AT_ONCE = 10_000  # rounds at one moment; more means that events set each other off for ever


@njit(cache=True, error_model="numpy", _nrt=False)
def differs(lane, asked, truth):
    """Whether a trigger or comparison of the lane is not what it was."""
    for i in range(N_TRIGGERS):  # noqa: SIM110 - no generators in machine code
        if asked[i * WIDTH + lane] != truth[i * WIDTH + lane]:
            return True
    return False


@njit(cache=True, error_model="numpy", _nrt=False)
def happen(pending, truth, asked, values, t, y, p, c, w):
    """Play what is due in ``pending`` lanes, in place; False if it never ends. Bit 0: a state or parameter was set."""
    acted = False
    for _ in range(MOST_AT_ONCE):
        triggers(t, y, p, c, w, asked)
        assignments(t, y, p, c, w, values)
        again = False
        for lane in range(WIDTH):
            if not pending[lane]:
                continue
            for i in range(N_TRIGGERS):
                now = asked[i * WIDTH + lane]
                if i < N_EVENTS and now != 0.0 and truth[i * WIDTH + lane] == 0.0:
                    play(lane, i, values, y, p)
                    again = True
                truth[i * WIDTH + lane] = now
        if not again:
            return acted, True
        acted = True
        constants(t, y, p, c, w, c)
    return acted, False


@njit(cache=True, error_model="numpy", _nrt=False)
def play(lane, event, values, y, p):
    """Give the states and parameters of an event the values that were worked out when it was set off."""
    for a in range(EVENT_STARTS[event], EVENT_STARTS[event + 1]):
        value, scale = values[a * WIDTH + lane], values[(N_ASSIGNED + a) * WIDTH + lane]
        if scale == scale:  # a concentration becomes an amount
            value = value * scale
        if EVENT_SETS_STATE[a]:
            y[EVENT_TARGET[a] * WIDTH + lane] = value
        else:
            p[EVENT_TARGET[a] * WIDTH + lane] = value


@njit(cache=True, error_model="numpy", _nrt=False)
def look(theta, h, t, y, yn, k, rates, piece, flow, lift, room, p, c, w, tt, yo, asked):
    """Ask the triggers at the fractions ``theta`` of the steps."""
    inside(theta, h, y, yn, k, yo)
    if N_DRIVE > 0:
        drive_inside(theta, h, rates, piece, flow, lift, y, room, yo)
    for lane in range(WIDTH):
        tt[lane] = t[lane] + theta[lane] * h[lane]
    triggers(tt, yo, p, c, w, asked)


@njit(cache=True, error_model="numpy")
def locate(due, hit, cut, truth, h, t, y, yn, k, rates, piece, flow, lift, room, p, c, w, tt, yo, asked):
    """Lanes in whose step a trigger changes, ``hit``, and the fraction of the step just past the change, ``cut``."""
    theta, low, found = zeros(1), zeros(1), False
    hit[:], cut[:] = 0.0, 1.0
    for part in range(1, LOOKS + 1):
        theta[:] = part / LOOKS
        look(theta, h, t, y, yn, k, rates, piece, flow, lift, room, p, c, w, tt, yo, asked)
        for lane in range(WIDTH):
            if due[lane] and hit[lane] == 0.0:
                if differs(lane, asked, truth):
                    hit[lane], cut[lane], found = 1.0, part / LOOKS, True
                else:
                    low[lane] = part / LOOKS
    if not found:
        return False
    for _ in range(HALVINGS):
        for lane in range(WIDTH):
            theta[lane] = 0.5 * (low[lane] + cut[lane]) if hit[lane] == 1.0 else 1.0
        look(theta, h, t, y, yn, k, rates, piece, flow, lift, room, p, c, w, tt, yo, asked)
        for lane in range(WIDTH):
            if hit[lane] == 1.0:
                if differs(lane, asked, truth):
                    cut[lane] = theta[lane]
                else:
                    low[lane] = theta[lane]
    return True

"""What both methods and both directions use of a network."""

from myoflare.simulate.gradient.slot import *  # noqa: F403


@njit(cache=True, error_model="numpy", _nrt=False)
def slope(t, y, p, c, w, u, inflows, out):
    """The right-hand side with the constant inflows ``u`` of infusions."""
    rhs(t, y, p, c, w, out)
    for i in inflows:
        st(out, i, ld(out, i) + ld(u, i))


@njit(cache=True, error_model="numpy", _nrt=False)
def act(lane, a, kind, target, value, y, p, u):
    """Action ``a`` of the schedules on one lane."""
    place = target[a] * WIDTH + lane
    if kind[a] == ADD_STATE:
        y[place] += value[a]
    elif kind[a] == SET_STATE:
        y[place] = value[a]
    elif kind[a] == SET_RATE:
        u[place] = value[a]
    else:
        p[place] = value[a]


@njit(cache=True, error_model="numpy", _nrt=False)
def finite(lane, lanes, n):
    """Whether the ``n`` entries of the lane are all numbers."""
    total = 0.0
    for j in range(n):
        total += lanes[j * WIDTH + lane] * 0.0
    return total == 0.0


@njit(cache=True, error_model="numpy", _nrt=False)
def first_step(lane, y, slopes, atol, rtol, longest):
    """A step that changes no state by more than a hundredth of its size, by root mean square."""
    size, speed = 0.0, 0.0
    for j in range(N_STATES):
        x = y[j * WIDTH + lane]
        scale = atol[j * WIDTH + lane] + rtol * abs(x)
        size += (x / scale) ** 2
        speed += (slopes[j * WIDTH + lane] / scale) ** 2
    if not speed > 0.0:
        return longest
    trial = 0.01 * math.sqrt(size / speed) if size > 0.0 else 1e-6
    return min(max(trial, 1e-9), longest)

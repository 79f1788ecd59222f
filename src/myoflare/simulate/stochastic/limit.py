"""Keep states at zero or above by taking less of what lowers them, so that what is conserved stays conserved.

A reaction moves all its states together. Where a step would take a state below zero, every contribution that lowers it
is scaled by the same factor, so that it ends at zero, and with it all that the reaction moves. Without other states
this is the projection of Euler's method onto x >= 0 for a diffusion reflected at zero: the constrained Langevin
equation of Leite & Williams 2019, doi:10.1214/18-AAP1421.
"""

from numba import njit

PASSES = 8


@njit(error_model="numpy")
def apply(k, net, y, work):
    """Add the firings ``k`` (reaction,) of reactions that do not jump to ``y``; scales ``k`` where it must."""
    for r in range(k.size):
        if k[r] != 0.0:
            for j in range(net.start[r], net.start[r + 1]):
                y[net.state[j]] += k[r] * net.count[j] / net.size[net.state[j]]
    if y.min() >= 0.0:
        return
    for r in range(k.size):  # back, and once more with less
        if k[r] != 0.0:
            for j in range(net.start[r], net.start[r + 1]):
                y[net.state[j]] -= k[r] * net.count[j] / net.size[net.state[j]]
    for i in range(y.size):
        y[i] = max(y[i], 0.0)
    scale_down(k, net, y, work.mean, work.spread)
    for r in range(k.size):
        if k[r] != 0.0:
            for j in range(net.start[r], net.start[r + 1]):
                y[net.state[j]] += k[r] * net.count[j] / net.size[net.state[j]]
    for i in range(y.size):
        y[i] = max(y[i], 0.0)  # rounding only


@njit(error_model="numpy")
def scale_down(k, net, y, gain, loss):
    """Scale ``k`` until no state is overdrawn.

    A factor counts on what other reactions bring; as those shrink too, it is found again, and the last pass counts on
    nothing that is brought.
    """
    for attempt in range(PASSES + 1):
        gain[:] = 0.0
        loss[:] = 0.0
        for r in range(k.size):
            for j in range(net.start[r], net.start[r + 1]):
                i = net.state[j]
                change = k[r] * net.count[j] / net.size[i]
                if change > 0.0:
                    gain[i] += change
                else:
                    loss[i] -= change
        if attempt == PASSES:
            gain[:] = 0.0
        overdrawn = False
        for i in range(y.size):
            over = loss[i] > (y[i] + gain[i]) * (1.0 + 1e-14)
            overdrawn |= over
            loss[i] = (y[i] + gain[i]) / loss[i] if over else 1.0
        if not overdrawn:
            return
        for r in range(k.size):
            factor = 1.0
            for j in range(net.start[r], net.start[r + 1]):
                if k[r] * net.count[j] < 0.0:
                    factor = min(factor, loss[net.state[j]])
            k[r] *= factor

"""Factor and solve the sparse matrix of an implicit step, by the plan that was made when the network was compiled."""

from numba import njit

from myoflare.simulate.lanes.slot import *  # noqa: F403


@njit(cache=True, error_model="numpy")
def factor(jac, shift, lu):
    """LU of ``shift`` times the identity minus the Jacobian; diagonal entries are left as their reciprocals."""
    for i in range(N_LU):
        st(lu, i, 0.0)
    for i in range(N_JACOBIAN):
        st(lu, J_SLOT[i], -ld(jac, i))
    for i in range(N_STATES):
        st(lu, DIAGONAL[i], ld(lu, DIAGONAL[i]) + ld(shift, 0))
    for k in range(N_STATES):
        pivot = 1.0 / ld(lu, DIAGONAL[k])
        st(lu, DIAGONAL[k], pivot)
        for row in range(PIVOTS[k], PIVOTS[k + 1]):
            below = ld(lu, LOWER[row]) * pivot
            st(lu, LOWER[row], below)
            for i in range(STARTS[row], STARTS[row + 1]):
                st(lu, TARGET[i], ld(lu, TARGET[i]) - below * ld(lu, SOURCE[i]))


@njit(cache=True, error_model="numpy")
def solve(lu, b):
    """Solve in place."""
    for i in range(0, FORWARD.size, 3):
        row = FORWARD[i]
        st(b, row, ld(b, row) - ld(lu, FORWARD[i + 1]) * ld(b, FORWARD[i + 2]))
    for i in range(0, BACKWARD.size, 3):
        row, slot, column = BACKWARD[i], BACKWARD[i + 1], BACKWARD[i + 2]
        if column == row:
            st(b, row, ld(b, row) * ld(lu, slot))
        else:
            st(b, row, ld(b, row) - ld(lu, slot) * ld(b, column))

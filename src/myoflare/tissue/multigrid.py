"""One field in equilibrium over a step: ``(rate + sink) n - div(D p grad n) = source`` without flux at the borders.

Geometric multigrid on cell centres (Wesseling 1988, doi:10.1137/0909094): red-black Gauss-Seidel, residuals summed over
two by two cells, corrections interpolated. Any shape will do; a last odd row or column makes a coarse cell of its own.
Arrays of every level lie in one buffer with a frame of zeros, so that the loops need no borders. A field is the work
of one thread from beginning to end: its bits do not depend on how many threads there are.
"""

import numpy as np
from numba import njit

COARSEST = 4  # cells a side; of these, sweeps alone solve
SWEEPS = 12  # double sweeps of the coarsest level
FIRST, SECOND = 0.5623, 1.3873  # Chebyshev weights that damp the upper three quarters of the spectrum to 0.22


def levels(ny, nx):
    """Shape and place in the buffer of each level, rows (ny, nx, offset); the size of the buffer."""
    rows, at = [], 0
    while True:
        rows.append((ny, nx, at))
        at += (ny + 2) * (nx + 2)
        if max(ny, nx) <= COARSEST:
            return np.array(rows, np.int64), at
        ny, nx = (ny + 1) // 2, (nx + 1) // 2


@njit(cache=True, nogil=True)
def solve(n, source, sink, passage, rate, conductance, tolerance, most, plan, buffer):
    """Improve ``n`` (ny, nx) in place; returns cycles and the residual: sum of |defect| over sum of |source|.

    ``source``: amount a second in each voxel; ``sink``, ``rate``: 1/s; ``conductance``: D / pitch^2, 1/s;
    ``passage``: factor on D of each voxel; ``buffer``: (7, size) of zeros.
    """
    _operator(sink, passage, rate, conductance, plan, buffer)
    c, b = _level(buffer[0], plan, 0), _level(buffer[1], plan, 0)
    ny, nx = n.shape
    total = 0.0
    c[:], b[:] = 0.0, 0.0
    for j in range(ny):
        for i in range(nx):
            c[j + 1, i + 1], b[j + 1, i + 1] = n[j, i], source[j, i]
            total += abs(source[j, i])
    left, cycles = _defect(buffer, plan), 0
    while left > tolerance * total and cycles < most:
        _cycle(buffer, plan)
        left = _defect(buffer, plan)
        cycles += 1
    n[:] = c[1:-1, 1:-1]
    return cycles, (left / total if total != 0 else 0.0)


# What one cell of a level does; the loops below and those of ``gpu`` share it.


@njit(cache=True, nogil=True)
def series(conductance, p, q):
    """Two resistances one after the other."""
    return conductance * 2 * p * q / (p + q)


@njit(cache=True, nogil=True)
def diagonal(right, below, loss, j, i):
    return 1.0 / (loss[j, i] + (right[j, i] + right[j, i - 1] + below[j, i] + below[j - 1, i]))


@njit(cache=True, nogil=True)
def relaxed(c, b, right, below, inverse, weight, j, i):
    flow = right[j, i - 1] * c[j, i - 1] + right[j, i] * c[j, i + 1]
    flow += below[j - 1, i] * c[j - 1, i] + below[j, i] * c[j + 1, i]
    return (1.0 - weight) * c[j, i] + weight * (b[j, i] + flow) * inverse[j, i]


@njit(cache=True, nogil=True)
def defect(c, b, right, below, loss, j, i):
    """From differences, so that it is not lost where diffusion is much faster than decay."""
    flow = right[j, i - 1] * (c[j, i] - c[j, i - 1]) + right[j, i] * (c[j, i] - c[j, i + 1])
    flow += below[j - 1, i] * (c[j, i] - c[j - 1, i]) + below[j, i] * (c[j, i] - c[j + 1, i])
    return b[j, i] - loss[j, i] * c[j, i] - flow


@njit(cache=True, nogil=True)
def gathered(fine, j, i):
    """Sum over the two by two cells in a coarse one; beyond the border the frame adds nothing."""
    y, x = 2 * j, 2 * i
    return fine[y - 1, x - 1] + fine[y - 1, x] + fine[y, x - 1] + fine[y, x]


@njit(cache=True, nogil=True)
def beside(j, jc, n):
    """The other coarse cell next to a fine one, ``jc`` itself at the border. Not every device has min and max."""
    if j & 1 == 0:
        return jc + 1 if jc < n else jc
    return jc - 1 if jc > 1 else jc


@njit(cache=True, nogil=True)
def interpolated(coarse, ny, nx, j, i):
    """The coarse correction, linear between its cells and level beyond the outermost of ``ny`` by ``nx``."""
    jc, ic = (j + 1) >> 1, (i + 1) >> 1
    jn, im = beside(j, jc, ny), beside(i, ic, nx)
    near, far = coarse[jc, ic], coarse[jn, im]
    return 0.5625 * near + 0.1875 * (coarse[jn, ic] + coarse[jc, im]) + 0.0625 * far


@njit(cache=True, nogil=True)
def _level(flat, plan, k):
    ny, nx, at = plan[k, 0] + 2, plan[k, 1] + 2, plan[k, 2]
    return flat[at : at + ny * nx].reshape(ny, nx)


@njit(cache=True, nogil=True)
def _operator(sink, passage, rate, conductance, plan, buffer):
    """Faces to the right (2), faces below (3), own loss (4) and one over the diagonal (5) of every level."""
    ny, nx = sink.shape
    right, below, loss = _level(buffer[2], plan, 0), _level(buffer[3], plan, 0), _level(buffer[4], plan, 0)
    right[:], below[:], loss[:] = 0.0, 0.0, 0.0
    for j in range(ny):
        for i in range(nx):
            p = passage[j, i]
            loss[j + 1, i + 1] = rate + sink[j, i]
            if i + 1 < nx:
                right[j + 1, i + 1] = series(conductance, p, passage[j, i + 1])
            if j + 1 < ny:
                below[j + 1, i + 1] = series(conductance, p, passage[j + 1, i])
    for k in range(len(plan)):
        if k > 0:
            _coarsen(buffer, plan, k)
        right, below, loss = _level(buffer[2], plan, k), _level(buffer[3], plan, k), _level(buffer[4], plan, k)
        inverse = _level(buffer[5], plan, k)
        inverse[:] = 0.0
        for j in range(1, inverse.shape[0] - 1):
            for i in range(1, inverse.shape[1] - 1):
                inverse[j, i] = diagonal(right, below, loss, j, i)


@njit(cache=True, nogil=True)
def _coarsen(buffer, plan, k):
    """Sums over two by two cells; a face twice as long over twice the distance conducts half the sum of its parts."""
    right, below, loss = (
        _level(buffer[2], plan, k - 1),
        _level(buffer[3], plan, k - 1),
        _level(buffer[4], plan, k - 1),
    )
    right_c, below_c, loss_c = _level(buffer[2], plan, k), _level(buffer[3], plan, k), _level(buffer[4], plan, k)
    right_c[:], below_c[:], loss_c[:] = 0.0, 0.0, 0.0
    for j in range(1, loss_c.shape[0] - 1):
        for i in range(1, loss_c.shape[1] - 1):
            loss_c[j, i] = gathered(loss, j, i)
            right_c[j, i] = 0.5 * right[2 * j - 1, 2 * i] + 0.5 * right[2 * j, 2 * i]
            below_c[j, i] = 0.5 * below[2 * j, 2 * i - 1] + 0.5 * below[2 * j, 2 * i]


@njit(cache=True, nogil=True)
def _smooth(c, b, right, below, inverse, spare):
    """Two Jacobi sweeps, the second into ``c`` again. Each cell reads old neighbours only, so a row is vector code."""
    _jacobi(c, b, right, below, inverse, spare, FIRST)
    _jacobi(spare, b, right, below, inverse, c, SECOND)


@njit(cache=True, nogil=True)
def _jacobi(c, b, right, below, inverse, out, weight):
    for j in range(1, c.shape[0] - 1):
        for i in range(1, c.shape[1] - 1):
            out[j, i] = relaxed(c, b, right, below, inverse, weight, j, i)


@njit(cache=True, nogil=True)
def _residual(c, b, right, below, loss, out):
    for j in range(1, c.shape[0] - 1):
        for i in range(1, c.shape[1] - 1):
            out[j, i] = defect(c, b, right, below, loss, j, i)


@njit(cache=True, nogil=True)
def _defect(buffer, plan):
    """Residual of the finest level, left in the scratch, and the sum of its size."""
    spare = _level(buffer[6], plan, 0)
    c, b, loss = _level(buffer[0], plan, 0), _level(buffer[1], plan, 0), _level(buffer[4], plan, 0)
    _residual(c, b, _level(buffer[2], plan, 0), _level(buffer[3], plan, 0), loss, spare)
    total = 0.0
    for j in range(1, spare.shape[0] - 1):
        for i in range(1, spare.shape[1] - 1):
            total += abs(spare[j, i])
    return total


@njit(cache=True, nogil=True)
def _cycle(buffer, plan):
    """One V: down with two sweeps and the residual, up with the correction and two sweeps."""
    last = len(plan) - 1
    for k in range(last + 1):
        c, b, loss = _level(buffer[0], plan, k), _level(buffer[1], plan, k), _level(buffer[4], plan, k)
        right, below, inverse = _level(buffer[2], plan, k), _level(buffer[3], plan, k), _level(buffer[5], plan, k)
        spare = _level(buffer[6], plan, k)
        for _ in range(SWEEPS if k == last else 1):
            _smooth(c, b, right, below, inverse, spare)
        if k < last:
            _residual(c, b, right, below, loss, spare)
            _level(buffer[0], plan, k + 1)[:] = 0.0
            _restrict(spare, _level(buffer[1], plan, k + 1))
    for k in range(last - 1, -1, -1):
        c, b = _level(buffer[0], plan, k), _level(buffer[1], plan, k)
        right, below, inverse = _level(buffer[2], plan, k), _level(buffer[3], plan, k), _level(buffer[5], plan, k)
        _prolong(_level(buffer[0], plan, k + 1), c)
        _smooth(c, b, right, below, inverse, _level(buffer[6], plan, k))


@njit(cache=True, nogil=True)
def _restrict(fine, coarse):
    """Sums of two by two cells."""
    for j in range(1, coarse.shape[0] - 1):
        for i in range(1, coarse.shape[1] - 1):
            coarse[j, i] = gathered(fine, j, i)


@njit(cache=True, nogil=True)
def _prolong(coarse, c):
    ny, nx = coarse.shape[0] - 2, coarse.shape[1] - 2
    for j in range(1, c.shape[0] - 1):
        for i in range(1, c.shape[1] - 1):
            c[j, i] += interpolated(coarse, ny, nx, j, i)

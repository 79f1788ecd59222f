"""One step of every field of every section: a block of threads to a field, the cycles of ``multigrid``.

Cell by cell the arithmetic is that of the CPU. Two things differ: the sum that decides when to stop is added in another
order, and a device joins a product and a sum into one rounding. Levels lie below each other in rows of one width;
``mine[part, plan[k, 2] :]`` is a level of one of the parts, with its frame.
"""

import numpy as np
from numba import cuda, float64

from myoflare.base.errors import TissueError
from myoflare.tissue.fields import MOST_CYCLES, source_and_sink
from myoflare.tissue.gpu.device import THREADS, device, place_of, up
from myoflare.tissue.multigrid import (
    FIRST,
    SECOND,
    SWEEPS,
    defect,
    diagonal,
    gathered,
    interpolated,
    levels,
    relaxed,
    series,
)  # fmt: skip

C, B, RIGHT, BELOW, LOSS, INVERSE, SPARE = range(7)
PARTS = 7
_relaxed, _defect, _diagonal = device(relaxed), device(defect), device(diagonal)
_gathered, _interpolated = device(gathered), device(interpolated)


def rows_of(ny, nx):
    """Levels as rows (ny, nx, first row), the number of rows and their width, with the frame."""
    shapes, _ = levels(ny, nx)
    plan = shapes.copy()
    plan[:, 2] = np.concatenate([[0], np.cumsum(shapes[:-1, 0] + 2)])
    return plan, int((shapes[:, 0] + 2).sum()), nx + 2


class Planes:
    """Room on the device for the fields of ``sections`` sections of one shape."""

    def __init__(self, sections, medium):
        self.sections, (self.fields, self.ny, self.nx) = sections, medium.shape
        plan, rows, width = rows_of(self.ny, self.nx)
        self.plan, self.buffer = cuda.to_device(plan), cuda.device_array((self.count, PARTS, rows, width))
        self.cycles, self.residual = cuda.device_array(self.count, np.int64), cuda.device_array(self.count)

    @property
    def count(self):
        return self.sections * self.fields

    def advance(self, media, amounts, made, clearance, dt, tolerance):
        """Amounts after ``dt`` seconds, (section, field, ny, nx); arguments as of ``fields.advance``, a list each."""
        terms = [source_and_sink(m, a, s, c, dt) for m, a, s, c in zip(media, amounts, made, clearance, strict=True)]
        source, sink = (np.stack([t[k] for t in terms]).reshape(self.count, self.ny, self.nx) for k in (0, 1))
        rate = np.concatenate([m.decay + 1 / dt for m in media])
        conductance = np.concatenate([m.diffusion / m.pitch**2 for m in media])
        passage = np.stack([m.passage for m in media])
        after = cuda.to_device(np.stack(amounts).reshape(source.shape))
        _solve[self.count, THREADS](
            after, *up(source, sink, passage, rate, conductance), tolerance, MOST_CYCLES, self.plan, self.buffer,
            self.cycles, self.residual,
        )  # fmt: skip
        residual = self.residual.copy_to_host()
        if not (residual <= tolerance).all():
            worst = int(np.argmax(np.nan_to_num(residual, nan=np.inf)))
            name = media[0].names[worst % self.fields]
            raise TissueError(f"field {name}", f"a residual of {residual.max():.1e}", f"at most {tolerance:.1e}")
        return after.copy_to_host().reshape(self.sections, self.fields, self.ny, self.nx)


@cuda.jit
def _solve(n, source, sink, passage, rate, conductance, tolerance, most, plan, buffer, cycles, residual):
    """A block to a plane; ``passage`` is one to a section."""
    p = cuda.blockIdx.x
    s = p // (n.shape[0] // passage.shape[0])
    mine, sums = buffer[p], cuda.shared.array(THREADS, float64)
    ny, nx = n.shape[1], n.shape[2]
    _clear(mine)
    _fill(n[p], source[p], sink[p], passage[s], rate[p], conductance[p], mine)
    for k in range(plan.shape[0]):
        if k > 0:
            _coarsen(mine, plan, k)
        _invert(mine, plan, k)
    total = _size(mine[B, 1 : ny + 1, 1 : nx + 1], ny, nx, sums)
    left, done = _left(mine, ny, nx, sums), 0
    while left > tolerance * total and done < most:
        _down(mine, plan)
        _up(mine, plan)
        left = _left(mine, ny, nx, sums)
        done += 1
    for m in range(cuda.threadIdx.x, ny * nx, cuda.blockDim.x):
        j, i = place_of(m, nx)
        n[p, j - 1, i - 1] = mine[C, j, i]
    if cuda.threadIdx.x == 0:
        cycles[p] = done
        residual[p] = left / total if total != 0 else 0.0


@cuda.jit(device=True)
def _clear(mine):
    rows, width = mine.shape[1], mine.shape[2]
    for m in range(cuda.threadIdx.x, rows * width, cuda.blockDim.x):
        for part in range(PARTS):
            mine[part, m // width, m % width] = 0.0
    cuda.syncthreads()


@cuda.jit(device=True)
def _fill(n, source, sink, passage, rate, conductance, mine):
    """The finest level: what is there, what is made, faces and losses."""
    ny, nx = n.shape[0], n.shape[1]
    for m in range(cuda.threadIdx.x, ny * nx, cuda.blockDim.x):
        j, i = place_of(m, nx)
        mine[C, j, i], mine[B, j, i] = n[j - 1, i - 1], source[j - 1, i - 1]
        mine[LOSS, j, i] = rate + sink[j - 1, i - 1]
        if i < nx:
            mine[RIGHT, j, i] = series(conductance, passage[j - 1, i - 1], passage[j - 1, i])
        if j < ny:
            mine[BELOW, j, i] = series(conductance, passage[j - 1, i - 1], passage[j, i - 1])
    cuda.syncthreads()


@cuda.jit(device=True)
def _coarsen(mine, plan, k):
    right, below = mine[RIGHT, plan[k - 1, 2] :], mine[BELOW, plan[k - 1, 2] :]
    loss, loss_c = mine[LOSS, plan[k - 1, 2] :], mine[LOSS, plan[k, 2] :]
    right_c, below_c = mine[RIGHT, plan[k, 2] :], mine[BELOW, plan[k, 2] :]
    ny, nx = plan[k, 0], plan[k, 1]
    for m in range(cuda.threadIdx.x, ny * nx, cuda.blockDim.x):
        j, i = place_of(m, nx)
        loss_c[j, i] = _gathered(loss, j, i)
        right_c[j, i] = 0.5 * right[2 * j - 1, 2 * i] + 0.5 * right[2 * j, 2 * i]
        below_c[j, i] = 0.5 * below[2 * j, 2 * i - 1] + 0.5 * below[2 * j, 2 * i]
    cuda.syncthreads()


@cuda.jit(device=True)
def _invert(mine, plan, k):
    right, below, loss = mine[RIGHT, plan[k, 2] :], mine[BELOW, plan[k, 2] :], mine[LOSS, plan[k, 2] :]
    inverse, ny, nx = mine[INVERSE, plan[k, 2] :], plan[k, 0], plan[k, 1]
    for m in range(cuda.threadIdx.x, ny * nx, cuda.blockDim.x):
        j, i = place_of(m, nx)
        inverse[j, i] = _diagonal(right, below, loss, j, i)
    cuda.syncthreads()


@cuda.jit(device=True)
def _smooth(mine, plan, k):
    c, b, spare = mine[C, plan[k, 2] :], mine[B, plan[k, 2] :], mine[SPARE, plan[k, 2] :]
    _jacobi(mine, plan, k, c, b, spare, FIRST)
    _jacobi(mine, plan, k, spare, b, c, SECOND)


@cuda.jit(device=True)
def _jacobi(mine, plan, k, c, b, out, weight):
    right, below, inverse = mine[RIGHT, plan[k, 2] :], mine[BELOW, plan[k, 2] :], mine[INVERSE, plan[k, 2] :]
    ny, nx = plan[k, 0], plan[k, 1]
    for m in range(cuda.threadIdx.x, ny * nx, cuda.blockDim.x):
        j, i = place_of(m, nx)
        out[j, i] = _relaxed(c, b, right, below, inverse, weight, j, i)
    cuda.syncthreads()


@cuda.jit(device=True)
def _residual(mine, plan, k):
    c, b, spare = mine[C, plan[k, 2] :], mine[B, plan[k, 2] :], mine[SPARE, plan[k, 2] :]
    right, below, loss = mine[RIGHT, plan[k, 2] :], mine[BELOW, plan[k, 2] :], mine[LOSS, plan[k, 2] :]
    ny, nx = plan[k, 0], plan[k, 1]
    for m in range(cuda.threadIdx.x, ny * nx, cuda.blockDim.x):
        j, i = place_of(m, nx)
        spare[j, i] = _defect(c, b, right, below, loss, j, i)
    cuda.syncthreads()


@cuda.jit(device=True)
def _down(mine, plan):
    last = plan.shape[0] - 1
    for k in range(last + 1):
        for _ in range(SWEEPS if k == last else 1):
            _smooth(mine, plan, k)
        if k < last:
            _residual(mine, plan, k)
            fine = mine[SPARE, plan[k, 2] :]
            c, b = mine[C, plan[k + 1, 2] :], mine[B, plan[k + 1, 2] :]
            ny, nx = plan[k + 1, 0], plan[k + 1, 1]
            for m in range(cuda.threadIdx.x, ny * nx, cuda.blockDim.x):
                j, i = place_of(m, nx)
                c[j, i], b[j, i] = 0.0, _gathered(fine, j, i)
            cuda.syncthreads()


@cuda.jit(device=True)
def _up(mine, plan):
    for k in range(plan.shape[0] - 2, -1, -1):
        coarse, c = mine[C, plan[k + 1, 2] :], mine[C, plan[k, 2] :]
        for m in range(cuda.threadIdx.x, plan[k, 0] * plan[k, 1], cuda.blockDim.x):
            j, i = place_of(m, plan[k, 1])
            c[j, i] += _interpolated(coarse, plan[k + 1, 0], plan[k + 1, 1], j, i)
        cuda.syncthreads()
        _smooth(mine, plan, k)


@cuda.jit(device=True)
def _left(mine, ny, nx, sums):
    """Size of the residual of the finest level, which it leaves in the scratch."""
    for m in range(cuda.threadIdx.x, ny * nx, cuda.blockDim.x):
        j, i = place_of(m, nx)
        mine[SPARE, j, i] = _defect(mine[C], mine[B], mine[RIGHT], mine[BELOW], mine[LOSS], j, i)
    cuda.syncthreads()
    return _size(mine[SPARE, 1 : ny + 1, 1 : nx + 1], ny, nx, sums)


@cuda.jit(device=True)
def _size(x, ny, nx, sums):
    """Sum of |x|, the same number in every thread; the order depends on the number of threads alone."""
    t = cuda.threadIdx.x
    own = 0.0
    for m in range(t, ny * nx, cuda.blockDim.x):
        own += abs(x[m // nx, m % nx])
    sums[t] = own
    cuda.syncthreads()
    half = THREADS // 2
    while half > 0:
        if t < half:
            sums[t] += sums[t + half]
        cuda.syncthreads()
        half //= 2
    out = sums[0]
    cuda.syncthreads()
    return out

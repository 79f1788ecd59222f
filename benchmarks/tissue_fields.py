"""How to solve the fields of the tissue: multigrid beside a cosine transform and beside line splitting.

    python -m benchmarks.tissue_fields

One field on the 125 x 125 voxels of a square millimetre, with cells and capillaries that take up, one step of 600 s.
Times are the least of several runs on one core. Errors are sums of |difference| over the sum of the reference.
"""

import time

import numpy as np
from scipy.fft import dctn, idctn
from scipy.linalg import solve_banded

from myoflare.tissue.multigrid import levels, solve

N, PITCH, DT = 125, 8.0, 600.0
SIGNALS = {"IFNb": (15.0, 1.9e-4), "HGF": (5.0, 2.3e-3)}  # um^2/s, 1/s


def workload(seed=0):
    draw = np.random.default_rng(seed)
    source = (draw.random((N, N)) < 0.05) * draw.lognormal(2, 1, (N, N))
    sink = (draw.random((N, N)) < 0.02) * 0.006 + draw.random((N, N)) * 1e-3
    return source, sink


def multigrid(source, sink, rate, g, tolerance, start=None):
    plan, size = levels(N, N)
    n = np.zeros((N, N)) if start is None else start.copy()
    work, _ = solve(n, source, sink, np.ones((N, N)), rate, g, tolerance, 100, plan, np.zeros((7, size)))
    return n, work


def cosine(source, sink, rate, g, tolerance):
    """Conjugate gradients; the cosine transform inverts all but the unevenness of the sink."""
    e = 2 - 2 * np.cos(np.pi * np.arange(N) / N)
    inverse = 1 / (rate + sink.mean() + g * (e[:, None] + e[None]))

    def apply(x):
        y = (rate + sink) * x
        for axis in (0, 1):
            flow = g * np.diff(x, axis=axis)
            low, high = [slice(None)] * 2, [slice(None)] * 2
            low[axis], high[axis] = slice(None, -1), slice(1, None)
            y[tuple(low)] -= flow
            y[tuple(high)] += flow
        return y

    def inverted(r):
        return idctn(dctn(r, norm="ortho") * inverse, norm="ortho")

    x, r = np.zeros((N, N)), source.copy()
    p = z = inverted(r)
    rz, work = (r * z).sum(), 0
    while np.abs(r).sum() > tolerance * source.sum():
        q = apply(p)
        step = rz / (p * q).sum()
        x, r = x + step * p, r - step * q
        z = inverted(r)
        rz, before = (r * z).sum(), rz
        p, work = z + rz / before * p, work + 1
    return x, work


def split(source, sink, decay, g, parts):
    """Rows, then columns, each implicit, in ``parts`` parts of the step."""
    d, x = DT / parts, np.zeros((N, N))
    faces = np.full(N, 2.0)
    faces[[0, -1]] = 1.0

    def sweep(v, s):
        bands = np.zeros((3, N))
        bands[0, 1:] = bands[2, :-1] = -d * g
        out = np.empty_like(v)
        for j in range(N):
            bands[1] = 1 + d * (g * faces + 0.5 * (decay + s[j]))
            out[j] = solve_banded((1, 1), bands, v[j])
        return out

    for _ in range(parts):
        x = sweep(sweep(x + d * source, sink).T, sink.T).T
    return x


def euler(source, sink, decay, g, parts, tolerance=1e-9):
    x = np.zeros((N, N))
    for _ in range(parts):
        x, _ = multigrid(source + x * parts / DT, sink, decay + parts / DT, g, tolerance, x)
    return x


def least(run, times=7):
    spent = []
    for _ in range(times):
        start = time.perf_counter()
        out = run()
        spent.append(time.perf_counter() - start)
    return out, 1e3 * min(spent)


def main():
    source, sink = workload()
    for name, (diffusion, decay) in SIGNALS.items():
        g, rate = diffusion / PITCH**2, decay + 1 / DT
        exact, _ = multigrid(source, sink, rate, g, 1e-13)
        for method in (multigrid, cosine):
            (found, work), spent = least(lambda m=method, r=rate, k=g: m(source, sink, r, k, 1e-6))
            error = np.abs(found - exact).sum() / exact.sum()
            print(f"{name:5} {method.__name__:10} {spent:6.2f} ms  {work:3} rounds  error of the solution {error:.1e}")
        true = euler(source, sink, decay, g, 512)
        for parts in (1, 4, 16):
            found = split(source, sink, decay, g, parts), euler(source, sink, decay, g, parts)
            errors = [np.abs(f - true).sum() / true.sum() for f in found]
            print(f"{name:5} {parts:3} parts of a step from nothing: ", end="")
            print(f"splitting {errors[0]:.1e}   backward Euler {errors[1]:.1e}")


if __name__ == "__main__":
    main()

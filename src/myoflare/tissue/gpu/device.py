"""What a kernel needs to know of the device, and how a function of the CPU gets there."""

import numpy as np
from numba import config, cuda, njit

from myoflare.base.errors import TissueError

SIMULATED = bool(config.ENABLE_CUDASIM)
THREADS = 2 if SIMULATED else 256  # of a block; numba's simulator makes a thread of the operating system of each


def device(function):
    """The body of a function that numba compiled for the CPU, compiled for the device. What it calls itself must take
    numbers alone: numba compiles that for the device on its own, and its simulator calls it as it is."""
    return function.py_func if SIMULATED else cuda.jit(device=True)(function.py_func)


def demand_device():
    """Raises TissueError where there is no device."""
    if not cuda.is_available():
        raise TissueError("device", "no CUDA device that numba can use", "one, or the CPU: grow_section")


def up(*arrays):
    return tuple(cuda.to_device(np.ascontiguousarray(a)) for a in arrays)


@njit(cache=True)
def place_of(m, nx):
    """Row and column, counted from 1 as in a level with its frame, of the m-th cell of rows of ``nx``."""
    return m // nx + 1, m % nx + 1

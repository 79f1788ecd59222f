"""Read a solution: observables and rules of the network at each of its outputs."""

import numpy as np

from myoflare.base.errors import SimulationError
from myoflare.compile import Program
from myoflare.simulate.advance import Solution


def observed(program: Program, solution: Solution) -> np.ndarray:
    """Observables at each output, shape (time, observable)."""
    return derived(program, solution)[:, len(program.rules) :]


def ruled(program: Program, solution: Solution) -> np.ndarray:
    """Rules at each output, shape (time, rule)."""
    return derived(program, solution)[:, : len(program.rules)]


def derived(program: Program, solution: Solution) -> np.ndarray:
    """Rules and then observables at each output, shape (time, rule + observable), with the parameters of that time."""
    if solution.params is None:
        raise SimulationError("solution", "no parameters in it", "a solution of simulate.advance")
    rows = np.empty((len(solution.times), len(program.rules) + len(program.observables)))
    derive, p, c = program.kernels["derive"], None, None
    for i, (t, y, now) in enumerate(zip(solution.times, solution.states, solution.params, strict=True)):
        if p is None or not np.array_equal(p, now, equal_nan=True):
            p = np.array(now)  # a copy: compiled code takes no read-only view
            c = program.constants(p)
        rows[i] = derive(float(t), np.ascontiguousarray(y), p, c)
    return rows

"""Many patients at once: the one record and the one function that every caller of the engine meets."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from myoflare.compile import Program
from myoflare.model.records import Action
from myoflare.simulate.advance import advance


@dataclass(frozen=True)
class Batch:
    """What became of each patient.

    ``values`` has shape (patient, time, output), NaN from where a patient stopped; ``outputs`` names its last axis.
    ``status`` holds ``Status`` codes and ``reached`` the last day, shape (patient,); ``steps`` counts accepted steps.
    """

    times: np.ndarray
    values: np.ndarray
    outputs: tuple[str, ...]
    status: np.ndarray
    reached: np.ndarray
    steps: np.ndarray


def solve(
    program: Program,
    params: np.ndarray,
    y0: np.ndarray,
    times: np.ndarray,
    schedules: Sequence[Sequence[Action]] | None = None,
    *,
    solver: str = "auto",
    rtol: float = 1e-6,
    atol: np.ndarray | float | None = None,
    outputs: str = "states",
    progress: Callable[[int], None] | None = None,
) -> Batch:
    """Integrate many patients: ``params`` (patient, param), ``y0`` (patient, state), ``times`` (time,) in days.

    ``schedules`` holds one schedule per patient. ``outputs`` is "states", "observables" or "rules". ``progress`` is
    called with the number of patients done. A patient that fails is a status, never an exception.
    """
    n = len(params)
    schedules = [()] * n if schedules is None else schedules
    names = {"states": program.states, "observables": program.observables, "rules": program.rules}[outputs]
    values = np.full((n, len(times), len(names)), np.nan)
    status, reached, steps = np.zeros(n, np.int8), np.zeros(n), np.zeros(n, np.int64)
    for i in range(n):
        solution = advance(program, params[i], y0[i], times, schedules[i], rtol=rtol, atol=atol)
        values[i, : len(solution.states)] = solution.states  # observables: not yet
        status[i], reached[i], steps[i] = solution.status.code, solution.reached, solution.stats["steps"]
        if progress is not None:
            progress(i + 1)
    return Batch(np.asarray(times, float), values, names, status, reached, steps)


"""Which method suits a network: a short trial of the nominal patient, so that every batch gets the same answer."""

import numpy as np

from myoflare.compile import Program
from myoflare.compile.lu import eliminate
from myoflare.simulate.advance import advance

LOOKS = 8  # states along the trial at which stiffness is measured
REACH = 3.3  # Tsit5 is stable while step times fastest decay rate stays below this
STEPS_PER_JUMP = 12.0  # that a method needs to settle after a dose at a tolerance of 1e-6, measured: 8 to 25
_trials: dict[tuple, tuple[float, float, float]] = {}  # of networks met before; the same answer each time


def prefers_implicit(program: Program, start: float, end: float, rtol: float, jumps: np.ndarray) -> np.ndarray:
    """True where Rodas5P is expected to be cheaper than Tsit5, for patients with so many ``jumps`` to settle after."""
    smooth, fastest, cost = trial(program, start, end, rtol)
    accurate = smooth + STEPS_PER_JUMP * np.asarray(jumps, float)
    return accurate * cost < np.maximum(accurate, fastest / REACH * (end - start))


def trial(program: Program, start: float, end: float, rtol: float) -> tuple[float, float, float]:
    """Steps that accuracy asks for from the nominal start without doses, fastest rate met (per day), ``step_cost``."""
    if not np.isfinite(np.concatenate([program.values, program.guess])).all():
        return 0.0, np.inf, 1.0  # nobody to try it on; implicit steps cope with whatever comes
    key = (program.digest, program.values.tobytes(), program.guess.tobytes(), start, end, rtol)
    if key not in _trials:
        days = np.linspace(start, end, LOOKS)
        solution = advance(program, program.values, program.guess, days, rtol=rtol)
        share = (solution.reached - start) / (end - start) if end > start else 1.0
        rates = [_fastest(program, t, y) for t, y in zip(solution.times, solution.states, strict=True)]
        _trials[key] = solution.stats["steps"] / max(share, 1e-3), max(rates), step_cost(program)
    return _trials[key]


def _fastest(program: Program, t: float, y: np.ndarray) -> float:
    jacobian = program.jacobian(t, y, program.values)
    return float(np.abs(np.linalg.eigvals(jacobian)).max(initial=0.0)) if np.isfinite(jacobian).all() else np.inf


def step_cost(program: Program) -> float:
    """What a step of Rodas5P costs against one of Tsit5, by counting operations."""
    plan = eliminate(len(program.states), zip(*(x.tolist() for x in program.sparsity), strict=True))
    slope = 8.0 * len(program.reactions) + len(program.states) or 1.0
    algebra = plan.operations + 8.0 * (len(plan.forward) + len(plan.backward)) + 2.0 * slope
    return (8.0 * slope + algebra) / (6.0 * slope)

"""The resting state: where an untriggered network stays, and whether it comes back after a nudge."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import null_space

from myoflare.base.errors import SimulationError
from myoflare.base.units import DAYS_PER_YEAR
from myoflare.compile import Program, left_null_space
from myoflare.simulate.advance import advance, default_atol

SETTLING_DAYS = 500 * DAYS_PER_YEAR
SETTLING_RTOL = 1e-8
NEWTON_STEPS = 30
RESIDUAL = 1e-9  # net change over turnover, or over size per settling time
GROWTH = 1e-8  # per day; a slower drift does not show within a life


@dataclass(frozen=True)
class Rest:
    """``state`` in native units, shape (state,); ``eigenvalues`` per day without the zeros of conserved totals.

    ``residual`` is the largest net change of a state relative to its turnover.
    """

    state: np.ndarray
    eigenvalues: np.ndarray
    stable: bool
    residual: float


def rest(program: Program, params: np.ndarray, guess: np.ndarray | None = None) -> Rest:
    """Steady state that the network reaches from ``guess`` (default: the starting values of the text).

    A long integration finds the neighbourhood, Newton's method with the analytic Jacobian the state itself, with the
    conserved totals of the guess kept. Raises SimulationError if there is none or it is unstable.
    """
    p = np.asarray(params, float)
    y = np.array(program.guess if guess is None else guess, float)
    laws = left_null_space(program)
    y = _newton(program, p, _settle(program, p, y), laws, laws @ y)
    residual, worst = _residual(program, p, y)
    if not residual < RESIDUAL:
        raise SimulationError(
            "resting state", f"{program.states[worst]} still changes by {residual:.1e} of its turnover",
            f"a steady state within {SETTLING_DAYS / DAYS_PER_YEAR:.0f} years",
            "Look for a source without a sink, or a loop that grows without a trigger",
        )  # fmt: skip
    eigenvalues = _eigenvalues(program, p, y, laws)
    stable = bool(len(eigenvalues) == 0 or eigenvalues.real.max() < GROWTH)
    if not stable:
        raise SimulationError(
            "resting state", f"it is unstable, a nudge grows by {eigenvalues.real.max():.2e} a day",
            "a stable resting state", "Healthy tissue must return to rest without a trigger",
        )  # fmt: skip
    return Rest(y, eigenvalues, stable, float(residual))


def _settle(program: Program, p: np.ndarray, y: np.ndarray) -> np.ndarray:
    days = np.concatenate([[0.0], np.geomspace(0.1, SETTLING_DAYS, 15)])
    solution = advance(program, p, y, days, rtol=SETTLING_RTOL)
    if not solution.status.ok:
        raise SimulationError(
            "resting state",
            f"on day {solution.reached:g} {solution.status}",
            "a network that settles without a trigger",
        )
    # What decays towards zero never arrives: below the solver's own tolerance it counts as gone.
    end = solution.states[-1]
    return np.where(np.abs(end) < default_atol(np.zeros_like(end), SETTLING_RTOL), 0.0, end)


def _newton(program: Program, p: np.ndarray, y: np.ndarray, laws: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """Refine a steady state; directions that the equations leave open (conserved, marginal) stay as they are."""
    best, best_residual = y, _residual(program, p, y)[0]
    for _ in range(NEWTON_STEPS):
        change = program.rhs(0.0, y, p)
        moving = (y > 0) | (change != 0)  # an empty state that nothing feeds stays empty
        scale = np.where(y > 0, y, 1.0)
        system = np.vstack([program.jacobian(0.0, y, p), laws])[:, moving] * scale[moving]
        fault = np.concatenate([change, laws @ y - totals])
        sizes = np.abs(system).max(axis=1, initial=0.0)
        sizes[sizes == 0] = 1.0
        step = np.linalg.lstsq(system / sizes[:, None], -fault / sizes, rcond=1e-13)[0]
        y = y.copy()
        y[moving] = np.maximum(y[moving] + step * scale[moving], 0.0)
        residual = _residual(program, p, y)[0]
        if not residual < best_residual:
            break
        best, best_residual = y, residual
    return best


def _turnover(program: Program, p: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Half of what flows through each state in a day, or its size over the settling time if that is more."""
    flow = np.abs(program.stoichiometry) @ np.abs(program.rates(0.0, y, p)) / 2
    return np.maximum(flow, np.abs(y) / SETTLING_DAYS)


def _residual(program: Program, p: np.ndarray, y: np.ndarray) -> tuple[float, int]:
    turnover = _turnover(program, p, y)
    net = np.abs(program.rhs(0.0, y, p))
    share = np.divide(net, turnover, out=np.zeros_like(net), where=turnover > 0)
    share[~np.isfinite(share)] = np.inf
    return float(share.max(initial=0.0)), int(np.argmax(share)) if len(share) else 0


def _eigenvalues(program: Program, p: np.ndarray, y: np.ndarray, laws: np.ndarray) -> np.ndarray:
    """Eigenvalues within the space that the conserved totals leave free, in coordinates of like size."""
    scale = np.where(y > 0, y, 1.0)
    jacobian = program.jacobian(0.0, y, p) * scale / scale[:, None]
    if len(laws):
        weights = laws * scale
        free = null_space(weights / np.linalg.norm(weights, axis=1, keepdims=True))
        jacobian = free.T @ jacobian @ free
    values = np.linalg.eigvals(jacobian)
    return values[np.argsort(-values.real)]

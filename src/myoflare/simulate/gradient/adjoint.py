"""A number that sums up a course, and its derivatives by parameters and by the start, from one sweep back in time."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from myoflare.base.errors import SimulationError
from myoflare.base.streams import stream
from myoflare.compile import Program
from myoflare.model.records import Action
from myoflare.simulate.gradient.question import numbers, tolerances, wanted
from myoflare.simulate.gradient.run import MEMORY, Run
from myoflare.simulate.lanes.pilot import prefers_implicit

MAX_STEPS = 1_000_000
SHIFT = 0.1  # of the logarithm of every number of the neighbour
EDGE = 2.0  # steps of Tsit5 times the fastest rate; it is stable up to 3.3
Loss = Callable[[np.ndarray, np.ndarray], tuple[float, np.ndarray]]
"""From times (time,) and values (time, output) to a number and its derivatives by the values."""


@dataclass(frozen=True)
class Gradient:
    """``value`` of the loss and its derivative ``by`` each of ``names``; ``values`` (time, output) are what it saw."""

    value: float
    by: np.ndarray
    names: tuple[str, ...]
    values: np.ndarray
    outputs: tuple[str, ...]
    steps: int

    def __getitem__(self, name: str) -> float:
        return float(self.by[self.names.index(name)])

    def items(self) -> Mapping[str, float]:
        return dict(zip(self.names, self.by.tolist(), strict=True))


def value_and_grad(
    program: Program,
    loss: Loss,
    params: np.ndarray,
    y0: np.ndarray,
    times: np.ndarray,
    schedule: Sequence[Action] = (),
    *,
    wrt: Sequence[str] | None = None,
    outputs: Sequence[str] | None = None,
    method: str = "auto",
    rtol: float = 1e-6,
    atol: np.ndarray | float | None = None,
    max_steps: int = MAX_STEPS,
    memory: float = MEMORY,
) -> Gradient:
    """``loss`` of one patient's course and its derivatives, at a few times the cost of the course itself.

    Parameters
    ----------
    loss: given ``times`` and the values of ``outputs``, returns a number and its derivatives (time, output);
        ``least_squares`` makes one from data.
    params, y0: shapes (param,) and (state,), in native units; ``y0`` does not move with ``params`` here.
    times: days, increasing; the first is the start. Values on the day of an action are those after it.
    schedule: its days and amounts are fixed; a parameter owes nothing to the time after a ``Change`` of it.
    wrt: names of parameters, or of states for the amount at the start (before actions of that day); default all
        parameters.
    outputs: names of states, rules or observables; default all observables.
    method: "tsit5" (explicit, refused where stiffness bounds its steps), "rodas5p" (implicit) or "auto".
    memory: bytes that the record of the solution may take.

    The derivative is that of the numbers as computed, with the lengths of the steps held fixed (discrete adjoint;
    Hager 2000, doi:10.1007/s002110000178). Raises SimulationError for an unknown name or a course that failed.
    """
    params, y0, times = numbers(program, params, y0, times)
    asked = wanted(program, wrt, outputs)
    run = recorded(program, method, params, y0, times, schedule, rtol, atol, asked.derive, max_steps, memory, "adjoint")
    values = asked.seen(run.states, run.derived)
    value, bars = _asked(loss, times, values)
    by = {"states": np.zeros_like(run.states), "derived": np.zeros_like(run.derived)}
    for (kind, i), bar in zip(asked.columns, bars.T, strict=True):
        by[kind][0, :, i] += bar
    by_start, by_params = run.back(by["states"], by["derived"])
    found = np.array([{"state": by_start, "param": by_params}[kind][0, i] for kind, i in asked.places])
    if not np.isfinite(found).all():
        name = asked.names[int(np.argmin(np.isfinite(found)))]
        raise SimulationError("gradient", f"no finite derivative by {name}", "a course without a singular point")
    return Gradient(value, found, asked.names, values, asked.outputs, int(run.steps[0]))


def least_squares(data: np.ndarray, noise: np.ndarray | float = 1.0, log: bool = False) -> Loss:
    """Half the sum of squared differences from ``data`` (time, output) over ``noise``; NaN stands for no measurement.

    With ``log`` the logarithms are compared, for noise that multiplies.
    """
    data = np.asarray(data, float)
    known = np.isfinite(data)

    def loss(times: np.ndarray, values: np.ndarray) -> tuple[float, np.ndarray]:
        if values.shape != data.shape:
            raise SimulationError("data", f"shape {data.shape}", f"(times, outputs), here {values.shape}")
        seen = np.where(known, values, 1.0)
        wanted = np.where(known, data, 1.0)
        gap = (np.log(seen / wanted) if log else seen - wanted) / noise
        return 0.5 * float((gap**2).sum()), gap / noise / (seen if log else 1.0)

    return loss


def recorded(
    program: Program, method: str, params: np.ndarray, y0: np.ndarray, times: np.ndarray, schedule: Sequence[Action],
    rtol: float, atol, derive: bool, max_steps: int, memory: float, sweep: str,
) -> Run:  # fmt: skip
    """The course of one patient, ready for derivatives; SimulationError if it fails or its derivatives would."""
    auto = method == "auto"
    if auto:
        implicit = prefers_implicit(program, times[0], times[-1], rtol, np.array([len(schedule)]))[0]
        method = "rodas5p" if implicit else "tsit5"

    def run_with(method: str) -> Run:
        given = (times, [schedule], rtol, tolerances(atol, y0, rtol)[None])
        near = _shifted(params, "params"), _shifted(y0, "start")
        neighbour = Run(program, method, "scalar", *near, *given, False, max_steps, memory, sweep)
        walk = neighbour.walks if neighbour.status[0].ok else None
        own = (params[None], y0[None], *given, derive, max_steps, memory, sweep, walk, neighbour.tape)
        return Run(program, method, "scalar", *own)

    run = run_with(method)
    bound = stability_bound(program, params, run) if method == "tsit5" and run.status[0].ok else 0.0
    if bound > EDGE and auto:
        run = run_with("rodas5p")
    elif bound > EDGE:
        came = f"{bound:.2g} times the fastest decay time to a step, at the edge of stability"
        raise SimulationError("method tsit5", came, "a network that is not stiff", "Use rodas5p or auto")
    if not run.status[0].ok:
        hint = "Look for an extreme parameter value"
        raise SimulationError(
            "gradient", f"{run.status[0]} on day {run.reached[0]:.4g}", "a course to the last day", hint
        )
    return run


def _shifted(x: np.ndarray, what: str) -> np.ndarray:
    """Someone near by, of whom the steps are learnt.

    In a course at rest nothing moves and steps grow long, but its derivatives do move: a changed parameter starts a
    transient. Steps that resolve the transients of a neighbour resolve those of the derivatives.
    """
    return x[None] * np.exp(SHIFT * stream(0, what, "gradient").standard_normal(len(x)))


def stability_bound(program: Program, params: np.ndarray, run: Run) -> float:
    """Mean step times the fastest rate that the course meets.

    Explicit steps at the edge of stability amplify fast modes now and then. The solution does not show it, for a mode
    that is empty stays small; its derivatives, with the steps held fixed, grow without bound.
    """
    looks = np.linspace(0, len(run.times) - 1, 8).astype(int)
    matrices = [program.jacobian(run.times[i], run.states[0, i], params) for i in looks]
    fastest = max(
        (np.abs(np.linalg.eigvals(m)).max(initial=0.0) for m in matrices if np.isfinite(m).all()), default=0.0
    )
    return float(fastest * (run.times[-1] - run.times[0]) / max(run.steps[0], 1))


def _asked(loss: Loss, times: np.ndarray, values: np.ndarray) -> tuple[float, np.ndarray]:
    value, bars = loss(times, values)
    bars = np.asarray(bars, float)
    if bars.shape != values.shape:
        raise SimulationError("loss", f"derivatives of shape {bars.shape}", f"{values.shape}, as the values")
    if not (math.isfinite(value) and np.isfinite(bars).all()):
        raise SimulationError("loss", "a number that is not finite", "a finite value and finite derivatives")
    return float(value), bars

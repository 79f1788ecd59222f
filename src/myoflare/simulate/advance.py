"""Carry the states of one patient through time, from change to change of the parameters."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.integrate import ODEintWarning, odeint

from myoflare.base.errors import SimulationError
from myoflare.base.status import Status
from myoflare.compile import Program
from myoflare.model.records import Change

MAX_STEPS = 200_000  # between two outputs
PROGRESS_EVERY = 500  # evaluations of the right-hand side
SMALLEST_SCALE = 1e-6  # of a state whose typical size nobody knows, in its own unit
_MESSAGES = {
    "successful": Status.OK,
    "Excess work": Status.TOO_MANY_STEPS,
    "Repeated": Status.NO_CONVERGENCE,
    "Excess accuracy": Status.NO_CONVERGENCE,
    "Illegal": Status.BAD_INPUT,
}


@dataclass(frozen=True)
class Solution:
    """``times`` in days, shape (time,); ``states`` in native units, shape (time, state).

    When ``status`` is not OK both end at the last output that was reached, and ``reached`` is the day it stopped.
    ``stats`` counts steps, evaluations and Jacobians.
    """

    times: np.ndarray
    states: np.ndarray
    status: Status
    reached: float
    stats: Mapping[str, int] = field(default_factory=dict)


def advance(
    program: Program,
    params: np.ndarray,
    y0: np.ndarray,
    times: np.ndarray,
    schedule: Sequence[Change] = (),
    rtol: float = 1e-9,
    atol: np.ndarray | float | None = None,
    progress: Callable[[float], None] | None = None,
) -> Solution:
    """Integrate ``program`` from ``y0`` at ``times[0]`` through all ``times`` (days, increasing).

    Each change of ``schedule`` holds from its day on; the solver restarts there, for it may not step across a jump of
    the rates. ``atol`` is per state and defaults to ``rtol`` / 1000 of the state's size at the start. The solver is
    LSODA (Petzold 1983, doi:10.1137/0904010) with the analytic Jacobian. ``progress`` is called with the day now and
    then. A failure of the integration is a Status, an argument that makes no sense a SimulationError.
    """
    times, y = np.asarray(times, float), np.array(y0, float)
    p = np.array(params, float)
    _check(program, p, y, times, schedule)
    atol = default_atol(y, rtol) if atol is None else np.broadcast_to(np.asarray(atol, float), y.shape)
    at = {name: i for i, name in enumerate(program.params)}
    stats = {"steps": 0, "evaluations": 0, "jacobians": 0, "segments": 0}
    rows, kept, status = [y[None, :]], [times[:1]], Status.OK
    reached = times[0]
    for start, stop, changes in _segments(times, schedule):
        for change in changes:
            p[at[change.parameter]] = change.value
        outputs = times[(times > start) & (times <= stop)]
        segment, status, reached = _segment(program, p, y, start, stop, outputs, rtol, atol, progress, stats)
        rows.append(segment[1 : len(outputs) + 1])
        kept.append(outputs[: len(rows[-1])])
        if status is not Status.OK:
            break
        y = segment[-1]
    return Solution(np.concatenate(kept), np.concatenate(rows), status, float(reached), stats)


def default_atol(y: np.ndarray, rtol: float) -> np.ndarray:
    """Absolute tolerance per state: far below its size, so that a clone that regrows from few cells stays exact."""
    return 1e-3 * rtol * np.maximum(np.abs(y), SMALLEST_SCALE)


def _check(program: Program, p: np.ndarray, y: np.ndarray, times: np.ndarray, schedule: Sequence[Change]) -> None:
    if p.shape != (len(program.params),):
        raise SimulationError("params", f"shape {p.shape}", f"({len(program.params)},)")
    if y.shape != (len(program.states),):
        raise SimulationError("y0", f"shape {y.shape}", f"({len(program.states)},)")
    if not (np.isfinite(y).all() and np.isfinite(p).all()):
        raise SimulationError("y0 and params", "a value that is not finite", "finite numbers")
    if times.ndim != 1 or len(times) < 1 or not (np.diff(times) > 0).all():
        raise SimulationError("times", "days that do not increase", "increasing days")
    for change in schedule:
        if change.parameter not in program.params:
            raise SimulationError(
                f"change on day {change.day:g}", f"unknown parameter {change.parameter}", "a parameter"
            )


def _segments(times: np.ndarray, schedule: Sequence[Change]) -> list[tuple[float, float, list[Change]]]:
    """(start, stop, changes at start) for every stretch between changes; those before the start hold from the start."""
    start, end = float(times[0]), float(times[-1])
    ordered = sorted(schedule, key=lambda c: c.day)
    days = sorted({start, *(c.day for c in ordered if start < c.day < end)})
    stops = [*days[1:], end]
    segments = []
    for i, (a, b) in enumerate(zip(days, stops, strict=True)):
        changes = [c for c in ordered if (c.day <= a if i == 0 else c.day == a)]
        segments.append((a, b, changes))
    return [s for s in segments if s[1] > s[0]]


def _segment(program, p, y, start, stop, outputs, rtol, atol, progress, stats):
    """Integrate one stretch; rows are start, the outputs, and the end when it is no output itself."""
    rhs, jacobian = program.kernels["rhs"], program.kernels["jacobian"]
    c = program.constants(p)
    calls = 0

    def change(t, y):
        nonlocal calls
        calls += 1
        if progress is not None and calls % PROGRESS_EVERY == 0:
            progress(t)
        return rhs(t, y, p, c)

    grid = np.concatenate([[start], outputs, [] if len(outputs) and outputs[-1] == stop else [stop]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ODEintWarning)  # its content comes back in the message
        states, info = odeint(
            change, y, grid, Dfun=lambda t, y: jacobian(t, y, p, c), tfirst=True, full_output=True,
            rtol=rtol, atol=atol, mxstep=MAX_STEPS, tcrit=[stop],
        )  # fmt: skip
    stats["segments"] += 1
    for name, key in (("steps", "nst"), ("evaluations", "nfe"), ("jacobians", "nje")):
        stats[name] += int(info[key].max())
    status = next((s for word, s in _MESSAGES.items() if word in info["message"]), Status.NO_CONVERGENCE)
    good = np.isfinite(states).all(axis=1)
    if status is Status.OK and not good.all():
        status = Status.NOT_FINITE
    if status is not Status.OK:
        good[1:] &= info["tcur"] >= grid[1:]
        last = len(good) if good.all() else int(np.argmin(good))
        return states[:last], status, grid[last - 1]
    if progress is not None:
        progress(stop)
    return states, status, stop

"""Many patients at once: the one record and the one function that every caller of the engine meets."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from myoflare.base.errors import SimulationError
from myoflare.base.status import Status
from myoflare.compile import Program
from myoflare.model.records import Action
from myoflare.simulate.advance import advance, default_atol
from myoflare.simulate.lanes import engine
from myoflare.simulate.lanes.pilot import prefers_implicit
from myoflare.simulate.observe import derived
from myoflare.simulate.schedule import pack

SOLVERS = ("auto", "tsit5", "rodas5p", "reference")
OUTPUTS = ("states", "derived", "rules", "observables")
BLOCK = 512  # patients between two reports of progress


@dataclass(frozen=True)
class Batch:
    """What became of each patient.

    ``values`` has shape (patient, time, output), NaN from where a patient stopped; ``outputs`` names its last axis.
    ``final`` is the last state of each patient, shape (patient, state). ``status`` holds ``Status`` codes, ``reached``
    the last day, ``steps`` and ``rejected`` the steps taken and thrown away, shape (patient,).
    """

    times: np.ndarray
    values: np.ndarray
    outputs: tuple[str, ...]
    final: np.ndarray
    status: np.ndarray
    reached: np.ndarray
    steps: np.ndarray
    rejected: np.ndarray


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
    threads: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Batch:
    """Integrate many patients: ``params`` (patient, param), ``y0`` (patient, state), ``times`` (time,) in days.

    ``schedules`` holds one schedule per patient; an output on the day of an action is taken after it. ``solver`` is
    "tsit5" (explicit), "rodas5p" (implicit), "auto" (for each patient the one that a short trial expects to be cheaper)
    or "reference" (SciPy, one patient after another). ``atol`` is a number, (state,) or (patient, state), by default
    far below the size of each state at its start. ``outputs`` is "states", "rules", "observables" or "derived" (rules,
    then observables). ``progress`` is called with the number of patients done.

    A row depends on its own patient only, bit for bit, whatever the batch, the order or the number of ``threads``. A
    patient who fails is a status and rows of NaN from there on; an argument that makes no sense is a SimulationError.
    """
    times = _times(times)
    params, y0 = _matrix("params", params, program.params), _matrix("y0", y0, program.states)
    schedules = [()] * len(params) if schedules is None else schedules
    _refuse(params, y0, schedules, solver, rtol, outputs)
    atol = _tolerances(atol, y0, rtol)
    names, column = _columns(program, outputs)
    packed = pack(program, schedules)
    job = engine.Job(params, y0, atol, float(rtol), times, packed, column)
    result = engine.Result.empty(len(params), len(times), len(names), len(program.states))
    good = np.isfinite(params).all(axis=1) & np.isfinite(y0).all(axis=1) & np.isfinite(atol).all(axis=1)
    result.status[~good], result.reached[~good] = Status.BAD_INPUT.code, times[0]
    done = int((~good).sum())
    for method, rows in _groups(program, solver, times, rtol, packed, good):
        for block in (rows[i : i + BLOCK] for i in range(0, len(rows), BLOCK)):
            if method == "reference":
                _reference(program, job, schedules, result, block)
            else:
                engine.run(engine.code(program, method), job, result, block, threads)
            done += len(block)
            if progress is not None:
                progress(done)
    return Batch(
        times, result.values, names, result.final, result.status, result.reached, result.steps,
        result.rejected,
    )  # fmt: skip


def _groups(program, solver, times, rtol, packed, good) -> list[tuple[str, np.ndarray]]:
    """(method, patients) for every method that is needed."""
    rows = np.flatnonzero(good)
    refused = engine.refusal(program)
    if refused and solver == "auto":
        return [("reference", rows)]
    if refused and solver != "reference":
        raise SimulationError(f"solver {solver}", refused, "events without them", "solver='reference' plays them")
    if solver != "auto":
        return [(solver, rows)]
    if len(times) < 2 or not len(rows):
        return [("rodas5p", rows)]
    jumps = np.diff(packed.offsets)[rows]
    implicit = prefers_implicit(program, times[0], times[-1], rtol, jumps)
    return [(m, r) for m, r in (("rodas5p", rows[implicit]), ("tsit5", rows[~implicit])) if len(r)]


def _reference(program, job, schedules, result, block) -> None:
    for i in block:
        s = advance(
            program, job.params[i], job.starts[i], job.times, schedules[i], rtol=job.rtol, atol=job.tolerances[i]
        )
        rows = s.states
        if job.column >= 0:
            rows = derived(program, s)[:, job.column : job.column + result.values.shape[2]]
        result.values[i, : len(rows)] = rows
        result.final[i], result.reached[i] = s.states[-1], s.reached
        result.status[i], result.steps[i] = s.status.code, s.stats["steps"]


def _columns(program: Program, outputs: str) -> tuple[tuple[str, ...], int]:
    """Names of the outputs, and where they begin among rules and observables; -1 for states."""
    return {
        "states": (program.states, -1),
        "rules": (program.rules, 0),
        "observables": (program.observables, len(program.rules)),
        "derived": (program.rules + program.observables, 0),
    }[outputs]


def _matrix(name: str, given: np.ndarray, columns: tuple[str, ...]) -> np.ndarray:
    found = np.ascontiguousarray(given, dtype=np.float64)
    if found.ndim != 2 or found.shape[1] != len(columns):
        raise SimulationError(name, f"shape {found.shape}", f"(patients, {len(columns)})")
    return found


def _times(given: np.ndarray) -> np.ndarray:
    times = np.ascontiguousarray(given, dtype=np.float64)
    if times.ndim != 1 or not len(times) or not np.isfinite(times).all():
        raise SimulationError("times", f"{given!r}", "a list of days, at least one")
    wrong = np.flatnonzero(np.diff(times) <= 0)
    if len(wrong):
        i = wrong[0]
        raise SimulationError("times", f"day {times[i + 1]:g} after day {times[i]:g}", "increasing days", "Sort them")
    return times


def _refuse(params, y0, schedules, solver, rtol, outputs) -> None:
    if not len(params):
        raise SimulationError("params", "no patient", "at least one row")
    if not len(params) == len(y0) == len(schedules):
        raise SimulationError(
            "patients", f"{len(params)} rows of params, {len(y0)} of y0, {len(schedules)} schedules", "as many of each"
        )
    if solver not in SOLVERS:
        raise SimulationError("solver", f"{solver!r}", f"one of {', '.join(SOLVERS)}")
    if outputs not in OUTPUTS:
        raise SimulationError("outputs", f"{outputs!r}", f"one of {', '.join(OUTPUTS)}")
    if not (math.isfinite(rtol) and 1e-13 <= rtol < 1):
        raise SimulationError("rtol", f"{rtol:g}", "a relative tolerance from 1e-13 to below 1", "1e-6 is usual")


def _tolerances(atol, y0: np.ndarray, rtol: float) -> np.ndarray:
    """Absolute tolerance of every state of every patient."""
    if atol is None:
        return default_atol(y0, rtol)
    try:
        found = np.ascontiguousarray(np.broadcast_to(np.asarray(atol, float), y0.shape))
    except ValueError:
        raise SimulationError("atol", f"shape {np.shape(atol)}", f"a number, (state,) or {y0.shape}") from None
    if not (found > 0).all():
        least = np.fmin.reduce(found, axis=None)
        raise SimulationError("atol", f"{least:g}", "tolerances above 0", "Leave it out to have it chosen")
    return found

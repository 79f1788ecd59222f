"""Carry the states of one patient through time, from change to change: the reference that other engines agree with."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.integrate import ODEintWarning, odeint

from myoflare.base.errors import SimulationError
from myoflare.base.status import Status
from myoflare.base.streams import stream
from myoflare.compile import Program
from myoflare.model.records import Action
from myoflare.simulate.crossing import leg
from myoflare.simulate.events import Endless, Queue
from myoflare.simulate.schedule import ADD_STATE, SET_PARAM, SET_STATE, steps

MAX_STEPS = 200_000  # between two outputs
MAX_LEGS = 20_000  # between two outputs: more events than that follow each other without end
PROGRESS_EVERY = 500  # evaluations of the right-hand side
SMALLEST_SCALE = 1e-6  # of a state whose typical size nobody knows, in its own unit
LEAST_STEPS = 50  # of a run with events: no step is longer than this part of the whole, or than a gap between outputs
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
    ``stats`` counts steps, evaluations and Jacobians. ``params``, shape (time, param), are the parameters at each
    output: changes and events may set them.
    """

    times: np.ndarray
    states: np.ndarray
    status: Status
    reached: float
    stats: Mapping[str, int] = field(default_factory=dict)
    params: np.ndarray | None = field(default=None, repr=False)


def advance(
    program: Program,
    params: np.ndarray,
    y0: np.ndarray,
    times: np.ndarray,
    schedule: Sequence[Action] = (),
    rtol: float = 1e-9,
    atol: np.ndarray | float | None = None,
    progress: Callable[[float], None] | None = None,
    seed: int = 0,
) -> Solution:
    """Integrate ``program`` from ``y0`` at ``times[0]`` through all ``times`` (days, increasing).

    Each action of ``schedule`` happens on its day, before the output of that day; the solver restarts there, for it may
    not step across a jump. Changes and infusions from before the start hold from the start; a bolus or a reset from
    before it is over. Events of the model happen where their trigger turns true, found to the last digit of the day.
    ``atol`` is per state and defaults to ``rtol`` / 1000 of the state's size at the start. The solver is LSODA (Petzold
    1983, doi:10.1137/0904010) with the analytic Jacobian. ``progress`` is called with the day now and then. ``seed``
    orders events of one moment and one priority. A failure of the integration is a Status, an argument that makes no
    sense a SimulationError.
    """
    times, y = np.asarray(times, float), np.array(y0, float)
    p = np.array(params, float)
    _check(program, p, y, times)
    run = _Run(program, p, y, times, schedule, rtol, atol, progress, seed)
    return run.through()


def default_atol(y: np.ndarray, rtol: float) -> np.ndarray:
    """Absolute tolerance per state: far below its size, so that a clone that regrows from few cells stays exact."""
    return 1e-3 * rtol * np.maximum(np.abs(y), SMALLEST_SCALE)


def _check(program: Program, p: np.ndarray, y: np.ndarray, times: np.ndarray) -> None:
    if p.shape != (len(program.params),):
        raise SimulationError("params", f"shape {p.shape}", f"({len(program.params)},)")
    if y.shape != (len(program.states),):
        raise SimulationError("y0", f"shape {y.shape}", f"({len(program.states)},)")
    # A text may hold an infinite parameter on purpose; a caller may not.
    if not (np.isfinite(y).all() and np.isfinite(p[np.isfinite(program.values)]).all()):
        raise SimulationError("y0 and params", "a value that is not finite", "finite numbers")
    if times.ndim != 1 or len(times) < 1 or not (np.diff(times) > 0).all():
        raise SimulationError("times", "days that do not increase", "increasing days")


class _Run:
    """One run under way: where it is, what is still to come, what was seen."""

    def __init__(self, program, p, y, times, schedule, rtol, atol, progress, seed):
        self.program, self.p, self.y, self.times = program, p, y, times
        self.rtol, self.progress = rtol, progress
        self.atol = default_atol(y, rtol) if atol is None else np.broadcast_to(np.asarray(atol, float), y.shape)
        states, params = ({name: i for i, name in enumerate(names)} for names in (program.states, program.params))
        self.steps = steps(schedule, states, params)
        self.inflow = np.zeros(len(y))
        self.queue = Queue(program, stream(seed, "advance", "order of events"))
        self.stats = {"steps": 0, "evaluations": 0, "jacobians": 0, "segments": 0}
        self.rows: list[np.ndarray] = []
        self.kept: list[np.ndarray] = []
        self.held: list[tuple[int, np.ndarray]] = []
        self.status, self.legs = Status.OK, 0

    def through(self) -> Solution:
        """Play everything up to the last output."""
        self.t = float(self.times[0])
        end = float(self.times[-1])
        self.steps = [s for s in self.steps if s[0] >= self.t or s[1] not in (ADD_STATE, SET_STATE)]
        self._act()
        self._keep([self.t], [self.y])
        while self.t < end and self.status is Status.OK:
            stop = min(self.steps[0][0] if self.steps else end, self.queue.next_day(), end)
            carry = self._to_event if "triggers" in self.program.kernels or not len(self.y) else self._to_stop
            reached = carry(stop)
            if self.status is not Status.OK:
                self.t = reached
                break
            self.t = reached
            self._act()
            if self.t in self.times:
                self.legs = 0
                self._keep([self.t], [self.y])
        rows, kept = np.concatenate(self.rows), np.concatenate(self.kept)
        return Solution(kept, rows, self.status, float(self.t), self.stats, self._params(len(kept)))

    def _act(self) -> None:
        """Actions of the schedule up to now, and then events."""
        while self.steps and self.steps[0][0] <= self.t:
            _, kind, target, value = self.steps.pop(0)
            if kind == ADD_STATE:
                self.y[target] += value
            elif kind == SET_PARAM:
                self.p[target] = value
            else:
                (self.y if kind == SET_STATE else self.inflow)[target] = value
        if self.program.events:
            try:
                self.queue.happen(self.t, self.y, self.p)
            except Endless:
                self.status = Status.TOO_MANY_STEPS
            if not np.isfinite(self.y).all():
                self.status = Status.NOT_FINITE

    def _keep(self, days, states) -> None:
        if len(days) and self.status is Status.OK:
            self.rows.append(np.array(states, float).reshape(len(days), -1))
            self.kept.append(np.asarray(days, float))
            self.held.append((len(days), self.p.copy()))

    def _params(self, n: int) -> np.ndarray:
        """Parameters at each output; one row seen many times where nothing changed."""
        if all(np.array_equal(p, self.held[0][1], equal_nan=True) for _, p in self.held[1:]):
            return np.broadcast_to(self.held[0][1], (n, len(self.p)))
        return np.concatenate([np.broadcast_to(p, (k, len(p))) for k, p in self.held])[:n]

    def _to_event(self, stop: float) -> float:
        """Integrate to ``stop``, or to the first comparison of a trigger that changes before."""
        gaps = np.diff(self.times)
        longest = min(gaps.max(initial=0.0), (self.times[-1] - self.times[0]) / LEAST_STEPS) or stop - self.t
        outputs = self.times[(self.times > self.t) & (self.times < stop)]
        done = leg(
            self.program, self.p, self.inflow, self.t, self.y, stop, outputs, self.rtol, self.atol, longest,
            MAX_STEPS, self.progress,
        )  # fmt: skip
        self._keep(done.days, done.states)
        self.legs = 0 if done.days else self.legs + 1
        self.status, self.y = done.status, np.array(done.y, float)
        if self.legs > MAX_LEGS:
            self.status = Status.TOO_MANY_STEPS
        self.stats["segments"] += 1
        for name in ("steps", "evaluations", "jacobians"):
            self.stats[name] += getattr(done, name)
        return done.t

    def _to_stop(self, stop: float) -> float:
        """Integrate to ``stop`` in one go."""
        outputs = self.times[(self.times > self.t) & (self.times <= stop)]
        rows, self.status, reached = self._segment(stop, outputs)
        last = len(outputs) and outputs[-1] == stop  # what happens then comes before that output
        before = outputs[:-1] if last and self.status is Status.OK else outputs
        inner = rows[1 : len(before) + 1]
        if self.status is Status.OK:
            self._keep(before, inner)
            self.y = rows[-1].copy()
        elif len(inner):
            self.rows.append(inner)
            self.kept.append(before[: len(inner)])
            self.held.append((len(inner), self.p.copy()))
        return reached

    def _segment(self, stop: float, outputs: np.ndarray):
        """Rows at the start, the outputs, and the stop when it is no output itself; status; where it ended."""
        program, p, inflow, progress = self.program, self.p, self.inflow, self.progress
        rhs, jacobian = program.kernels["rhs"], program.kernels["jacobian"]
        c = program.constants(p)
        flows = inflow.any()
        calls = 0

        def change(t, y):
            nonlocal calls
            calls += 1
            if progress is not None and calls % PROGRESS_EVERY == 0:
                progress(t)
            return rhs(t, y, p, c) + inflow if flows else rhs(t, y, p, c)

        grid = np.concatenate([[self.t], outputs, [] if len(outputs) and outputs[-1] == stop else [stop]])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ODEintWarning)  # its content comes back in the message
            states, info = odeint(
                change, self.y, grid, Dfun=lambda t, y: jacobian(t, y, p, c), tfirst=True, full_output=True,
                rtol=self.rtol, atol=self.atol, mxstep=MAX_STEPS, tcrit=[stop],
            )  # fmt: skip
        self.stats["segments"] += 1
        for name, key in (("steps", "nst"), ("evaluations", "nfe"), ("jacobians", "nje")):
            self.stats[name] += int(info[key].max())
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

"""Means of a fast drug over a day: what the disease sees of a concentration that swings within hours.

The disease answers over days to weeks, so it is handed the mean effect of each window instead of every swing; the mean
of the effect, not the effect of the mean, for the two differ where the effect saturates. ``docs/science/drugs.md``
gives the error against the full course.
"""

from collections.abc import Sequence

import numpy as np

from myoflare.base.errors import SimulationError
from myoflare.compile import compile_model
from myoflare.model.records import Action, Change, Infusion, Model
from myoflare.simulate import advance

POINTS = 385  # outputs of a window; every 4 minutes of a day
SAME = 1e-5  # of the largest amount: a window that begins and is dosed like the last one ends like it
STEP = 1e-4  # smallest difference of a mean that is told
RTOL = 1e-7


def mean_changes(pk: Model, means: Sequence[str], doses: Sequence[Action], days: float, until: float) -> list[Change]:
    """Changes that set each of ``means`` to its mean over windows of ``days``, from the first dose to ``until``.

    ``pk`` is the drug alone. The last window in which anything is left of the drug ends with the values at rest.
    """
    if not doses:
        return []
    program = compile_model(pk, backend="python")
    course = _Course(program, pk, means, sorted(doses, key=lambda a: a.day), days)
    told = rest = course.at_rest()
    changes = []
    start, last = course.doses[0].day, max(_end(a) for a in course.doses)
    window = 0
    while start + window * days < until:
        day = start + window * days
        if day >= last and course.empty():
            changes += _told(day, means, rest, told)
            break
        new = course.window(day)
        fresh = _told(day, means, new, told)
        changes += fresh
        told = new if fresh else told
        window += 1
    return changes


def _told(day, means, new, old):
    if np.abs(new - old).max() <= STEP * max(1.0, np.abs(old).max()):
        return []
    return [Change(day, name, float(value), "mean effect") for name, value in zip(means, new, strict=True)]


def _end(action: Action) -> float:
    return action.day + action.days if isinstance(action, Infusion) else action.day


class _Course:
    """The drug alone, carried from window to window."""

    def __init__(self, program, pk, means, doses, days):
        self.program, self.means, self.doses, self.days = program, list(means), doses, days
        self.p = program.vector()
        self.rest = np.array([s.rest for s in pk.species], float)
        self.y = self.rest.copy()
        self.at = [program.rules.index(name) for name in self.means]
        self.params = {name: i for i, name in enumerate(program.params)}
        self.largest = 0.0
        self.known = None

    def at_rest(self) -> np.ndarray:
        return self.program.derive(0.0, self.rest, self.program.vector())[self.at]

    def empty(self) -> bool:
        return bool(np.abs(self.y - self.rest).max(initial=0.0) <= SAME * self.largest)

    def window(self, day: float) -> np.ndarray:
        """Means over the window that begins on ``day``; the state moves to its end."""
        end = day + self.days
        mine = [a for a in self.doses if a.day < end and (_end(a) > day or a.day >= day)]
        pattern = [
            (round(a.day - day, 9), {k: v for k, v in vars(a).items() if k not in ("day", "label")}) for a in mine
        ]
        held = self.p.copy()
        if self.known is not None:
            y, p, before, means, y_end, p_end = self.known
            close = np.abs(self.y - y).max(initial=0.0) <= SAME * self.largest
            if close and pattern == before and np.array_equal(p, held):
                self.y, self.p = y_end.copy(), p_end.copy()
                return means
        begin = self.y.copy()
        means = self._play(day, end, mine)
        self.known = (begin, held, pattern, means, self.y.copy(), self.p.copy())
        return means

    def _play(self, day, end, mine):
        near = [t for a in mine for t in (a.day, _end(a)) if day < t < end]
        times = np.unique(np.concatenate([np.linspace(day, end, POINTS), near]))
        scale = max(self.largest, max((getattr(a, "amount", 0.0) for a in mine), default=0.0))
        atol = np.full(len(self.y), 1e-9 * max(scale, 1e-9))
        found = advance(self.program, self.p, self.y, times, mine, rtol=RTOL, atol=atol)
        if not found.status.ok:
            raise SimulationError(self.means[0], f"{found.status} on day {found.reached:.4g}", "a course of the drug")
        self.y, self.p = found.states[-1].copy(), np.array(found.params[-1], float)
        self.largest = max(self.largest, float(np.abs(found.states).max(initial=0.0)))
        rows = [
            self.program.derive(t, y, p)[self.at] for t, y, p in zip(times, found.states, found.params, strict=True)
        ]
        return np.trapezoid(np.array(rows), times, axis=0) / (end - day)

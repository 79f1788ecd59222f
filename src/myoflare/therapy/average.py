"""Means of a fast drug over a day: what the disease sees of a concentration that swings within hours.

The disease answers over days to weeks, so it is handed the mean effect of each window instead of every swing; the mean
of the effect, not the effect of the mean, for the two differ where the effect saturates. ``docs/science/drugs.md``
gives the error against the full course.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from myoflare.base.errors import SimulationError
from myoflare.compile import compile_model
from myoflare.model.records import Action, Change, Infusion, Model
from myoflare.simulate import advance

POINTS = 385  # outputs of a window; every 4 minutes of a day
SAME = 1e-5  # of the largest amount: a window that begins and is dosed like the last one ends like it
STEP = 1e-4  # of the largest value of a mean: a smaller difference is not told
RTOL = 1e-7
DIGITS = 9  # of a day: days that differ by rounding only are one day, for the solver cannot go from one to the other
BRINK = 1e-6  # days before a dose that are looked at, so that no mean takes a jump for a slope


def mean_changes(
    pk: Model, means: Sequence[str], doses: Sequence[Action], days: float, until: float, done: dict | None = None
) -> list[Change]:
    """Changes that set each of ``means`` to its mean over windows of ``days``, from the first dose to ``until``.

    ``pk`` is the drug alone. The last window in which anything is left of the drug ends with the values at rest.
    ``done`` keeps windows from call to call: who asks again with more doses pays for the new ones only.
    """
    if not doses:
        return []
    doses = sorted((replace(a, day=round(a.day, DIGITS)) for a in doses), key=lambda a: a.day)
    course = _Course(pk, means, doses, days, {} if done is None else done)
    told = rest = course.at_rest()
    largest = np.abs(rest)
    changes = []
    start, last = course.doses[0].day, max(_end(a) for a in course.doses)
    for window in range(math.ceil((until - start) / days)):
        day = round(start + window * days, DIGITS)
        if day > last and course.empty():  # a dose of this very day is still to come
            return changes + _told(day, means, rest, told, 0.0)
        new = course.window(day)
        largest = np.maximum(largest, np.abs(new))
        fresh = _told(day, means, new, told, STEP * largest)
        changes += fresh
        told = new if fresh else told
    return changes


def _told(day, means, new, old, step):
    """Changes to ``new``, where any of the means is further than its ``step`` from what was told last."""
    if (np.abs(new - old) <= step).all():
        return []
    return [Change(day, name, float(value), "mean effect") for name, value in zip(means, new, strict=True)]


def _end(action: Action) -> float:
    return round(action.day + action.days, DIGITS) if isinstance(action, Infusion) else action.day


class _Course:
    """The drug alone, carried from window to window."""

    def __init__(self, pk, means, doses, days, done):
        self.program, self.doses, self.days = compile_model(pk, backend="python"), doses, days
        self.begins, self.infusions = [a.day for a in doses], [a for a in doses if isinstance(a, Infusion)]
        self.means, self.at = list(means), [self.program.rules.index(name) for name in means]
        self.p = self.program.vector()
        self.y = self.rest = np.array([s.rest for s in pk.species], float)
        self.largest = 0.0
        self.key, self.done, self.known = pk.digest, done, None

    def at_rest(self) -> np.ndarray:
        return self.program.derive(0.0, self.rest, self.program.vector())[self.at]

    def empty(self) -> bool:
        return bool(np.abs(self.y - self.rest).max(initial=0.0) <= SAME * self.largest)

    def window(self, day: float) -> np.ndarray:
        """Means over the window that begins on ``day``; the state moves to its end."""
        end = round(day + self.days, DIGITS)
        mine = self._given(day, end)
        pattern = tuple(
            (round(a.day - day, 9), *(v for k, v in vars(a).items() if k not in ("day", "label"))) for a in mine
        )
        begin, held = self.y, self.p.tobytes()
        if self.known is not None:
            y, p, before, found = self.known
            if before == pattern and p == held and np.abs(begin - y).max(initial=0.0) <= SAME * self.largest:
                return self._take(found)
        key = (self.key, self.days, begin.tobytes(), held, pattern, self.largest)
        if key not in self.done:
            self.done[key] = self._play(day, end, mine)
        self.known = (begin, held, pattern, self.done[key])
        return self._take(self.done[key])

    def _given(self, day, end):
        running = [a for a in self.infusions if a.day < day < _end(a)]
        return running + self.doses[bisect_left(self.begins, day) : bisect_left(self.begins, end)]

    def _take(self, found):
        means, self.y, self.p, self.largest = found
        return means

    def _play(self, day, end, mine):
        near = [t for a in mine for t in (a.day - BRINK, a.day, _end(a)) if day < t < end]
        times = np.unique(np.round(np.concatenate([np.linspace(day, end, POINTS), near]), DIGITS))
        scale = max(self.largest, max((getattr(a, "amount", 0.0) for a in mine), default=0.0))
        atol = np.full(len(self.y), 1e-9 * max(scale, 1e-9))
        found = advance(self.program, self.p, self.y, times, mine, rtol=RTOL, atol=atol)
        if not found.status.ok:
            raise SimulationError(self.means[0], f"{found.status} on day {found.reached:.4g}", "a course of the drug")
        largest = max(self.largest, float(np.abs(found.states).max(initial=0.0)))
        rows = [
            self.program.derive(t, y, p)[self.at] for t, y, p in zip(times, found.states, found.params, strict=True)
        ]
        means = np.trapezoid(np.array(rows), times, axis=0) / (end - day)
        return means, found.states[-1].copy(), np.array(found.params[-1], float), largest

"""State-triggered events as SBML means them: who is waiting, who comes first, what is set.

SBML Level 3 Version 2 core, section 4.11 (Hucka 2019, doi:10.1515/jib-2019-0021). Everything here happens at one
moment; ``crossing`` finds the moments.
"""

from dataclasses import dataclass

import numpy as np

from myoflare.base.errors import SimulationError
from myoflare.compile import Program

MOST_AT_ONCE = 10_000  # events at one moment; more means that they set each other off for ever


class Endless(Exception):
    """Events that set each other off without time passing."""


@dataclass(frozen=True)
class Waiting:
    """An event that was triggered and has not happened yet; ``values`` are those of the moment of the trigger."""

    event: int
    day: float
    values: np.ndarray | None


class Queue:
    """Truth of every trigger, and the events that wait. Events of one priority come in an order drawn from ``rng``."""

    def __init__(self, program: Program, rng: np.random.Generator):
        self.program, self.rng = program, rng
        self.n = len(program.events)
        self.assigned = sum(len(e.slots) for e in program.events)
        self.truth = np.array([e.initial for e in program.events])
        self.waiting: list[Waiting] = []

    def next_day(self) -> float:
        return min((w.day for w in self.waiting), default=np.inf)

    def happen(self, t: float, y: np.ndarray, p: np.ndarray) -> bool:
        """Everything that happens at ``t``, in place; whether anything was set.

        Raises SimulationError for a delay below 0, and Endless.
        """
        for count in range(MOST_AT_ONCE):
            self._notice(t, y, p)
            due = [w for w in self.waiting if w.day <= t]
            if not due:
                return count > 0
            chosen = self._first(due, t, y, p)
            self.waiting.remove(chosen)
            self._set(chosen, t, y, p)
        raise Endless

    def _notice(self, t: float, y: np.ndarray, p: np.ndarray) -> None:
        """Compare every trigger with its last truth: new events wait, those that may not persist are dropped."""
        now = self._kernel("triggers", t, y, p)[: self.n] != 0.0
        turned = np.flatnonzero(now != self.truth)
        self.truth = now
        if not len(turned):
            return
        parts = self._kernel("assignments", t, y, p)
        for i in turned:
            event = self.program.events[i]
            if now[i]:
                delay = parts[2 * self.assigned + i]
                if not delay >= 0.0:
                    raise SimulationError(f"event {event.id}", f"a delay of {delay:g} at {t:g}", "a delay from 0 on")
                values = parts[list(event.slots)] if event.from_trigger else None
                self.waiting.append(Waiting(int(i), t + delay, values))
            elif not event.persistent:
                self.waiting = [w for w in self.waiting if w.event != i]

    def _first(self, due: list[Waiting], t: float, y: np.ndarray, p: np.ndarray) -> Waiting:
        """The event of highest priority; those without one come last."""
        if len(due) == 1:
            return due[0]
        priorities = self._kernel("assignments", t, y, p)[2 * self.assigned + self.n :]
        ranks = np.array([priorities[w.event] for w in due])
        ranks[np.isnan(ranks)] = -np.inf
        best = np.flatnonzero(ranks == ranks.max())
        return due[int(best[self.rng.integers(len(best))]) if len(best) > 1 else int(best[0])]

    def _set(self, chosen: Waiting, t: float, y: np.ndarray, p: np.ndarray) -> None:
        event = self.program.events[chosen.event]
        slots, parts = list(event.slots), self._kernel("assignments", t, y, p)
        values = parts[slots] if chosen.values is None else chosen.values
        # A concentration becomes an amount in the volume of before the event, though the event may set that too: both
        # assignments go by the same state (SBML Test Suite, case 01779).
        scales = parts[[slot + self.assigned for slot in slots]]
        values = np.where(np.isnan(scales), values, values * scales)
        for (kind, i), value in zip(event.targets, values, strict=True):
            (y if kind == "state" else p)[i] = value

    def _kernel(self, name: str, t: float, y: np.ndarray, p: np.ndarray) -> np.ndarray:
        return self.program.kernels[name](t, y, p, self.program.constants(p))

"""A line of a prescription while it runs in one person: the next dose, the present amount, the steps of a taper."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from myoflare.therapy.clauses import Raise, Taper
from myoflare.therapy.given import Given
from myoflare.therapy.lines import Line

TICK = 1e-6  # days; what differs by less happens at one time, whatever the rounding of a sum of intervals


@dataclass(frozen=True)
class Running:
    """``begins`` is the day of the first dose, ``n`` the number of the next one (below 0 in a run-in to steady state).

    ``amount`` is that of a dose now, in the unit of the route; ``due`` the day of the next step down, infinite without
    one; ``earlier`` the amounts before the steps taken so far, for the way back; ``since`` the day from which on the
    person has been on the drug, by this line or those that it follows.
    """

    line: Line
    begins: float
    until: float
    amount: float
    n: int = 0
    taper: Taper | None = None
    due: float = math.inf
    earlier: tuple[float, ...] = ()
    since: float = 0.0

    @property
    def next(self) -> float:
        """Day of the next dose; infinite after the last."""
        return self._day(self.n)

    @property
    def fresh(self) -> bool:
        """Whether no dose has been given yet."""
        return self.n == -_before(self.line)

    @property
    def ends(self) -> float:
        """Day from which on it is no longer given: an interval after the last dose, or ``until``."""
        return min(self.begins + self._most * self.line.every, self.until) if self.line.every else self.begins

    @property
    def _most(self) -> float:
        return math.inf if self.line.doses is None else self.line.doses

    def _day(self, n: int) -> float:
        day = self.begins + n * self.line.every if n < self._most else math.inf
        return day if day < self.until - TICK else math.inf

    def open_on(self, day: float) -> bool:
        """Whether it has begun and not ended, whatever the amount."""
        return self.begins <= day + TICK and (day < self.ends - TICK or abs(day - self.begins) <= TICK)

    def given_on(self, day: float) -> bool:
        """Whether the person is on it."""
        return self.amount > 0 and self.open_on(day)

    @property
    def waits(self) -> bool:
        """Whether its steps wait for a visit at which a condition holds."""
        return self.taper is not None and self.taper.when is not None

    def over_by(self, day: float) -> bool:
        """Whether nothing more can come of it."""
        return math.isinf(self.next) and day >= self.ends - TICK

    def up_to(self, day: float, person: Mapping[str, float]) -> tuple["Running", list[Given]]:
        """The doses before ``day``, and what runs after them."""
        line, given, n = self.line, [], self.n
        amount, over = self.amount * line.bioavailability, line.length(self.amount, person)
        while (when := self._day(n)) < day - TICK:
            if amount > 0:
                given.append(Given(when + line.lag, line.drug, amount, line.route, over))
            n += 1
        return (replace(self, n=n) if n != self.n else self), given

    def down(self, day: float, person: Mapping[str, float]) -> "Running":
        """One step down, taken on ``day``."""
        found = self.taper.scheme.below(self.amount, person, self.line.unit)
        if found is None:
            return replace(self, due=math.inf)
        return replace(self, amount=found[0], due=day + found[1], earlier=(*self.earlier, self.amount))

    def back(self, day: float, hold: float) -> "Running":
        """At the amount before the last step, or still at the first one, for ``hold`` days."""
        amount = self.earlier[-1] if self.earlier else self.amount
        return replace(self, amount=amount, due=self._held(day, hold), earlier=self.earlier[:-1])

    def more(self, day: float, how: Raise, hold: float, person: Mapping[str, float]) -> "Running":
        """At the amount that ``how`` asks for, for ``hold`` days; as it is, where that is no more than now."""
        unit = self.line.unit
        amount = how.to.given_to(person, unit) if how.to else self.amount + how.by.given_to(person, unit)
        if how.cap is not None:
            amount = min(amount, how.cap.given_to(person, unit))
        if amount <= self.amount:
            return self
        return replace(self, amount=amount, due=self._held(day, hold), earlier=())

    def _held(self, day, hold):
        return max(day + hold, self.begins + self.taper.scheme.hold) if self.taper else math.inf


def run(line: Line, taper: Taper | None, origin: float, person: Mapping[str, float]) -> Running:
    """``line`` in one person, its days counted from ``origin``."""
    amount, _ = line.for_person(person)
    begins = origin + line.first
    due = begins + taper.scheme.hold if taper else math.inf
    since = begins - _before(line) * line.every
    return Running(line, begins, origin + line.until, amount, -_before(line), taper, due, since=since)


def _before(line: Line) -> int:
    """Doses of a run-in to steady state."""
    return math.ceil(line.run_in / line.every) if line.run_in else 0

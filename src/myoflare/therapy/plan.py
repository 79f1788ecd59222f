"""A regimen at work in one person: decisions at visits, doses between them.

A ``Plan`` is everything that is known and decided so far, a frozen record: the same plan handed the same visits always
gives the same doses, whoever asks, and it can be written down and taken up again. It knows only what it is handed.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from myoflare.base.errors import TherapyError
from myoflare.therapy.clauses import TAPER
from myoflare.therapy.drug import person_parameters
from myoflare.therapy.given import Given
from myoflare.therapy.measured import Seen, Visit
from myoflare.therapy.regimen import Regimen, Rule
from myoflare.therapy.running import TICK, Running, run


@dataclass(frozen=True)
class Decision:
    """What was done on a day, in words, and by which rule; ``taper`` where no rule asked for it."""

    day: float
    rule: str
    drug: str
    what: str


@dataclass(frozen=True)
class Plan:
    """Doses before ``day`` have been given out. ``resets`` are (day, drug): the drug's own states are cleared then."""

    regimen: Regimen
    person: Mapping[str, float] = field(repr=False)
    start: float
    day: float
    running: tuple[Running, ...]
    seen: Seen = field(default_factory=Seen, repr=False)
    acted: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    decisions: tuple[Decision, ...] = ()
    resets: tuple[tuple[float, str], ...] = ()

    @property
    def causes_stopped(self) -> tuple[tuple[str, float], ...]:
        """(exposure, day of the course) of every cause that the regimen takes away."""
        return tuple((name, self.start + day) for name, day in self.regimen.stop_causes)

    @property
    def next_visit(self) -> float:
        """The next day that the regimen wants to see the person: the first day, then every so many days."""
        every = self.regimen.visits_every
        if self.seen.day < self.start - TICK:
            return self.start
        return self.start + (math.floor((self.seen.day - self.start) / every + TICK) + 1) * every

    def daily(self, day: float | None = None) -> dict[str, float]:
        """Amount per day of every drug that is given repeatedly on ``day`` (now, where None), in its route's unit."""
        day = self.day if day is None else day
        on = [r for r in self.running if r.line.every and r.given_on(day)]
        return {r.line.drug: r.amount / r.line.every for r in on}

    def until(self, day: float, history: Iterable[Visit] = ()) -> tuple["Plan", list[Given]]:
        """Take the decisions of every visit not yet seen, and give out the doses from now up to ``day`` (not on it).

        ``history`` holds visits up to ``day``; it may hold all of them each time, those seen before are passed over.
        A visit on the day that doses have reached is decided before the doses of that day. Days are those of the
        course. Raises TherapyError for a visit too late to act on, or from the future.
        """
        fresh = self._fresh(day, history)
        plan, given = self, []
        for visit in fresh:
            plan, doses = plan._doses(max(visit.day, plan.day))
            given += doses
            plan = plan._visit(visit)
        plan, doses = plan._doses(day)
        return plan, sorted([*given, *doses], key=lambda dose: dose.day)

    def _fresh(self, day, history):
        where = f"regimen {self.regimen.name}"
        if not self.day <= day < math.inf:
            raise TherapyError(where, f"doses up to day {day:g}", f"a day from {self.day:g} on, up to which it has run")
        history = list(history)
        for visit in history:
            if not math.isfinite(visit.day):
                raise TherapyError(where, f"a visit on day {visit.day}", "a finite day")
        visits = sorted((v for v in history if v.day > self.seen.day), key=lambda v: v.day)
        for visit, later in zip(visits, visits[1:], strict=False):
            if visit.day == later.day:
                raise TherapyError(where, f"two visits on day {visit.day:g}", "one visit a day")
        for visit in visits:
            if self.start - TICK <= visit.day < self.day - TICK:
                came = f"a visit on day {visit.day:g} after the doses up to day {self.day:g} were given"
                raise TherapyError(where, came, "visits in time", "call until() from visit to visit")
            if not visit.day <= day + TICK:
                came = f"a visit on day {visit.day:g}, asked for doses up to day {day:g}"
                raise TherapyError(where, came, "visits up to that day")
        return visits

    def _doses(self, day):
        """Doses before ``day``, with the steps of tapers that wait for nobody."""
        plan, given = self, []
        while (due := min((r.due for r in plan.running if not r.waits), default=math.inf)) < day - TICK:
            plan, doses = plan._issue(max(due, plan.day))
            given += doses
            at = next((i for i, r in enumerate(plan.running) if r.due == due and not r.waits), None)
            plan = plan if at is None else plan._step(at, plan.day)
        plan, doses = plan._issue(day)
        return plan, given + doses

    def _issue(self, day):
        given, running, resets = [], [], list(self.resets)
        for r in self.running:
            after, doses = r.up_to(day, self.person)
            if r.line.reset and r.fresh and doses:
                resets.append((doses[0].day, r.line.drug))
            given += doses
            if not after.over_by(day):
                running.append(after)
        return replace(self, day=day, running=tuple(running), resets=tuple(resets)), given

    def _visit(self, visit):
        seen = self.seen.after(visit, self.start + TICK, self.regimen.measured)
        plan = replace(self, seen=seen)
        if visit.day < self.start - TICK:
            return plan
        known = plan._known(visit.day)
        for rule in self.regimen.rules:
            if rule.when is not None and rule.when.holds(known):
                plan = plan._act(rule, visit.day)
        for drug in [r.line.drug for r in plan.running if r.waits]:
            at, r = next(((i, r) for i, r in enumerate(plan.running) if r.line.drug == drug), (0, None))
            if r and r.open_on(visit.day) and r.due <= visit.day + TICK and r.taper.when.holds(known):
                plan = plan._step(at, visit.day)
        return plan

    def _known(self, day):
        known = self.seen.known() | {"day": day - self.start}
        for drug in self.regimen.drugs:
            on = next((r for r in self.running if r.line.drug == drug and r.given_on(day)), None)
            known[f"dose({drug})"] = on.amount if on else 0.0
            known[f"weeks_on({drug})"] = (day - on.since) / 7 if on else 0.0
        return known

    def _step(self, i, day):
        """Running line ``i`` one step down, and what waits for the first step of a taper."""
        before = self.running[i]
        after = before.down(day, self.person)
        if after.amount == before.amount:
            return self._put(i, after)
        plan = self._put(i, after)._note(day, TAPER, before.line.drug, f"down to {_told(after)}")
        for rule in self.regimen.rules:
            if rule.at_first_taper and not self._tapered():
                plan = plan._act(rule, day)
        return plan

    def _tapered(self):
        return any(d.rule == TAPER for d in self.decisions)

    def _act(self, rule: Rule, day: float) -> "Plan":
        past = self.acted.get(rule.name, ())
        if (rule.times is not None and len(past) >= rule.times) or day < self.start + rule.after - TICK:
            return self
        if past and day < past[-1] + rule.rest - TICK:
            return self
        plan = self
        for i, r in enumerate(self.running):
            if rule.back == r.line.drug and r.taper and r.open_on(day):
                after = r.back(day, rule.hold)
                what = "back to" if r.earlier else "kept at"
                plan = plan._put(i, after)._note(
                    day, rule.name, rule.back, f"{what} {_told(after)}, held {rule.hold:g} days"
                )
            if rule.more and rule.more.drug == r.line.drug and r.open_on(day):
                after = plan.running[i].more(day, rule.more, rule.hold, self.person)
                if after.amount > plan.running[i].amount:
                    plan = plan._put(i, after)._note(day, rule.name, rule.more.drug, f"up to {_told(after)}")
        for drug in rule.stop:
            plan = plan._stop(drug, rule.name, day)
        for line in rule.start:
            plan = plan._start(line, rule.name, day)
        if plan is self:
            return self
        return replace(plan, acted={**plan.acted, rule.name: (*past, day)})

    def _stop(self, drug, rule, day):
        kept = tuple(r for r in self.running if r.line.drug != drug)
        if len(kept) == len(self.running):
            return self
        return replace(self, running=kept)._note(day, rule, drug, "stopped")

    def _start(self, line, rule, day):
        if any(r.line.drug == line.drug for r in self.running):
            return self
        new = run(line, self.regimen.taper(line.drug), day, self.person)
        return replace(self, running=(*self.running, new))._note(day, rule, line.drug, f"started at {_told(new)}")

    def _put(self, i, running):
        return replace(self, running=(*self.running[:i], running, *self.running[i + 1 :]))

    def _note(self, day, rule, drug, what):
        return replace(self, decisions=(*self.decisions, Decision(day, rule, drug, what)))


def _told(r: Running) -> str:
    return f"{r.amount:.4g} {r.line.unit}"


def begin(regimen: Regimen, person: Mapping[str, float] | None = None, start: float | None = None) -> Plan:
    """The plan of ``regimen`` for one person, before its first dose.

    ``person`` has ``person_weight`` (kg), ``person_body_surface`` (m2) and whatever else; what it lacks is the typical
    person's. ``start`` is the first day in the course, by default the regimen's own (TherapyError where it has none).
    """
    values = {p.id: p.value for p in person_parameters()} | dict(person or {})
    start = regimen.first_day() if start is None else float(start)
    if not math.isfinite(start):
        raise TherapyError(f"regimen {regimen.name}, start", f"day {start}", "a finite day")
    running: list[Running] = []
    for line in sorted(regimen.doses, key=lambda line: line.first):
        new = run(line, regimen.taper(line.drug), start, values)
        before = next((r for r in running if r.line.drug == line.drug and r.ends >= new.begins - TICK), new)
        running.append(replace(new, since=before.since))
    return Plan(regimen, values, start, start, tuple(running))

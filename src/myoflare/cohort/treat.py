"""A regimen in one person: from visit to visit, what a clinic has measured decides what is given next."""

import math
from dataclasses import replace

import numpy as np

from myoflare.base.errors import TherapyError
from myoflare.base.status import Status
from myoflare.clinic import diagnosed_day, measure
from myoflare.cohort.life import prepare_life
from myoflare.cohort.values import person_values
from myoflare.simulate.advance import Solution
from myoflare.therapy import begin, drugs_of, load_drug, load_regimen
from myoflare.therapy.measured import Visit
from myoflare.therapy.regimen import Regimen


def treat(patient, regimen, model, days, seed=0, start_day=None, vary_drugs=False, without=()):
    """What ``regimen`` comes to in ``patient`` over ``days``: the ``Plan`` at the end, and every dose that was given.

    The body is carried from visit to visit; at each the clinic measures, with its noise, and the rules decide on what
    it wrote down and nothing else. The same seed gives the same noise whatever the regimen. Raises TherapyError for a
    regimen that would begin after the course ends, or waits for a diagnosis that is never made.
    """
    regimen = regimen if isinstance(regimen, Regimen) else load_regimen(regimen)
    person = person_values(patient)
    start = float(start_day) if start_day is not None else regimen.day
    if start is None:
        start = regimen.first_day(_diagnosis(patient, model, days, seed, without))
    if not 0 <= start <= days:
        came = f"it would begin on day {start:g}"
        raise TherapyError(f"regimen {regimen.name}", came, f"a day of the course, 0 to {days:g}", "lengthen the run")
    plan = begin(regimen, person, start)
    patient = without_causes(patient, plan.causes_stopped)
    if not (regimen.rules or any(t.when for t in regimen.tapers)):
        return plan.until(days)
    drugs = [load_drug(name) for name in regimen.drugs]
    life = prepare_life(patient, model, days, seed, drugs, vary_drugs, without=without)
    return _through(_Visits(life, seed), plan, days)


def _through(visits, plan, days):
    """The plan after its last visit, and all doses up to then."""
    given = _run_in(plan)
    visits.begin(given)
    while plan.next_visit <= days:
        day = plan.next_visit
        plan, doses = plan.until(day, [visits.on(day, given, plan.resets)])
        plan, more = plan.until(min(plan.next_visit, days))
        given += [dose for dose in (*doses, *more) if dose.day >= plan.start]
    return plan, given


def _run_in(plan):
    """Doses from before the first day, of a drug that the person had long been taking."""
    _, doses = plan.until(plan.start + 1e-6)
    return [dose for dose in doses if dose.day < plan.start]


class _Visits:
    """The body, carried from one visit to the next."""

    def __init__(self, life, seed):
        self.life, self.seed = life, seed
        self.day, self.y = 0.0, life.start
        self.seen = []

    def begin(self, given):
        """Start with what was ``given`` before the regimen."""
        self.y = self.life.begin(self._schedule(given, 0.0))

    def on(self, day, given, resets=()):
        """What the clinic writes down on ``day``, before the doses of that day."""
        schedule = self._schedule(given, day, resets)
        if day > self.day:
            self.y = self.life.advance(self.y, np.array([self.day, day]), schedule).states[-1]
            self.day = day
        self.seen.append((day, self.y))
        times, states = map(np.array, zip(*self.seen, strict=True))
        course = self.life.dataset(schedule, Solution(times, states, Status.OK, day))
        course.attrs = {"patient": self.life.patient.name, "seed": self.seed}
        last = measure(course).isel(time=-1)  # of all visits so far, so that each has a draw of its own
        return Visit(day, {name: float(last[name]) for name in last.data_vars})

    def _schedule(self, given, until, resets=()):
        _, doses = drugs_of(given)  # under the drugs' own names, where the regimen has them from folders
        return self.life.schedule(doses, until, resets)


def _diagnosis(patient, model, days, seed, without):
    """The day on which a clinic could say what it is, in a course without treatment."""
    life = prepare_life(patient, model, days, seed, (), without=without)
    times = np.arange(0.0, days, 1.0)
    schedule = life.schedule((), days)
    course = life.dataset(schedule, life.advance(life.start, times, schedule))
    course.attrs = {"patient": patient.name, "seed": seed, "events": "[]"}
    day = diagnosed_day(course)
    if day is None:
        raise TherapyError(
            f"patient {patient.name}", f"no diagnosis within {days:.0f} days", "a person who is diagnosed",
            "lengthen the run or give the first day with --start",
        )  # fmt: skip
    return day


def without_causes(patient, stopped):
    """``patient`` with each cause of ``stopped``, (exposure, day), taken away from that day on."""
    day = dict(stopped)
    kept = [e for e in patient.exposures if e.day < day.get(e.kind, math.inf)]
    ended = [replace(e, end=min(e.end, day[e.kind])) if e.kind in day else e for e in kept]
    return replace(patient, exposures=tuple(ended))

"""What a published dose does in a healthy body, read off as the publication read it."""

import numpy as np

from myoflare.base.errors import SimulationError, TherapyError
from myoflare.compile import compile_model
from myoflare.model.closure import piece
from myoflare.model.records import Change, Infusion, Model
from myoflare.simulate import advance, rest
from myoflare.store import suggest
from myoflare.therapy.amounts import amount_of
from myoflare.therapy.compose import actions, own_name, with_drugs, with_numbers
from myoflare.therapy.drug import Check, Drug, Standard, person_parameters
from myoflare.therapy.given import Given

RTOL = 1e-8
AFTER = 5.0  # intervals, or days where there is none, that a run goes on after the last dose
POINTS = 400  # outputs of an interval


class Assay:
    """One drug in a healthy body, for as many doses as one likes. Every equation of the drug, nothing averaged."""

    def __init__(self, drug: Drug, body: Model):
        self.drug, self.treated = drug, with_drugs(body, [drug], averaged=False)

    def computed(self, check: Check) -> float:
        """The figure of ``check`` as the equations give it, in the unit of the quantity that it reads.

        Raises TherapyError for a check that makes no sense (an unknown trait, a trough of a single dose).
        """
        last = (check.doses - 1) * check.every_days
        end = {"at": check.at_days, "half_life": last + (check.until_days or 0)}.get(check.what)
        if end is None:
            end = last + (check.every_days or check.until_days or AFTER)
        times, (y,) = self.course(check, (check.of,), end, check.person)
        if check.relative and not y[0]:
            raise TherapyError(f"check of {check.of}", "a share of a start at 0", "a quantity that is there at rest")
        y = y / y[0] if check.relative else y
        return float(_READ[check.what](times, y, check, last))

    def course(self, dose: Standard, wanted, end: float, person=None) -> tuple[np.ndarray, list[np.ndarray]]:
        """Times (days, shape (time,)) and each of ``wanted`` (time,), through ``dose`` from day 0 to ``end``."""
        names = [own_name(self.treated.whole, self.drug.name, w) for w in wanted]
        values = self._person(person or {})
        model = with_numbers(piece(self.treated.whole, names), values)
        program = compile_model(model, backend="python")
        known = {s.id for s in model.species} | model.values().keys()
        schedule = [a for a in actions(self.treated, self._given(dose, values), values, end) if _target(a) in known]
        start = np.array([s.rest for s in model.species])
        if any(not s.id.startswith(f"{self.drug.name}_") for s in model.species):  # a body that must come to rest
            start = rest(program, program.vector(), start).state
        times = _times(schedule, end)
        largest = max((a.amount for a in schedule if not isinstance(a, Change)), default=1.0)  # a Change gives nothing
        atol = 1e-10 * np.maximum(np.abs(start), largest)
        found = advance(program, program.vector(), start, times, schedule, rtol=RTOL, atol=atol)
        if not found.status.ok:
            raise SimulationError(f"drug {self.drug.name}", f"{found.status} on day {found.reached:.4g}", "a course")
        rows = [_row(program, t, y, p) for t, y, p in zip(times, found.states, found.params, strict=True)]
        return times, [np.array([row[name] for row in rows]) for name in names]

    def _person(self, person) -> dict[str, float]:
        known = {p.id.removeprefix("person_"): p.value for p in person_parameters()}
        for name in person:
            if name not in known:
                raise TherapyError(
                    f"drug {self.drug.name}", f"unknown trait {name!r}", "a row of person.tsv", suggest(name, known)
                )
        return {f"person_{name}": value for name, value in (known | dict(person)).items()}

    def _given(self, dose: Standard, values) -> list[Given]:
        route = dose.route or self.drug.default_route
        amount = amount_of(dose.dose, self.drug.route(route).unit, values, cap=dose.cap, where=f"drug {self.drug.name}")
        days = (i * dose.every_days for i in range(dose.doses))
        return [Given(day, self.drug.name, amount, route, dose.over_days) for day in days]


def _target(action) -> str:
    return action.parameter if isinstance(action, Change) else action.state


def _row(program, t, y, p):
    row = dict(zip(program.states, y, strict=True))
    row |= dict(zip(program.rules, program.derive(t, y, p), strict=True))
    return row | dict(zip(program.observables, program.observe(t, y, p), strict=True))


def _times(schedule, end):
    edges = {0.0, end} | {a.day for a in schedule} | {a.day + a.days for a in schedule if isinstance(a, Infusion)}
    edges = sorted(e for e in edges if 0 <= e <= end)
    n = max(POINTS // 8, min(POINTS, 40 * POINTS // max(len(edges) - 1, 1)))
    return np.unique(np.concatenate([np.linspace(a, b, n) for a, b in zip(edges, edges[1:], strict=False)]))


def _interval(times, check, last):
    """Mask of the last dosing interval, or of all that follows the last dose."""
    return times >= last if not check.every_days else (times >= last) & (times <= last + check.every_days)


def _cmax(times, y, check, last):
    return y[_interval(times, check, last)].max()


def _cmin(times, y, check, last):
    if not check.every_days:
        raise TherapyError(f"check of {check.of}", "a trough of a single dose", "every_days and doses")
    return np.interp(last + check.every_days, times, y)


def _auc(times, y, check, last):
    inside = _interval(times, check, last)
    return np.trapezoid(y[inside], times[inside])


def _tmax(times, y, check, last):
    inside = _interval(times, check, last)
    return times[inside][np.argmax(y[inside])] - last


def _half_life(times, y, check, last):
    inside = (times >= last + (check.after_days or 0)) & (times <= last + check.until_days)
    slope = np.polyfit(times[inside], np.log(np.maximum(y[inside], 1e-300)), 1)[0]
    return np.log(2) / -slope


def _at(times, y, check, last):
    return np.interp(check.at_days, times, y)


_READ = {"Cmax": _cmax, "Cmin": _cmin, "AUC": _auc, "tmax": _tmax, "half_life": _half_life, "at": _at}

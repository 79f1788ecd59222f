"""The course of one person's life with the network: from rest, through the exposures, to the last day."""

import json
import math
import numbers
import time as clock
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import xarray as xr

from myoflare import __version__
from myoflare.base.errors import PatientError, SimulationError
from myoflare.base.units import DAYS_PER_YEAR
from myoflare.cohort.exposures import exposure_changes, exposure_events
from myoflare.cohort.patient import Patient, load_patient
from myoflare.cohort.values import changed_values, patient_values, switches_of
from myoflare.compile import Program, compile_model
from myoflare.model import Change, load_model, with_values
from myoflare.simulate import advance, rest
from myoflare.therapy import Treated, actions, drugs_of, individual, with_drugs

RTOL = 1e-9
MOST_TIMES = 1_000_000
AROUND = (0.0, 0.02, 0.05, 0.1, 0.25, 0.5, 0.75)


def simulate(
    patient,
    years=3.0,
    seed=0,
    model=None,
    progress=None,
    every_days=1.0,
    program=None,
    without=(),
    doses=(),
    vary_drugs=False,
):
    """Run one person and return the course.

    Parameters
    ----------
    patient: a ``Patient``, or the name or path of one.
    years: length of the run, year; at most 100.
    seed: whole number, recorded with the course; the network is deterministic, ``measure`` draws its noise from it.
    model: another network; the shipped one by default.
    progress: called with the share done, 0 to 1.
    every_days: distance of saved times, day; times around every change of an input are added. At most a million.
    program: the compiled ``model``, when the caller has it; compiled here by default.
    without: switches that are set to 0 from day 0 on, in a body that had come to rest with them.
    doses: what was given, ``therapy.Given`` records by day of the run; their drugs join the network.
    vary_drugs: draw this person's own drug kinetics from ``seed``; the typical person's by default.

    Returns an ``xarray.Dataset`` over ``time`` (day): every state, rule and observable as float64 ``(time,)`` with
    ``long_name``, ``units``, ``kind`` and ``module``. The attributes say who, with which network and how.

    Raises PatientError (a fault of the document, an exposure after the end), TherapyError (a drug or dose that makes no
    sense) or SimulationError (no stable resting state, the solver could not go on).
    """
    patient = patient if isinstance(patient, Patient) else load_patient(patient)
    days = run_days(years)
    _check(days, seed, every_days)
    drugs, doses = drugs_of(doses)
    life = prepare_life(patient, model or load_shipped(), days, seed, drugs, vary_drugs, program, without)
    schedule = life.schedule(doses, days)
    times = save_times(days, schedule, every_days)
    on_day = (lambda day: progress(day / days)) if progress else None
    began = clock.perf_counter()
    solution = life.advance(life.start, times, schedule, on_day)
    course = life.dataset(schedule, solution)
    course.attrs = _attributes(patient, life.model, days, seed, clock.perf_counter() - began)
    course.attrs["doses"] = json.dumps([_told_dose(dose, life.treated) for dose in doses])
    return course


def _told_dose(dose, treated):
    route = treated.drugs[dose.drug].route(dose.route)
    length = route.over_days if dose.over_days is None else dose.over_days
    row = {"day": dose.day, "drug": dose.drug, "amount": dose.amount, "unit": route.unit}
    return row | {"route": dose.route or treated.drugs[dose.drug].default_route, "over_days": length}


@dataclass(frozen=True)
class Life:
    """One person about to live: the network with the drugs that may be given, the numbers, and the body at rest."""

    patient: Patient
    treated: Treated
    program: Program
    values: dict
    inputs: tuple
    start: np.ndarray

    @property
    def model(self):
        return self.treated.model

    def schedule(self, doses, until):
        """Exposures, and what ``doses`` do up to day ``until``."""
        return (*self.inputs, *actions(self.treated, doses, self.values, until))

    def advance(self, y, times, schedule, progress=None):
        """The solution through ``times``; SimulationError where the solver could not go on."""
        p = self.program.vector({k: v for k, v in self.values.items() if k in self.program.params})
        solution = advance(self.program, p, y, times, schedule, rtol=RTOL, progress=progress)
        if not solution.status.ok:
            came = f"{solution.status} on day {solution.reached:.4g}"
            raise SimulationError(self.patient.name, came, "a course to the last day", "look for an extreme parameter")
        return solution

    def dataset(self, schedule, solution):
        """States, rules and observables of a solution as a dataset without attributes."""
        return _dataset(self.model, self.program, self.values, schedule, solution)


def prepare_life(patient, model, days, seed=0, drugs=(), vary_drugs=False, program=None, without=()):
    """The ``Life`` of ``patient`` over ``days``, with ``drugs`` in the network; ``without`` as in ``simulate``."""
    treated = with_drugs(model, drugs)
    values, inputs = _numbers(patient, treated.model, days)
    if vary_drugs:
        values = individual(treated, values, seed, patient.name)
    inputs = (*(Change(0.0, switch, 0.0, f"without {switch}") for switch in without), *inputs)
    # A network with drugs is one of very many: what compiling it would save does not pay for the time it takes.
    program = program or compile_model(treated.model, backend="python" if drugs else "numba")
    start = resting_state(treated.model, program, values, patient)
    return Life(patient, treated, program, values, inputs, start)


def patient_model(patient, years=3.0, model=None):
    """The network as this person has it, with the exposures as its schedule; and the resting state, id -> amount.

    For export: the model carries every number that ``simulate`` would use.
    """
    patient = patient if isinstance(patient, Patient) else load_patient(patient)
    model = model or load_shipped()
    values, schedule = _numbers(patient, model, run_days(years))
    program = compile_model(model)
    start = resting_state(model, program, values, patient)
    return with_values(model, values, schedule), dict(zip(program.states, map(float, start), strict=True))


@lru_cache(maxsize=1)
def load_shipped():
    """The shipped network, read once."""
    return load_model()


def prepare():
    """Compile the shipped network, so that other processes find its code in the cache."""
    compile_model(load_shipped())


def save_times(days, schedule, every_days=1.0):
    """Saved times, day, sorted: a regular grid, and close steps after every change of an input."""
    grid = np.arange(0.0, days, every_days)
    near = [c.day + d for c in schedule for d in AROUND]
    times = np.unique(np.round(np.concatenate([grid, near, [days]]), 9))
    return times[(times >= 0) & (times <= days)]


def run_days(years):
    """Length of a run, day; PatientError when ``years`` is no length."""
    if not _is_number(years) or not 0 < years <= 100:
        came = f"{years}" if _is_number(years) else repr(years)
        raise PatientError("years", came, "a length above 0 and up to 100 years")
    return float(years) * DAYS_PER_YEAR


def _check(days, seed, every_days):
    if isinstance(seed, bool) or not isinstance(seed, numbers.Integral):
        raise PatientError("seed", repr(seed), "a whole number")
    if not _is_number(every_days) or not every_days >= days / MOST_TIMES or every_days == math.inf:
        expected = f"a distance of saved times of at least {days / MOST_TIMES:.1g} day, for a million of them"
        raise PatientError("every_days", repr(every_days), expected)


def _is_number(value):
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _numbers(patient, model, days):
    values = patient_values(patient, model)
    schedule = exposure_changes(patient.exposures, values, days)
    missing = sorted({c.parameter for c in schedule} - set(values))
    if missing:
        came = f"the input {missing[0]!r} is no parameter of the network"
        raise PatientError("exposures.yaml", came, "inputs that the network has")
    return values, schedule


def resting_state(model, program, values, patient):
    """Where this person's body stays before any exposure, in native units, shape (state,).

    Totals such as muscle mass start as the person's own parameters say. Hypothesis switches are at their defaults here:
    a person's own switches begin on day 0, in a body at rest, so that what a mechanism does can be seen.
    SimulationError when there is no stable rest.
    """
    defaults = model.values()
    values = dict(values) | {name: defaults[name] for name in switches_of(model)}
    guess = np.array([s.rest for s in with_values(model, values).species])
    try:
        return rest(program, program.vector(values), guess).state
    except SimulationError as fault:
        where = f"{patient.name}, {fault.where}"
        raise SimulationError(where, fault.came, fault.expected, fault.hint) from None


def _dataset(model, program, values, schedule, solution):
    times = np.asarray(solution.times, float)

    def attrs(item, kind):
        return {
            "long_name": item.name or item.id,
            "units": item.unit,
            "kind": kind,
            "module": getattr(item, "module", ""),
        }

    data = {}
    for s, column in zip(model.species, np.asarray(solution.states).T, strict=True):
        data[s.id] = ("time", column, attrs(s, "state"))
    derived = _derived(program, values, schedule, times, solution.states)
    for r in model.rules:
        data[r.id] = ("time", derived[r.id], attrs(r, "rule"))
    for o in model.observables:
        more = {"module": o.group, "description": o.description}
        noise = {"noise": o.noise, "noise_distribution": o.noise_distribution}
        data[o.id] = ("time", derived[o.id], attrs(o, "observable") | more | noise)
    return xr.Dataset(data, coords={"time": ("time", times, {"long_name": "time", "units": "day"})})


def _derived(program, values, schedule, times, states):
    """Rules and observables by id, each ``(time,)``; inputs have at each time the value that they just got."""
    p = program.vector(values)
    at = {name: i for i, name in enumerate(program.params)}
    changes = sorted((c for c in schedule if isinstance(c, Change)), key=lambda c: c.day)
    table = np.empty((len(times), len(program.rules) + len(program.observables)))
    done = 0
    for row, t, y in zip(table, times, np.asarray(states), strict=True):
        while done < len(changes) and changes[done].day <= t:
            p[at[changes[done].parameter]] = changes[done].value
            done += 1
        row[: len(program.rules)] = program.derive(t, y, p)
        row[len(program.rules) :] = program.observe(t, y, p)
    return dict(zip((*program.rules, *program.observables), table.T, strict=True))


def _attributes(patient, model, days, seed, seconds):
    return {
        "patient": patient.name,
        "story": patient.story,
        "patient_yaml": patient.text,
        "subtype": patient.subtype,
        "seed": int(seed),
        "digest": model.digest,
        "version": __version__,
        "solver": "LSODA, analytic Jacobian",
        "tolerances": f"rtol {RTOL:g}, atol {RTOL / 1000:g} of each state at rest",
        "duration_s": round(seconds, 3),
        "events": json.dumps(exposure_events(patient.exposures, days)),
        "changed_parameters": json.dumps(changed_values(patient, model)),
    }

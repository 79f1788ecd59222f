"""The course of one person's life with the network: from rest, through the exposures, to the last day."""

import json
import time as clock
from functools import lru_cache

import numpy as np
import xarray as xr

from myoflare import __version__
from myoflare.base.errors import PatientError, SimulationError
from myoflare.cohort.exposures import exposure_changes, exposure_events
from myoflare.cohort.patient import Patient, load_patient
from myoflare.cohort.values import changed_values, patient_values
from myoflare.compile import compile_model
from myoflare.model import load_model, with_values
from myoflare.simulate import advance, rest

DAYS_PER_YEAR = 365.25
RTOL, ATOL = 1e-8, 1e-12
AROUND = (0.0, 0.02, 0.05, 0.1, 0.25, 0.5, 0.75)


def simulate(patient, years=3.0, seed=0, model=None, progress=None, every_days=1.0):
    """Run one person and return the course.

    Parameters
    ----------
    patient: a ``Patient``, or the name or path of one.
    years: length of the run, year; at most 100.
    seed: recorded with the course; the network itself is deterministic, measurement noise is drawn by ``measure``.
    model: another network; the shipped one by default.
    progress: called with the share done, 0 to 1.
    every_days: distance of saved times, day; times around every change of an input are added.

    Returns an ``xarray.Dataset`` over ``time`` (day): every state, rule and observable as float64 ``(time,)`` with
    ``long_name``, ``units``, ``kind`` and ``module``. The attributes say who, with which network and how.

    Raises PatientError (a fault of the document, an exposure after the end) or SimulationError (no stable resting
    state, the solver could not go on).
    """
    patient = patient if isinstance(patient, Patient) else load_patient(patient)
    model = model or load_shipped()
    days = _days(years)
    values, schedule = _numbers(patient, model, days)
    program = compiled(model)
    began = clock.perf_counter()
    start = _resting(program, values, patient)
    times = save_times(days, schedule, every_days)
    solution = advance(program, values, start, times, schedule, rtol=RTOL, atol=ATOL, progress=progress)
    if not solution.status.ok:
        hint = "look for an extreme parameter value"
        raise SimulationError(patient.name, str(solution.status), "a course to the last day", hint)
    course = _dataset(model, program, values, schedule, solution)
    course.attrs = _attributes(patient, model, days, seed, clock.perf_counter() - began)
    return course


def patient_model(patient, years=3.0, model=None):
    """The network as this person has it, with the exposures as its schedule; and the resting state, id -> amount.

    For export: the model carries every number that ``simulate`` would use.
    """
    patient = patient if isinstance(patient, Patient) else load_patient(patient)
    model = model or load_shipped()
    values, schedule = _numbers(patient, model, _days(years))
    start = _resting(compiled(model), values, patient)
    return with_values(model, values, schedule), dict(zip(compiled(model).states, map(float, start), strict=True))


@lru_cache(maxsize=1)
def load_shipped():
    """The shipped network, read once."""
    return load_model()


@lru_cache(maxsize=4)
def _compiled(digest, holder):
    return compile_model(holder.model)


class _Holder:
    """Lets a cache key on the digest and still reach the model."""

    def __init__(self, model):
        self.model = model

    def __eq__(self, other):
        return self.model.digest == other.model.digest

    def __hash__(self):
        return hash(self.model.digest)


def compiled(model):
    """The program of a network, compiled once per digest."""
    return _compiled(model.digest, _Holder(model))


def save_times(days, schedule, every_days=1.0):
    """Saved times, day, sorted: a regular grid, and close steps after every change of an input."""
    grid = np.arange(0.0, days, every_days)
    near = [c.day + d for c in schedule for d in AROUND]
    times = np.unique(np.round(np.concatenate([grid, near, [days]]), 9))
    return times[(times >= 0) & (times <= days)]


def _days(years):
    if not 0 < years <= 100:
        raise PatientError("years", f"{years:g}", "a length above 0 and up to 100 years")
    return years * DAYS_PER_YEAR


def _numbers(patient, model, days):
    values = patient_values(patient, model)
    schedule = exposure_changes(patient.exposures, values, days)
    missing = sorted({c.parameter for c in schedule} - set(values))
    if missing:
        came = f"the input {missing[0]!r} is no parameter of the network"
        raise PatientError("exposures.yaml", came, "inputs that the network has")
    return values, schedule


def _resting(program, values, patient):
    found = rest(program, values)
    if not found.stable:
        slowest = max(np.real(found.eigenvalues))
        raise SimulationError(
            patient.name, f"the state before any exposure is not stable (an eigenvalue of {slowest:.2g} per day)",
            "a body at rest", "this person's parameters make disease without a trigger",
        )  # fmt: skip
    return found.state


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
    derived = program.derived(times, solution.states, values, schedule)
    for r in model.rules:
        data[r.id] = ("time", derived[r.id], attrs(r, "rule"))
    in_noise = [n for n in values if any(n in o.noise for o in model.observables)]
    numbers = json.dumps({n: values[n] for n in in_noise})
    for o in model.observables:
        more = {"module": o.group, "description": o.description}
        noise = {"noise": o.noise, "noise_distribution": o.noise_distribution, "noise_parameters": numbers}
        data[o.id] = ("time", derived[o.id], attrs(o, "observable") | more | noise)
    return xr.Dataset(data, coords={"time": ("time", times, {"long_name": "time", "units": "day"})})


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
        "tolerances": f"rtol {RTOL:g}, atol {ATOL:g}",
        "duration_s": round(seconds, 3),
        "events": json.dumps(exposure_events(patient.exposures, days)),
        "changed_parameters": json.dumps(changed_values(patient, model)),
    }

"""The course of one person's life with the network: from rest, through the exposures, to the last day."""

import json
import math
import numbers
import time as clock

import numpy as np

from myoflare import __version__
from myoflare.base.errors import PatientError
from myoflare.base.units import DAYS_PER_YEAR
from myoflare.cohort.exposures import exposure_events
from myoflare.cohort.life import RTOL, life_numbers, load_shipped, prepare_life, resting_state
from myoflare.cohort.patient import Patient, load_patient
from myoflare.cohort.treat import treat, without_causes
from myoflare.cohort.values import changed_values
from myoflare.compile import compile_model
from myoflare.model import with_values
from myoflare.therapy import drugs_of

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
    regimen=None,
    start_day=None,
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
    regimen: a ``Regimen``, or the name or path of one, which decides at visits what is given; instead of ``doses``.
    start_day: first day of the regimen in this course; by default what its text says, which may be the diagnosis.
    vary_drugs: draw this person's own drug kinetics from ``seed``; the typical person's by default.

    Returns an ``xarray.Dataset`` over ``time`` (day): every state, rule and observable as float64 ``(time,)`` with
    ``long_name``, ``units``, ``kind`` and ``module``. The attributes say who, with which network and how.

    Raises PatientError (a fault of the document, an exposure after the end), TherapyError (a drug or dose that makes no
    sense) or SimulationError (no stable resting state, the solver could not go on).
    """
    patient = patient if isinstance(patient, Patient) else load_patient(patient)
    days = run_days(years)
    _check(days, seed, every_days, doses, regimen, start_day)
    model = model or load_shipped()
    told, resets = {}, ()
    if regimen is not None:
        plan, doses = treat(patient, regimen, model, days, seed, start_day, vary_drugs, without)
        patient = without_causes(patient, plan.causes_stopped)
        told, resets = _told_plan(plan), plan.resets
    drugs, doses = drugs_of(doses)
    life = prepare_life(patient, model, days, seed, drugs, vary_drugs, program, without)
    schedule = life.schedule(doses, days, resets)
    times = save_times(days, schedule, every_days)
    on_day = (lambda day: progress(day / days)) if progress else None
    began = clock.perf_counter()
    solution = life.advance(life.begin(schedule), times, schedule, on_day)
    course = life.dataset(schedule, solution)
    course.attrs = _attributes(patient, life.model, days, seed, clock.perf_counter() - began)
    course.attrs["doses"] = json.dumps([_told_dose(dose, life.treated) for dose in doses])
    course.attrs |= told | {"vary_drugs": int(vary_drugs)}
    return course


def _told_plan(plan):
    rows = [{"day": d.day, "rule": d.rule, "drug": d.drug, "what": d.what} for d in plan.decisions]
    regimen = {"regimen": plan.regimen.name, "regimen_title": plan.regimen.title, "regimen_start_day": plan.start}
    causes = json.dumps(list(plan.causes_stopped))
    return regimen | {"regimen_yaml": plan.regimen.text, "decisions": json.dumps(rows), "causes_stopped": causes}


def _told_dose(dose, treated):
    route = treated.drugs[dose.drug].route(dose.route)
    length = route.over_days if dose.over_days is None else dose.over_days
    row = {"day": dose.day, "drug": dose.drug, "amount": dose.amount, "unit": route.unit}
    return row | {"route": dose.route or treated.drugs[dose.drug].default_route, "over_days": length}


def patient_model(patient, years=3.0, model=None):
    """The network as this person has it, with the exposures as its schedule; and the resting state, id -> amount.

    For export: the model carries every number that ``simulate`` would use.
    """
    patient = patient if isinstance(patient, Patient) else load_patient(patient)
    model = model or load_shipped()
    values, schedule = life_numbers(patient, model, run_days(years))
    program = compile_model(model)
    start = resting_state(model, program, values, patient)
    return with_values(model, values, schedule), dict(zip(program.states, map(float, start), strict=True))


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


def _check(days, seed, every_days, doses, regimen, start_day):
    if doses and regimen is not None:
        raise PatientError("doses", "doses and a regimen", "one of them", "the regimen says what is given")
    if start_day is not None and regimen is None:
        raise PatientError("start_day", f"day {start_day} of no regimen", "a regimen that begins then")
    if isinstance(seed, bool) or not isinstance(seed, numbers.Integral):
        raise PatientError("seed", repr(seed), "a whole number")
    if not _is_number(every_days) or not every_days >= days / MOST_TIMES or every_days == math.inf:
        expected = f"a distance of saved times of at least {days / MOST_TIMES:.1g} day, for a million of them"
        raise PatientError("every_days", repr(every_days), expected)


def _is_number(value):
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _attributes(patient, model, days, seed, seconds):
    return {
        "patient": patient.name,
        "story": patient.story,
        "patient_yaml": patient.text,
        "subtype": patient.subtype,
        "sex": patient.sex,
        "age_years": float(patient.age_years),
        "seed": int(seed),
        "digest": model.digest,
        "version": __version__,
        "solver": "LSODA, analytic Jacobian",
        "tolerances": f"rtol {RTOL:g}, atol {RTOL / 1000:g} of each state at rest",
        "duration_s": round(seconds, 3),
        "events": json.dumps(exposure_events(patient.exposures, days)),
        "changed_parameters": json.dumps(changed_values(patient, model)),
    }

"""One person about to live: the network with the drugs that may be given, the numbers, and the body at rest."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import xarray as xr

from myoflare.base.errors import PatientError, SimulationError
from myoflare.cohort.exposures import exposure_changes
from myoflare.cohort.patient import Patient
from myoflare.cohort.values import patient_values, switches_of
from myoflare.compile import Program, compile_model
from myoflare.model import Change, load_model, with_values
from myoflare.simulate import advance, rest
from myoflare.therapy import Treated, actions, individual, reset_actions, with_drugs

RTOL = 1e-9


@lru_cache(maxsize=1)
def load_shipped():
    """The shipped network, read once."""
    return load_model()


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

    def schedule(self, doses, until, resets=()):
        """Exposures, ``resets`` (day, drug) that clear a drug, and what ``doses`` do up to day ``until``."""
        cleared = reset_actions(self.treated, resets)
        return (*self.inputs, *cleared, *actions(self.treated, doses, self.values, until))

    def advance(self, y, times, schedule, progress=None):
        """The solution through ``times``; SimulationError where the solver could not go on."""
        p = self.program.vector({k: v for k, v in self.values.items() if k in self.program.params})
        solution = advance(self.program, p, y, times, schedule, rtol=RTOL, progress=progress)
        if not solution.status.ok:
            came = f"{solution.status} on day {solution.reached:.4g}"
            raise SimulationError(self.patient.name, came, "a course to the last day", "look for an extreme parameter")
        return solution

    def begin(self, schedule):
        """The body on day 0: at rest, but for doses from before that day, such as a run-in to steady state."""
        before = [action for action in schedule if action.day < 0]
        if not before:
            return self.start
        first = min(action.day for action in before)
        return self.advance(self.start, np.array([first, 0.0]), before).states[-1]

    def dataset(self, schedule, solution):
        """States, rules and observables of a solution as a dataset without attributes."""
        return _dataset(self.model, self.program, self.values, schedule, solution)


def prepare_life(patient, model, days, seed=0, drugs=(), vary_drugs=False, program=None, without=()):
    """The ``Life`` of ``patient`` over ``days``, with ``drugs`` in the network; ``without`` as in ``simulate``."""
    treated = with_drugs(model, drugs)
    values, inputs = life_numbers(patient, treated.model, days)
    if vary_drugs:
        values = individual(treated, values, seed, patient.name)
    inputs = (*(Change(0.0, switch, 0.0, f"without {switch}") for switch in without), *inputs)
    # A network with drugs is one of very many: what compiling it would save does not pay for the time it takes.
    program = program or compile_model(treated.model, backend="python" if drugs else "numba")
    start = resting_state(treated.model, program, values, patient)
    return Life(patient, treated, program, values, inputs, start)


def life_numbers(patient, model, days):
    """Every parameter before any exposure, by id, and the exposures over ``days`` as changes of inputs."""
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

"""A bench for treatment: the shipped patients given drugs of the library. Not a test.

``course`` gives a regimen as a clinic does. ``treat`` gives doses: there the drugs of a question join the network once,
so that its courses share one network and one state of rest.
"""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from lab import Life, _columns

from myoflare.base.units import DAYS_PER_YEAR
from myoflare.cohort import load_patient, simulate
from myoflare.cohort.life import life_numbers, resting_state
from myoflare.cohort.values import person_values
from myoflare.compile import compile_model
from myoflare.model import Change, load_model
from myoflare.simulate import advance
from myoflare.therapy import Given, actions, begin, load_drug, load_regimen, with_drugs
from myoflare.therapy.regimen import together

RTOL = 1e-7
ILL = 395  # day on which treatment begins, a year after these people fell ill
KG = 70.0


@cache
def ward(*drugs):
    """The network with ``drugs``: (treated, program)."""
    treated = with_drugs(load_model(), [load_drug(d) for d in drugs])
    return treated, compile_model(treated.model, backend="python")


@cache
def _person(name, days, drugs, parameters):
    """Numbers, exposures and the body at rest of a shipped patient with ``parameters`` of the person's own."""
    treated, program = ward(*drugs)
    person = load_patient(name)
    values, inputs = life_numbers(person, treated.model, days)
    values = values | dict(parameters)
    return values, tuple(inputs), resting_state(treated.model, program, values, person)


def treat(name, given=(), days=ILL + 365, drugs=(), interventions=(), step=2.0, **parameters):
    """The life of a shipped patient to whom doses ``given`` were given.

    ``drugs`` names the drugs of the network, by default those that are given; ``interventions`` are (day, parameter,
    value), as in ``lab.life``; ``parameters`` are numbers of this person.
    """
    drugs = tuple(sorted(drugs or {g.drug for g in given}))
    treated, program = ward(*drugs)
    values, inputs, start = _person(name, days, drugs, tuple(sorted(parameters.items())))
    changes = [Change(*i) for i in interventions]
    schedule = sorted([*inputs, *changes, *actions(treated, list(given), values, days)], key=lambda a: a.day)
    times = np.unique([*np.arange(0.0, days + step / 2, step), *(c.day for c in (*inputs, *changes) if c.day <= days)])
    numbers = {n: v for n, v in values.items() if n in program.params}
    solution = advance(program, program.vector(numbers), start, times, schedule, rtol=RTOL)
    assert solution.status.ok, solution.status
    return _columns(program, numbers, [a for a in schedule if isinstance(a, Change)], solution)


def daily(drug, amount, first, last, every=1.0, route=""):
    """The same dose from day ``first`` until before day ``last``."""
    return [Given(float(d), drug, amount, route) for d in np.arange(first, last, every)]


def prednisone(first=ILL, hold=42, weeks=26):
    """60 mg a day for ``hold`` days, then down in equal steps every two weeks, to nothing ``weeks`` after the first."""
    steps = np.arange(first + hold, first + 7 * weeks, 14.0)
    levels = np.linspace(60, 0, len(steps) + 1)[:-1]
    given = daily("prednisone", 60.0, first, first + hold)
    for day, level in zip(steps, levels, strict=True):
        given += daily("prednisone", float(level), day, day + 14)
    return given


def azathioprine(first, last):
    """2 mg/kg a day."""
    return daily("azathioprine", 2 * KG, first, last)


# Removal of cells at chosen rates, as interventions on the drug folder beside this file, which is no medicine.
REMOVAL = str(Path(__file__).parent / "depletion")


@cache
def course(name, regimen, after, until=np.inf, then="", then_day=0):
    """The life of a shipped patient under a regimen of the library from day ``ILL`` on, for ``after`` days more.

    Nothing of it is given from day ``until`` of the regimen on; on its day ``then_day`` regimen ``then`` begins.
    """
    written = load_regimen(regimen)
    written = replace(written, doses=tuple(replace(line, until=min(line.until, until)) for line in written.doses))
    if then:
        later = load_regimen(then)
        written = together(written, replace(later, doses=tuple(_later(line, then_day) for line in later.doses)))
    found = simulate(name, (ILL + after) / DAYS_PER_YEAR, regimen=written, start_day=ILL, every_days=2.0)
    return Life(found.time.values, {n: found[n].values for n in found.data_vars}, {})


def _later(line, days):
    return replace(line, first=line.first + days, until=line.until + days)


def prescribed(name, regimen, first, days):
    """The doses of a regimen of the library in a shipped patient, from day ``first`` to day ``days``."""
    return begin(load_regimen(regimen), person_values(load_patient(name)), first).until(days)[1]

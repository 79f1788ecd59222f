"""A bench for treatment: the shipped patients given drugs of the library. Not a test.

The drugs of a question join the network once, so that its courses share one network and one state of rest.
"""

from functools import cache
from pathlib import Path

import numpy as np
from lab import _columns

from myoflare.cohort import load_patient
from myoflare.cohort.life import life_numbers, resting_state
from myoflare.compile import compile_model
from myoflare.model import Change, load_model
from myoflare.simulate import advance
from myoflare.therapy import Given, actions, load_drug, with_drugs

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


def anti_CD20(day):
    """Blood is empty in days and tissue in weeks; killing fades half a year later, as after two infusions."""
    steps = [(day, 0.25), (day + 150, 0.1), (day + 170, 0.05), (day + 190, 0.02), (day + 210, 0.0)]
    return [(day, "depletion_tissue_share", 0.3), *((d, "depletion_k_B", k) for d, k in steps)]


def anti_CD19_cells(day):
    """T cells are depleted for four days; then CD19+ cells are killed everywhere, for 100 days."""
    lymphodepletion = [(day - 5, "depletion_k_T", 0.6), (day - 1, "depletion_k_T", 0.0)]
    killing = [(day + d, f"depletion_k_{x}", k) for x in ("B", "plasmablast") for d, k in ((1, 1.5), (101, 0.0))]
    return lymphodepletion + killing


def held(parameter, first, last, value, back=1.0):
    """A hook of the network held at ``value``: what a perfect and selective drug would leave."""
    return [(first, parameter, value), (last, parameter, back)]

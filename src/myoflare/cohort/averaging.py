"""What it costs that the disease sees a fast drug as means over a day: the same treated course with every swing."""

import sys

import numpy as np

from myoflare.cohort.life import RTOL, load_shipped, prepare_life
from myoflare.cohort.patient import load_patient
from myoflare.compile import compile_model
from myoflare.model.records import Change
from myoflare.simulate import advance
from myoflare.store import science_path
from myoflare.therapy import Given, actions, drugs_of, with_drugs

PATIENT, FIRST = "dermatomyositis", 118.0  # who is treated for the table, and from which day on
STEPS = ((60.0, 28), (30.0, 56), (10.0, 281))  # prednisone, mg a day and days: a year
NAMES = ("CK", "IFN_score", "immunity_CD4", "immunity_CD8", "muscle_CD8", "autoantibody", "force")


def averaging_error(patient, given, names, days=365.0):
    """Largest relative difference of each of ``names`` between the course with means and the one with every swing.

    ``patient`` by name or path, ``given`` as ``Given`` by day of the run; both courses begin on the day of the first
    dose in the same body, and are compared at the end of every day for ``days``. A difference is a share of the value
    with every swing. Returns a dict by name; an unknown name is a KeyError.
    """
    person, begin = load_patient(patient), min(g.day for g in given)
    end = begin + days
    drugs, given = drugs_of(given)
    life = prepare_life(person, load_shipped(), end, drugs=drugs)
    before = life.advance(life.start, np.array([0.0, begin]), life.inputs)
    state, numbers = dict(zip(life.program.states, before.states[-1], strict=True)), dict(life.values)
    numbers |= dict(zip(life.program.params, before.params[-1], strict=True))
    courses = [_course(t, given, state, numbers, life.inputs, begin, end)
               for t in (life.treated, with_drugs(load_shipped(), drugs, averaged=False))]  # fmt: skip
    found = {}
    for name in names:
        means, swings = (np.array([row[name] for row in course]) for course in courses)
        found[name] = float(np.max(np.abs(means - swings) / np.maximum(np.abs(swings), 1e-300)))
    return found


def _course(treated, given, state, numbers, inputs, begin, end):
    """Every quantity at the end of each day from ``begin`` to ``end``, as one dict for each day."""
    program = compile_model(treated.model, backend="python")
    p = program.vector({k: v for k, v in numbers.items() if k in program.params})
    y = np.array([state.get(s.id, s.rest) for s in treated.model.species])
    later = [c for c in inputs if c.day >= begin]
    known = set(program.params)
    schedule = [a for a in (*later, *actions(treated, given, numbers, end))
                if not isinstance(a, Change) or a.parameter in known]  # fmt: skip
    found = advance(program, p, y, np.arange(begin, end + 0.5), schedule, rtol=RTOL)
    rows = []
    for t, y, p in zip(found.times, found.states, found.params, strict=True):
        row = dict(zip(program.states, y, strict=True)) | dict(zip(program.rules, program.derive(t, y, p), strict=True))
        rows.append(row | dict(zip(program.observables, program.observe(t, y, p), strict=True)))
    return rows


def year_of_prednisone():
    """The doses of the table: one a day for a year, stepped down."""
    amounts = [amount for amount, days in STEPS for _ in range(days)]
    return [Given(FIRST + i, "prednisone", amount) for i, amount in enumerate(amounts)]


def main():
    """Write ``science/drugs/averaging.tsv``, which the documentation shows; about a minute."""
    found = averaging_error(PATIENT, year_of_prednisone(), NAMES)
    rows = [f"{name}\t{value:.2g}" for name, value in found.items()]
    text = "\n".join(("quantity\tlargestDifference", *rows))
    science_path("drugs", "averaging.tsv").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())

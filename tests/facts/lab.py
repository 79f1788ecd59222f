"""A bench for experiments on the shipped network: one life, with exposures as a patient has them and interventions as a
laboratory makes them. Not a test."""

from functools import cache

import numpy as np
from scipy.stats import spearmanr

from myoflare.base.streams import stream
from myoflare.cohort.exposures import exposure_changes
from myoflare.cohort.patient import patient_from
from myoflare.cohort.values import patient_values
from myoflare.compile import compile_model
from myoflare.model import Change, load_model
from myoflare.simulate import advance, rest
from myoflare.store.document import parse_document

RTOL = 1e-7


@cache
def network():
    model = load_model()
    return model, compile_model(model)


@cache
def _rest(numbers):
    model, program = network()
    values = dict(numbers)
    guess = program.guess.copy()
    for state, parameter in (("muscle_healthy", "muscle_muscle_mass"), ("muscle_SC_quiescent", "muscle_SC_total"),
                             ("muscle_EC", "muscle_EC_total")):  # fmt: skip
        guess[program.states.index(state)] = values[parameter]
    return rest(program, program.vector(values), guess).state


class Life:
    """States, rules and observables by name, each an array over ``t`` (day)."""

    def __init__(self, t, columns, values):
        self.t, self.columns, self.values = t, columns, values

    def __getattr__(self, name):
        return self.columns[name]

    def at(self, name, day):
        return float(np.interp(day, self.t, self.columns[name]))

    def between(self, name, first, last):
        return self.columns[name][(self.t >= first) & (self.t <= last)]

    def first_day(self, condition):
        """First day on which a boolean array over ``t`` holds; infinity when it never does."""
        hits = np.flatnonzero(condition)
        return float(self.t[hits[0]]) if len(hits) else np.inf

    @property
    def ill_at_end(self):
        """Muscle still being destroyed on the last day, far above what turnover does."""
        return bool(self.muscle_fibre_death[-1] > 10 * self.muscle_fibre_death[0])


def life(subtype="healthy", exposures="[]", genome=(), days=730, interventions=(), step=1.0, **parameters):
    """Run one person. ``exposures`` is YAML as in a patient document; ``interventions`` are (day, parameter, value)."""
    model, program = network()
    text = f"name: bench\nsubtype: {subtype}\ngenome: [{', '.join(genome)}]\nexposures: {exposures}\n"
    patient = patient_from(parse_document(text, "bench"))
    values = {**patient_values(patient, model), **parameters}
    schedule = [*exposure_changes(patient.exposures, values, days), *(Change(*i) for i in interventions)]
    schedule.sort(key=lambda c: c.day)
    times = np.unique(
        np.concatenate([np.arange(0.0, days + step / 2, step), [c.day for c in schedule if c.day <= days]])
    )
    calm = {n: model.values()[n] if n.startswith("H_") else v for n, v in values.items()}
    start = _rest(tuple(sorted(calm.items())))
    solution = advance(program, program.vector(values), start, times, schedule, rtol=RTOL)
    assert solution.status.ok, solution.status
    return _columns(program, values, schedule, solution)


def _columns(program, values, schedule, solution):
    columns = dict(zip(program.states, solution.states.T, strict=True))
    p, pending, rows = dict(values), list(schedule), []
    for t, y in zip(solution.times, solution.states, strict=True):
        while pending and pending[0].day <= t:
            change = pending.pop(0)
            p[change.parameter] = change.value
        vector = program.vector(p)
        rows.append(np.concatenate([program.derive(t, y, vector), program.observe(t, y, vector)]))
    columns |= dict(zip((*program.rules, *program.observables), np.array(rows).T, strict=True))
    return Life(solution.times, columns, values)


def infection(day=30, size=1.0, agent="mimicking_virus"):
    return f"{{infection: {{agent: {agent}, day: {day}, size: {size}}}}}"


def vary(names, patient, spread=0.25, process="facts"):
    """Log-normal multiples of nominal values, drawn from a named stream: {parameter: value}."""
    nominal = network()[0].values()
    draw = stream(2026, patient, process).standard_normal(len(names))
    return {n: nominal[n] * float(np.exp(spread * z)) for n, z in zip(names, draw, strict=True)}


def cure(day):
    """Interventions that end every self-reactive attack on a day and leave repair alone."""
    off = ("H_CTL", "H_MAC", "H_FCR", "H_INT", "H_IC", "H_MEM", "H_CAP", "muscle_s_IFNg",
           "muscle_site_s_TNF_T")  # fmt: skip
    stop = ("immunity_k_expand_CD4", "immunity_k_expand_CD8", "immunity_k_prime_CD4", "immunity_k_prime_CD8",
            "humoral_k_expand_GC", "humoral_k_plasmablast")  # fmt: skip
    return [(day, name, 0.0) for name in (*off, *stop)]


def rank_correlation(x, y):
    """Spearman's rho."""
    return float(spearmanr(x, y).statistic)


# The four patients of the book, each with the exposures and the predisposition that make them ill here.
FEW_TREG = {"immunity_Treg_supply": 4e9}
SICK = {
    "polymyositis": dict(
        subtype="polymyositis", genome=("HLA_DRB1_03_01",), exposures=f"[{infection(size=2)}]", **FEW_TREG
    ),
    "dermatomyositis": dict(
        subtype="dermatomyositis",
        genome=("HLA_DRB1_03_01",),
        exposures=f"[{{uv: {{from_day: 0, to_day: 120, dose: 1}}}}, {infection(size=2)}]",
        **FEW_TREG,
    ),
    "necrotising": {
        "subtype": "necrotising",
        "genome": ("HLA_DRB1_11_01",),
        "exposures": "[{statin: {from_day: 0, to_day: 300, dose: 1}}]",
    },
    "antisynthetase": dict(
        subtype="antisynthetase", genome=("HLA_DRB1_03_01",), exposures=f"[{infection(size=2)}]", **FEW_TREG
    ),
}


@cache
def sick(subtype, days=1095):
    """The life of one of the four, shared by the tests that only look."""
    return life(days=days, **SICK[subtype])

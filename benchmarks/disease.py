"""The shipped network with two drugs that this benchmark makes up, in a shipped patient's likeness.

No claim is made about a drug: an oral and an infused one lower a few rates, so that there is something to compute.
"""

from dataclasses import replace

import numpy as np

from myoflare.base.streams import stream
from myoflare.cohort import load_patient
from myoflare.cohort.course import resting_state
from myoflare.cohort.exposures import exposure_changes
from myoflare.cohort.values import patient_values
from myoflare.compile import compile_model
from myoflare.model import load_model
from myoflare.model.records import Model, Parameter, Reaction, Rule, Species
from myoflare.simulate import advance
from myoflare.simulate.advance import SMALLEST_SCALE

PATIENT = "dermatomyositis"
SPREAD = 0.35  # of the logarithm of what patients differ in: strength of the attack, and repair
DIFFER = (
    "muscle_kills_per_CTL", "muscle_k_INT", "muscle_k_rebuild", "muscle_k_mature", "muscle_k_fat_FAP",
    "muscle_site_k_drain", "muscle_k_leak_EC", "immunity_K_site", "humoral_k_plasmablast", "muscle_SC_total",
)  # fmt: skip
ORAL, INFUSED = ("gut_oral", "plasma_oral"), ("plasma_infused", "tissue_infused")
LOWERED = {
    "plasma_oral": ("immunity_k_expand_CD4", "immunity_k_expand_CD8", "infection_s_IFNa_pDC"),
    "tissue_infused": ("humoral_k_plasmablast", "humoral_k_expand_GC"),
}
BEFORE = "_undosed"  # what a lowered rate is called without its drug
DRUG_VALUES = {"drug_absorb": 12.0, "drug_eliminate": 5.0, "drug_clear": 0.03, "drug_enter": 0.3, "drug_leave": 0.3}
EMAX, EC50 = 0.6, 1.0
DRAWN = 32  # people, each with a resting state of their own; more patients repeat them
MIDDLING = 1e-3  # of its peak: the size of a state that starts at less


def patients(n: int, seed: int, days: float):
    """What ``cases`` asks of a network: model, params, y0, scale, exposures, oral and infused dose."""
    plain = load_model()
    person = load_patient(PATIENT)
    base, rest_program = patient_values(person, plain), compile_model(plain)
    model = with_drugs(plain)
    program = compile_model(model)
    params, starts = [], []
    for i in range(min(n, DRAWN)):
        factors = np.exp(SPREAD * stream(seed, i, "disease").standard_normal(len(DIFFER)))
        values = base | {name: base[name] * float(f) for name, f in zip(DIFFER, factors, strict=True)}
        rest = resting_state(plain, rest_program, values, person)
        starts.append(np.concatenate([rest, np.zeros(len(model.species) - len(rest))]))
        params.append(program.vector({renamed(name): value for name, value in values.items()}))
    exposures = tuple(exposure_changes(person.exposures, base, days))
    params, y0 = (np.resize(rows, (n, np.shape(rows)[1])) for rows in (params, starts))
    course = advance(program, params[0], y0[0], np.linspace(0, days, 400), exposures, rtol=1e-6).states
    peak = np.abs(course).max(axis=0)
    scale = np.maximum(np.maximum(np.abs(y0[0]), MIDDLING * peak), SMALLEST_SCALE)
    scale[len(plain.species) :] = 1.0
    return model, params, y0, scale, exposures, (ORAL[0], 1.0), (INFUSED[0], 10.0)


def renamed(name: str) -> str:
    return name + BEFORE if any(name in rates for rates in LOWERED.values()) else name


def with_drugs(model: Model) -> Model:
    """``model`` with two drugs; each rate in ``LOWERED`` becomes a rule of the rate without drug and an Emax term."""
    parameters = [replace(p, id=renamed(p.id)) for p in model.parameters]
    parameters += [Parameter(name, value, "1/day") for name, value in DRUG_VALUES.items()]
    parameters += [Parameter("drug_Emax", EMAX, "dimensionless"), Parameter("drug_EC50", EC50, "pmol")]
    units = {p.id: p.unit for p in model.parameters}
    rules = [
        Rule(rate, rate, f"{rate}{BEFORE} * (1 - drug_Emax * {drug} / (drug_EC50 + {drug}))", units[rate])
        for drug, rates in LOWERED.items()
        for rate in rates
    ]
    gut, oral, plasma, tissue = *ORAL, *INFUSED
    flows = [
        Reaction("oral_absorbed", "", f"drug_absorb * {gut}", {gut: -1.0, oral: 1.0}),
        Reaction("oral_eliminated", "", f"drug_eliminate * {oral}", {oral: -1.0}),
        Reaction("infused_cleared", "", f"drug_clear * {plasma}", {plasma: -1.0}),
        Reaction("infused_enters", "", f"drug_enter * {plasma}", {plasma: -1.0, tissue: 1.0}),
        Reaction("infused_leaves", "", f"drug_leave * {tissue}", {plasma: 1.0, tissue: -1.0}),
    ]
    return replace(
        model, id=f"{model.id}_dosed", species=(*model.species, *(Species(s, s, "pmol", 0.0) for s in ORAL + INFUSED)),
        parameters=tuple(parameters), rules=(*rules, *model.rules), reactions=(*model.reactions, *flows),
    )  # fmt: skip

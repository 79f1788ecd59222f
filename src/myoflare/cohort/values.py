"""One person's numbers: the network's defaults, then sex, age, body, subtype, genome, own parameters and switches."""

import math
from functools import cache

from myoflare.base.errors import PatientError
from myoflare.cohort.traits import trait_factors
from myoflare.model.conditions import load_conditions
from myoflare.model.tables import read_rows
from myoflare.store import science_path, suggest
from myoflare.therapy.drug import person_parameters

SWITCH = "H_"
FAR = 1e6  # times the upper bound of the table: a slip of the pen
NO_SUBTYPE = "healthy"


@cache
def alleles():
    """Rows of ``science/genome.tsv``: allele -> its rows, each with parameter, factor, title and source."""
    table = {}
    for row in read_rows(science_path("genome.tsv"), ("allele", "parameter", "factor", "source")):
        table.setdefault(row["allele"], []).append(row)
    return table


def patient_values(patient, model):
    """Every parameter of ``model`` as this person has it before any exposure, by id.

    PatientError, naming line and nearest known name, for a subtype, allele, parameter or switch that does not exist.
    """
    return {name: value for name, (value, _) in _told(patient, model).items()}


def changed_values(patient, model):
    """Plain rows ``id, value, default, unit, source, description`` of what differs from the network's default."""
    told = _told(patient, model)
    rows = []
    for p in model.parameters:
        value, why = told[p.id]
        if value != p.value:
            source = f"{why}; default: {p.source}" if p.source else why
            row = {"id": p.id, "value": value, "default": p.value, "unit": p.unit}
            rows.append(row | {"source": source, "description": p.description})
    return rows


def person_values(patient):
    """What drugs read of this person: every row of ``person.tsv`` by id, with sex, age and own traits.

    Weight, height and fat-free mass of the table are halfway between the sexes; body surface follows from the first two
    (Mosteller 1987, doi:10.1056/NEJM198710223171717) unless the document gives it.
    """
    own = {f"person_{name}": float(value) for name, value in patient.person.items()}
    values = {p.id: p.value for p in person_parameters()}
    values |= {"person_age": float(patient.age_years), "person_male": float(patient.sex == "male")} | own
    if "person_body_surface" not in own:
        values["person_body_surface"] = math.sqrt(values["person_height"] * values["person_weight"] / 36)
    return values


def switches_of(model):
    """Ids of the hypothesis switches of a network."""
    return [p.id for p in model.parameters if p.id.startswith(SWITCH)]


def _told(patient, model):
    """id -> (value, who said so)."""
    told = {p.id: (p.value, p.source) for p in model.parameters}
    for name, (factor, why) in trait_factors(patient.sex, patient.age_years).items():
        if name in told:
            told[name] = (told[name][0] * factor, why)
    told |= {name: (value, "the person") for name, value in person_values(patient).items() if name in told}
    for name, (value, why) in _subtype(patient, model).items():
        told[name] = (value, why)
    for i, allele in enumerate(patient.genome):
        for row in _rows_of(allele, patient.where("genome", i)):
            _known(row["parameter"], told, patient.where("genome", i), "a parameter of the network")
            value, _ = told[row["parameter"]]
            told[row["parameter"]] = (value * float(row["factor"]), f"{row.get('title') or allele}: {row['source']}")
    rows = {p.id: p for p in model.parameters}
    for name, value in patient.parameters.items():
        _known(name, told, patient.where("parameters", name), "a parameter of the network")
        _within_reason(rows[name], value, patient.where("parameters", name))
        told[name] = (value, "the patient's document")
    for name, value in patient.switches.items():
        where = patient.where("switches", name)
        _known(name, [n for n in told if n.startswith(SWITCH)], where, "a hypothesis switch of the network")
        told[name] = (value, "the patient's document")
    return told


def _subtype(patient, model):
    path = science_path("network", "subtypes.tsv")
    table = load_conditions(path, model) if path.is_file() else {}
    if patient.subtype in table:
        row = table[patient.subtype]
        why = f"subtype {row.name or row.id}" + (f": {row.source}" if row.source else "")
        return {name: (value, why) for name, value in row.values.items()}
    if patient.subtype == NO_SUBTYPE:
        return {}
    known = [NO_SUBTYPE, *table]
    hint = suggest(patient.subtype, known)
    raise PatientError(patient.where("subtype"), f"unknown subtype {patient.subtype!r}", "a row of subtypes.tsv", hint)


def _rows_of(allele, where):
    if allele not in alleles():
        raise PatientError(where, f"unknown allele {allele!r}", "a row of genome.tsv", suggest(allele, alleles()))
    return alleles()[allele]


def _known(name, known, where, what):
    if name not in known:
        hint = suggest(name, known)
        hint = hint if hint.startswith("did") else "see parameters.tsv for the names"
        raise PatientError(where, f"unknown name {name!r}", what, hint)


def _within_reason(row, value, where):
    """A share stays within its bounds; anything else may leave its prior, but not for the negative or the absurd."""
    came = f"{value:g} {row.unit}"
    if row.id.startswith(SWITCH):
        hint = f"write '{row.id}: {value:g}' there"
        raise PatientError(where, f"{row.id!r} is a hypothesis switch", "it under the key 'switches'", hint)
    if not math.isfinite(value):
        raise PatientError(where, came, "a finite number")
    if value < 0 and not row.lower < 0:
        raise PatientError(where, came, "a value of at least 0")
    share = row.unit == "dimensionless" and row.lower < row.upper == 1
    if share and not row.lower <= value <= 1:
        raise PatientError(where, came, f"a share from {row.lower:g} to 1")
    if row.upper > 0 and value > FAR * row.upper:
        raise PatientError(where, came, f"at most {FAR * row.upper:g} {row.unit}, a million times the upper bound")

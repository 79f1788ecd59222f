"""From a person to the network: every parameter that genome, repertoire, sex, age and antigen set, for many people."""

from functools import cache

import numpy as np

from myoflare.base.errors import PatientError
from myoflare.cohort.epitopes import antigen_rows, repertoire_tables
from myoflare.cohort.genome import REFERENCE, allele_pool
from myoflare.cohort.switches import NETWORK, check_switches, defaults
from myoflare.cohort.values import alleles
from myoflare.model.tables import number, read_rows
from myoflare.store import science_path

OLDEST = 120.0
_BY_ANTIGEN = {
    "basal": "immunity_basal_antigen",
    "statin": "immunity_statin_antigen_share",
    "tumour": "immunity_y_antigen_tumour",
}


def network_numbers(people, antigen, age_years, without=frozenset()):
    """Parameters of the network for each person and one antigen: id -> (N,) values, before any exposure.

    people: ``People`` (N,). antigen: a row of ``antigens.tsv``. age_years: number or (N,).
    without: causes to switch off besides those that are off in ``people`` already, names of ``switches.py``.

    The antigen brings its subtype's numbers and where it is shown; HLA and repertoire its presentation, clones and
    affinity (receptors that fit twice as well need half the antigen-presenting cells; better presentation helps by a
    power of it, since dendritic and B cells show by the same molecules); each locus its factor for every copy, relative
    to the mean of the reference population; sex and age their factors of ``tolerance.tsv``.
    PatientError for an age below 0 or above 120.
    """
    check_switches(without)
    without = people.without | frozenset(without)
    age = np.broadcast_to(np.asarray(age_years, float), len(people))
    if len(age) and not (age.min() >= 0 and age.max() <= OLDEST):
        came = f"{age.min() if not age.min() >= 0 else age.max():g} years"
        raise PatientError("age_years", came, f"an age from 0 to {OLDEST:g} years")
    row, base = antigen_rows()[antigen], defaults()
    cell = {k: number(row[k], f"antigens.tsv line {row['line']}", k) for k in (*_BY_ANTIGEN, "scale")}
    factors = {"immunity_HLA_presentation": people.presentation[:, antigen]}
    factors["immunity_autoreactive_clones"] = cell["scale"] * people.clones[:, antigen]
    affinity = np.where(people.affinity[:, antigen] > 0, people.affinity[:, antigen], 1.0)
    stimulus = affinity * people.presentation[:, antigen] ** repertoire_tables().presentation_power
    factors |= {"immunity_drive_half": 1 / stimulus, "immunity_drive_recall": 1 / stimulus}
    factors |= {name: np.full(len(people), cell[column]) for column, name in _BY_ANTIGEN.items()}
    if cell["tumour"] > 0:
        factors["immunity_y_antigen_tumour"] = cell["tumour"] * people.neoepitope[:, antigen]
    for name, more in _person_factors(people, age, without):
        factors[name] = factors.get(name, 1.0) * more
    fixed = {name: np.full(len(people), value) for name, value in _subtype(row["subtype"]).items()}
    off = {name: np.zeros(len(people)) for name in without if name.startswith(NETWORK)}
    return fixed | off | {name: base[name] * factor for name, factor in factors.items()}


@cache
def tolerance_rows():
    """Rows of ``science/tolerance.tsv``: what sex and age change, and how everyone differs from the network's host."""
    return read_rows(science_path("tolerance.tsv"), ("trait", "level", "parameter", "factor"))


def _person_factors(people, age, without):
    if "equal_loci" not in without:
        yield from _locus_factors(people.loci)
    for row in tolerance_rows():
        if row["trait"] == "everyone":
            yield row["parameter"], np.full(len(people), float(row["factor"]))
        if row["trait"] == "sex" and "equal_sex" not in without:
            yield row["parameter"], np.where(people.female == (row["level"] == "female"), float(row["factor"]), 1.0)
    if "equal_age" not in without:
        by_age = [r for r in tolerance_rows() if r["trait"] == "age"]
        gone = {"immunity_Treg_supply"} if "equal_treg" in without else set()
        for parameter in sorted({r["parameter"] for r in by_age} - gone):
            points = sorted((float(r["level"]), float(r["factor"])) for r in by_age if r["parameter"] == parameter)
            yield parameter, np.interp(age, *zip(*points, strict=True))


def _locus_factors(loci):
    """Factors by copies, over their mean in the reference population, so that the mean person keeps the default."""
    pool = allele_pool(REFERENCE)
    for i, (allele, p) in enumerate(zip(pool.loci, pool.locus_frequency, strict=True)):
        for row in alleles()[allele]:
            factor = float(row["factor"])
            yield row["parameter"], factor ** loci[:, i].astype(float) / (1 - p + p * factor) ** 2


@cache
def _subtype(name):
    path = science_path("network", "subtypes.tsv")
    for row in read_rows(path, ("conditionId",)):
        if row["conditionId"] == name:
            return {k: number(v, f"{name}, {k}", k) for k, v in row.items() if v and k in defaults()}
    raise PatientError("antigens.tsv", f"unknown subtype {name!r}", "a row of subtypes.tsv")

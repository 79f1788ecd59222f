"""What a register would print about a population: rates, shares and crude odds ratios, many times over.

These are quick figures for comparing rival causes: odds ratios are crude, matched by band of age alone. The regressions
of an epidemiologist are made elsewhere; both must agree within their errors.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from myoflare.base.errors import PatientError
from myoflare.cohort.compared import population_facts
from myoflare.cohort.epitopes import antigen_rows
from myoflare.cohort.exposome import midwinter
from myoflare.cohort.genome import allele_pool, carriers
from myoflare.cohort.standard import standard_density
from myoflare.model.tables import number, read_rows
from myoflare.store import science_path, suggest

ADULT, STATIN_AGE = 18.0, 40.0
BANDS = np.arange(0.0, 91.0, 10.0)  # years
TAG, PTPN22, DR11 = "B_08_01", "PTPN22_620W", "DRB1_11_01"
EITHER = {"infection": ("airway", "gut")}
STUDY = 500  # cases of a synthetic register


@dataclass(frozen=True)
class Published:
    """Rows of ``science/register.tsv``: names, values and standard errors on the scale of comparison, and the rows."""

    names: tuple[str, ...]
    value: np.ndarray
    error: np.ndarray
    rows: tuple[dict, ...]


@cache
def published():
    """The ``Published`` figures; those on a log scale as logarithms, errors from 95 % intervals.

    A row that names a ``fact`` takes what it leaves open from ``population_facts.tsv``.
    """
    facts = {row["id"]: row for row in population_facts()}
    rows = [_with_fact(row, facts) for row in read_rows(science_path("register.tsv"), ("figure", "fact", "scale"))]
    where = [f"register.tsv line {row['line']}" for row in rows]
    columns = ("published", "low", "high")
    cells = np.array([[number(r[c], w, c) for c in columns] for r, w in zip(rows, where, strict=True)])
    log = np.array([r["scale"] == "log" for r in rows])
    on_scale = np.where(log[:, None], np.log(np.where(log[:, None], cells, 1.0)), cells)
    error = (on_scale[:, 2] - on_scale[:, 1]) / (2 * 1.96)
    return Published(tuple(r["figure"] for r in rows), on_scale[:, 0], error, tuple(rows))


def _with_fact(row, facts):
    if not row["fact"]:
        return row
    if row["fact"] not in facts:
        where = f"register.tsv line {row['line']}"
        hint = suggest(row["fact"], facts)
        raise PatientError(where, f"unknown fact {row['fact']!r}", "an id of population_facts.tsv", hint)
    fact = facts[row["fact"]]
    told = {"published": fact["value"], "low": fact["low"], "high": fact["high"], "calibrated": fact["calibrated"]}
    told |= {"title": fact["what"], "source": "; ".join(t for t in (fact["source"], row["source"]) if t)}
    return row | told | {k: row[k] for k in ("published", "low", "high") if row[k]}


def registers(population, count, seed=0, study=STUDY):
    """Figures (count, S) of synthetic registers of ``study`` cases each, in the order of ``published()``.

    Each register weighs the cases anew by exponential numbers (the Bayesian bootstrap, Rubin 1981,
    doi:10.1214/aos/1176345338), which holds what the simulation does not know, and then draws its cases, which holds
    what a register of that size would not know. Not-a-number throughout where nobody fell ill.
    """
    names = published().names
    if not len(population.case):
        return np.full((count, len(names)), np.nan)
    rng = np.random.default_rng(seed)
    weight = population.weight[population.case] * rng.exponential(size=(count, len(population.case)))
    adult = population.age >= ADULT
    counted = standard_density(population.age) * weight  # a case counts as its age does in the standard population
    found = _rates(population, weight, counted, adult)
    drawn = _drawn(rng, np.where(adult, counted, 0.0), study)
    found |= _among(population, drawn)
    return np.stack([found[name] for name in names], axis=1)


def figures(population):
    """The same figures (S,) from all cases with their weights: the middle of what ``registers`` would print."""
    return np.nanmedian(registers(population, 200, seed=1, study=4 * STUDY), axis=0)


def _rates(population, weight, counted, adult):
    people = population.weight.sum()
    female = population.female[population.case]
    grown = standard_density(np.arange(ADULT, 90.0) + 0.5).sum()
    young = (population.age >= 2) & (population.age < ADULT)
    half = counted[:, adult]
    women, men = half[:, female[adult]].sum(axis=1), half[:, ~female[adult]].sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "incidence": np.log(1e6 * half.sum(axis=1) / people / grown),
            "women_to_men": np.log(women / men),
            "juvenile_incidence": np.log(1e6 * weight[:, young].sum(axis=1) / people / (ADULT - 2)),
        }


def _drawn(rng, weight, study):
    """Rows (R, study) of the adult cases that each register holds."""
    total = weight.sum(axis=1)
    if not (total > 0).all():
        raise PatientError("population", "no adult fell ill", "at least one adult case", "live more people")
    share = np.cumsum(weight / total[:, None], axis=1)
    u = rng.random((len(weight), study))
    return np.stack([np.searchsorted(s, v) for s, v in zip(share, u, strict=True)]).clip(0, weight.shape[1] - 1)


def _among(population, rows):
    case, pool = population.case, allele_pool(population.question.ancestry)
    names = [row["antigen"] for row in antigen_rows()]
    kinds = np.array([row["subtype"] for row in antigen_rows()])
    hmgcr, jo1 = (population.antigen == names.index(a) for a in ("HMGCR", "Jo1"))
    tag, dr11 = (carriers(population.haplotypes[case], allele) for allele in (TAG, DR11))
    locus = pool.loci.index(PTPN22)
    winter = np.cos(2 * np.pi * (population.month / 12 - midwinter(population.question.latitude)))
    found = {
        "median_age": np.median(population.age[rows], axis=1),
        "tag": _log_odds(tag[rows].mean(axis=1) / 2, _frequency(TAG, pool)),
        "ptpn22": _log_odds(population.loci[case, locus][rows].mean(axis=1) / 2, pool.locus_frequency[locus]),
        "dermatomyositis": (kinds[population.antigen] == "dermatomyositis")[rows].mean(axis=1),
        "hmgcr_share": hmgcr[rows].mean(axis=1),
        "jo1_share": jo1[rows].mean(axis=1),
        "season": 2 * winter[rows].mean(axis=1),
        "dr11_hmgcr": _carried(dr11, hmgcr, rows, 1 - (1 - _frequency(DR11, pool)) ** 2),
    }
    for name in ("airway", "infection", "statin", "tumour"):
        found[name] = _exposure(population, name, rows, STATIN_AGE if name == "statin" else ADULT)
    return found


def _carried(copies, group, rows, share):
    """Log odds ratio (R,) of carrying among the cases of one group, half a case added to each cell."""
    n, with_it = group[rows].sum(axis=1), (group & (copies > 0))[rows].sum(axis=1)
    found = np.log((with_it + 0.5) / (n - with_it + 0.5)) - np.log(share / (1 - share))
    return np.where(n >= 5, found, np.nan)


def _exposure(population, name, rows, from_age):
    """Log odds ratio (R,) of an exposure at onset against controls of the same ages."""
    columns = [population.exposure_names.index(n) for n in EITHER.get(name, (name,))]
    band = np.digitize(population.age, BANDS) - 1
    expected = _control_share(population, columns)[band]
    inside = (population.age >= from_age)[rows]
    exposed, n = (population.case_exposures[:, columns].any(axis=1)[rows] & inside).sum(axis=1), inside.sum(axis=1)
    hoped = np.where(inside, expected[rows], 0.0).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log((exposed + 0.5) / (n - exposed + 0.5)) - np.log(hoped / (n - hoped))


def _control_share(population, columns):
    """Share exposed (B,) of people of each band of age, by weight."""
    band = np.digitize(population.at_age, BANDS) - 1
    whole = np.bincount(band, population.weight, minlength=len(BANDS))
    had = np.bincount(band, population.weight * population.exposures[:, columns].any(axis=1), minlength=len(BANDS))
    return np.divide(had, whole, out=np.zeros(len(BANDS)), where=whole > 0)


def _frequency(allele, pool):
    copies = carriers(np.stack([np.arange(len(pool.frequency))] * 2, axis=1), allele) / 2
    return float(pool.frequency @ copies)


def _log_odds(share, frequency):
    share = np.clip(share, 0.5 / (2 * STUDY), 1 - 0.5 / (2 * STUDY))
    return np.log(share / (1 - share)) - np.log(frequency / (1 - frequency))

"""Odds ratios as an epidemiologist would find them: cases against controls, by logistic regression.

Nothing here reads how the population was made. Every odds ratio is adjusted for sex and age, and everyone counts with
the weight that undoes the tilt.
"""

import warnings

import numpy as np

from myoflare.cohort.epidemiology import Figure, Z, cases_of, effective
from myoflare.cohort.genome import allele_pool, carriers
from myoflare.cohort.standard import standard_density

ALLELES = ("B_08_01", "DRB1_03_01", "DRB1_07_01", "DRB1_11_01", "DQB1_02", "DPB1_01_01")
RUNS_AWAY = 8.0  # a log odds ratio beyond 3,000: the column parts cases from controls


def logistic(case, columns, weights):
    """Odds ratios of each column by weighted logistic regression (statsmodels GLM), robust intervals.

    case: (R,) bool. columns: name -> (R,). Returns name -> ``Figure``; NaN where a column does not vary,
    or parts cases from controls, so that no finite odds ratio fits.
    """
    import statsmodels.api as sm

    names = list(columns)
    seen = effective(np.asarray(weights)[case])
    nothing = {n: Figure(np.nan, np.nan, np.nan, seen) for n in names}
    if not case.any() or case.all():
        return nothing
    table = np.column_stack([np.ones(len(case)), *(np.asarray(columns[n], float) for n in names)])
    varies = np.concatenate([[True], np.ptp(table[:, 1:], axis=0) > 0])
    scaled = np.asarray(weights, float)
    scaled = np.where(case, scaled / max(scaled[case].mean(), 1e-300), scaled / max(scaled[~case].mean(), 1e-300))
    fit = sm.GLM(case.astype(float), table[:, varies], family=sm.families.Binomial(), var_weights=scaled)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # a column that parts cases from controls runs away; it is left out below
        try:
            found = fit.fit(cov_type="HC0")
        except np.linalg.LinAlgError:  # too few people for so many columns
            return nothing
    at = iter(range(1, int(varies.sum())))
    for n, there in zip(names, varies[1:], strict=True):
        if there:
            i = next(at)
            b, error = found.params[i], found.bse[i]
            if not (np.isfinite(error) and abs(b) < RUNS_AWAY):
                continue
            nothing[n] = Figure(*(float(np.exp(np.clip(b + z * error, -50, 50))) for z in (0, -Z, Z)), seen)
    return nothing


def case_control(population, names=None, ages=(18.0, 90.0), antigens=None, within=False, carried=False, among=None):
    """Name -> ``Figure`` of the odds ratio of each gene or exposure, each in a regression of its own.

    names: exposures, molecules and loci; the molecules of ``ALLELES`` and every locus by default; ``airway|gut`` is
    either. A gene counts by copies; with ``carried``, by whether there is one. Cases weigh as often as the standard
    population would meet them; controls are people asked at an age of the standard population, or, ``within``, the
    other cases, of the antigens ``among`` which one looks (all by default).
    """
    case, table, weights, adjust = _study(population, ages, antigens, within, among)
    found = {}
    for name in names or (*ALLELES, *allele_pool(population.question.ancestry).loci):
        seen = table(name)
        found[name] = logistic(case, {name: np.minimum(seen, 1) if carried else seen} | adjust, weights)[name]
    return found


def both_or_neither(population, first, second, antigens, ages=(18.0, 90.0)):
    """``Figure`` of the odds ratio, among cases, of these antigens in those with both of two traits against neither."""
    case, table, weights, adjust = _study(population, ages, antigens, within=True)
    one, two = table(first) > 0, table(second) > 0
    rows = one == two
    columns = {"both": one} | adjust
    return logistic(case[rows], {name: c[rows] for name, c in columns.items()}, weights[rows])["both"]


def _study(population, ages, antigens, within, among=None):
    """Who is a case (R,), a function from the name of a trait to what was seen of it (R,), weights (R,), and what is
    adjusted for."""
    chosen = cases_of(population, ages, None, antigens)
    rows, w = population.case[chosen], population.weight[population.case[chosen]]
    w = w * standard_density(population.age[chosen])
    if within:
        other = cases_of(population, ages, None, among) & ~chosen
        there = population.case[other]
        w0, age0 = population.weight[there] * standard_density(population.age[other]), population.age[other]
        seen0 = population.case_exposures[other]
    else:
        asked = (population.at_age >= ages[0]) & (population.at_age < ages[1])
        asked[rows] = False
        there = np.flatnonzero(asked)
        w0, age0, seen0 = population.weight[there], population.at_age[there], population.exposures[there]
    both = np.r_[rows, there]
    seen = np.r_[population.case_exposures[chosen], seen0]
    age = np.r_[population.age[chosen], age0] / 10
    adjust = {"female": population.female[both], "age": age, "age2": age**2}
    case = np.r_[np.ones(len(rows), bool), np.zeros(len(there), bool)]
    return case, lambda name: _trait(population, both, seen, name), np.r_[w, w0], adjust


def _trait(population, rows, seen, name):
    loci = allele_pool(population.question.ancestry).loci
    if set(name.split("|")) <= set(population.exposure_names):
        return seen[:, [population.exposure_names.index(n) for n in name.split("|")]].any(axis=1)
    return population.loci[rows, loci.index(name)] if name in loci else carriers(population.haplotypes[rows], name)

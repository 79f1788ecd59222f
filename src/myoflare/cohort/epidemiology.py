"""What an epidemiologist would compute from a population: rates, odds ratios by logistic regression, heritability.

Nothing here reads how the population was made: only who fell ill, when, and what can be seen of a person. Everyone
counts with the weight that undoes the tilt, and every figure comes with its 95 % interval.
"""

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from myoflare.cohort.genome import carriers
from myoflare.cohort.standard import standard_bands, standard_density

FEW = 100.0  # effective cases below which every figure is to be read as a hint
Z = 1.959963984540054
RUNS_AWAY = 8.0  # a log odds ratio beyond 3,000: the column parts cases from controls


@dataclass(frozen=True)
class Figure:
    """A number with its 95 % interval, and the effective cases behind it. NaN where it cannot be told."""

    value: float
    low: float
    high: float
    effective: float

    def covers(self, value):
        """Whether the interval holds ``value``."""
        return bool(self.low <= value <= self.high)

    def overlaps(self, low, high):
        """Whether the two intervals meet."""
        return bool(self.low <= high and low <= self.high)


def effective(weights):
    """(sum w)^2 / sum w^2, Kish 1965; 0 for none."""
    total = float(np.sum(weights))
    return total**2 / float(np.sum(np.square(weights))) if total > 0 else 0.0


def incidence(population, ages=(18.0, 90.0), female=None, antigens=None):
    """New cases per million person-years, standardised to the ages of the standard population, as a ``Figure``.

    ages: from and before, years. female: True or False for one sex. antigens: names, all by default. The interval is
    that of a mean of independent people, on the logarithm (delta method).
    """
    people, share = _people(population, female), _share(ages)
    chosen = _cases(population, ages, female, antigens)
    density = standard_density(population.age[chosen]) / share
    given = population.weight[population.case[chosen]] * density
    return _rate(given, people, ages[1] - ages[0])


def _people(population, female):
    mask = np.ones(len(population.weight), bool) if female is None else population.female == female
    return float(population.weight[mask].sum())


def _share(ages):
    edges, weights = standard_bands()
    low, high = np.maximum(edges[:-1], ages[0]), np.minimum(edges[1:], ages[1])
    return float((weights * np.maximum(high - low, 0) / np.diff(edges)).sum() / weights.sum())


def _cases(population, ages, female, antigens):
    chosen = (population.age >= ages[0]) & (population.age < ages[1])
    if female is not None:
        chosen &= population.female[population.case] == female
    if antigens is not None:
        chosen &= np.isin(population.antigen, [population.antigens.index(a) for a in antigens])
    return chosen


def _rate(given, people, years):
    """Per million person-years; where nobody fell ill, the upper end is that of the rule of three over ``years``."""
    total = float(given.sum())
    if not total:
        return Figure(0.0, 0.0, 1e6 * 3.0 / (people * years) if people * years else np.nan, 0.0)
    error = np.sqrt(max(float((given**2).sum()) - total**2 / people, 0.0)) / total
    value = 1e6 * total / people
    return Figure(value, value * np.exp(-Z * error), value * np.exp(Z * error), effective(given))


def age_curve(population, edges=(0, 5, 10, 15, 20, 30, 40, 50, 60, 70, 80, 90), female=None):
    """``Figure`` of cases per million person-years in each age band."""
    people = _people(population, female)
    found = []
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        chosen = _cases(population, (low, high), female, None)
        found.append(_rate(population.weight[population.case[chosen]] / (high - low), people, high - low))
    return found


def shares(population, ages=(18.0, 90.0)):
    """Antigen -> ``Figure`` of its share of the cases of the standard population."""
    chosen = _cases(population, ages, None, None)
    w = population.weight[population.case[chosen]] * standard_density(population.age[chosen])
    which = population.antigen[chosen]
    return {name: _share_of(w, which == k) for k, name in enumerate(population.antigens)}


def _share_of(w, mask):
    total = w.sum()
    if not total:
        return Figure(np.nan, np.nan, np.nan, 0.0)
    p = float(w[mask].sum() / total)
    error = float(np.sqrt((w**2 * (mask - p) ** 2).sum()) / total)
    return Figure(p, max(p - Z * error, 0.0), min(p + Z * error, 1.0), effective(w[mask]) if mask.any() else 0.0)


def age_range_share(population, ages, among=(18.0, 90.0)):
    """Share of the cases of the standard population at ages ``among`` that fall from ``ages[0]`` to before
    ``ages[1]``."""
    chosen = _cases(population, among, None, None)
    w = population.weight[population.case[chosen]] * standard_density(population.age[chosen])
    return _share_of(w, (population.age[chosen] >= ages[0]) & (population.age[chosen] < ages[1]))


def kind_share(population, kind, ages=(18.0, 90.0)):
    """Share of the cases of the standard population whom the clinic calls ``kind``."""
    chosen = _cases(population, ages, None, None)
    w = population.weight[population.case[chosen]] * standard_density(population.age[chosen])
    return _share_of(w, population.kind[chosen] == kind)


def cases_share(population, exposure, antigens, ages=(18.0, 90.0)):
    """Share of the cases with these antigens who had the exposure at onset."""
    chosen = _cases(population, ages, None, antigens)
    w = population.weight[population.case[chosen]] * standard_density(population.age[chosen])
    return _share_of(w, population.case_exposures[chosen][:, population.exposure_names.index(exposure)])


def rate_of(population, exposure, antigens, ages):
    """Cases with these antigens among the exposed, per million exposed person-years of the standard population."""
    at = population.exposure_names.index(exposure)
    asked = (population.at_age >= ages[0]) & (population.at_age < ages[1])
    people = float(population.weight.sum())
    exposed_share = float((population.weight * asked * population.exposures[:, at]).sum() / people)
    chosen = _cases(population, ages, None, antigens) & population.case_exposures[:, at]
    given = population.weight[population.case[chosen]] * standard_density(population.age[chosen])
    return _rate(given / max(exposed_share, 1e-12), people, exposed_share * (ages[1] - ages[0]))


def logistic(case, columns, weights):
    """Odds ratios of each column by weighted logistic regression (statsmodels GLM), robust intervals.

    case: (R,) bool. columns: name -> (R,). Returns name -> ``Figure``; NaN where a column does not vary,
    or parts cases from controls, so that no finite odds ratio fits.
    """
    import statsmodels.api as sm

    names = list(columns)
    table = np.column_stack([np.ones(len(case)), *(np.asarray(columns[n], float) for n in names)])
    varies = np.concatenate([[True], np.ptp(table[:, 1:], axis=0) > 0])
    seen = effective(np.asarray(weights)[case])
    nothing = {n: Figure(np.nan, np.nan, np.nan, seen) for n in names}
    if not case.any() or case.all():
        return nothing
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


def case_control(population, ages=(18.0, 90.0), antigens=None, exposure=None, within=False):
    """Odds ratios of genes or one exposure by case-control sampling, adjusted for sex and age.

    Cases weigh as often as the standard population would meet them; controls are people asked at an age of the standard
    population. exposure: a name of ``exposure_names``; without it, copies of the molecules of ``ALLELES``
    and of every locus, each in a regression of its own. within: controls are the other cases.
    """
    chosen = _cases(population, ages, None, antigens)
    rows, w = population.case[chosen], population.weight[population.case[chosen]]
    w = w * standard_density(population.age[chosen])
    if within:
        other = _cases(population, ages, None, None) & ~chosen
        there = population.case[other]
        w0, age0 = population.weight[there] * standard_density(population.age[other]), population.age[other]
        seen0 = population.case_exposures[other]
    else:
        asked = (population.at_age >= ages[0]) & (population.at_age < ages[1])
        asked[rows] = False
        there = np.flatnonzero(asked)
        w0, age0, seen0 = population.weight[there], population.at_age[there], population.exposures[there]
    case = np.r_[np.ones(len(rows), bool), np.zeros(len(there), bool)]
    both, weights = np.r_[rows, there], np.r_[w, w0]
    age = np.r_[population.age[chosen], age0] / 10
    adjust = {"female": population.female[both], "age": age, "age2": age**2}
    if exposure is not None:
        at = population.exposure_names.index(exposure)
        seen = np.r_[population.case_exposures[chosen][:, at], seen0[:, at]]
        return {exposure: logistic(case, {exposure: seen} | adjust, weights)[exposure]}
    return {n: logistic(case, {n: c} | adjust, weights)[n] for n, c in gene_columns(population, both).items()}


ALLELES = ("B_08_01", "DRB1_03_01", "DRB1_07_01", "DRB1_11_01", "DQB1_02", "DPB1_01_01")


def gene_columns(population, rows):
    """Name -> copies (R,) of the molecules of ``ALLELES`` and of the counted allele of every locus."""
    from myoflare.cohort.genome import allele_pool

    haplotypes = population.haplotypes[rows]
    found = {name: carriers(haplotypes, name) for name in ALLELES}
    loci = allele_pool(population.question.ancestry).loci
    return found | {name: population.loci[rows, i] for i, name in enumerate(loci)}


def falconer(prevalence, relatives_prevalence, relatedness):
    """Heritability on the scale of liability from the risk of relatives (Falconer 1965; Reich 1972 for the variance).

    prevalence: of the population. relatives_prevalence: among relatives of cases. relatedness: 0.5 for first degree.

    >>> round(falconer(0.01, 0.01, 0.5), 6)
    0.0
    """
    t, r = norm.isf(prevalence), norm.isf(relatives_prevalence)
    mean = norm.pdf(t) / prevalence
    correlation = (t - r * np.sqrt(1 - (t**2 - r**2) * (1 - t / mean))) / (mean + r**2 * (mean - t))
    return float(correlation / relatedness)

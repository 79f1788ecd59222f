"""What an epidemiologist would compute from a population: rates, shares, heritability.

Nothing here reads how the population was made: only who fell ill, when, and what can be seen of a person. Everyone
counts with the weight that undoes the tilt, and every figure comes with its 95 % interval.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from myoflare.cohort.standard import standard_bands, standard_density

FEW = 100.0  # effective cases below which every figure is to be read as a hint
Z = 1.959963984540054


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
    people, share = people_of(population, female), _share(ages)
    chosen = cases_of(population, ages, female, antigens)
    density = standard_density(population.age[chosen]) / share
    given = population.weight[population.case[chosen]] * density
    return _rate(given, people, ages[1] - ages[0])


def people_of(population, female):
    mask = np.ones(len(population.weight), bool) if female is None else population.female == female
    return float(population.weight[mask].sum())


def _share(ages):
    edges, weights = standard_bands()
    low, high = np.maximum(edges[:-1], ages[0]), np.minimum(edges[1:], ages[1])
    return float((weights * np.maximum(high - low, 0) / np.diff(edges)).sum() / weights.sum())


def cases_of(population, ages, female, antigens):
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
    people = people_of(population, female)
    found = []
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        chosen = cases_of(population, (low, high), female, None)
        found.append(_rate(population.weight[population.case[chosen]] / (high - low), people, high - low))
    return found


def shares(population, ages=(18.0, 90.0)):
    """Antigen -> ``Figure`` of its share of the cases of the standard population."""
    chosen = cases_of(population, ages, None, None)
    w = population.weight[population.case[chosen]] * standard_density(population.age[chosen])
    which = population.antigen[chosen]
    return {name: _share_of(w, which == k) for k, name in enumerate(population.antigens)}


def _share_of(w, mask):
    """Share by weight, with the interval of Wilson 1927 (doi:10.1080/01621459.1927.10502953) for effective cases."""
    n = effective(w)
    if not n:
        return Figure(np.nan, np.nan, np.nan, 0.0)
    p = float(w[mask].sum() / w.sum())
    middle, half = p + Z**2 / (2 * n), Z * np.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
    low, high = ((middle + sign * half) / (1 + Z**2 / n) for sign in (-1, 1))
    return Figure(p, max(low, 0.0), min(high, 1.0), effective(w[mask]))


def age_range_share(population, ages, among=(18.0, 90.0)):
    """Share of the cases of the standard population at ages ``among`` that fall from ``ages[0]`` to before
    ``ages[1]``."""
    chosen = cases_of(population, among, None, None)
    w = population.weight[population.case[chosen]] * standard_density(population.age[chosen])
    return _share_of(w, (population.age[chosen] >= ages[0]) & (population.age[chosen] < ages[1]))


def kind_share(population, kind, ages=(18.0, 90.0)):
    """Share of the cases of the standard population whom the clinic calls ``kind``."""
    chosen = cases_of(population, ages, None, None)
    w = population.weight[population.case[chosen]] * standard_density(population.age[chosen])
    return _share_of(w, population.kind[chosen] == kind)


def cases_share(population, exposure, antigens, ages=(18.0, 90.0)):
    """Share of the cases with these antigens who had the exposure at onset."""
    chosen = cases_of(population, ages, None, antigens)
    w = population.weight[population.case[chosen]] * standard_density(population.age[chosen])
    return _share_of(w, population.case_exposures[chosen][:, population.exposure_names.index(exposure)])


def rate_of(population, exposure, antigens, ages):
    """Cases with these antigens among the exposed, per million exposed person-years of the standard population."""
    at = population.exposure_names.index(exposure)
    asked = (population.at_age >= ages[0]) & (population.at_age < ages[1])
    people = float(population.weight.sum())
    exposed = population.weight[asked & population.exposures[:, at]]
    exposed_share = float(exposed.sum()) / people
    chosen = cases_of(population, ages, None, antigens) & population.case_exposures[:, at]
    given = population.weight[population.case[chosen]] * standard_density(population.age[chosen])
    if not exposed_share:
        return Figure(np.nan, np.nan, np.nan, 0.0)
    found = _rate(given / exposed_share, people, exposed_share / _share(ages) * (ages[1] - ages[0]))
    if not found.value:
        return found
    error = np.hypot(np.log(found.high / found.value), Z / np.sqrt(effective(exposed)))  # the exposed are a sample, too
    return Figure(found.value, found.value * np.exp(-error), found.value * np.exp(error), found.effective)


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

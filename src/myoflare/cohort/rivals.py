"""Rival causes: each hypothesis switched off in turn, and how well what is left explains the published figures.

Approximate Bayesian computation by rejection: every rival makes many registers of the size that was published; those
nearest to the published figures are kept, whoever made them, and the shares among them say how the rivals compare.
Summary figures need not be sufficient, so that a Bayes factor here is weaker evidence than its number sounds (Robert
2011, doi:10.1073/pnas.1102900108); what the figures cannot tell apart is said to be so (Kass & Raftery 1995,
doi:10.1080/01621459.1995.10476572).
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from myoflare.base.errors import PatientError
from myoflare.cohort.switches import check_switches
from myoflare.model.tables import read_rows
from myoflare.store import science_path

FULL = "full"
TELLING = 3.0  # a Bayes factor nearer to 1 than this is not worth more than a bare mention (Kass & Raftery)
FEWEST = 20  # registers kept, below which no comparison is made


@dataclass(frozen=True)
class Rival:
    """One row of ``science/rivals.tsv``: what is switched off.

    causes: names of ``switches.py``, for ``draw_people``. exposures: names for ``draw_exposome``.
    """

    name: str
    hypothesis: str
    causes: frozenset[str]
    exposures: frozenset[str]
    title: str
    would_show: str


@cache
def rivals():
    """Every ``Rival`` by name, ``full`` first; PatientError for a switch that does not exist."""
    rows = read_rows(science_path("rivals.tsv"), ("rival", "causes", "exposures", "title"))
    return {row["rival"]: make_rival(row) for row in rows}


def make_rival(row):
    """The ``Rival`` of a row."""
    causes, exposures = (frozenset(row[k].split()) for k in ("causes", "exposures"))
    check_switches(causes, f"rivals.tsv line {row['line']}, {row['rival']}, causes")
    return Rival(row["rival"], row.get("hypothesis", ""), causes, exposures, row["title"], row.get("would_show", ""))


@dataclass(frozen=True)
class Weighed:
    """How ``R`` rivals compare. kept: (R,) registers among the nearest; factor, low, high: (R,) Bayes factor of the
    rival over ``against`` with its 95 % interval; off: (R, S) mean distance of each figure in published errors."""

    names: tuple[str, ...]
    figures: tuple[str, ...]
    kept: np.ndarray
    factor: np.ndarray
    low: np.ndarray
    high: np.ndarray
    off: np.ndarray
    tolerance: float
    against: str

    def verdict(self, name):
        """In plain words, what the figures say of a rival."""
        i = self.names.index(name)
        if self.low[i] > TELLING:
            return f"explains the figures better than {self.against}"
        if self.high[i] < 1 / TELLING:
            return f"explains the figures worse than {self.against}"
        return f"cannot be told from {self.against}"


def weigh(registers, figures, published, error, against=FULL, keep=0.02):
    """Compare rivals by approximate Bayesian computation.

    registers: rival -> (N, S) figures of N synthetic registers, the same N for all, each with the sampling error of the
    published study in it; not-a-number where a figure does not exist, such as an odds ratio without cases, which puts a
    register beyond reach. figures: names (S,). published, error: (S,) values and standard errors, on a scale on which
    distances make sense (odds ratios and incidences as logarithms). keep: share of all registers that is kept.

    Rivals are alike beforehand. The interval counts only the number of registers. PatientError for too few of them.
    """
    sizes = {len(r) for r in registers.values()}
    if len(sizes) != 1 or keep * sizes.copy().pop() * len(registers) < FEWEST:
        came = f"{min(sizes)} to {max(sizes)} registers a rival"
        raise PatientError("registers", came, f"the same number for all, at least {FEWEST} kept", "simulate more")
    names = tuple(registers)
    z = np.stack([(registers[name] - published) / error for name in names])
    far = np.sqrt(np.mean(np.where(np.isfinite(z), z, np.inf) ** 2, axis=2))
    tolerance = np.quantile(far, keep, method="lower")
    if not np.isfinite(tolerance):
        came = f"fewer than {keep:.0%} of all registers have every figure"
        raise PatientError("registers", came, "figures that registers have", "leave figures out, or live more people")
    kept = (far <= tolerance).sum(axis=1)
    base = kept[names.index(against)]
    factor = (kept + 0.5) / (base + 0.5)
    spread = np.exp(1.96 * np.sqrt(1 / (kept + 0.5) + 1 / (base + 0.5)))
    spread = np.where(np.arange(len(names)) == names.index(against), 1.0, spread)
    there = np.isfinite(z).all(axis=1)
    off = np.where(there, np.where(np.isfinite(z), z, 0.0).mean(axis=1), np.nan)
    return Weighed(
        names, tuple(figures), kept, factor, factor / spread, factor * spread, off, float(tolerance), against
    )

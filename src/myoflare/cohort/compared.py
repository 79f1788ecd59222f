"""A population beside the published figures of ``science/population_facts.tsv``: calibrated to, seen, or neither."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from myoflare.base.errors import PatientError
from myoflare.cohort.epidemiology import (
    Figure,
    age_range_share,
    case_control,
    cases_share,
    incidence,
    kind_share,
    rate_of,
    shares,
)
from myoflare.model.tables import read_rows
from myoflare.store import science_path

_GROUPS = {"women": {"female": True}, "men": {"female": False}, "children": {"ages": (2.0, 18.0)}}
MEASURES = ("incidence", "share", "kind", "antigen", "gene", "exposure", "statin_share", "statin_rate", "kin")
HINT = 10.0  # effective cases below which a figure is not told


@dataclass(frozen=True)
class Compared:
    """One published figure and the simulated one.

    calibrated: ``yes``; ``seen`` where it hangs on numbers that were moved with it in view; ``no``.
    """

    id: str
    what: str
    unit: str
    calibrated: str
    published: float
    low: float
    high: float
    found: Figure
    source: str

    @property
    def told(self):
        """Whether the simulated figure rests on enough cases to be told."""
        return bool(np.isfinite(self.found.value) and self.found.effective >= HINT)

    @property
    def agrees(self):
        """Whether the intervals meet; a published figure without one counts as a point."""
        low, high = (self.low, self.high) if np.isfinite(self.low) else (self.published, self.published)
        return self.told and self.found.overlaps(low, high)


@cache
def population_facts():
    """Rows of the table."""
    return read_rows(science_path("population_facts.tsv"), ("id", "what", "value", "measure", "calibrated"))


def compare_with_published(population, families=()):
    """A ``Compared`` for every row of the table. families: records of ``kin``; rows about others are left out."""
    memo = {f"kin:{k.kind}": k for k in families}
    asked = (r for r in population_facts() if not r["measure"].startswith("kin:") or _kind(r["measure"]) in memo)
    return [_compared(row, population, memo) for row in asked]


def _kind(measure):
    return measure.rpartition(":")[0]


def _compared(row, population, memo):
    number = {k: float(row[k]) if row.get(k) else np.nan for k in ("value", "low", "high")}
    return Compared(
        row["id"], row["what"], row["unit"], row["calibrated"], number["value"], number["low"],
        number["high"], _measure(population, row["measure"], memo), row["source"],
    )  # fmt: skip


def _measure(population, measure, memo):
    kind, *rest = measure.split(":")
    if kind == "kin":
        return getattr(memo[_kind(measure)], rest[1])
    if kind == "incidence":
        return incidence(population, **_GROUPS[rest[0]] if rest else {})
    if kind == "share":
        return age_range_share(population, tuple(float(a) for a in rest[0].split("-")))
    if kind == "kind":
        return kind_share(population, rest[0])
    if kind == "antigen":
        return shares(population)[rest[0]]
    if kind == "gene":
        antigens = tuple(rest[1:]) or None
        if antigens not in memo:
            memo[antigens] = case_control(population, antigens=antigens)
        return memo[antigens][rest[0]]
    if kind == "exposure":
        ages = (float(rest[1]), 90.0) if rest[1:] else (18.0, 90.0)
        return case_control(population, ages=ages, exposure=rest[0])[rest[0]]
    if kind == "statin_share":
        return cases_share(population, "statin", ("HMGCR",))
    if kind == "statin_rate":
        return rate_of(population, "statin", ("HMGCR",), (40.0, 90.0))
    raise PatientError("population_facts.tsv", f"unknown measure {measure!r}", ", ".join(MEASURES))

"""A population beside the published figures of ``science/population_facts.tsv``: calibrated to, seen, or neither."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from myoflare.base.errors import PatientError
from myoflare.cohort.epidemiology import (
    Figure,
    age_range_share,
    cases_share,
    incidence,
    kind_share,
    rate_of,
    shares,
)
from myoflare.cohort.genome import REFERENCE
from myoflare.cohort.odds import both_or_neither, case_control
from myoflare.model.tables import read_rows
from myoflare.store import science_path, suggest

_GROUPS = {"women": {"female": True}, "men": {"female": False}, "children": {"ages": (2.0, 18.0)}}
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


def compare_with_published(population, families=(), elsewhere=()):
    """A ``Compared`` for every row of the table that can be asked.

    families: records of ``kin``. elsewhere: populations of other ancestries. Rows about neither these nor the
    population itself are left out.
    """
    populations = {p.question.ancestry: p for p in (*elsewhere, population)}
    memo = {k.kind: k for k in families}
    return [_compared(row, populations, memo) for row in population_facts() if _can(row, populations, memo)]


def _can(row, populations, memo):
    kind, _, rest = row["measure"].partition(":")
    return (row["ancestry"] or REFERENCE) in populations and (kind != "kin" or rest.split(":")[0] in memo)


def _compared(row, populations, memo):
    number = {k: float(row[k]) if row.get(k) else np.nan for k in ("value", "low", "high")}
    kind, *rest = row["measure"].split(":")
    where = f"population_facts.tsv line {row['line']}"
    if kind not in _MEASURES:
        raise PatientError(where, f"unknown measure {kind!r}", ", ".join(_MEASURES), suggest(kind, _MEASURES))
    found = _MEASURES[kind](populations[row["ancestry"] or REFERENCE], memo, *rest)
    return Compared(
        row["id"], row["what"], row["unit"], row["calibrated"], number["value"], number["low"],
        number["high"], found, row["source"],
    )  # fmt: skip


def _many(text):
    """``("Jo1", "PM")`` of ``Jo1+PM``; None of nothing."""
    return tuple(text.split("+")) if text else None


def _odds(population, memo, name, antigens="", age="18", **how):
    return case_control(population, (name,), (float(age), 90.0), _many(antigens), **how)[name]


_MEASURES = {
    "incidence": lambda p, memo, group="": incidence(p, **_GROUPS.get(group, {})),
    "ages": lambda p, memo, ages: age_range_share(p, tuple(float(a) for a in ages.split("-"))),
    "kind": lambda p, memo, kind: kind_share(p, kind),
    "antigen": lambda p, memo, name: shares(p)[name],
    "odds": _odds,
    "carried": lambda *asked: _odds(*asked, carried=True),
    "within": lambda *asked: _odds(*asked, within=True),
    "both": lambda p, memo, one, two, antigens: both_or_neither(p, one, two, _many(antigens)),
    "had": lambda p, memo, exposure, antigens: cases_share(p, exposure, _many(antigens)),
    "rate": lambda p, memo, exposure, antigens, age: rate_of(p, exposure, _many(antigens), (float(age), 90.0)),
    "kin": lambda p, memo, kind, figure: getattr(memo[kind], figure),
}
"""The column ``measure``: a name and its parts, between colons; antigens are joined by a plus."""

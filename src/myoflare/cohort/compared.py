"""A population beside the published figures of ``science/population_facts.tsv``: calibrated to, seen, or neither.

The column ``measure`` of that table says how a figure is counted:

- ``incidence[:women|men|children]``, ``incidence_of:ANTIGENS:AGE``: per million person-years
- ``ages:50-80``, ``kind:dermatomyositis``, ``antigen:Jo1``: shares of adult cases
- ``odds:TRAIT[:ANTIGENS[:AGE]]``: odds ratio against people of that age or older (18); TRAIT is a molecule or locus, by
  copies, or an exposure (``airway|gut``: either); ANTIGENS such as ``TIF1+Mi2``, all where there are none
- ``carried:`` the same, by whether there is a copy; ``within:`` and ``within_carried:`` against all other cases;
  ``within_group:TRAIT:ANTIGENS:AMONG`` against other cases of some antigens; ``both:ONE:TWO:ANTIGENS``: both against
  neither
- ``had:EXPOSURE:ANTIGENS``: share exposed; ``rate:EXPOSURE:ANTIGENS:AGE``: cases per million exposed person-years
- ``kin:KIND:FIGURE``: a figure of ``kin.Kin``

A row of another ancestry names it in the column ``ancestry``.
"""

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
    "incidence_of": lambda p, memo, antigens, age: incidence(p, (float(age), 90.0), antigens=_many(antigens)),
    "ages": lambda p, memo, ages: age_range_share(p, tuple(float(a) for a in ages.split("-"))),
    "kind": lambda p, memo, kind: kind_share(p, kind),
    "antigen": lambda p, memo, name: shares(p)[name],
    "odds": _odds,
    "carried": lambda *asked: _odds(*asked, carried=True),
    "within": lambda *asked: _odds(*asked, within=True),
    "within_carried": lambda *asked: _odds(*asked, within=True, carried=True),
    "within_group": lambda *asked: _odds(*asked[:-1], within=True, among=_many(asked[-1])),
    "both": lambda p, memo, one, two, antigens: both_or_neither(p, one, two, _many(antigens)),
    "had": lambda p, memo, exposure, antigens: cases_share(p, exposure, _many(antigens)),
    "rate": lambda p, memo, exposure, antigens, age: rate_of(p, exposure, _many(antigens), (float(age), 90.0)),
    "kin": lambda p, memo, kind, figure: getattr(memo[kind], figure),
}
"""How the column ``measure`` is read: a name and its parts, between colons; antigens are joined by a plus."""

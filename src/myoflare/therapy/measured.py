"""What a clinic has measured by a day, and nothing else: all that a treatment rule may know of the body."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from myoflare.model.tables import read_rows
from myoflare.store import science_path

VARIANTS = ("_last", "_best", "_first", "_start")


@dataclass(frozen=True)
class Measured:
    """A read-out that a clinic takes at a visit; ``better`` is lower or higher, ``stands_for`` what it tells of."""

    better: str
    stands_for: tuple[str, ...] = ()


@cache
def clinic_measures() -> Mapping[str, Measured]:
    """Rows of ``science/regimens/measured.tsv`` by observable."""
    rows = read_rows(science_path("regimens", "measured.tsv"), ("observableId", "better", "stands_for"))
    return {r["observableId"]: Measured(r["better"], tuple(r["stands_for"].split())) for r in rows}


@dataclass(frozen=True)
class Visit:
    """What was measured on one day, by observable; what was not taken is left out."""

    day: float
    values: Mapping[str, float]


@dataclass(frozen=True)
class Seen:
    """Every visit so far, summed up. ``start`` is the last one not after the first day of the regimen."""

    day: float = -math.inf
    now: Mapping[str, float] | None = None
    last: Mapping[str, float] | None = None
    first: Mapping[str, float] | None = None
    start: Mapping[str, float] | None = None
    best: Mapping[str, float] | None = None

    def after(self, visit: Visit, begins: float, measured: Mapping[str, Measured]) -> "Seen":
        """With one more visit. ``last`` and ``first`` are those of each read-out, for not all are taken each time."""
        taken = {k: v for k, v in visit.values.items() if k in measured and math.isfinite(v)}
        before = (self.last or {}) | (self.now or {})
        best = dict(self.best or {})
        for name, value in taken.items():
            pick = max if measured[name].better == "higher" else min
            best[name] = pick(best.get(name, value), value)
        start = (self.start or {}) | taken if visit.day <= begins else self.start
        return replace(self, day=visit.day, now=taken, last=before, first=taken | (self.first or {}), start=start,
                       best=best)  # fmt: skip

    def known(self) -> dict[str, float]:
        """By name as a condition writes it: ``CK_xULN``, ``CK_xULN_last`` and so on."""
        found = dict(self.now or {})
        for variant in VARIANTS:
            found |= {name + variant: value for name, value in (getattr(self, variant[1:]) or {}).items()}
        return found

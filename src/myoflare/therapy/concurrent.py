"""Which drugs are taken together on a day, and what that does to the numbers of each."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence

from myoflare.model.records import Change
from myoflare.therapy.given import Given
from myoflare.therapy.interactions import interaction_factors, interactions

WEEK = 7  # days over which a dose per day is taken


class Concurrent:
    """The daily doses of everything that was given, and the factors that they put on parameters."""

    def __init__(self, given: Sequence[Given]):
        self.by_drug: dict[str, tuple[list[float], list[float]]] = {}
        for g in sorted(given, key=lambda g: g.day):
            days, amounts = self.by_drug.setdefault(g.drug, ([], []))
            days.append(g.day)
            amounts.append(g.amount)
        self.rows = [r for r in interactions() if r.drug in self.by_drug and r.other in self.by_drug]
        self.known: dict[int, dict[tuple[str, str], float]] = {}

    def factors(self, day: float) -> dict[tuple[str, str], float]:
        """Factors by (drug, parameter) on the day that holds ``day``; empty where nothing interacts."""
        if not self.rows:
            return {}
        whole = math.floor(day)
        if whole not in self.known:
            self.known[whole] = interaction_factors({name: self._daily(name, whole) for name in self.by_drug})
        return self.known[whole]

    def changes(self, drug: str, values: Mapping[str, float], until: float) -> list[Change]:
        """Changes of the parameters of ``drug``, whose usual ``values`` are by id of the network, up to ``until``."""
        names = sorted({r.parameter for r in self.rows if r.drug == drug and f"{drug}_{r.parameter}" in values})
        found, told = [], dict.fromkeys(names, 1.0)
        for day in self._days(until) if names else ():
            now = self.factors(day)
            for name in names:
                factor = now.get((drug, name), 1.0)
                if factor != told[name]:
                    told[name], key = factor, f"{drug}_{name}"
                    found.append(Change(float(day), key, values[key] * factor, f"interaction of {drug}"))
        return found

    def _days(self, until):
        ends = [f(days) for days, _ in self.by_drug.values() for f in (min, max)]
        return range(math.floor(min(ends)), math.ceil(min(max(ends) + WEEK + 1, until)))

    def _daily(self, name, day):
        """Amount per day over the week up to ``day``, or since the first dose where that is shorter ago."""
        days, amounts = self.by_drug[name]
        first = bisect_left(days, day + 1 - WEEK)
        last = bisect_right(days, day + 1 - 1e-9)
        return sum(amounts[first:last]) / min(WEEK, max(1.0, day + 1 - math.floor(days[0])))

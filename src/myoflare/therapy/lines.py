"""One line of a prescription: what, how much, how often, from when to when."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from myoflare.base.errors import TherapyError
from myoflare.base.units import parse_unit
from myoflare.store import suggest
from myoflare.store.document import Document
from myoflare.therapy.amounts import Amount, parse_amount
from myoflare.therapy.doses import MOST_DOSES
from myoflare.therapy.drug import load_drug
from myoflare.therapy.schema import Strict, read_as

Routes = Callable[[str], Mapping[str, str]]
"""The routes of a drug by name, each with its unit, the usual one first; raises TherapyError for an unknown drug."""

HOUR = 0.0416  # days, a little less than an hour: the shortest time from dose to dose
RUN_IN_DAYS = 365.0  # leaves 0.02 % of the way to steady state for a half-life of 30 days
Length = Annotated[float, Field(ge=0, le=36525)]


def library_routes(drug: str) -> dict[str, str]:
    """The routes of a drug of the library, or of a folder, each with its unit; the usual one first."""
    found = load_drug(drug)
    names = sorted(found.routes, key=lambda name: name != found.default_route)
    return {name: found.routes[name].unit for name in names}


class _LineText(Strict):
    drug: str
    dose: str
    cap: str = ""
    route: str = ""
    over_days: Length | None = None
    rate: str = ""
    every_days: Length = 0.0
    doses: Annotated[int, Field(ge=1, le=MOST_DOSES)] | None = None
    from_day: float = 0.0
    until_day: float | None = None
    steady_state: bool = False
    run_in_days: Annotated[float, Field(gt=0, le=3653)] | None = None
    lag_days: Length = 0.0
    bioavailability: Annotated[float, Field(ge=0, le=1)] = 1.0
    reset: bool = False


@dataclass(frozen=True)
class Line:
    """``amount`` of ``drug`` by ``route``, ``every`` so many days, ``doses`` times or up to day ``until`` (not on it).

    Days count from the start of the regimen. It holds what a NONMEM record does: AMT ``amount``, II ``every``, ADDL
    ``doses`` - 1, RATE ``rate`` (amount a day) or a length ``over`` (days; the route's own where None), SS
    ``run_in`` (days for which the same had been given before, so that a steady state is reached), ALAG ``lag``,
    F ``bioavailability``, and EVID 4 ``reset``, which clears the drug's own states before the first dose.
    """

    drug: str
    route: str
    unit: str
    amount: Amount
    cap: Amount | None = None
    every: float = 0.0
    doses: int | None = 1
    first: float = 0.0
    until: float = math.inf
    over: float | None = None
    rate: Amount | None = None
    run_in: float = 0.0
    lag: float = 0.0
    bioavailability: float = 1.0
    reset: bool = False

    @property
    def last(self) -> float:
        """Day of the last dose; infinite where there is none."""
        if not self.every or self.doses == 1:
            return self.first
        by_number = self.first + (self.doses - 1) * self.every if self.doses else math.inf
        if math.isinf(self.until):
            return by_number
        return min(by_number, self.first + (math.ceil((self.until - self.first) / self.every - 1e-9) - 1) * self.every)

    def for_person(self, person: Mapping[str, float]) -> tuple[float, float | None]:
        """The amount of one dose in the unit of the route, and the days that it takes (None: the route's own)."""
        amount = self.amount.given_to(person, self.unit)
        if self.cap is not None:
            amount = min(amount, self.cap.given_to(person, self.unit))
        return amount, self.length(amount, person)

    def length(self, amount: float, person: Mapping[str, float]) -> float | None:
        """Days that an infusion of ``amount`` takes. With a fixed rate, what does not arrive takes no time."""
        if self.rate is None:
            return self.over
        return amount * self.bioavailability / self.rate.given_to(person, self.unit)


def line_from(data, document: Document, path: tuple, routes: Routes) -> Line:
    """The line written at ``path`` of ``document``. TherapyError for one that makes no sense."""
    raw = read_as(_LineText, data, document, path)
    route, unit = _route(raw, document, path, routes)

    def amount(key: str) -> Amount:
        where = document.where(*path, key)
        found = parse_amount(getattr(raw, key), where)
        found.check(unit, where)
        return found

    line = Line(
        drug=raw.drug, route=route, unit=unit, amount=amount("dose"), cap=amount("cap") if raw.cap else None,
        every=raw.every_days, doses=raw.doses if raw.every_days else 1, first=raw.from_day,
        until=math.inf if raw.until_day is None else raw.until_day, over=raw.over_days,
        rate=_rate(raw.rate, unit, document.where(*path, "rate")) if raw.rate else None,
        run_in=(raw.run_in_days or RUN_IN_DAYS) if raw.steady_state else 0.0, lag=raw.lag_days,
        bioavailability=raw.bioavailability, reset=raw.reset,
    )  # fmt: skip
    _check(raw, line, document, path)
    return line


def _route(raw, document, path, routes):
    try:
        known = routes(raw.drug)
    except TherapyError as fault:
        where = document.where(*path, "drug")
        raise TherapyError(where, f"unknown drug {raw.drug!r}", "a drug of the library", fault.hint) from None
    route = raw.route or next(iter(known))
    if route not in known:
        where = document.where(*path, "route")
        raise TherapyError(where, f"{raw.drug} has no route {route!r}", "a route of the drug", suggest(route, known))
    return route, known[route]


def _rate(text: str, unit: str, where: str) -> Amount:
    """``2.5 g/h`` as an amount per day."""
    head, _, time = text.rpartition("/")
    try:
        time_unit = parse_unit(time)
        if not head or time_unit.kinds != {"second": 1}:
            raise ValueError
    except ValueError:
        raise TherapyError(where, repr(text), "an amount per time, such as '50 mg/h' or '2 g/day'") from None
    amount = parse_amount(head, where)
    amount.check(unit, where)
    if not amount.value:
        raise TherapyError(where, repr(text), "a rate above 0")
    return Amount(amount.value * parse_unit("day").factor / time_unit.factor, amount.unit, amount.per)


def _check(raw: _LineText, line: Line, document: Document, path: tuple) -> None:
    def fault(key, came, expected, hint=""):
        return TherapyError(document.where(*path, key), came, expected, hint)

    if not line.amount.value:
        raise fault("dose", f"a dose of {raw.dose}", "an amount above 0")
    if line.first < 0:
        came = f"a dose on day {line.first:g}, before the start of the regimen"
        raise fault("from_day", came, "day 0 or later", "begin the regimen earlier with 'start'")
    if line.until <= line.first:
        raise fault("until_day", f"{line.until:g} is not after from_day {line.first:g}", "a later day than the first")
    if raw.over_days is not None and raw.rate:
        raise fault("rate", "both a rate and over_days", "one of them", "the other follows from the dose")
    if raw.doses is not None and raw.until_day is not None:
        raise fault("until_day", "both doses and until_day", "one of them", "each says when the last dose is")
    if 0 < line.every < HOUR:
        raise fault("every_days", f"a dose every {line.every:g} days", "an hour (0.0417) or more", "or over_days")
    for key in ("doses", "steady_state", "until_day"):
        wants = raw.steady_state if key == "steady_state" else getattr(raw, key) not in (None, 1)
        if wants and not line.every:
            raise fault(key, f"{key} without every_days", "the days from one dose to the next")
    if raw.run_in_days is not None and not raw.steady_state:
        raise fault("run_in_days", "run_in_days without steady_state", "steady_state: true")


def check_overlap(lines: list[tuple[Line, str]]) -> None:
    """TherapyError where two of ``lines``, each with its place, give one drug at the same time."""
    for i, (line, _) in enumerate(lines):
        for later, where in lines[i + 1 :]:
            if line.drug == later.drug and line.first <= later.last and later.first <= line.last:
                ends = "for good" if math.isinf(line.last) else f"until day {line.last:g}"
                came = f"{line.drug} from day {later.first:g}, while another line gives it from {line.first:g} {ends}"
                hint = "end one with until_day or doses before the other begins"
                raise TherapyError(where, came, "one line of a drug at a time", hint)

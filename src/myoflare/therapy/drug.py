"""The drug library: one folder of text per drug, read into a frozen ``Drug``."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from myoflare.base.errors import TherapyError
from myoflare.base.units import parse_unit
from myoflare.model.formula import to_tree
from myoflare.model.join import load_part
from myoflare.model.records import Model, Parameter
from myoflare.model.tables import number, read_parameters, read_rows
from myoflare.store import read_document, science_path, suggest
from myoflare.therapy.amounts import parse_amount
from myoflare.therapy.schema import Strict, read_as


class Route(Strict):
    """How a dose gets in: ``into`` a state, or a parameter that is set to dose per day while it lasts.

    ``bioavailability`` and ``lag_days`` are formulas over the drug's and the person's numbers and ``dose``.
    """

    into: str
    unit: str
    bioavailability: str = "1"
    lag_days: str = "0"
    over_days: float = Field(default=0.0, ge=0)


class Standard(Strict):
    """The dose that is shown: as it is usually given."""

    dose: str
    route: str = ""
    cap: str = ""
    every_days: float = Field(default=0.0, ge=0)
    doses: int = Field(default=1, ge=1)
    over_days: float | None = Field(default=None, ge=0)


class Check(Standard):
    """A published figure of a dose, and how to read it off a run."""

    what: Literal["Cmax", "Cmin", "AUC", "half_life", "tmax", "at"]
    of: str
    published: float
    unit: str
    source: str
    low: float | None = None
    high: float | None = None
    relative: bool = False
    at_days: float | None = None
    after_days: float | None = None
    until_days: float | None = None
    person: dict[str, float] = {}
    misses: str = ""


class Average(Strict):
    """Rules that stand in the network as their mean over windows of ``days``."""

    days: float = Field(default=1.0, gt=0)
    of: list[str]


class _DrugDocument(Strict):
    title: str
    class_: str = Field(alias="class")
    hits: str
    routes: Annotated[dict[str, Route], Field(min_length=1)]
    default_route: str = ""
    standard: Standard
    shows: list[str] = []
    average: Average | None = None
    checks: list[Check] = []
    engagement: list[Check] = []
    notes: str = ""
    sources: list[str] = []


@dataclass(frozen=True)
class Drug:
    """One drug. ``part`` is its network, ``cv`` the between-subject variation of its parameters as a share."""

    name: str
    title: str
    kind: str
    hits: str
    routes: Mapping[str, Route]
    default_route: str
    standard: Standard
    shows: tuple[str, ...]
    average: Average | None
    checks: tuple[Check, ...]
    engagement: tuple[Check, ...]
    notes: str
    sources: tuple[str, ...]
    part: Model
    cv: Mapping[str, float]

    def route(self, name: str = "") -> Route:
        """A route by name, the usual one by default. TherapyError for one that the drug does not have."""
        name = name or self.default_route
        if name not in self.routes:
            where = f"drug {self.name}"
            raise TherapyError(where, f"no route {name!r}", "a route of the drug", suggest(name, self.routes))
        return self.routes[name]


def list_drugs() -> list[str]:
    """Names of the drugs that ship with the package, sorted."""
    return sorted(p.parent.name for p in science_path("drugs").glob("*/drug.yaml"))


def load_drug(name_or_path: str | Path) -> Drug:
    """Read a drug: the name of a shipped one, or the path of a folder with ``drug.yaml`` and its network.

    Raises TherapyError for an unknown name or a faulty document, ModelError for a fault of its network.
    """
    text = str(name_or_path)
    if text in list_drugs():
        return _load(science_path("drugs", text))
    folder = Path(text)
    if "/" not in text and not folder.is_dir():
        hint = suggest(text, list_drugs())
        raise TherapyError(f"drug {text!r}", "no shipped drug has this name", "a name or a folder", hint)
    return _load(folder.resolve())


@cache
def _load(folder: Path) -> Drug:
    document = read_document(folder / "drug.yaml", TherapyError)
    raw = read_as(_DrugDocument, document.data, document)
    part = load_part(folder / f"{folder.name}.ant")
    _check(raw, part, document)
    keep = {k: getattr(raw, k) for k in ("title", "hits", "routes", "standard", "average", "notes")}
    return Drug(
        name=folder.name, kind=raw.class_, part=part, cv=_variation(folder / "parameters.tsv"),
        default_route=raw.default_route or next(iter(raw.routes)), shows=tuple(raw.shows),
        checks=tuple(raw.checks), engagement=tuple(raw.engagement), sources=tuple(raw.sources), **keep,
    )  # fmt: skip


def _check(raw: _DrugDocument, part: Model, document) -> None:
    targets = {s.id: s.unit for s in part.species} | {p.id: "" for p in part.parameters}
    for name, route in raw.routes.items():
        if route.into not in targets:
            where = document.where("routes", name, "into")
            raise TherapyError(
                where, f"unknown state {route.into!r}", "a state of the drug", suggest(route.into, targets)
            )
        unit, given_in = targets[route.into], _parsed(parse_unit, route.unit, document.where("routes", name, "unit"))
        if unit and not parse_unit(unit).agrees(given_in):
            where = document.where("routes", name, "unit")
            raise TherapyError(where, f"the unit {route.unit}", f"{unit}, the unit of {route.into}")
        for key in ("bioavailability", "lag_days"):
            _parsed(to_tree, getattr(route, key), document.where("routes", name, key))
    if raw.default_route and raw.default_route not in raw.routes:
        where = document.where("default_route")
        raise TherapyError(
            where, f"no route {raw.default_route!r}", "one of routes", suggest(raw.default_route, raw.routes)
        )
    _check_doses(raw, document)
    rules = {r.id for r in part.rules}
    for i, name in enumerate(raw.average.of if raw.average else ()):
        if name not in rules:
            where = document.where("average", "of", i)
            raise TherapyError(where, f"{name!r} is no rule of the drug", "a rule", suggest(name, rules))


def _check_doses(raw: _DrugDocument, document) -> None:
    """Amounts, routes and days of what is shown and of every published figure."""
    told = {("standard",): raw.standard}
    told |= {(key, i): check for key in ("checks", "engagement") for i, check in enumerate(getattr(raw, key))}
    for path, dose in told.items():
        route = raw.routes.get(dose.route or raw.default_route or next(iter(raw.routes)))
        if route is None:
            where = document.where(*path, "route")
            raise TherapyError(where, f"no route {dose.route!r}", "one of routes", suggest(dose.route, raw.routes))
        for key in ("dose", "cap") if dose.cap else ("dose",):
            where = document.where(*path, key)
            parse_amount(getattr(dose, key), where).check(route.unit, where)
        needs = {"at": "at_days", "half_life": "until_days"}.get(getattr(dose, "what", ""))
        if needs and getattr(dose, needs) is None:
            raise TherapyError(document.where(*path), f"{dose.what} without {needs}", "the days that it needs")


def _parsed(parse, text: str, where: str):
    """What ``parse`` makes of ``text``. TherapyError for what it cannot read."""
    try:
        return parse(text)
    except ValueError as fault:
        raise TherapyError(
            where, f"{text!r} ({fault})", "a known unit" if parse is parse_unit else "a formula"
        ) from None


def _variation(path: Path) -> dict[str, float]:
    """Between-subject coefficient of variation by parameter, as a share, where the table gives one."""
    rows = read_rows(path, ("parameterId",))
    told = {r["parameterId"]: (r.get("cv_percent", ""), f"{path.name} line {r['line']}") for r in rows}
    return {name: number(text, where, "cv_percent") / 100 for name, (text, where) in told.items() if text}


@cache
def person_parameters() -> tuple[Parameter, ...]:
    """What drugs read of a person beside the network: rows of ``science/drugs/person.tsv``."""
    return tuple(read_parameters(science_path("drugs", "person.tsv")).values())

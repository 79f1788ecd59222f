"""A regimen: doses, tapers, rules of a clinic, visits and causes taken away. Text read into a frozen record."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

from pydantic import Field

from myoflare.base.errors import TherapyError
from myoflare.store import read_document, science_document, science_path, suggest
from myoflare.store.document import Document
from myoflare.therapy.clauses import Rule, Taper, clauses
from myoflare.therapy.lines import Length, Line, Routes, check_overlap, library_routes, line_from
from myoflare.therapy.measured import Measured, clinic_measures
from myoflare.therapy.schema import Strict, read_as

NO_REGIMEN = {"tapers.yaml"}  # texts of the folder that are not a regimen


class _StartText(Strict):
    day: Length | None = None
    after_diagnosis_days: Length | None = None


class _VisitsText(Strict):
    every_days: Annotated[float, Field(ge=1, le=3653)] = 28.0


class _CauseText(Strict):
    exposure: str
    day: Length = 0.0


class _RegimenText(Strict):
    name: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]*$")]
    title: str
    story: str = ""
    sources: list[str] = []
    start: dict = {}
    doses: list[dict] = []
    tapers: list[dict] = []
    rules: list[dict] = []
    visits: dict = {}
    stop_causes: list[dict] = []


@dataclass(frozen=True)
class Regimen:
    """A treatment as written. Days in it count from its first day; ``stop_causes`` are (exposure, day).

    The first day is ``day`` of the course, or ``after_diagnosis`` days from the diagnosis. ``measured`` says which
    read-outs its rules may use.
    """

    name: str
    title: str
    story: str = ""
    sources: tuple[str, ...] = ()
    day: float | None = None
    after_diagnosis: float = 0.0
    doses: tuple[Line, ...] = ()
    tapers: tuple[Taper, ...] = ()
    rules: tuple[Rule, ...] = ()
    visits_every: float = 28.0
    stop_causes: tuple[tuple[str, float], ...] = ()
    measured: Mapping[str, Measured] = field(default_factory=dict, repr=False)
    text: str = field(default="", compare=False, repr=False)

    @property
    def drugs(self) -> tuple[str, ...]:
        """Every drug that it gives or may come to give, in the order of the text."""
        lines = (*self.doses, *(line for rule in self.rules for line in rule.start))
        return tuple(dict.fromkeys(line.drug for line in lines))

    def taper(self, drug: str) -> Taper | None:
        """The taper of a drug, if it has one."""
        return next((t for t in self.tapers if t.drug == drug), None)

    def first_day(self, diagnosis: float | None = None) -> float:
        """Its first day in the course of a person diagnosed on day ``diagnosis``. TherapyError where that is needed."""
        if self.day is not None:
            return self.day
        if diagnosis is None or not math.isfinite(diagnosis):
            where = f"regimen {self.name}, start"
            raise TherapyError(where, "no diagnosis to count from", "a person who is diagnosed", "or give a first day")
        return diagnosis + self.after_diagnosis


def list_regimens() -> list[str]:
    """Names of the regimens that ship with the package, sorted."""
    return sorted(p.stem for p in science_path("regimens").glob("*.yaml") if p.name not in NO_REGIMEN)


def load_regimen(
    name_or_path: str | Path, *, measured: Mapping[str, Measured] | None = None, routes: Routes = library_routes
) -> Regimen:
    """Read a regimen: the name of a shipped one, or the path of a YAML document.

    ``measured`` are the read-outs that its rules may use, those of a clinic where None; ``routes`` tells the routes
    of a drug. Every fault is a TherapyError of one sentence with file, line, key and what to try.
    """
    text = str(name_or_path)
    path = Path(text)
    if text in list_regimens():
        path = science_path("regimens", f"{text}.yaml")
    elif "/" not in text and not text.endswith((".yaml", ".yml")) and not path.exists():
        came = "no shipped regimen has this name and there is no such file"
        raise TherapyError(text, came, "a name or a YAML file", suggest(text, list_regimens()))
    return regimen_from(read_document(path, TherapyError), measured=measured, routes=routes)


def regimen_from(
    document: Document, *, measured: Mapping[str, Measured] | None = None, routes: Routes = library_routes
) -> Regimen:
    """The ``Regimen`` of a parsed document. Raises TherapyError."""
    raw = read_as(_RegimenText, document.data, document)
    measured = clinic_measures() if measured is None else measured
    lines = [line_from(d, document, ("doses", i), routes) for i, d in enumerate(raw.doses)]
    check_overlap([(line, document.where("doses", i)) for i, line in enumerate(lines)])
    tapers, rules = clauses(raw.tapers, raw.rules, lines, document, measured, routes)
    day, after = _start(raw, document)
    return Regimen(
        name=raw.name, title=raw.title, story=raw.story, sources=tuple(raw.sources), day=day, after_diagnosis=after,
        doses=tuple(lines), tapers=tapers, rules=rules, measured=measured, text=document.text,
        visits_every=read_as(_VisitsText, raw.visits, document, ("visits",)).every_days,
        stop_causes=tuple(_cause(d, i, document) for i, d in enumerate(raw.stop_causes)),
    )  # fmt: skip


def together(first: Regimen, *others: Regimen) -> Regimen:
    """One regimen of several that begin on the first day of ``first``; visits as often as the most watchful.

    Raises TherapyError where two give one drug at the same time, taper one drug, or have a rule of one name.
    """
    every = (first, *others)
    check_overlap([(line, f"regimen {r.name}") for r in every for line in r.doses])
    for what, names in (
        ("taper of", [t.drug for r in every for t in r.tapers]),
        ("rule", [x.name for r in every for x in r.rules]),
    ):
        twice = next((n for n in names if names.count(n) > 1), None)
        if twice:
            where = " + ".join(r.name for r in every)
            raise TherapyError(where, f"the {what} {twice!r} stands in two of them", "one of each")
    joined = {k: tuple(x for r in every for x in getattr(r, k)) for k in ("doses", "tapers", "rules", "stop_causes")}
    return replace(
        first, name="_".join(r.name for r in every), title="; ".join(r.title for r in every),
        story="\n".join(r.story for r in every if r.story), sources=tuple(s for r in every for s in r.sources),
        visits_every=min(r.visits_every for r in every), measured={k: v for r in every for k, v in r.measured.items()},
        text="", **joined,
    )  # fmt: skip


def _start(raw, document):
    text = read_as(_StartText, raw.start, document, ("start",))
    if text.day is not None and text.after_diagnosis_days is not None:
        raise TherapyError(document.where("start"), "both day and after_diagnosis_days", "one of them")
    return text.day, text.after_diagnosis_days or 0.0


def _cause(data, i, document):
    text = read_as(_CauseText, data, document, ("stop_causes", i))
    lasting = [name for name, kind in science_document("exposures.yaml").data.items() if kind.get("ends")]
    if text.exposure not in lasting:
        where = document.where("stop_causes", i, "exposure")
        came = f"{text.exposure!r} is no cause that can be taken away"
        raise TherapyError(where, came, "an exposure that lasts", suggest(text.exposure, lasting))
    return text.exposure, text.day

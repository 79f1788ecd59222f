"""A patient document: schema, reading, and the one sentence that says what is wrong with it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, create_model

from myoflare.base.errors import PatientError
from myoflare.cohort.exposures import Exposure, exposure_kinds
from myoflare.store import read_document, science_path, suggest
from myoflare.therapy.drug import person_parameters
from myoflare.therapy.schema import Strict, read_as

Share = Annotated[float, Field(ge=0, le=1)]


class _PatientDocument(Strict):
    """The keys of a patient document."""

    name: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]*$")]
    story: Annotated[str, Field(max_length=4000)] = ""
    subtype: str = "healthy"
    sex: Literal["female", "male"] = "female"
    age_years: Annotated[float, Field(ge=0, le=120)] = 50.0
    genome: list[str] = []
    person: dict[str, float] = {}
    parameters: dict[str, float] = {}
    switches: dict[str, Share] = {}
    exposures: list[dict[str, Any]] = []


@dataclass(frozen=True)
class Patient:
    """One person before the run. ``text`` is the document; ``where`` gives the place of a key for sentences.

    Sex and age move the few parameters that ``science/traits.tsv`` names. ``person`` holds what drugs read of a body,
    such as ``weight``: names of ``science/drugs/person.tsv`` without their prefix.
    """

    name: str
    story: str
    subtype: str
    sex: str
    age_years: float
    genome: tuple[str, ...]
    parameters: Mapping[str, float]
    switches: Mapping[str, float]
    exposures: tuple[Exposure, ...]
    person: Mapping[str, float] = field(default_factory=dict)
    text: str = field(default="", compare=False, repr=False)
    places: Mapping[tuple, str] = field(default_factory=dict, compare=False, repr=False)

    def where(self, *path):
        """``file:line, key path`` of a key of the document."""
        return self.places.get(path, f"{self.name}, {'.'.join(map(str, path))}")


def list_patients():
    """Names of the patients that ship with the package, sorted."""
    return sorted(p.stem for p in science_path("patients").glob("*.yaml"))


def load_patient(name_or_path):
    """Read a patient: the name of a shipped one, or the path of a YAML document.

    Returns a frozen ``Patient``. Every fault is a PatientError of one sentence with file, line, key and what to try.

    >>> load_patient("healthy_influenza").exposures[0].kind
    'infection'
    """
    text = str(name_or_path)
    shipped = science_path("patients", f"{text}.yaml")
    if text in list_patients():
        return patient_from(read_document(shipped, PatientError))
    path = Path(text)
    if _looks_like_name(text) and not path.exists():
        hint = suggest(text, list_patients())
        came = "no shipped patient has this name and there is no such file"
        raise PatientError(text, came, "a name or a YAML file", hint)
    return patient_from(read_document(path, PatientError))


def patient_from(document):
    """The ``Patient`` of a parsed document."""
    raw = read_as(_PatientDocument, document.data, document, error=PatientError)
    _check_person(raw.person, document)
    exposures = tuple(_exposure(item, i, document) for i, item in enumerate(raw.exposures))
    places = {path: document.where(*path) for path in document.lines}
    keep = raw.model_dump(exclude={"exposures", "genome"})
    return Patient(**keep, genome=tuple(raw.genome), exposures=exposures, text=document.text, places=places)


def _check_person(person, document):
    rows = {p.id.removeprefix("person_"): p for p in person_parameters()}
    for name, value in person.items():
        where = document.where("person", name)
        if name not in rows:
            raise PatientError(where, f"unknown trait {name!r}", "a row of person.tsv", suggest(name, rows))
        row = rows[name]
        if not row.lower <= value <= row.upper:
            unit = "" if row.unit == "dimensionless" else f" {row.unit}"
            raise PatientError(where, f"{value:g}{unit} for {name!r}", f"{row.lower:g} to {row.upper:g}{unit}")


def _looks_like_name(text):
    return not text.endswith((".yaml", ".yml")) and "/" not in text


def _exposure(item, i, document):
    kinds = exposure_kinds()
    if len(item) != 1:
        expected = "one exposure per item, such as '- infection: {…}'"
        raise PatientError(document.where("exposures", i), f"{len(item)} keys", expected)
    [(name, body)] = item.items()
    if name not in kinds:
        where = document.where("exposures", i, name)
        raise PatientError(where, f"unknown exposure {name!r}", "a kind of exposure", suggest(name, kinds))
    path = ("exposures", i, name)
    kind = kinds[name]
    raw = read_as(_schema(name), body, document, path, PatientError).model_dump()
    agent = raw.get(kind.agent, "")
    if kind.agent and agent not in kind.agents:
        where = document.where(*path, kind.agent)
        raise PatientError(where, f"unknown agent {agent!r}", f"an agent of {name}", suggest(agent, kind.agents))
    return _timed(kind, name, agent, raw, document, path)


def _timed(kind, name, agent, raw, document, path):
    start, end = raw[kind.begins], math.inf
    if kind.ends and raw[kind.ends] is not None:
        end = raw[kind.ends]
        if end <= start:
            where = document.where(*path, kind.ends)
            raise PatientError(where, f"{end:g} is not after {kind.begins} {start:g}", "a later day than the first")
    title = kind.agents[agent].title if agent else kind.title
    return Exposure(name, title, start, end, raw[kind.amount], agent, document.where(*path))


@cache
def _schema(name):
    """The keys of one kind of exposure, made from its text."""
    kind = exposure_kinds()[name]
    day = Annotated[float, Field(ge=0)]
    keys = {kind.begins: (day, ...), kind.amount: (Annotated[float, Field(gt=0)], 1.0)}
    if kind.ends:
        keys[kind.ends] = (day | None, None)
    if kind.agent:
        keys[kind.agent] = (str, ...)
    return create_model(f"_{name}", __base__=Strict, **keys)

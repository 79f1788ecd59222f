"""Exposures: what reaches a person from outside, as changes of the network's inputs.

Kinds and agents are text (``science/exposures.yaml``); this file reads them and knows none by name.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from myoflare.base.errors import PatientError
from myoflare.model.records import Change
from myoflare.store import science_document


class _Effect(BaseModel):
    """What one kind or agent does to the inputs."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    title: str
    kind: str = ""
    pulse: dict[str, float] = {}
    while_: dict[str, float] = Field(default={}, alias="while")
    set: dict[str, float] = {}
    injury: str = ""
    description: str = ""
    source: str = ""


class Kind(_Effect):
    """One kind of exposure and the keys that a patient document uses for it."""

    begins: str
    ends: str = ""
    amount: str
    agent: str = ""
    pulse_days: float = Field(default=0.5, gt=0)
    agents: dict[str, _Effect] = {}


@dataclass(frozen=True)
class Exposure:
    """One exposure of one person. ``end`` is infinite when it lasts; ``where`` is its place in the document."""

    kind: str
    label: str
    day: float
    end: float
    size: float
    agent: str = ""
    where: str = field(default="", compare=False)


@dataclass(frozen=True)
class _Piece:
    """``parameter`` is raised by ``value`` (or set to it, when ``absolute``) from ``start`` to ``end``."""

    parameter: str
    start: float
    end: float
    value: float
    label: str
    absolute: bool = False


@cache
def exposure_kinds() -> Mapping[str, Kind]:
    """Every kind of exposure that the text defines, by name."""
    document = science_document("exposures.yaml")
    try:
        return TypeAdapter(dict[str, Kind]).validate_python(dict(document.data))
    except ValidationError as fault:
        first = fault.errors()[0]
        expected = "the keys that the head of the file explains"
        raise PatientError(document.where(*first["loc"]), first["msg"], expected) from None


def exposure_changes(exposures, base, days):
    """Changes of the inputs over a run, sorted by day.

    Parameters
    ----------
    exposures: of one patient, any order.
    base: values of all parameters before any exposure.
    days: length of the run. An exposure that begins after it is a PatientError.

    Where exposures overlap, their amounts add up; of two that *set* an input, the later wins. Every pulse closes.
    """
    for exposure in exposures:
        if exposure.day > days:
            raise PatientError(
                exposure.where or exposure.label,
                f"{exposure.label} begins on day {exposure.day:g}, after the run ends on day {days:g}",
                "a day within the run",
                "lengthen the run with --years, or move the exposure",
            )
    pieces = [piece for exposure in exposures for piece in _pieces(exposure, exposures)]
    changes = [c for name in sorted({p.parameter for p in pieces}) for c in _steps(name, pieces, base.get(name, 0.0))]
    return tuple(sorted((c for c in changes if c.day <= days), key=lambda c: (c.day, c.parameter)))


def exposure_events(exposures, days):
    """What happened, for a timeline: plain rows ``label, day, end, kind, injury``; ``end`` is None for a moment."""
    rows = []
    for exposure in sorted(exposures, key=lambda e: e.day):
        kind = exposure_kinds()[exposure.kind]
        effect = kind.agents.get(exposure.agent, kind)
        end = min(exposure.end, days) if kind.ends else None
        row = {"label": exposure.label, "day": exposure.day, "end": end}
        rows.append(row | {"kind": exposure.kind, "injury": effect.injury})
    return rows


def _pieces(exposure, exposures):
    kind = exposure_kinds()[exposure.kind]
    effect = kind.agents.get(exposure.agent, kind)
    pulse_end = exposure.day + kind.pulse_days
    for name, amount in effect.pulse.items():
        yield _Piece(name, exposure.day, pulse_end, amount * exposure.size, exposure.label)
    for name, amount in effect.while_.items():
        yield _Piece(name, exposure.day, exposure.end, amount * exposure.size, exposure.label)
    later = [e for e in exposures if e.kind == exposure.kind and e.day > exposure.day]
    for name, value in effect.set.items():
        again = min((e.day for e in later if name in _sets(e)), default=math.inf)
        yield _Piece(name, exposure.day, again, value, exposure.label, True)


def _sets(exposure):
    kind = exposure_kinds()[exposure.kind]
    return kind.agents.get(exposure.agent, kind).set


def _steps(name, pieces, base):
    """The piecewise constant course of one input, as changes; silent where nothing changes."""
    mine = [p for p in pieces if p.parameter == name]
    value = base
    for day in sorted({d for p in mine for d in (p.start, p.end) if math.isfinite(d)}):
        active = [p for p in mine if p.start <= day < p.end]
        fixed = [p.value for p in active if p.absolute]
        new = (fixed[-1] if fixed else base) + sum(p.value for p in active if not p.absolute)
        if new != value:
            started = [p.label for p in mine if p.start == day]
            ended = [f"end of {p.label}" for p in mine if p.end == day]
            yield Change(day, name, new, ", ".join(started or ended))
            value = new

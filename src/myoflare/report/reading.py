"""Reading a course for drawing: which curves exist, what they are called, when things happened."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache

import numpy as np

from myoflare.base.units import DAYS_PER_YEAR
from myoflare.store import science_document

MONTH = DAYS_PER_YEAR / 12


@dataclass(frozen=True)
class Curve:
    """One variable of a course with the words that go on an axis."""

    id: str
    name: str
    unit: str
    kind: str
    values: np.ndarray


@dataclass(frozen=True)
class Event:
    """Something that happened to the patient; ``letter`` marks it on every panel."""

    letter: str
    label: str
    day: float
    end: float | None = None


@cache
def science_text(name):
    """A YAML document of the folder ``science``, parsed."""
    return science_document(name).data


def days(course):
    """Saved times, day."""
    return np.asarray(course["time"].values, float)


def curve(course, name):
    """The curve called ``name``."""
    data = course[name]
    attrs = data.attrs
    return Curve(name, str(attrs.get("long_name") or name), pretty_unit(str(attrs.get("units", ""))),
                 str(attrs.get("kind", "")), np.asarray(data.values, float))  # fmt: skip


def matching(course, patterns):
    """Curves whose id fits one of ``patterns``, in the order of the patterns, each once."""
    found = {}
    for pattern in patterns:
        for name in course.data_vars:
            if fnmatchcase(str(name), pattern) and course[name].dims == ("time",):
                found.setdefault(str(name), None)
    return [curve(course, name) for name in found]


def pretty_unit(unit):
    """A unit as it stands on an axis; nothing for a pure number."""
    return "" if unit in ("dimensionless", "1", "") else unit.replace("*", "·")


def events(course):
    """What happened to the patient, by day; letters A, B, C … in that order."""
    raw = _decoded(course, "events")
    rows = sorted((e for e in raw if e.get("day") is not None), key=lambda e: float(e["day"]))
    return [
        Event(
            chr(65 + i % 26) + ("'" * (i // 26)), str(e.get("label", "event")), float(e["day"]), _number(e.get("end"))
        )
        for i, e in enumerate(rows)
    ]


def changed_parameters(course):
    """Rows of what this patient has different from the default."""
    return [dict(row) for row in _decoded(course, "changed_parameters")]


def _decoded(course, key):
    raw = course.attrs.get(key, "[]")
    value = json.loads(raw) if isinstance(raw, str) else raw
    return [v for v in value if isinstance(v, Mapping)] if value else []


def _number(value):
    return None if value is None else float(value)


def compact(value):
    """A number as a reader wants it: three digits, thousands apart, powers of ten when far from one."""
    if value is None or not np.isfinite(value):
        return "–"
    size = abs(value)
    if size == 0:
        return "0"
    if size >= 1e6 or size < 1e-3:
        power = int(np.floor(np.log10(size)))
        return f"{value / 10**power:.2g} × 10{_superscript(power)}"
    if size >= 1000:
        return f"{float(f'{value:.3g}'):,.0f}".replace(",", "\u202f")
    return f"{value:.3g}"


def _superscript(power):
    return str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))

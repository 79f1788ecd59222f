"""How a drug is stepped down: a first hold, then steps, each level held for the interval of the step that led to it.

The schemes that ship are text, ``science/regimens/tapers.yaml``.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated

from pydantic import Field

from myoflare.base.errors import TherapyError
from myoflare.store import read_document, science_path, suggest
from myoflare.store.document import Document
from myoflare.therapy.amounts import Amount, parse_amount
from myoflare.therapy.schema import Strict, read_as

SAME = 1e-9  # share of a dose: two levels that differ by less are one
Days = Annotated[float, Field(ge=1, le=3650)]


class _StepText(Strict):
    down: str
    every_days: Days
    to: str = "0 mg"


class _SchemeText(Strict):
    title: str
    hold_days: Annotated[float, Field(ge=0, le=3650)]
    steps: Annotated[list[dict], Field(min_length=1)]
    floor: str = "0 mg"
    round: str = ""
    source: str = ""


@dataclass(frozen=True)
class Step:
    """Down by ``down`` (an amount) or by ``share`` of the dose, every ``every`` days, to ``to`` and not below."""

    every: float
    to: Amount
    down: Amount | None = None
    share: float = 0.0


@dataclass(frozen=True)
class Scheme:
    """A taper: ``hold`` days at the first dose, then ``steps`` one after the other, never below ``floor``.

    ``grain`` is the smallest tablet or half of one; levels are whole numbers of it.
    """

    name: str
    title: str
    hold: float
    steps: tuple[Step, ...]
    floor: Amount
    grain: Amount | None
    source: str

    def amounts(self) -> tuple[Amount, ...]:
        """Every amount in it, to check units."""
        downs = (s.down for s in self.steps)
        return tuple(a for a in (self.floor, self.grain, *(s.to for s in self.steps), *downs) if a is not None)

    def below(self, level: float, person: Mapping[str, float], unit: str) -> tuple[float, float] | None:
        """The next lower level in ``unit`` and the days that it is held, or None at the end of the taper."""
        floor = self.floor.given_to(person, unit)
        for step in self.steps:
            to = max(step.to.given_to(person, unit), floor)
            if level > to * (1 + SAME) + SAME:
                down = step.down.given_to(person, unit) if step.down else step.share * level
                return max(self._whole(level - down, level, person, unit), to), step.every
        return None

    def _whole(self, lower, level, person, unit):
        """``lower`` in whole grains, and at least a grain below ``level``."""
        if self.grain is None:
            return lower
        grain = self.grain.given_to(person, unit)
        return min(grain * math.floor(lower / grain + 0.5), grain * (math.ceil(level / grain - SAME) - 1))


def scheme_from(data, name: str, document: Document, path: tuple) -> Scheme:
    """The scheme written at ``path`` of ``document``. TherapyError for one that goes below zero or never goes down."""
    raw = read_as(_SchemeText, data, document, path)
    texts = [read_as(_StepText, s, document, (*path, "steps", i)) for i, s in enumerate(raw.steps)]
    steps = tuple(_step(text, document, (*path, "steps", i)) for i, text in enumerate(texts))
    ends = [parse_end(raw.floor, document.where(*path, "floor")), *(s.to for s in steps)]
    for i, (upper, lower) in enumerate(zip(ends[1:], ends[2:], strict=False)):
        if upper.per == lower.per and upper.unit == lower.unit and lower.value >= upper.value:
            where = document.where(*path, "steps", i + 1, "to")
            came = f"{texts[i + 1].to}, not below the {texts[i].to} that the step before it ends at"
            raise TherapyError(where, came, "steps from high to low")
    grain = parse_amount(raw.round, document.where(*path, "round")) if raw.round else None
    if grain is not None and not grain.value:
        raise TherapyError(document.where(*path, "round"), raw.round, "an amount above 0")
    return Scheme(name, raw.title, raw.hold_days, steps, ends[0], grain, raw.source)


def parse_end(text: str, where: str) -> Amount:
    """An amount at which a taper ends: at least 0."""
    if text.strip().startswith("-"):
        raise TherapyError(where, f"a taper below zero, to {text}", "0 mg or more")
    return parse_amount(text, where)


def _step(raw: _StepText, document: Document, path: tuple) -> Step:
    to = parse_end(raw.to, document.where(*path, "to"))
    where = document.where(*path, "down")
    text = raw.down.strip()
    down, share = None, 0.0
    if text.endswith("%"):
        try:
            share = float(text[:-1]) / 100
        except ValueError:
            share = math.nan
        if not 0 < share <= 1:
            raise TherapyError(where, repr(raw.down), "above 0 % and up to 100 %")
    else:
        down = parse_amount(text, where)
        if not down.value:
            raise TherapyError(where, repr(raw.down), "an amount above 0")
    return Step(raw.every_days, to, down, share)


@cache
def tapers() -> Mapping[str, Scheme]:
    """The schemes that ship, by name."""
    document = read_document(science_path("regimens", "tapers.yaml"), TherapyError)
    return {name: scheme_from(body, name, document, (name,)) for name, body in document.data.items()}


def load_taper(name: str, where: str = "scheme") -> Scheme:
    """A shipped scheme by name. TherapyError for one that is not there."""
    if name not in tapers():
        raise TherapyError(where, f"unknown taper {name!r}", "a scheme of tapers.yaml", suggest(name, tapers()))
    return tapers()[name]

"""Units as written in the tables, such as ``pmol/(cell*day)``, and just enough algebra to check a rate law.

A unit is a product of known names with whole exponents. Two units agree when their base kinds and their factor agree:
``virion`` and ``cell`` both count items, but ``mL`` and ``L`` differ by a factor and may not be added.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

DAYS_PER_YEAR = 365.25

# name: (factor, {base kind: exponent}); base kinds are those of SBML
KNOWN: Mapping[str, tuple[float, dict[str, int]]] = MappingProxyType(
    {
        "dimensionless": (1.0, {}),
        "score": (1.0, {}),
        "cell": (1.0, {"item": 1}),
        "virion": (1.0, {"item": 1}),
        "cfu": (1.0, {"item": 1}),
        "item": (1.0, {"item": 1}),
        "mol": (1.0, {"mole": 1}),
        "nmol": (1e-9, {"mole": 1}),
        "pmol": (1e-12, {"mole": 1}),
        "kg": (1e3, {"gram": 1}),
        "g": (1.0, {"gram": 1}),
        "mg": (1e-3, {"gram": 1}),
        "L": (1.0, {"litre": 1}),
        "mL": (1e-3, {"litre": 1}),
        "day": (86400.0, {"second": 1}),
        "h": (3600.0, {"second": 1}),
        "s": (1.0, {"second": 1}),
        "U": (1e-6 / 60, {"katal": 1}),  # one enzyme unit turns over 1 umol a minute
        "kU": (1e-3 / 60, {"katal": 1}),
    }
)
_TOKEN = re.compile(r"\s*([A-Za-z]+|\d+|[*/^()-])")


@dataclass(frozen=True)
class Unit:
    """A product of known unit names; ``powers`` is sorted and holds no zero exponent."""

    powers: tuple[tuple[str, int], ...] = ()

    @classmethod
    def of(cls, powers: Mapping[str, int]) -> "Unit":
        return cls(tuple(sorted((name, e) for name, e in powers.items() if e)))

    @property
    def kinds(self) -> dict[str, int]:
        """Exponents of the base kinds, none of them zero."""
        total: dict[str, int] = {}
        for name, exponent in self.powers:
            for kind, e in KNOWN[name][1].items():
                total[kind] = total.get(kind, 0) + e * exponent
        return {kind: e for kind, e in sorted(total.items()) if e}

    @property
    def factor(self) -> float:
        """How many of the base kinds one of this unit is."""
        result = 1.0
        for name, exponent in self.powers:
            result *= KNOWN[name][0] ** exponent
        return result

    @property
    def dimensionless(self) -> bool:
        return self.agrees(Unit())

    def agrees(self, other: "Unit") -> bool:
        """Whether two quantities in these units may be added."""
        return self.kinds == other.kinds and abs(self.factor / other.factor - 1) < 1e-9

    def __mul__(self, other: "Unit") -> "Unit":
        total = dict(self.powers)
        for name, e in other.powers:
            total[name] = total.get(name, 0) + e
        return Unit.of(total)

    def __pow__(self, exponent: int) -> "Unit":
        return Unit.of({name: e * exponent for name, e in self.powers})

    def __truediv__(self, other: "Unit") -> "Unit":
        return self * other**-1

    def __str__(self) -> str:
        return _text(self)


def parse_unit(text: str) -> Unit:
    """Read ``pmol/(cell*day)``, ``1/day``, ``mL^2``, ``dimensionless``. Raises ValueError with a sentence."""
    tokens = _tokens(text)
    unit, rest = _product(tokens, text)
    if rest:
        raise ValueError(f"{text!r} cannot be read as a unit from {rest[0]!r} on")
    return Unit.of({name: e for name, e in unit.powers if KNOWN[name][1]})


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    text = text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if not match:
            raise ValueError(f"{text!r} cannot be read as a unit from {text[at]!r} on")
        tokens.append(match[1])
        at = match.end()
    if not tokens:
        raise ValueError("the unit is empty")
    return tokens


def _product(tokens: list[str], text: str) -> tuple[Unit, list[str]]:
    unit, tokens = _power(tokens, text)
    while tokens and tokens[0] in "*/":
        factor, rest = _power(tokens[1:], text)
        unit = unit * factor if tokens[0] == "*" else unit / factor
        tokens = rest
    return unit, tokens


def _power(tokens: list[str], text: str) -> tuple[Unit, list[str]]:
    if not tokens:
        raise ValueError(f"{text!r} ends too early to be a unit")
    head, tokens = tokens[0], tokens[1:]
    if head == "(":
        unit, tokens = _product(tokens, text)
        if not tokens or tokens[0] != ")":
            raise ValueError(f"{text!r} lacks a closing bracket")
        tokens = tokens[1:]
    elif head == "1":
        unit = Unit()
    elif head in KNOWN:
        unit = Unit(((head, 1),))
    else:
        raise ValueError(f"{head!r} is not a known unit (known: {', '.join(sorted(KNOWN))})")
    if tokens and tokens[0] == "^":
        sign = -1 if tokens[1:2] == ["-"] else 1
        digits = tokens[2:3] if sign < 0 else tokens[1:2]
        if not digits or not digits[0].isdigit():
            raise ValueError(f"{text!r} needs a whole exponent after ^")
        unit, tokens = unit ** (sign * int(digits[0])), tokens[3:] if sign < 0 else tokens[2:]
    return unit, tokens


def _text(unit: Unit) -> str:
    """Shortest honest spelling; names that count items cancel each other (a virion per cell is a plain number)."""
    powers = {name: e for name, e in unit.powers if KNOWN[name][1]}
    for up in [n for n in powers if powers[n] > 0]:
        for down in [n for n in powers if powers[n] < 0]:
            if KNOWN[up] == KNOWN[down]:
                shared = min(powers[up], -powers[down])
                powers[up], powers[down] = powers[up] - shared, powers[down] + shared
    above = [n if e == 1 else f"{n}^{e}" for n, e in powers.items() if e > 0]
    below = [n if e == -1 else f"{n}^{-e}" for n, e in powers.items() if e < 0]
    if not above and not below:
        return "dimensionless"
    top = "*".join(above) or "1"
    if not below:
        return top
    return f"{top}/{below[0]}" if len(below) == 1 else f"{top}/({'*'.join(below)})"

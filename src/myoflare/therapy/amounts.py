"""Amounts as a prescription writes them: ``60 mg``, ``1 mg/kg``, ``500 mg/m2``, ``1e6 cell/kg``."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from myoflare.base.errors import TherapyError
from myoflare.base.units import Unit, parse_unit

PER = {"kg": "person_weight", "m2": "person_body_surface"}
_FORM = re.compile(r"\s*([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)\s*([A-Za-z]\S*(?:\s\S+)*?)\s*", re.ASCII)
EXAMPLES = "a number and a unit, such as '60 mg', '1 mg/kg' or '500 mg/m2'"


@dataclass(frozen=True)
class Amount:
    """``value`` in ``unit``, for each kilogram or square metre of the person where ``per`` says so."""

    value: float
    unit: Unit
    per: str = ""

    def given_to(self, person: Mapping[str, float], unit: str, where: str = "dose") -> float:
        """The amount for one person in ``unit``. ``person`` has ``person_weight`` (kg), ``person_body_surface`` (m2).

        Raises TherapyError where the unit is another, or the person lacks what the amount is counted by.
        """
        self.check(unit, where)
        factor = self.unit.factor / parse_unit(unit).factor
        return self.value * factor * (self._size(person, where) if self.per else 1.0)

    def check(self, unit: str, where: str = "dose") -> None:
        """Raises TherapyError where this amount cannot be told in ``unit``, that of the route."""
        if self.unit.kinds != parse_unit(unit).kinds:
            hint = f"write the dose in {unit}, {unit}/kg or {unit}/m2"
            raise TherapyError(where, f"an amount in {self.unit}", f"one in {unit}, the unit of the route", hint)

    def _size(self, person: Mapping[str, float], where: str) -> float:
        name = PER[self.per]
        size = person.get(name, math.nan)
        if not (math.isfinite(size) and size > 0):
            raise TherapyError(where, f"an amount per {self.per} and no {name}", f"{name} of the person, above 0")
        return size


def parse_amount(text: str, where: str = "dose") -> Amount:
    """Read an amount of at least 0. Raises TherapyError.

    >>> parse_amount("2 g/kg").given_to({"person_weight": 75}, "mg")
    150000.0
    """
    match = _FORM.fullmatch(text)
    if not match:
        raise TherapyError(where, repr(text), EXAMPLES)
    try:
        value = float(match[1])
        unit, per = match[2], ""
        for name in PER:
            if unit.replace(" ", "").endswith(f"/{name}"):
                unit, per = unit.rpartition("/")[0], name
        found = Amount(value, parse_unit(unit), per)
    except ValueError as fault:
        raise TherapyError(where, f"{text!r} ({fault})", EXAMPLES) from None
    if not (math.isfinite(value) and value >= 0):
        raise TherapyError(where, repr(text), "a finite amount of at least 0")
    return found


def amount_of(text: str, unit: str, person: Mapping[str, float], *, cap: str = "", where: str = "dose") -> float:
    """The amount that ``text`` means for one person, in ``unit``, and not more than ``cap``. Raises TherapyError.

    >>> amount_of("1 mg/kg", "mg", {"person_weight": 95}, cap="80 mg")
    80.0
    """
    amount = parse_amount(text, where).given_to(person, unit, where)
    return min(amount, parse_amount(cap, f"{where}, cap").given_to(person, unit, where)) if cap else amount

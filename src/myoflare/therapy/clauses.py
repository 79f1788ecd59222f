"""Clauses of a regimen beside its doses: tapers, and the rules by which a clinic changes course."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import Field

from myoflare.base.errors import TherapyError
from myoflare.store import suggest
from myoflare.store.document import Document
from myoflare.therapy.amounts import Amount, parse_amount
from myoflare.therapy.lines import Length, Line, Routes, line_from
from myoflare.therapy.measured import Measured
from myoflare.therapy.rules import Condition, parse_condition
from myoflare.therapy.schema import Strict, read_as
from myoflare.therapy.tapers import Scheme, load_taper, scheme_from

HOLD_DAYS = 28.0
TAPER = "taper"  # under which a plan notes the steps of a taper; no rule may be called so


class _TaperText(Strict):
    drug: str
    scheme: str | dict
    if_: Annotated[str, Field(alias="if")] = ""


class _RaiseText(Strict):
    drug: str
    by: str = ""
    to: str = ""
    cap: str = ""


class _ThenText(Strict):
    back_one_step: str = ""
    hold_days: Length = HOLD_DAYS
    raise_: Annotated[dict, Field(alias="raise")] = {}
    start: dict | list[dict] = []
    stop: str | list[str] = []


class _RuleText(Strict):
    name: Annotated[str, Field(min_length=1)]
    when: str = ""
    at_first_taper: bool = False
    then: dict
    after_days: Length = 0.0
    rest_days: Length = 0.0
    times: Annotated[int, Field(ge=1)] | None = None


@dataclass(frozen=True)
class Taper:
    """``drug`` goes down by ``scheme``; with ``when``, only at visits where it holds."""

    drug: str
    scheme: Scheme
    when: Condition | None = None


@dataclass(frozen=True)
class Raise:
    """More of a drug: ``by`` an amount, or ``to`` one, not above ``cap``."""

    drug: str
    by: Amount | None = None
    to: Amount | None = None
    cap: Amount | None = None


@dataclass(frozen=True)
class Rule:
    """What a doctor does when something holds: at a visit (``when``), or on the day of the first step of a taper.

    ``back`` names the drug that goes back one step of its taper; that and a raise hold the dose for ``hold`` days.
    It acts ``times`` times at most (None: any number), ``rest`` days apart, ``after`` days from the start on.
    """

    name: str
    when: Condition | None
    at_first_taper: bool = False
    back: str = ""
    hold: float = HOLD_DAYS
    more: Raise | None = None
    start: tuple[Line, ...] = ()
    stop: tuple[str, ...] = ()
    after: float = 0.0
    rest: float = 0.0
    times: int | None = None


def clauses(
    tapers: list, rules: list, doses: list[Line], document: Document, measured: Mapping[str, Measured], routes: Routes
) -> tuple[tuple[Taper, ...], tuple[Rule, ...]]:
    """Tapers and rules as ``document`` has them. TherapyError for one that makes no sense."""
    acts, texts = _acts(rules, document, routes)
    units = {line.drug: line.unit for line in (*doses, *(line for rule in acts for line in rule.start))}
    reader = _Reader(document, measured, units)
    found = tuple(reader.taper(d, i) for i, d in enumerate(tapers))
    drugs = [t.drug for t in found]
    for i, drug in enumerate(drugs):
        if drug in drugs[:i]:
            raise TherapyError(document.where("tapers", i, "drug"), f"a second taper of {drug}", "one taper of a drug")
    pairs = enumerate(zip(acts, texts, strict=True))
    return found, tuple(reader.rule(rule, text, i, drugs) for i, (rule, text) in pairs)


def _acts(items, document, routes):
    """Rules without their conditions, for those may name drugs that later rules start."""
    rules, texts = [], []
    for i, data in enumerate(items):
        text = read_as(_RuleText, data, document, ("rules", i))
        path = ("rules", i, "then")
        then = read_as(_ThenText, text.then, document, path)
        if text.name == TAPER:
            where = document.where("rules", i, "name")
            raise TherapyError(where, f"a rule called {TAPER!r}", "another name", "steps of a taper are noted under it")
        if text.name in {t.name for t in texts}:
            raise TherapyError(document.where("rules", i, "name"), f"a second rule {text.name!r}", "one of each name")
        if bool(text.when.strip()) == text.at_first_taper:
            raise TherapyError(document.where("rules", i), "both or none of when and at_first_taper", "one of them")
        if not (then.back_one_step or then.raise_ or then.start or then.stop):
            raise TherapyError(document.where(*path), "nothing to do", "back_one_step, raise, start or stop")
        one = isinstance(then.start, dict)
        begun = [then.start] if one else then.start
        places = [(*path, "start")] if one else [(*path, "start", k) for k in range(len(begun))]
        start = tuple(line_from(d, document, place, routes) for d, place in zip(begun, places, strict=True))
        once = 1 if text.times is None and (start or then.raise_) else text.times
        stop = (then.stop,) if isinstance(then.stop, str) else tuple(then.stop)
        rules.append(Rule(text.name, None, text.at_first_taper, then.back_one_step, then.hold_days, None, start, stop,
                          text.after_days, text.rest_days, once))  # fmt: skip
        texts.append(text)
    return rules, texts


class _Reader:
    """Reads what names drugs: tapers, and the rest of the rules."""

    def __init__(self, document: Document, measured: Mapping[str, Measured], units: Mapping[str, str]):
        self.document, self.measured, self.units = document, measured, units

    def drug(self, name: str, path: tuple, known=None) -> str:
        known = self.units if known is None else known
        if name not in known:
            what = "a drug of the regimen" if known is self.units else "a drug with a taper"
            came = f"{name!r} is not {what}"
            raise TherapyError(self.document.where(*path), came, what, suggest(name, known))
        return name

    def condition(self, text: str, path: tuple) -> Condition:
        return parse_condition(text, self.measured, self.units, self.document.where(*path))

    def amount(self, text: str, drug: str, path: tuple) -> Amount:
        where = self.document.where(*path)
        found = parse_amount(text, where)
        found.check(self.units[drug], where)
        return found

    def taper(self, data, i: int) -> Taper:
        path = ("tapers", i)
        text = read_as(_TaperText, data, self.document, path)
        drug, place = self.drug(text.drug, (*path, "drug")), (*path, "scheme")
        where = self.document.where(*place)
        named = isinstance(text.scheme, str)
        scheme = load_taper(text.scheme, where) if named else scheme_from(text.scheme, "own", self.document, place)
        for amount in scheme.amounts():
            amount.check(self.units[drug], where)
        return Taper(drug, scheme, self.condition(text.if_, (*path, "if")) if text.if_ else None)

    def rule(self, rule: Rule, text: _RuleText, i: int, tapered) -> Rule:
        path = ("rules", i, "then")
        if rule.back:
            self.drug(rule.back, (*path, "back_one_step"), tapered)
        for name in rule.stop:
            self.drug(name, (*path, "stop"))
        more = text.then.get("raise")
        when = self.condition(text.when, ("rules", i, "when")) if text.when else None
        return replace(rule, when=when, more=self._raise(more, (*path, "raise")) if more else None)

    def _raise(self, data, path: tuple) -> Raise:
        text = read_as(_RaiseText, data, self.document, path)
        drug = self.drug(text.drug, (*path, "drug"))
        if bool(text.by) == bool(text.to):
            raise TherapyError(self.document.where(*path), "both or none of by and to", "one of them")
        parts = {k: self.amount(getattr(text, k), drug, (*path, k)) for k in ("by", "to", "cap") if getattr(text, k)}
        return Raise(drug, **parts)

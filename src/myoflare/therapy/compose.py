"""A network with drugs in it, and the doses of a regimen as actions on that network."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from myoflare.base.errors import ModelError, TherapyError
from myoflare.model import formula
from myoflare.model.closure import needs, piece, reach
from myoflare.model.evaluate import Evaluator, trees_of
from myoflare.model.join import join
from myoflare.model.read import settle
from myoflare.model.records import Action, Bolus, Change, Infusion, Model, Parameter
from myoflare.model.start import Start
from myoflare.store import suggest
from myoflare.therapy.concurrent import Concurrent
from myoflare.therapy.drug import Drug, load_drug, person_parameters
from myoflare.therapy.given import Given


@dataclass(frozen=True)
class Treated:
    """A body with drugs. ``whole`` has all their equations; in ``model`` the fast ones stand as daily means.

    ``fast`` holds, for each drug with means, the piece of ``whole`` that gives them, and ``means`` their ids.
    """

    model: Model
    whole: Model
    drugs: Mapping[str, Drug]
    fast: Mapping[str, Model]
    means: Mapping[str, tuple[str, ...]]
    windows: dict = field(default_factory=dict, compare=False, repr=False)  # means that were computed already


def with_drugs(body: Model, drugs: Iterable[Drug], averaged: bool = True) -> Treated:
    """``body`` with ``drugs``; nothing of theirs moves before a dose.

    With ``averaged`` the rules that a drug asks for are parameters, which ``actions`` sets window by window.
    Raises ModelError where a drug's text does not fit the body.
    """
    drugs = {d.name: d for d in drugs}
    whole = join(body, {name: d.part for name, d in drugs.items()}, person_parameters()) if drugs else body
    for drug in drugs.values():
        _refuse_idle(drug, body)
    means, fast = {}, {}
    for name, drug in drugs.items() if averaged else ():
        if drug.average:
            means[name] = tuple(own_name(whole, name, rule) for rule in drug.average.of)
            fast[name] = piece(whole, means[name])
            _refuse_body(fast[name], body, name)
    model = _with_means(whole, means, fast) if means else whole
    return Treated(model, whole, drugs, fast, means)


def drugs_of(given: Iterable[Given]) -> tuple[list[Drug], list[Given]]:
    """The drugs of ``given``, read from the library or from folders, and the doses under the drugs' own names."""
    given = list(given)
    drugs = {name: load_drug(name) for name in dict.fromkeys(g.drug for g in given)}
    return list(drugs.values()), [replace(g, drug=drugs[g.drug].name) for g in given]


def own_name(model: Model, drug: str, name: str) -> str:
    """The id in the whole network of a drug's quantity: its rule on a hook, its own, or the body's."""
    known = {x.id for x in (*model.rules, *model.species, *model.parameters, *model.observables)}
    return next((i for i in (f"{drug}_at_{name}", f"{drug}_{name}", name) if i in known), name)


def _refuse_body(fast: Model, body: Model, drug: str) -> None:
    states = {s.id for s in fast.species} & {s.id for s in body.species}
    if states:
        came = f"what it averages depends on {min(states)} of the body"
        raise ModelError(f"drug {drug}", came, "means of the drug's own concentrations", "take it out of average.of")


def idle_rules(drug: Drug, body: Model) -> list[str]:
    """Rules of the drug that nothing reads and its document does not name: most likely misspelt hooks."""
    texts = [r.formula for r in drug.part.rules] + [r.law for r in drug.part.reactions]
    texts += [t for route in drug.routes.values() for t in (route.bioavailability, route.lag_days)]
    used = set().union(*(formula.names(formula.to_tree(t)) for t in texts))
    used |= {*drug.shows, *(drug.average.of if drug.average else ()), *(c.of for c in (*drug.checks, *drug.engagement))}
    known = {x.id for x in (*body.parameters, *body.rules, *body.species)}
    return [r.id for r in drug.part.rules if r.id not in known | used]


def _refuse_idle(drug: Drug, body: Model) -> None:
    for name in idle_rules(drug, body):
        hooks = [p.id for p in body.parameters if "drug hook" in p.source]
        hint = suggest(name, hooks) or "name it under shows if it is for the eye only"
        raise TherapyError(f"drug {drug.name}, rule {name}", "nothing reads it", "a hook or a use", hint)


def _with_means(whole: Model, means: Mapping[str, tuple[str, ...]], fast: Mapping[str, Model]) -> Model:
    """``whole`` with means as parameters, and without the fast states that then drive nothing."""
    at_rest, rules = Start(whole), {r.id: r for r in whole.rules}
    wanted = [name for names in means.values() for name in names]
    added = tuple(Parameter(n, at_rest[n], rules[n].unit, f"mean of: {rules[n].name}") for n in wanted)
    cut = replace(
        whole, rules=tuple(r for r in whole.rules if r.id not in wanted), parameters=(*whole.parameters, *added)
    )
    gone = {s.id for model in fast.values() for s in model.species}
    graph = needs(cut)
    lost = {r.id for r in cut.rules if gone & reach(graph, [r.id])}
    kept = tuple(r for r in cut.reactions if not set(r.stoichiometry) <= gone)
    for r in kept:
        bad = formula.names(formula.to_tree(r.law)) & (gone | lost)
        if bad:
            came = f"the process {r.id} reads {min(bad)}, which is averaged away"
            raise ModelError(whole.id, came, "a rule for that flow under average.of")
    slim = replace(
        cut, reactions=kept, rules=tuple(r for r in cut.rules if r.id not in lost),
        species=tuple(s for s in cut.species if s.id not in gone),
    )  # fmt: skip
    return settle(slim)


def actions(treated: Treated, given: Sequence[Given], values: Mapping[str, float], until: float) -> list[Action]:
    """What ``given`` does to ``treated.model``, by day, in a body with the parameter ``values``, up to day ``until``.

    Raises TherapyError for a dose of a drug that is not in the network, or a formula of a route without a result.
    """
    from myoflare.therapy.average import mean_changes

    for dose in given:
        _refuse_dose(dose)
    whole, company = with_numbers(treated.whole, values), Concurrent(given)
    numbers, found = whole.values(), []
    for name, drug in treated.drugs.items():
        mine = sorted((g for g in given if g.drug == name), key=lambda g: g.day)
        route = _Route(whole, drug, company)
        raw = [a for g in mine for a in route.actions(g)] + company.changes(name, numbers, until)
        if name not in treated.fast:
            found += raw
            continue
        found += _meant_for(treated.model, raw)
        pk = with_numbers(treated.fast[name], values)
        doses = _meant_for(pk, raw)
        found += mean_changes(pk, treated.means[name], doses, drug.average.days, until, treated.windows)
    missing = {g.drug for g in given} - treated.drugs.keys()
    if missing:
        raise TherapyError(f"dose of {min(missing)}", "the drug is not in the network", "a drug of the regimen")
    return sorted(found, key=lambda a: a.day)


def _refuse_dose(dose: Given) -> None:
    where = f"dose of {dose.drug} on day {dose.day:g}"
    if not math.isfinite(dose.day):
        raise TherapyError(where, "no day", "a finite day")
    if not (math.isfinite(dose.amount) and dose.amount >= 0):
        raise TherapyError(where, f"an amount of {dose.amount:g}", "a finite amount of at least 0")
    if dose.over_days is not None and not (math.isfinite(dose.over_days) and dose.over_days >= 0):
        raise TherapyError(where, f"over_days {dose.over_days:g}", "a length of at least 0, or nothing for the route's")


def _meant_for(model: Model, actions: Sequence[Action]) -> list[Action]:
    """Those of ``actions`` whose state or parameter ``model`` has."""
    known = model.values().keys() | {s.id for s in model.species}
    return [a for a in actions if (a.parameter if isinstance(a, Change) else a.state) in known]


def with_numbers(model: Model, values: Mapping[str, float]) -> Model:
    """``model`` with those of ``values`` that it has."""
    parameters = tuple(replace(p, value=float(values.get(p.id, p.value))) for p in model.parameters)
    return settle(replace(model, parameters=parameters))


class _Route:
    """How one drug gets into one person; formulas are worked out once for each amount."""

    def __init__(self, whole: Model, drug: Drug, company: Concurrent):
        self.whole, self.drug, self.company = whole, drug, company
        self.parameters = {p.id for p in whole.parameters}
        self.known: dict[tuple, float] = {}

    def actions(self, given: Given) -> list[Action]:
        route, name = self.drug.route(given.route), self.drug.name
        into = own_name(self.whole, name, route.into)
        day = given.day + self._number(route.lag_days, given)
        days = route.over_days if given.over_days is None else given.over_days
        amount, label = (
            given.amount * self._number(route.bioavailability, given),
            f"{name} {given.amount:g} {route.unit}",
        )
        if into not in self.parameters:
            return [Infusion(day, into, amount, days, label) if days else Bolus(day, into, amount, label)]
        if not days:
            raise TherapyError(f"dose of {name} on day {given.day:g}", "no length", "over_days above 0")
        return [Change(day, into, amount / days, label), Change(day + days, into, 0.0, f"end of {label}")]

    def _number(self, text: str, given: Given) -> float:
        factors = {p: f for (drug, p), f in self.company.factors(given.day).items() if drug == self.drug.name}
        key = (text, given.amount, *sorted(factors.items()))
        if key not in self.known:
            self.known[key] = self._worked_out(text, given.amount, factors)
        return self.known[key]

    def _worked_out(self, text: str, amount: float, factors: Mapping[str, float]) -> float:
        start, tree = Start(self.whole), formula.to_tree(text)
        start.known["dose"] = amount
        for name, factor in factors.items():
            start.known[f"{self.drug.name}_{name}"] *= factor
        for name in formula.names(tree):
            tree.renameSIdRefs(name, own_name(self.whole, self.drug.name, name))
        try:
            return Evaluator(start, trees_of(self.whole.functions))(tree)
        except (KeyError, ValueError) as fault:
            where = f"drug {self.drug.name}, route"
            raise TherapyError(where, f"{text!r} has no result ({fault})", "a formula") from None

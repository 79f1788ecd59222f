"""From records to expressions: rules, rates, their derivatives, and the parts that hold parameters only."""

from dataclasses import dataclass, field

import sympy as sp

from myoflare.compile.functions import TIME
from myoflare.compile.happenings import EventTerms, event_terms
from myoflare.compile.parse import Parser
from myoflare.model.records import Model


@dataclass
class Equations:
    """``statements`` define named values in order; the others are expressions of states, parameters and those names."""

    states: list[str]
    params: list[str]
    statements: dict[sp.Symbol, sp.Expr] = field(default_factory=dict)
    rules: list[sp.Symbol] = field(default_factory=list)
    rates: list[sp.Symbol] = field(default_factory=list)
    observables: list[sp.Expr] = field(default_factory=list)
    rhs: list[sp.Expr] = field(default_factory=list)
    jacobian: dict[tuple[int, int], sp.Expr] = field(default_factory=dict)
    hoisted: dict[sp.Symbol, sp.Expr] = field(default_factory=dict)
    events: EventTerms | None = None


def build(model: Model) -> Equations:
    """All expressions of a model, differentiated by state through every rule. Raises ModelError for unknown names."""
    eqs = Equations([s.id for s in model.species], [p.id for p in model.parameters])
    symbols: dict[str, sp.Expr] = {name: sp.Symbol(name, real=True) for name in (*eqs.states, *eqs.params)}
    unsteady = {TIME, *(symbols[name] for name in eqs.states)}
    parser = Parser(symbols, unsteady)
    for function in model.functions:
        parser.define(function.id, function.arguments, function.formula)
    gradients: dict[sp.Symbol, dict[int, sp.Expr]] = {}
    index = {symbols[name]: i for i, name in enumerate(eqs.states)}
    for rule in model.rules:
        symbol = symbols[rule.id] = sp.Symbol(f"{rule.id}", real=True)
        formula = parser.parse(rule.formula, f"rule {rule.id}")
        _state(eqs, gradients, index, symbol, formula)
        eqs.rules.append(symbol)
        if formula.free_symbols & unsteady:
            unsteady.add(symbol)
    for reaction in model.reactions:
        # A prefix keeps reactions apart from states and rules: SBML lets none share an id, foreign tools may.
        symbol = sp.Symbol(f"rate of {reaction.id}", real=True)
        _state(eqs, gradients, index, symbol, parser.parse(reaction.law, f"reaction {reaction.id}"))
        eqs.rates.append(symbol)
    eqs.observables = [parser.parse(o.formula, f"observable {o.id}") for o in model.observables]
    _assemble(eqs, model, gradients)
    moving = {TIME} | {symbols[s] for r in model.reactions for s in r.stoichiometry}
    eqs.events = event_terms(model.events, parser, eqs.statements, eqs.rates, moving)
    _hoist_all(eqs, {symbols[name] for name in eqs.params})
    return eqs


def _state(eqs: Equations, gradients: dict, index: dict, symbol: sp.Symbol, formula: sp.Expr) -> None:
    """Add ``symbol = formula`` and the derivatives of it by every state that it depends on."""
    eqs.statements[symbol] = formula
    parts: dict[int, list[sp.Expr]] = {}
    for other in sorted(formula.free_symbols, key=str):
        if other in index:
            parts.setdefault(index[other], []).append(sp.diff(formula, other))
        elif gradients.get(other):
            slope = sp.Symbol(f"d {symbol} / d {other}", real=True)
            eqs.statements[slope] = sp.diff(formula, other)
            for j, inner in gradients[other].items():
                parts.setdefault(j, []).append(slope * inner)
    gradients[symbol] = {}
    for j in sorted(parts):
        total = sp.Symbol(f"d {symbol} / dy {j}", real=True)
        eqs.statements[total] = sp.Add(*parts[j])
        if eqs.statements[total] != 0:
            gradients[symbol][j] = total


def _assemble(eqs: Equations, model: Model, gradients: dict) -> None:
    """Right-hand side and Jacobian from the stoichiometry."""
    at = {name: i for i, name in enumerate(eqs.states)}
    rhs: list[list[sp.Expr]] = [[] for _ in eqs.states]
    jacobian: dict[tuple[int, int], list[sp.Expr]] = {}
    for reaction, rate in zip(model.reactions, eqs.rates, strict=True):
        for name, change in reaction.stoichiometry.items():
            factor = sp.Integer(int(change)) if change == int(change) else sp.Float(change, 17)
            rhs[at[name]].append(factor * rate)
            for j, slope in gradients[rate].items():
                jacobian.setdefault((at[name], j), []).append(factor * slope)
    eqs.rhs = [sp.Add(*terms) for terms in rhs]
    eqs.jacobian = {key: sp.Add(*terms) for key, terms in sorted(jacobian.items())}


def _hoist_all(eqs: Equations, params: set[sp.Symbol]) -> None:
    hoist = _Hoist(params)
    eqs.statements = {s: hoist(e) for s, e in eqs.statements.items()}
    eqs.observables = [hoist(e) for e in eqs.observables]
    eqs.hoisted = hoist.found


class _Hoist:
    """Replaces what depends on parameters only by a name, so that it is computed once and not at every step."""

    def __init__(self, params: set[sp.Symbol]):
        self.params = params
        self.found: dict[sp.Symbol, sp.Expr] = {}
        self.names: dict[sp.Expr, sp.Symbol] = {}
        self.memo: dict[sp.Expr, sp.Expr] = {}

    def __call__(self, e: sp.Expr) -> sp.Expr:
        if e not in self.memo:
            self.memo[e] = self._rewrite(e)
        return self.memo[e]

    def _constant(self, e: sp.Expr) -> bool:
        return bool(e.free_symbols) and e.free_symbols <= self.params

    def _name(self, e: sp.Expr) -> sp.Expr:
        if e.is_Symbol:
            return e
        if e not in self.names:
            self.names[e] = sp.Symbol(f"const {len(self.found)}", real=True)
            self.found[self.names[e]] = e
        return self.names[e]

    def _rewrite(self, e: sp.Expr) -> sp.Expr:
        if e.is_Atom:
            return e
        if self._constant(e):
            return self._name(e)
        if e.is_Add or e.is_Mul:
            fixed = [a for a in e.args if self._constant(a)]
            if fixed:
                moving = [self(a) for a in e.args if not self._constant(a)]
                return e.func(self._name(e.func(*fixed)), *moving)
        return e.func(*(self(a) for a in e.args))


__all__ = ["TIME", "Equations", "build"]

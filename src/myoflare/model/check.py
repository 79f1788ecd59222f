"""Faults of a network and its tables, each told in one sentence before anything is computed."""

import math
from dataclasses import replace

import libsbml

from myoflare.base.errors import ModelError
from myoflare.base.units import Unit, parse_unit
from myoflare.model import formula
from myoflare.model.dimensions import UnitFault, Units
from myoflare.model.records import Model, Parameter

STRUCTURAL_NUMBERS = (0.0, 1.0, 2.0)


def join_tables(model: Model, table: dict[str, Parameter]) -> Model:
    """``model`` with parameters as the table has them; every name needs a row and every row needs a use."""
    trees = {f"reaction {r.id}": formula.to_tree(r.law) for r in model.reactions}
    trees |= {f"rule {r.id}": formula.to_tree(r.formula) for r in model.rules}
    _check_declared(model)
    for parameter in model.parameters:
        if parameter.id not in table:
            user = next((k for k, tree in trees.items() if parameter.id in formula.names(tree)), model.id)
            raise ModelError(
                user, f"{parameter.id} has no row in the parameters table and is no declared species",
                "a row for every parameter", f"Add {parameter.id} to parameters.tsv or correct its name",
            )  # fmt: skip
    used = set().union(*(formula.names(t) for t in trees.values())) | _used_outside_laws(model)
    for name in table:
        if name not in used:
            raise ModelError(
                "parameters.tsv", f"no law, rule, starting value or observable uses {name}", "only rows that are used"
            )
    return replace(model, parameters=tuple(row for name, row in table.items() if name in used))


def _used_outside_laws(model: Model) -> set[str]:
    texts = [s.rest_formula for s in model.species] + [o.formula for o in model.observables]
    texts += [o.noise for o in model.observables]
    return set().union(*(formula.names(formula.to_tree(t)) for t in texts if t))


def _check_declared(model: Model) -> None:
    for species in model.species:
        if not species.unit:
            user = next((f"reaction {r.id}" for r in model.reactions if species.id in r.stoichiometry), model.id)
            raise ModelError(
                user, f"species {species.id} is used but not declared with a unit",
                "a declaration such as: substanceOnly species X; X has cell",
            )  # fmt: skip


def check_literals(model: Model) -> None:
    """Numbers belong in the table: formulas may hold 0, 1 and 2 only."""
    formulas = [(f"reaction {r.id}", r.law) for r in model.reactions]
    formulas += [(f"rule {r.id}", r.formula) for r in model.rules]
    formulas += [(f"starting value of {s.id}", s.rest_formula) for s in model.species if s.rest_formula]
    for where, text in formulas:
        for node in formula.walk(formula.to_tree(text)):
            if node.isNumber() and node.getValue() not in STRUCTURAL_NUMBERS:
                raise ModelError(where, f"the number {node.getValue():g} in its formula", "a named parameter")


def check_values(model: Model) -> None:
    """Every parameter and species that a formula uses has a value; Antimony makes a mistyped name one without."""
    empty = {p.id for p in model.parameters if math.isnan(p.value) and not p.formula}
    empty |= {s.id for s in model.species if math.isnan(s.rest) and not s.rest_formula}
    formulas = [(f"reaction {r.id}", r.law) for r in model.reactions]
    formulas += [(f"rule {r.id}", r.formula) for r in model.rules]
    formulas += [(f"starting value of {s.id}", s.rest_formula) for s in model.species if s.rest_formula]
    formulas += [(f"starting value of {p.id}", p.formula) for p in model.parameters if p.formula]
    formulas += [(f"event {e.id}", t) for e in model.events for t in (e.trigger, *e.assignments.values())]
    for where, text in formulas if empty else ():
        for name in sorted(formula.names(formula.to_tree(text)) & empty):
            raise ModelError(where, f"{name} has no value", "a value for every name")


def check_names(model: Model) -> None:
    """Observables speak of states, rules and parameters only."""
    known = {s.id for s in model.species} | {r.id for r in model.rules} | set(model.values())
    for o in model.observables:
        try:
            tree = formula.to_tree(o.formula)
        except ValueError as fault:
            raise ModelError(f"observables.tsv, {o.id}", f"{o.formula!r} ({fault})", "a formula") from None
        for name in sorted(formula.names(tree) - known):
            raise ModelError(f"observables.tsv, {o.id}", f"unknown name {name}", "a state, rule or parameter")


def check_units(model: Model) -> Model:
    """``model`` with the unit of every rule filled in. Raises ModelError where a formula has a wrong unit."""
    units = Units({x.id: parse_unit(x.unit) for x in (*model.species, *model.parameters)}, model.functions)
    rules = []
    for rule in model.rules:
        unit = _unit_of(units, rule.formula, f"rule {rule.id}")
        units.units[rule.id] = unit
        rules.append(replace(rule, unit=str(unit)))
    for species in model.species:
        if species.rest_formula:
            _expect(units, species.rest_formula, parse_unit(species.unit), f"starting value of {species.id}")
    for reaction in model.reactions:
        for name in reaction.stoichiometry:
            expected = units.units[name] / Unit((("day", 1),))
            _expect(units, reaction.law, expected, f"reaction {reaction.id}")
    for o in model.observables:
        if o.unit:
            _expect(units, o.formula, parse_unit(o.unit), f"observables.tsv, {o.id}")
    return replace(model, rules=tuple(rules))


def _unit_of(units: Units, text: str, where: str) -> Unit:
    try:
        return units.of(formula.to_tree(text))
    except UnitFault as fault:
        raise ModelError(where, str(fault), "terms of one unit") from None
    except KeyError as fault:
        raise ModelError(where, f"unknown name {fault.args[0]}", "a state, rule or parameter") from None


def _expect(units: Units, text: str, expected: Unit, where: str) -> None:
    found = _unit_of(units, text, where)
    if not found.agrees(expected):
        raise ModelError(where, f"its formula {text} has unit {found}", str(expected))


def sbml_faults(text: str) -> list[tuple[int, str, str, str]]:
    """(number, severity, category, message) of everything libSBML's full consistency check says about an SBML text."""
    # Read afresh: libSBML caches derived units, so a document that was edited in memory is judged by its past.
    document = libsbml.readSBMLFromString(text)
    document.checkConsistency()
    faults = (document.getError(i) for i in range(document.getNumErrors()))
    return [
        (f.getErrorId(), f.getSeverityAsString(), f.getCategoryAsString(), " ".join(f.getMessage().split()))
        for f in faults
    ]

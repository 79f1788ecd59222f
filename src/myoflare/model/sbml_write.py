"""Records as an SBML Level 3 Version 2 document that other simulators run and whose units can be checked.

SBML has one unit of extent for all reactions; ours run in cells, grams, pmol, mL and U. So extent is counted in items,
each species that is no item carries a conversion factor of value 1, and its reactions divide their law by it.
"""

import re
from collections.abc import Mapping

import libsbml

from myoflare.base.units import KNOWN, Unit, parse_unit
from myoflare.model import formula
from myoflare.model.notes import write_notes
from myoflare.model.records import Model, Reaction
from myoflare.model.sbml_actions import by_day, inflow, infused, settings, write_event

BODY = "whole_body"  # the one compartment; amounts need no volume, SBML needs a place


def to_sbml(model: Model, initial: Mapping[str, float] | None = None) -> str:
    """SBML text of a model with its parameter values, starting amounts (``initial`` by species id) and schedule."""
    return _Writer(model, initial or {}).text()


class _Writer:
    def __init__(self, model: Model, initial: Mapping[str, float]):
        self.model, self.initial = model, initial
        self.document = libsbml.SBMLDocument(3, 2)
        self.sbml = self.document.createModel()
        self.units: dict[str, str] = {}
        self.settings = settings(model.schedule)
        self.changed = {s.target for s in self.settings} | {t for e in model.events for t in e.assignments}
        self.laws = {r.id: r.formula for r in model.rules if r.id in {x.id for x in model.reactions}}
        self.checked = all(x.unit for x in (*model.species, *model.parameters))

    def text(self) -> str:
        self._head()
        for function in self.model.functions:
            self._function(function)
        self._species()
        for p in self.model.parameters:
            self._parameter(p.id, p.value, p.unit, p.description or p.id, p.id not in self.changed)
        rules = [rule for rule in self.model.rules if rule.id not in self.laws]  # a reaction's id is its rate already
        for rule in rules:
            self._parameter(rule.id, None, rule.unit, rule.name, False, rule.notes)
        for rule in rules:
            written = self.sbml.createAssignmentRule()
            written.setVariable(rule.id)
            written.setMath(self._math(rule.formula))
        for reaction in self.model.reactions:
            self._reaction(reaction)
        for state in infused(self.model.schedule):
            unit = next(x.unit for x in self.model.species if x.id == state)
            self._parameter(inflow(state), 0.0, f"{unit}/day" if unit else "", f"infusion of {state}", False)
            self._reaction(Reaction(f"infuse_{state}", "", inflow(state), {state: 1.0}))
        self._schedule()
        for event in self.model.events:
            write_event(self.sbml, event, self._math, set(self.model.values()) - self.changed)
        # Written out, because libSBML's unit checker can mix up calls with composed arguments and warn in error.
        expand = libsbml.ConversionProperties()
        expand.addOption("expandFunctionDefinitions", True)
        self.document.convert(expand)
        return libsbml.writeSBMLToString(self.document)

    def _head(self) -> None:
        self.sbml.setId(re.sub(r"\W", "_", self.model.id))
        self.sbml.setName(self.model.id)
        self.sbml.setTimeUnits(self._unit("day"))
        self.sbml.setExtentUnits("item")
        self.sbml.setSubstanceUnits("item")
        self.sbml.setVolumeUnits("litre")
        place = self.sbml.createCompartment()
        place.setId(BODY)
        place.setSize(1.0)
        place.setSpatialDimensions(3)
        place.setUnits("litre")
        place.setConstant(True)

    def _unit(self, text: str) -> str:
        """Id of the unit definition for a unit text, which the definition keeps as its name."""
        if text in self.units:
            return self.units[text]
        definition = self.sbml.createUnitDefinition()
        unit = parse_unit(text)
        name = re.sub(r"\W+", "_", text.replace("/", "_per_").replace("1_per", "per")).strip("_")
        definition.setId(f"unit_{name}")
        definition.setName(text)
        for known, exponent in unit.powers or (("dimensionless", 1),):
            factor, kinds = KNOWN[known]
            kind = next(iter(kinds), "dimensionless")
            if kind == "katal":  # SBML lets no species be counted in catalytic activity, so enzyme units are numbers
                kind, factor = "dimensionless", factor / KNOWN["U"][0]
            part = definition.createUnit()
            part.setKind(libsbml.UnitKind_forName(kind))
            part.setExponent(exponent * next(iter(kinds.values()), 1))
            part.setScale(0)
            part.setMultiplier(factor)
        self.units[text] = definition.getId()
        return self.units[text]

    def _math(self, text: str) -> libsbml.ASTNode:
        tree = formula.to_tree(text, self.sbml)
        if self.checked:
            formula.mark_numbers_dimensionless(tree)
        return tree

    def _function(self, function) -> None:
        written = self.sbml.createFunctionDefinition()
        written.setId(function.id)
        tree = formula.to_tree(f"lambda({', '.join((*function.arguments, function.formula))})")
        if self.checked:
            formula.mark_numbers_dimensionless(tree)
        written.setMath(tree)

    def _species(self) -> None:
        self.factor = {}
        for s in self.model.species:
            written = self.sbml.createSpecies()
            written.setId(s.id)
            written.setName(s.name)
            written.setCompartment(BODY)
            written.setHasOnlySubstanceUnits(True)
            written.setBoundaryCondition(False)
            written.setConstant(False)
            written.setInitialAmount(float(self.initial.get(s.id, s.rest)))
            if s.notes:
                written.setNotes(write_notes(s.notes))
            if not s.unit:
                continue
            written.setSubstanceUnits(self._unit(s.unit))
            if not parse_unit(s.unit).agrees(Unit((("item", 1),))):
                self.factor[s.id] = f"one_{s.unit}"
                written.setConversionFactor(self.factor[s.id])
        for name in sorted(set(self.factor.values())):
            unit = name.removeprefix("one_")
            per_item = "1/item" if parse_unit(unit).dimensionless else f"{unit}/item"
            self._parameter(name, 1.0, per_item, f"one {unit} for each unit of extent", True)

    def _parameter(self, name, value, unit, title, constant, notes=None) -> None:
        written = self.sbml.createParameter()
        written.setId(name)
        written.setName(title)
        written.setConstant(constant)
        if value is not None:
            written.setValue(float(value))
        if unit:
            written.setUnits(self._unit(unit))
        if notes:
            written.setNotes(write_notes(notes))

    def _reaction(self, reaction) -> None:
        written = self.sbml.createReaction()
        written.setId(reaction.id)
        written.setName(reaction.name)
        written.setReversible(False)
        if reaction.notes:
            written.setNotes(write_notes(reaction.notes))
        for name, change in reaction.stoichiometry.items():
            part = written.createReactant() if change < 0 else written.createProduct()
            part.setSpecies(name)
            part.setStoichiometry(abs(change))
            part.setConstant(True)
        factors = {self.factor[name] for name in reaction.stoichiometry if name in self.factor}
        law = self.laws.get(reaction.id, reaction.law)
        law = f"({law}) / {factors.pop()}" if factors else law
        tree = self._math(law)
        species = {s.id for s in self.model.species}
        for name in sorted((formula.names(tree) & species) - reaction.stoichiometry.keys()):
            written.createModifier().setSpecies(name)
        for name, change in reaction.stoichiometry.items():
            if change > 0 and name in formula.names(tree):
                written.createModifier().setSpecies(name)
        written.createKineticLaw().setMath(tree)

    def _schedule(self) -> None:
        """One event per day of the schedule; time and values are parameters, so that both have a unit."""
        units = {x.id: x.unit for x in (*self.model.parameters, *self.model.species)}
        units |= {inflow(s): f"{units[s]}/day" if units[s] else "" for s in infused(self.model.schedule)}
        for i, (day, targets) in enumerate(by_day(self.settings).items(), start=1):
            self._parameter(f"change_{i}_day", day, "day" if self.checked else "", f"day of change {i}", True)
            event = self.sbml.createEvent()
            event.setId(f"change_{i}")
            event.setName("; ".join(dict.fromkeys(s.label for _, steps in targets for s in steps if s.label)))
            event.setUseValuesFromTriggerTime(True)
            trigger = event.createTrigger()
            trigger.setInitialValue(False)
            trigger.setPersistent(True)
            trigger.setMath(self._math(f"time >= change_{i}_day"))
            for target, steps in targets:
                terms = [target] if steps[0].add else []
                for k, step in enumerate(steps):
                    terms.append(f"change_{i}_{target}" + (f"_{k}" if k else ""))
                    title = f"value from change {i} on" if not step.add else f"amount added by change {i}"
                    self._parameter(terms[-1], step.value, units[target], title, True)
                assignment = event.createEventAssignment()
                assignment.setVariable(target)
                assignment.setMath(self._math(" + ".join(terms)))

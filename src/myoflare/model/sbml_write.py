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
from myoflare.model.records import Model

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
        self.changed = {c.parameter for c in model.schedule}
        self.checked = all(x.unit for x in (*model.species, *model.parameters))

    def text(self) -> str:
        self._head()
        for function in self.model.functions:
            self._function(function)
        self._species()
        for p in self.model.parameters:
            self._parameter(p.id, p.value, p.unit, p.description or p.id, p.id not in self.changed)
        for rule in self.model.rules:
            self._parameter(rule.id, None, rule.unit, rule.name, False, rule.notes)
        for rule in self.model.rules:
            written = self.sbml.createAssignmentRule()
            written.setVariable(rule.id)
            written.setMath(self._math(rule.formula))
        for reaction in self.model.reactions:
            self._reaction(reaction)
        self._events()
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
        law = f"({reaction.law}) / {factors.pop()}" if factors else reaction.law
        tree = self._math(law)
        species = {s.id for s in self.model.species}
        for name in sorted((formula.names(tree) & species) - reaction.stoichiometry.keys()):
            written.createModifier().setSpecies(name)
        for name, change in reaction.stoichiometry.items():
            if change > 0 and name in formula.names(tree):
                written.createModifier().setSpecies(name)
        written.createKineticLaw().setMath(tree)

    def _events(self) -> None:
        """One event per day of change; time and values are parameters, so that both have a unit."""
        days: dict[float, list] = {}
        for change in sorted(self.model.schedule, key=lambda c: c.day):
            days.setdefault(change.day, []).append(change)
        units = {p.id: p.unit for p in self.model.parameters}
        for i, (day, changes) in enumerate(days.items(), start=1):
            self._parameter(f"change_{i}_day", day, "day" if self.checked else "", f"day of change {i}", True)
            event = self.sbml.createEvent()
            event.setId(f"change_{i}")
            event.setName("; ".join(dict.fromkeys(c.label for c in changes if c.label)))
            event.setUseValuesFromTriggerTime(True)
            trigger = event.createTrigger()
            trigger.setInitialValue(False)
            trigger.setPersistent(True)
            trigger.setMath(self._math(f"time >= change_{i}_day"))
            for change in {c.parameter: c for c in changes}.values():
                value = f"change_{i}_{change.parameter}"
                self._parameter(value, change.value, units[change.parameter], f"value from change {i} on", True)
                assignment = event.createEventAssignment()
                assignment.setVariable(change.parameter)
                assignment.setMath(self._math(value))

"""An SBML document as records, in amounts: what is here is believed, not yet checked."""

import math
from collections.abc import Iterator
from pathlib import Path

import libsbml

from myoflare.base.errors import ModelError
from myoflare.base.units import KNOWN, parse_unit
from myoflare.model import formula
from myoflare.model.notes import parse_notes
from myoflare.model.order import in_order
from myoflare.model.records import Function, Model, Parameter, Reaction, Rule, Species, Symbol
from myoflare.model.roles import Roles
from myoflare.model.sbml_document import rename_reserved
from myoflare.model.sbml_events import read_events


def to_records(document: libsbml.SBMLDocument, path: Path, modules: tuple[str, ...] = ()) -> Model:
    """Records of a document. Concentrations in formulas become amount over compartment."""
    renamed = rename_reserved(document)
    sbml = document.getModel()
    reader = _Reader(sbml, path, modules)
    species = tuple(reader.species(s) for s in sbml.getListOfSpecies() if reader.roles.is_state(s))
    species += reader.rate_rule_states()
    reactions = tuple(r for x in sbml.getListOfReactions() for r in reader.reaction(x)) + reader.rate_rules()
    schedule, events = read_events(reader.roles)
    rules = reader.rules()
    symbols = reader.roles.symbols()
    return Model(
        id=sbml.getId() or path.stem,
        species=species,
        parameters=reader.parameters(),
        functions=tuple(reader.function(f) for f in sbml.getListOfFunctionDefinitions() if f.getBody() is not None),
        rules=rules,
        reactions=tuple(reader.by_rule(r, {rule.id for rule in rules}) for r in reactions),
        schedule=schedule,
        events=events,
        source=str(path),
        symbols=symbols | {old: symbols.get(new, Symbol(new)) for old, new in renamed.items()},
    )


class _Reader:
    """One pass over one document; holds what every element needs to know of the others."""

    def __init__(self, sbml: libsbml.Model, path: Path, modules: tuple[str, ...]):
        self.sbml, self.path, self.modules = sbml, path, modules
        self.unit_names = {u.getId(): u.getName() for u in sbml.getListOfUnitDefinitions()}
        self.roles = Roles(sbml, path.name)
        self.text = self.roles.text
        # In Antimony a species that is given no amount starts empty; SBML leaves open what it starts with.
        self.unset = math.nan if path.suffix.lower() in (".xml", ".sbml") else 0.0
        for tree in self.roles.started.values():
            self.text(tree)  # so that the names in it count as used before anything is read

    def module(self, name: str) -> str:
        """The module that a flattened name comes from; empty for what stands in the main text."""
        prefix = name.split("_", 1)[0]
        return prefix if prefix in self.modules and prefix != name else ""

    def unit(self, name: str) -> str:
        """Unit text of a document's unit name; Antimony prefixes it with the module and may append the volume's."""
        for guess in (self.unit_names.get(name, ""), name, *reversed(name.removesuffix("_litre").split("_"))):
            if guess in KNOWN:
                return guess
            try:
                return str(parse_unit(guess))
            except ValueError:
                continue
        return ""

    def _start(self, name: str, value: float) -> tuple[float, str]:
        """Starting value of a quantity without volume, and its formula where the text has one."""
        tree = self.roles.started.get(name)
        return (math.nan, self.text(tree)) if tree is not None else (value, "")

    def _species_start(self, s: libsbml.Species) -> tuple[float, str]:
        """Starting amount, or concentration where that is what the network holds, and its formula if it has one."""
        name, place = s.getId(), s.getCompartment()
        amount, size = name in self.roles.as_amount, self.roles.size(place)
        tree = self.roles.started.get(name)
        if tree is not None:
            how = self.text(tree)
            factor = f" * {place}" if self.roles.divided(name) else ""
            value, how = math.nan, f"({how}){factor}" if factor else how
        elif s.isSetInitialConcentration():
            value, how = s.getInitialConcentration(), ""
            if amount:
                value, how, factor = value * size, f"{value!r} * {place}", f" * {place}"
        else:
            value, how = s.getInitialAmount() if s.isSetInitialAmount() else self.unset, ""
            if not amount and value:
                value, how, factor = value / size, f"{value!r} / {place}", f" / {place}"
        if tree is None and how and not math.isnan(value):
            how = ""
        if how and factor:
            self.roles.used.add(place)
        return value, how

    def species(self, s: libsbml.Species) -> Species:
        value, how = self._species_start(s)
        return Species(
            id=s.getId(), name=s.getName(), unit=self.unit(s.getSubstanceUnits()), rest=value,
            module=self.module(s.getId()), notes=parse_notes(s.getNotesString()), rest_formula=how,
        )  # fmt: skip

    def rate_rule_states(self) -> tuple[Species, ...]:
        """Whatever a rate rule moves is a state too."""
        states = []
        for name in self.roles.rated:
            s = self.sbml.getSpecies(name)
            if s is not None:
                states.append(self.species(s))
                continue
            element = self.sbml.getElementBySId(name)
            value, how = self._start(name, _number(element))
            unit = "" if isinstance(element, libsbml.SpeciesReference) else self.unit(element.getUnits())
            states.append(Species(name, element.getName(), unit, value, rest_formula=how))
        return tuple(states)

    def parameters(self) -> tuple[Parameter, ...]:
        """What is neither a state nor a rule; of compartments and stoichiometries those that something uses."""
        roles = self.roles
        found = []
        quantities = [*self.sbml.getListOfParameters(), *self.sbml.getListOfCompartments()]
        quantities += [x for x in roles.parts() if x.getId()]
        for x in quantities:
            name = x.getId()
            if name in roles.assigned or name in roles.rated:
                continue
            if not isinstance(x, libsbml.Parameter) and name not in roles.used:
                continue
            value, how = self._start(name, _number(x))
            unit = "" if isinstance(x, libsbml.SpeciesReference) else self.unit(x.getUnits())
            found.append(Parameter(name, value, unit, x.getName(), formula=how))
        for s in self.sbml.getListOfSpecies():
            if not roles.is_state(s) and s.getId() not in roles.assigned and s.getId() not in roles.rated:
                value, how = self._species_start(s)
                found.append(Parameter(s.getId(), value, self.unit(s.getSubstanceUnits()), s.getName(), formula=how))
        return tuple({p.id: p for p in found}.values())

    def function(self, f: libsbml.FunctionDefinition) -> Function:
        arguments = tuple(f.getArgument(i).getName() for i in range(f.getNumArguments()))
        return Function(f.getId(), arguments, formula.to_text(f.getBody()))

    def rules(self) -> tuple[Rule, ...]:
        """Assignment rules, and the reactions and rates of change that some formula asks for by name."""
        found = {name: self._assigned(name) for name in self.roles.assigned}
        while True:
            asked = {name: r for name, r in self.roles.reactions.items() if name in self.roles.used}
            new = {name: Rule(name, r.getName(), self.law(r)) for name, r in asked.items() if name not in found}
            new |= {
                rule: Rule(rule, "", self.roles.rate(name))
                for rule, name in self.roles.rates.copy().items()
                if rule not in found
            }
            if not new:
                return in_order(found.values(), self.path.name)
            found |= new

    def _assigned(self, variable: str) -> Rule:
        r, named = self.sbml.getRuleByVariable(variable), self.sbml.getElementBySId(variable)
        notes = parse_notes(r.getNotesString() or (named.getNotesString() if named else ""))
        unit = self.unit(named.getUnits()) if isinstance(named, libsbml.Parameter) else ""
        name = named.getName() if named else ""
        return Rule(variable, name, self.text(r.getMath()), unit, self.module(variable), notes)

    def law(self, r: libsbml.Reaction) -> str:
        law = r.getKineticLaw()
        if law is None or law.getMath() is None:
            raise ModelError(f"{self.path.name}, reaction {r.getId()}", "no rate law", "a rate law for every reaction")
        return self.text(law.getMath())

    def reaction(self, r: libsbml.Reaction) -> Iterator[Reaction]:
        """The reaction, and after it one more for each stoichiometry that is itself a quantity."""
        change: dict[str, float] = {}
        varying: list[Reaction] = []
        sides = (*r.getListOfReactants(), *r.getListOfProducts())
        for name in dict.fromkeys(x.getSpecies() for x in sides):
            s = self.sbml.getSpecies(name)
            if s is None or not self.roles.is_state(s):
                continue
            for number, factor in self.roles.flows(r, name):
                if not factor:
                    change[name] = change.get(name, 0.0) + number
                    continue
                self.roles.used.add(r.getId())
                part = f"{r.getId()}_of_{name}_{len(varying) + 1}"
                varying.append(Reaction(part, "", f"{factor} * {r.getId()}", {name: number}, continuous=True))
        change = {k: v for k, v in change.items() if v}
        notes = parse_notes(r.getNotesString())
        yield Reaction(r.getId(), r.getName(), self.law(r), change, self.module(r.getId()), notes)
        yield from varying

    def by_rule(self, r: Reaction, rules: set[str]) -> Reaction:
        """The same reaction, its law named where a rule gives it already."""
        if r.id not in rules:
            return r
        return Reaction(r.id, r.name, r.id, r.stoichiometry, r.module, r.notes, r.continuous)

    def rate_rules(self) -> tuple[Reaction, ...]:
        laws = {name: self.roles.amount_rate(name) if self.sbml.getSpecies(name) else "" for name in self.roles.rated}
        return tuple(
            Reaction(f"rate_of_{name}", "", law or self.text(self.roles.rated[name]), {name: 1.0}, continuous=True)
            for name, law in laws.items()
        )


def _number(x: libsbml.SBase) -> float:
    """The number that a parameter, compartment or species reference has in the text; NaN if it has none."""
    if isinstance(x, libsbml.Compartment):
        return x.getSize() if x.isSetSize() else math.nan
    if isinstance(x, libsbml.SpeciesReference):
        return x.getStoichiometry() if x.isSetStoichiometry() else 1.0
    return x.getValue() if x.isSetValue() else math.nan

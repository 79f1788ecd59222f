"""An SBML document as records, in amounts: what is here is believed, not yet checked."""

import math
from pathlib import Path

import libsbml

from myoflare.base.errors import ModelError
from myoflare.base.units import KNOWN, parse_unit
from myoflare.model import formula
from myoflare.model.constructs import refuse_inconsistent, refuse_unsupported
from myoflare.model.notes import parse_notes
from myoflare.model.records import Change, Function, Model, Parameter, Reaction, Rule, Species


def parse_document(text: str, path: Path, lines: bool = True) -> libsbml.SBMLDocument:
    """libSBML document as Level 3 Version 2 with global parameters only. Raises ModelError, with line if ``lines``."""
    document = libsbml.readSBMLFromString(text)
    log = document.getErrorLog()
    faults = [log.getError(i) for i in range(log.getNumErrors())]
    for fault in faults:
        if fault.getSeverity() >= libsbml.LIBSBML_SEV_ERROR:
            what = " ".join(fault.getMessage().split()).rstrip(".")
            raise ModelError(f"{path.name} line {fault.getLine()}", what, "valid SBML")
    if document.getModel() is None:
        raise ModelError(str(path), "no model in it", "an SBML document with one model")
    refuse_unsupported(document, path)
    refuse_inconsistent(document, path, lines)
    if document.getModel().getNumReactions() and any(
        r.getKineticLaw() and r.getKineticLaw().getNumParameters() + r.getKineticLaw().getNumLocalParameters()
        for r in document.getModel().getListOfReactions()
    ):
        document.convert(_converter("promoteLocalParameters"))
    if (document.getLevel(), document.getVersion()) != (3, 2):
        document.setLevelAndVersion(3, 2, False)
    return document


def _converter(name: str) -> libsbml.ConversionProperties:
    properties = libsbml.ConversionProperties()
    properties.addOption(name, True)
    return properties


def to_records(document: libsbml.SBMLDocument, path: Path, modules: tuple[str, ...] = ()) -> Model:
    """Records of a document. Concentrations in formulas become amount over compartment."""
    sbml = document.getModel()
    reader = _Reader(sbml, path, modules)
    rules = reader.rules()
    ruled = {rule.id for rule in rules}
    species = tuple(reader.species(s) for s in sbml.getListOfSpecies() if reader.is_state(s))
    return Model(
        id=sbml.getId() or path.stem,
        species=species + reader.rate_rule_states(),
        parameters=reader.parameters(ruled),
        functions=tuple(reader.function(f) for f in sbml.getListOfFunctionDefinitions()),
        rules=rules,
        reactions=tuple(reader.reaction(r) for r in sbml.getListOfReactions()) + reader.rate_rules(),
        schedule=reader.schedule(),
        source=str(path),
    )


class _Reader:
    """One pass over one document; holds what every element needs to know of the others."""

    def __init__(self, sbml: libsbml.Model, path: Path, modules: tuple[str, ...]):
        self.sbml, self.path, self.modules = sbml, path, modules
        self.ruled = {r.getVariable() for r in sbml.getListOfRules()}
        self.unit_names = {u.getId(): u.getName() for u in sbml.getListOfUnitDefinitions()}
        self.started = {a.getSymbol(): a.getMath() for a in sbml.getListOfInitialAssignments() if a.getMath()}
        self.concentration = {
            s.getId(): s.getCompartment()
            for s in sbml.getListOfSpecies()
            if self.is_state(s) and not s.getHasOnlySubstanceUnits()
        }
        self.numbers = self._numbers()

    def _numbers(self) -> dict[str, float]:
        values = {p.getId(): p.getValue() for p in self.sbml.getListOfParameters()}
        for compartment in self.sbml.getListOfCompartments():
            values[compartment.getId()] = compartment.getSize() if compartment.isSetSize() else 1.0
        for name, tree in self.started.items():
            if name in values:
                try:
                    values[name] = formula.evaluate(tree, values)
                except (ValueError, KeyError):
                    raise ModelError(
                        f"{self.path.name}, initial assignment of {name}",
                        formula.to_text(tree),
                        "plain arithmetic with a result",
                    ) from None
        return values

    def module(self, name: str) -> str:
        """The module that a flattened name comes from; empty for what stands in the main text."""
        prefix = name.split("_", 1)[0]
        return prefix if prefix in self.modules and prefix != name else ""

    def is_state(self, s: libsbml.Species) -> bool:
        return not (s.getConstant() or s.getBoundaryCondition() or s.getId() in self.ruled)

    def text(self, tree: libsbml.ASTNode) -> str:
        """Formula text with every concentration spelled as amount over compartment."""
        if not self.concentration:
            return formula.to_text(tree)
        tree = tree.deepCopy()
        for name in formula.names(tree) & self.concentration.keys():
            tree.replaceArgument(name, libsbml.parseL3Formula(f"{name} / {self.concentration[name]}"))
        return formula.to_text(tree)

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

    def species(self, s: libsbml.Species) -> Species:
        rest, how = 0.0, ""
        if s.isSetInitialAmount():
            rest = s.getInitialAmount()
        elif s.isSetInitialConcentration():
            rest = s.getInitialConcentration() * self.numbers[s.getCompartment()]
        tree = self.started.get(s.getId())
        if tree is not None:
            how = formula.to_text(tree)
            if s.getId() in self.concentration:
                how = f"({how}) * {s.getCompartment()}"
            rest = math.nan  # settled when the parameters are
        return Species(
            id=s.getId(), name=s.getName(), unit=self.unit(s.getSubstanceUnits()), rest=rest,
            module=self.module(s.getId()), notes=parse_notes(s.getNotesString()), rest_formula=how,
        )  # fmt: skip

    def parameters(self, ruled: set[str]) -> tuple[Parameter, ...]:
        used = self._names_used()
        found = [
            Parameter(p.getId(), self.numbers[p.getId()], self.unit(p.getUnits()), p.getName())
            for p in self.sbml.getListOfParameters()
            if p.getId() not in self.ruled
        ]
        for c in self.sbml.getListOfCompartments():
            if c.getId() not in ruled and c.getId() in used:
                found.append(Parameter(c.getId(), self.numbers[c.getId()], self.unit(c.getUnits()), c.getName()))
        for s in self.sbml.getListOfSpecies():
            if not self.is_state(s) and s.getId() not in self.ruled:
                amount = s.getInitialAmount() if s.isSetInitialAmount() else s.getInitialConcentration()
                size = self.numbers[s.getCompartment()]
                if s.isSetInitialAmount() and not s.getHasOnlySubstanceUnits():
                    amount /= size
                elif s.isSetInitialConcentration() and s.getHasOnlySubstanceUnits():
                    amount *= size
                found.append(Parameter(s.getId(), amount, self.unit(s.getSubstanceUnits()), s.getName()))
        unique = {p.id: p for p in found}
        return tuple(unique.values())

    def _names_used(self) -> set[str]:
        trees = [r.getKineticLaw().getMath() for r in self.sbml.getListOfReactions() if r.getKineticLaw()]
        trees += [r.getMath() for r in self.sbml.getListOfRules()] + list(self.started.values())
        used = set(self.concentration.values())
        return used.union(*(formula.names(t) for t in trees if t is not None))

    def function(self, f: libsbml.FunctionDefinition) -> Function:
        arguments = tuple(f.getArgument(i).getName() for i in range(f.getNumArguments()))
        return Function(f.getId(), arguments, formula.to_text(f.getBody()))

    def rules(self) -> tuple[Rule, ...]:
        found = {}
        for r in self.sbml.getListOfRules():
            if r.isAssignment():
                named = self.sbml.getElementBySId(r.getVariable())
                notes = parse_notes(r.getNotesString() or (named.getNotesString() if named else ""))
                name = named.getName() if named else ""
                unit = self.unit(named.getUnits()) if isinstance(named, libsbml.Parameter) else ""
                found[r.getVariable()] = (
                    Rule(r.getVariable(), name, self.text(r.getMath()), unit, self.module(r.getVariable()), notes),
                    formula.names(r.getMath()),
                )
        return self._in_order(found)

    def _in_order(self, found: dict[str, tuple[Rule, set[str]]]) -> tuple[Rule, ...]:
        """Rules so that each follows those it needs."""
        ordered: dict[str, Rule] = {}
        while len(ordered) < len(found):
            waiting = {k: needs & found.keys() for k, (_, needs) in found.items() if k not in ordered}
            ready = [k for k, needs in waiting.items() if needs <= ordered.keys()]
            if not ready:
                stuck = sorted(found.keys() - ordered.keys())
                raise ModelError(f"{self.path.name}, rule {stuck[0]}", "it depends on itself", "rules without a circle")
            ordered.update((k, found[k][0]) for k in ready)
        return tuple(ordered.values())

    def reaction(self, r: libsbml.Reaction) -> Reaction:
        change: dict[str, float] = {}
        for sign, side in ((-1, r.getListOfReactants()), (1, r.getListOfProducts())):
            for x in side:
                s = self.sbml.getSpecies(x.getSpecies())
                if s is not None and self.is_state(s):
                    change[s.getId()] = change.get(s.getId(), 0.0) + sign * self._stoichiometry(x, s)
        law = r.getKineticLaw()
        if law is None or law.getMath() is None:
            raise ModelError(f"{self.path.name}, reaction {r.getId()}", "no rate law", "a rate law for every reaction")
        change = {k: v for k, v in change.items() if v}
        notes = parse_notes(r.getNotesString())
        return Reaction(r.getId(), r.getName(), self.text(law.getMath()), change, self.module(r.getId()), notes)

    def _stoichiometry(self, x: libsbml.SpeciesReference, s: libsbml.Species) -> float:
        factor = s.getConversionFactor() or self.sbml.getConversionFactor()
        return (x.getStoichiometry() if x.isSetStoichiometry() else 1.0) * (self.numbers[factor] if factor else 1.0)

    def rate_rules(self) -> tuple[Reaction, ...]:
        return tuple(
            Reaction(f"rate_of_{r.getVariable()}", "", self.text(r.getMath()), {r.getVariable(): 1.0})
            for r in self.sbml.getListOfRules()
            if r.isRate()
        )

    def rate_rule_states(self) -> tuple[Species, ...]:
        """Parameters that a rate rule moves are states too."""
        states = []
        for r in self.sbml.getListOfRules():
            p = self.sbml.getParameter(r.getVariable())
            if r.isRate() and p is None:
                raise ModelError(
                    f"{self.path.name}, rate rule of {r.getVariable()}", "a rate rule on a species or compartment",
                    "rate rules on parameters only, or a reaction",
                )  # fmt: skip
            if r.isRate():
                states.append(Species(p.getId(), p.getName(), self.unit(p.getUnits()), self.numbers[p.getId()]))
        return tuple(states)

    def schedule(self) -> tuple[Change, ...]:
        changes = [change for event in self.sbml.getListOfEvents() for change in self._changes(event)]
        return tuple(sorted(changes, key=lambda c: c.day))

    def _changes(self, event: libsbml.Event) -> list[Change]:
        """Changes of one event of the only kind we know: at a given time, set parameters to given values."""
        trigger = event.getTrigger().getMath()
        try:
            sides = [trigger.getChild(i) for i in range(trigger.getNumChildren())]
            if trigger.getType() not in (libsbml.AST_RELATIONAL_GEQ, libsbml.AST_RELATIONAL_GT):
                raise ValueError
            if sides[0].getType() != libsbml.AST_NAME_TIME or event.getDelay():
                raise ValueError
            day = formula.evaluate(sides[1], self.numbers)
            found = []
            for assignment in event.getListOfEventAssignments():
                if self.sbml.getParameter(assignment.getVariable()) is None:
                    raise ValueError
                value = formula.evaluate(assignment.getMath(), self.numbers)
                found.append(Change(day, assignment.getVariable(), value, event.getName()))
        except (ValueError, KeyError):
            raise ModelError(
                f"{self.path.name}, event {event.getId()}", "an event that is not 'at a given time, set parameters'",
                "events such as: at (time >= t): parameter = value",
            ) from None  # fmt: skip
        return found

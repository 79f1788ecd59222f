"""What becomes of each id of an SBML model: a rule, a state or a parameter; and whether a species is held as an amount.

A species moved by reactions is held as an amount, and formulas that mean its concentration say amount over volume. So
a volume may change by a rule or an event, and amounts stay what they are. Only a species that a rate rule moves inside
a volume that an assignment rule gives is held as a concentration: nobody knows the volume's own rate.
"""

import math

import libsbml

from myoflare.base.errors import ModelError
from myoflare.model import formula
from myoflare.model.records import Symbol


class Roles:
    """One pass over a flat document; ``text`` spells its formulas in the names of the network."""

    def __init__(self, sbml: libsbml.Model, file: str):
        self.sbml, self.file = sbml, file
        rules = [r for r in sbml.getListOfRules() if r.getMath() is not None]
        self.assigned = {r.getVariable(): r.getMath() for r in rules if r.isAssignment()}
        self.rated = {r.getVariable(): r.getMath() for r in rules if r.isRate()}
        self.started = {a.getSymbol(): a.getMath() for a in sbml.getListOfInitialAssignments() if a.getMath()}
        self.jumping = {
            a.getVariable() for e in sbml.getListOfEvents() for a in e.getListOfEventAssignments() if a.getMath()
        }
        self.reactions = {r.getId(): r for r in sbml.getListOfReactions()}
        self.volume = {s.getId(): s.getCompartment() for s in sbml.getListOfSpecies() if self._has_volume(s)}
        self.as_amount = {s.getId() for s in sbml.getListOfSpecies() if self._held_as_amount(s)}
        self.used: set[str] = set()  # names in any formula
        self.rates: dict[str, str] = {}  # quantity by the name of the rule that gives its rate of change

    def _has_volume(self, s: libsbml.Species) -> bool:
        """Whether the species' id means a concentration."""
        place = self.sbml.getCompartment(s.getCompartment())
        points = place is not None and place.isSetSpatialDimensions() and place.getSpatialDimensionsAsDouble() == 0
        return not (s.getHasOnlySubstanceUnits() or points)

    def is_state(self, s: libsbml.Species) -> bool:
        return not (
            s.getConstant() or s.getBoundaryCondition() or s.getId() in self.assigned or s.getId() in self.rated
        )

    def _held_as_amount(self, s: libsbml.Species) -> bool:
        place = self.volume.get(s.getId())
        if place is None or self.is_state(s):
            return True
        if s.getId() in self.assigned:
            return False
        if s.getId() in self.rated:
            return place not in self.assigned
        return place in self.assigned or place in self.rated or place in self.jumping

    def size(self, place: str) -> float:
        """Size of a compartment that has one number from the start; NaN where a formula or nothing gives it."""
        found = self.sbml.getCompartment(place)
        if found is None or place in self.started or place in self.assigned:
            return math.nan
        return found.getSize() if found.isSetSize() else math.nan

    def divided(self, name: str) -> str:
        """The volume by which a name must be divided to mean what the SBML text means by it, or nothing."""
        return self.volume.get(name, "") if name in self.as_amount else ""

    def symbols(self) -> dict[str, Symbol]:
        """How to read each species, and what has no name of its own in the network."""
        found = {r: Symbol(self.text(k.getMath())) for r, k in self._laws().items()}
        fixed = {c.getId(): c.getSize() for c in self.sbml.getListOfCompartments() if c.isSetSize()}
        fixed |= {x.getId(): x.getStoichiometry() if x.isSetStoichiometry() else 1.0 for x in self.parts()}
        for name, number in fixed.items():
            if name and name not in self.used and not self.varies(name):
                found[name] = Symbol(repr(number))
        for s in self.sbml.getListOfSpecies():
            name, place = s.getId(), s.getCompartment()
            if not self.varies(place) and place not in self.used:
                place = repr(self.size(place))
            amount = name if name in self.as_amount else f"{name} * {place}"
            concentration = f"{name} / {place}" if name in self.as_amount else name
            value = concentration if name in self.volume else amount
            found[name] = Symbol(value, amount, concentration)
        return found

    def _laws(self) -> dict[str, libsbml.KineticLaw]:
        laws = {name: r.getKineticLaw() for name, r in self.reactions.items()}
        return {name: law for name, law in laws.items() if law is not None and law.getMath() is not None}

    def parts(self) -> list[libsbml.SpeciesReference]:
        """Every reactant and product of every reaction."""
        sides = [s for r in self.reactions.values() for s in (r.getListOfReactants(), r.getListOfProducts())]
        return [x for side in sides for x in side]

    def varies(self, name: str) -> bool:
        """Whether anything but a number of the text gives ``name`` its value."""
        return any(name in where for where in (self.assigned, self.rated, self.started, self.jumping))

    def text(self, tree: libsbml.ASTNode) -> str:
        """Formula text with every concentration spelled as amount over volume and every rate of change by its rule."""
        tree = self._named_rates(tree.deepCopy())
        for name in formula.names(tree):
            self.used.add(name)
            place = self.divided(name)
            if place:
                self.used.add(place)
                tree.replaceArgument(name, libsbml.parseL3Formula(f"{name} / {place}"))
        return formula.to_text(tree)

    def _named_rates(self, tree: libsbml.ASTNode) -> libsbml.ASTNode:
        if tree.getType() == libsbml.AST_FUNCTION_RATE_OF:
            name = tree.getChild(0).getName()
            rule = f"rateOf_{name}"
            while self.sbml.getElementBySId(rule) is not None:
                rule += "_"
            self.rates[rule] = name
            tree = libsbml.ASTNode(libsbml.AST_NAME)
            tree.setName(rule)
            return tree
        for i in range(tree.getNumChildren()):
            tree.replaceChild(i, self._named_rates(tree.getChild(i).deepCopy()), True)
        return tree

    def flows(self, r: libsbml.Reaction, species: str) -> list[tuple[float, str]]:
        """(number, formula) for each part of a reaction that changes the amount of a species: number times formula."""
        sides = ((-1.0, r.getListOfReactants()), (1.0, r.getListOfProducts()))
        return [self._factor(x, sign) for sign, side in sides for x in side if x.getSpecies() == species]

    def _factor(self, x: libsbml.SpeciesReference, sign: float) -> tuple[float, str]:
        number, names = sign, []
        if x.getId() and self.varies(x.getId()):
            names.append(x.getId())
        else:
            number *= x.getStoichiometry() if x.isSetStoichiometry() else 1.0
        factor = self.sbml.getSpecies(x.getSpecies()).getConversionFactor() or self.sbml.getConversionFactor()
        if factor and self.varies(factor):
            names.append(factor)
        elif factor:
            number *= self.sbml.getParameter(factor).getValue()
        self.used.update(names)
        return number, " * ".join(names)

    def rate(self, name: str) -> str:
        """Formula for the rate of change of what ``name`` means. Raises ModelError for an assigned quantity."""
        place = self.divided(name)
        if name in self.assigned or place in self.assigned:
            raise ModelError(f"{self.file}, rateOf({name})", "the rate of an assigned quantity", "a rate of a state")
        s = self.sbml.getSpecies(name)
        if s is None or not (self.is_state(s) or name in self.rated):
            return f"({self.text(self.rated[name])})" if name in self.rated else "0"
        if not place:
            return self.amount_rate(name)
        self.used.add(place)
        dilution = f" - {name} / {place} * {self.rate(place)}" if place in self.rated else ""
        return f"({self.amount_rate(name)}{dilution}) / {place}"

    def amount_rate(self, name: str) -> str:
        """Formula for the rate of change of a species as it is held."""
        if name in self.rated:
            law, place = f"({self.text(self.rated[name])})", self.divided(name)
            if place:
                self.used.add(place)
                law = f"{law} * {place}"
                law += f" + {name} / {place} * {self.rate(place)}" if place in self.rated else ""
            return law
        terms = []
        for r in self.reactions.values():
            for number, names in self.flows(r, name):
                self.used.add(r.getId())
                terms.append(f"({number!r}) * {names + ' * ' if names else ''}{r.getId()}")
        return f"({' + '.join(terms)})" if terms else "0"

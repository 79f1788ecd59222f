"""Follow units through a formula, so that a fault can be told where it stands."""

from collections.abc import Mapping

import libsbml

from myoflare.base.units import Unit
from myoflare.model import formula
from myoflare.model.records import Function

_SAME = {libsbml.AST_PLUS, libsbml.AST_MINUS, libsbml.AST_FUNCTION_MIN, libsbml.AST_FUNCTION_MAX}
_KEEP = {libsbml.AST_FUNCTION_ABS, libsbml.AST_FUNCTION_FLOOR, libsbml.AST_FUNCTION_CEILING}
_COMPARE = {
    libsbml.AST_RELATIONAL_EQ, libsbml.AST_RELATIONAL_GEQ, libsbml.AST_RELATIONAL_GT,
    libsbml.AST_RELATIONAL_LEQ, libsbml.AST_RELATIONAL_LT, libsbml.AST_RELATIONAL_NEQ,
}  # fmt: skip
_POWERS = {libsbml.AST_POWER, libsbml.AST_FUNCTION_POWER}


class UnitFault(Exception):
    """A formula that adds or compares different units; ``args[0]`` says which."""


class Units:
    """Units of names, and of formulas of them."""

    def __init__(self, units: Mapping[str, Unit], functions: tuple[Function, ...] = ()):
        self.units = dict(units)
        self.functions = {f.id: (f.arguments, formula.to_tree(f.formula)) for f in functions}

    def of(self, tree: libsbml.ASTNode, units: Mapping[str, Unit] | None = None) -> Unit:
        """Unit of a formula. Raises UnitFault."""
        units = self.units if units is None else units
        kind = tree.getType()
        children = [tree.getChild(i) for i in range(tree.getNumChildren())]
        if kind == libsbml.AST_NAME:
            return units[tree.getName()]
        if kind == libsbml.AST_NAME_TIME:
            return Unit((("day", 1),))
        if not children:
            return Unit()
        if kind == libsbml.AST_FUNCTION and tree.getName() in self.functions:
            arguments, body = self.functions[tree.getName()]
            return self.of(body, dict(zip(arguments, (self.of(c, units) for c in children), strict=True)))
        found = [self.of(child, units) for child in children]
        if kind in _POWERS:
            return self._power(tree, found)
        return self._combine(tree, kind, found)

    def _combine(self, tree: libsbml.ASTNode, kind: int, found: list[Unit]) -> Unit:
        if kind == libsbml.AST_TIMES:
            product = Unit()
            for unit in found:
                product = product * unit
            return product
        if kind == libsbml.AST_DIVIDE:
            return found[0] / found[1]
        if kind in _SAME:
            return self._same(tree, found)
        if kind in _KEEP:
            return found[0]
        if kind in _COMPARE:
            self._same(tree, found)
            return Unit()
        if kind == libsbml.AST_FUNCTION_PIECEWISE:
            return self._same(tree, found[::2])
        for unit in found:
            if not unit.dimensionless:
                raise UnitFault(f"{formula.to_text(tree)} takes a plain number but is given {unit}")
        return Unit()

    def _same(self, tree: libsbml.ASTNode, found: list[Unit]) -> Unit:
        for unit in found[1:]:
            if not unit.agrees(found[0]):
                raise UnitFault(f"{formula.to_text(tree)} puts together {found[0]} and {unit}")
        return found[0]

    def _power(self, tree: libsbml.ASTNode, found: list[Unit]) -> Unit:
        base, exponent = found
        if not exponent.dimensionless:
            raise UnitFault(f"the exponent in {formula.to_text(tree)} has unit {exponent}")
        if base.dimensionless:
            return Unit()
        literal = tree.getChild(1)
        if literal.isInteger():
            return base ** int(literal.getInteger())
        raise UnitFault(f"{formula.to_text(tree)} raises {base} to a power that is no whole number")

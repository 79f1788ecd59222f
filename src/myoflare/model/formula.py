"""Formulas between three shapes: libSBML trees, the text kept in the records, and plain numbers."""

import math
from collections.abc import Iterator, Mapping

import libsbml

_ARITHMETIC = {
    libsbml.AST_PLUS: lambda *x: math.fsum(x),
    libsbml.AST_MINUS: lambda *x: -x[0] if len(x) == 1 else x[0] - x[1],
    libsbml.AST_TIMES: lambda *x: math.prod(x),
    libsbml.AST_DIVIDE: lambda a, b: a / b,
    libsbml.AST_POWER: lambda a, b: a**b,
    libsbml.AST_FUNCTION_POWER: lambda a, b: a**b,
}


def to_text(tree: libsbml.ASTNode) -> str:
    """Infix text (SBML Level 3 formula syntax) without units on numbers."""
    settings = libsbml.L3ParserSettings()
    settings.setParseUnits(False)
    return libsbml.formulaToL3StringWithSettings(tree, settings)


def to_tree(text: str, model: libsbml.Model | None = None) -> libsbml.ASTNode:
    """Parse infix text; with ``model``, names declared there win over constants of the syntax. Raises ValueError."""
    settings = libsbml.L3ParserSettings()
    settings.setComparisonCaseSensitivity(True)
    if model is not None:
        settings.setModel(model)
    tree = libsbml.parseL3FormulaWithSettings(text, settings)
    if tree is None:
        raise ValueError(" ".join(libsbml.getLastParseL3Error().split()) or "it cannot be parsed")
    return tree


def walk(tree: libsbml.ASTNode) -> Iterator[libsbml.ASTNode]:
    """Every node, parents first."""
    yield tree
    for i in range(tree.getNumChildren()):
        yield from walk(tree.getChild(i))


def names(tree: libsbml.ASTNode) -> set[str]:
    """Identifiers that stand for a quantity."""
    return {node.getName() for node in walk(tree) if node.getType() == libsbml.AST_NAME}


def mark_numbers_dimensionless(tree: libsbml.ASTNode) -> None:
    """Numbers in our formulas are pure; SBML wants that said before it will check units."""
    for node in walk(tree):
        if node.isNumber() and not node.isSetUnits():
            node.setUnits("dimensionless")


def evaluate(tree: libsbml.ASTNode, values: Mapping[str, float]) -> float:
    """Number of an arithmetic formula of parameters. Raises ValueError (operator, or no result) or KeyError (name)."""
    if tree.isNumber():
        return float(tree.getValue())
    if tree.getType() == libsbml.AST_NAME:
        return values[tree.getName()]
    operator = _ARITHMETIC.get(tree.getType())
    if operator is None:
        raise ValueError(f"{to_text(tree)} is not plain arithmetic")
    try:
        result = operator(*(evaluate(tree.getChild(i), values) for i in range(tree.getNumChildren())))
    except (ArithmeticError, TypeError):
        raise ValueError(f"{to_text(tree)} has no result") from None
    if isinstance(result, complex):
        raise ValueError(f"{to_text(tree)} is no real number")
    return result

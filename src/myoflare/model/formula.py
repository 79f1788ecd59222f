"""Formulas between two shapes: libSBML trees and the text kept in the records."""

import re
from collections.abc import Iterator

import libsbml

_NO_NUMBER = re.compile(r"\b(INF|NaN)\b")


def to_text(tree: libsbml.ASTNode) -> str:
    """Infix text (SBML Level 3 formula syntax) without units on numbers."""
    settings = libsbml.L3ParserSettings()
    settings.setParseUnits(False)
    text = libsbml.formulaToL3StringWithSettings(tree, settings)
    # The writer's spelling of these two is one that the reader takes for names.
    return _NO_NUMBER.sub(lambda match: match[0].lower(), text) if "INF" in text or "NaN" in text else text


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

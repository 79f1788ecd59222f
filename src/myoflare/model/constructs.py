"""SBML that this program cannot run, named before anything is built from it."""

import contextlib
import re
from pathlib import Path
from xml.parsers import expat

import libsbml

from myoflare.base.errors import ModelError
from myoflare.model.formula import walk

# drawings, and Level 3 Version 2 mathematics, which libSBML lists as a package of its own
HARMLESS = ("l3v2extendedmath", "layout", "render")
UNKNOWN_UNIT = 10313  # libSBML's number for a unit that nobody defined
DEEPEST = 300
LONGEST = 400
_RULE = re.compile(r"\A.*?\nReference:[^\n]*\n", re.DOTALL)


def refuse_entities(text: str, path: Path) -> None:
    """Refuse XML that declares entities: a few lines of them can expand to gigabytes. Called before any parsing."""
    for mark in ("<!DOCTYPE", "<!ENTITY"):
        if mark in text.upper():
            raise ModelError(str(path), f"an XML file with {mark}", "SBML without a document type or entities")


def refuse_depth(text: str, path: Path) -> None:
    """Refuse XML nested so deeply that walking its formulas would run out of stack. Called before libSBML reads it."""
    parser, depth = expat.ParserCreate(), 0

    def opened(*_):
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            where = f"{path.name} line {parser.CurrentLineNumber}"
            raise ModelError(where, f"more than {DEEPEST} elements inside each other", "simple formulas")

    def closed(*_):
        nonlocal depth
        depth -= 1

    parser.StartElementHandler, parser.EndElementHandler = opened, closed
    with contextlib.suppress(expat.ExpatError):  # what is malformed libSBML tells better
        parser.Parse(text, True)


def refuse_inconsistent(document: libsbml.SBMLDocument, path: Path, lines: bool = True) -> None:
    """Raise ModelError for the first name or element that breaks SBML's own rules; units and style are not judged.

    ``lines`` says whether the user can see the line numbers of this document.
    """
    for category in (libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, libsbml.LIBSBML_CAT_MODELING_PRACTICE):
        document.setConsistencyChecks(category, False)
    document.checkConsistency()
    for fault in (document.getError(i) for i in range(document.getNumErrors())):
        if fault.getSeverity() >= libsbml.LIBSBML_SEV_ERROR and fault.getErrorId() != UNKNOWN_UNIT:
            # libSBML quotes the rule and the place in the standard first; the element at fault comes last.
            what = " ".join(_RULE.sub("", fault.getMessage(), count=1).split()).rstrip(".")
            raise ModelError(
                f"{path.name} line {fault.getLine()}" if lines else path.name, what[-LONGEST:], "valid SBML"
            )


def refuse_unsupported(document: libsbml.SBMLDocument, path: Path) -> None:
    """Raise ModelError naming the first construct that cannot be run."""
    for construct, where in _unsupported(document):
        raise ModelError(f"{path.name}, {where}", construct, "ordinary reactions, rules and events")


def _unsupported(document: libsbml.SBMLDocument):
    for i in range(document.getNumPlugins()):
        package = document.getPlugin(i).getPackageName()
        if package not in HARMLESS and document.getPackageRequired(package):
            yield f"the required package {package}", "the document"
    for i in range(document.getNumUnknownPackages()):
        if document.getPackageRequired(document.getUnknownPackagePrefix(i)):
            yield f"the required package {document.getUnknownPackagePrefix(i)}", "the document"
    sbml = document.getModel()
    balance = sbml.getPlugin("fbc")
    if balance is not None and balance.getNumObjectives():
        yield "a flux balance (package fbc)", "list of objectives"
    for rule in sbml.getListOfRules():
        if rule.isAlgebraic():
            yield "an algebraic rule", "list of rules"
    for reaction in sbml.getListOfReactions():
        if reaction.getFast():
            yield "a fast reaction", f"reaction {reaction.getId()}"
    yield from _unsupported_math(sbml)


def _unsupported_math(sbml: libsbml.Model):
    for where, tree in _formulas(sbml):
        for node in walk(tree) if tree is not None else ():
            if node.getType() == libsbml.AST_FUNCTION_DELAY:
                yield "the function delay", where


def _formulas(sbml: libsbml.Model):
    """(where, tree) of every formula; the tree is None where the text has none."""
    yield from ((f"rule {r.getVariable()}", r.getMath()) for r in sbml.getListOfRules())
    yield from ((f"function {f.getId()}", f.getBody()) for f in sbml.getListOfFunctionDefinitions())
    for event in sbml.getListOfEvents():
        where = f"event {event.getId()}"
        yield from ((f"{where}, {a.getVariable()}", a.getMath()) for a in event.getListOfEventAssignments())
        for part in (event.getTrigger(), event.getDelay(), event.getPriority()):
            yield where, part.getMath() if part is not None else None
    yield from ((f"initial assignment of {a.getSymbol()}", a.getMath()) for a in sbml.getListOfInitialAssignments())
    for r in sbml.getListOfReactions():
        where = f"reaction {r.getId()}"
        yield where, r.getKineticLaw().getMath() if r.getKineticLaw() else None
        for side in (r.getListOfReactants(), r.getListOfProducts()):
            for x in side:
                changing = x.getStoichiometryMath() if hasattr(x, "getStoichiometryMath") else None
                yield where, changing.getMath() if changing else None

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
        if fault.getSeverity() >= libsbml.LIBSBML_SEV_ERROR:
            # libSBML quotes the rule and the place in the standard first; the element at fault comes last.
            what = " ".join(_RULE.sub("", fault.getMessage(), count=1).split()).rstrip(".")
            raise ModelError(
                f"{path.name} line {fault.getLine()}" if lines else path.name, what[-LONGEST:], "valid SBML"
            )


def refuse_unsupported(document: libsbml.SBMLDocument, path: Path) -> None:
    """Raise ModelError naming the first construct that cannot be run."""
    for construct, where in _unsupported(document):
        raise ModelError(f"{path.name}, {where}", construct, "ordinary reactions, rules and timed events")


def _unsupported(document: libsbml.SBMLDocument):
    for i in range(document.getNumPlugins()):
        package = document.getPlugin(i).getPackageName()
        if package not in HARMLESS and document.getPackageRequired(package):
            yield f"the required package {package}", "the document"
    for i in range(document.getNumUnknownPackages()):
        if document.getPackageRequired(document.getUnknownPackagePrefix(i)):
            yield f"the required package {document.getUnknownPackagePrefix(i)}", "the document"
    sbml = document.getModel()
    for rule in sbml.getListOfRules():
        if rule.isAlgebraic():
            yield "an algebraic rule", "list of rules"
    for reaction in sbml.getListOfReactions():
        if reaction.getFast():
            yield "a fast reaction", f"reaction {reaction.getId()}"
        for side in (reaction.getListOfReactants(), reaction.getListOfProducts()):
            if any(x.getStoichiometryMath() for x in side if hasattr(x, "getStoichiometryMath")):
                yield "a stoichiometry that changes", f"reaction {reaction.getId()}"
    for event in sbml.getListOfEvents():
        if event.getDelay():
            yield "an event with a delay", f"event {event.getId()}"
        if event.getTrigger() is None or event.getTrigger().getMath() is None:
            yield "an event without a trigger", f"event {event.getId()}"
    yield from _unsupported_math(sbml)


def _unsupported_math(sbml: libsbml.Model):
    formulas = [(f"rule {r.getVariable()}", r.getMath()) for r in sbml.getListOfRules()]
    formulas += [(f"function {f.getId()}", f.getBody()) for f in sbml.getListOfFunctionDefinitions()]
    for event in sbml.getListOfEvents():
        formulas += [
            (f"event {event.getId()}, {a.getVariable()}", a.getMath()) for a in event.getListOfEventAssignments()
        ]
    for where, tree in formulas:
        if tree is None:
            yield "no formula", where
    formulas += [(f"event {e.getId()}", e.getTrigger().getMath()) for e in sbml.getListOfEvents()]
    formulas += [(f"initial assignment of {a.getSymbol()}", a.getMath()) for a in sbml.getListOfInitialAssignments()]
    formulas += [
        (f"reaction {r.getId()}", r.getKineticLaw().getMath()) for r in sbml.getListOfReactions() if r.getKineticLaw()
    ]
    for where, tree in formulas:
        for node in walk(tree) if tree is not None else ():
            if node.getType() == libsbml.AST_FUNCTION_DELAY:
                yield "the function delay", where
            if node.getType() == libsbml.AST_FUNCTION_RATE_OF:
                yield "the function rateOf", where

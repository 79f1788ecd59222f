"""SBML that this program cannot run, named before anything is built from it."""

from pathlib import Path

import libsbml

from myoflare.base.errors import ModelError
from myoflare.model.formula import walk

# drawings, and Level 3 Version 2 mathematics, which libSBML lists as a package of its own
HARMLESS = ("l3v2extendedmath", "layout", "render")


def refuse_entities(text: str, path: Path) -> None:
    """Refuse XML that declares entities: a few lines of them can expand to gigabytes. Called before any parsing."""
    for mark in ("<!DOCTYPE", "<!ENTITY"):
        if mark in text[: 1 << 20].upper():
            raise ModelError(str(path), f"an XML file with {mark}", "SBML without a document type or entities")


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
    yield from _unsupported_math(sbml)


def _unsupported_math(sbml: libsbml.Model):
    formulas = [(f"rule {r.getVariable()}", r.getMath()) for r in sbml.getListOfRules()]
    formulas += [
        (f"reaction {r.getId()}", r.getKineticLaw().getMath()) for r in sbml.getListOfReactions() if r.getKineticLaw()
    ]
    for where, tree in formulas:
        for node in walk(tree) if tree is not None else ():
            if node.getType() == libsbml.AST_FUNCTION_DELAY:
                yield "the function delay", where
            if node.getType() == libsbml.AST_FUNCTION_RATE_OF:
                yield "the function rateOf", where

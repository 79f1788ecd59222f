"""SBML text to one flat libSBML document of Level 3 Version 2, with global parameters only."""

from pathlib import Path

import libsbml

from myoflare.base.errors import ModelError
from myoflare.model.constructs import refuse_depth, refuse_entities, refuse_inconsistent, refuse_unsupported
from myoflare.model.formula import walk

# Words of the formula syntax. An id spelled like one gets an underscore, or text could not tell the two apart.
RESERVED = (
    "time", "pi", "exponentiale", "avogadro", "true", "false", "inf", "infinity", "nan", "notanumber", "rateof",
    "delay",
)  # fmt: skip
FLATTENING = "flatten comp"


def parse_document(text: str, path: Path, lines: bool = True) -> libsbml.SBMLDocument:
    """libSBML document, submodels written out. Raises ModelError, with line if ``lines`` are those of the user."""
    document = libsbml.readSBMLFromString(text)
    _refuse_faults(document, path)
    if document.getModel() is None:
        raise ModelError(str(path), "no model in it", "an SBML document with one model")
    if document.getPlugin("comp") is not None:
        document, lines = _flat(document, path), False
    refuse_unsupported(document, path)
    refuse_inconsistent(document, path, lines)
    if any(
        r.getKineticLaw() and r.getKineticLaw().getNumParameters() + r.getKineticLaw().getNumLocalParameters()
        for r in document.getModel().getListOfReactions()
    ):
        document.convert(_options("promoteLocalParameters"))
    if (document.getLevel(), document.getVersion()) != (3, 2) and not document.setLevelAndVersion(3, 2, False):
        raise ModelError(path.name, "SBML that cannot be said in Level 3 Version 2", "Level 2 or 3, or a simpler model")
    if any(_unclear(f) for f in document.getModel().getListOfFunctionDefinitions()):
        document.convert(_options("expandFunctionDefinitions"))
    return document


def _unclear(f: libsbml.FunctionDefinition) -> bool:
    """Whether a function must be written out where it is called: it asks for a rate of change, or an argument is
    spelled like a word of the formula syntax.
    """
    arguments = (f.getArgument(i).getName().lower() for i in range(f.getNumArguments()))
    nodes = walk(f.getBody()) if f.getBody() is not None else ()
    return any(a in RESERVED for a in arguments) or any(n.getType() == libsbml.AST_FUNCTION_RATE_OF for n in nodes)


def rename_reserved(document: libsbml.SBMLDocument) -> dict[str, str]:
    """Rename ids that are words of the formula syntax; new name by old name."""
    elements = document.getModel().getListOfAllElements()
    taken = {e.getId() for e in (elements.get(i) for i in range(elements.getSize()))}
    renamed = {}
    for old in sorted(name for name in taken if name.lower() in RESERVED):
        new = f"{old}_"
        while new in taken:
            new += "_"
        taken.add(new)
        renamed[old] = new
    if renamed:
        options = _options("renameSIds")
        options.addOption("currentIds", ",".join(renamed))
        options.addOption("newIds", ",".join(renamed.values()))
        document.convert(options)
    return renamed


def _flat(document: libsbml.SBMLDocument, path: Path) -> libsbml.SBMLDocument:
    """The same model without submodels (package comp, Smith 2015, doi:10.2390/biecoll-jib-2015-268)."""
    _refuse_external(document, path)
    document.setLocationURI(path.resolve().as_uri())
    options = _options(FLATTENING)
    options.addOption("basePath", str(path.resolve().parent))
    options.addOption("performValidation", False)
    options.addOption("leavePorts", False)
    if document.convert(options) != libsbml.LIBSBML_OPERATION_SUCCESS:
        log = document.getErrorLog()
        last = log.getError(log.getNumErrors() - 1).getMessage() if log.getNumErrors() else "no reason is given"
        what = " ".join(last.split())[:300].rstrip(".")
        raise ModelError(path.name, f"submodels that cannot be put together ({what})", "complete submodels (comp)")
    return libsbml.readSBMLFromString(libsbml.writeSBMLToString(document))


def _refuse_external(document: libsbml.SBMLDocument, path: Path) -> None:
    """Look at every file that submodels come from, and those that these name in turn, before libSBML reads it."""
    seen, waiting = set(), [(document, path)]
    while waiting:
        document, path = waiting.pop()
        plugin = document.getPlugin("comp")
        for i in range(plugin.getNumExternalModelDefinitions() if plugin is not None else 0):
            source = plugin.getExternalModelDefinition(i).getSource()
            file = (path.parent / source).resolve()
            if file in seen:
                continue
            if not file.is_file():
                raise ModelError(path.name, f"a submodel from {source}, which is not there", "the file beside this one")
            seen.add(file)
            text = file.read_text(encoding="utf-8")
            refuse_entities(text, file)
            refuse_depth(text, file)
            waiting.append((libsbml.readSBMLFromString(text), file))


def _refuse_faults(document: libsbml.SBMLDocument, path: Path) -> None:
    log = document.getErrorLog()
    for fault in (log.getError(i) for i in range(log.getNumErrors())):
        if fault.getSeverity() >= libsbml.LIBSBML_SEV_ERROR:
            what = " ".join(fault.getMessage().split()).rstrip(".")
            raise ModelError(f"{path.name} line {fault.getLine()}", what, "valid SBML")


def _options(name: str) -> libsbml.ConversionProperties:
    properties = libsbml.ConversionProperties()
    properties.addOption(name, True)
    return properties

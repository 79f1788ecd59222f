"""Antimony text to SBML text. The library keeps one global store, so every call starts from an empty one."""

import re
from pathlib import Path

import antimony

from myoflare.base.errors import ModelError

_LINE = re.compile(r"(?:in file '(?P<file>[^']*)', )?line (?P<line>\d+):\s*(?P<what>.*)", re.DOTALL)
_COMPLAINT = re.compile(r"(The (?:formula|<\w+>|value|object)[^.]*? (?:uses|references|refers|is|are|has) [^.]*)\.")
LONGEST = 300
SUBMODULES = 19  # the library's number for this kind of symbol; its Python side has no name for it


def antimony_to_sbml(path: Path) -> tuple[str, tuple[str, ...]]:
    """SBML Level 3 text of the main module of ``path``, and the names of its modules; imports are found beside it.

    Raises ModelError naming file and line when the text cannot be read.
    """
    antimony.clearPreviousLoads()
    antimony.freeAll()
    antimony.clearDirectories()
    antimony.addDirectory(str(path.resolve().parent))
    handle = antimony.loadAntimonyFile(str(path.resolve()))
    # A faulty submodule leaves an empty main module behind a valid handle, hence the second test.
    fault = antimony.getLastError()
    if handle < 0 or fault:
        raise _as_error(path, fault)
    main = antimony.getMainModuleName()
    modules = antimony.getSymbolNamesOfType(main, SUBMODULES) or ()
    return antimony.getSBMLString(main), tuple(modules)


def _as_error(path: Path, fault: str) -> ModelError:
    match = _LINE.search(fault)
    if not match:
        return ModelError(str(path), " ".join(fault.split()) or "no model in it", "Antimony text")
    file = Path(match["file"]).name if match["file"] else path.name
    what = " ".join(match["what"].split()).rstrip(".")
    if len(what) > LONGEST:  # libSBML explains at length; what is wrong stands at the end of the first complaint
        what = next(iter(_COMPLAINT.findall(what)), what)[:LONGEST]
    return ModelError(f"{file} line {match['line']}", what, "Antimony text")

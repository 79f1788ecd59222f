"""Antimony text to SBML text. The library keeps one global store, so every call starts from an empty one."""

import re
from pathlib import Path

import antimony

from myoflare.base.errors import ModelError

_LINE = re.compile(r"(?:in file '(?P<file>[^']*)', )?line (?P<line>\d+):\s*(?P<what>.*)", re.DOTALL)


def antimony_to_sbml(path: Path) -> str:
    """SBML Level 3 text of the main module of ``path``, with imported files found beside it.

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
    return antimony.getSBMLString(antimony.getMainModuleName())


def _as_error(path: Path, fault: str) -> ModelError:
    match = _LINE.search(fault)
    if not match:
        return ModelError(str(path), " ".join(fault.split()) or "no model in it", "Antimony text")
    file = Path(match["file"]).name if match["file"] else path.name
    what = " ".join(match["what"].split()).rstrip(".")
    return ModelError(f"{file} line {match['line']}", what, "Antimony text")

"""Antimony text to SBML text. The library keeps one global store, so every call starts from an empty one."""

import contextlib
import hashlib
import json
import re
from importlib.metadata import version
from pathlib import Path

import antimony

from myoflare.base.cache import cache_folder, keep
from myoflare.base.errors import ModelError

_LINE = re.compile(r"(?:in file '(?P<file>[^']*)', )?line (?P<line>\d+):\s*(?P<what>.*)", re.DOTALL)
_COMPLAINT = re.compile(r"(The (?:formula|<\w+>|value|object)[^.]*? (?:uses|references|refers|is|are|has) [^.]*)\.")
LONGEST = 300
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|(?<!:)//[^\n]*", re.DOTALL)
_IMPORT = re.compile(r'\bimport\s*"([^"\n\0]+)"')
SUBMODULES = 19  # the library's number for this kind of symbol; its Python side has no name for it


def antimony_to_sbml(path: Path, library: Path | None = None) -> tuple[str, tuple[str, ...]]:
    """SBML Level 3 text of the main module of ``path``, and the names of its modules; imports are found beside it
    or in the folder ``library``. What these texts gave once is in the cache, for the translation takes its time.

    Raises ModelError naming file and line when the text cannot be read.
    """
    texts: dict[Path, str] = {}
    _collect(path.resolve(), (path.resolve().parent, *([library.resolve()] if library else [])), (), texts)
    told = [version("antimony"), *((file.name, text) for file, text in texts.items())]
    kept = cache_folder() / f"antimony_{hashlib.sha256(repr(told).encode()).hexdigest()[:20]}.json"
    if (known := _read(kept)) is not None:
        return known
    found = _translate(path.resolve(), library)
    with contextlib.suppress(OSError):  # a full disk costs time, nothing else
        keep(kept, json.dumps(found))
    return found


def _read(kept: Path) -> tuple[str, tuple[str, ...]] | None:
    """What a file of the cache holds, or None where it is not there or damaged."""
    try:
        sbml, modules = json.loads(kept.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return sbml, tuple(modules)


def _translate(path: Path, library: Path | None) -> tuple[str, tuple[str, ...]]:
    antimony.clearPreviousLoads()
    antimony.freeAll()
    antimony.clearDirectories()
    for folder in (path.parent, library):
        if folder is not None:
            antimony.addDirectory(str(folder))
    handle = antimony.loadAntimonyFile(str(path))
    # A faulty submodule leaves an empty main module behind a valid handle, hence the second test.
    fault = antimony.getLastError()
    if handle < 0 or fault:
        raise _as_error(path, fault)
    main = antimony.getMainModuleName()
    modules = antimony.getSymbolNamesOfType(main, SUBMODULES) or ()
    return antimony.getSBMLString(main), tuple(modules)


def _collect(path: Path, folders: tuple[Path, ...], above: tuple[Path, ...], texts: dict[Path, str]) -> None:
    """``texts`` of the file and of all that it imports. The library follows a circle of imports for minutes, so it
    never gets to see one."""
    if path in above:
        raise ModelError(above[-1].name, f"importing {path.name} comes back to this file", "imports without a circle")
    if path in texts or not path.is_file():
        return  # the library says which import it cannot find
    texts[path] = path.read_text(encoding="utf-8", errors="replace")
    for name in dict.fromkeys(_IMPORT.findall(_COMMENT.sub(" ", texts[path]))):
        for place in dict.fromkeys((folder / name).resolve() for folder in (*folders, path.parent)):
            _collect(place, folders, (*above, path), texts)


def _as_error(path: Path, fault: str) -> ModelError:
    match = _LINE.search(fault)
    if not match:
        return ModelError(str(path), " ".join(fault.split()) or "no model in it", "Antimony text")
    file = Path(match["file"]).name if match["file"] else path.name
    what = " ".join(match["what"].split()).rstrip(".")
    if len(what) > LONGEST:  # libSBML explains at length; what is wrong stands at the end of the first complaint
        what = next(iter(_COMPLAINT.findall(what)), what)[:LONGEST]
    return ModelError(f"{file} line {match['line']}", what, "Antimony text")

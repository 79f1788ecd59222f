"""Generated code on disk: the second process finds text and machine code ready."""

import hashlib
import importlib.util
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType

from myoflare.base.cache import cache_folder, keep

GENERATOR_FILES = (
    "parse.py", "functions.py", "happenings.py", "equations.py", "chunks.py", "emit.py", "kernels.py", "plain.py",
)  # fmt: skip


def structure_digest(parts: object) -> str:
    """Key of generated code: the structure of the model, the generator's own text, and its libraries' versions."""
    here = Path(__file__).parent
    state = hashlib.sha256(repr(parts).encode())
    for name in GENERATOR_FILES:
        state.update((here / name).read_bytes())
    for library in ("numba", "llvmlite", "sympy"):
        try:
            state.update(version(library).encode())
        except PackageNotFoundError:
            continue
    return state.hexdigest()[:20]


def cached_module(key: str, source: Callable[[], str]) -> ModuleType:
    """Module of generated code under ``key``, written by ``source()`` if it is not there yet."""
    path = cache_folder() / f"myoflare_network_{key}.py"
    if not path.exists():
        keep(path, source())
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # machine code on disk remembers the module by name
    spec.loader.exec_module(module)
    return module

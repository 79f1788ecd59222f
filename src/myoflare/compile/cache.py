"""Generated code on disk: the second process finds text and machine code ready."""

import hashlib
import importlib.util
import os
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType

from platformdirs import user_cache_path

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
    path = _folder() / f"myoflare_network_{key}.py"
    if not path.exists():
        text = source()
        # Two processes may write at once: each writes its own file and the rename decides.
        with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".tmp", delete=False, encoding="utf-8") as file:
            file.write(text)
        os.replace(file.name, path)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # machine code on disk remembers the module by name
    spec.loader.exec_module(module)
    return module


def _folder() -> Path:
    """The user's cache folder, or a temporary one where that cannot be written."""
    chosen = os.environ.get("MYOFLARE_CACHE")
    folder = Path(chosen) if chosen else user_cache_path("myoflare") / "programs"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return Path(tempfile.mkdtemp(prefix="myoflare-"))

"""From a ``Program`` to machine code that advances many patients, and the Python door to it."""

from functools import lru_cache
from pathlib import Path
from types import ModuleType

from myoflare.compile import Program
from myoflare.compile.cache import cached_module, structure_digest
from myoflare.compile.equations import build
from myoflare.compile.lanes_text import lanes_text

METHODS = ("tsit5", "rodas5p")
WIDTHS = ("lanes", "scalar")


@lru_cache(maxsize=64)
def _code(digest: str, method: str, width: str, build_text) -> ModuleType:
    raise NotImplementedError


def code(program: Program, method: str, width: str = "lanes") -> ModuleType:
    """The module whose ``run`` advances patients of ``program`` by ``method``."""
    texts = {name: _text(name) for name in ("slope", "linear", method, "driver")}
    key = structure_digest((program.digest, method, width, texts))
    return cached_module(key, lambda: "\n\n".join([lanes_text(build(program.model), width), *texts.values()]))


def _text(name: str) -> str:
    """One file of this folder without what it imports from its neighbours: they stand before it in one module."""
    lines = (Path(__file__).parent / f"{name}.py").read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("from myoflare.simulate.lanes."))

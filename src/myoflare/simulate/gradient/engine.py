"""From a ``Program`` to machine code that records a solution and walks it backwards."""

from pathlib import Path
from types import ModuleType

from myoflare.base.errors import SimulationError
from myoflare.compile import Program
from myoflare.compile.cache import cached_module, structure_digest
from myoflare.compile.derivative_text import plain_text
from myoflare.compile.derivatives import derivative
from myoflare.compile.equations import build
from myoflare.compile.lanes_text import lanes_text
from myoflare.compile.lu import eliminate
from myoflare.compile.lu_back import transposed_text

METHODS = ("tsit5", "rodas5p")
NETWORK_FILES = (
    "chunks.py", "lanes.py", "scalar.py", "place.py", "lanes_text.py", "lu.py", "lu_text.py", "lu_back.py", "drive.py",
)  # fmt: skip
SWEEPS = {"adjoint": ("reverse", "back", ("sweep",)), "forward": ("tangent", "ahead", ("{method}_ahead", "tangents"))}
_loaded: dict[tuple, ModuleType] = {}  # what this process has read from the cache already


def network(program: Program, width: str) -> ModuleType:
    """The network over numbers of one width, with the solves of its implicit steps."""
    folder = Path(derivative.__code__.co_filename).parent
    files = [(folder / name).read_bytes() for name in NETWORK_FILES if (folder / name).exists()]

    def source() -> str:
        eqs = build(program.model)
        back = transposed_text(eliminate(len(eqs.states), eqs.jacobian))
        text = "\n".join([lanes_text(eqs, width), *back]).replace("@_jit_solve_back", "@_jit_solve")
        return plain_text(text) if width == "scalar" else text

    return cached_module(structure_digest((program.digest, "network", width, files)), source)


def code(program: Program, method: str, width: str, sweep: str = "adjoint") -> ModuleType:
    """Module with ``record`` and, for "adjoint", ``sweep`` or, for "forward", ``tangents``."""
    if method not in METHODS:
        raise SimulationError("method", repr(method), f"one of {', '.join(METHODS)}")
    if program.model.events:
        raise SimulationError("gradient", "a network with events that the state sets off", "doses by the clock only")
    key = (program.digest, method, width, sweep)
    if key not in _loaded:
        _loaded[key] = _load(program, method, width, sweep)
    return _loaded[key]


def _load(program: Program, method: str, width: str, sweep: str) -> ModuleType:
    direction, suffix, names = SWEEPS[sweep]
    targets = ["rhs", "derive", "constants", *(["jacobian"] if method == "rodas5p" else [])]
    kernels = {target: derivative(program, direction, target, width) for target in targets}
    head = [f"from {network(program, width).__name__} import *", "import math", "import numpy as np"]
    head += [f"from {k.module} import kernel as {target}_{suffix}" for target, k in kernels.items()]
    rows, cols = (x.tolist() for x in program.sparsity)
    head += [
        f"N_{suffix.upper()} = {max(k.scratch for k in kernels.values())}",
        f"ROWS, COLS = np.array({rows}, dtype=np.int64), np.array({cols}, dtype=np.int64)",
        "ADD_STATE, SET_STATE, SET_PARAM, SET_RATE = range(4)",
    ]
    files = ("flow", method, "stride", "record", *(n.format(method=method) for n in names))
    texts = ["\n".join(head), *map(_text, files)]
    key = structure_digest((program.digest, method, width, sweep, texts))
    return cached_module(key, lambda: "\n\n\n".join(texts) + "\n")


def _text(name: str) -> str:
    """One file of this folder without what it imports from its neighbours: they stand before it in one module."""
    lines = (Path(__file__).parent / f"{name}.py").read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("from myoflare.simulate.gradient."))

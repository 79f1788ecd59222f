"""Derivatives of a ``Program``: vector times Jacobian, Jacobian times vector, by states and parameters."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np

from myoflare.base.errors import ModelError
from myoflare.compile.cache import cached_module, structure_digest
from myoflare.compile.derivative_text import derivative_text
from myoflare.compile.equations import build
from myoflare.compile.program import Program

OWN_FILES = (
    "chunks.py", "slopes.py", "reverse.py", "tangent.py", "lanes_text.py", "derivative_text.py", "lanes.py",
    "place.py", "scalar.py",
)  # fmt: skip

_loaded: dict[tuple, "Derivative"] = {}  # what this process has read from the cache already


@dataclass(frozen=True)
class Derivative:
    """Compiled ``call(t, y, p, c, a, w, out)`` of ``derivative_text``; ``scratch`` is how many entries ``w`` needs.

    ``module`` is the name under which other generated code imports it.
    """

    call: Callable
    scratch: int
    module: str


def derivative(program: Program, sweep: str, target: str, width: str = "scalar") -> Derivative:
    """Generate, or find in the cache, one derivative. ``sweep``, ``target`` and ``width`` as in ``derivative_text``."""
    place = (program.digest, sweep, target, width)
    if place not in _loaded:
        module = _module(program, place[1:], lambda eqs: derivative_text(eqs, sweep, target, width))
        _loaded[place] = Derivative(module.kernel, module.N_SCRATCH, module.__name__)
    return _loaded[place]


def vjp(
    program: Program, t: float, y: np.ndarray, p: np.ndarray, weights: np.ndarray, of: str = "rhs"
) -> tuple[np.ndarray, np.ndarray]:
    """``weights`` times the derivative of ``of`` by the states and by the parameters, shapes (state,) and (param,).

    ``of`` is "rhs", with weights of shape (state,), or "derive", with one weight for each rule and then observable.
    """
    weights = _checked(weights, _outputs(program, of), "weights")
    arrays = [np.array([t]), *map(_vector, (y, p)), program.constants(p)]
    n, m = len(y), len(p)
    back = derivative(program, "reverse", of)
    out = np.zeros(n + m + len(arrays[3]))
    back.call(*arrays, weights, np.empty(back.scratch), out)
    chain = derivative(program, "reverse", "constants")
    chain.call(*arrays, out[n + m :].copy(), np.empty(chain.scratch), out)
    return out[:n], out[n : n + m]


def jvp(
    program: Program, t: float, y: np.ndarray, p: np.ndarray, dy: np.ndarray, dp: np.ndarray, of: str = "rhs"
) -> np.ndarray:
    """Change of ``of``, to first order, when states move by ``dy`` (state,) and parameters by ``dp`` (param,)."""
    dy, dp, out = _checked(dy, len(y), "dy"), _checked(dp, len(p), "dp"), np.zeros(_outputs(program, of))
    arrays = [np.array([t]), *map(_vector, (y, p)), program.constants(p)]
    dc = np.zeros(len(arrays[3]))
    chain = derivative(program, "tangent", "constants")
    chain.call(*arrays, np.concatenate([dy, dp, dc]), np.empty(chain.scratch), dc)
    ahead = derivative(program, "tangent", of)
    ahead.call(*arrays, np.concatenate([dy, dp, dc]), np.empty(ahead.scratch), out)
    return out


def _module(program: Program, what: tuple, source: Callable) -> ModuleType:
    here = Path(__file__).parent
    texts = [(here / name).read_text(encoding="utf-8") for name in OWN_FILES]
    key = structure_digest((program.digest, what, texts))
    return cached_module(key, lambda: source(build(program.model)))


def _outputs(program: Program, of: str) -> int:
    sizes = {"rhs": len(program.states), "derive": len(program.rules) + len(program.observables)}
    if of not in sizes:
        raise ModelError("derivative", f"of {of!r}", "rhs or derive")
    return sizes[of]


def _vector(x: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(x, dtype=np.float64)


def _checked(x: np.ndarray, size: int, where: str) -> np.ndarray:
    x = _vector(x)
    if x.shape != (size,):
        raise ModelError(where, f"shape {x.shape}", f"({size},)")
    return x

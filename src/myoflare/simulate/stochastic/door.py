"""What ``sample`` accepts: each fault is one sentence before anything runs."""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from numbers import Integral

import numpy as np

from myoflare.base.errors import SimulationError
from myoflare.compile import Program

METHODS = ("exact", "leap", "langevin", "hybrid")
FLOWS = ("ode", "langevin")
OUTPUTS = ("states", "rules", "observables")
_NAME = re.compile(r"[A-Za-z_]\w*")


def arrays(program: Program, params, y0, times) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The three as arrays of floats in memory order."""
    params, y0, times = (np.ascontiguousarray(x, dtype=float) for x in (params, y0, times))
    if params.ndim != 2 or params.shape[1] != len(program.params):
        raise SimulationError("params", f"shape {params.shape}", f"(patients, {len(program.params)})")
    if y0.shape != (len(params), len(program.states)):
        raise SimulationError("y0", f"shape {y0.shape}", f"({len(params)}, {len(program.states)})")
    if not (np.isfinite(y0).all() and np.isfinite(params).all()):
        raise SimulationError("y0 and params", "a value that is not finite", "finite numbers")
    if (y0 < 0).any():
        i, j = np.argwhere(y0 < 0)[0]
        raise SimulationError(
            "y0", f"{program.states[j]} of patient {i} starts at {y0[i, j]:g}", "0 or more of a state"
        )
    if times.ndim != 1 or len(times) < 1 or not np.isfinite(times).all() or not (np.diff(times) > 0).all():
        raise SimulationError("times", "days that do not increase", "increasing days")
    return params, y0, times


def whole_states(program: Program, method: str, small: Sequence[str], flow: str) -> set[int]:
    """Positions of the states that are kept as whole numbers."""
    if method not in METHODS:
        raise SimulationError("method", repr(method), f"one of {', '.join(METHODS)}")
    if flow not in FLOWS:
        raise SimulationError("flow", repr(flow), f"one of {', '.join(FLOWS)}")
    if small and method != "hybrid":
        raise SimulationError("small", f"states for the method {method}", "none", "They belong to method='hybrid'")
    for name in small:
        if name not in program.states:
            raise SimulationError("small", f"unknown state {name}", "states of the model")
    if method in ("exact", "leap"):
        return set(range(len(program.states)))
    return {program.states.index(name) for name in small}


def names(program: Program, outputs: str) -> tuple[str, ...]:
    if outputs not in OUTPUTS:
        raise SimulationError("outputs", repr(outputs), f"one of {', '.join(OUTPUTS)}")
    return getattr(program, outputs)


def check_counts(n: int, replicates: int, patients: Sequence, schedules: Sequence) -> None:
    if not isinstance(replicates, Integral) or not 1 <= replicates < 2**32:
        raise SimulationError("replicates", repr(replicates), "a whole number, 1 or more")
    if len(patients) != n or len(set(map(str, patients))) != n:
        raise SimulationError(
            "patients", f"{len(set(map(str, patients)))} different names", f"{n}, one for each patient"
        )
    if len(schedules) != n:
        raise SimulationError("schedules", f"{len(schedules)} of them", f"{n}, one for each patient")


def check_numbers(method: str, flow: str, dt: float | None, epsilon: float, rtol: float, max_steps: int) -> None:
    for name, value in (
        ("dt", 1.0 if dt is None else dt),
        ("epsilon", epsilon),
        ("rtol", rtol),
        ("max_steps", max_steps),
    ):
        if not (math.isfinite(value) and value > 0):
            raise SimulationError(name, f"{value!r}", "a number above 0")
    if dt is None and (method == "langevin" or (method == "hybrid" and flow == "langevin")):
        raise SimulationError(
            "dt", "none", "the step of the Langevin equation in days",
            "Take a fifth of the shortest half-life, and half of that to see what changes",
        )  # fmt: skip


def sizes(program: Program, size: Mapping[str, float] | np.ndarray | float | None) -> np.ndarray:
    """Molecules per unit of every state."""
    found = np.ones(len(program.states))
    if isinstance(size, Mapping):
        for name, value in size.items():
            if name not in program.states:
                raise SimulationError("size", f"unknown state {name}", "states of the model")
            found[program.states.index(name)] = value
    elif size is not None:
        try:
            found[:] = size
        except (ValueError, TypeError):
            raise SimulationError("size", repr(size)[:80], f"a number or {len(found)} numbers") from None
    if not (np.isfinite(found).all() and (found > 0).all()):
        raise SimulationError("size", "a number that is not above 0", "molecules per unit above 0")
    return found


def refuse_clock(program: Program) -> None:
    """Refuse laws that change between firings: the waiting time would not be exponential."""
    model = program.model
    formulas = {rule.id: rule.formula for rule in model.rules}
    for reaction in model.reactions:
        if "time" in _reached(reaction.law, formulas):
            raise SimulationError(
                f"reaction {reaction.id}", "a law that depends on time", "laws that only states and parameters change",
                "method='hybrid' with all states in 'small' integrates such laws",
            )  # fmt: skip


def _reached(formula: str, formulas: Mapping[str, str]) -> Collection[str]:
    """All names that a formula uses, directly or through rules."""
    found: set[str] = set()
    waiting = [formula]
    while waiting:
        for name in set(_NAME.findall(waiting.pop())) - found:
            found.add(name)
            if name in formulas:
                waiting.append(formulas[name])
    return found

"""What is asked of a course: the numbers it starts from, what is to be moved, and what is to be seen."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from myoflare.base.errors import SimulationError
from myoflare.compile import Program
from myoflare.simulate.advance import default_atol


@dataclass(frozen=True)
class Wanted:
    """``names`` to move and ``outputs`` to see.

    ``places`` holds ("param" or "state", index) of each name, ``columns`` ("states" or "derived", index) of each
    output.
    """

    names: tuple[str, ...]
    places: tuple[tuple[str, int], ...]
    outputs: tuple[str, ...]
    columns: tuple[tuple[str, int], ...]

    @property
    def derive(self) -> bool:
        """Whether rules or observables are asked for, and not states alone."""
        return any(kind == "derived" for kind, _ in self.columns)

    def seen(self, states: np.ndarray, derived: np.ndarray) -> np.ndarray:
        """The outputs (time, output) of the first of the patients whose (lane, time, ...) these are."""
        given = {"states": states, "derived": derived}
        return np.stack([given[kind][0, :, i] for kind, i in self.columns], axis=1)


def wanted(program: Program, wrt: Sequence[str] | None, outputs: Sequence[str] | None) -> Wanted:
    """By default all parameters and all observables; SimulationError for a name that the network lacks."""
    names = tuple(program.params if wrt is None else wrt)
    outputs = tuple(program.observables if outputs is None else outputs)
    places = tuple(_place(program, name) for name in names)
    return Wanted(names, places, outputs, tuple(column(program, name) for name in outputs))


def numbers(program: Program, params, y0, times) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The three as arrays of finite floats in memory order."""
    return _vector("params", params, program.params), _vector("y0", y0, program.states), _times(times)


def tolerances(atol, y0: np.ndarray, rtol: float) -> np.ndarray:
    """Absolute tolerance of every state."""
    found = default_atol(y0, rtol) if atol is None else np.broadcast_to(np.asarray(atol, float), y0.shape)
    if not (math.isfinite(rtol) and rtol > 0 and (found > 0).all()):
        raise SimulationError("rtol and atol", f"{rtol:g} and {found.min():g}", "tolerances above 0")
    return found


def _place(program: Program, name: str) -> tuple[str, int]:
    for kind, names in (("param", program.params), ("state", program.states)):
        if name in names:
            return kind, names.index(name)
    raise SimulationError("wrt", f"unknown parameter {name}", "parameters, or states for their start")


def column(program: Program, name: str) -> tuple[str, int]:
    """("states" or "derived", index) of an output."""
    if name in program.states:
        return "states", program.states.index(name)
    if name in program.observables:  # an observable may be called like the rule that it shows
        return "derived", len(program.rules) + program.observables.index(name)
    if name in program.rules:
        return "derived", program.rules.index(name)
    raise SimulationError("outputs", f"unknown output {name}", "states, rules or observables")


def _vector(where: str, x: np.ndarray, names: Sequence[str]) -> np.ndarray:
    x = np.ascontiguousarray(x, float)
    if x.shape != (len(names),):
        raise SimulationError(where, f"shape {x.shape}", f"({len(names)},)")
    if not np.isfinite(x).all():
        raise SimulationError(where, f"{names[int(np.argmin(np.isfinite(x)))]} is not finite", "finite numbers")
    return x


def _times(times: np.ndarray) -> np.ndarray:
    times = np.ascontiguousarray(times, float)
    if times.ndim != 1 or len(times) < 2 or not (np.diff(times) > 0).all() or not np.isfinite(times).all():
        raise SimulationError("times", "days that do not increase, or fewer than two", "increasing days")
    return times

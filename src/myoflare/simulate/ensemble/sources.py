"""Where the patients of an ensemble come from: functions of their indices alone, so that any part can be made anew."""

import functools
import hashlib
import inspect
import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from myoflare.base.errors import SimulationError
from myoflare.base.streams import stream
from myoflare.compile import Program
from myoflare.model import with_values
from myoflare.model.records import Action


class Patients(NamedTuple):
    """``params`` (patient, param), ``y0`` (patient, state), and one schedule per patient, or None for no schedules."""

    params: np.ndarray
    y0: np.ndarray
    schedules: Sequence[Sequence[Action]] | None = None


class Source(Protocol):
    """The patients ``first`` to ``stop - 1``. They depend on seed and index only, never on who else is asked for.

    Workers get it by pickling: a function of a module, or an object of such a class.
    """

    def __call__(self, program: Program, seed: int, first: int, stop: int) -> Patients: ...


@dataclass(frozen=True, eq=False)
class FromArrays:
    """Patients who are there already, row by row. Every worker gets all of them: for millions, write a function."""

    params: np.ndarray
    y0: np.ndarray
    schedules: Sequence[Sequence[Action]] | None = None

    def __call__(self, program: Program, seed: int, first: int, stop: int) -> Patients:
        schedules = None if self.schedules is None else self.schedules[first:stop]
        return Patients(self.params[first:stop], self.y0[first:stop], schedules)


@dataclass(frozen=True)
class Spread:
    """The network's own patient with a log-normal spread of the ``parameters`` named, all that are above 0 by default.

    ``cv`` is the coefficient of variation; the median is the network's value. Each patient draws from the stream
    (seed, index, "parameters"). Starting amounts that the text derives from parameters follow.
    """

    cv: float
    parameters: tuple[str, ...] = ()

    def __post_init__(self):
        if not (np.isfinite(self.cv) and 0 <= self.cv <= 10):
            raise SimulationError("spread", f"{self.cv}", "a coefficient of variation from 0 to 10")

    def __call__(self, program: Program, seed: int, first: int, stop: int) -> Patients:
        moved = self._moved(program)
        sigma = np.sqrt(np.log1p(self.cv**2))
        params = np.tile(program.values, (stop - first, 1))
        for row, patient in zip(params, range(first, stop), strict=True):
            row[moved] *= np.exp(sigma * stream(seed, patient, "parameters").standard_normal(len(moved)))
        return Patients(params, _starts(program, params))

    def _moved(self, program: Program) -> np.ndarray:
        if not self.parameters:
            return np.flatnonzero(program.values > 0)
        missing = [name for name in self.parameters if name not in program.params]
        if missing:
            raise SimulationError("spread", f"unknown parameter {missing[0]!r}", "parameters of the network")
        return np.array([program.params.index(name) for name in self.parameters])


def _starts(program: Program, params: np.ndarray) -> np.ndarray:
    """Starting amounts of every patient; they follow the parameters where the text says so."""
    if not any(s.rest_formula for s in program.model.species):
        return np.tile(program.guess, (len(params), 1))
    rows = (dict(zip(program.params, map(float, row), strict=True)) for row in params)
    return np.array([[s.rest for s in with_values(program.model, values).species] for values in rows])


def identity(thing: object) -> str:
    """What tells one source or engine from another: its name, its data and the text of its code, where there is one.

    The code of functions that it calls does not count. SimulationError when it cannot be sent to another process.
    """
    kind = thing if inspect.isroutine(thing) or inspect.isclass(thing) else type(thing)
    state = hashlib.sha256()
    try:
        state.update(_code(kind).encode())
        if isinstance(thing, functools.partial):
            state.update(_code(thing.func).encode())
        state.update(pickle.dumps(thing, protocol=5))
    except (pickle.PicklingError, AttributeError, TypeError) as fault:
        hint = "write it at the top of a module"
        where = getattr(thing, "__qualname__", type(thing).__name__)
        raise SimulationError(
            where, f"this cannot be sent to workers ({fault})", "a function of a module", hint
        ) from None
    return f"{getattr(kind, '__qualname__', kind)} {state.hexdigest()[:12]}"


def _code(kind: object) -> str:
    try:
        return inspect.getsource(kind)
    except (OSError, TypeError):  # written at a prompt, or in C
        return ""

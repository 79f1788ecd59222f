"""Where the patients of an ensemble come from: functions of their indices alone, so that any part can be made anew."""

import functools
import hashlib
import inspect
import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from myoflare.base.errors import SimulationError
from myoflare.base.streams import stream
from myoflare.compile import Program
from myoflare.model.records import Action
from myoflare.model.start import Start


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
    (seed, index, "parameters"). Amounts and parameters that the text derives from others follow these.
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
        return Patients(params, _starts(program, params, moved))

    def _moved(self, program: Program) -> np.ndarray:
        if not self.parameters:
            free = [not p.formula for p in program.model.parameters]
            return np.flatnonzero((program.values > 0) & free)
        missing = [name for name in self.parameters if name not in program.params]
        if missing:
            raise SimulationError("spread", f"unknown parameter {missing[0]!r}", "parameters of the network")
        return np.array([program.params.index(name) for name in self.parameters])


def _starts(program: Program, params: np.ndarray, moved: np.ndarray) -> np.ndarray:
    """Starting amounts of every patient. What the text derives from the ``moved`` parameters follows them in place."""
    model, y0 = program.model, np.tile(program.guess, (len(params), 1))
    states = [(i, s.id) for i, s in enumerate(model.species) if s.rest_formula]
    derived = [(i, p.id) for i, p in enumerate(model.parameters) if p.formula and i not in moved]
    if not (states or derived):
        return y0
    start = Start(model)
    nominal, names = dict(start.known), [program.params[i] for i in moved]
    for amounts, row in zip(y0, params, strict=True):
        start.known, start.open = nominal | dict(zip(names, map(float, row[moved]), strict=True)), set()
        for vector, places in ((amounts, states), (row, derived)):
            for i, name in places:
                vector[i] = start[name]
    return y0


def identity(thing: object) -> str:
    """What tells one source or engine from another: its name, its data and the text of its code, where there is one.

    The code of functions that it calls does not count. SimulationError when it cannot be sent to another process.
    """
    kind = thing if inspect.isroutine(thing) else type(thing)
    try:
        pickle.dumps(thing, protocol=5)
    except (pickle.PicklingError, AttributeError, TypeError) as fault:
        came = f"this cannot be sent to workers ({fault})"
        where, hint = getattr(kind, "__qualname__", str(kind)), "write it at the top of a module"
        raise SimulationError(where, came, "a function of a module", hint) from None
    state = hashlib.sha256()
    for part in _parts(thing):
        state.update(part + b"\0")
    return f"{getattr(kind, '__qualname__', kind)} {state.hexdigest()[:12]}"


def _parts(thing: object) -> Iterator[bytes]:
    """The content of a thing, piece by piece; the same in every process (a pickle differs with what is shared)."""
    if isinstance(thing, np.ndarray) and thing.dtype != object:
        yield f"{thing.dtype.str} {thing.shape}".encode()
        yield np.ascontiguousarray(thing).tobytes()
    elif isinstance(thing, dict | list | tuple):
        yield f"{type(thing).__name__} {len(thing)}".encode()
        for item in sorted(thing.items(), key=repr) if isinstance(thing, dict) else thing:
            yield from _parts(item)
    elif isinstance(thing, functools.partial):
        yield from _parts((thing.func, thing.args, thing.keywords))
    elif inspect.isroutine(thing) or inspect.isclass(thing):
        yield _code(thing).encode()
    elif hasattr(thing, "__dict__"):
        yield _code(type(thing)).encode()
        yield from _parts(vars(thing))
    else:
        yield repr(thing).encode()


def _code(kind: object) -> str:
    name = f"{getattr(kind, '__module__', '')}.{getattr(kind, '__qualname__', kind)}"
    try:
        return name + inspect.getsource(kind)
    except (OSError, TypeError):  # written at a prompt, or in C
        return name

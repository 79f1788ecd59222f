"""``Model`` to ``Program``: the same mathematics, ready to be computed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from myoflare.base.errors import ModelError
from myoflare.compile.cache import cached_module, structure_digest
from myoflare.model.records import Model

KERNELS = ("constants", "rhs", "jacobian", "derive", "rates")
EVENT_KERNELS = ("triggers", "assignments")


@dataclass(frozen=True)
class Happening:
    """One event of a program. ``targets`` and ``slots`` say what it sets: ("state" or "param", index in that vector)
    and the place of the value in the kernel ``assignments``.
    """

    id: str
    targets: tuple[tuple[str, int], ...]
    slots: tuple[int, ...]
    initial: bool
    persistent: bool
    from_trigger: bool


@dataclass(frozen=True)
class Program:
    """A compiled network.

    ``states``, ``params``, ``rules``, ``reactions`` and ``observables`` name the entries of the vectors below.
    ``stoichiometry`` has shape (state, reaction). ``sparsity`` holds the rows and columns where the Jacobian may differ
    from zero. ``values`` and ``guess`` are the model's parameter values and starting amounts. Units are the model's;
    time is in days. ``model`` is what all of it was generated from.
    """

    states: tuple[str, ...]
    params: tuple[str, ...]
    rules: tuple[str, ...]
    reactions: tuple[str, ...]
    observables: tuple[str, ...]
    stoichiometry: np.ndarray
    sparsity: tuple[np.ndarray, np.ndarray]
    values: np.ndarray
    guess: np.ndarray
    digest: str
    kernels: Mapping[str, Callable] = field(repr=False)
    model: Model = field(repr=False)
    events: tuple[Happening, ...] = ()

    def constants(self, p: np.ndarray) -> np.ndarray:
        """What depends on parameters only; computed once per parameter vector and handed to every kernel."""
        p = _vector(p)
        return self.kernels["constants"](0.0, np.empty(0), p, np.empty(0))

    def rhs(self, t: float, y: np.ndarray, p: np.ndarray) -> np.ndarray:
        """Change of every state per day, shape (state,)."""
        return self.kernels["rhs"](float(t), _vector(y), _vector(p), self.constants(p))

    def jacobian(self, t: float, y: np.ndarray, p: np.ndarray) -> np.ndarray:
        """Derivative of ``rhs``, shape (state of the change, state)."""
        return self.kernels["jacobian"](float(t), _vector(y), _vector(p), self.constants(p))

    def rates(self, t: float, y: np.ndarray, p: np.ndarray) -> np.ndarray:
        """Rate of every reaction, in native unit per day, shape (reaction,)."""
        return self.kernels["rates"](float(t), _vector(y), _vector(p), self.constants(p))

    def derive(self, t: float, y: np.ndarray, p: np.ndarray) -> np.ndarray:
        """Value of every rule, shape (rule,)."""
        return self._derive(t, y, p)[: len(self.rules)]

    def observe(self, t: float, y: np.ndarray, p: np.ndarray) -> np.ndarray:
        """Value of every observable, shape (observable,)."""
        return self._derive(t, y, p)[len(self.rules) :]

    def _derive(self, t: float, y: np.ndarray, p: np.ndarray) -> np.ndarray:
        return self.kernels["derive"](float(t), _vector(y), _vector(p), self.constants(p))

    def vector(self, values: Mapping[str, float] | None = None) -> np.ndarray:
        """Parameter vector with some values replaced. Raises ModelError for a name that is no parameter."""
        vector = self.values.copy()
        at = {name: i for i, name in enumerate(self.params)}
        for name, value in (values or {}).items():
            if name not in at:
                raise ModelError("parameters", f"unknown parameter {name}", "a parameter of the model")
            vector[at[name]] = value
        return vector


def _happenings(model: Model) -> tuple[Happening, ...]:
    places = {s.id: ("state", i) for i, s in enumerate(model.species)}
    places |= {p.id: ("param", i) for i, p in enumerate(model.parameters)}
    found, slot = [], 0
    for e in model.events:
        for target in e.assignments:
            if target not in places:
                raise ModelError(f"event {e.id}", f"it sets {target}", "a state or a parameter")
        targets = tuple(places[target] for target in e.assignments)
        slots = tuple(range(slot, slot + len(targets)))
        found.append(Happening(e.id, targets, slots, e.initial, e.persistent, e.from_trigger))
        slot += len(targets)
    return tuple(found)


def _vector(x: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(x, dtype=np.float64)


def _kernel(function: Callable, backend: str) -> Callable:
    """Without machine code, numbers follow the same rules all the same: 1/0 is infinite and no exception."""
    if backend == "numba":
        return function

    def quiet(t, y, p, c):
        with np.errstate(all="ignore"):
            return function(np.float64(t), y, p, c)

    return quiet


def _text(model: Model, backend: str) -> str:
    """Generated code. SymPy is imported here alone: it takes as long as a course, and the cache does without it."""
    from myoflare.compile.emit import program_text
    from myoflare.compile.equations import build

    return program_text(build(model), backend)


def compile_model(model: Model, backend: str = "numba") -> Program:
    """Generate, or find in the cache, the code of a model. Raises ModelError for a name or function nobody knows.

    ``backend`` is "numba", or "python" for the same text without machine code: ready at once, some ten times slower.
    """
    key = structure_digest(
        (
            [s.id for s in model.species],
            [p.id for p in model.parameters],
            [(f.id, f.arguments, f.formula) for f in model.functions],
            [(r.id, r.formula) for r in model.rules],
            [(r.id, r.law, sorted(r.stoichiometry.items())) for r in model.reactions],
            [(o.id, o.formula) for o in model.observables],
            [replace(e, label="") for e in model.events],
            backend,
        )
    )
    try:
        module = cached_module(key, lambda: _text(model, backend))
    except RecursionError:
        raise ModelError(model.id, "formulas nested too deeply", "simple formulas") from None
    at = {s.id: i for i, s in enumerate(model.species)}
    stoichiometry = np.zeros((len(model.species), len(model.reactions)))
    for r, reaction in enumerate(model.reactions):
        for name, change in reaction.stoichiometry.items():
            stoichiometry[at[name], r] = change
    return Program(
        states=tuple(at),
        params=tuple(p.id for p in model.parameters),
        rules=tuple(r.id for r in model.rules),
        reactions=tuple(r.id for r in model.reactions),
        observables=tuple(o.id for o in model.observables),
        stoichiometry=stoichiometry,
        sparsity=(np.array(module.ROWS, dtype=int), np.array(module.COLS, dtype=int)),
        values=np.array([p.value for p in model.parameters]),
        guess=np.array([s.rest for s in model.species]),
        digest=key,
        kernels={k: _kernel(getattr(module, k), backend) for k in KERNELS + EVENT_KERNELS if hasattr(module, k)},
        model=model,
        events=_happenings(model),
    )

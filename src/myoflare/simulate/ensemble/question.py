"""What an ensemble asks: which network, which patients, how long, and what of them to keep."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

import numpy as np

from myoflare.base.errors import SimulationError
from myoflare.compile import Program, compile_model
from myoflare.model import load_model
from myoflare.model.records import Model
from myoflare.simulate.batch import OUTPUTS, SOLVERS
from myoflare.simulate.ensemble.sources import Source, identity

BLOCK = 256  # patients that are summed together, where their numbers fit in BLOCK_BYTES
BLOCK_BYTES = 32 * 2**20
SUMMARIES = ("max", "min", "mean", "last", "day_of_max", "day_of_min")


@dataclass(frozen=True)
class Summary:
    """One number per patient: ``what`` of an output over the saved days, one of ``SUMMARIES``.

    ``mean`` is over time (trapezoids). NaN for a patient who did not reach the end.
    """

    output: str
    what: str

    @property
    def name(self) -> str:
        return f"{self.output}_{self.what}"


@dataclass(frozen=True)
class Crossing:
    """The first saved day on which ``output`` is at or above ``level``, or at or below it with ``side="below"``.

    Counted by day over the population, and kept per patient; NaN for a patient to whom it did not happen.
    """

    output: str
    level: float
    side: Literal["above", "below"] = "above"

    @property
    def name(self) -> str:
        return f"{self.output}_{self.side}_{self.level:.12g}_day"


@dataclass(frozen=True)
class Ensemble:
    """Many virtual patients of one network.

    ``model`` is a network, its path, or None for the shipped one. ``source`` gives the patients of a range of indices
    (see ``sources``). ``times`` are the saved days, ``outputs`` the kind of numbers to look at ("states", "rules",
    "observables" or "derived", which is rules and observables) and ``keep`` those of them to keep, all by default.
    ``quantiles`` are shares such as 0.5, right to within a 256th of their value. ``trajectories`` lists patients whose
    courses are stored.
    """

    source: Source
    patients: int
    times: Sequence[float]
    model: Model | str | Path | None = None
    seed: int = 0
    outputs: str = "states"
    keep: tuple[str, ...] = ()
    quantiles: tuple[float, ...] = (0.05, 0.25, 0.5, 0.75, 0.95)
    summaries: tuple[Summary, ...] = ()
    crossings: tuple[Crossing, ...] = ()
    trajectories: tuple[int, ...] = ()
    solver: str = "auto"
    rtol: float = 1e-6
    atol: float | None = None


@dataclass(frozen=True)
class Asked:
    """An ensemble that was found sound: the network, the places of what is kept, and the size of a block."""

    ensemble: Ensemble
    program: Program
    times: np.ndarray
    names: tuple[str, ...]
    places: np.ndarray
    block: int

    @property
    def patients(self) -> int:
        return self.ensemble.patients


def ask(ensemble: Ensemble) -> Asked:
    """Check an ensemble and compile its network. Raises ModelError or SimulationError with one sentence."""
    model = ensemble.model if isinstance(ensemble.model, Model) else load_model(ensemble.model)
    _whole(ensemble.patients, "patients", 1)
    _whole(ensemble.seed, "seed", None)
    times = _times(ensemble.times)
    for word, value, known in (("outputs", ensemble.outputs, OUTPUTS), ("solver", ensemble.solver, SOLVERS)):
        if value not in known:
            raise SimulationError(word, repr(value), f"one of {', '.join(known)}")
    program = compile_model(model)
    known = _outputs(program, ensemble.outputs)
    if not known:
        raise SimulationError("outputs", f"the network has no {ensemble.outputs}", "a kind of output that it has")
    names = tuple(ensemble.keep) or known
    for name in (*names, *(x.output for x in (*ensemble.summaries, *ensemble.crossings))):
        _known(name, known, ensemble.outputs)
    wanted = [*names, *(x.output for x in (*ensemble.summaries, *ensemble.crossings))]
    names = tuple(dict.fromkeys(wanted))
    _numbers(ensemble)
    places = np.array([known.index(name) for name in names])
    return Asked(ensemble, program, times, names, places, _block(len(times) * len(names)))


def grid(days: float, every: float) -> np.ndarray:
    """Days from 0 to ``days``, ``every`` so many, and the last day. SimulationError when that makes no sense."""
    if not (np.isfinite(days) and days > 0):
        raise SimulationError("days", f"{days:g}", "a length above 0 days")
    if not (np.isfinite(every) and days / 1e6 <= every):
        raise SimulationError("every", f"{every:g} days", "a distance above 0, for a million saved days at most")
    return np.unique(np.append(np.arange(0.0, days, every), days))


def question(asked: Asked, engine: object) -> dict:
    """Everything that the numbers depend on, as plain data: two runs may be joined if this is the same."""
    e = asked.ensemble
    reductions = [*map(repr, e.summaries), *map(repr, e.crossings)]
    return {
        "network": _digest([repr(sorted(vars(asked.program.model).items()))]),
        "code of the network": asked.program.digest,
        "source of patients": identity(e.source),
        "number of patients": e.patients,
        "seed": int(e.seed),
        "list of times": f"{len(asked.times)} from {asked.times[0]:g} to {asked.times[-1]:g}, "
        + _digest([asked.times.tobytes()])[:12],
        "kind of outputs": e.outputs,
        "list of outputs": ", ".join(asked.names),
        "list of quantiles": [float(q) for q in e.quantiles],
        "list of summaries and crossings": reductions,
        "list of saved trajectories": f"{len(e.trajectories)}, {_digest([repr(tuple(e.trajectories))])[:12]}",
        "solver": f"{e.solver}, rtol {e.rtol:g}, atol {e.atol}",
        "engine": identity(engine),
        "size of a block": asked.block,
    }


def _outputs(program: Program, kind: str) -> tuple[str, ...]:
    return (*program.rules, *program.observables) if kind == "derived" else getattr(program, kind)


def _block(numbers: int) -> int:
    """Patients to a block: a power of two that depends on the question only, never on chunks or workers."""
    block = BLOCK
    while block > 1 and block * numbers * 8 > BLOCK_BYTES:
        block //= 2
    return block


def _times(times: Iterable[float]) -> np.ndarray:
    times = np.array(times, float)
    if times.ndim != 1 or len(times) < 1:
        raise SimulationError("times", f"shape {times.shape}", "a list of days")
    if not np.isfinite(times).all():
        raise SimulationError("times", "a day that is not finite", "finite days")
    wrong = np.flatnonzero(np.diff(times) <= 0)
    if len(wrong):
        at = int(wrong[0])
        raise SimulationError("times", f"day {times[at + 1]:g} comes after day {times[at]:g}", "increasing days")
    return times


def _numbers(e: Ensemble) -> None:
    for q in e.quantiles:
        if not 0 <= q <= 1:
            raise SimulationError("quantiles", f"{q}", "shares from 0 to 1")
    for s in e.summaries:
        if s.what not in SUMMARIES:
            raise SimulationError(f"summary of {s.output}", repr(s.what), ", ".join(SUMMARIES))
    for c in e.crossings:
        if not np.isfinite(c.level) or c.side not in ("above", "below"):
            raise SimulationError(f"crossing of {c.output}", f"{c.side} {c.level}", "above or below a finite level")
    columns = [x.name for x in (*e.summaries, *e.crossings)]
    twice = next((name for name in columns if columns.count(name) > 1), None)
    if twice:
        raise SimulationError("summaries and crossings", f"{twice} twice", "each of them once")
    for i in e.trajectories:
        if not 0 <= i < e.patients:
            raise SimulationError("trajectories", f"patient {i}", f"patients from 0 to {e.patients - 1}")
    if len(set(e.trajectories)) < len(e.trajectories):
        raise SimulationError("trajectories", "a patient twice", "each patient once")
    if not 1e-13 <= e.rtol < 1:
        raise SimulationError("rtol", f"{e.rtol:g}", "a relative tolerance from 1e-13 to below 1")
    if e.atol is not None and not (np.isfinite(e.atol) and e.atol > 0):
        raise SimulationError("atol", f"{e.atol}", "a tolerance above 0")


def _known(name: str, known: Sequence[str], kind: str) -> None:
    if name not in known:
        near = get_close_matches(str(name), known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else ""
        raise SimulationError(kind, f"unknown output {name!r}", f"one of the {len(known)} {kind} of the network", hint)


def _whole(value: object, word: str, least: int | None) -> None:
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or (least is not None and value < least):
        raise SimulationError(word, repr(value), "a whole number" + (f" of at least {least}" if least else ""))


def _digest(parts: Iterable[str | bytes]) -> str:
    found = hashlib.sha256()
    for part in parts:
        found.update(part if isinstance(part, bytes) else part.encode())
    return found.hexdigest()


def options(e: Ensemble) -> Mapping[str, object]:
    """What the engine is called with, besides the patients."""
    return {"solver": e.solver, "rtol": e.rtol, "atol": e.atol, "outputs": e.outputs}

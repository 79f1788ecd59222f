"""From a ``Program`` to machine code that advances many patients, and the Python door to it."""

import os
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType

import numpy as np

from myoflare.compile import Program
from myoflare.compile.cache import cached_module, structure_digest
from myoflare.simulate.schedule import Packed

MAX_STEPS = 2_000_000  # of one patient, taken and rejected together
_TEXTS = {
    "tsit5": ("slope", "drive", "tsit5", "lane", "happen", "driver"),
    "rodas5p": ("slope", "drive", "rodas5p", "lane", "happen", "driver"),
}
_modules: dict[tuple[str, str, str], ModuleType] = {}  # by digest, method and width; the same code each time


@dataclass(frozen=True)
class Job:
    """Everything that ``run`` reads; arrays are (patient, ...) as in ``solve``."""

    params: np.ndarray
    starts: np.ndarray
    tolerances: np.ndarray
    rtol: float
    times: np.ndarray
    packed: Packed
    column: int  # first of the rules and observables to be written, -1 for states


@dataclass(frozen=True)
class Result:
    """Everything that ``run`` writes."""

    values: np.ndarray
    final: np.ndarray
    status: np.ndarray
    reached: np.ndarray
    steps: np.ndarray
    rejected: np.ndarray

    @classmethod
    def empty(cls, patients: int, times: int, outputs: int, states: int) -> "Result":
        return cls(
            np.full((patients, times, outputs), np.nan), np.full((patients, states), np.nan),
            np.zeros(patients, np.int8), np.zeros(patients), np.zeros(patients, np.int64), np.zeros(patients, np.int64),
        )  # fmt: skip


def code(program: Program, method: str, width: str = "") -> ModuleType:
    """The module whose ``run`` advances patients of ``program`` by ``method``, from the cache where it is there.

    ``width`` is "lanes" (eight patients a step) or "scalar" (one), by default what works on this machine.
    """
    width = width or working_width()
    known = (program.digest, method, width)
    if known not in _modules:
        texts = [_text(name) for name in _TEXTS[method]]
        key = structure_digest((*known, _generator(), texts))
        _modules[known] = cached_module(key, lambda: "\n\n".join([_network_text(program, width), *texts]))
    return _modules[known]


def _network_text(program: Program, width: str) -> str:
    """The network over numbers of one width; SymPy, which is slow to import, only where the cache lacks it."""
    from myoflare.compile.equations import build
    from myoflare.compile.lanes_text import lanes_text

    return lanes_text(build(program.model), width, program.events)


@lru_cache(maxsize=1)
def working_width() -> str:
    """ "lanes" where numba knows the vector type, else "scalar"; MYOFLARE_LANES=scalar asks for the latter."""
    if os.environ.get("MYOFLARE_LANES"):
        return os.environ["MYOFLARE_LANES"]
    try:
        from myoflare.compile import lanes

        one = lanes.zeros(1)
        lanes.exp_of(one)
    except Exception:  # numba's extension interface is not promised; whatever breaks, the scalar text works
        return "scalar"
    return "lanes" if (one == 1.0).all() else "scalar"


@lru_cache(maxsize=1)
def _generator() -> tuple[str, ...]:
    folder = Path(__file__).parents[2] / "compile"
    return tuple(
        (folder / f"{n}.py").read_text(encoding="utf-8")
        for n in ("chunks", "lanes", "lanes_text", "lu", "lu_text", "drive", "place", "scalar")
    )


@lru_cache(maxsize=8)
def _text(name: str) -> str:
    """One file of this folder without what it imports from its neighbours: they stand before it in one module."""
    text = (Path(__file__).parent / f"{name}.py").read_text(encoding="utf-8")
    return re.sub(
        r"^from myoflare\.simulate\.lanes\.\w+ import (\([^)]*\)|[^\n]*)[^\n]*\n", "", text, flags=re.MULTILINE
    )


def run(module: ModuleType, job: Job, result: Result, patients: np.ndarray, threads: int = 1) -> None:
    """Advance ``patients`` (row numbers) and write their rows of ``result``."""
    parts = np.array_split(patients, max(1, min(threads, len(patients) // 8)))
    if len(parts) == 1:
        _run(module, job, result, patients)
        return
    with ThreadPoolExecutor(len(parts)) as pool:
        for future in [pool.submit(_run, module, job, result, part) for part in parts]:
            future.result()


def _run(module: ModuleType, job: Job, result: Result, rows: np.ndarray) -> None:
    s = job.packed
    question = (
        rows, job.params, job.starts, job.tolerances, job.rtol, job.times, s.offsets, s.day, s.kind, s.target, s.value,
        s.inflows, job.column, MAX_STEPS,
    )  # fmt: skip
    answer = (result.values, result.final, result.status, result.reached, result.steps, result.rejected)
    module.run(question, answer)


def refusal(program: Program) -> str:
    """The construct of a model's events that only the reference solver plays, or nothing."""
    for e in program.model.events:
        if e.delay or e.priority or not e.persistent or not e.from_trigger:
            what = "a delay" if e.delay else "a priority" if e.priority else "values of a later moment than its trigger"
            return f"event {e.id} with {what}"
    return ""

"""How the work of an ensemble is shared out: sizes, and the workers that fit."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from myoflare.base.errors import SimulationError
from myoflare.simulate.ensemble.block import blocks
from myoflare.simulate.ensemble.pool import Here, Processes, Threads
from myoflare.simulate.ensemble.question import Asked, Ensemble, ask
from myoflare.simulate.ensemble.reduce import Block

MODES = ("processes", "threads")
MOST_WORKERS = 1024


@dataclass(frozen=True)
class Plan:
    """``workers`` of a ``mode`` share tasks of ``task`` patients (whole blocks), solved ``chunk`` at a time."""

    workers: int
    mode: str
    chunk: int
    task: int
    engine: Callable


def plan(asked: Asked, workers: int, mode: str, chunk: int | None, engine: Callable) -> Plan:
    """Sizes that make sense, or a SimulationError that says which does not."""
    chunk = asked.block if chunk is None else chunk
    for word, value, most in (("workers", workers, MOST_WORKERS), ("chunk", chunk, None)):
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole or value < 1 or (most and value > most):
            raise SimulationError(word, repr(value), "a whole number " + (f"from 1 to {most}" if most else "above 0"))
    if mode not in MODES:
        raise SimulationError("mode", repr(mode), " or ".join(MODES))
    chunk = min(chunk, asked.patients)
    task = -(-chunk // asked.block) * asked.block
    return Plan(min(workers, -(-asked.patients // task)), mode, chunk, task, engine)


def hire(asked: Asked, how: Plan) -> Here | Threads | Processes:
    """The workers of a plan."""
    if how.workers == 1:
        return Here(partial(_blocks, asked, how))
    if how.mode == "threads":
        return Threads(partial(_blocks, asked, how), how.workers)
    return Processes(_prepare, (asked.ensemble, how), how.workers)


def cores() -> int:
    """Cores that this process may use, where the system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _prepare(ensemble: Ensemble, how: Plan) -> Callable[[int, int], list[Block]]:
    """The work of a process. The network is compiled there, from the cache on the disk."""
    return partial(_blocks, ask(ensemble), how)


def _blocks(asked: Asked, how: Plan, first: int, stop: int) -> list[Block]:
    return list(blocks(asked, first, stop, how.chunk, how.engine))

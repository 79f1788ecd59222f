"""Run an ensemble: hand out tasks, take blocks back, add them up in order, keep what is finished."""

import contextlib
import platform
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import monotonic

import numpy as np

from myoflare import __version__
from myoflare.base.errors import SimulationError, StoreError
from myoflare.simulate.batch import solve
from myoflare.simulate.ensemble.block import MOST_FAILED
from myoflare.simulate.ensemble.hire import Plan, hire, plan
from myoflare.simulate.ensemble.question import Asked, Ensemble, ask, question
from myoflare.simulate.ensemble.reduce import Block, Reductions
from myoflare.simulate.ensemble.result import KIND, REDUCTIONS, Result, dataset, outcomes, read_ensemble
from myoflare.store.columns import write_dataset
from myoflare.store.growing import Growing, open_growing

AHEAD = 4  # tasks that a worker may be ahead of the slowest one
SAVE_EVERY_S = 5.0

Progress = Callable[[int, int, int], None]


class Stopped(KeyboardInterrupt):
    """Ctrl-C in an ensemble: ``done`` patients are kept, and the same call goes on from there. The text says so."""

    def __init__(self, done: int, patients: int, folder: Path):
        self.done, self.patients, self.folder = done, patients, folder
        kept = f"{done:,} of {patients:,} patients are kept in {folder}; the same command goes on from there."
        super().__init__(f"Stopped; {kept}" if done else "Stopped before any patients were finished; nothing is kept.")


def run_ensemble(
    ensemble: Ensemble,
    folder: str | Path,
    *,
    workers: int = 1,
    mode: str = "processes",
    chunk: int | None = None,
    force: bool = False,
    progress: Progress | None = None,
    save_every_s: float = SAVE_EVERY_S,
    engine: Callable = solve,
) -> Result:
    """Run all patients of an ensemble and write what is kept of them to ``folder``.

    Parameters
    ----------
    workers: with 1 the work is done in this process; more are processes, or threads with ``mode="threads"``.
    chunk: patients that are handed to the solver at once, a block by default. It changes the speed and the memory
        that is needed, never a bit of the result; nor do ``workers`` and ``mode``.
    force: replace an earlier ensemble in that folder, finished or not.
    progress: called with (patients done, all patients, patients that failed so far).
    save_every_s: how many seconds of work may be lost when the process is killed.
    engine: a function with the contract of ``simulate.batch.solve``.

    The folder is ``<folder>.unfinished`` until all is done. The same call goes on with one that was left behind by
    Ctrl-C (raised as ``Stopped``), a kill or a full disk; another question is refused. A patient that fails is a status
    and never stops the others. Memory does not grow with the number of patients.

    Raises ModelError, SimulationError or StoreError with one sentence: a question that makes no sense, a folder that
    holds something else, a disk that is full, a worker that died twice over the same patients.
    """
    asked = ask(ensemble)
    how = plan(asked, workers, mode, chunk, engine)
    manifest = {"question": question(asked, engine), "versions": _versions()}
    store = open_growing(Path(folder), KIND, manifest, _columns(asked), force)
    try:
        if not store.whole:
            kept = Reductions(len(asked.times), len(asked.names), len(ensemble.crossings), bool(ensemble.quantiles))
            _work(asked, how, store, kept, progress or (lambda *counts: None), save_every_s)
            _finish(asked, store, kept)
        store.place()
    finally:
        store.close()
    return read_ensemble(folder)


def _work(asked: Asked, how: Plan, store: Growing, kept: Reductions, tell: Progress, save_every_s: float) -> None:
    """All tasks from where the state left off. What is finished is saved, whatever ends the work."""
    done, sound, saved, pool = _restore(store, kept), True, monotonic(), None
    try:
        tell(done, asked.patients, kept.failures)
        pool = hire(asked, how) if done < asked.patients else None
        for found, stop in _in_order(pool, done, asked.patients, how):
            sound = False  # from here on the sums and ``done`` do not fit together
            for block in found:
                _take(asked, store, kept, block)
            done, sound = stop, True
            tell(done, asked.patients, kept.failures)
            if monotonic() - saved >= save_every_s:
                _save(store, kept, done)
                saved = monotonic()
        _save(store, kept, done)
    except BaseException as fault:
        done = _keep(store, kept, done if sound else 0)
        if isinstance(fault, KeyboardInterrupt):
            raise Stopped(done, asked.patients, store.folder) from None
        if isinstance(fault, StoreError) and done:
            hint = f"{fault.hint}; the same command goes on from the {done:,} patients that are kept"
            raise StoreError(fault.where, fault.came, fault.expected, hint) from None
        raise
    finally:
        if pool is not None:
            pool.close()


def _finish(asked: Asked, store: Growing, kept: Reductions) -> None:
    """What is left to write when all patients are done."""
    data = dataset(asked, kept)
    try:
        store.finish(outcomes(kept), lambda place: write_dataset(data, place / REDUCTIONS))
    except KeyboardInterrupt:
        raise Stopped(asked.patients, asked.patients, store.folder) from None


def _in_order(pool, done: int, patients: int, how: Plan) -> Iterator[tuple[list[Block], int]]:
    """The blocks of each task and where it ends, in the order of patients, whoever finishes first."""
    waiting: dict[int, tuple[list[Block], int]] = {}
    first = done
    while done < patients:
        while first < patients and pool.idle and first < done + AHEAD * how.workers * how.task:
            pool.submit((first, min(first + how.task, patients)))
            first = min(first + how.task, patients)
        (start, stop), found = pool.next()
        waiting[start] = found, stop
        while done in waiting:
            found, stop = waiting.pop(done)
            yield found, stop
            done = stop


def _take(asked: Asked, store: Growing, kept: Reductions, block: Block) -> None:
    everyone = len(block.status)
    if block.first == 0 and block.refused == everyone:
        who = "the only patient" if everyone == 1 else f"every one of the first {everyone} patients"
        came = f"{who} was refused: {block.failed[0][2]}"
        raise SimulationError("source of patients", came, "patients that the solver can begin with")
    for name, column in {"status": block.status, "reached": block.reached, **block.columns}.items():
        store.write(f"patients/{name}", block.first, column)
    for row, course in block.saved.items():
        store.write("trajectories", row, course[None])
    kept.add(block, MOST_FAILED)


def _keep(store: Growing, kept: Reductions, done: int) -> int:
    """Save once more if there is something to save; how many patients are kept. Without any, leave no trace."""
    with contextlib.suppress(StoreError):
        if done:
            _save(store, kept, done)
    state = store.state()
    if state is None:
        store.discard()
        return 0
    return int(state["done"])


def _save(store: Growing, kept: Reductions, done: int) -> None:
    store.save({**kept.arrays(), "done": np.array(done)})


def _restore(store: Growing, kept: Reductions) -> int:
    state = store.state()
    if state is None:
        return 0
    kept.restore(state)
    return int(state["done"])


def _columns(asked: Asked) -> dict[str, tuple[str, tuple[int, ...]]]:
    e, n = asked.ensemble, asked.patients
    columns = {"patients/status": ("<i1", (n,)), "patients/reached": ("<f8", (n,))}
    columns |= {f"patients/{x.name}": ("<f8", (n,)) for x in (*e.summaries, *e.crossings)}
    if e.trajectories:
        columns["trajectories"] = ("<f8", (len(e.trajectories), len(asked.times), len(asked.names)))
    return columns


def _versions() -> dict[str, str]:
    found = {"myoflare": __version__, "python": platform.python_version(), "machine": platform.machine()}
    for library in ("numpy", "numba", "llvmlite", "scipy"):
        with contextlib.suppress(PackageNotFoundError):
            found[library] = version(library)
    return found

"""A population in a folder: lived in chunks that survive a kill, and read back.

A chunk is a file of its own that depends on the question and its number alone: any number of workers gives the same
numbers.
"""

import json
import zipfile
from dataclasses import fields
from functools import partial
from pathlib import Path

import numpy as np

from myoflare.base.errors import PatientError, StoreError
from myoflare.cohort.numbers import antigen_rows
from myoflare.cohort.population import EXPOSED, Population, live_chunk
from myoflare.cohort.question import Question
from myoflare.simulate.ensemble.hire import MOST_WORKERS
from myoflare.simulate.ensemble.pool import Here, Processes
from myoflare.store import check_place

BROKEN = (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile)  # what a damaged file raises


def run_population(question, folder, workers=1, progress=None):
    """Live what is missing of a population in ``folder``, and read it. Stopped at any time, the same call goes on; a
    damaged chunk is lived again.

    StoreError when the folder holds another population; ``progress`` is called with chunks done and their number.
    """
    if not 1 <= workers <= MOST_WORKERS:
        raise PatientError("workers", f"{workers}", f"a whole number from 1 to {MOST_WORKERS}")
    folder = Path(folder)
    _claim(question, folder)
    missing = _missing(question, folder)
    done = question.chunks - len(missing)
    if progress:
        progress(done, question.chunks)
    if missing:
        pool = Here(partial(_work, question, folder)) if workers == 1 else Processes(
            _prepare, (question, folder), min(workers, len(missing)))  # fmt: skip
        try:
            _drain(pool, missing, progress, done, question.chunks)
        finally:
            pool.close()
    return read_population(folder)


def _drain(pool, missing, progress, done, total):
    waiting, running = list(reversed(missing)), 0
    while waiting or running:
        while waiting and pool.idle:
            i = waiting.pop()
            pool.submit((i, i + 1))
            running += 1
        pool.next()
        running -= 1
        done += 1
        if progress:
            progress(done, total)


def _prepare(question, folder):
    return partial(_work, question, folder)


def _work(question, folder, number, _):
    path = _file(folder, number)
    draft = path.with_suffix(".tmp")
    with open(draft, "wb") as file:
        np.savez(file, **live_chunk(question, number))
    draft.replace(path)


def _file(folder, number):
    return folder / "chunks" / f"{number:06d}.npz"


def _chunk(folder, number):
    """Arrays of a chunk, or None where there is none that can be read."""
    try:
        with np.load(_file(folder, number)) as file:
            return dict(file)
    except BROKEN:
        return None


def _missing(question, folder):
    return [i for i in range(question.chunks) if _chunk(folder, i) is None]


def _claim(question, folder):
    told, path = question.told(), folder / "population.json"
    if folder.exists() and not folder.is_dir():
        raise StoreError(str(folder), "a file", "a folder", "choose another name")
    if path.exists():
        _check_same(question, folder)
        return
    if folder.exists() and any(folder.iterdir()):
        came = "a folder that holds something else"
        raise StoreError(str(folder), came, "a new or an empty folder", "choose another folder")
    check_place(folder)
    (folder / "chunks").mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".tmp")
    draft.write_text(json.dumps(told, indent=1), encoding="utf-8")
    draft.replace(path)


def _check_same(question, folder):
    """StoreError when the folder was lived from another question, network or texts."""
    before, told = _told_by(folder)[0], json.loads(json.dumps(question.told()))
    differ = [k for k in told if before.get(k) != told[k]]
    if differ:
        came = f"a population with another {differ[0]}" if differ[0] != "texts" else "a population of other texts"
        raise StoreError(str(folder), came, "the same question and the texts of today", "choose another folder")


def _told_by(folder):
    """What population.json says, and the ``Question`` in it."""
    path = folder / "population.json"
    if not path.is_file():
        raise StoreError(str(folder), "no population.json", "a folder of `myoflare population run`")
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        asked = told["question"]
        return told, Question(**{**asked, "without": tuple(asked["without"])})
    except (OSError, ValueError, KeyError, TypeError, PatientError) as fault:
        raise StoreError(str(path), f"a damaged file ({fault})", "what `myoflare population run` wrote") from None


def read_population(folder, as_today=False):
    """The ``Population`` of a folder; StoreError where none is or chunks are missing.

    as_today: StoreError also where it was lived from other texts than those of today, so that its people cannot be
    drawn again.
    """
    folder = Path(folder)
    _, question = _told_by(folder)
    if as_today:
        _check_same(question, folder)
    parts = [_chunk(folder, i) for i in range(question.chunks)]
    missing = sum(p is None for p in parts)
    if missing:
        came = f"{missing} of {question.chunks} chunks are missing or damaged"
        raise StoreError(str(folder), came, "a finished population", "the same command goes on where it stopped")
    starts = np.cumsum([0, *(len(p["weight"]) for p in parts)])
    for part, start in zip(parts, starts[:-1], strict=True):
        part["case"] = part["case"] + start
    joined = {
        f.name: np.concatenate([p[f.name] for p in parts])
        for f in fields(Population)
        if f.name in parts[0] and parts[0][f.name].ndim
    }
    counts = {name: int(sum(p[name] for p in parts)) for name in ("failed", "lived")}
    names = tuple(r["antigen"] for r in antigen_rows())
    return Population(question, **joined, **counts, antigens=names, exposure_names=EXPOSED)

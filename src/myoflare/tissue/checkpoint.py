"""Save a section that is being grown, so that a run that was stopped can go on as if it had not been."""

import hashlib
import json
import os
import pickle
from pathlib import Path

import numpy as np

from myoflare.base.errors import TissueError
from myoflare.tissue.agents import Agents
from myoflare.tissue.fields import with_perfusion

KEPT = (
    "state",
    "size",
    "MHC1",
    "ISG",
    "hits",
    "debris",
    "fresh",
    "weakness",
    "quiescent",
    "nuclei",
    "hypoxia",
    "lost",
    "amount",
)
CELLS = ("kind", "state", "site", "heading", "fibre", "clock", "memory", "key")


def fingerprint(fascicle, drive, seed, start_day, numbers) -> str:
    """A short name of everything that decides how the section grows."""
    mark = hashlib.blake2b(digest_size=12)
    for array in (fascicle.label, fascicle.capillaries.x, drive.day, *(drive.series[k] for k in sorted(drive.series))):
        mark.update(np.ascontiguousarray(array).tobytes())
    told = [
        drive.patient,
        sorted(drive.numbers.items()),
        list(drive.injuries),
        seed,
        start_day,
        sorted(numbers.items()),
    ]
    mark.update(json.dumps(told).encode())
    return mark.hexdigest()


def write_checkpoint(path, live, mark):
    """All or nothing: a new file takes the place of the old one."""
    cells = {f"cells_{c}": getattr(live.cells, c)[: live.cells.n] for c in CELLS}
    rows = np.frombuffer(pickle.dumps(live.rows), np.uint8)
    told = np.array([live.step, live.cells.next_key], np.int64)
    beside = Path(f"{path}.part")
    with open(beside, "wb") as file:
        np.savez(file, mark=mark, told=told, rows=rows, **cells, **{k: getattr(live, k) for k in KEPT})
    os.replace(beside, path)


def read_checkpoint(path, live, mark):
    """Bring ``live`` to where the file left it; nothing happens when there is no file. Raises TissueError."""
    if not Path(path).exists():
        return
    with np.load(path) as saved:
        if str(saved["mark"]) != mark:
            raise TissueError(str(path), "the checkpoint of another run", "one of this section, course and seed")
        for name in KEPT:
            setattr(live, name, saved[name].copy())
        live.step, next_key = (int(v) for v in saved["told"])
        live.rows = pickle.loads(saved["rows"].tobytes())
        cells = {c: saved[f"cells_{c}"].copy() for c in CELLS}
    live.cells = Agents(len(cells["site"]), next_key, **cells)
    live.refresh()
    unit = live.fascicle.capillaries.unit
    live.scratch["medium"] = with_perfusion(live.ground.medium, live.fascicle.capillaries, 1.0 - live.lost[unit])

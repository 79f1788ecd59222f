"""A network small enough to solve by hand, patients of it, and engines that answer at once; workers import this."""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from myoflare.base.status import Status
from myoflare.model import Model, Observable, Parameter, Reaction, Species
from myoflare.simulate.ensemble import Crossing, Ensemble, Patients, Summary, run_ensemble

TIMES = np.array([0.0, 1.0, 2.5, 5.0, 10.0])


def network():
    """Y grows from X, which decays: two states, four parameters."""
    return Model(
        "tiny",
        (Species("X", "antigen", "pmol", 8.0), Species("Y", "enzyme", "pmol", 0.5)),
        tuple(Parameter(name, value, "1/day") for name, value in {"k": 0.5, "m": 0.2, "c": 0.1}.items()),
        (),
        (),
        (
            Reaction("decay", "", "k*X", {"X": -1}),
            Reaction("make", "", "m*X", {"Y": 1}),
            Reaction("clear", "", "c*Y", {"Y": -1}),
        ),
        observables=(Observable("CK", "creatine kinase", "100*Y", "U/l"),),
    )


def mixed(seed, i):
    """Numbers from 0 to 1 that depend on seed and index alone, fast enough for a million patients."""
    x = (np.asarray(i, np.uint64) + np.uint64(seed)) * np.uint64(0x9E3779B97F4A7C15)
    x ^= x >> np.uint64(29)
    x *= np.uint64(0xBF58476D1CE4E5B9)
    return ((x ^ (x >> np.uint64(32))) >> np.uint64(11)).astype(float) * 2.0**-53


@dataclass(frozen=True)
class People:
    """Patients whose rates differ; ``bad`` ones have no number for k, ``strange`` ones cannot be made at all."""

    bad: tuple[int, ...] = ()
    strange: tuple[int, ...] = ()

    def __call__(self, program, seed, first, stop):
        index = np.arange(first, stop)
        for i in self.strange:
            if first <= i < stop:
                raise ValueError(f"the file of patient {i} is lost")
        params = np.tile(program.values, (stop - first, 1))
        params[:, 0] *= 0.2 + 3 * mixed(seed, index)
        params[np.isin(index, self.bad), 0] = np.nan
        return Patients(params, np.tile(program.guess, (stop - first, 1)))


def quick(program, params, y0, times, schedules=None, *, solver, rtol, atol, outputs, progress=None):
    """What an ensemble reads of ``solve``, by a formula of its own; patients with a fast k stop in the middle."""
    k, m = params[:, 0, None], params[:, 1, None]
    x = y0[:, :1] / (1 + k * times)
    values = np.stack([x, y0[:, 1:] + m * (y0[:, :1] - x)], axis=2)
    fast = params[:, 0] > 0.5 * 3.19
    values[fast, 3:] = np.nan
    status = np.where(fast, Status.NO_CONVERGENCE.code, 0).astype(np.int8)
    return SimpleNamespace(values=values, status=status, reached=np.where(fast, times[2], times[-1]))


@dataclass(frozen=True)
class Slow:
    """``quick`` that takes ``seconds`` per 256 patients, and its process's life when it finds the file ``deadly``."""

    seconds: float = 0.0
    deadly: str = ""
    once: bool = True

    def __call__(self, program, params, y0, times, schedules=None, **options):
        time.sleep(self.seconds * len(params) / 256)
        if self.deadly and Path(self.deadly).exists():
            if self.once:
                Path(self.deadly).unlink()
            os.kill(os.getpid(), 9)
        return quick(program, params, y0, times, schedules, **options)


def ensemble(patients=1000, people=None, **changes):
    """A thousand patients with something of everything kept of them."""
    asked = {
        "model": network(),
        "times": TIMES,
        "seed": 3,
        "summaries": (Summary("X", "min"), Summary("Y", "max"), Summary("X", "mean"), Summary("Y", "day_of_max")),
        "crossings": (Crossing("Y", 1.5), Crossing("X", 2.0, "below")),
        "trajectories": tuple(i for i in (0, 5, patients - 1) if 0 <= i < patients),
    }
    return Ensemble(people or People(), patients, **{**asked, **changes})


def in_a_child(asked, engine, folder, seen):
    """A whole run in a process of its own, which tells how far it is."""

    def progress(done, patients, failed):
        seen.value = done

    run_ensemble(asked, folder, engine=engine, save_every_s=0.02, progress=progress)


def contents(folder):
    """Every file of a folder with its bytes, by relative name."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}

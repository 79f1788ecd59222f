"""Sections on a GPU against the CPU: the same answers, and what they cost.

    python -m benchmarks.gpu.tissue                # where a GPU is; writes benchmarks/results/gpu_tissue.md
    python -m benchmarks.gpu.tissue --compile      # where none is: both kernels for sm_90, and what they need

Needs Myoflare with numba and a CUDA driver. Rows are written as they come, and it stops starting runs after
``--budget`` seconds. Ends with 1 when an answer is wrong, with 2 and a sentence when there is no device.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from numba import boolean, cuda, float64, int8, int32, int64, uint8, uint32, uint64

import myoflare as mf
from benchmarks.machine import describe
from myoflare.base.errors import TissueError
from myoflare.tissue.checkpoint import CELLS
from myoflare.tissue.drive import drive_of
from myoflare.tissue.fascicle import make_fascicle
from myoflare.tissue.fields import advance
from myoflare.tissue.gpu import cells, fields
from myoflare.tissue.gpu.device import demand_device
from myoflare.tissue.gpu.fields import Planes
from myoflare.tissue.gpu.grow import Batch, grow_sections
from myoflare.tissue.grow import advance_day, begin, grow_section
from myoflare.tissue.rules.secrete import HOUR, TOLERANCE, secrete, sources
from myoflare.tissue.tables import rules_table

PATIENT, START, SIDE = "polymyositis_few_treg", 60, 1000.0
CHECKED, CHECK_SIDE, CHECK_DAYS = 16, 500.0, 30
DAYS, SIZES = 180, (1, 16, 64)
APART = 4.0  # standard errors of a difference of means above which the device is called wrong
RESULT = Path(__file__).resolve().parents[1] / "results" / "gpu_tissue.md"


class Page:
    """Lines as they come, written after each."""

    def __init__(self, path):
        self.path, machine = path, describe(0)
        device = cuda.get_current_device()
        name = device.name.decode() if isinstance(device.name, bytes) else device.name
        about = f"{name}, {machine['cpu']}, {machine['cores']} cores, {machine['date']}, {machine['versions']}"
        self.lines = ["# Sections on a GPU", "", f"`python -m benchmarks.gpu.tissue` on {about}.", ""]

    def add(self, line):
        print(line, flush=True)
        self.lines.append(line)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text("\n".join(self.lines) + "\n", encoding="utf-8")


def sections(count, side):
    """Fascicles and seeds of so many sections; they repeat after 16, with other draws."""
    made = [make_fascicle(k, side, side) for k in range(min(count, 16))]
    return [made[k % len(made)] for k in range(count)], list(range(count))


class CellsAlone(Batch):
    """Cells on the device, fields on the CPU: then nothing but integers comes back, and all must be the same."""

    def spread(self):
        for live in self.lives:
            secrete(live)


def cells_alone(page, drive):
    """1 if cells on the device end elsewhere than on the CPU."""
    fascicles, seeds = sections(2, CHECK_SIDE)
    known = dict(rules_table())
    many = [[begin(f, drive, s, START, 1, known) for f, s in zip(fascicles, seeds, strict=True)] for _ in range(2)]
    batch = CellsAlone(many[1])
    for _ in range(CHECK_DAYS):
        for live in many[0]:
            advance_day(live)
        batch.advance_day()
    pairs = [(getattr(a.cells, n)[: a.cells.n], getattr(b.cells, n)[: b.cells.n])
             for a, b in zip(*many, strict=True) for n in CELLS]  # fmt: skip
    pairs += [(getattr(a, n), getattr(b, n)) for a, b in zip(*many, strict=True) for n in ("state", "hits", "nuclei")]
    wrong = not all(np.array_equal(a, b) for a, b in pairs)
    page.add(f"- cells alone on the device, {CHECK_DAYS} days: {'NOT the same' if wrong else 'the same, bit for bit'}.")
    return int(wrong) + fields_alone(page, many[0])


def fields_alone(page, lives):
    """1 if an hour of the fields differs by more than 1e-5 from the CPU's."""
    media, made, clearance = zip(*(sources(live) for live in lives), strict=True)
    amounts = [live.amount for live in lives]
    theirs = Planes(len(lives), media[0]).advance(media, amounts, made, clearance, HOUR, TOLERANCE)
    ours = [advance(*one, HOUR, tolerance=TOLERANCE)[0] for one in zip(media, amounts, made, clearance, strict=True)]
    least = np.finfo(float).tiny  # a field may be empty
    error = max(
        float((np.abs(a - b).sum((1, 2)) / np.maximum(a.sum((1, 2)), least)).max())
        for a, b in zip(ours, theirs, strict=True)
    )
    page.add(f"- an hour of the fields differs by {error:.1e} of what is there.")
    return int(not error < 1e-5)


def correctness(page, drive):
    """16 sections of 0.25 mm^2 on both: how many are the same in every integer, how far means lie apart; 1 if wrong."""
    fascicles, seeds = sections(CHECKED, CHECK_SIDE)
    day = START + CHECK_DAYS
    ours = [grow_section(f, drive, day, s, start_day=START) for f, s in zip(fascicles, seeds, strict=True)]
    theirs = grow_sections(fascicles, [drive] * CHECKED, day, seeds, start_day=START)
    same = sum(equal(a, b) for a, b in zip(ours, theirs, strict=True))
    first = min(first_difference(a, b) for a, b in zip(ours, theirs, strict=True))
    rest = "." if same == CHECKED else f"; counts differ first on day {first:g}."
    page.add(f"- after {CHECK_DAYS} days {same} of {CHECKED} sections of 0.25 mm^2 are the same, bit for bit{rest}")
    far, name = max((apart(ours, theirs, name), name) for name in ("CD8", "CD4", "M1", "M2", "fibres_necrotic"))
    page.add(f"- means over {CHECKED} sections lie {far:.2f} standard errors apart at most ({name}).")
    return 0 if far < APART else 1


def equal(a, b):
    pairs = [(getattr(a.cells, n), getattr(b.cells, n)) for n in ("kind", "x", "y", "state")]
    pairs += [(a.fibres.state, b.fibres.state), (a.fibres.nuclei, b.fibres.nuclei)]
    return all(np.array_equal(x, y) for x, y in pairs)


def first_difference(a, b):
    """Days until a daily count differs; infinite if none does."""
    days = [np.flatnonzero(a.counts[k] != b.counts[k]) for k in ("CD8", "CD4", "M1", "M2", "SC", "FAP")]
    return min((float(a.counts["day"][d[0]]) for d in days if len(d)), default=np.inf)


def apart(ours, theirs, name):
    """Difference of the means of a count on the last day, in standard errors."""
    x, y = (np.array([s.counts[name][-1] for s in many], float) for many in (ours, theirs))
    error = np.sqrt((x.var(ddof=1) + y.var(ddof=1)) / len(x))
    return 0.0 if error == 0 and (x == y).all() else float(abs(x.mean() - y.mean()) / max(error, 1e-12))


def timing(page, drive, sizes, end):
    page.add("")
    page.add(f"1 mm^2, {DAYS} days of 10-minute steps. The CPU plays one section on one core.")
    page.add("")
    page.add("| sections | on | seconds | seconds a section |")
    page.add("| --- | --- | --- | --- |")
    began = time.perf_counter()
    fascicles, seeds = sections(1, SIDE)
    grow_section(fascicles[0], drive, START + DAYS, seeds[0], start_day=START)
    alone = time.perf_counter() - began
    page.add(f"| 1 | CPU | {alone:.1f} | {alone:.1f} |")
    for count in sizes:
        fascicles, seeds = sections(count, SIDE)
        began = time.perf_counter()
        grow_sections(fascicles, [drive] * count, START + 2, seeds, start_day=START)  # machine code, and the pace
        pace = (time.perf_counter() - began) / 2
        if time.monotonic() + pace * DAYS > end:
            page.add(f"| {count} | GPU | not run: some {pace * DAYS:.0f} s, the budget is spent | |")
            continue
        began = time.perf_counter()
        grow_sections(fascicles, [drive] * count, START + DAYS, seeds, start_day=START)
        spent = time.perf_counter() - began
        page.add(f"| {count} | GPU | {spent:.1f} | {spent / count:.2f} |")


def signatures():
    """Types of the kernels' arguments, as ``Planes.advance`` and ``Herds.play`` give them."""
    f1, f2, f3, f4 = float64[::1], float64[:, ::1], float64[:, :, ::1], float64[:, :, :, ::1]
    i1, i2, b1, b2 = int64[::1], int64[:, ::1], boolean[::1], boolean[:, ::1]
    small, site, way, map3 = uint8[:, ::1], int32[:, ::1], int8[:, ::1], int32[:, :, ::1]
    return {
        "fields": (fields._solve, (f3, f3, f3, f3, f1, f1, float64, int64, i2, f4, i1, f1)),
        "cells": (cells._play, (
            i2, int64, int64, uint64[:, ::1], f1, f1, i1, b1, small, small, site, way, site, site, uint32[:, ::1],
            small, site, map3, i2, site, i2, site, f3, f2, i2, b2, f2, float64, int64, int64, site, way, site, map3,
            uint64[:, ::1], i2)),
    }  # fmt: skip


def compile_only():
    """Registers and memory of both kernels for sm_90, without a device; ptxas must be there."""
    import numba.cuda.dispatcher as dispatcher

    dispatcher.get_current_device = lambda: SimpleNamespace(compute_capability=(9, 0))  # nobody else is asked for it
    for name, (kernel, signature) in signatures().items():
        text, _ = cuda.compile_ptx(kernel.py_func, signature, cc=(9, 0))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "kernel.ptx"
            path.write_text(text, encoding="utf-8")
            command = ["ptxas", "-arch=sm_90", "-v", path, "-o", os.devnull]
            said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
        told = [line.split(":", 1)[-1].strip() for line in said.splitlines() if "registers" in line or "spill" in line]
        print(f"{name}: {'; '.join(told)}")
    return 0


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--compile", action="store_true", help="only compile, for sm_90; no device is needed")
    options.add_argument("--budget", type=float, default=1500.0, help="seconds after which no new run starts")
    options.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="numbers of sections")
    given = options.parse_args()
    if given.compile:
        return compile_only()
    try:
        demand_device()
    except TissueError as fault:
        print(f"this has not run: {fault}", file=sys.stderr)
        return 2
    end = time.monotonic() + given.budget
    drive, page = drive_of(mf.simulate(mf.load_patient(PATIENT), years=1, seed=7)), Page(RESULT)
    wrong = cells_alone(page, drive) + correctness(page, drive)
    timing(page, drive, given.sizes, end)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())

"""A section beside PhysiCell on the same machine, in turn: a cell's step, a place's step, a day of a square millimetre.

    python -m benchmarks.tissue_peers /path/to/PhysiCell          # writes benchmarks/results/tissue_peers.md

``benchmarks/peers.md`` says what each number counts and why this is not a contest between models.
"""

import argparse
import os
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import myoflare as mf
from benchmarks.machine import describe
from benchmarks.peers import physicell
from myoflare.tissue.drive import drive_of
from myoflare.tissue.fascicle import make_fascicle
from myoflare.tissue.fields import FIELDS, advance
from myoflare.tissue.grow import advance_day, begin
from myoflare.tissue.live import STEPS_A_DAY, STEPS_AN_HOUR
from myoflare.tissue.rules import TIMETABLE
from myoflare.tissue.rules.secrete import HOUR, TOLERANCE, sources
from myoflare.tissue.tables import rules_table

PATIENT, START, DAYS, SEED = "polymyositis_few_treg", 60, 60, 1
PITCHES = {8.0: "our places of 8 um", 20.0: "its own places of 20 um"}
RESULT = Path(__file__).parent / "results" / "tissue_peers.md"


@dataclass
class Ours:
    """Processor seconds of one day, and what was done for them."""

    rules: dict = field(default_factory=dict)
    fields: float = 0.0
    places: int = 0  # times fields times steps of the fields
    cycles: list = field(default_factory=list)
    cells: int = 0  # summed over steps
    day: float = 0.0


def our_day(live) -> Ours:
    out = Ours()
    for _ in range(STEPS_A_DAY):
        if live.step % STEPS_AN_HOUR == 0:
            live.body = live.drive.at(live.day)
        for rule in TIMETABLE:
            if live.step % rule.every:
                continue
            began = time.process_time()
            if rule.name == "secrete":
                _secrete(live, out)
            else:
                rule.act(live)
            spent = time.process_time() - began
            out.rules[rule.name] = out.rules.get(rule.name, 0.0) + spent
            out.day += spent
        out.cells += live.cells.n
        live.step += 1
    return out


def _secrete(live, out):
    """The rule ``secrete``, with its fields timed by themselves."""
    medium, made, clearance = sources(live)
    began = time.process_time()
    live.amount, ledger = advance(medium, live.amount, made, clearance, HOUR, tolerance=TOLERANCE)
    out.fields += time.process_time() - began
    out.places += made.size
    out.cycles.append(ledger.cycles.mean())
    live.refresh()


def our_section():
    """A square millimetre with as many cells as it has after some weeks."""
    drive = drive_of(mf.simulate(mf.load_patient(PATIENT), years=1, seed=7))
    live = begin(make_fascicle(SEED, 1000.0, 1000.0), drive, SEED, START, 1, dict(rules_table()))
    for _ in range(DAYS):
        advance_day(live)
    return live


def parts(full: dict, empty: dict) -> dict:
    """Seconds of each part of a PhysiCell run: what cells cost is what is more than without any."""

    def a_call(run, part):
        return run[part]["seconds"] / run[part]["calls"]

    def a_cell(part, of):
        return of / (full[part]["cells"] / full[part]["calls"])

    many = full["voxels"] * full["substrates"]
    exchange = a_call(full, "exchange") - a_call(empty, "exchange")
    mechanics = a_call(full, "mechanics") - a_call(empty, "mechanics") - exchange
    gradients = a_call(empty, "mechanics") - a_call(empty, "exchange")
    seconds = sum(full[p]["seconds"] for p in ("fields", "exchange", "mechanics", "phenotype"))
    return {
        "place": a_call(full, "fields") / many,
        "gradient": gradients / many,
        "exchange": a_cell("exchange", exchange),
        "mechanics": a_cell("mechanics", mechanics),
        "cells": full["mechanics"]["cells"] / full["mechanics"]["calls"],
        "day": seconds / full["minutes"] * 1440,
        "fields a day": a_call(full, "fields") * 1440 / full["dt"][0],
    }


def their_parts(program, configs) -> dict:
    return parts(*(physicell.play(program, c) for c in configs))


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("checkout", type=Path, help="a checkout of PhysiCell")
    options.add_argument("--build", type=Path, help="folder to build in, kept; a temporary one otherwise")
    options.add_argument("--repeats", type=int, default=5)
    options.add_argument("--minutes", type=float, default=12.0, help="simulated minutes of each PhysiCell run")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as spare:
        folder = (given.build or Path(spare)) / "physicell"
        program = physicell.build(given.checkout, folder)
        live = our_section()
        cells = int(live.cells.n)
        configs = {p: [physicell.settings(folder, n, p, given.minutes) for n in (cells, 0)] for p in PITCHES}
        runs = []
        for k in range(given.repeats):  # in turn, so that what else the machine does meets both
            runs.append((our_day(live), {p: their_parts(program, c) for p, c in configs.items()}))
            print(f"{k + 1} of {given.repeats}", flush=True)
        told = f"PhysiCell {physicell.version(given.checkout)}, {physicell.compiler()}, `{physicell.flags(folder)}`"
    RESULT.write_text(page(runs, told, cells), encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))


def spread(values, scale=1.0, form="{:.3g}"):
    """Median, with the least and the most."""
    low, mid, high = (form.format(scale * f(values)) for f in (np.min, np.median, np.max))
    return f"{mid} ({low} to {high})"


def page(runs, told, cells):
    ours = [o for o, _ in runs]
    theirs = {p: [t[p] for _, t in runs] for p in PITCHES}
    near = theirs[8.0]
    our = {
        "place": [o.fields / o.places for o in ours],
        "moving": [(o.rules["crawl"]) / o.cells for o in ours],
        "three": [sum(o.rules[r] for r in ("crawl", "attack", "enter")) / o.cells for o in ours],
        "fields a day": [o.fields for o in ours],
        "day": [o.day for o in ours],
    }

    def row(what, their, own, scale, unit):
        ratio = [a / b for a, b in zip(their, own, strict=True)]
        return f"| {what} | {spread(their, scale)} {unit} | {spread(own, scale)} {unit} | {spread(ratio)} |"

    def of(name, table=near):
        return [t[name] for t in table]

    lines = [
        row("one field in one place, one step (0.01 min; 60 min)", of("place"), our["place"], 1e9, "ns"),
        row("one cell, one step of motion (0.1 min; 10 min)", of("mechanics"), our["moving"], 1e6, "us"),
        row("the same; ours with attack and entry", of("mechanics"), our["three"], 1e6, "us"),
        row("its 6 fields, our 9, for a day", of("fields a day"), our["fields a day"], 1.0, "s"),
        *(row(f"all of a day, {w}", of("day", theirs[p]), our["day"], 1.0, "s") for p, w in PITCHES.items()),
    ]
    machine = describe(SEED)
    number = np.mean([o.cells for o in ours]) / STEPS_A_DAY
    return f"""# A section beside PhysiCell

`python -m benchmarks.tissue_peers`, {machine["date"]}, {machine["cpu"]}, {machine["cores"]} cores, load \
{os.getloadavg()[0]:.1f}; numba {machine["versions"]["numba"]}. {told}.

Processor seconds on one core, 1 mm^2, {cells} cells at the start ({number:.0f} in ours, \
{np.mean(of("cells")):.0f} in theirs on average). {len(runs)} rounds, in turn: median, in brackets least and most. \
The ratio is PhysiCell over Myoflare, round by round: above 1, PhysiCell takes longer.

| | PhysiCell | Myoflare | ratio |
| --- | --- | --- | --- |
{chr(10).join(lines)}

PhysiCell has 6 substrates, Myoflare {len(FIELDS)} fields. Theirs besides: secretion and uptake of one cell in each step
of the fields {spread(of("exchange"), 1e9)} ns; gradients of one substrate in one place, once a step of motion,
{spread(of("gradient"), 1e9)} ns. A step of our fields took {np.mean([np.mean(o.cycles) for o in ours]):.1f} cycles of \
multigrid on average.

**They are not the same model, and most of the last rows is the length of a step, not the speed of a line of code.**
`benchmarks/peers.md` says what each number counts.
"""


if __name__ == "__main__":
    main()

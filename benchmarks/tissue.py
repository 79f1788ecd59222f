"""How long a section takes to grow, and what hourly steps of the fields miss.

    python -m benchmarks.tissue          # writes benchmarks/results/tissue.md

One square millimetre of a patient with polymyositis, 180 days of 10-minute steps, one thread; seconds of processor time
(other work on the machine does not count) after the machine code was made. Then the fields: one step of an hour
against six of ten minutes, from the same cells in the same hour.
"""

import os
import platform
import time
from pathlib import Path

import numpy as np

import myoflare as mf
from myoflare.tissue.bridge import account, sent_by_body
from myoflare.tissue.drive import drive_of
from myoflare.tissue.fascicle import make_fascicle
from myoflare.tissue.fields import FIELDS, advance
from myoflare.tissue.grow import advance_day, begin, grow_section
from myoflare.tissue.rules.secrete import MOLECULES, ROW, balance, by_cells, by_fibres
from myoflare.tissue.tables import rules_table

PATIENT, START, DAYS, SEED = "polymyositis_few_treg", 60, 180, 1
RESULT = Path(__file__).parent / "results" / "tissue.md"


def grown(fascicle, drive):
    """Seconds of processor and of clock, and the section."""
    processor, clock = time.process_time(), time.perf_counter()
    section = grow_section(fascicle, drive, START + DAYS, SEED, start_day=START)
    return time.process_time() - processor, time.perf_counter() - clock, section


def missed_by_hours(fascicle, drive, days=40):
    """Sum of |difference| over the sum, by field, after the hour in which cells of ``days`` days make signals."""
    live = begin(fascicle, drive, SEED, START, 1, dict(rules_table()))
    for _ in range(days):
        advance_day(live)
    medium = live.scratch.get("medium", live.ground.medium)
    made = (by_fibres(live) + by_cells(live)) * balance(live)[:, None] * MOLECULES
    made = np.ascontiguousarray(made.reshape(medium.shape))
    clearance = np.zeros((len(FIELDS), 1, 1))
    clearance[ROW["IFNb"]] = live.numbers["uptake_IFNb"] * medium.fluid_um3
    once, _ = advance(medium, live.amount, made, clearance, 3600.0)
    often = live.amount
    for _ in range(6):
        often, _ = advance(medium, often, made, clearance, 600.0)
    return np.abs(once - often).sum((1, 2)) / often.sum((1, 2))


def main():
    course = mf.simulate(mf.load_patient(PATIENT), years=1, seed=7)
    drive = drive_of(course)
    small = make_fascicle(2, 200, 200)
    grow_section(small, drive, START + 2, 0, start_day=START)  # makes the machine code
    rows, misses = [], None
    for side in (500.0, 1000.0):
        fascicle = make_fascicle(SEED, side, side)
        processor, clock, section = grown(fascicle, drive)
        most = max(int(v) for v in sum(section.counts[k] for k in ("CD8", "CD4", "M1", "M2", "SC", "myoblast")))
        entered, sent = section.counts["CD8_entered"].sum(), sent_by_body(section, drive)
        rows.append(
            f"| {side * side * 1e-6:g} | {len(fascicle.fibres)} | {most} | {processor:.0f} | {clock:.0f} | "
            f"{1e3 * processor / DAYS / 144:.2f} | {entered:g} of {sent:.0f} | {account(section)['error']} |"
        )
        if side == 1000.0:
            misses = missed_by_hours(fascicle, drive)
    told = ", ".join(f"{name} {100 * m:.1f} %" for name, m in zip(FIELDS, misses, strict=True))
    load = os.getloadavg()[0]
    RESULT.write_text(
        f"""# Growing a section

`python -m benchmarks.tissue`, {DAYS} days of `{PATIENT}` from day {START}, 10-minute steps, one thread, on
{platform.machine()} with {os.cpu_count()} cores, load {load:.1f} (others were at work on the machine).

| mm^2 | fibres | cells at most | processor s | clock s | ms a step | CD8 entered, sent | cells lost |
| --- | --- | --- | --- | --- | --- | --- | --- |
{chr(10).join(rows)}

Fields take one step an hour. Against six steps of ten minutes from the same cells: {told}
(sum of differences over the sum, after one hour; what is steady is the same in both).
""",
        encoding="utf-8",
    )
    print(RESULT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()

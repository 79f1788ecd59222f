"""Play the rules on a section, day by day, and freeze what a biopsy would find.

    section = grow_section(make_fascicle(7), drive_of(course), day=180, seed=7)

Same fascicle, drive, days and seed: same section to the last bit, with any number of threads.
"""

import numpy as np

from myoflare.base.errors import TissueError
from myoflare.base.streams import stream
from myoflare.tissue.agents import Agents
from myoflare.tissue.checkpoint import fingerprint, read_checkpoint, write_checkpoint
from myoflare.tissue.draws import stream_of
from myoflare.tissue.drive import Drive
from myoflare.tissue.fields import FIELDS
from myoflare.tissue.freeze import freeze, record
from myoflare.tissue.ground import make_ground
from myoflare.tissue.live import HEALTHY, STEPS_A_DAY, STEPS_AN_HOUR, Live
from myoflare.tissue.records import Fascicle
from myoflare.tissue.rules import TIMETABLE
from myoflare.tissue.rules.repair import niche
from myoflare.tissue.section import Section
from myoflare.tissue.tables import rules_table

HISTORY = 180.0  # days that a section is grown for by default
SAVE_EVERY = 10  # days between checkpoints


def grow_section(
    fascicle: Fascicle, drive: Drive, day, seed=0, progress=None, start_day=None, *, threads=1, numbers=None,
    checkpoint=None,
) -> Section:  # fmt: skip
    """The section on ``day`` of the course behind ``drive``.

    Parameters
    ----------
    day, start_day: days of the course; the section is healthy on ``start_day``, by default 180 days before ``day``
        but not before the course begins. Whole days are played.
    progress: called with the share done, 0 to 1.
    threads: at work on cells and fields; the result does not depend on it.
    numbers: values that replace those of ``science/tissue/rules.tsv``, by name.
    checkpoint: path of a file that is written every 10 days; if it is there and belongs to this run, the run goes on
        from it.

    Raises TissueError.
    """
    start = max(float(drive.day[0]), day - HISTORY) if start_day is None else float(start_day)
    numbers = checked(drive, start, day, threads, numbers)
    live = begin(fascicle, drive, seed, start, threads, numbers)
    mark = fingerprint(fascicle, drive, seed, start, numbers)
    if checkpoint is not None:
        read_checkpoint(checkpoint, live, mark)
    last = round(day - start) * STEPS_A_DAY
    while live.step < last:
        advance_day(live)
        record(live)
        if progress:
            progress(live.step / last)
        if checkpoint is not None and live.step % (SAVE_EVERY * STEPS_A_DAY) == 0:
            write_checkpoint(checkpoint, live, mark)
    return freeze(live, seed)


def begin(fascicle, drive, seed, start_day, threads, numbers):
    """Healthy muscle: no cell has come in, satellite cells rest in their niches, signals are where rest leaves them."""
    ground = make_ground(fascicle, drive["muscle_muscle_mass"])
    n, units = len(fascicle.fibres), int(fascicle.capillaries.unit.max(initial=-1)) + 1
    draw = stream(seed, drive.patient, "fibres of a section")
    weakness = np.exp(numbers["resistance_spread"] * draw.standard_normal(n))
    zero = [np.zeros(n) for _ in range(4)]
    live = Live(
        fascicle, ground, drive, numbers, stream_of(seed, drive.patient), threads, Agents(),
        state=np.full(n, HEALTHY, np.uint8), size=np.ones(n), MHC1=zero[0], ISG=zero[1], hits=np.zeros(n, np.int64),
        debris=np.zeros(n), fresh=zero[3], weakness=weakness / weakness.mean(), quiescent=np.zeros(n, np.int64),
        nuclei=np.zeros(n, np.int64), hypoxia=zero[2], lost=np.zeros(units, np.int64),
        amount=np.zeros((len(FIELDS), *ground.medium.wall.shape)), start_day=start_day,
    )  # fmt: skip
    live.quiescent[:] = draw.poisson(niche(live))
    live.body = drive.at(start_day)
    live.refresh()
    record(live)
    return live


def advance_day(live):
    """One day: every rule of the timetable whenever its time has come."""
    for _ in range(STEPS_A_DAY):
        if live.step % STEPS_AN_HOUR == 0:
            live.body = live.drive.at(live.day)
        for rule in TIMETABLE:
            if live.step % rule.every == 0:
                rule.act(live)
        live.step += 1


def checked(drive, start, day, threads, numbers):
    if not drive.day[0] <= start <= day <= drive.day[-1]:
        came = f"from day {start:g} to day {day:g}"
        raise TissueError("day", came, f"days in order, within the course ({drive.day[0]:g} to {drive.day[-1]:g})")
    if not 1 <= threads <= 64:
        raise TissueError("threads", f"{threads!r}", "1 to 64")
    known = dict(rules_table())
    unknown = sorted(set(numbers or {}) - set(known))
    if unknown:
        raise TissueError("numbers", f"unknown name {unknown[0]!r}", "names of science/tissue/rules.tsv")
    return known | dict(numbers or {})

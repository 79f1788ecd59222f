"""Needles of a biopsy: square sections of one person's muscle, each from a place of its own.

A needle is named by its seed: the muscle it meets and every chance in it. So needle 3 of seed 7 is needle 1 of seed 9,
and the same needle of two courses of one person meets the same muscle.
"""

import math
import os
from pathlib import Path

from myoflare.base.errors import TissueError
from myoflare.base.units import DAYS_PER_YEAR
from myoflare.tissue.drive import drive_of
from myoflare.tissue.fascicle import SIZES_UM, make_fascicle
from myoflare.tissue.grow import HISTORY, SAVE_EVERY, grow_section

SIZES_MM2 = tuple(s**2 * 1e-6 for s in SIZES_UM)
MOST_NEEDLES = 100
GB_BASE, GB_PER_MM2, GB_PER_MPIXEL = 0.7, 0.03, 0.17  # measured: sections of 1 and 4 mm^2, pictures of 4 and 16 million


def check_needles(course, day, size_mm2=1.0, needles=1, history_days=HISTORY):
    """TissueError where such a biopsy cannot be taken from ``course``."""
    last = float(course["time"].values[-1])
    if not (math.isfinite(day) and 0 <= day <= last):
        hint = "The course begins with day 0; lengthen it with `myoflare run --years`." if day > last else ""
        raise TissueError("day", f"{day:g}", f"a day of the course, 0 to {last:g}", hint)
    if not SIZES_MM2[0] <= size_mm2 <= SIZES_MM2[1]:
        raise TissueError("size_mm2", f"{size_mm2:g}", f"mm^2 between {SIZES_MM2[0]:g} and {SIZES_MM2[1]:g}")
    if not 1 <= needles <= MOST_NEEDLES:
        raise TissueError("needles", f"{needles!r}", f"1 to {MOST_NEEDLES}")
    if not (math.isfinite(history_days) and history_days >= 1):
        raise TissueError("history", f"{history_days:g}", "days before the biopsy, 1 or more")


def needle_seed(seed, needle):
    """The seed of needle 1, 2, ... of a biopsy."""
    return seed + needle - 1


def needle_days(day, history_days=HISTORY, film=False):
    """Days on which a needle is looked at: the last one alone, or for a film every ten days up to it."""
    start = max(0.0, day - history_days)
    steps = int((day - start) // SAVE_EVERY)
    days = [start + SAVE_EVERY * k for k in range(steps + 1)] if film else []
    return days + [day] if not days or days[-1] < day else days


def biopsy(course, day, *, seed=0, size_mm2=1.0, history_days=HISTORY, progress=None):
    """The ``Section`` of one needle on ``day`` of a course of ``myoflare.simulate``, size in mm^2.

    The muscle is healthy ``history_days`` before, and what the course then did to it is played: two minutes for 1 mm^2
    and 180 days. Same course, day, seed and size: same section. Raises TissueError.
    """
    check_needles(course, day, size_mm2, 1, history_days)
    *_, section = grow_needle(
        course, day, seed=seed, size_mm2=size_mm2, history_days=history_days, progress=progress
    )  # fmt: skip
    return section


def grow_needle(
    course, day, *, seed=0, size_mm2=1.0, history_days=HISTORY, film=False, skip=0, progress=None, threads=1,
    checkpoint=None,
):  # fmt: skip
    """Yield the ``Section`` of one needle on each of ``needle_days``; the last is the biopsy.

    Parameters
    ----------
    course: of ``myoflare.simulate``; sex and age of the muscle are the person's on that day.
    seed: of this needle.
    history_days: the muscle is healthy so long before ``day``, and what the course then did to it is played.
    skip: days of ``needle_days`` to leave out, the first ones; ``checkpoint`` must not be past the next.
    progress: called with the share done, 0 to 1.
    checkpoint: file that is written every ten days, from which a run that was stopped goes on. A film needs one.

    Raises TissueError.
    """
    check_needles(course, day, size_mm2, 1, history_days)
    days = needle_days(day, history_days, film)
    if len(days) > 1 and checkpoint is None:
        raise TissueError("checkpoint", "none", "a file, since a film goes on from frame to frame")
    side, start = 1e3 * math.sqrt(size_mm2), max(0.0, day - history_days)
    sex, age = person_of(course, day)
    fascicle, drive = make_fascicle(seed, side, side, sex=sex, age_years=age), drive_of(course)
    for upto in days[skip:]:
        share = _within(progress, start, upto, day)
        yield grow_section(fascicle, drive, upto, seed, share, start, threads=threads, checkpoint=checkpoint)


def _within(progress, start, upto, day):
    """Progress of one stretch as that of the whole."""
    if progress is None:
        return None
    part = (upto - start) / max(day - start, 1e-9)
    return lambda share: progress(share * part)


def person_of(course, day):
    """Sex, and age in years on ``day``. Raises TissueError where the course does not say who lived it."""
    told = course.attrs
    if "sex" not in told or "age_years" not in told:
        raise TissueError("course", "it does not say whose it is", "a course of myoflare.simulate")
    return str(told["sex"]), float(told["age_years"]) + day / DAYS_PER_YEAR


def memory_gb(size_mm2, pixels):
    """About how much memory a needle takes at most, with a picture of so many pixels."""
    return GB_BASE + GB_PER_MM2 * size_mm2 + GB_PER_MPIXEL * pixels * 1e-6


def check_memory(need_gb, free_gb=None):
    """TissueError where ``need_gb`` is more than this machine has free; no word where it does not tell."""
    free = free_memory_gb() if free_gb is None else free_gb
    if free is not None and need_gb > free:
        came = f"it needs about {need_gb:.1f} GB of memory"
        raise TissueError("size_mm2", came, f"at most the {free:.1f} GB that are free", "Choose a smaller section.")


def free_memory_gb():
    """Memory that is free on this machine and to this process, or None where the system does not tell."""
    found = []
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        found.append(next(int(n.split()[1]) * 1024 for n in lines if n.startswith("MemAvailable")))
    except (OSError, StopIteration, ValueError):
        if hasattr(os, "sysconf") and "SC_AVPHYS_PAGES" in os.sysconf_names:
            found.append(os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    try:  # a container may have less than its machine
        most, used = (Path("/sys/fs/cgroup", n).read_text().strip() for n in ("memory.max", "memory.current"))
        found += [] if most == "max" else [int(most) - int(used)]
    except (OSError, ValueError):
        pass
    return min(found) / 1e9 if found else None

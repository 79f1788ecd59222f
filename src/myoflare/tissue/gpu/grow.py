"""Grow many sections side by side, fields and steps of cells on a GPU, what happens by the hour on the CPU.

    sections = grow_sections([make_fascicle(7), make_fascicle(8)], drives, day=180, seeds=[7, 8])

The timetable is that of ``rules``: everything that is played every step (who enters, attack, crawl) comes at the end of
an hour's rules and is played for six steps at once; ``secrete`` is cut in two, what is made and how it spreads.
"""

import numpy as np

from myoflare.base.errors import TissueError
from myoflare.tissue.freeze import freeze, record
from myoflare.tissue.gpu.cells import Herds
from myoflare.tissue.gpu.device import demand_device
from myoflare.tissue.gpu.fields import Planes
from myoflare.tissue.grow import HISTORY, begin, checked
from myoflare.tissue.live import STEPS_A_DAY, STEPS_AN_HOUR
from myoflare.tissue.rules import STEP, TIMETABLE
from myoflare.tissue.rules.attack import attack
from myoflare.tissue.rules.crawl import crawl
from myoflare.tissue.rules.enter import enter
from myoflare.tissue.rules.secrete import HOUR, TOLERANCE, secrete, sources

NAMES = [rule.act for rule in TIMETABLE]
BEFORE, AFTER = TIMETABLE[: NAMES.index(secrete)], TIMETABLE[NAMES.index(secrete) + 1 : -3]


def grow_sections(fascicles, drives, day, seeds, progress=None, start_day=None, *, numbers=None):
    """Sections as ``grow.grow_section`` returns them, one for each fascicle, drive and seed.

    All have the same size in um; the rest of the arguments are those of ``grow_section``. Raises TissueError, also
    where there is no device.
    """
    demand_device()
    start = max(max(float(d.day[0]) for d in drives), day - HISTORY) if start_day is None else float(start_day)
    for drive in drives:
        known = checked(drive, start, day, 1, numbers)
    lives = [begin(f, d, s, start, 1, known) for f, d, s in zip(fascicles, drives, seeds, strict=True)]
    batch = Batch(lives)
    last = round(day - start) * STEPS_A_DAY
    while lives[0].step < last:
        batch.advance_day()
        for live in lives:
            record(live)
        if progress:
            progress(lives[0].step / last)
    return [freeze(live, seed) for live, seed in zip(lives, seeds, strict=True)]


class Batch:
    """Sections that are played together, in the same step."""

    def __init__(self, lives):
        if NAMES[-3:] != [enter, attack, crawl] or any(rule.every == STEP for rule in BEFORE + AFTER):
            raise TissueError("rules.TIMETABLE", "other rules at every step", "enter, attack and crawl, at the end")
        if len({live.ground.medium.wall.shape for live in lives}) > 1:
            raise TissueError("fascicles", "several sizes", "sections of one size")
        self.lives = lives
        self.planes, self.herds = Planes(len(lives), lives[0].ground.medium), Herds(lives)

    def advance_day(self):
        for _ in range(STEPS_A_DAY // STEPS_AN_HOUR):
            self.advance_hour()

    def advance_hour(self):
        for live in self.lives:
            live.body = live.drive.at(live.day)
            _play(live, BEFORE)
        self.spread()
        for live in self.lives:
            _play(live, AFTER)
        self.herds.play(self.lives, np.array([_entered(live) for live in self.lives], np.int64))
        for live in self.lives:
            live.step += STEPS_AN_HOUR

    def spread(self):
        """What ``secrete`` does, for all sections at once."""
        media, made, clearance = zip(*(sources(live) for live in self.lives), strict=True)
        amounts = [live.amount for live in self.lives]
        after = self.planes.advance(media, amounts, made, clearance, HOUR, TOLERANCE)
        for live, amount in zip(self.lives, after, strict=True):
            live.amount = amount
            live.refresh()


def _play(live, rules):
    for rule in rules:
        if live.step % rule.every == 0:
            rule.act(live)


def _entered(live):
    """Let those in who come in the next six steps; how many cells are there in each, (step,)."""
    number = []
    for _ in range(STEPS_AN_HOUR):
        enter(live)
        number.append(live.cells.n)
        live.step += 1
    live.step -= STEPS_AN_HOUR
    return number

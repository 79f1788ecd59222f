"""The rules of the section, one to a file, and the order in which they are played."""

import sys
from collections.abc import Callable
from dataclasses import dataclass

from myoflare.tissue.live import STEPS_A_DAY, STEPS_AN_HOUR
from myoflare.tissue.rules.attack import attack
from myoflare.tissue.rules.converse import converse
from myoflare.tissue.rules.crawl import crawl, sense
from myoflare.tissue.rules.engulf import engulf
from myoflare.tissue.rules.enter import enter, weigh
from myoflare.tissue.rules.kill import kill
from myoflare.tissue.rules.leave import leave
from myoflare.tissue.rules.present import present
from myoflare.tissue.rules.prune import prune
from myoflare.tissue.rules.repair import divide, fuse, ripen, wake
from myoflare.tissue.rules.respond import respond
from myoflare.tissue.rules.scar import scar
from myoflare.tissue.rules.secrete import secrete
from myoflare.tissue.rules.starve import breathe, shrink
from myoflare.tissue.rules.turn import turn


@dataclass(frozen=True)
class Rule:
    """``act(live)`` is played every ``every`` steps; ``edges`` are those of mechanism.md section 3.2."""

    act: Callable
    every: int
    edges: str

    @property
    def name(self):
        return self.act.__name__

    @property
    def about(self):
        """What the function says after "Every hour:", or the first sentence of its file."""
        said = " ".join((self.act.__doc__ or "").split()).partition(": ")[2]
        return said or self.source.partition(". ")[0] + "."

    @property
    def source(self):
        """What the file says at its top."""
        return " ".join(sys.modules[self.act.__module__].__doc__.split())


STEP, HOUR, DAY = 1, STEPS_AN_HOUR, STEPS_A_DAY
TIMETABLE = (
    Rule(breathe, DAY, "33"),
    Rule(shrink, DAY, "23, 33"),
    Rule(ripen, DAY, "40"),
    Rule(secrete, HOUR, "7, 18, 22, 26, 34, 35, 36, 41"),
    Rule(present, HOUR, "20, 21, 22"),
    Rule(kill, HOUR, "21, 25, 28, 29, 30, 33, 52"),
    Rule(prune, HOUR, "19, 31, 34"),
    Rule(engulf, HOUR, "38"),
    Rule(turn, HOUR, "36, 37"),
    Rule(wake, HOUR, "39"),
    Rule(divide, HOUR, "24, 39, 41"),
    Rule(fuse, HOUR, "24, 40"),
    Rule(scar, HOUR, "41, 42, 43"),
    Rule(respond, HOUR, "18"),
    Rule(converse, HOUR, "13, 14"),
    Rule(leave, HOUR, "17, 42"),
    Rule(weigh, HOUR, "26, 27, 35"),
    Rule(sense, HOUR, "26"),
    Rule(enter, STEP, "26, 27, 35"),
    Rule(attack, STEP, "11, 25"),
    Rule(crawl, STEP, "26"),
)


def timetable(with_sources=False) -> str:
    """The rules in the order in which they are played, as a table."""
    words = {STEP: "10 min", HOUR: "hour", DAY: "day"}
    lines = [f"{r.name:8s}  every {words[r.every]:6s}  edges {r.edges:28s}  {r.about}" for r in TIMETABLE]
    if with_sources:
        lines += ["", *(f"{r.name}: {r.source}" for r in TIMETABLE)]
    return "\n".join(lines)

"""The causal diagram as data: nodes, arrows and loops of ``science/diagram.yaml``, and their activity in a course."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from myoflare.report import reading

_FULL = 2.0  # a node whose state rose this many powers of ten above rest is fully active
_FALL = 0.5  # a node that shows by falling is fully active when this share of it is gone


@dataclass(frozen=True)
class Node:
    """A box of the picture; ``members`` are ids of what it stands for."""

    id: str
    label: str
    at: tuple[float, float]
    members: tuple[str, ...]
    falls: bool = False


@dataclass(frozen=True)
class Arrow:
    """An arrow of the picture; ``edges`` are numbers of ``edges.tsv``."""

    key: str
    source: str
    target: str
    sign: str
    edges: tuple[int, ...]
    switch: str = ""
    loops: tuple[str, ...] = ()
    bend: float = 0.0
    via: tuple[tuple[float, float], ...] = ()
    both: bool = False
    measure: str = ""
    words: float = 0.5
    lift: float = 0.0


@dataclass(frozen=True)
class Diagram:
    """The whole picture as text has it."""

    size: tuple[float, float]
    rooms: tuple[dict, ...]
    loops: tuple[dict, ...]
    nodes: dict[str, Node]
    arrows: tuple[Arrow, ...]


@cache
def read_diagram():
    """The picture of ``science/diagram.yaml``."""
    text = reading.science_text("diagram.yaml")
    nodes = {
        n["id"]: Node(n["id"], n["label"], tuple(n["at"]), tuple(n["members"]), n.get("falls", False))
        for n in text["nodes"]
    }
    arrows = tuple(_arrow(i, e) for i, e in enumerate(text["edges"]))
    return Diagram(tuple(text["size"]), tuple(text["rooms"]), tuple(text["loops"]), nodes, arrows)


def _arrow(number, e):
    loops = e.get("loop", [])
    return Arrow(
        key=f"{number}:{e['from']}>{e['to']}",
        source=e["from"],
        target=e["to"],
        sign=e["sign"],
        edges=tuple(e["edges"]),
        switch=e.get("switch", ""),
        loops=tuple([loops] if isinstance(loops, str) else loops),
        bend=float(e.get("bend", 0)),
        via=tuple(tuple(p) for p in e.get("via", [])),
        both=e.get("both", False),
        measure=e.get("measure", ""),
        words=float(e.get("words", 0.5)),
        lift=float(e.get("lift", 0)),
    )


def missing_members(model):
    """``(node, member)`` pairs of the picture whose member is no part of ``model``."""
    known = {e.id for group in (model.species, model.rules, model.observables, model.parameters) for e in group}
    return [(n.id, m) for n in read_diagram().nodes.values() for m in n.members if m not in known]


def activity_at(course, day):
    """How active each node and arrow is at ``day``, 0 to 1, by node id and arrow key.

    A node counts how many powers of ten its most risen member stands above its value at the start (two or
    more is 1).
    An arrow with a measure counts its share of all fibre death; any other, the geometric mean of what it joins.
    """
    picture = read_diagram()
    at = int(np.argmin(np.abs(reading.days(course) - day)))
    nodes = {
        n.id: max((_risen(course, m, at, n.falls) for m in n.members if m in course), default=0.0)
        for n in picture.nodes.values()
    }
    total = sum(max(float(course[m].values[at]), 0.0) for m in _measures(course))
    arrows = {}
    for arrow in picture.arrows:
        if arrow.measure in course:
            mine = max(float(course[arrow.measure].values[at]), 0.0) / total if total > 0 else 0.0
            arrows[arrow.key] = min(np.sqrt(mine), nodes["death"] * 1.5, 1.0)
        else:
            source = nodes[arrow.source]
            arrows[arrow.key] = source if not picture.nodes[arrow.source].members else min(source, _reach(nodes, arrow))
    return nodes | arrows


def _reach(nodes, arrow):
    """A restraining arrow is as active as its source; a driving one needs both ends, so blocked paths stay thin."""
    return nodes[arrow.source] if arrow.sign == "-" else np.sqrt(nodes[arrow.source] * nodes[arrow.target])


def _measures(course):
    return [str(n) for n in course.data_vars if str(n).startswith("muscle_death_")]


def _risen(course, name, at, falls):
    values = np.asarray(course[name].values, float)
    rest, now = float(values[0]), float(values[at])
    top = float(np.nanmax(values))
    if falls:
        return float(np.clip((rest - now) / (_FALL * rest), 0, 1)) if rest > 0 else 0.0
    floor = max(rest, 1e-4 * top)
    return float(np.clip(np.log10(max(now, 1e-300) / floor) / _FULL, 0, 1)) if floor > 0 else 0.0


def loop_strength(activity):
    """Each loop's weakest arrow, 0 to 1: a loop runs only as well as its weakest link.

    Killing arrows of a loop are alternatives, so the strongest of them stands for all.
    """
    picture, strengths = read_diagram(), {}
    for loop in picture.loops:
        mine = [a for a in picture.arrows if loop["id"] in a.loops]
        kills = [activity[a.key] for a in mine if a.measure]
        links = [activity[a.key] for a in mine if not a.measure and a.target not in ("MAC",)]
        strengths[loop["id"]] = float(min([*links, *([max(kills)] if kills else [])], default=0.0))
    return strengths

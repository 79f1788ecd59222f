"""Cells crawl from place to place, up a gradient, with a direction that they keep for a while, where there is room.

In each round every cell that has a step left names a place, from the same picture of the section; then the steps are
taken. Where more want a place than find room, only the lowest key of the round goes. So no order
counts, and no thread.
Source: speed, persistence and bias of Getz 2021 (pc4covid), doi:10.1101/2020.04.02.019075; numbers in ``rules.tsv``.
"""

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import njit

from myoflare.simulate.stochastic.random import process_word
from myoflare.tissue.agents import FAP, KINDS, M1, M2, MONOCYTE, MYOBLAST, NEUTROPHIL, PDC, RESTING, SC
from myoflare.tissue.draws import four
from myoflare.tissue.ground import INSIDE
from myoflare.tissue.live import GAP, NECROTIC

ROUNDS = 8
SMALL = 100  # cells below which a second thread costs more than it helps
FOLLOWS = {"CXCL10": 0, "CCL2": 1, "HGF": 2, None: 3}
SPEEDS = {PDC: "pDC", MONOCYTE: "M1", M1: "M1", M2: "M1", NEUTROPHIL: "neutrophil", FAP: "FAP", SC: "SC"}
SPEEDS[MYOBLAST] = "SC"
CALLED_BY = {MONOCYTE: "CCL2", M1: "CCL2", M2: "CCL2", NEUTROPHIL: "CCL2", FAP: None, SC: "HGF", MYOBLAST: "HGF"}
ENTERS_DEAD = np.array([k in (M1, M2, NEUTROPHIL, SC, MYOBLAST) for k in range(len(KINDS))])
DIAGONAL = 0.7071
MIX = np.uint64(0x9E3779B97F4A7C15)
TURN = np.uint64(0xD1B54A32D192ED03)
PROCESS = process_word("crawl")


def crawl(live):
    """Every step: each cell its steps of 8 um."""
    cells, ground, scratch = live.cells, live.ground, live.scratch
    if "pace" not in scratch:
        scratch["pace"] = _paces(live.numbers, ground.medium.pitch)
        scratch["crowd"] = np.zeros((2, len(ground)), np.int32)
        scratch["lowest"] = np.zeros(len(ground), np.uint64)
    pace, keep, follows = scratch["pace"]
    if "occupancy" not in scratch:
        sense(live)
    n = cells.n
    target, way = np.full(n, -1, np.int32), np.zeros(n, np.int8)
    enterable = (live.state == NECROTIC) | (live.state == GAP)
    fixed = (
        live.stream, live.step, cells.kind, cells.state, cells.site, cells.heading, cells.key, pace, keep, follows,
        scratch["occupancy"], live.numbers["bias"], ground.zone, ground.owner, ground.step, enterable, ENTERS_DEAD,
    )  # fmt: skip
    rounds = min(ROUNDS, int(np.ceil(pace[np.unique(cells.kind[:n])].max()))) if n else 0
    crowd, most = scratch["crowd"], int(live.numbers["crowd"])
    _census(n, cells.site, crowd[0])
    for turn in range(rounds):
        _in_parts(live, n, lambda a, b, turn=turn: propose(a, b, turn, np.zeros(8), target, way, *fixed))
        settle(n, turn, live.step, target, way, cells.site, cells.heading, cells.key, crowd, scratch["lowest"], most)


def sense(live):
    """Once an hour: share of receptors taken at each place, (4, place); the last row is for cells that follow none."""
    n = live.numbers
    out = np.zeros((4, len(live.ground)))
    for name, row in FOLLOWS.items():
        if name:
            out[row] = live.signal[name] / (live.signal[name] + n[f"K_{name}_crawl"])
    live.scratch["occupancy"] = out


def _paces(numbers, pitch):
    """Steps of one place in a step of time, chance to keep the direction, and the signal, by kind."""
    speed = np.array([numbers["speed_" + SPEEDS.get(k, "CD8")] for k in range(len(KINDS))])
    keep = np.exp(-(pitch / speed) / numbers["persistence"])
    follows = np.array([FOLLOWS[CALLED_BY.get(k, "CXCL10")] for k in range(len(KINDS))])
    return np.minimum(speed * numbers["step"] / pitch, ROUNDS), keep, follows


def _in_parts(live, n, work):
    """Do ``work(first, last)`` for all cells, in as many parts as there are threads; small sections in one."""
    if live.threads == 1 or n < SMALL:
        work(0, n)
        return
    if "pool" not in live.scratch:
        live.scratch["pool"] = ThreadPoolExecutor(live.threads)
    edges = np.linspace(0, n, live.threads + 1).astype(int)
    list(live.scratch["pool"].map(work, edges[:-1], edges[1:]))


@njit(cache=True, nogil=True)
def propose(
    first, last, turn, weight, target, way, stream, step, kind, state, site, heading, key, pace, keep, follows,
    occupancy, bias, zone, owner, neighbour, enterable, enters_dead,
):  # fmt: skip
    """``weight`` (8,) is room to work in: on a GPU a thread must bring its own."""
    for k in range(first, last):
        target[k] = -1
        if state[k] != RESTING:
            continue
        what, here = kind[k], site[k]
        steps = pace[what] - turn
        if steps <= 0.0:
            continue
        u = four(stream, PROCESS, step, key[k], turn)
        if u[0] >= steps:
            continue
        row = follows[what]
        total = 0.0
        for d in range(8):
            weight[d] = 0.0
            to = neighbour[here, d]
            if to < 0:
                continue
            if zone[to] == INSIDE:
                f = owner[to]
                inside_too = zone[here] == INSIDE and owner[here] == f
                if f < 0 or not ((enterable[f] and enters_dead[what]) or inside_too):
                    continue
            w = math.exp(bias * (occupancy[row, to] - occupancy[row, here]))
            weight[d] = w if d % 2 == 0 else DIAGONAL * w
            total += weight[d]
        if total == 0.0:
            continue
        chosen = heading[k]
        if chosen < 0 or weight[chosen] == 0.0 or u[1] >= keep[what]:
            left, chosen = u[2] * total, 7
            for d in range(8):
                left -= weight[d]
                if left < 0.0:
                    chosen = d
                    break
            while weight[chosen] == 0.0:  # rounding can leave the last way, which may be shut
                chosen -= 1
        target[k], way[k] = neighbour[here, chosen], chosen


@njit(cache=True)
def rank(key, step, turn):
    """What decides among cells that want one place: another order in each round."""
    return (np.uint64(key) * MIX) ^ ((np.uint64(step) * np.uint64(16) + np.uint64(turn)) * TURN)


@njit(cache=True)
def goes(there, wanted, most, first):
    """Whether a cell finds room at a place where ``there`` cells are and ``wanted`` want to be; ``first`` of them?"""
    room = most - there
    return wanted <= room or (room > 0 and first)


@njit(cache=True)
def settle(n, turn, step, target, way, site, heading, key, crowd, lowest, most):
    """Take the steps that were named. ``crowd`` holds who is there and who wants to come, by place."""
    for k in range(n):
        if target[k] >= 0:
            t = target[k]
            mark = rank(key[k], step, turn)
            if crowd[1, t] == 0 or mark < lowest[t]:
                lowest[t] = mark
            crowd[1, t] += 1
    for k in range(n):
        if target[k] < 0:
            continue
        t = target[k]
        if goes(crowd[0, t], crowd[1, t], most, rank(key[k], step, turn) == lowest[t]):
            site[k], heading[k] = t, way[k]
        else:
            target[k] = -2 - t
            heading[k] = -1
    for k in range(n):
        if target[k] <= -2:
            crowd[1, -2 - target[k]] = 0
        elif target[k] >= 0:
            crowd[1, target[k]] = 0
    crowd[0, :] = 0
    for k in range(n):
        crowd[0, site[k]] += 1


@njit(cache=True)
def _census(n, site, crowd):
    crowd[:] = 0
    for k in range(n):
        crowd[site[k]] += 1

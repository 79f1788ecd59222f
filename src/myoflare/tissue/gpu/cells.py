"""An hour of attack and crawl of every section: a block of threads to a section, a thread to every so many cells.

The rules are those of ``rules.attack`` and ``rules.crawl``, the same functions; draws are counted by cell and step.
Only integers are shared between threads, by additions and least values, so no order counts. The one rule in which order
does count on the CPU, that a cell sees the hits of those before it, is kept: later hits are taken off again.
Cells that come in during the hour are known beforehand, since who enters does not depend on who is there.
"""

import numpy as np
from numba import cuda, float64

from myoflare.tissue.agents import RESTING
from myoflare.tissue.draws import four
from myoflare.tissue.gpu.device import THREADS, device, up
from myoflare.tissue.ground import INSIDE
from myoflare.tissue.live import GAP, NECROTIC, STEPS_AN_HOUR
from myoflare.tissue.rules.attack import PROCESS, go_on, hold_on, on_duty, strikes, terms
from myoflare.tissue.rules.crawl import ENTERS_DEAD, ROUNDS, _paces, goes, propose, rank

OFF_DUTY, MISSED = -2, -1  # in place of the fibre that a cell hit
NOBODY = np.uint64(0xFFFFFFFFFFFFFFFF)
COLUMNS = ("kind", "state", "site", "heading", "fibre", "memory", "key")
WRITTEN = ("kind", "state", "site", "heading", "fibre")
_propose, _hold_on, _go_on = device(propose), device(hold_on), device(go_on)


def padded(arrays, fill=0):
    """Arrays of different lengths as rows of one, (section, longest)."""
    out = np.full((len(arrays), max(1, *(len(a) for a in arrays)), *arrays[0].shape[1:]), fill, arrays[0].dtype)
    for row, a in zip(out, arrays, strict=True):
        row[: len(a)] = a
    return out


class Herds:
    """The cells of many sections; what stays lies on the device, what moves is sent and fetched every hour."""

    def __init__(self, lives):
        ground, numbers = [one.ground for one in lives], lives[0].numbers
        lists = [n for pair in ("touch", "rim") for n in ((pair, "start"), (pair, "index"))]
        fixed = [np.stack([getattr(g, n) for g in ground]) for n in ("zone", "owner", "step")]
        fixed += [padded([np.asarray(getattr(getattr(g, a), b)) for g in ground]) for a, b in lists]
        self.ground = up(*fixed)
        self.paces = _paces(numbers, ground[0].medium.pitch)
        self.fixed = up(np.stack([one.stream for one in lives]), *self.paces, ENTERS_DEAD)
        self.numbers = (float(numbers["bias"]), int(numbers["crowd"]), int(numbers["invade_hits"]))
        places = len(ground[0])
        self.crowd = cuda.to_device(np.zeros((len(lives), 2, places), np.int32))
        self.lowest = cuda.to_device(np.full((len(lives), places), NOBODY))

    def play(self, lives, number):
        """Six steps of attack and crawl; ``number`` (section, step) cells are there in each."""
        cells = {name: padded([getattr(one.cells, name)[: one.cells.n] for one in lives]) for name in COLUMNS}
        moving = dict(zip(COLUMNS, up(*cells.values()), strict=True))
        shown, chances = zip(*(terms(one) for one in lives), strict=True)
        fibres = [shown, [one.hits for one in lives], [(one.state == NECROTIC) | (one.state == GAP) for one in lives]]
        shown, hits, enterable = up(*(padded(list(f)) for f in fibres))
        fast = max([self.paces[0][one.cells.kind[: one.cells.n]].max(initial=0.0) for one in lives])
        made = cuda.to_device(np.zeros((len(lives), 2), np.int64))
        target, way, struck = (cuda.device_array(cells["site"].shape, t) for t in (np.int32, np.int8, np.int32))
        _play[len(lives), THREADS](
            *up(number), lives[0].step, min(ROUNDS, int(np.ceil(fast))), *self.fixed, *moving.values(), *self.ground,
            *up(np.stack([one.scratch["occupancy"] for one in lives])), shown, hits, enterable, *up(np.stack(chances)),
            *self.numbers, target, way, struck, self.crowd, self.lowest, made,
        )  # fmt: skip
        back, hits, made = (
            {name: moving[name].copy_to_host() for name in WRITTEN},
            hits.copy_to_host(),
            made.copy_to_host(),
        )
        for s, one in enumerate(lives):
            for name in WRITTEN:
                getattr(one.cells, name)[: one.cells.n] = back[name][s, : one.cells.n]
            one.hits[:] = hits[s, : len(one.hits)]
            one.count("hits", int(made[s, 0]))
            one.count("settled", int(made[s, 1]))


@cuda.jit
def _play(
    number, first, rounds, streams, pace, keep, follows, enters_dead, kind, state, site, heading, fibre, memory, key,
    zone, owner, neighbour, touch_start, touch, rim_start, rim, occupancy, shown, hits, enterable, chances, bias, most,
    invade_hits, target, way, struck, crowd, lowest, made,
):  # fmt: skip
    s = cuda.blockIdx.x
    stream = (streams[s, 0], streams[s, 1])
    weight = cuda.local.array(8, float64)
    for m in range(STEPS_AN_HOUR):
        n, step = number[s, m], first + m
        _strike(n, stream, step, kind[s], state[s], site[s], fibre[s], memory[s], key[s], touch_start[s], touch[s],
                shown[s], hits, chances[s], struck[s], made)  # fmt: skip
        _go(n, stream, step, kind[s], state[s], site[s], fibre[s], key[s], zone[s], owner[s], neighbour[s],
            rim_start[s], rim[s], shown[s], hits[s], chances[s], invade_hits, struck[s], made)  # fmt: skip
        _census(n, site[s], crowd)
        for turn in range(rounds):
            for k in range(cuda.threadIdx.x, n, cuda.blockDim.x):
                _propose(k, k + 1, turn, weight, target[s], way[s], stream, step, kind[s], state[s], site[s],
                         heading[s], key[s], pace, keep, follows, occupancy[s], bias, zone[s], owner[s], neighbour[s],
                         enterable[s], enters_dead)  # fmt: skip
            cuda.syncthreads()
            _settle(n, turn, step, target[s], way[s], site[s], heading[s], key[s], crowd, lowest, most)


@cuda.jit(device=True)
def _strike(n, stream, step, kind, state, site, fibre, memory, key, touch_start, touch, shown, hits, chances, struck,
            made):  # fmt: skip
    """Cells without a fibre look for one, those with one hit it; ``struck`` keeps what each has hit."""
    s = cuda.blockIdx.x
    for k in range(cuda.threadIdx.x, n, cuda.blockDim.x):
        struck[k] = OFF_DUTY
        if not on_duty(kind[k], memory[k], state[k]):
            continue
        u = four(stream, PROCESS, step, key[k], 0)
        if state[k] == RESTING:
            _hold_on(k, u, state, site, fibre, touch_start, touch, shown, chances)
            continue
        struck[k] = MISSED
        f = fibre[k]
        if strikes(u[0], kind[k], shown[f], chances[2], chances[3]):
            struck[k] = f
            cuda.atomic.add(hits, (s, f), 1)
            cuda.atomic.add(made, (s, 0), 1)
    cuda.syncthreads()


@cuda.jit(device=True)
def _go(n, stream, step, kind, state, site, fibre, key, zone, owner, neighbour, rim_start, rim, shown, hits, chances,
        invade_hits, struck, made):  # fmt: skip
    s = cuda.blockIdx.x
    for k in range(cuda.threadIdx.x, n, cuda.blockDim.x):
        if struck[k] == OFF_DUTY:
            continue
        u = four(stream, PROCESS, step, key[k], 0)
        f = fibre[k]
        seen = hits[f]
        if seen >= invade_hits and u[3] < chances[5] and zone[site[k]] != INSIDE:
            for later in range(k + 1, n):
                if struck[later] == f:
                    seen -= 1
        if _go_on(k, u, seen, kind, state, site, fibre, zone, owner, neighbour, rim_start, rim, shown, chances,
                  invade_hits):  # fmt: skip
            cuda.atomic.add(made, (s, 1), 1)
    cuda.syncthreads()


@cuda.jit(device=True)
def _census(n, site, crowd):
    s = cuda.blockIdx.x
    for p in range(cuda.threadIdx.x, crowd.shape[2], cuda.blockDim.x):
        crowd[s, 0, p] = 0
    cuda.syncthreads()
    for k in range(cuda.threadIdx.x, n, cuda.blockDim.x):
        cuda.atomic.add(crowd, (s, 0, site[k]), 1)
    cuda.syncthreads()


@cuda.jit(device=True)
def _settle(n, turn, step, target, way, site, heading, key, crowd, lowest, most):
    """As ``rules.crawl.settle``: all who want a place are counted before any of them is let in."""
    s = cuda.blockIdx.x
    for k in range(cuda.threadIdx.x, n, cuda.blockDim.x):
        if target[k] >= 0:
            cuda.atomic.add(crowd, (s, 1, target[k]), 1)
            cuda.atomic.min(lowest, (s, target[k]), rank(key[k], step, turn))
    cuda.syncthreads()
    for k in range(cuda.threadIdx.x, n, cuda.blockDim.x):
        t = target[k]
        if t >= 0:
            first = rank(key[k], step, turn) == lowest[s, t]
            if not goes(crowd[s, 0, t], crowd[s, 1, t], most, first):
                target[k] = -2 - t
    cuda.syncthreads()
    for k in range(cuda.threadIdx.x, n, cuda.blockDim.x):
        t = target[k]
        if t == -1:
            continue
        wanted = t if t >= 0 else -2 - t
        crowd[s, 1, wanted], lowest[s, wanted] = 0, NOBODY
        if t >= 0:
            cuda.atomic.add(crowd, (s, 0, site[k]), -1)
            cuda.atomic.add(crowd, (s, 0, t), 1)
            site[k], heading[k] = t, way[k]
        else:
            heading[k] = -1
    cuda.syncthreads()

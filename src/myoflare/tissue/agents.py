"""Cells one by one: a structure of arrays with room to spare, which grows when it is full and loses nobody.

Kinds are those of ``states.CELL_KINDS``, and one more, a satellite cell that is committed to fuse (myoblast).
"""

from dataclasses import dataclass, field, fields

import numpy as np
from numba import njit

from myoflare.tissue.states import CELL_KINDS

CD8, TRM, CD4, TREG, B, PLASMA, PDC, MONOCYTE, M1, M2, NEUTROPHIL, FAP, SC = range(len(CELL_KINDS))
MYOBLAST = len(CELL_KINDS)
KINDS = (*CELL_KINDS, "myoblast")
RESTING, ACTIVE, DIVIDING, DYING = range(4)
PLACED, OVERFLOW = 0, 1  # status of ``place``
ROOM = 256  # cells at first


def _array(dtype):
    return field(default_factory=lambda: np.zeros(ROOM, dtype))


@dataclass
class Agents:
    """The first ``n`` entries live. ``site`` is the place, ``heading`` the direction of the last step or -1, ``fibre``
    the fibre that a cell holds on to or -1, ``clock`` steps that something still takes, ``memory`` what a kind needs
    to remember (whether a CD8 cell knows the fibre; what a macrophage has eaten), ``key`` the name of the cell."""

    n: int = 0
    next_key: int = 1
    kind: np.ndarray = _array(np.uint8)
    state: np.ndarray = _array(np.uint8)
    site: np.ndarray = _array(np.int32)
    heading: np.ndarray = _array(np.int8)
    fibre: np.ndarray = _array(np.int32)
    clock: np.ndarray = _array(np.int32)
    memory: np.ndarray = _array(np.int32)
    key: np.ndarray = _array(np.uint32)

    def columns(self):
        return tuple(getattr(self, f.name) for f in fields(self)[2:])

    def grow(self):
        for f in fields(self)[2:]:
            old = getattr(self, f.name)
            setattr(self, f.name, np.concatenate([old, np.zeros(len(old), old.dtype)]))

    def add(self, kind, site, fibre, memory):
        """New cells, arrays of equal length; the buffer grows until all are in."""
        done, total = 0, len(site)
        kind, fibre, memory = (np.broadcast_to(np.asarray(a, np.int32), total) for a in (kind, fibre, memory))
        while True:
            status, placed = place(self.n, self.next_key, *self.columns(), kind, site, fibre, memory, done)
            self.n += placed
            self.next_key += placed
            done += placed
            if status == PLACED:
                return
            self.grow()

    def remove(self, gone):
        """Take out the cells marked in ``gone`` (n,); the others keep their order."""
        self.n = compact(self.n, *self.columns(), gone)

    def number(self, kind):
        return int((self.kind[: self.n] == kind).sum())

    def at(self, count, *kinds):
        """Cells of these kinds at each of ``count`` places."""
        mine = np.isin(self.kind[: self.n], kinds)
        return np.bincount(self.site[: self.n][mine], minlength=count)


@njit(cache=True)
def place(n, next_key, kind, state, site, heading, fibre, clock, memory, key, kinds, sites, fibres, memories, done):
    """Write new cells from number ``done`` on; the status and how many found room."""
    placed = 0
    for m in range(done, len(sites)):
        k = n + placed
        if k == len(site):
            return OVERFLOW, placed
        kind[k], state[k], site[k], heading[k] = kinds[m], RESTING, sites[m], -1
        fibre[k], clock[k], memory[k], key[k] = fibres[m], 0, memories[m], next_key + placed
        placed += 1
    return PLACED, placed


@njit(cache=True)
def compact(n, kind, state, site, heading, fibre, clock, memory, key, gone):
    m = 0
    for k in range(n):
        if gone[k]:
            continue
        if m != k:
            kind[m], state[m], site[m], heading[m] = kind[k], state[k], site[k], heading[k]
            fibre[m], clock[m], memory[m], key[m] = fibre[k], clock[k], memory[k], key[k]
        m += 1
    return m

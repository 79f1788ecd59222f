"""Sparse LU of a matrix whose pattern is known beforehand: who fills in, and the list of operations."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Elimination:
    """Gaussian elimination of one sparse pattern as index lists, in the order in which they must be done.

    Entry ``slot`` numbers run over ``entries`` = (row, column) of L and U together, diagonal included. For pivot k,
    rows ``[pivots[k], pivots[k + 1])`` of ``lower`` hold (slot of L entry); each such row r has its updates at
    ``[starts[r], starts[r + 1])`` of ``target`` and ``source``: entry[target] -= L * entry[source]. ``order`` is the
    order of pivots. ``forward`` and ``backward`` hold (row, slot, column) for the two triangular solves; a backward
    row ends with (row, slot of diagonal, row).
    """

    order: np.ndarray
    entries: np.ndarray
    diagonal: np.ndarray
    pivots: np.ndarray
    lower: np.ndarray
    starts: np.ndarray
    target: np.ndarray
    source: np.ndarray
    forward: np.ndarray
    backward: np.ndarray

    @property
    def operations(self) -> int:
        """Multiply-adds of one factorisation."""
        return len(self.target) + len(self.lower)


def eliminate(n: int, pattern: Iterable[tuple[int, int]]) -> Elimination:
    """Plan the elimination of an ``n`` by ``n`` matrix with nonzeros at ``pattern`` and on the whole diagonal.

    The pivot is the diagonal entry with the fewest possible fill-ins at each step (Markowitz 1957,
    doi:10.1287/mnsc.3.3.255). No pivoting by size: the matrix is 1/(gamma h) - J, whose diagonal the step size rules.
    """
    rows = [{i} for i in range(n)]
    for i, j in pattern:
        rows[i].add(j)
    order = _markowitz(rows)
    place = {k: position for position, k in enumerate(order)}
    entries = [(i, j) for i in order for j in sorted(rows[i], key=place.get)]
    slot = {entry: s for s, entry in enumerate(entries)}
    pivots, lower, starts, target, source = [0], [], [0], [], []
    for k in order:
        right = [j for j in sorted(rows[k], key=place.get) if place[j] > place[k]]
        for i in order[place[k] + 1 :]:
            if k in rows[i]:
                lower.append(slot[i, k])
                target += [slot[i, j] for j in right]
                source += [slot[k, j] for j in right]
                starts.append(len(target))
        pivots.append(len(lower))
    forward, backward = [], []
    for i in order:
        forward += [(i, slot[i, j], j) for j in sorted(rows[i], key=place.get) if place[j] < place[i]]
    for i in reversed(order):
        backward += [(i, slot[i, j], j) for j in sorted(rows[i], key=place.get) if place[j] > place[i]]
        backward.append((i, slot[i, i], i))
    return Elimination(
        order=np.array(order, np.int64), entries=_table(entries, 2),
        diagonal=np.array([slot[k, k] for k in order], np.int64),
        pivots=np.array(pivots), lower=np.array(lower, np.int64), starts=np.array(starts),
        target=np.array(target, np.int64), source=np.array(source, np.int64),
        forward=_table(forward, 3), backward=_table(backward, 3),
    )  # fmt: skip


def _markowitz(rows: list[set[int]]) -> list[int]:
    """Order of pivots; ``rows`` gains the fill-in."""
    columns = [{i for i, row in enumerate(rows) if j in row} for j in range(len(rows))]
    waiting, order = set(range(len(rows))), []
    while waiting:
        k = min(waiting, key=lambda k: ((len(rows[k] & waiting) - 1) * (len(columns[k] & waiting) - 1), k))
        waiting.discard(k)
        order.append(k)
        right = rows[k] & waiting
        for i in columns[k] & waiting:
            rows[i] |= right
            for j in right:
                columns[j].add(i)
    return order


def _table(rows: list[tuple], width: int) -> np.ndarray:
    return np.array(rows, np.int64).reshape(-1, width)

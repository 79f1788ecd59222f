"""Looking over a map once: borders, corners, neighbours, in machine code for maps of 25 million pixels."""

import numpy as np
from numba import njit

from myoflare.tissue.records import Neighbours


@njit(cache=True)
def junctions(cell):
    """Pixel corners where at least three fibres meet, and pixel sides between just two: (j, i, is_corner) rows.

    A corner (j, i) lies between the pixels (j - 1, i - 1) and (j, i).
    """
    rows = []
    for j in range(1, cell.shape[0]):
        for i in range(1, cell.shape[1]):
            a, b, c, d = cell[j - 1, i - 1], cell[j - 1, i], cell[j, i - 1], cell[j, i]
            if min(a, b, c, d) <= 0 or (a == b and a == c and a == d):
                continue
            kinds = 1 + (b != a) + (c != a and c != b) + (d != a and d != b and d != c)
            rows.append((j, i, 1 if kinds > 2 else 0))
    return rows


@njit(cache=True)
def thin(x, y, least, most, taken_x, taken_y, width, height):
    """Indices of at most ``most`` points, taken in the order given, none nearer than ``least`` to another or to those
    taken before."""
    nx, ny = int(width / least) + 2, int(height / least) + 2
    head, after = np.full((ny, nx), -1), np.full(len(x) + len(taken_x), -1)
    keep = np.empty(min(most, len(x)), np.int64)
    n = 0
    for m in range(len(taken_x) + len(x)):
        old = m < len(taken_x)
        k = m - len(taken_x)
        px, py = (taken_x[m], taken_y[m]) if old else (x[k], y[k])
        ci, cj = int(px / least), int(py / least)
        free = True
        if not old:
            if n == len(keep):
                break
            for jj in range(max(cj - 1, 0), min(cj + 2, ny)):
                for ii in range(max(ci - 1, 0), min(ci + 2, nx)):
                    other = head[jj, ii]
                    while other >= 0:
                        ox = taken_x[other] if other < len(taken_x) else x[other - len(taken_x)]
                        oy = taken_y[other] if other < len(taken_x) else y[other - len(taken_x)]
                        free &= (px - ox) ** 2 + (py - oy) ** 2 >= least**2
                        other = after[other]
        if free:
            after[m] = head[cj, ci]
            head[cj, ci] = m
            if not old:
                keep[n] = k
                n += 1
    return keep[:n]


@njit(cache=True)
def sides(cell):
    """Pairs of fibres (a < b) on the two sides of every pixel side between two fibres, as one number a * 2**32 + b."""
    found = []
    for j in range(cell.shape[0]):
        for i in range(cell.shape[1]):
            a = cell[j, i]
            if a <= 0:
                continue
            b = cell[j, i + 1] if i + 1 < cell.shape[1] else 0
            if b > 0 and b != a:
                found.append(np.int64(min(a, b)) * 2**32 + max(a, b))
            b = cell[j + 1, i] if j + 1 < cell.shape[0] else 0
            if b > 0 and b != a:
                found.append(np.int64(min(a, b)) * 2**32 + max(a, b))
    return np.array(found)


@njit(cache=True)
def rims(label, depth, band):
    """Pixels of fibres within ``band`` um of their outline: rows, columns."""
    rows, columns = [], []
    for j in range(1, label.shape[0] - 1):
        for i in range(1, label.shape[1] - 1):
            if label[j, i] > 0 and depth[j, i] < band:
                rows.append(j)
                columns.append(i)
    return np.array(rows), np.array(columns)


def touching(cell, count, least_pixels=3):
    """Neighbours of each fibre: those that share at least ``least_pixels`` pixel sides of endomysium with it."""
    pairs, length = np.unique(sides(cell), return_counts=True)
    pairs = pairs[length >= least_pixels]
    a, b = (pairs >> 32) - 1, (pairs & (2**32 - 1)) - 1
    return listed(np.concatenate([a, b]), np.concatenate([b, a]), count)


def listed(owner, what, count):
    """``Neighbours`` of ``count`` owners from pairs, each list in rising order."""
    order = np.lexsort((what, owner))
    start = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=count))])
    return Neighbours(start.astype(np.int64), what[order].astype(np.int32))

"""Outlines of fibres: rounded polygons with endomysium between them and perimysium around their bundles.

Each fascicle is a cell of a power diagram, each fibre a cell of a second one inside it. For a point in the cell of site
k, ``(p_j - p_k) / (2 |s_j - s_k|)`` is its distance to the edge shared with site j, where ``p`` is the power distance
(Aurenhammer 1987, doi:10.1137/0216006). The least of these is the distance to a sharp polygon; the soft least,
``-r log sum exp(-d / r)``, is the distance to the same polygon with round corners. That distance is smooth, so the
same plan can be painted at the pitch of the cells or of the microscope.
"""

import numpy as np
from numba import njit

from myoflare.tissue.records import Plan

BUCKET, BUNDLE_BUCKET = 110.0, 1000.0  # um; a cell must not reach further than its bucket and the eight around it
FAR = 1e3
MOST = 512  # sites that nine buckets can hold
STRIP = 256  # rows painted at a time
FAINT = 12.0  # an edge this many radii further off than the nearest adds less than a hundred-thousandth to the sum


def paint(plan: Plan, x0: float, y0: float, nx: int, ny: int, pitch: float):
    """``cell``, ``depth`` (ny, nx) of a window with corner (x0, y0): the site that owns a pixel (from 1, perimysium
    -1) and the distance in um to the outline, positive inside the fibre, in the perimysium that to its border."""
    cell, depth = np.empty((ny, nx), np.int32), np.empty((ny, nx), np.float32)
    for j in range(0, ny, STRIP):  # a square centimetre at once would need gigabytes
        ground = lay(plan, x0, y0 + j * pitch, nx, min(STRIP, ny - j), pitch)
        cell[j : j + STRIP], depth[j : j + STRIP] = fill(plan, ground)
    return cell, depth


def lay(plan: Plan, x0, y0, nx, ny, pitch):
    """What fibres are painted on, (4, ny, nx): the displaced place of each pixel, its fascicle (-1 in the perimysium)
    and its distance to the border of the fascicle."""
    ground = np.empty((4, ny, nx), np.float32)
    place = _buckets(plan.bundle_x, plan.bundle_y, BUNDLE_BUCKET)
    widths = np.array([plan.perimysium, plan.perimysium_radius])
    weights = plan.bundle_x, plan.bundle_y, plan.bundle_weight
    _lay(ground, float(x0), float(y0), float(pitch), widths, plan.waves, *weights, *place)
    return ground


def fill(plan: Plan, ground):
    """``cell``, ``depth`` of the fibres of ``plan`` on a ground that ``lay`` laid."""
    cell, depth = np.zeros(ground.shape[1:], np.int32), np.zeros(ground.shape[1:], np.float32)
    place = _buckets(plan.site_x, plan.site_y, BUCKET)
    sites = plan.site_x, plan.site_y, plan.site_weight, plan.site_bundle
    _fill(cell, depth, ground, plan.endomysium, plan.corner_radius, *sites, *place)
    return cell, depth


def carve(label, depth, x0, y0, pitch, x, y, radius, code):
    """Take discs out of the fibres: inside a disc the label becomes ``code``, around it the distance is the disc's."""
    _carve(label, depth, float(x0), float(y0), float(pitch), x, y, radius, np.int32(code))


def _buckets(x, y, size):
    """Sites in square buckets: corner, shape, and lists end to end."""
    if not len(x):
        return np.zeros(2), np.ones(2, np.int64), np.zeros(2, np.int64), np.zeros(0, np.int64)
    corner = np.array([x.min() - 1, y.min() - 1])
    i, j = ((x - corner[0]) // size).astype(np.int64), ((y - corner[1]) // size).astype(np.int64)
    shape = np.array([i.max() + 1, j.max() + 1])
    key = j * shape[0] + i
    start = np.concatenate([[0], np.cumsum(np.bincount(key, minlength=shape[0] * shape[1]))])
    return corner, shape, start.astype(np.int64), np.argsort(key, kind="stable").astype(np.int64)


@njit(cache=True)
def _gather(px, py, size, corner, shape, start, order, found):
    """Indices of the sites in the nine buckets around a point; their number."""
    n = 0
    ci, cj = int((px - corner[0]) // size), int((py - corner[1]) // size)
    for j in range(max(cj - 1, 0), min(cj + 2, shape[1])):
        for i in range(max(ci - 1, 0), min(ci + 2, shape[0])):
            for k in range(start[j * shape[0] + i], start[j * shape[0] + i + 1]):
                if n < len(found):
                    found[n] = order[k]
                    n += 1
    return n


@njit(cache=True)
def _nearest(px, py, found, n, x, y, weight, group, wanted, power):
    """The site of least power distance among those of one group; fills ``power``."""
    best = -1
    for m in range(n):
        k = found[m]
        if wanted < 0 or group[k] == wanted:
            power[m] = (px - x[k]) ** 2 + (py - y[k]) ** 2 - weight[k]
            if best < 0 or power[m] < power[best]:
                best = m
        else:
            power[m] = np.inf
    return best


@njit(cache=True)
def _edge(found, n, best, x, y, power, radius, start):
    """Soft least distance to the edges of the cell of site ``best``; ``start`` is one more. Uses up ``power``."""
    least, kx, ky = start, x[found[best]], y[found[best]]
    for m in range(n):
        if m != best and power[m] < np.inf:
            apart = np.sqrt((x[found[m]] - kx) ** 2 + (y[found[m]] - ky) ** 2)
            power[m] = (power[m] - power[best]) / (2 * max(apart, 1e-9))  # from here on a distance
            least = min(least, power[m])
    total = np.exp((least - start) / radius)
    for m in range(n):
        if m != best and power[m] < least + FAINT * radius:
            total += np.exp((least - power[m]) / radius)
    return least - radius * np.log(total)


@njit(cache=True)
def _wave(px, py, waves):
    """Smooth displacement at a point, and a slow number of mean 0 for the width of the perimysium."""
    dx = dy = slow = 0.0
    for w in range(len(waves)):
        s = np.sin(waves[w, 0] * px + waves[w, 1] * py + waves[w, 2])
        dx += waves[w, 3] * s
        dy += waves[w, 4] * s
        if w % 3 == 0:
            slow += s
    return dx, dy, slow * 3 / max(len(waves), 1)


@njit(cache=True)
def _lay(ground, x0, y0, pitch, widths, waves, x, y, weight, corner, shape, start, order):
    found, power, anyone = np.zeros(MOST, np.int64), np.zeros(MOST), np.zeros(0, np.int64)
    for j in range(ground.shape[1]):
        for i in range(ground.shape[2]):
            px, py = x0 + (i + 0.5) * pitch, y0 + (j + 0.5) * pitch
            dx, dy, slow = _wave(px, py, waves)
            px, py = px + dx, py + dy
            n = _gather(px, py, BUNDLE_BUCKET, corner, shape, start, order, found)
            best = _nearest(px, py, found, n, x, y, weight, anyone, -1, power)
            seam = _edge(found, n, best, x, y, power, widths[1], FAR) - 0.5 * widths[0] * max(0.3, 1 + 1.1 * slow)
            ground[0, j, i], ground[1, j, i] = px, py
            ground[2, j, i], ground[3, j, i] = found[best] if seam > 0 else -1, seam


@njit(cache=True)
def _fill(cell, depth, ground, endomysium, radius, x, y, weight, bundle, corner, shape, start, order):
    found, power = np.zeros(MOST, np.int64), np.zeros(MOST)
    for j in range(cell.shape[0]):
        for i in range(cell.shape[1]):
            px, py, mine, seam = ground[0, j, i], ground[1, j, i], ground[2, j, i], ground[3, j, i]
            depth[j, i] = seam
            if mine < 0:
                cell[j, i] = -1
                continue
            n = _gather(px, py, BUCKET, corner, shape, start, order, found)
            best = _nearest(px, py, found, n, x, y, weight, bundle, mine, power)
            if best >= 0:
                cell[j, i] = found[best] + 1
                depth[j, i] = _edge(found, n, best, x, y, power, radius, seam) - 0.5 * endomysium


@njit(cache=True)
def _carve(label, depth, x0, y0, pitch, x, y, radius, code):
    ny, nx = label.shape
    for k in range(len(x)):
        reach = radius[k] + 12.0
        for j in range(max(0, int((y[k] - reach - y0) / pitch)), min(ny, int((y[k] + reach - y0) / pitch) + 1)):
            for i in range(max(0, int((x[k] - reach - x0) / pitch)), min(nx, int((x[k] + reach - x0) / pitch) + 1)):
                away = np.hypot(x0 + (i + 0.5) * pitch - x[k], y0 + (j + 0.5) * pitch - y[k]) - radius[k]
                if label[j, i] > 0 and away < depth[j, i]:
                    depth[j, i] = away
                if away <= 0:
                    label[j, i] = code

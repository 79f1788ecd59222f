"""Where fibres lie and how large they are: a random packing, relaxed until each has the area drawn for it.

Sites start at random places and move to the centres of their cells (Lloyd 1982, doi:10.1109/TIT.1982.1056489), while
the weights of the power diagram grow where the painted fibre is too small. Both work on a margin around the section,
so that its border cuts fibres as a knife does.
"""

from dataclasses import replace

import numpy as np
from numba import njit
from scipy.spatial import cKDTree

from myoflare.base.streams import stream
from myoflare.tissue.outline import fill, lay
from myoflare.tissue.records import FIBRE_TYPES, Plan

MARGIN = 130.0  # um; about a fibre and a half, so that fibres at the border of the section have all their neighbours
COARSE = 4.0  # um, pitch while relaxing
ROUNDS = 14
CORNERS = 5.1  # corners of a fibre, counted
HEXAGON = 3.72  # perimeter of a hexagon over the root of its area
WAVELENGTHS = (45.0, 160.0)  # um, of the waviness of outlines


def pack(seed, width, height, numbers, sex):
    """A relaxed ``Plan`` over the section and its margin, and the type of each site. Sizes in um."""
    mean = numbers[f"fibre_area_{sex}"]
    plan = _bundles(seed, width, height, numbers, mean)
    nx, ny = (int(np.ceil((s + 2 * MARGIN) / COARSE)) for s in (width, height))
    ground = lay(plan, -MARGIN, -MARGIN, nx, ny, COARSE)
    plan, types, target = _scatter(seed, plan, ground, numbers, sex, mean)
    return _relax(plan, target, ground), types


def _bundles(seed, width, height, numbers, mean):
    """Fascicles: centres of a relaxed random diagram, and no fibres yet."""
    draw = stream(seed, "section", "fascicles")
    spacing = np.sqrt(numbers["fibres_per_bundle"] * mean * 1.12)
    reach = MARGIN + 1.5 * spacing  # a ring of fascicles outside, so that those inside have all their sides
    box = np.array([width + 2 * reach, height + 2 * reach])
    count = max(4, round(box.prod() / spacing**2))
    sites = draw.random((count, 2)) * box - reach
    grid = np.stack(np.meshgrid(*(np.arange(-reach, -reach + b, spacing / 24) for b in box)), -1).reshape(-1, 2)
    for _ in range(5):  # few rounds: enough for compact fascicles, not for a honeycomb
        owner = _nearest_site(grid, sites, spacing)
        counts = np.maximum(np.bincount(owner, minlength=count), 1)
        sites = np.stack([np.bincount(owner, grid[:, a], count) / counts for a in (0, 1)], 1)
    empty = np.zeros(0)
    return Plan(
        *np.ascontiguousarray(sites.T), (draw.random(count) - 0.5) * 0.25 * spacing**2,
        empty, empty, empty, np.zeros(0, np.int64), np.zeros(0, np.int32), _waves(seed, numbers["outline_wave"]),
        numbers["endomysium"], numbers["corner_radius"], numbers["perimysium"], numbers["perimysium_radius"],
    )  # fmt: skip


def _nearest_site(points, sites, spacing):
    """Index of the nearest site of each point."""
    return cKDTree(sites).query(points, distance_upper_bound=20 * spacing)[1]


def _waves(seed, amplitude):
    """Plane waves that together displace a point by about ``amplitude`` um."""
    draw = stream(seed, "section", "waves")
    n = 12
    length = WAVELENGTHS[0] * (WAVELENGTHS[1] / WAVELENGTHS[0]) ** draw.random(n)
    angle, phase, way = draw.random((3, n)) * 2 * np.pi
    size = amplitude * np.sqrt(2 / n) * length / length.mean()
    k = 2 * np.pi / length
    return np.stack([k * np.cos(angle), k * np.sin(angle), phase, size * np.cos(way), size * np.sin(way)], 1)


def _scatter(seed, plan, ground, numbers, sex, mean):
    """First places, types and areas: in each fascicle as many fibres as fill it."""
    _, _, bundles, depth = ground
    rows, columns = np.nonzero(bundles >= 0)
    owner = bundles[rows, columns].astype(np.int64)
    order = np.argsort(owner, kind="stable")
    bounds = np.searchsorted(owner[order], np.arange(len(plan.bundle_x) + 1))
    full = _fibre_share(mean, numbers)
    parts = []
    for b in range(len(plan.bundle_x)):
        mine = order[bounds[b] : bounds[b + 1]]
        count = round(len(mine) * COARSE**2 * full / mean)
        if not count:
            continue
        draw = stream(seed, b, "fibres")
        pick = mine[_spread(draw, rows[mine], columns[mine], count)]
        jitter = draw.random((2, count)) * COARSE - MARGIN
        edge = depth[rows[pick], columns[pick]]
        types = _types(draw, edge, numbers)
        drawn = _areas(draw, types, numbers, sex, mean)
        target = drawn * len(mine) * COARSE**2 * full / drawn.sum()
        places = columns[pick] * COARSE + jitter[0], rows[pick] * COARSE + jitter[1]
        parts.append((*places, np.full(count, b), types, target))
    x, y, bundle, types, target = (np.concatenate(p) for p in zip(*parts, strict=True))
    weight = (target - mean) / np.pi * 0.5
    return _with_sites(plan, x, y, weight, bundle.astype(np.int64)), types, target


def _with_sites(plan, x, y, weight, bundle):
    label = np.arange(1, len(x) + 1, dtype=np.int32)
    return replace(plan, site_x=x, site_y=y, site_weight=weight, site_bundle=bundle, site_label=label)


def _fibre_share(mean, numbers):
    """Share of a fascicle that is fibre, were all cells hexagons: the rest is endomysium and rounded corners."""
    corner = CORNERS * 2.2 * numbers["corner_radius"] ** 2
    cell = mean
    for _ in range(20):
        cell = mean + HEXAGON * np.sqrt(cell) * numbers["endomysium"] / 2 + corner
    return mean / cell


def _spread(draw, rows, columns, count, tries=6):
    """Indices of ``count`` pixels far from one another: the best of a few candidates each (Mitchell 1991)."""
    pick = draw.integers(0, len(rows), (count, tries))
    chosen = np.empty(count, np.int64)
    x, y = columns.astype(float), rows.astype(float)
    for k in range(count):
        here = pick[k]
        if k:
            dx = x[here][:, None] - x[chosen[:k]][None]
            dy = y[here][:, None] - y[chosen[:k]][None]
            here = here[np.argmax((dx**2 + dy**2).min(1)) :]
        chosen[k] = here[0]
    return chosen


def _types(draw, edge, numbers):
    """Types of fibres ``edge`` um inside the fascicle: type IIX favours the border, type I lies beneath."""
    shares = np.array([numbers[f"share_{t}"] for t in FIBRE_TYPES])
    odds = np.ones((len(edge), 3))
    border = edge < numbers["edge_layer"]
    odds[border] = numbers["edge_odds_I"], 1.0, numbers["edge_odds_IIX"]
    if border.any() and not border.all():  # what the border has more of, the inside has less of
        part = border.mean()
        odds[~border] = np.maximum((1 - part * odds[border][0]) / (1 - part), 0.05)
    chance = np.cumsum(shares * odds / (shares * odds).sum(1, keepdims=True), 1)
    return (draw.random(len(edge))[:, None] > chance[:, :2]).sum(1)


def _areas(draw, types, numbers, sex, mean):
    """Areas drawn for fibres, um^2: a gamma distribution for each type."""
    shape = numbers["fibre_area_cv"] ** -2
    relative = np.array([numbers[f"relative_area_{t}_{sex}"] for t in FIBRE_TYPES])
    return mean * relative[types] * draw.gamma(shape, 1 / shape, len(types))


def _relax(plan, target, ground):
    """Move sites to the centres of their cells and turn weights until the painted areas are those drawn."""
    x, y, weight = plan.site_x.copy(), plan.site_y.copy(), plan.site_weight.copy()
    for k in range(ROUNDS):
        cell, depth = fill(replace(plan, site_x=x, site_y=y, site_weight=weight), ground)
        inside, whole, cx, cy, cut = _measure(cell, depth, len(x))
        area, seen = inside * COARSE**2, whole > 0
        goal = np.where(cut, area, target)  # a fibre at the rim of the margin cannot know its area
        weight[seen] += 0.5 * (goal - area)[seen] / np.sqrt(3)
        weight[~seen] += 0.3 * target[~seen]
        if k < ROUNDS - 4:  # the last rounds turn weights only, so that areas settle
            pull = 0.5 * seen
            x += pull * (np.where(seen, cx * COARSE - MARGIN, x) - x)
            y += pull * (np.where(seen, cy * COARSE - MARGIN, y) - y)
    return replace(plan, site_x=x, site_y=y, site_weight=weight)


@njit(cache=True)
def _measure(cell, depth, n):
    """For each site: pixels inside its fibre, pixels of its cell, centre of the cell in pixels, cut by the rim."""
    inside, whole = np.zeros(n), np.zeros(n)
    cx, cy, cut = np.zeros(n), np.zeros(n), np.zeros(n, np.bool_)
    ny, nx = cell.shape
    for j in range(ny):
        for i in range(nx):
            k = cell[j, i] - 1
            if k >= 0:
                inside[k] += min(1.0, max(0.0, depth[j, i] / COARSE + 0.5))  # the outline crosses a pixel partly
                whole[k] += 1
                cx[k] += i + 0.5
                cy[k] += j + 0.5
                cut[k] |= i == 0 or j == 0 or i == nx - 1 or j == ny - 1
    for k in range(n):
        if whole[k] > 0:
            cx[k] /= whole[k]
            cy[k] /= whole[k]
    return inside, whole, cx, cy, cut

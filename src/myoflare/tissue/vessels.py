"""Capillaries in the corners between fibres, in units that share an arteriole, and the vessels of the perimysium."""

import numpy as np

from myoflare.base.streams import stream
from myoflare.tissue.records import Capillaries, Vessels
from myoflare.tissue.scan import junctions, thin


def place_capillaries(seed, cell, pitch, bundle_of, fibre_count, numbers, sex):
    """Capillaries of a section: ``fibre_count`` is that of fibres, those cut counted by the share of them that shows.

    Places are drawn among the corners first, then along the edges, none too near another. ``bundle_of`` maps a label
    to its fascicle: a unit does not cross the perimysium.
    """
    draw = stream(seed, "section", "capillaries")
    wanted = round(numbers[f"capillaries_per_fibre_{sex}"] * fibre_count)
    spots = np.array(junctions(cell), np.int64).reshape(-1, 3)
    spots = spots[draw.permutation(len(spots))]
    x, y = spots[:, 1] * pitch, spots[:, 0] * pitch
    size = cell.shape[1] * pitch, cell.shape[0] * pitch
    corner = spots[:, 2] == 1
    in_corner = round(wanted * numbers["capillaries_in_corners"])
    least, none = numbers["capillary_spacing"], np.zeros(0)
    first = np.flatnonzero(corner)[thin(x[corner], y[corner], least, in_corner, none, none, *size)]
    rest = wanted - len(first)
    second = np.flatnonzero(~corner)[thin(x[~corner], y[~corner], least, rest, x[first], y[first], *size)]
    chosen = np.concatenate([first, second])
    cx, cy = x[chosen].astype(float), y[chosen].astype(float)
    bundle = bundle_of[cell[spots[chosen, 0], spots[chosen, 1]]]
    radius = numbers["capillary_radius"] * (0.8 + 0.4 * draw.random(len(cx)))
    unit = units(cx, cy, bundle, numbers["unit_capillaries"])
    order = np.lexsort((cy, cx, unit))
    return Capillaries(cx[order], cy[order], radius[order], unit[order], np.ones(len(cx), np.uint8))


def units(x, y, bundle, size):
    """Number of the microvascular unit of each capillary: compact groups of about ``size`` within a fascicle.

    A group is halved across its longer axis, in proportion, until it is one unit; so sizes differ by one at most.
    """
    unit, number = np.zeros(len(x), np.int32), 0
    for b in np.unique(bundle):
        members = np.flatnonzero(bundle == b)
        stack = [(members, max(1, round(len(members) / size)))]
        while stack:
            group, parts = stack.pop()
            if parts == 1:
                unit[group] = number
                number += 1
                continue
            dx, dy = x[group] - x[group].mean(), y[group] - y[group].mean()
            axis = 0.5 * np.arctan2(2 * (dx * dy).sum(), (dx**2 - dy**2).sum())  # of the longer extent
            order = group[np.argsort(np.cos(axis) * dx + np.sin(axis) * dy, kind="stable")]
            left = parts // 2
            at = round(len(group) * left / parts)
            stack += [(order[at:], parts - left), (order[:at], left)]
    return unit


def place_vessels(seed, label, depth, pitch, numbers):
    """Arterioles, each with a venule beside it, where the perimysium is wide."""
    draw = stream(seed, "section", "vessels")
    j, i = np.nonzero(label == -1)
    wanted = max(1, round(numbers["vessel_pairs"] * label.size * pitch**2 * 1e-6))
    if not len(j):
        return Vessels(*(np.zeros(0) for _ in range(3)), np.zeros(0, np.uint8))
    x, y, width = (i + 0.5) * pitch, (j + 0.5) * pitch, -depth[j, i]
    wide = np.flatnonzero(width > np.quantile(width, 0.9))
    wide = wide[draw.permutation(len(wide))]
    size = label.shape[1] * pitch, label.shape[0] * pitch
    none, apart = np.zeros(0), 0.5 * 1e3 / np.sqrt(numbers["vessel_pairs"])
    found = wide[thin(x[wide], y[wide], apart, wanted, none, none, *size)]
    rows = []
    for k in found:
        arteriole, venule = (numbers[f"{v}_radius"] * (0.75 + 0.5 * draw.random()) for v in ("arteriole", "venule"))
        rows.append((x[k], y[k], arteriole, 0))
        away = np.hypot(x - x[k], y - y[k])
        near = np.flatnonzero((away > arteriole + venule + 5) & (away < arteriole + venule + 20))
        if len(near):
            k = near[np.argmax(width[near] + 2 * draw.random(len(near)))]
            rows.append((x[k], y[k], venule, 1))
    x, y, radius, kind = (np.array(c) for c in zip(*rows, strict=True))
    return Vessels(x, y, radius, kind.astype(np.uint8))

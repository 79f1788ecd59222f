"""Nuclei of fibres, satellite cells on them, and the macrophages and fibroblasts between them."""

import numpy as np
from scipy.spatial import cKDTree

from myoflare.base.streams import stream
from myoflare.tissue.records import Myonuclei, Residents
from myoflare.tissue.scan import rims

NUCLEUS_DEPTH = 1.5  # um under the sarcolemma, the centre of a flat nucleus
NUCLEI_APART = 14.0  # um
YOUNG, OLD = 20.0, 76.0  # years, the ages at which satellite cells were counted


class Rim:
    """Places on the outlines of fibres, by fibre, with the direction outwards.

    The direction comes from ``plain``, the depth before vessels dented it: cells lie along fibres, not around dents.
    """

    def __init__(self, label, depth, plain, pitch):
        j, i = rims(label, depth, 1.5 * pitch)
        fibre = label[j, i] - 1
        order = np.argsort(fibre, kind="stable")
        j, i, self.fibre = j[order], i[order], fibre[order]
        gx = (plain[j, i + 1] - plain[j, i - 1]).astype(float)
        gy = (plain[j + 1, i] - plain[j - 1, i]).astype(float)
        size = np.maximum(np.hypot(gx, gy), 1e-6)
        self.out_x, self.out_y = -gx / size, -gy / size
        self.x, self.y = (i + 0.5) * pitch, (j + 0.5) * pitch
        self.depth = depth[j, i].astype(float)
        self.start = np.searchsorted(self.fibre, np.arange(label.max() + 1))

    def of(self, fibre):
        return np.arange(self.start[fibre], self.start[fibre + 1])

    def at(self, k, depth):
        """Place ``depth`` um inside the outline at rim places ``k``, and the angle of the outline there."""
        shift = self.depth[k] - depth
        return self.x[k] + shift * self.out_x[k], self.y[k] + shift * self.out_y[k], self.along(k)

    def along(self, k):
        return np.arctan2(self.out_x[k], -self.out_y[k])


def place_myonuclei(seed, rim, fibres, numbers):
    """Myonuclei: as many as the area of a fibre asks for, under the sarcolemma, few of them inside."""
    draw = stream(seed, "section", "myonuclei")
    counts = draw.poisson(fibres.area_um2 / numbers["myonuclear_domain"])
    internal = draw.random(len(fibres)) < numbers["internal_nuclei"]
    picks, inside = [], []
    for fibre in range(len(fibres)):
        places = rim.of(fibre)
        if not len(places):
            continue
        kept = []
        for k in places[draw.integers(0, len(places), 3 * counts[fibre])]:
            if len(kept) == counts[fibre]:
                break
            if all((rim.x[k] - rim.x[m]) ** 2 + (rim.y[k] - rim.y[m]) ** 2 > NUCLEI_APART**2 for m in kept):
                kept.append(k)
        picks += kept
        if internal[fibre]:
            inside.append(fibre)
    picks, inside = np.array(picks, np.int64), np.array(inside, np.int64)
    x, y, angle = rim.at(picks, NUCLEUS_DEPTH)
    spread = 0.15 * np.sqrt(fibres.area_um2[inside])[None] * draw.standard_normal((2, len(inside)))
    return Myonuclei(
        np.concatenate([x, fibres.x[inside] + spread[0]]),
        np.concatenate([y, fibres.y[inside] + spread[1]]),
        np.concatenate([angle, draw.random(len(inside)) * np.pi]),
        np.concatenate([rim.fibre[picks], inside]).astype(np.int32),
        np.concatenate([np.zeros(len(picks), bool), np.ones(len(inside), bool)]),
    )


def place_residents(seed, label, depth, pitch, rim, fibres, capillaries, fibre_count, age_years, numbers):
    """Satellite cells on the fibres, then macrophages and fibroblasts of the endomysium and the perimysium."""
    on_fibre = _satellites(seed, rim, fibres, capillaries, age_years, numbers)
    parts = [(np.zeros(len(on_fibre[0]), np.uint8), *on_fibre)]
    for kind, name in ((1, "macrophages"), (2, "fibroblasts")):
        draw = stream(seed, "section", name)
        count = draw.poisson(numbers[f"{name}_per_fibre"] * fibre_count)
        outer = draw.random(count) < numbers["stroma_in_perimysium"]
        x, y = np.zeros(count), np.zeros(count)
        for where, code in ((outer, -1), (~outer, 0)):
            pixels = np.flatnonzero(label == code)
            if len(pixels) and where.any():
                j, i = np.divmod(draw.choice(pixels, where.sum()), label.shape[1])
                jitter = draw.random((2, len(j)))
                x[where], y[where] = (i + jitter[0]) * pitch, (j + jitter[1]) * pitch
        angle = _along(depth, x, y, pitch) + 0.3 * draw.standard_normal(count)
        _, nearest = cKDTree(np.stack([rim.x, rim.y], 1)).query(np.stack([x, y], 1))
        parts.append(
            (np.full(count, kind, np.uint8), x, y, np.where(outer, angle, rim.along(nearest)), np.full(count, -1))
        )
    kind, x, y, angle, fibre = (np.concatenate(p) for p in zip(*parts, strict=True))
    return Residents(kind, x, y, angle, fibre.astype(np.int32))


def _along(depth, x, y, pitch):
    """Angle of the lines of equal depth: that of the collagen in the perimysium."""
    j = np.clip((y / pitch).astype(int), 1, depth.shape[0] - 2)
    i = np.clip((x / pitch).astype(int), 1, depth.shape[1] - 2)
    return np.arctan2(depth[j, i + 1] - depth[j, i - 1], -(depth[j + 1, i] - depth[j - 1, i]))


def _satellites(seed, rim, fibres, capillaries, age_years, numbers):
    """x, y, angle, fibre of satellite cells; fewer on type II fibres with age, most of them beside a capillary."""
    draw = stream(seed, "section", "satellites")
    fast = np.interp(age_years, (YOUNG, OLD), (numbers["satellite_II_young"], numbers["satellite_II_old"]))
    rate = np.where(fibres.type == 0, numbers["satellite_I"], fast)
    typical = np.median(fibres.area_um2[fibres.whole]) if fibres.whole.any() else fibres.area_um2.max()
    owners = np.repeat(np.arange(len(fibres)), draw.poisson(rate * np.minimum(1, fibres.area_um2 / typical)))
    tree = cKDTree(np.stack([capillaries.x, capillaries.y], 1)) if len(capillaries) else None
    picks = []
    for fibre in owners:
        places = rim.of(fibre)
        if not len(places):
            continue
        places = draw.choice(places, min(len(places), 40), replace=False)
        if tree is not None and draw.random() < numbers["satellite_near_capillary"]:
            away, _ = tree.query(np.stack([rim.x[places], rim.y[places]], 1))
            places = places[np.argmin(away) :]
        picks.append(places[0])
    picks = np.array(picks, np.int64)
    return (*rim.at(picks, 0.3), rim.fibre[picks])

"""The ground that cells live on: places of 8 um, the voxels of the fields, and what each of them touches.

A place is open where the endomysium or the perimysium (``label <= 0``) runs through it; a cell parts fibres that lie
closer together than itself, so the outermost ``GIVE`` um of a fibre count as open, too. Other places are the inside of
the fibre that fills them. Cells of the section stand for those of a block as deep as one segment of a fibre: that is
the stretch which is hit, dies and is rebuilt as one, and with it numbers per mm^3 are those of the network.
"""

from dataclasses import dataclass, replace

import numpy as np

from myoflare.tissue.fields import FIELDS, Medium, make_medium, with_perfusion
from myoflare.tissue.records import Fascicle, Neighbours
from myoflare.tissue.scan import listed
from myoflare.tissue.tables import geometry_table

GIVE = 2.0  # um, half of what a lymphocyte squeezed between two fibres needs beyond their endomysium
ENDOMYSIAL, PERIMYSIAL, INSIDE = 0, 1, 2
DENSITY = 1.06e-3  # g/mm^3 of muscle, Mendez & Keys 1960, Metabolism 9:184
AROUND = np.array([(0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1)])  # (row, column), in turn


@dataclass(frozen=True)
class Ground:
    """``zone`` (place,) is ENDOMYSIAL, PERIMYSIAL or INSIDE, ``owner`` the fibre that fills or borders most of a place
    or -1. ``step`` (place, 8) is the neighbour in each direction of ``AROUND`` or -1. ``touch`` lists the fibres at a
    place, ``rim`` the open places at a fibre, ``body`` the places of a fibre inside and out. ``scale`` is the muscle of
    the body over that of the block; ``mass`` (fibre,) g in the block.
    """

    medium: Medium
    zone: np.ndarray
    owner: np.ndarray
    step: np.ndarray
    touch: Neighbours
    rim: Neighbours
    body: Neighbours
    capillary_place: np.ndarray
    venule_place: np.ndarray
    mass: np.ndarray
    scale: float

    def __len__(self):
        return len(self.zone)


def make_ground(fascicle: Fascicle, muscle_mass_g: float) -> Ground:
    """The ground of a section whose body has so much muscle."""
    depth_um = geometry_table()["segment_length"]
    medium = with_perfusion(replace(make_medium(fascicle, FIELDS), thickness=depth_um), fascicle.capillaries)
    ny, nx = medium.wall.shape
    zone, owner, touch = _places(fascicle, medium)
    n, count = ny * nx, len(fascicle.fibres)
    fibre_of, place_of = touch
    is_rim = zone[place_of] != INSIDE
    vessels, venule = fascicle.vessels, fascicle.vessels.kind == 1
    capillaries = fascicle.capillaries
    mass = fascicle.fibres.area_um2 * 1e-6 * depth_um * 1e-3 * DENSITY
    return Ground(
        medium, zone, owner, _steps(ny, nx), listed(place_of, fibre_of, n),
        listed(fibre_of[is_rim], place_of[is_rim], count), listed(fibre_of, place_of, count),
        _open(medium, zone, capillaries.x, capillaries.y),
        _open(medium, zone, vessels.x[venule], vessels.y[venule]),
        mass, muscle_mass_g / mass.sum(),
    )  # fmt: skip


def _places(fascicle, medium):
    """Zone and owner of each place, and pairs (fibre, place) of what touches what."""
    ny, nx = medium.wall.shape
    label, pitch = fascicle.label, fascicle.pitch
    rows, columns = ((np.arange(k) + 0.5) * pitch for k in label.shape)
    j, i = medium.voxels(np.zeros(len(rows)), rows)[0], medium.voxels(columns, np.zeros(len(columns)))[1]
    place = (j[:, None] * nx + i[None]).ravel()
    flat, count, n = label.ravel(), len(fascicle.fibres), ny * nx
    open_here = np.bincount(place[(flat <= 0) | (fascicle.depth.ravel() < GIVE)], minlength=n) > 0
    seam = np.bincount(place[flat == -1], minlength=n)
    inside = flat > 0
    key, pixels = np.unique(place[inside] * np.int64(count) + flat[inside] - 1, return_counts=True)
    place_of, fibre_of = key // count, (key % count).astype(np.int64)
    owner = np.full(n, -1, np.int32)
    order = np.argsort(pixels, kind="stable")
    owner[place_of[order]] = fibre_of[order]  # the largest share is written last
    most = np.bincount(place, minlength=n)
    zone = np.where(open_here, np.where(seam > 0.25 * most, PERIMYSIAL, ENDOMYSIAL), INSIDE).astype(np.uint8)
    return zone, owner, (fibre_of, place_of)


def _steps(ny, nx):
    j, i = np.divmod(np.arange(ny * nx), nx)
    out = np.full((ny * nx, 8), -1, np.int32)
    for d, (dj, di) in enumerate(AROUND):
        fine = (j + dj >= 0) & (j + dj < ny) & (i + di >= 0) & (i + di < nx)
        out[fine, d] = ((j + dj) * nx + i + di)[fine]
    return out


def _open(medium, zone, x, y):
    """The place of each vessel, or the nearest open one: what leaves a vessel steps between fibres."""
    nx = medium.wall.shape[1]
    free = np.flatnonzero(zone != INSIDE)
    fj, fi = np.divmod(free, nx)
    j, i = medium.voxels(x, y)
    if not len(free):
        return (j * nx + i).astype(np.int64)
    near = [free[np.argmin((fj - a) ** 2 + (fi - b) ** 2)] for a, b in zip(j, i, strict=True)]
    return np.array(near, np.int64)

"""What a cross-section is made of. Lengths in um, areas in um^2, arrays of one record have the same length.

Places are (x, y) from the corner of the section, x along a row of the map: pixel ``[j, i]`` has its centre at
``((i + 0.5) pitch, (j + 0.5) pitch)``.
"""

from dataclasses import dataclass

import numpy as np

FIBRE_TYPES = ("I", "IIA", "IIX")
VESSEL_KINDS = ("arteriole", "venule")
RESIDENT_KINDS = ("satellite", "macrophage", "fibroblast")
ENDOMYSIUM, PERIMYSIUM = 0, -1


@dataclass(frozen=True)
class Neighbours:
    """Lists of unequal length end to end: those of ``k`` are ``index[start[k]:start[k + 1]]``."""

    start: np.ndarray
    index: np.ndarray

    def __getitem__(self, k):
        return self.index[self.start[k] : self.start[k + 1]]

    def __len__(self):
        return len(self.start) - 1


@dataclass(frozen=True)
class Fibres:
    """One entry a fibre; fibre ``k`` has label ``k + 1`` in the map.

    ``area_um2`` is what lies in the section; ``whole`` says that the border does not cut it. ``type`` indexes
    FIBRE_TYPES, ``bundle`` numbers the fascicle, ``segment`` is the stretch along the fibre that the section crosses.
    """

    x: np.ndarray
    y: np.ndarray
    area_um2: np.ndarray
    type: np.ndarray
    bundle: np.ndarray
    segment: np.ndarray
    whole: np.ndarray

    def __len__(self):
        return len(self.x)


@dataclass(frozen=True)
class Capillaries:
    """``unit`` numbers the microvascular unit, whose capillaries live and die together; ``perfused`` is 0 or 1."""

    x: np.ndarray
    y: np.ndarray
    radius: np.ndarray
    unit: np.ndarray
    perfused: np.ndarray

    def __len__(self):
        return len(self.x)


@dataclass(frozen=True)
class Vessels:
    """Arterioles and venules of the perimysium; ``kind`` indexes VESSEL_KINDS, ``radius`` is the outer one."""

    x: np.ndarray
    y: np.ndarray
    radius: np.ndarray
    kind: np.ndarray

    def __len__(self):
        return len(self.x)


@dataclass(frozen=True)
class Residents:
    """Cells of healthy muscle; ``kind`` indexes RESIDENT_KINDS, ``fibre`` is the fibre it lies on or -1."""

    kind: np.ndarray
    x: np.ndarray
    y: np.ndarray
    angle: np.ndarray
    fibre: np.ndarray

    def __len__(self):
        return len(self.x)


@dataclass(frozen=True)
class Myonuclei:
    """Nuclei of fibres; ``angle`` is that of the long axis in radians, ``internal`` lies away from the outline."""

    x: np.ndarray
    y: np.ndarray
    angle: np.ndarray
    fibre: np.ndarray
    internal: np.ndarray

    def __len__(self):
        return len(self.x)


@dataclass(frozen=True)
class Plan:
    """The shapes behind the map, from which it is painted at any pitch; see ``outline.py``.

    ``bundle_*`` and ``site_*`` are centres and weights of two power diagrams, the second inside the cells of the
    first; ``site_label`` is the fibre's label in the section, 0 for one that lies outside. ``waves`` has rows
    (kx, ky, phase, ax, ay) of a smooth displacement.
    """

    bundle_x: np.ndarray
    bundle_y: np.ndarray
    bundle_weight: np.ndarray
    site_x: np.ndarray
    site_y: np.ndarray
    site_weight: np.ndarray
    site_bundle: np.ndarray
    site_label: np.ndarray
    waves: np.ndarray
    endomysium: float
    corner_radius: float
    perimysium: float
    perimysium_radius: float


@dataclass(frozen=True)
class Fascicle:
    """A cross-section of muscle, several fascicles wide.

    ``label`` (ny, nx) int32: 0 endomysium, -1 perimysium, k + 1 fibre k, at ``pitch`` um. ``depth`` (ny, nx) float32:
    distance to the outline in um, positive inside a fibre, about right within a few um of it. ``touching`` lists
    fibres that share a stretch of endomysium, ``supplied_by`` the capillaries that touch a fibre.
    """

    seed: int
    sex: str
    age_years: float
    pitch: float
    label: np.ndarray
    depth: np.ndarray
    fibres: Fibres
    capillaries: Capillaries
    vessels: Vessels
    residents: Residents
    myonuclei: Myonuclei
    touching: Neighbours
    supplied_by: Neighbours
    plan: Plan

    @property
    def size_um(self):
        """Width and height in um."""
        return self.label.shape[1] * self.pitch, self.label.shape[0] * self.pitch

    @property
    def area_mm2(self):
        return self.label.size * self.pitch**2 * 1e-6

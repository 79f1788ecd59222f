"""Where the cells of a section lie, and how thick they lie there: compartments, fields of view, clusters.

Only cells that came in or awoke are counted (``Section.cells``), not the residents of healthy muscle. A cell has one
compartment: ``perivascular`` about the wall of an arteriole or venule, else ``perimysial``, else ``endomysial``, which
takes in cells inside a fibre.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.ndimage import distance_transform_edt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from myoflare.tissue.records import PERIMYSIUM
from myoflare.tissue.states import CELL_KINDS

COMPARTMENTS = ("endomysial", "perimysial", "perivascular")
MARKERS = {
    "CD3": ("CD8", "TRM", "CD4", "Treg"),
    "CD68": ("monocyte", "M1", "M2"),
    "mononuclear": ("CD8", "TRM", "CD4", "Treg", "B", "plasma", "pDC", "monocyte", "M1", "M2"),
}
FIELD_PARTS = 4  # the field of view moves by a quarter of its side


def compartments(section, perivascular_um):
    """(cell,) index into COMPARTMENTS."""
    fascicle, cells = section.fascicle, section.cells
    if not len(cells):
        return np.zeros(0, np.int64)
    rows, columns = distance_transform_edt(fascicle.label > 0, return_distances=False, return_indices=True)
    j, i = pixels(fascicle, cells.x, cells.y)
    code = fascicle.label[rows[j, i], columns[j, i]]  # of the nearest place between fibres
    found = np.where(code == PERIMYSIUM, 1, 0)
    vessels = fascicle.vessels
    if len(vessels):
        away = np.hypot(cells.x[:, None] - vessels.x, cells.y[:, None] - vessels.y) - vessels.radius
        found[(away.min(1) <= perivascular_um) & (found == 1)] = 2
    return found


def pixels(fascicle, x, y):
    """Rows and columns of the pixels at places in um; a place on the far border belongs to the last pixel."""
    j = np.clip((np.asarray(y) / fascicle.pitch).astype(np.int64), 0, fascicle.label.shape[0] - 1)
    i = np.clip((np.asarray(x) / fascicle.pitch).astype(np.int64), 0, fascicle.label.shape[1] - 1)
    return j, i


def of_kinds(cells, kinds):
    """(cell,) whether a cell is of one of these kinds, by name."""
    return np.isin(cells.kind, [CELL_KINDS.index(k) for k in kinds])


def densest_field(x, y, size_um, area_mm2):
    """Most cells in one square field of view; a section smaller than the field is scaled up to it."""
    side = 1e3 * np.sqrt(area_mm2)
    width, height = size_um
    parts = [max(1, round(s / side * FIELD_PARTS)) for s in (height, width)]
    counts = np.histogram2d(y, x, parts, ((0, height), (0, width)))[0]
    window = tuple(min(FIELD_PARTS, n) for n in counts.shape)
    seen = np.prod([w / n * s for w, n, s in zip(window, counts.shape, (height, width), strict=True)]) * 1e-6
    return float(sliding_window_view(counts, window).sum((-2, -1)).max() * area_mm2 / seen)


def clusters(x, y, gap_um, least):
    """How many groups of at least ``least`` cells there are, each within ``gap_um`` of another of its group."""
    if len(x) < least:
        return 0
    pairs = cKDTree(np.stack([x, y], 1)).query_pairs(gap_um, output_type="ndarray")
    links = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), (len(x), len(x)))
    _, group = connected_components(links, directed=False)
    return int((np.bincount(group) >= least).sum())


def infiltrated(x, y, size_um, side_um, least):
    """Share of squares with at least ``least`` cells."""
    width, height = size_um
    parts = [max(1, round(s / side_um)) for s in (height, width)]
    return float((np.histogram2d(y, x, parts, ((0, height), (0, width)))[0] >= least).mean())

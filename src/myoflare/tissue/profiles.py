"""What the profile of each fibre shows: its width, whether it lies at the edge, and which cells lie in it or at it.

Arrays are (fibre,); ``inset`` is how far an outline has drawn in, um, where the fibre shrank.
"""

from collections import Counter

import numpy as np
from scipy.ndimage import distance_transform_edt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from myoflare.tissue.infiltrate import MARKERS, of_kinds, pixels
from myoflare.tissue.records import PERIMYSIUM
from myoflare.tissue.scan import rims

TURNS = 36  # directions in which a fibre is measured, every 5 degrees


def edge_row(fascicle, distance_um):
    """(fibre,) whether a fibre lies at the perimysium."""
    count = len(fascicle.fibres)
    if not (fascicle.label == PERIMYSIUM).any():
        return np.zeros(count, bool)
    near = distance_transform_edt(fascicle.label != PERIMYSIUM) * fascicle.pitch <= distance_um
    owners = fascicle.label[near & (fascicle.label > 0)] - 1
    return np.bincount(owners, minlength=count) > 0


def feret_least(fascicle, size):
    """(fibre,) least width over all directions in um, of the outline drawn in to ``size`` of the area."""
    rows, columns = rims(fascicle.label, fascicle.depth, 1.5 * fascicle.pitch)
    owner = fascicle.label[rows, columns] - 1
    order = np.argsort(owner, kind="stable")
    x, y, owner = columns[order] * fascicle.pitch, rows[order] * fascicle.pitch, owner[order]
    present, start = np.unique(owner, return_index=True)
    least = np.full(len(present), np.inf)
    for turn in np.arange(TURNS) * np.pi / TURNS if len(present) else ():
        along = np.cos(turn) * x + np.sin(turn) * y
        width = np.maximum.reduceat(along, start) - np.minimum.reduceat(along, start)
        least = np.minimum(least, width + fascicle.pitch)
    out = np.full(len(fascicle.fibres), np.nan)
    out[present] = least
    return out * np.sqrt(size)


def largest_group(touching, mask):
    """Size of the largest group of marked fibres that touch each other."""
    marked = np.flatnonzero(mask)
    if not len(marked):
        return 0
    owner = np.repeat(np.arange(len(touching)), np.diff(touching.start))
    both = mask[owner] & mask[touching.index]
    links = coo_matrix((np.ones(both.sum()), (owner[both], touching.index[both])), (len(mask), len(mask)))
    _, group = connected_components(links, directed=False)
    return int(np.bincount(group[marked]).max())


def _depths(section, inset, mine):
    """Fibre index (-1 between fibres) and depth under its outline in um of the cells marked in ``mine``."""
    fascicle, cells = section.fascicle, section.cells
    j, i = pixels(fascicle, cells.x[mine], cells.y[mine])
    fibre = np.maximum(fascicle.label[j, i], 0) - 1
    return fibre, fascicle.depth[j, i] - np.where(fibre >= 0, inset[fibre], 0.0)


def invaded_fibres(section, inset, how):
    """(fibre,) whether a CD8 cell lies in it, deeper than a cell that is only squeezed between two fibres."""
    fibre, depth = _depths(section, inset, of_kinds(section.cells, ("CD8", "TRM")))
    inside = fibre[(fibre >= 0) & (depth > how["invasion_depth"])]
    return np.bincount(inside, minlength=len(inset)) > 0


def surrounded_fibres(section, inset, how):
    """(fibre,) whether enough mononuclear cells lie at its outline, not in it."""
    fascicle, cells = section.fascicle, section.cells
    mine = np.flatnonzero(of_kinds(cells, MARKERS["mononuclear"]))
    fibre, depth = _depths(section, inset, mine)
    mine = mine[(fibre < 0) | (depth <= how["invasion_depth"])]
    rows, columns = rims(fascicle.label, fascicle.depth, 1.5 * fascicle.pitch)
    if not len(mine) or not len(rows):
        return np.zeros(len(inset), bool)
    owner = fascicle.label[rows, columns] - 1
    tree = cKDTree((np.stack([columns, rows], 1) + 0.5) * fascicle.pitch)
    near = tree.query_ball_point(np.stack([cells.x[mine], cells.y[mine]], 1), how["surround_distance"])
    at = Counter(f for places in near for f in np.unique(owner[places]))
    return np.array([at[f] >= how["surround_cells"] for f in range(len(inset))])

"""CD4 cells and B cells stop where they are shown antigen, and so gather there.

CD4 cells stop at B cells and at dendritic cells that hold complexes, B and plasma cells at those and at CD4 cells,
whose help they need; and both in the perimysium where complexes are caught, with the chance that there are any.
Source: mechanism.md edges 13, 14 and 18; stable contacts of a day, Mempel 2004, doi:10.1038/nature02238.
"""

import numpy as np

from myoflare.tissue.agents import ACTIVE, CD4, DYING, PDC, PLASMA, RESTING, B
from myoflare.tissue.ground import AROUND, PERIMYSIAL


def converse(live):
    """Every hour."""
    cells, n = live.cells, live.cells.n
    kind, state, site = cells.kind[:n], cells.state[:n], cells.site[:n]
    helps, asks = kind == CD4, (kind == B) | (kind == PLASMA)
    talks = np.flatnonzero((helps | asks) & (state != DYING))
    if not len(talks):
        return
    holds = (kind == PDC) & (state == ACTIVE)
    shown_CD4 = _within_reach(live, site[(holds | asks) & (state != DYING)])
    shown_B = _within_reach(live, site[(holds | helps) & (state != DYING)])
    u = live.draw("converse", cells.key[talks])
    shown = np.where(helps[talks], shown_CD4[site[talks]], shown_B[site[talks]])
    caught = live.drive["H_IC"] * live.body["humoral_immune_complex"]
    shown |= (live.ground.zone[site[talks]] == PERIMYSIAL) & (u[1] < caught)
    held, ends = state[talks] == ACTIVE, u[0] < 1 / live.numbers["talk"]
    cells.state[talks] = np.where((held & ~ends) | (~held & shown), ACTIVE, RESTING)


def _within_reach(live, sites):
    """Whether one of these is at a place or beside it, (place,)."""
    ny, nx = live.ground.medium.wall.shape
    there = np.zeros((ny + 2, nx + 2), bool)
    j, i = np.divmod(sites, nx)
    there[j + 1, i + 1] = True
    out = there[1:-1, 1:-1].copy()
    for dj, di in AROUND:
        out |= there[1 + dj : 1 + dj + ny, 1 + di : 1 + di + nx]
    return out.ravel()

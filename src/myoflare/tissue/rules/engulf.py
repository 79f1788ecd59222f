"""Macrophages at a dead segment eat it piece by piece; what is left is an empty tube of basal lamina.

Source: 20 min to engulf a piece, two pieces before the wish to change, Haase 2024 eLife, doi:10.7554/eLife.91924;
a necrotic segment is cleared in 3 to 10 days (mechanism.md edge 38).
"""

import numpy as np

from myoflare.tissue.agents import DYING, M1, M2
from myoflare.tissue.live import GAP, NECROTIC


def engulf(live):
    """Every hour."""
    dead = np.flatnonzero(live.state == NECROTIC)
    if not len(dead):
        return
    cells, body, d = live.cells, live.ground.body, live.drive
    pieces_an_hour = 1 / live.numbers["digest"]
    kind, site = cells.kind[: cells.n], cells.site[: cells.n]
    eaters = np.flatnonzero(((kind == M1) | (kind == M2)) & (cells.state[: cells.n] != DYING))
    at = np.bincount(site[eaters], minlength=len(live.ground))
    near = np.zeros(len(live.ground), bool)
    mass = live.ground.mass
    resident = d["muscle_M_resident"] / live.ground.scale * mass / mass.sum()
    pieces = np.maximum(live.numbers["elements"] * mass / mass.mean(), 1.0)  # a fibre cut by the border has fewer
    for f in dead:
        places = body[f]
        near[places] = True
        live.debris[f] -= (at[places].sum() + resident[f]) * pieces_an_hour / pieces[f]
    ate = eaters[near[site[eaters]]]
    u = live.draw("engulf", cells.key[ate])[0]
    cells.memory[ate] += u < pieces_an_hour
    cleared = dead[live.debris[dead] <= 0]
    live.state[cleared], live.hits[cleared], live.MHC1[cleared] = GAP, 0, 0.0
    live.count("cleared", len(cleared))

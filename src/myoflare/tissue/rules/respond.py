"""Dendritic cells stop where immune complexes lie: complexes of the blood are caught in the walls of venules.

Postcapillary venules are where complexes leave the blood. A dendritic cell that comes upon them, in the perimysium,
stays with the chance that there are any, and makes interferon beta while it stays (``secrete``).
Source: mechanism.md edge 18; dendritic cells of the perimysium: Greenberg 2005 Ann Neurol, doi:10.1002/ana.20464.
"""

import numpy as np

from myoflare.tissue.agents import ACTIVE, PDC, RESTING
from myoflare.tissue.ground import PERIMYSIAL


def respond(live):
    """Every hour."""
    cells = live.cells
    mine = np.flatnonzero((cells.kind[: cells.n] == PDC) & (cells.state[: cells.n] <= ACTIVE))
    if not len(mine):
        return
    u = live.draw("respond", cells.key[mine])[0]
    there = live.ground.zone[cells.site[mine]] == PERIMYSIAL
    stays = there & (u < live.drive["H_IC"] * live.body["humoral_immune_complex"])
    held = cells.state[mine] == ACTIVE
    go = held & (u > 1 - 1 / (live.numbers["talk"]))
    cells.state[mine] = np.where(stays | (held & ~go), ACTIVE, RESTING)

"""M1 become M2: having eaten, IL-10 and regulatory T cells push, interferon gamma and TNF hold back.

Source: mechanism.md edges 36 and 37, the network's rate with each cell's own meals and signals; Arnold 2007 J Exp Med,
doi:10.1084/jem.20070075.
"""

import numpy as np

from myoflare.tissue.agents import DYING, M1, M2, TREG
from myoflare.tissue.live import HOURS, block, sat


def turn(live):
    """Every hour."""
    d, cells = live.drive, live.cells
    mine = np.flatnonzero((cells.kind[: cells.n] == M1) & (cells.state[: cells.n] != DYING))
    if not len(mine):
        return
    site, b = cells.site[mine], live.body
    eaten = sat(cells.memory[mine], live.numbers["eaten_half"])
    IL10 = sat(live.signal["IL10"][site], d["muscle_K_IL10"])
    Treg = d["muscle_w_switch_Treg"] * sat(cells.number(TREG) * live.ground.scale, d["muscle_K_switch_Treg"])
    hungry = block(cells.memory[mine], live.numbers["eaten_half"])
    held = b["signal_IFNg"] * live.signal["IFNg"][site] / d["muscle_K_IFNg_M1"]
    held = held + b["free_TNF"] * live.signal["TNF"][site] / d["muscle_K_TNF_M1"]
    rate = d["muscle_k_switch"] * (eaten + IL10 + Treg) * block(held * hungry, d["muscle_block_M1_half"])
    turned = mine[live.draw("turn", cells.key[mine])[0] < rate / HOURS]
    cells.kind[turned], cells.memory[turned] = M2, 0
    live.count("turned", len(turned))

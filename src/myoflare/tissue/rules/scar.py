"""Progenitors multiply where fibres died; a tube that nobody fills in time turns to scar or fat.

Rates of the network (mechanism.md edges 41, 42, 43) with the progenitors, satellite cells and TGF beta at each tube.
"""

import numpy as np

from myoflare.tissue.agents import FAP, MYOBLAST, SC
from myoflare.tissue.draws import whole
from myoflare.tissue.live import FAT, FIBROSIS, GAP, HOURS, NECROTIC, block, sat


def scar(live):
    """Every hour."""
    d, fibres = live.drive, np.arange(len(live.state))
    _call(live)
    faps = sat(live.as_body(live.nearby(live.at_fibres(FAP))), d["muscle_K_FAP_fat"])
    few = block(live.as_body(live.at_fibres(SC, MYOBLAST)), d["muscle_K_SC_fat"])
    TGFb = sat(live.by_fibre["TGFb"], d["muscle_K_TGF_scar"])
    collagen = (d["muscle_k_scar"] + d["H_FAP"] * d["muscle_k_scar_FAP"] * faps) * TGFb / HOURS
    fat = (d["H_FAP"] * d["muscle_k_fat_FAP"] * faps + d["muscle_k_fat_SC"] * few) / HOURS
    u = live.draw("scar", fibres)[0]
    was = live.state.copy()
    live.state[(was == GAP) & (u < collagen)] = FIBROSIS
    live.state[(was == GAP) & (u > 1 - fat)] = FAT
    live.state[(was == FIBROSIS) & (u < d["muscle_k_remodel"] / HOURS)] = GAP
    live.state[(was == FAT) & (u < d["muscle_k_slim"] / HOURS)] = GAP


def _call(live):
    """New progenitors at dead segments."""
    d, rim = live.drive, live.ground.rim
    dead = np.flatnonzero((live.state == NECROTIC) | (live.state == GAP))
    if not len(dead):
        return
    mass = live.share(NECROTIC, GAP) * d["muscle_muscle_mass"]
    u = live.draw("call", [0])[:, 0]
    number = whole(d["muscle_k_grow_FAP"] / live.ground.scale * sat(mass, d["muscle_K_FAP_gap"]) / HOURS, u[0])
    which = live.draw("call where", live.cells.next_key + np.arange(number))
    for m in range(number):
        places = rim[dead[int(which[0, m] * len(dead))]]
        if len(places):
            live.cells.add(FAP, places[[int(which[1, m] * len(places))]], -1, 0)
            live.count(("born", FAP))

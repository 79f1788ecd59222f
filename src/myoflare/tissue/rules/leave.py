"""Cells leave by lymph or die where they are, at the network's rates; B cells stay longer under interferon (BAFF).

Source: loss rates of the network; neutrophils 12.5 h, M1 24.6 h and M2 58.1 h to half in mice, Haase 2024 eLife; B cell
survival: mechanism.md edge 17.
"""

import numpy as np

from myoflare.tissue.agents import (
    CD4,
    CD8,
    DYING,
    FAP,
    KINDS,
    M1,
    M2,
    MYOBLAST,
    NEUTROPHIL,
    PDC,
    PLASMA,
    SC,
    TREG,
    TRM,
    B,
)
from myoflare.tissue.live import STEPS_A_DAY, STEPS_AN_HOUR, block, sat


def rates(live):
    """Loss a day of each cell, (n,)."""
    d, n, cells = live.drive, live.numbers, live.cells
    by_kind = np.full(len(KINDS), d["muscle_site_k_leave"])
    by_kind[TRM], by_kind[NEUTROPHIL] = d["muscle_k_lose_TRM"], d["muscle_k_die_neutrophil"]
    by_kind[M1] = d["muscle_site_k_die_M1"] + live.body["macrophage_depletion"]
    by_kind[M2] = d["muscle_k_die_M2"] + live.body["macrophage_depletion"]
    by_kind[[SC, MYOBLAST]] = d["muscle_k_die_SC"]
    kind, site = cells.kind[: cells.n], cells.site[: cells.n]
    out = by_kind[kind]
    b_cell = (kind == B) | (kind == PLASMA)
    saved = n["BAFF_survival"] * d["H_IFN"] * sat(live.interferon(live.signal)[site[b_cell]], n["K_BAFF"])
    out[b_cell] *= 1 - saved
    fap = kind == FAP
    TNF, TGFb = live.body["free_TNF"] * live.signal["TNF"][site[fap]], live.signal["TGFb"][site[fap]]
    kills = d["muscle_k_kill_FAP"] * sat(TNF, d["muscle_K_TNF_FAP"])
    out[fap] = (d["muscle_k_die_FAP"] + kills) * block(TGFb, d["muscle_K_TGF_FAP"])
    return out


def leave(live):
    """Every hour: who goes. Lymphocytes leave by lymph or die; others die. A dying cell is seen for some hours."""
    cells, n = live.cells, live.numbers
    if not cells.n:
        return
    u = live.draw("leave", cells.key[: cells.n])
    state, kind = cells.state[: cells.n], cells.kind[: cells.n]
    cells.clock[: cells.n][state == DYING] -= STEPS_AN_HOUR
    rotten = (state == DYING) & (cells.clock[: cells.n] <= 0)
    ends = (state != DYING) & (u[0] < rates(live) * STEPS_AN_HOUR / STEPS_A_DAY)
    lymphoid = np.isin(kind, (CD8, CD4, TREG, B, PLASMA, PDC, TRM))
    goes = ends & lymphoid & (u[1] >= n["die_share"])
    dies = ends & ~goes
    state[dies] = DYING
    cells.clock[: cells.n][dies] = int(n["dying"] * STEPS_AN_HOUR)
    for what, who in (("left", goes), ("died", dies), ("gone", rotten)):
        for k, number in zip(*np.unique(kind[who], return_counts=True), strict=True):
            live.count((what, int(k)), int(number))
    cells.remove(goes | rotten)

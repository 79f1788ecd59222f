"""Oxygen from the capillaries that are left; fibres beyond its reach shrink, and interferon shrinks them, too.

A fibre is as hypoxic as the share of it in which the tension is below the critical one. A fibre at the border of its
fascicle is supplied from one side only: nothing else makes it special. Source: mechanism.md edges 23 and 33, rates of
the network; tension of 40 mmHg in capillaries and consumption in ``science/tissue/fields.tsv``.
"""

import numpy as np

from myoflare.tissue.live import (
    ATROPHIC,
    FAT,
    FIBROSIS,
    GAP,
    HEALTHY,
    MHC,
    NECROTIC,
    STRESSED,
    block,
    sat,
)
from myoflare.tissue.oxygen import demand_of, tension

DEAD = (NECROTIC, GAP, FIBROSIS, FAT)
SHRINKS = (HEALTHY, MHC, STRESSED, ATROPHIC)


def breathe(live):
    """Every day: tension in the section."""
    fascicle, medium = live.fascicle, live.ground.medium
    alive = np.where(np.isin(live.state, DEAD), 0.0, live.size)
    demand = demand_of(fascicle, medium, alive)
    perfused = 1.0 - live.lost[fascicle.capillaries.unit]
    low = tension(medium, fascicle.capillaries, perfused, demand).ravel() < live.numbers["critical_tension"]
    owner, count = live.ground.owner, len(live.state)
    mine = owner >= 0
    whole = np.maximum(np.bincount(owner[mine], minlength=count), 1)
    live.hypoxia[:] = np.bincount(owner[mine], low[mine], count) / whole


def shrink(live):
    """Every day: size, and the state that follows from it."""
    d, n, state = live.drive, live.numbers, live.state
    mine = np.isin(state, SHRINKS)
    loss = d["H_ISCH"] * d["muscle_k_atrophy"] * live.hypoxia
    loss = loss + d["H_IFN"] * d["muscle_k_atrophy_IFN"] * sat(live.ISG, d["muscle_K_ISG_force"])
    gain = d["muscle_k_regain"] * block(live.hypoxia, d["muscle_K_hypoxia_regain"])
    rest = gain / (gain + loss)
    size = rest + (live.size - rest) * np.exp(-(gain + loss))
    live.size[mine] = np.maximum(size, n["least_size"])[mine]
    small = mine & (live.size < n["atrophic_below"])
    grown = (state == ATROPHIC) & (live.size > n["atrophic_below"] + 0.05)
    state[small], state[grown] = ATROPHIC, HEALTHY

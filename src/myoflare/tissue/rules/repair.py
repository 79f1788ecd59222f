"""Satellite cells wake, divide, commit and fuse in the empty tube; what they begin grows to full size.

Rates of the network (mechanism.md edges 24, 39, 40, 41) with the signals, macrophages and cells at each fibre. Source:
Khuu 2021 and Haase 2024 for the scheme; type I interferon holds division and fusion back, Gallay 2022.
"""

import numpy as np

from myoflare.tissue.agents import ACTIVE, DYING, M1, M2, MYOBLAST, SC, TREG
from myoflare.tissue.draws import whole
from myoflare.tissue.live import GAP, HEALTHY, HOURS, REGENERATING, block, hill, sat


def wake(live):
    """Every hour: HGF wakes satellite cells of a fibre; empty niches fill slowly."""
    d, rim = live.drive, live.ground.rim
    rate = d["muscle_k_activate_SC"] * hill(live.by_fibre["HGF"], d["muscle_K_HGF"], d["immunity_n_cooperative"])
    u = live.draw("wake", np.arange(len(live.state)))
    share = niche(live)
    for f in np.flatnonzero((live.quiescent > 0) & (rate > 1e-5)):
        number = min(whole(live.quiescent[f] * rate[f] / HOURS, u[0, f]), int(live.quiescent[f]))
        places = rim[f]
        if number and len(places):
            where = places[(u[1, f] * len(places) + np.arange(number)).astype(int) % len(places)]
            live.cells.add(SC, where, f, 0)
            live.quiescent[f] -= number
            live.count(("woke", SC), number)
    live.quiescent += u[2] < d["muscle_k_niche"] * share / HOURS
    live.quiescent -= (u[3] < d["muscle_k_niche"] * live.quiescent / HOURS) & (live.quiescent > 0)


def niche(live):
    """Satellite cells that belong to each fibre, (fibre,)."""
    return live.drive["muscle_SC_total"] / live.ground.scale * live.ground.mass / live.ground.mass.sum()


def divide(live):
    """Every hour: woken cells divide, commit to fuse, or go back to rest."""
    d, cells = live.drive, live.cells
    mine = np.flatnonzero((cells.kind[: cells.n] == SC) & (cells.state[: cells.n] != DYING))
    if not len(mine):
        return
    site = cells.site[mine]
    fibre = np.where(live.ground.owner[site] >= 0, live.ground.owner[site], cells.fibre[mine])  # the one it is at
    macrophages = live.as_body(live.nearby(live.at_fibres(M1) + d["muscle_w_divide_M2"] * live.at_fibres(M2)))
    crowd = live.as_body(live.nearby(live.at_fibres(SC, MYOBLAST)))
    IFN1 = d["H_IFN"] * live.interferon(live.signal)[site]
    rate = d["muscle_k_divide_SC"] * block(IFN1, d["muscle_K_IFN_SC"]) * block(crowd, d["muscle_K_SC_crowd"])[fibre]
    rate = rate * sat(macrophages + d["muscle_M_resident"], d["muscle_K_SC_M1"])[fibre]
    rate = rate * block(live.signal["TGFb"][site], d["muscle_K_TGF_SC"])
    u = live.draw("divide", cells.key[mine])
    divides = u[0] < rate / HOURS
    M2_here = live.as_body(live.at_fibres(M2))[fibre] + d["muscle_M_resident_repair"]
    wanted = live.beside(GAP)[fibre]
    ready = live.at_fibres(MYOBLAST)
    needed = block(ready + live.around(ready), live.numbers["fuse_cells"])[fibre]  # committed cells speak for a tube
    commit = live.numbers["commit"] * sat(M2_here, d["muscle_K_fuse_M2"]) * needed
    commits = ~divides & wanted & (u[1] < commit / HOURS)
    full = niche(live)[fibre]
    room = live.quiescent[fibre] < 0.5 * full  # half a niche is kept even while a tube beside it wants them
    back = d["muscle_k_return_SC"] * block(live.quiescent[fibre], full)
    rests = ~divides & ~commits & (room | ~wanted) & (u[2] < back / HOURS)
    parents = mine[divides]
    cells.add(SC, cells.site[parents], fibre[divides], 0)
    live.count(("born", SC), len(parents))
    cells.kind[mine[commits]] = MYOBLAST
    live.count("committed", int(commits.sum()))
    np.add.at(live.quiescent, fibre[rests & room], 1)
    live.count(("rested", SC), int(rests.sum()))
    gone = np.zeros(cells.n, bool)
    gone[mine[rests]] = True
    cells.remove(gone)


def fuse(live):
    """Every hour: cells at an empty tube fuse into a new segment."""
    d, n, cells = live.drive, live.numbers, live.cells
    gaps = np.flatnonzero(live.state == GAP)
    if not len(gaps):
        return
    here = live.at_fibres(SC, MYOBLAST)
    helpers = live.as_body(live.at_fibres(M2) + d["muscle_w_Treg_M2"] * live.at_fibres(TREG))
    rate = d["muscle_k_rebuild"] * sat(live.as_body(here), d["muscle_K_fuse"])
    rate = rate * sat(helpers + d["muscle_M_resident_repair"], d["muscle_K_fuse_M2"])
    rate = rate * block(d["H_IFN"] * live.interferon(live.by_fibre), d["muscle_K_IFN_fuse"])
    u = live.draw("fuse", np.arange(len(live.state)))[0]
    gone = np.zeros(cells.n, bool)
    for f in gaps[(u[gaps] < rate[gaps] / HOURS) & (here[gaps] >= n["fuse_cells"])]:
        near = np.isin(cells.site[: cells.n], live.ground.body[f]) & ~gone
        near &= (cells.state[: cells.n] <= ACTIVE) & np.isin(cells.kind[: cells.n], (SC, MYOBLAST))
        who = np.flatnonzero(near)
        who = who[np.argsort(-cells.kind[who].astype(int), kind="stable")][: int(n["fuse_most"])]  # committed first
        if len(who) < n["fuse_cells"]:
            continue
        gone[who] = True
        for kind in cells.kind[who]:
            live.count(("fused", int(kind)))
        live.state[f], live.size[f], live.nuclei[f] = REGENERATING, n["new_size"], len(who)
        live.hits[f], live.ISG[f] = 0, 0.0
        live.count("rebuilt")
    cells.remove(gone)


def ripen(live):
    """Every day: new fibres grow by the nuclei that they were given; their nuclei stay inside for months."""
    d = live.drive
    M2_here = live.as_body(live.at_fibres(M2)) + d["muscle_M_resident_repair"]
    new = live.state == REGENERATING
    growth = (1 - live.numbers["new_size"]) * d["muscle_k_mature"] * sat(M2_here, d["muscle_K_mature_M2"])
    growth = growth * 2 * sat(live.nuclei, live.numbers["growth_nuclei"])
    live.size[new] = np.minimum(live.size + growth, 1.0)[new]
    live.state[new & (live.size >= 0.999)] = HEALTHY
    u = live.draw("ripen", np.arange(len(live.state)))[0]
    moved = ~new & (live.nuclei > 0) & (u < live.numbers["new_nuclei_fade"] * live.nuclei)
    live.nuclei[moved] -= 1

"""Cells and fibres make signals; the signals spread for an hour.

Secretion is the network's, cell by cell. The network has one loss for each signal; in space there are decay, capillary
walls and uptake. So secretion is multiplied by the ratio of the two losses: where all is even, the concentration is
the network's. M1 that have eaten make less TNF (Arnold 2007 J Exp Med, doi:10.1084/jem.20070075). One step of an hour
instead of six of ten minutes: ``benchmarks/tissue.py`` measures the difference.
"""

import numpy as np

from myoflare.tissue.agents import ACTIVE, CD4, CD8, DYING, KINDS, M1, M2, NEUTROPHIL, PDC, TREG, TRM
from myoflare.tissue.fields import FIELDS, advance
from myoflare.tissue.ground import PERIMYSIAL
from myoflare.tissue.live import GAP, LIVING, MHC, NECROTIC, REGENERATING, STRESSED, block, hill, sat

MOLECULES = 6.02214076e11 / 86400  # molecules/s in a pmol/day
LOSS = {"TNF": "muscle_site_k_lose_TNF", "CCL2": "muscle_site_k_lose_CCL2"}
HOUR = 3600.0
TOLERANCE = 1e-4  # residual of a step over what came in: far below what one step of an hour misses
NOTHING = 1e-6  # molecules in a place; what fades without a source would end among numbers too small to solve for
ROW = {name: f for f, name in enumerate(FIELDS)}


def secrete(live):
    """Every hour."""
    medium, made, clearance = sources(live)
    live.amount, _ = advance(medium, live.amount, made, clearance, HOUR, tolerance=TOLERANCE, threads=live.threads)
    live.refresh()


def sources(live):
    """What the signals spread in, molecules/s made at each place (field, ny, nx), um^3/s cleared; and nothing is left
    of what has all but gone."""
    medium = live.scratch.get("medium", live.ground.medium)
    clearance = np.zeros((len(FIELDS), 1, 1))
    clearance[ROW["IFNb"]] = live.numbers["uptake_IFNb"] * medium.fluid_um3
    made = by_fibres(live) + by_cells(live)
    made *= balance(live)[:, None] * MOLECULES
    live.amount[live.amount < NOTHING] = 0.0
    return medium, np.ascontiguousarray(made.reshape(medium.shape)), clearance


def balance(live):
    """Losses in the healthy section over those of the network, (field,)."""
    if "balance" not in live.scratch:
        medium = live.ground.medium
        out = medium.decay + medium.permeability * medium.wall.mean() / medium.fluid_um3
        out[ROW["IFNb"]] += live.numbers["uptake_IFNb"]
        known = [live.drive[LOSS.get(name, f"muscle_k_lose_{name}")] / 86400 for name in FIELDS]
        live.scratch["balance"] = out / np.array(known)
    return live.scratch["balance"]


def by_fibres(live):
    """pmol/day at each place, (field, place): what fibres make, spread over their places, and what is made at rest."""
    d, b, state, mass = live.drive, live.body, live.state, live.ground.mass
    owner, scale = live.ground.owner, live.ground.scale
    rate = np.zeros((len(FIELDS), len(state)))
    necrotic, gap, stressed = ((state == s) * mass for s in (NECROTIC, GAP, STRESSED))
    rate[ROW["HGF"]] = d["muscle_s_HGF_necrosis"] * necrotic + d["muscle_s_HGF_gap"] * gap
    rate[ROW["TGFb"]] = d["muscle_s_TGFb_necrosis"] * necrotic
    CCL2 = d["H_ER"] * d["muscle_s_CCL2_stressed"] * stressed + d["muscle_s_CCL2_necrosis"] * necrotic
    rate[ROW["CCL2"]] = b["cytokine_output"] * CCL2
    rate[ROW["IFNb"]] = b["IFN1_output"] * d["muscle_s_IFNb_stressed"] * d["H_ER"] * stressed
    share = mass / mass.sum() / scale
    rate[ROW["VEGF"]] = (d["muscle_s_VEGF_rest"] + d["muscle_s_VEGF_hypoxia"] * live.hypoxia) * share
    rate[ROW["IFNg"]] = d["muscle_IFNg_rest"] * share
    rate[ROW["IFNb"]] += d["muscle_IFNb_rest"] * share
    rate[ROW["TGFb"]] += d["muscle_s_TGFb_M2"] * d["muscle_M_resident_repair"] * share
    mine = owner >= 0
    size = np.maximum(np.bincount(owner[mine], minlength=len(state)), 1)
    out = np.where(mine, (rate / size)[:, np.maximum(owner, 0)], 0.0)
    out[ROW["CXCL10"]] = chemokine(live)
    return out


def chemokine(live):
    """CXCL10 of each place, pmol/day: living fibres, and between fascicles endothelium and stroma, answer the
    interferons that are there. Places share what the whole muscle would make by their number."""
    d = live.drive
    IFNg, IFN1 = live.body["signal_IFNg"] * live.signal["IFNg"], live.interferon(live.signal)
    called = sat(IFNg, d["muscle_K_CXCL10_IFNg"])
    called = called + d["H_IFN"] * d["muscle_w_CXCL10_IFN1"] * sat(IFN1, d["muscle_K_CXCL10_IFN1"])
    answers = np.append(LIVING[live.state], True)[live.ground.owner]  # owner -1 is the last: stroma
    return d["muscle_s_CXCL10"] * d["muscle_muscle_mass"] / live.ground.scale / len(live.ground) * answers * called


def by_cells(live):
    """pmol/day at each place, (field, place): what cells make."""
    d, b, cells, ground = live.drive, live.body, live.cells, live.ground
    out = np.zeros((len(FIELDS), len(ground)))
    alive = cells.state[: cells.n] != DYING
    kind, site = cells.kind[: cells.n][alive], cells.site[: cells.n][alive]
    output = b["cytokine_output"]
    T = np.isin(kind, (CD8, CD4))
    each = np.zeros((len(FIELDS), len(KINDS)))
    each[ROW["TNF"], M1] = output * d["muscle_site_s_TNF_M1"]
    each[ROW["TNF"], [CD8, CD4]] = output * d["muscle_site_s_TNF_T"]
    each[ROW["CCL2"], M1] = output * d["muscle_site_s_CCL2_M1"]
    each[ROW["CCL2"], NEUTROPHIL] = output * d["muscle_s_CCL2_neutrophil"]
    each[ROW["IL10"], M2], each[ROW["IL10"], TREG] = d["muscle_s_IL10_M2"], d["muscle_s_IL10_Treg"]
    each[ROW["TGFb"], M2], each[ROW["TGFb"], M1] = d["muscle_s_TGFb_M2"], d["muscle_s_TGFb_M1"]
    each[ROW["VEGF"], M2] = d["muscle_s_VEGF_M2"]
    for f in np.flatnonzero(each.any(axis=1)):
        out[f] = np.bincount(site, each[f, kind], len(ground))
    hungry = np.where(kind == M1, block(cells.memory[: cells.n][alive], live.numbers["eaten_half"]), 1.0)
    out[ROW["TNF"]] = np.bincount(site, each[ROW["TNF"], kind] * hungry, len(ground))
    engaged = d["muscle_engaged_rest"] + sat(targets_at(live) * d["muscle_muscle_mass"], d["muscle_K_engage"])
    works = T | (kind == TRM)
    weight = np.where(kind == TRM, d["muscle_w_TRM"], 1.0)[works]
    IFNg = output * d["muscle_s_IFNg"] * d["muscle_IFNg_gain"] * engaged[site[works]] * weight
    out[ROW["IFNg"]] = np.bincount(site[works], IFNg, len(ground))
    return _complexes(live, out)


def targets_at(live):
    """Share of target among the fibres at each place; in the perimysium cells see what others carry there, the mean."""
    shown = np.isin(live.state, (MHC, STRESSED)) + live.drive["muscle_w_target_regenerating"] * (
        live.state == REGENERATING
    )
    touch = live.ground.touch
    total = np.add.reduceat(np.append(shown[touch.index], 0.0), touch.start[:-1])
    number = np.diff(touch.start)
    mean = float((shown * live.ground.mass).sum() / live.ground.mass.sum())
    return np.where(number > 0, total / np.maximum(number, 1), mean)


def _complexes(live, out):
    """Interferon beta for complexes: the body's, shared by the dendritic cells that hold on; without any, the cells in
    the walls of venules that caught the complexes."""
    d, b, cells = live.drive, live.body, live.cells
    holds = (cells.kind[: cells.n] == PDC) & (cells.state[: cells.n] == ACTIVE)
    where = cells.site[: cells.n][holds]
    if not len(where):
        where = live.ground.venule_place
    if not len(where):
        where = np.flatnonzero(live.ground.zone == PERIMYSIAL)
    if not len(where):
        return out
    primed = hill(live.ISG.mean(), d["muscle_K_ISG_primed"], 1) + d["muscle_unprimed_share"]
    total = b["IFN1_output"] * d["muscle_s_IFNb_IC"] * d["H_IC"] * b["free_FcR"] * b["humoral_immune_complex"] * primed
    out[ROW["IFNb"]] += np.bincount(where, minlength=len(live.ground)) * total / live.ground.scale / len(where)
    return out

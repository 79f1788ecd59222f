"""Cells come in through vessels that carry blood: as many lymphocytes as the body sends, by the vessel that calls most.

Lymphocytes and dendritic cells: the network's entry (edges 26, 27), over the scale of the section. Which vessel one
takes is weighed by wall, by kind (venules let more through than capillaries) and by CXCL10 around it. Macrophages and
neutrophils: the network's laws (edge 35) with the section's own CCL2, T cells and necrosis, and more where neighbours
died together: the body could not fill 25 kg of muscle so, but one wound it can.
Source: mechanism.md section 3.2, edges 26, 27 and 35; counts after notexin, Al-Ghazawi 2025 PLoS Comput Biol.
"""

import numpy as np

from myoflare.tissue.agents import CD4, CD8, M1, NEUTROPHIL, PDC, PLASMA, TREG, B
from myoflare.tissue.draws import whole
from myoflare.tissue.ground import DENSITY
from myoflare.tissue.live import NECROTIC, STEPS_A_DAY, hill, sat

ORDER = (CD8, CD4, TREG, B, PLASMA, PDC, M1, NEUTROPHIL)
MYELOID = (M1, NEUTROPHIL)


def weigh(live):
    """Once an hour: how much each vessel counts, for lymphocytes and for myeloid cells."""
    ground, drive = live.ground, live.drive
    capillaries, vessels = live.fascicle.capillaries, live.fascicle.vessels
    perfused = 1.0 - live.lost[capillaries.unit]
    place = np.concatenate([ground.capillary_place, ground.venule_place])
    venule = vessels.radius[vessels.kind == 1]
    wall = 2 * np.pi * np.concatenate([capillaries.radius * perfused, venule])
    passing = wall * np.where(np.arange(len(wall)) < len(perfused), 1.0, live.numbers["venule_preference"])
    called = hill(live.signal["CXCL10"][place], drive["muscle_K_CXCL10"], live.numbers["n_entry"])
    CCL2 = sat(live.signal["CCL2"][place], drive["muscle_site_K_CCL2"])
    lymphoid = passing * (drive["muscle_gate_rest"] + drive["muscle_w_gate_CXCL10"] * called)
    live.scratch["doors"] = place, np.cumsum(lymphoid), np.cumsum(wall * CCL2 + 1e-12)
    live.scratch["CCL2_at_vessels"] = float((wall * CCL2).sum() / max(wall.sum(), 1e-12))
    live.scratch["flux"] = flux(live)


def flux(live):
    """Cells a day into the section, by kind."""
    b, d, scale = live.body, live.drive, live.ground.scale
    door = d["muscle_site_k_home"] * b["muscle_gate"] / scale
    T = sum(int((live.cells.kind[: live.cells.n] == k).sum()) for k in (CD4, CD8))
    M1_law = (
        d["muscle_site_k_recruit_M1"] / scale * live.scratch["CCL2_at_vessels"] + d["muscle_site_k_recruit_M1_T"] * T
    )
    necrotic = live.share(NECROTIC) * d["muscle_muscle_mass"]
    wound_M1, wound_neutrophil = wounded(live)
    return {
        CD8: b["homing"] * door * b["immunity_CD8"],
        CD4: b["homing"] * door * b["immunity_CD4"],
        TREG: door * b["immunity_Treg"] * d["muscle_w_home_Treg"],
        B: b["homing"] * door * b["humoral_memory_B"],
        PLASMA: b["homing"] * door * b["humoral_plasmablast"],
        PDC: b["homing"] * door * live.numbers["pDC_pool"],
        M1: b["macrophage_entry"] * (M1_law + wound_M1),
        NEUTROPHIL: d["muscle_k_call_neutrophil"] / scale * sat(necrotic, d["muscle_K_neutrophil_necrosis"])
        + wound_neutrophil,
    }


def wounded(live):
    """M1 and neutrophils a day that deaths side by side call; a single one is diluted among its neighbours."""
    danger, mass, n = live.nearby(live.fresh), live.ground.mass, live.numbers
    mm3 = mass / DENSITY
    return n["call_M1"] * (danger**2 * mm3).sum(), n["call_neutrophil"] * (danger**4 * mm3).sum()


def enter(live):
    """Every step: the cells that come now. A CD8 cell knows fibres or does not, by the person's own share."""
    place, lymphoid, myeloid = live.scratch["doors"]
    coin = live.draw("how many enter", ORDER)[0]
    for m, kind in enumerate(ORDER):
        number = whole(live.scratch["flux"][kind] / STEPS_A_DAY, coin[m])
        door = myeloid if kind in MYELOID else lymphoid
        if not number or door[-1] <= 0:
            continue
        u = live.draw("which vessel", live.cells.next_key + np.arange(number))
        vessel = np.searchsorted(door, u[0] * door[-1])
        knows = (u[1] < live.drive["muscle_CTL_recognition"]) & (kind == CD8)
        live.cells.add(kind, place[np.minimum(vessel, len(place) - 1)], -1, knows)
        live.count(("entered", kind), number)

"""Capillaries are lost by the unit that shares an arteriole, and grow back where VEGF calls.

C5b-9 on the wall comes with the body's antibody and complement, interferon from where the unit lies, traps from the
section's neutrophils. Source: mechanism.md edges 19, 31 and 34; units of 6 to 8, Gitiaux 2013 Ann Rheum Dis.
"""

import numpy as np

from myoflare.tissue.agents import NEUTROPHIL
from myoflare.tissue.fields import with_perfusion
from myoflare.tissue.live import HOURS, sat


def prune(live):
    """Every hour."""
    d, unit, scratch = live.drive, live.fascicle.capillaries.unit, live.scratch
    if not len(live.lost):
        return
    IFN1 = by_unit(live, live.interferon(live.signal))
    NET = sat(live.cells.number(NEUTROPHIL) * live.ground.scale, d["muscle_K_NET"])
    hazard = d["muscle_k_cap_MAC"] * live.body["muscle_MAC_capillary"] + d["H_NET"] * d["muscle_k_cap_NET"] * NET
    hazard = d["H_CAP"] * (hazard + d["H_IFN"] * d["muscle_k_cap_IFN"] * sat(IFN1, d["muscle_K_cap_IFN"]))
    regrow = d["muscle_k_regrow_EC"] * sat(by_unit(live, live.signal["VEGF"]), d["muscle_K_VEGF"])
    u = live.draw("prune", np.arange(len(live.lost)))[0]
    change = u < np.where(live.lost > 0, regrow, hazard) / HOURS
    if change.any():
        live.count("units lost", int((change & (live.lost == 0)).sum()))
        live.count("units regrown", int((change & (live.lost > 0)).sum()))
        live.lost[change] = 1 - live.lost[change]
        scratch["medium"] = with_perfusion(live.ground.medium, live.fascicle.capillaries, 1.0 - live.lost[unit])


def by_unit(live, at_places):
    """Mean over the capillaries of each unit."""
    unit = live.fascicle.capillaries.unit
    size = np.maximum(np.bincount(unit, minlength=len(live.lost)), 1)
    return np.bincount(unit, at_places[live.ground.capillary_place], len(live.lost)) / size

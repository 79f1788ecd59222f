"""What kills a fibre segment: CD8 cells, complement, antibody with macrophages or inside, stress, lack of oxygen.

Virus, bacteria, statins, degeneration and turnover come with the body.
The network's hazards (mechanism.md edges 21, 25, 28, 29, 30, 33, 52), each segment for itself. Complement hits fibres
as weak as they are; antibody with macrophages needs M1 at this very fibre. ``science/tissue/rules.tsv``.
"""

import numpy as np

from myoflare.tissue.agents import M1
from myoflare.tissue.live import ATROPHIC, HOURS, LIVING, NECROTIC, STRESSED, sat

CAUSES = ("MAC", "FCR", "INT", "ER", "ISCH", "virus", "bacteria", "statin", "DEG", "turnover")


def hazards(live):
    """Hazard a day of each cause, (cause, fibre)."""
    d, b, state = live.drive, live.body, live.state
    M1_here = live.as_body(live.at_fibres(M1))
    arms = d["H_FCR"] * b["free_FcR"] * d["muscle_k_FCR"] * d["muscle_sarcolemmal_binding"]
    arms *= sat(b["muscle_antibody_c"], d["muscle_K_antibody_fibre"])
    out = np.zeros((len(CAUSES), len(state)))
    out[0] = d["H_MAC"] * d["muscle_k_MAC"] * b["muscle_MAC_fibre"] * live.weakness
    out[1] = arms * sat(M1_here, d["muscle_K_FCR_M1"])
    out[2] = b["muscle_hazard_INT"]
    out[3] = np.where(state == STRESSED, d["H_ER"] * d["muscle_k_ER"], 0.0)
    out[4] = np.where(state == ATROPHIC, d["H_ISCH"] * d["muscle_k_ISCH"] * live.hypoxia, 0.0)
    for row, name in enumerate(("virus", "bacteria", "statin", "DEG")):
        out[5 + row] = b[f"muscle_hazard_{name}"]
    out[9] = d["muscle_k_turnover"]
    return out * LIVING[state]


def kill(live):
    """Every hour."""
    live.fresh *= 0.5 ** (1 / live.numbers["danger_half"])
    many = hazards(live)
    cumulative = np.cumsum(many, axis=0) / HOURS
    u = live.draw("kill", np.arange(len(live.state)))[0]
    doomed = u < cumulative[-1]
    for f in np.flatnonzero(doomed):
        die(live, f, CAUSES[int(np.searchsorted(cumulative[:, f], u[f], side="right"))])
    for f in np.flatnonzero(LIVING[live.state] & (live.hits >= live.numbers["hits_per_segment"])):
        die(live, f, "CTL")
    for day, share in live.drive.injuries:
        if abs(live.day - day) < 0.5 / HOURS:
            wound(live, share)


def wound(live, share):
    """An injury of the section alone: a share of its fibres dies at once."""
    u = live.draw("wound", np.arange(len(live.state)))[0]
    for f in np.flatnonzero(LIVING[live.state] & (u < share)):
        die(live, f, "wound")


def die(live, f, cause):
    live.state[f], live.debris[f], live.fresh[f], live.hits[f] = NECROTIC, 1.0, 1.0, 0
    live.count(("death", cause))
    live.tally["dead_g"] = live.tally.get("dead_g", 0.0) + float(live.ground.mass[f] * live.size[f])

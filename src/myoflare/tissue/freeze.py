"""What is written down of a growing section once a day, and the frozen section at the end."""

import numpy as np

from myoflare.tissue.agents import DYING, KINDS, MYOBLAST, SC
from myoflare.tissue.fields import FIELDS
from myoflare.tissue.ground import INSIDE
from myoflare.tissue.live import NECROTIC, REGENERATING, sat
from myoflare.tissue.rules.kill import CAUSES
from myoflare.tissue.section import Section
from myoflare.tissue.states import FIBRE_STATES, Cells, FibreStates, VesselStates

MOVES = ("entered", "left", "died", "gone", "born", "woke", "fused", "rested")
MOST_ISG = "muscle_s_ISG", "muscle_k_lose_ISG"


def record(live):
    """One row: cells of each kind, fibres in each state, and what happened since the row before."""
    alive = live.cells.state[: live.cells.n] != DYING
    kinds = np.bincount(live.cells.kind[: live.cells.n][alive], minlength=len(KINDS))
    row = {"day": live.day} | {name: int(number) for name, number in zip(KINDS, kinds, strict=True)}
    row["dying"] = int((~alive).sum())
    row["SC_resting"] = int(live.quiescent.sum())
    states = np.bincount(live.state, minlength=len(FIBRE_STATES))
    row |= {f"fibres_{name}": int(number) for name, number in zip(FIBRE_STATES, states, strict=True)}
    row["capillaries"] = int((live.lost[live.fascicle.capillaries.unit] == 0).sum())
    row["area"] = float((live.size * live.ground.mass)[live.state < NECROTIC].sum() / live.ground.mass.sum()) + float(
        (live.size * live.ground.mass)[live.state == REGENERATING].sum() / live.ground.mass.sum()
    )
    row["dead_g"] = live.tally.get("dead_g", 0.0)
    for cause in (*CAUSES, "CTL", "wound"):
        row[f"deaths_{cause}"] = live.tally.get(("death", cause), 0)
    for what in ("hits", "cleared", "rebuilt", "turned", "units lost", "units regrown"):
        row[what.replace(" ", "_")] = live.tally.get(what, 0)
    for what in MOVES:
        row[what] = sum(n for key, n in live.tally.items() if isinstance(key, tuple) and key[0] == what)
    for kind in ("CD8", "CD4"):
        row[f"{kind}_entered"] = live.tally.get(("entered", KINDS.index(kind)), 0)
    row |= {f"{name}_pM": float(live.signal[name].mean()) for name in FIELDS}
    live.rows.append(row)
    live.tally = {}


def freeze(live, seed) -> Section:
    """The section as records that nothing changes any more."""
    d, fascicle = live.drive, live.fascicle
    weight = live.body["muscle_MAC_fibre"] * live.weakness
    MAC = np.where(live.state < NECROTIC, sat(weight, live.numbers["MAC_seen"]), 0.0)
    MAC = np.where(live.state == REGENERATING, sat(weight, live.numbers["MAC_seen"]), MAC)
    ISG = np.clip(live.ISG * d["muscle_k_lose_ISG"] / d["muscle_s_ISG"], 0, 1)
    MHC1 = np.clip(live.MHC1 * (live.state < NECROTIC) + 0.5 * (live.state == REGENERATING), 0, 1)
    numbers = (
        live.size,
        MHC1,
        np.where(live.state == NECROTIC, 1.0, MAC),
        ISG * (MHC1 >= 0),
        live.state == REGENERATING,
    )
    fibres = FibreStates(live.state.copy(), *(np.asarray(a, np.float32) for a in numbers), live.nuclei.astype(np.uint8))
    unit = fascicle.capillaries.unit
    there = 1.0 - live.lost[unit]
    wall = sat(np.full(len(unit), live.body["muscle_MAC_capillary"]), live.numbers["MAC_seen_capillary"]) * there
    IFN1 = live.interferon(live.signal)[live.ground.capillary_place]
    vessels = VesselStates(
        there.astype(np.uint8), wall.astype(np.float32),
        (sat(IFN1**2, d["muscle_K_ISG"] ** 2) * there).astype(np.float32),
    )  # fmt: skip
    counts = {name: np.array([row[name] for row in live.rows]) for name in live.rows[0]}
    shape = live.ground.medium.wall.shape
    fields = {name: live.signal[name].reshape(shape).astype(np.float32) for name in FIELDS}
    attrs = {
        "scale": live.ground.scale, "start_day": live.start_day, "muscle_g": d["muscle_muscle_mass"],
        "block_um": live.ground.medium.thickness, "threads": live.threads,
        "about": "cells of a block as deep as a segment of fibre; a cut of 10 um holds one in a hundred of them",
    }  # fmt: skip
    return Section(
        fascicle, _cells(live), fibres, vessels, live.day, d.patient, int(seed), counts, attrs, fields
    )  # fmt: skip


def _cells(live):
    """Places in um: somewhere in the open part of the place that a cell is in, always the same one."""
    cells, ground, fascicle = live.cells, live.ground, live.fascicle
    n, pitch, side = cells.n, fascicle.pitch, ground.medium.pitch
    u = live.draw("where", cells.key[:n])
    j, i = np.divmod(cells.site[:n], ground.medium.wall.shape[1])
    x, y = np.zeros(n), np.zeros(n)
    for k in range(n):
        rows = slice(int(j[k] * side / pitch), int(np.ceil((j[k] + 1) * side / pitch)))
        columns = slice(int(i[k] * side / pitch), int(np.ceil((i[k] + 1) * side / pitch)))
        depth = np.where(fascicle.label[rows, columns] <= 0, -1.0, fascicle.depth[rows, columns])
        if ground.zone[cells.site[k]] == INSIDE:
            free = np.flatnonzero(depth.ravel() > -np.inf)
        else:
            free = np.flatnonzero(depth.ravel() <= max(0.0, depth.min()))
        at = free[int(u[0, k] * len(free))]
        a, b = np.divmod(at, depth.shape[1])
        x[k], y[k] = (columns.start + b + u[1, k]) * pitch, (rows.start + a + u[2, k]) * pitch
    kind = np.where(cells.kind[:n] == MYOBLAST, SC, cells.kind[:n]).astype(np.uint8)
    return Cells(kind, x, y, cells.state[:n].copy())

"""Oxygen tension of the section: supplied by perfused capillaries, used by the fibres, always in balance.

Oxygen crosses the distance between capillaries in about a second, so each cell step sees its balance. Consumption
``M P / (P + P_half)`` is met by Newton's method: each round is one linear solve. A capillary is smaller than a voxel;
how much flows in from the voxel's mean tension follows Peaceman 1978, doi:10.2118/6893-PA, with the resistance between
red cells and wall as a Sherwood number (Hellums 1996). That holds for voxels of 7 um and more.
"""

import numpy as np

from myoflare.base.errors import TissueError
from myoflare.tissue.fields import fields_table
from myoflare.tissue.multigrid import levels, solve

WELL = 0.198  # radius, in voxels, at which the tension around a point source equals the voxel's own
ROUNDS, CHANGE = 30, 1e-6  # Newton rounds at most; mmHg of change at which they end
RESIDUAL, CYCLES = 1e-9, 80  # of each linear solve


def tension(medium, capillaries, perfused=None, demand=None):
    """Oxygen tension (ny, nx) in mmHg.

    Parameters
    ----------
    medium: of the section; its pitch and its shape count.
    capillaries, perfused: vessels, and which of them carry blood, by default as the record says.
    demand: (ny, nx) factor on consumption, 1 where all is fibre of a muscle that walks; see ``demand_of``.
    """
    numbers = {q: v for (field, q), v in fields_table().items() if field == "oxygen"}
    shape = medium.wall.shape
    perfused = capillaries.perfused if perfused is None else perfused
    supply = _supply(medium, capillaries, perfused, numbers)
    most = numbers["consumption"] / numbers["solubility"] * (np.ones(shape) if demand is None else demand)
    half, p = numbers["half_tension"], np.full(shape, numbers["capillary_tension"])
    plan, size = levels(*shape)
    buffer, conductance = np.zeros((7, size)), numbers["diffusion"] / medium.pitch**2
    if not perfused.any():
        return np.zeros(shape)
    for _ in range(ROUNDS):
        slope = most * half / (p + half) ** 2
        source = supply * numbers["capillary_tension"] - most * p / (p + half) + slope * p
        new = p.copy()
        solve(
            new, source, supply + slope, np.ones(shape), 0.0, conductance, RESIDUAL, CYCLES, plan, buffer
        )  # fmt: skip
        new = np.maximum(new, 0.0)
        moved = np.abs(new - p).max()
        p = new
        if moved < CHANGE:
            return p
    raise TissueError("oxygen", f"a change of {moved:.1e} mmHg after {ROUNDS} rounds", f"less than {CHANGE:g} mmHg")


def demand_of(fascicle, medium, alive=None):
    """Share of each voxel (ny, nx) that is living fibre; ``alive`` (fibre,) is a factor, 1 by default."""
    alive = np.ones(len(fascicle.fibres)) if alive is None else np.asarray(alive, float)
    weight = np.concatenate([alive, [0.0, 0.0]])[fascicle.label - 1]  # labels 0 and -1 reach the two at the end
    rows, columns = ((np.arange(n) + 0.5) * fascicle.pitch for n in fascicle.label.shape)
    j, i = medium.voxels(np.zeros(len(rows)), rows)[0], medium.voxels(columns, np.zeros(len(columns)))[1]
    out, pixels = np.zeros(medium.wall.shape), np.zeros(medium.wall.shape)
    np.add.at(out, (j[:, None], i[None]), weight)
    np.add.at(pixels, (j[:, None], i[None]), 1.0)
    return out / np.maximum(pixels, 1)


def _supply(medium, capillaries, perfused, numbers):
    """Exchange with the blood in each voxel, 1/s."""
    across = np.log(WELL * medium.pitch / capillaries.radius) + 2 / numbers["sherwood"]
    exchange = 2 * np.pi * numbers["diffusion"] / medium.pitch**2 / np.maximum(across, 0.1) * perfused
    out = np.zeros(medium.wall.shape)
    np.add.at(out, medium.voxels(capillaries.x, capillaries.y), exchange)
    return out

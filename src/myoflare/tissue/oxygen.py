"""Oxygen tension of the section: supplied by perfused capillaries, used by the fibres, always in balance.

Oxygen crosses the distance between capillaries in about a second, so each cell step sees its balance. Consumption
``M P / (P + P_half)`` is met by Newton's method: each round is one linear solve. A capillary is smaller than a voxel;
how much flows in from the voxel's mean tension follows Peaceman 1978, doi:10.2118/6893-PA, with the resistance between
red cells and wall as a Sherwood number (Hellums 1996).
"""

import numpy as np

from myoflare.tissue.fields import fields_table
from myoflare.tissue.multigrid import levels, solve
from myoflare.tissue.tables import TissueError

WELL = 0.198  # radius, in voxels, at which the tension around a point source equals the voxel's own
ROUNDS, CHANGE = 30, 1e-6  # Newton rounds at most; mmHg of change at which they end
RESIDUAL, CYCLES = 1e-9, 80  # of each linear solve


def tension(medium, capillaries, perfused=None, demand=None):
    """Oxygen tension (ny, nx) in mmHg.

    Parameters
    ----------
    medium: of the section; its pitch and its shape count.
    capillaries, perfused: vessels, and which of them carry blood, by default as the record says.
    demand: (ny, nx) factor on consumption, 1 in muscle that walks; 0 where nothing lives.
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


def _supply(medium, capillaries, perfused, numbers):
    """Exchange with the blood in each voxel, 1/s."""
    across = np.log(WELL * medium.pitch / capillaries.radius) + 2 / numbers["sherwood"]
    exchange = 2 * np.pi * numbers["diffusion"] / medium.pitch**2 / np.maximum(across, 0.1) * perfused
    out = np.zeros(medium.wall.shape)
    np.add.at(out, medium.voxels(capillaries.x, capillaries.y), exchange)
    return out

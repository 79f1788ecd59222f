"""Signals between cells: they spread, decay, are made and consumed by cells and pass through the walls of capillaries.

Amounts are molecules in a voxel of the slab (pitch x pitch x thickness); dissolved in the interstitial fluid alone, one
pM is about 0.05 molecules to a voxel of 8 um. A step is backward Euler: never negative, exact in the long run, and the
molecules are counted: what was there, came and went must balance (``Ledger.error``).
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType

import numpy as np

from myoflare.base.errors import TissueError
from myoflare.model.tables import read_rows
from myoflare.store import science_path
from myoflare.tissue.multigrid import levels, solve
from myoflare.tissue.records import Fascicle
from myoflare.tissue.tables import checked

FIELDS = ("IFNb", "IFNg", "TNF", "IL10", "TGFb", "CCL2", "CXCL10", "VEGF", "HGF")
PER_PM_UM3 = 6.02214076e23 * 1e-12 * 1e-15  # molecules in a um^3 at one pM
TOLERANCE = 1e-6  # of the residual, as a share of what came in
MOST_CYCLES = 60


@cache
def fields_table() -> Mapping[tuple[str, str], float]:
    """``science/tissue/fields.tsv``: (field, quantity) -> value, in the units of the table."""
    path = science_path("tissue", "fields.tsv")
    columns = ("field", "quantity", "value", "low", "high", "unit", "description", "source", "confidence")
    return MappingProxyType({(r["field"], r["quantity"]): checked(path, r) for r in read_rows(path, columns)})


@dataclass(frozen=True)
class Medium:
    """What fields spread in. Arrays over fields are (field,), maps are (ny, nx).

    ``diffusion`` um^2/s; ``decay`` 1/s; ``permeability`` um/s; ``pitch``, ``thickness`` um; ``fluid_share`` of the
    volume; ``wall`` um^2 of perfused capillary wall in each voxel; ``passage`` factor on diffusion, 1 in healthy
    muscle, less in scar or fat.
    """

    names: tuple[str, ...]
    diffusion: np.ndarray
    decay: np.ndarray
    permeability: np.ndarray
    pitch: float
    thickness: float
    fluid_share: float
    wall: np.ndarray
    passage: np.ndarray

    @property
    def shape(self):
        """(field, ny, nx)"""
        return len(self.names), *self.wall.shape

    @property
    def fluid_um3(self):
        """Interstitial fluid of one voxel."""
        return self.pitch**2 * self.thickness * self.fluid_share

    @property
    def molecules_per_pM(self):
        return PER_PM_UM3 * self.fluid_um3

    @property
    def decay_length_um(self):
        """sqrt(D / k) of each field, without cells and vessels."""
        return np.sqrt(self.diffusion / self.decay)

    def voxels(self, x, y):
        """Rows and columns of the voxels at places in um; a place on the far border belongs to the last voxel."""
        i = np.minimum((np.asarray(x) / self.pitch).astype(np.int64), self.wall.shape[1] - 1)
        j = np.minimum((np.asarray(y) / self.pitch).astype(np.int64), self.wall.shape[0] - 1)
        return j, i


@dataclass(frozen=True)
class Ledger:
    """Molecules of one step, arrays (field,): what came and went, and how well the account closes.

    ``error`` is the imbalance as a share of everything that was there or came in; ``residual`` the solver's own
    measure, ``cycles`` its work.
    """

    before: np.ndarray
    after: np.ndarray
    secreted: np.ndarray
    from_blood: np.ndarray
    decayed: np.ndarray
    consumed: np.ndarray
    to_blood: np.ndarray
    error: np.ndarray
    residual: np.ndarray
    cycles: np.ndarray


def make_medium(fascicle: Fascicle, names=FIELDS, pitch=None) -> Medium:
    """The medium of a section, with the numbers of ``science/tissue/fields.tsv``."""
    table = fields_table()
    unknown = [n for n in names if (n, "diffusion") not in table]
    if unknown:
        raise TissueError("names", f"unknown field {unknown[0]!r}", f"some of {', '.join(FIELDS)}")
    pitch = pitch or table["medium", "pitch"]
    nx, ny = (int(np.ceil(s / pitch - 1e-9)) for s in fascicle.size_um)
    medium = Medium(
        tuple(names),
        np.array([table[n, "diffusion"] for n in names]),
        np.log(2) / 60 / np.array([table[n, "half_life"] for n in names]),
        np.array([table[n, "permeability"] for n in names]),
        pitch, table["medium", "thickness"], table["medium", "fluid_share"],
        np.zeros((ny, nx)), np.ones((ny, nx)),
    )  # fmt: skip
    return with_perfusion(medium, fascicle.capillaries)


def with_perfusion(medium, capillaries, perfused=None):
    """``medium`` with the walls of the capillaries that are perfused, those of the record unless told otherwise."""
    perfused = capillaries.perfused if perfused is None else perfused
    wall = np.zeros_like(medium.wall)
    np.add.at(wall, medium.voxels(capillaries.x, capillaries.y), walls_um2(capillaries, medium.thickness) * perfused)
    return replace(medium, wall=wall)


def walls_um2(capillaries, thickness):
    return 2 * np.pi * capillaries.radius * thickness


def deposit(medium, x, y, amount):
    """A map (ny, nx) of what cells at places in um do together: molecules/s secreted, or um^3/s cleared."""
    out = np.zeros(medium.wall.shape)
    np.add.at(out, medium.voxels(x, y), amount)
    return out


def advance(medium, amount, secretion, clearance, dt, *, blood_pM=0.0, tolerance=TOLERANCE, threads=1):
    """Amounts after ``dt`` seconds, and the ``Ledger`` of the step.

    Parameters
    ----------
    amount: (field, ny, nx) molecules in each voxel.
    secretion: (field, ny, nx) molecules/s, held over the step.
    clearance: (field, ny, nx) um^3/s of interstitial fluid that cells clear of the signal.
    dt: s; ``inf`` gives the state in which all is in balance.
    blood_pM: (field,) or one number, concentration in plasma.
    threads: fields solved side by side; the result does not depend on it.

    Raises TissueError where the residual stays above ``tolerance``.
    """
    secretion, inflow, uptake, exchange = _terms(medium, secretion, clearance, blood_pM)
    source, sink = _sides(amount, secretion, inflow, uptake, exchange, dt)
    after = np.array(amount, float)
    plan, size = levels(*medium.wall.shape)

    def one(f):
        rate, conductance = medium.decay[f] + 1 / dt, medium.diffusion[f] / medium.pitch**2
        own = np.zeros((7, size))
        return solve(after[f], source[f], sink[f], medium.passage, rate, conductance, tolerance, MOST_CYCLES, plan, own)

    if threads == 1:
        work = [one(f) for f in range(len(medium.names))]
    else:
        with ThreadPoolExecutor(threads) as pool:
            work = list(pool.map(one, range(len(medium.names))))
    cycles, residual = (np.array(w) for w in zip(*work, strict=True))
    if not (residual <= tolerance).all():
        worst = medium.names[int(np.argmax(np.nan_to_num(residual, nan=np.inf)))]
        raise TissueError(f"field {worst}", f"a residual of {residual.max():.1e}", f"at most {tolerance:.1e}")
    return after, _ledger(medium, amount, after, secretion, inflow, uptake, exchange, dt, residual, cycles)


def _terms(medium, secretion, clearance, blood_pM):
    """Molecules/s made and let in from the blood, and 1/s taken up and let out to it, each (field, ny, nx)."""
    secretion, clearance = (np.broadcast_to(np.asarray(m, float), medium.shape) for m in (secretion, clearance))
    blood = np.broadcast_to(np.asarray(blood_pM, float), len(medium.names))
    exchange = medium.permeability[:, None, None] * medium.wall / medium.fluid_um3
    inflow = exchange * (blood * medium.molecules_per_pM)[:, None, None]
    return secretion, inflow, clearance / medium.fluid_um3, exchange


def _sides(amount, secretion, inflow, uptake, exchange, dt):
    return secretion + inflow + (0.0 if np.isinf(dt) else amount / dt), uptake + exchange


def source_and_sink(medium, amount, secretion, clearance, dt, blood_pM=0.0):
    """``source`` and ``sink`` of the equation that ``multigrid.solve`` solves, for a solver elsewhere."""
    return _sides(amount, *_terms(medium, secretion, clearance, blood_pM), dt)


def _ledger(medium, before, after, secretion, inflow, uptake, exchange, dt, residual, cycles):
    long = 1.0 if np.isinf(dt) else dt  # in balance, the account is that of one second
    came, let_in = (m.sum((1, 2)) * long for m in (secretion, inflow))
    decayed = medium.decay * after.sum((1, 2)) * long
    consumed, let_out = (np.einsum("fji,fji->f", m, after) * long for m in (uptake, exchange))
    start, end = (np.zeros(len(came)), np.zeros(len(came))) if np.isinf(dt) else (before.sum((1, 2)), after.sum((1, 2)))
    gap = start + came + let_in - decayed - consumed - let_out - end
    error = np.abs(gap) / np.maximum(start + came + let_in, np.finfo(float).tiny)
    return Ledger(start, end, came, let_in, decayed, consumed, let_out, error, residual, cycles)


def steady(medium, secretion, clearance=0.0, *, blood_pM=0.0, tolerance=TOLERANCE, threads=1):
    """Amounts once everything made is also lost, and the ledger of one second of it."""
    start = np.zeros(medium.shape)
    return advance(medium, start, secretion, clearance, np.inf, blood_pM=blood_pM, tolerance=tolerance, threads=threads)

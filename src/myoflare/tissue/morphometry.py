"""What can be counted and measured on a section, as a plain table: name, value, unit, description.

Shares are of the fibres that stand, those whose place is not taken by scar or fat; one that the border cuts counts like
any other, but sizes are of whole fibres only. A value that cannot be measured (no fibre inside, say) is not a number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import numpy as np

from myoflare.base.errors import TissueError
from myoflare.store import science_document
from myoflare.tissue.infiltrate import (
    COMPARTMENTS,
    MARKERS,
    clusters,
    compartments,
    densest_field,
    infiltrated,
    of_kinds,
)
from myoflare.tissue.profiles import edge_row, feret_least, invaded_fibres, largest_group, surrounded_fibres
from myoflare.tissue.records import ENDOMYSIUM, PERIMYSIUM
from myoflare.tissue.states import CELL_KINDS, FIBRE_STATES

NECROTIC, GAP, REGENERATING, FIBROSIS, FAT = map(
    FIBRE_STATES.index, ("necrotic", "gap", "regenerating", "fibrosis", "fat")
)


@dataclass(frozen=True)
class Finding:
    """One row of the table."""

    name: str
    value: float
    unit: str
    description: str


@cache
def counting() -> Mapping[str, float]:
    """Name -> value of ``counting`` in ``science/tissue/scores.yaml``. Raises TissueError."""
    document = science_document("tissue", "scores.yaml")
    found = {}
    for name, row in document.data["counting"].items():
        if not isinstance(row.get("value"), int | float) or not row["value"] > 0:
            raise TissueError(document.where("counting", name), f"{row.get('value')!r}", "a value above 0")
        found[name] = float(row["value"])
    return MappingProxyType(found)


def measure_section(section) -> dict[str, Finding]:
    """Name -> ``Finding`` of a ``Section``, in the order of a report."""
    how = counting()
    kind = _Fibres(section, how)
    rows = [*_sizes(section, kind), *_shares(section, kind, how), *_vessels(section, kind, how), *_stroma(section)]
    rows += _cells(section, how)
    return {row.name: row for row in rows}


class _Fibres:
    """Masks over fibres (fibre,): which stand, live, are dead, lie at the edge; area in um^2 as it is now."""

    def __init__(self, section, how):
        fascicle, state = section.fascicle, section.fibres.state
        self.dead = np.isin(state, (NECROTIC, GAP))
        self.stand = ~np.isin(state, (FIBROSIS, FAT))
        self.alive = self.stand & ~self.dead
        self.area = fascicle.fibres.area_um2 * section.fibres.size
        self.edge = edge_row(fascicle, how["edge_distance"])
        self.inset = np.sqrt(fascicle.fibres.area_um2 / np.pi) * (1 - np.sqrt(section.fibres.size))
        self.measured = self.alive & fascicle.fibres.whole


def _mean(values):
    return float(np.mean(values)) if len(values) else float("nan")


def _spread(values):
    return float(np.std(values) / np.mean(values)) if len(values) else float("nan")


def _sizes(section, kind):
    mine = kind.measured
    area, width = kind.area[mine], feret_least(section.fascicle, section.fibres.size)[mine]
    edge, inside = _mean(kind.area[mine & kind.edge]), _mean(kind.area[mine & ~kind.edge])
    yield Finding("section_area", section.fascicle.area_mm2, "mm^2", "area of the section")
    yield Finding("fibres", int(kind.stand.sum()), "count", "fibres that stand, those cut by the border with them")
    yield Finding("fibre_area", _mean(area), "um^2", "mean area of whole living fibres")
    yield Finding("fibre_area_cv", _spread(area), "dimensionless", "SD over mean of that area")
    yield Finding("least_feret", _mean(width), "um", "mean least Feret diameter of whole living fibres")
    yield Finding("least_feret_cv", _spread(width), "dimensionless", "SD over mean of that diameter")
    index = edge / inside if inside else float("nan")
    about = "mean area of living fibres of the edge row over that of the others; about 1 in health"
    yield Finding("perifascicular_atrophy_index", index, "dimensionless", about)


def _shares(section, kind, how):
    fibres = section.fibres
    regenerating = fibres.state == REGENERATING

    def stained(mark):
        return getattr(fibres, mark) >= how["positive"]

    internal = (np.bincount(_internal(section.fascicle), minlength=len(kind.stand)) > 0) | (fibres.nuclei > 0)
    events = {
        "necrotic": (kind.dead, "dead fibres, or tubes left by them"),
        "regenerating": (regenerating, "fibres that are being rebuilt"),
        "MHC1": (stained("MHC1"), "fibres with MHC class I on the membrane"),
        "MxA": (stained("MxA"), "fibres with MxA inside"),
        "C5b9": (stained("MAC") & ~kind.dead, "living fibres with C5b-9 on the membrane"),
        "NCAM": (stained("NCAM"), "fibres with NCAM"),
        "internal_nuclei": (internal & kind.alive & ~regenerating, "fibres, not basophilic, with internal nuclei"),
    }
    for name, (mask, about) in events.items():
        yield Finding(f"fraction_{name}", _mean(mask[kind.stand]), "dimensionless", f"share of {about}")
    split = {
        "atrophic": (kind.alive & (fibres.size < how["atrophic"]), "atrophic fibres"),
        "necrotic_or_regenerating": (kind.dead | regenerating, "dead or regenerating fibres"),
        "NCAM": (stained("NCAM"), "fibres with NCAM"),
    }
    for name, (mask, about) in split.items():
        for where, here in (("edge", kind.edge), ("inside", ~kind.edge)):
            place = "of the edge row" if where == "edge" else "of the other fibres"
            yield Finding(f"{where}_{name}", _mean(mask[kind.stand & here]), "dimensionless", f"share {place}: {about}")
    group = largest_group(section.fascicle.touching, kind.dead)
    yield Finding("largest_dead_group", group, "count", "most dead fibres side by side")
    invaded = invaded_fibres(section, kind.inset, how) & kind.alive
    around = surrounded_fibres(section, kind.inset, how) & kind.alive & ~invaded
    yield Finding("invaded_fibres", int(invaded.sum()), "count", "living fibres that CD8 cells have entered")
    yield Finding("fraction_invaded", _mean(invaded[kind.stand]), "dimensionless", "share of such fibres")
    about = "share of living fibres, not invaded, that mononuclear cells surround"
    yield Finding("fraction_surrounded", _mean(around[kind.stand]), "dimensionless", about)


def _internal(fascicle):
    return fascicle.myonuclei.fibre[fascicle.myonuclei.internal]


def _vessels(section, kind, how):
    fascicle, vessels = section.fascicle, section.vessels
    here, whole = vessels.present > 0, fascicle.fibres.whole
    shown = (kind.stand & whole).sum() + 0.5 * (kind.stand & ~whole).sum()
    unit = fascicle.capillaries.unit
    laid = np.unique(unit)
    inside = np.ones(len(here), bool)
    for fibre in np.flatnonzero(kind.edge):
        inside[fascicle.supplied_by[fibre]] = False
    lost = 1 - _mean(here)
    yield Finding("capillaries_per_mm2", here.sum() / fascicle.area_mm2, "1/mm^2", "capillaries of the section")
    ratio = here.sum() / shown if shown else float("nan")
    yield Finding("capillaries_per_fibre", ratio, "dimensionless", "capillaries over fibres; one cut counts half")
    yield Finding("capillaries_lost", lost, "dimensionless", "share of the healthy section's capillaries that is gone")
    about = "such a share among capillaries that touch no fibre of the edge row"
    yield Finding("capillaries_lost_inside", 1 - _mean(here[inside]), "dimensionless", about)
    gone = len(laid) - len(np.unique(unit[here]))
    yield Finding("units_lost", gone, "count", "microvascular units without a capillary left")
    yield Finding("units", len(laid), "count", "microvascular units that the section has had")
    for name, mark in (("C5b9", vessels.MAC), ("MxA", vessels.MxA)):
        share = _mean(mark[here] >= how["positive"])
        yield Finding(f"capillaries_{name}", share, "dimensionless", f"share of capillaries with {name}")


def _stroma(section):
    fascicle, state = section.fascicle, section.fibres.state
    total = fascicle.label.size * fascicle.pitch**2
    place = fascicle.fibres.area_um2
    scar, fat = (float(place[state == s].sum() / total) for s in (FIBROSIS, FAT))
    between = [float((fascicle.label == code).mean()) for code in (ENDOMYSIUM, PERIMYSIUM)]
    yield Finding("fat_fraction", fat, "dimensionless", "share of the section where fat took the place of a fibre")
    yield Finding("scar_fraction", scar, "dimensionless", "share of the section where scar took the place of a fibre")
    about = "share of the section that is scar, endomysium or perimysium, blue in trichrome"
    yield Finding("collagen_fraction", scar + sum(between), "dimensionless", about)
    yield Finding("perimysium_fraction", between[1], "dimensionless", "share of the section that is perimysium")


def _cells(section, how):
    cells, area, size = section.cells, section.fascicle.area_mm2, section.fascicle.size_um
    where = compartments(section, how["perivascular"])
    for name, kinds in ({k: (k,) for k in CELL_KINDS} | MARKERS).items():
        mine = of_kinds(cells, kinds)
        what = f"{name} cells" if name not in MARKERS else f"{name} cells ({', '.join(kinds)})"
        yield Finding(f"{name}_per_mm2", float(mine.sum() / area), "1/mm^2", f"{what} in the section")
        for c, place in enumerate(COMPARTMENTS):
            density = float((mine & (where == c)).sum() / area)
            yield Finding(f"{name}_{place}_per_mm2", density, "1/mm^2", f"{what}, {place}; per mm^2 of all the section")
    for name, kinds in MARKERS.items():
        for c, place in enumerate(COMPARTMENTS):
            mine = of_kinds(cells, kinds) & (where == c)
            x, y = cells.x[mine], cells.y[mine]
            field = densest_field(x, y, size, how["field_area"])
            yield Finding(f"{name}_{place}_per_field", field, "count", f"{name} cells, {place}, in the densest field")
            groups = clusters(x, y, how["cluster_gap"], how["cluster_cells"])
            yield Finding(f"{name}_{place}_clusters", groups, "count", f"clusters of {name} cells, {place}")
            share = infiltrated(x, y, size, how["diffuse_side"], how["diffuse_cells"])
            about = f"share of squares that {name} cells, {place}, infiltrate"
            yield Finding(f"{name}_{place}_diffuse", share, "dimensionless", about)

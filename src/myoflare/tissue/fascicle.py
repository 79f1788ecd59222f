"""A cross-section of healthy muscle from a seed: fibres, vessels and the cells that live between them.

The order of the work is the order of the anatomy: fascicles and fibres (``packing``), their outlines (``outline``),
capillaries and the vessels of the perimysium (``vessels``), nuclei and cells (``residents``).
"""

from dataclasses import replace

import numpy as np
from scipy.spatial import cKDTree

from myoflare.base.errors import TissueError
from myoflare.base.streams import stream
from myoflare.tissue.outline import carve, paint
from myoflare.tissue.packing import pack
from myoflare.tissue.records import Fascicle, Fibres
from myoflare.tissue.residents import Rim, place_myonuclei, place_residents
from myoflare.tissue.scan import listed, touching
from myoflare.tissue.tables import geometry_table
from myoflare.tissue.vessels import place_capillaries, place_vessels

SIZES_UM = (100.0, 10_500.0)
PITCHES_UM = (1.0, 4.0)
AGES = (1.0, 110.0)
GROWTH = (1.0, 5.0, 9.0, 15.0, 18.0)  # years at which areas of fibres are known; from the last one they are adult
TOUCH = 4.0  # um between a capillary's wall and the outline of a fibre that it supplies
VESSEL_SHEATH = 5.0  # um of perimysium around an arteriole or a venule


def make_fascicle(seed, width_um=1000.0, height_um=1000.0, *, sex="male", age_years=48.0, pitch=2.0, numbers=None):
    """A section ``width_um`` by ``height_um`` of healthy muscle, several fascicles wide, always the same for a seed.

    Parameters
    ----------
    seed: whole number; all draws come from streams named by it.
    sex, age_years: set areas of fibres, capillaries and satellite cells; children have thin fibres.
    pitch: um of a pixel of the map, 1 to 4.
    numbers: values that replace those of ``science/tissue/geometry.tsv``, by name.

    Raises TissueError.
    """
    numbers = _grown(_checked(width_um, height_um, sex, age_years, pitch, numbers), sex, age_years)
    plan, types = pack(seed, width_um, height_um, numbers, sex)
    nx, ny = round(width_um / pitch), round(height_um / pitch)
    cell, depth = paint(plan, 0.0, 0.0, nx, ny, pitch)
    label, plan, fibres = _number(seed, plan, types, cell, depth, pitch, numbers)
    cell = np.where(cell > 0, plan.site_label[cell - 1], cell).astype(np.int32)  # the owner, by label
    shown = fibres.area_um2.sum() / numbers[f"fibre_area_{sex}"]
    bundle_of = np.concatenate([[-1], fibres.bundle])
    capillaries = place_capillaries(seed, cell, pitch, bundle_of, shown, numbers, sex)
    vessels = place_vessels(seed, label, depth, pitch, numbers)
    plain = depth.copy()
    carve_vessels(label, depth, 0.0, 0.0, pitch, capillaries, vessels)
    fibres = replace(fibres, area_um2=np.bincount(label[label > 0] - 1, minlength=len(fibres)) * pitch**2)
    rim = Rim(label, depth, plain, pitch)
    residents = place_residents(seed, label, plain, pitch, rim, fibres, capillaries, shown, age_years, numbers)
    return Fascicle(
        seed, sex, float(age_years), float(pitch), label, depth, fibres, capillaries, vessels,
        residents, place_myonuclei(seed, rim, fibres, numbers), touching(cell, len(fibres)),
        _supply(rim, capillaries, len(fibres)), plan,
    )  # fmt: skip


def carve_vessels(label, depth, x0, y0, pitch, capillaries, vessels):
    """Make room for vessels in a painted map: capillaries in the endomysium, others with a sheath of perimysium."""
    carve(label, depth, x0, y0, pitch, vessels.x, vessels.y, vessels.radius + VESSEL_SHEATH, -1)
    carve(label, depth, x0, y0, pitch, capillaries.x, capillaries.y, capillaries.radius, 0)


def repaint(fascicle, x0, y0, nx, ny, pitch, inset=None):
    """``label``, ``depth`` (ny, nx) of a window at any pitch, with the labels of ``fascicle.label``.

    ``inset`` (fibre,) draws the outline of each fibre in by so many um: an atrophic fibre leaves room around it.
    """
    cell, depth = paint(fascicle.plan, x0, y0, nx, ny, pitch)
    if inset is not None:
        owner = np.where(cell > 0, fascicle.plan.site_label[np.maximum(cell, 1) - 1], 0)
        depth -= np.concatenate([[0], inset]).astype(np.float32)[owner]
    label = _labelled(cell, depth, fascicle.plan.site_label)
    carve_vessels(label, depth, x0, y0, pitch, fascicle.capillaries, fascicle.vessels)
    return label, depth


def _labelled(cell, depth, site_label):
    inside = (cell > 0) & (depth > 0)
    return np.where(inside, site_label[np.maximum(cell, 1) - 1], np.minimum(cell, 0)).astype(np.int32)


def _number(seed, plan, types, cell, depth, pitch, numbers):
    """Labels from 1 for the fibres that show in the section, and what is known of each."""
    n = len(plan.site_x)
    inside = (cell > 0) & (depth > 0)
    rows, columns = np.nonzero(inside)
    site = cell[inside] - 1
    pixels = np.bincount(site, minlength=n)
    shown = np.flatnonzero(pixels)
    site_label = np.zeros(n, np.int32)
    site_label[shown] = np.arange(1, len(shown) + 1)
    plan = replace(plan, site_label=site_label)
    label = _labelled(cell, depth, site_label)
    centre = [(np.bincount(site, c + 0.5, n)[shown] / pixels[shown]) * pitch for c in (columns, rows)]
    border = np.concatenate([label[0], label[-1], label[:, 0], label[:, -1]])
    whole = np.ones(len(shown), bool)
    whole[border[border > 0] - 1] = False
    segments = round(numbers["fibre_length"] / numbers["segment_length"])
    segment = stream(seed, "section", "segments").integers(0, segments, n)[shown].astype(np.int32)
    area = pixels[shown] * pitch**2
    bundle = plan.site_bundle[shown].astype(np.int32)
    return label, plan, Fibres(*centre, area, types[shown].astype(np.uint8), bundle, segment, whole)


def _supply(rim, capillaries, count):
    """For each fibre the capillaries whose wall lies within TOUCH of its outline."""
    if not len(capillaries):
        return listed(np.zeros(0, np.int64), np.zeros(0, np.int64), count)
    tree = cKDTree(np.stack([rim.x, rim.y], 1))
    near = tree.query_ball_point(np.stack([capillaries.x, capillaries.y], 1), capillaries.radius + TOUCH)
    pairs = {(int(rim.fibre[k]), c) for c, places in enumerate(near) for k in places}
    owner, what = np.array(sorted(pairs), np.int64).reshape(-1, 2).T
    return listed(owner, what, count)


def _checked(width_um, height_um, sex, age_years, pitch, numbers):
    ranges = {"width_um": (width_um, *SIZES_UM), "height_um": (height_um, *SIZES_UM), "pitch": (pitch, *PITCHES_UM)}
    for name, (value, low, high) in ranges.items():
        if not low <= value <= high:
            raise TissueError(name, f"{value!r}", f"um between {low:g} and {high:g}")
    if not AGES[0] <= age_years <= AGES[1]:
        raise TissueError("age_years", f"{age_years!r}", f"years between {AGES[0]:g} and {AGES[1]:g}")
    if sex not in ("male", "female"):
        raise TissueError("sex", repr(sex), "male or female")
    known = dict(geometry_table())
    unknown = sorted(set(numbers or {}) - set(known))
    if unknown:
        raise TissueError("numbers", f"unknown name {unknown[0]!r}", "names of science/tissue/geometry.tsv")
    return known | dict(numbers or {})


def _grown(numbers, sex, age_years):
    """``numbers`` at an age: in a child fibres are thin, and as many capillaries to the mm^2 serve more fibres."""
    known = [*(numbers[f"area_at_{round(age)}"] for age in GROWTH[:-1]), 1.0]
    size = float(np.interp(age_years, GROWTH, known))
    grown = {f"{name}_{sex}": size for name in ("fibre_area", "capillaries_per_fibre")} | {"edge_layer": np.sqrt(size)}
    return numbers | {name: numbers[name] * factor for name, factor in grown.items()}

"""A section as one file: what happened in it, and the few words from which its healthy muscle is made again."""

import json
import zipfile
from dataclasses import fields

import numpy as np

from myoflare.base.errors import TissueError
from myoflare.tissue.fascicle import make_fascicle
from myoflare.tissue.section import Section
from myoflare.tissue.states import Cells, FibreStates, VesselStates

PARTS = {"cells": Cells, "fibres": FibreStates, "vessels": VesselStates}


def write_section(section, path):
    """Write cells, fibres and vessels as ``.npz``; the muscle must be one that ``make_fascicle`` made as usual."""
    f = section.fascicle
    width, height = f.size_um
    how = {"seed": f.seed, "width_um": width, "height_um": height, "sex": f.sex, "age_years": f.age_years}
    how |= {"pitch": f.pitch, "fibres": len(f.fibres), "capillaries": len(f.capillaries)}
    told = {"fascicle": how, "day": section.day, "patient": section.patient, "seed": section.seed}
    arrays = {
        f"{part}_{field.name}": getattr(getattr(section, part), field.name)
        for part, record in PARTS.items()
        for field in fields(record)
    }
    with open(path, "wb") as file:
        np.savez_compressed(file, told=json.dumps(told), **arrays)
    return path


def read_section(path) -> Section:
    """The ``Section`` of a file of ``write_section``, without its history. Raises TissueError."""
    try:
        with np.load(path) as saved:
            told = json.loads(str(saved["told"]))
            parts = {
                part: record(*(saved[f"{part}_{field.name}"] for field in fields(record)))
                for part, record in PARTS.items()
            }
        how = dict(told["fascicle"])
        shown = how.pop("fibres"), how.pop("capillaries")
        fascicle = make_fascicle(how.pop("seed"), **how)
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
        came = "this is no section that can be read"
        raise TissueError(str(path), came, "a file of 'myoflare biopsy'") from None
    if shown != (len(fascicle.fibres), len(fascicle.capillaries)):
        came = f"{shown[0]} fibres where the same seed now gives {len(fascicle.fibres)}"
        raise TissueError(str(path), came, "a file of the same version", "take the biopsy again")
    return Section(fascicle, **parts, day=told["day"], patient=told["patient"], seed=told["seed"])

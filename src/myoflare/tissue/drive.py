"""What the body gives a section, through time: blood cells, antibody, complement, interferon, and the person's numbers.

A number that the section shares with the network has one home, the network's table; the person's own values come with
the course. So whatever differs between two patients reaches the section as a number, never as the name of a disease.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import numpy as np

from myoflare.base.errors import TissueError
from myoflare.model.tables import number, read_rows
from myoflare.store import science_path

SERIES = (
    "immunity_CD8", "immunity_CD4", "immunity_Treg", "humoral_memory_B", "humoral_plasmablast", "muscle_gate",
    "muscle_antibody_c", "muscle_MAC_fibre", "muscle_MAC_capillary", "muscle_hazard_INT", "muscle_hazard_virus",
    "muscle_hazard_bacteria", "muscle_hazard_statin", "muscle_hazard_DEG", "infection_IFNa_acting",
    "humoral_immune_complex",
)  # fmt: skip
HOOKS = (  # what drugs move: a curve of the course where there is one, a number otherwise
    "homing", "macrophage_entry", "macrophage_depletion", "cytokine_output", "free_TNF", "free_IFNb", "free_FcR",
    "signal_IFN1", "signal_IFNg", "IFN1_output",
)  # fmt: skip


@dataclass(frozen=True)
class Drive:
    """``series`` maps a name to its curve over ``day``; ``numbers`` to what stays; ``injuries`` lists (day, share of
    fibres) that die of a wound in the section alone."""

    patient: str
    day: np.ndarray
    series: Mapping[str, np.ndarray]
    numbers: Mapping[str, float]
    injuries: tuple[tuple[float, float], ...] = ()

    def at(self, day):
        """name -> value on a day, curves and hooks."""
        return {name: float(np.interp(day, self.day, curve)) for name, curve in self.series.items()}

    def __getitem__(self, name):
        if name not in self.numbers:
            raise TissueError("science/network/parameters.tsv", f"no row {name}", "the numbers that the tissue shares")
        return self.numbers[name]


def drive_of(course, injuries=()) -> Drive:
    """The drive of a course of ``myoflare.simulate``, an ``xarray.Dataset`` over ``time`` (day)."""
    missing = [name for name in SERIES if name not in course]
    if missing:
        raise TissueError(
            "course", f"no variable {missing[0]}", "a course of the whole network, from myoflare.simulate"
        )
    numbers = _numbers(json.loads(course.attrs.get("changed_parameters", "[]")))
    day = np.asarray(course["time"].values, float)
    series = {n: np.maximum(np.asarray(course[n].values, float), 0.0) for n in SERIES}
    series |= _hooks(course, day, numbers)
    return Drive(str(course.attrs.get("patient", "")), day, MappingProxyType(series), numbers, tuple(injuries))


def steady_drive(days, injuries=(), patient="steady", numbers=None, **values) -> Drive:
    """A body in which nothing moves: ``values`` of SERIES and HOOKS, 0 and nominal where none is given."""
    known = _numbers([{"id": k, "value": v} for k, v in (numbers or {}).items()])
    day = np.array([0.0, float(days)])
    first = dict.fromkeys(SERIES, 0.0) | {n: known[n] for n in HOOKS} | {"muscle_gate": known["muscle_gate_rest"]}
    unknown = sorted(set(values) - set(first))
    if unknown:
        raise TissueError("values", f"unknown name {unknown[0]!r}", "names of SERIES or HOOKS")
    series = {n: np.full(2, float(v)) for n, v in (first | values).items()}
    return Drive(patient, day, MappingProxyType(series), known, tuple(injuries))


def _hooks(course, day, numbers):
    return {n: np.asarray(course[n].values, float) if n in course else np.full(len(day), numbers[n]) for n in HOOKS}


@cache
def _nominal():
    path = science_path("network", "parameters.tsv")
    rows = read_rows(path, ("parameterId", "nominalValue"))
    return {r["parameterId"]: number(r["nominalValue"], f"{path} line {r['line']}", "nominalValue") for r in rows}


def _numbers(changed):
    return MappingProxyType(_nominal() | {row["id"]: float(row["value"]) for row in changed})

"""A section of muscle on one day of a person's life: what a biopsy would show, and how it came to that."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from myoflare.tissue.records import Fascicle
from myoflare.tissue.states import Cells, FibreStates, VesselStates, healthy_fibres, healthy_vessels, no_cells


@dataclass(frozen=True)
class Section:
    """One section at ``day``.

    ``counts`` maps a name to its course: ``day`` (entry,), cells of each kind, fibres in each state, capillaries that
    carry blood, events summed since the entry before. ``fields`` maps a signal to its map (ny, nx) in pM of
    interstitial fluid. ``attrs`` says how the section was made; plain numbers and text only.
    """

    fascicle: Fascicle
    cells: Cells
    fibres: FibreStates
    vessels: VesselStates
    day: float
    patient: str
    seed: int
    counts: Mapping[str, np.ndarray] = field(default_factory=dict)
    attrs: Mapping[str, object] = field(default_factory=dict)
    fields: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self):
        for name in ("counts", "attrs", "fields"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))


def healthy_section(fascicle: Fascicle, patient="healthy", day=0.0) -> Section:
    """A section in which nothing has happened."""
    states = no_cells(), healthy_fibres(fascicle), healthy_vessels(fascicle)
    return Section(fascicle, *states, float(day), patient, fascicle.seed)

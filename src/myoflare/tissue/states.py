"""What happens in a section: cells that came in, and the states of the fibres and capillaries of ``records``."""

from dataclasses import dataclass

import numpy as np

CELL_KINDS = ("CD8", "TRM", "CD4", "Treg", "B", "plasma", "pDC", "monocyte", "M1", "M2", "neutrophil", "FAP", "SC")
CELL_STATES = ("resting", "active", "dividing", "dying")
FIBRE_STATES = (
    "healthy", "mhc", "stressed", "strained", "leaky", "atrophic", "necrotic", "gap", "regenerating", "fibrosis", "fat",
)  # fmt: skip


@dataclass(frozen=True)
class Cells:
    """Cells that came in or awoke; ``kind`` indexes CELL_KINDS, ``state`` CELL_STATES, places as everywhere."""

    kind: np.ndarray
    x: np.ndarray
    y: np.ndarray
    state: np.ndarray

    def __len__(self):
        return len(self.x)


def no_cells():
    return Cells(np.zeros(0, np.uint8), np.zeros(0), np.zeros(0), np.zeros(0, np.uint8))


@dataclass(frozen=True)
class FibreStates:
    """What happens to the fibres, one entry a fibre: ``state`` indexes FIBRE_STATES, named as in the network; a
    place taken by ``fibrosis`` or ``fat`` is no fibre any more.

    ``size`` is a factor on the area. ``MHC1`` on the membrane, ``MAC`` (C5b-9) on the membrane, ``MxA`` and ``NCAM``
    inside run from 0 to 1. ``nuclei`` counts internal nuclei, as of a fibre that was rebuilt.
    """

    state: np.ndarray
    size: np.ndarray
    MHC1: np.ndarray
    MAC: np.ndarray
    MxA: np.ndarray
    NCAM: np.ndarray
    nuclei: np.ndarray


@dataclass(frozen=True)
class VesselStates:
    """What happens to the capillaries, one entry each: ``present`` is 0 once the vessel is gone."""

    present: np.ndarray
    MAC: np.ndarray
    MxA: np.ndarray


def healthy_fibres(fascicle) -> FibreStates:
    n = len(fascicle.fibres)
    zero = [np.zeros(n, np.float32) for _ in range(4)]
    return FibreStates(np.zeros(n, np.uint8), np.ones(n, np.float32), *zero, np.zeros(n, np.uint8))


def healthy_vessels(fascicle) -> VesselStates:
    n = len(fascicle.capillaries)
    return VesselStates(np.ones(n, np.uint8), np.zeros(n, np.float32), np.zeros(n, np.float32))

"""Sections whose answers are known without a program: squares on squared paper, and a lesion painted on true muscle."""

import numpy as np

from myoflare.tissue.profiles import edge_row
from myoflare.tissue.records import Capillaries, Fascicle, Fibres, Myonuclei, Residents, Vessels
from myoflare.tissue.scan import listed, touching
from myoflare.tissue.section import Section, healthy_section
from myoflare.tissue.states import (
    CELL_KINDS,
    FIBRE_STATES,
    Cells,
    FibreStates,
    VesselStates,
    healthy_vessels,
)

PITCH, SIDE, ROWS, CELL = 2.0, 400.0, 3, 100.0
FIBRE = 96.0  # um, the side of a fibre: 4 um of endomysium lie between two
CORNER = 50.0  # um of perimysium around the fascicle


def cells_at(kind, places):
    """``Cells`` of one kind, or of the kinds listed, at (x, y) places in um."""
    places = np.asarray(places, float).reshape(-1, 2)
    kinds = [kind] * len(places) if isinstance(kind, str) else kind
    number = np.array([CELL_KINDS.index(k) for k in kinds], np.uint8)
    return Cells(number, places[:, 0], places[:, 1], np.zeros(len(places), np.uint8))


def squared_fascicle():
    """Nine square fibres of 96 um in one fascicle, fibre 4 in its middle; a venule in the upper left corner."""
    n = round(SIDE / PITCH)
    middle = (np.arange(n) + 0.5) * PITCH
    at, within = np.divmod(middle - CORNER, CELL)
    inside = (at >= 0) & (at < ROWS)
    from_edge = FIBRE / 2 - np.abs(within - CELL / 2)
    depth = np.minimum(from_edge[:, None], from_edge[None]).astype(np.float32)
    both = inside[:, None] & inside[None]
    owner = np.where(both, at[:, None] * ROWS + at[None] + 1, -1).astype(np.int32)
    label = np.where(both, np.where(depth > 0, owner, 0), -1).astype(np.int32)
    j, i = np.divmod(np.arange(ROWS**2), ROWS)
    x, y = CORNER + (i + 0.5) * CELL, CORNER + (j + 0.5) * CELL
    count, no, number = ROWS**2, np.zeros(0), np.zeros(0, np.uint8)
    fibres = Fibres(
        x, y, np.full(count, FIBRE**2), np.zeros(count, np.uint8), np.zeros(count, np.int32),
        np.zeros(count, np.int32), np.ones(count, bool),
    )  # fmt: skip
    cx, cy = np.array([150.0, 250.0, 150.0, 250.0]), np.array([150.0, 150.0, 250.0, 250.0])
    capillaries = Capillaries(cx, cy, np.full(4, 1.5), np.array([0, 0, 1, 1], np.int32), np.ones(4, np.uint8))
    vessels = Vessels(np.array([20.0]), np.array([20.0]), np.array([10.0]), np.array([1], np.uint8))
    supplied = [(0, 0), (1, 0), (1, 1), (2, 1), (3, 0), (3, 2), (4, 0), (4, 1), (4, 2), (4, 3), (5, 1), (5, 3), (6, 2)]
    supplied = np.array([*supplied, (7, 2), (7, 3), (8, 3)])
    return Fascicle(
        0, "male", 48.0, PITCH, label, depth, fibres, capillaries, vessels,
        Residents(number, no, no, no, number.astype(np.int32)),
        Myonuclei(no, no, no, number.astype(np.int32), number.astype(bool)),
        touching(owner, count), listed(supplied[:, 0], supplied[:, 1], count), None,
    )  # fmt: skip


def section_of(fascicle, cells=None, fibres=None, vessels=None, day=0.0):
    """A ``Section``; ``fibres`` and ``vessels`` are mappings from a name to the values that differ from health."""
    plain = healthy_section(fascicle, "drawn", day)
    state, tube = (
        type(old)(**{**vars(old), **(new or {})}) for old, new in ((plain.fibres, fibres), (plain.vessels, vessels))
    )
    return Section(fascicle, cells or plain.cells, state, tube, float(day), "drawn", fascicle.seed)


def in_state(count, **where):
    """(fibre,) states, healthy but for the fibres listed by state: ``in_state(9, necrotic=[0, 1])``."""
    state = np.zeros(count, np.uint8)
    for name, which in where.items():
        state[which] = FIBRE_STATES.index(name)
    return state


def painted_lesion(fascicle, share=1.0, day=100.0, seed=0):
    """Something like dermatomyositis at ``share`` of its full strength: small, stained fibres at the edge, cells about
    the vessels of the perimysium and between fibres, lost capillaries, a few dead fibres with macrophages in them."""
    draw = np.random.default_rng(seed)
    count, width = len(fascicle.fibres), fascicle.size_um
    edge = edge_row(fascicle, 4.0)
    tubes = healthy_vessels(fascicle)
    size = np.where(edge, 1 - share * draw.uniform(0.3, 0.75, count), 1).astype(np.float32)
    state = np.where(size < 0.7, FIBRE_STATES.index("atrophic"), 0).astype(np.uint8)
    luck = draw.random(count)
    for name, low, high in (("necrotic", 0, 0.03), ("gap", 0.03, 0.045), ("regenerating", 0.045, 0.1)):
        state[(luck >= low * share) & (luck < high * share)] = FIBRE_STATES.index(name)
    marks = np.where(edge, share, 0.5 * share * (draw.random(count) < 0.4)).astype(np.float32)
    new = state == FIBRE_STATES.index("regenerating")
    fibres = FibreStates(
        state, np.where(new, 0.5, size).astype(np.float32), marks, (0.8 * marks * (luck > 0.7)).astype(np.float32),
        (marks * (marks > 0.5)).astype(np.float32), new.astype(np.float32), (2 * new).astype(np.uint8),
    )  # fmt: skip
    present = (draw.random(len(tubes.present)) > 0.35 * share).astype(np.uint8)
    vessels = VesselStates(present, (share * (draw.random(len(present)) < 0.5)).astype(np.float32), tubes.MxA + share)
    places, kinds = [], []
    mix = ["CD4"] * 5 + ["B"] * 2 + ["CD8"] * 2 + ["M1", "M1", "plasma", "pDC", "Treg"]
    for x, y in zip(fascicle.vessels.x, fascicle.vessels.y, strict=True):
        for _ in range(round(60 * share)):
            places.append((x + 28 * draw.standard_normal(), y + 28 * draw.standard_normal()))
            kinds.append(mix[draw.integers(len(mix))])
    between = np.flatnonzero(fascicle.label.ravel() == 0)
    for pixel in draw.choice(between, round(150 * share * fascicle.area_mm2)):
        j, i = divmod(int(pixel), fascicle.label.shape[1])
        places.append(((i + 0.5) * fascicle.pitch, (j + 0.5) * fascicle.pitch))
        kinds.append(("CD8", "M1", "M2", "CD4", "FAP")[draw.integers(5)])
    for k in np.flatnonzero(np.isin(state, [FIBRE_STATES.index("necrotic"), FIBRE_STATES.index("gap")])):
        for _ in range(7):
            reach = 0.28 * np.sqrt(fascicle.fibres.area_um2[k])
            places.append((fascicle.fibres.x[k], fascicle.fibres.y[k]) + reach * draw.standard_normal(2))
            kinds.append("M1")
    keep = [k for k, p in enumerate(places) if 0 < p[0] < width[0] and 0 < p[1] < width[1]]
    cells = cells_at([kinds[k] for k in keep], [places[k] for k in keep])
    return Section(fascicle, cells, fibres, vessels, float(day), "drawn", fascicle.seed)

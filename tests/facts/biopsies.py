"""Small sections of the shipped patients, grown once for all tests, and where in them things lie. Not a test."""

from functools import cache

import numpy as np
from scipy.ndimage import distance_transform_edt

import myoflare as mf
from myoflare.tissue.drive import drive_of
from myoflare.tissue.fascicle import make_fascicle
from myoflare.tissue.ground import INSIDE, PERIMYSIAL, make_ground
from myoflare.tissue.grow import grow_section
from myoflare.tissue.states import CELL_KINDS, CELL_STATES, FIBRE_STATES

SIDE = 500.0  # um, a quarter of a square millimetre
SEEDS = (1, 4, 5)  # sections with 15 and more fibres at the border of a fascicle
NEAR = 12.0  # um from the perimysium, with the venules in it


@cache
def course(patient, years=1.1):
    return mf.simulate(mf.load_patient(patient), years=years, seed=7)


@cache
def section(patient, day, start_day, seed, injuries=()):
    return grow_section(
        make_fascicle(seed, SIDE, SIDE), drive_of(course(patient, (day + 20) / 365), injuries), day, seed,
        start_day=start_day,
    )  # fmt: skip


def sections(patient, day, start_day):
    return [section(patient, day, start_day, seed) for seed in SEEDS]


@cache
def ground(seed):
    return make_ground(make_fascicle(seed, SIDE, SIDE), 25_000.0)


def edge_row(s):
    """Fibres at the border of their fascicle: the outer row. Borders of the section do not count."""
    g = ground(s.seed)
    return np.array([(g.zone[g.rim[k]] == PERIMYSIAL).any() for k in range(len(s.fascicle.fibres))])


def pooled(many, what):
    """``what(section)`` of each section, end to end."""
    return np.concatenate([np.atleast_1d(what(s)) for s in many])


def cells(s, *kinds):
    return np.isin(s.cells.kind, [CELL_KINDS.index(k) for k in kinds]) & (s.cells.state != CELL_STATES.index("dying"))


def places(s):
    j, i = ground(s.seed).medium.voxels(s.cells.x, s.cells.y)
    return j * ground(s.seed).medium.wall.shape[1] + i


def perivascular(s, *kinds):
    """For each cell, whether it lies in the perimysium or within NEAR of it."""
    return near_perimysium(s)[places(s)[cells(s, *kinds)]]


def near_perimysium(s):
    g = ground(s.seed)
    apart = (g.zone != PERIMYSIAL).reshape(g.medium.wall.shape)
    return distance_transform_edt(apart).ravel() * g.medium.pitch < NEAR


def open_share_near(s):
    """Share of the open places that lie so near: what an even scatter would give."""
    g = ground(s.seed)
    return near_perimysium(s)[g.zone != INSIDE].mean()


def inside(s, *kinds):
    """Fibre that each cell of these kinds has entered, -1 for none."""
    g, at = ground(s.seed), places(s)[cells(s, *kinds)]
    return np.where(g.zone[at] == INSIDE, g.owner[at], -1)


def in_state(s, *states):
    return np.isin(s.fibres.state, [FIBRE_STATES.index(n) for n in states])

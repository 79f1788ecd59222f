"""CD8 cells that know fibres hold on to one that shows MHC-I, hit it, enter it, and may stay as resident memory.

The chance of a hold is such that, among fibres that all show MHC-I, the share of cells at work is the network's
``target / (K_target + target)``; in the mean they destroy as much as there, but a segment dies of several hits.
Source: mechanism.md edges 11 and 25; 4 kills a day, Halle 2016, doi:10.1016/j.immuni.2016.01.020.
"""

import numpy as np
from numba import njit

from myoflare.simulate.stochastic.random import process_word
from myoflare.tissue.agents import ACTIVE, CD8, RESTING, TRM
from myoflare.tissue.draws import four
from myoflare.tissue.ground import INSIDE
from myoflare.tissue.live import MHC, REGENERATING, STEPS_A_DAY, STEPS_AN_HOUR, STRESSED

PROCESS = process_word("attack")


def attack(live):
    """Every step."""
    cells, ground = live.cells, live.ground
    made = np.zeros(2, np.int64)
    shown, chances = terms(live)
    _attack(
        cells.n, live.stream, live.step, cells.kind, cells.state, cells.site, cells.fibre, cells.memory, cells.key,
        ground.zone, ground.owner, ground.step, ground.touch.start, ground.touch.index, ground.rim.start,
        ground.rim.index, shown, live.hits, chances, int(live.numbers["invade_hits"]), made,
    )  # fmt: skip
    live.count("hits", int(made[0]))
    live.count("settled", int(made[1]))


def terms(live):
    """How much MHC-I each fibre shows, (fibre,), and the chances of a step: to hold on, to let go, to hit, to hit as
    resident memory, to become it, to enter, to come out."""
    d, n = live.drive, live.numbers
    shown = np.zeros(len(live.state))
    shown[(live.state == MHC) | (live.state == STRESSED)] = 1.0
    shown[live.state == REGENERATING] = d["muscle_w_target_regenerating"]
    release = 1 / (n["contact"] * STEPS_AN_HOUR)
    hold = release * d["muscle_muscle_mass"] / d["muscle_K_target"]
    a_hit = n["hits_per_segment"] * d["muscle_mass_per_kill"] / live.ground.mass.mean()
    hit = d["H_CTL"] * d["muscle_kills_per_CTL"] * a_hit / STEPS_A_DAY
    stay = d["H_MEM"] * d["muscle_k_settle_TRM"] / STEPS_A_DAY
    enter, come_out = n["invade_rate"] / STEPS_AN_HOUR, 1 / (n["stay_inside"] * STEPS_AN_HOUR)
    return shown, np.array([hold, release, hit, hit * d["muscle_w_TRM"], stay, enter, come_out])


@njit(cache=True)
def _attack(
    n, stream, step, kind, state, site, fibre, memory, key, zone, owner, neighbour, touch_start, touch, rim_start, rim,
    shown, hits, chances, invade_hits, made,
):  # fmt: skip
    for k in range(n):
        if not on_duty(kind[k], memory[k], state[k]):
            continue
        u = four(stream, PROCESS, step, key[k], 0)
        if state[k] == RESTING:
            hold_on(k, u, state, site, fibre, touch_start, touch, shown, chances)
            continue
        f = fibre[k]
        if strikes(u[0], kind[k], shown[f], chances[2], chances[3]):
            hits[f] += 1
            made[0] += 1
        made[1] += go_on(
            k, u, hits[f], kind, state, site, fibre, zone, owner, neighbour, rim_start, rim, shown, chances, invade_hits
        )


@njit(cache=True)
def on_duty(kind, knows, state):
    return kind in (CD8, TRM) and knows != 0 and state <= ACTIVE


@njit(cache=True)
def hold_on(k, u, state, site, fibre, touch_start, touch, shown, chances):
    """A cell without a fibre may take one that it touches and that shows MHC-I."""
    first, last = touch_start[site[k]], touch_start[site[k] + 1]
    if last > first and u[0] < chances[0]:
        f = touch[first + int(u[1] * (last - first))]
        if u[2] < shown[f]:
            state[k], fibre[k] = ACTIVE, f


@njit(cache=True)
def strikes(u, kind, shown, hit, hit_TRM):
    return u < (hit_TRM if kind == TRM else hit) * (shown > 0.0)


@njit(cache=True)
def go_on(k, u, seen, kind, state, site, fibre, zone, owner, neighbour, rim_start, rim, shown, chances, invade_hits):
    """A cell that holds fibre f settles, lets go, or enters where ``seen`` hits have opened it; 1 if it settled."""
    f, settled = fibre[k], 0
    if kind[k] == CD8 and u[1] < chances[4]:
        kind[k] = TRM
        settled = 1
    if shown[f] == 0.0 or u[2] < chances[6 if zone[site[k]] == INSIDE else 1]:
        state[k], fibre[k] = RESTING, -1
        if zone[site[k]] == INSIDE and rim_start[f + 1] > rim_start[f]:
            site[k] = rim[rim_start[f] + int(u[3] * (rim_start[f + 1] - rim_start[f]))]
    elif seen >= invade_hits and zone[site[k]] != INSIDE and u[3] < chances[5]:
        for d in range(8):
            to = neighbour[site[k], d]
            if to >= 0 and zone[to] == INSIDE and owner[to] == f:
                site[k] = to
                break
    return settled

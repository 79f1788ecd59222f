"""Play the same hour on the CPU and on numba's simulated device; prints one line of JSON. Run by test_gpu.py."""

import json
import warnings

import numpy as np

from myoflare.tissue.agents import ACTIVE, CD8, M1
from myoflare.tissue.drive import steady_drive
from myoflare.tissue.fascicle import make_fascicle
from myoflare.tissue.gpu import cells as gpu_cells
from myoflare.tissue.gpu.grow import Batch, _entered
from myoflare.tissue.ground import INSIDE
from myoflare.tissue.grow import advance_day, begin
from myoflare.tissue.live import MHC, STEPS_AN_HOUR
from myoflare.tissue.rules import STEP, TIMETABLE
from myoflare.tissue.tables import rules_table

BODY = {
    "immunity_CD8": 2e10, "immunity_CD4": 2e9, "immunity_Treg": 1e10, "humoral_memory_B": 1e8, "muscle_gate": 0.7,
    "humoral_immune_complex": 0.1, "infection_IFNa_acting": 1.0,
}  # fmt: skip
KNOWS = {"muscle_CTL_recognition": 1.0}
ATTACKS = KNOWS | {"muscle_K_target": 1000.0, "muscle_kills_per_CTL": 3.0, "muscle_k_settle_TRM": 5.0}
CROWDED = {"crowd": 2.0, "invade_hits": 4.0, "invade_rate": 6.0, "hits_per_segment": 100.0}


def grown(seed, size, numbers, known, days):
    """A tiny section; the same arguments give the same section."""
    drive = steady_drive(5, numbers=known, **BODY)
    live = begin(make_fascicle(seed, *size), drive, seed, 0.0, 1, dict(rules_table()) | numbers)
    for _ in range(days):
        advance_day(live)
    live.tally.clear()
    return live


def crowded(seed, size):
    """A section where most fibres show MHC-I and more cells than there is room for know them."""
    live = grown(seed, size, CROWDED, ATTACKS, 1)
    live.state[: 2 * len(live.state) // 3] = MHC
    places = np.flatnonzero(live.ground.zone != INSIDE)
    live.cells.add(CD8, places[:: max(1, len(places) // 70)], -1, 1)
    live.cells.add(M1, places[:: max(1, len(places) // 40)], -1, 0)
    return live


def play(live, rules):
    for rule in rules:
        if live.step % rule.every == 0:
            rule.act(live)


def hour_on_cpu(live, rules):
    live.body = live.drive.at(live.day)
    for _ in range(STEPS_AN_HOUR):
        play(live, rules)
        live.step += 1


def whole_hour():
    """Every rule; one section, since the simulator takes most of its time for fields."""
    cpu, gpu = ([grown(3, (100, 100), {}, KNOWS, 2)] for _ in range(2))
    for live in cpu:
        hour_on_cpu(live, TIMETABLE)
    Batch(gpu).advance_hour()
    return cpu, gpu


def crowded_hour():
    """The rules of every step, where cells crowd and fight; two sections of different fascicles side by side."""
    cpu, gpu = ([crowded(3, (130, 120)), crowded(4, (130, 120))] for _ in range(2))
    steps = [rule for rule in TIMETABLE if rule.every == STEP]
    for live in cpu:
        hour_on_cpu(live, steps)
    gpu_cells.Herds(gpu).play(gpu, np.array([_entered(live) for live in gpu], np.int64))
    return cpu, gpu


def different(a, b):
    """Names of integers that are not the same."""
    out = [] if a.cells.n == b.cells.n else ["n"]
    for name in ("kind", "state", "site", "heading", "fibre", "clock", "memory", "key"):
        one, other = (getattr(x.cells, name)[: x.cells.n] for x in (a, b))
        out += [] if np.array_equal(one, other) else [name]
    for name in ("state", "hits", "quiescent", "nuclei", "lost"):
        out += [] if np.array_equal(getattr(a, name), getattr(b, name)) else [f"fibre {name}"]
    return out + ([] if a.tally == b.tally else ["tally"])


def compared(cpu, gpu):
    pairs = list(zip(cpu, gpu, strict=True))
    share = [np.abs(a.amount - b.amount).sum((1, 2)) / np.maximum(a.amount.sum((1, 2)), 1e-300) for a, b in pairs]
    return {
        "differs": sorted({name for a, b in pairs for name in different(a, b)}),
        "field_error": float(np.max(share)),
        "seen": {
            "cells": sum(x.cells.n for x in cpu),
            "most in a place": max(int(np.bincount(x.cells.site[: x.cells.n]).max(initial=0)) for x in cpu),
            "entered": sum(v for x in cpu for k, v in x.tally.items() if k[0] == "entered"),
            "hits": sum(x.tally["hits"] for x in cpu),
            "settled": sum(x.tally["settled"] for x in cpu),
            "inside, at work": sum(at_work(x) for x in cpu),
        },
    }


def at_work(live):
    n = live.cells.n
    return int(((live.ground.zone[live.cells.site[:n]] == INSIDE) & (live.cells.state[:n] == ACTIVE)).sum())


def without_order(go):
    """``_go`` that takes no later hit off again: what a device would do that shares hits as they come."""

    def wrong(n, *rest):
        *others, struck, made = rest
        seen = np.array([struck[k] for k in range(n)])
        go(n, *others, np.where(seen >= 0, gpu_cells.MISSED, seen), made)

    return wrong


def main():
    warnings.simplefilter("ignore")  # of the simulator, about overflow that is meant
    out = {"whole hour": compared(*whole_hour()), "crowded": compared(*crowded_hour())}
    gpu_cells._go = without_order(gpu_cells._go)
    out["hits seen by all"] = compared(*crowded_hour())
    print(json.dumps(out))


if __name__ == "__main__":
    main()

"""The straight-line program of a network as text over lanes: the lines that the reference runs, eight at a time."""

import math
from collections.abc import Callable

import sympy as sp

from myoflare.compile.chunks import Spelling, chunked, door
from myoflare.compile.drive import driving_states
from myoflare.compile.emit import ordered, text
from myoflare.compile.equations import Equations
from myoflare.compile.functions import TIME
from myoflare.compile.lu import eliminate
from myoflare.compile.lu_text import elimination_text

CHUNK = 150  # statements per function: the compiler's time grows faster than the length of one function

HEAD = '''"""Generated from a network; do not edit."""

from math import inf, nan

import numpy as np
from numba import njit, void

from myoflare.compile.{width} import *
from myoflare.compile.{width} import PLACE, WIDTH, at, empty, ld, st, wide, zeros

_jit = njit(void(*6 * [PLACE]), cache=True, error_model="numpy", _nrt=False)
_jit_factor = njit(void(*3 * [PLACE]), cache=True, error_model="numpy", _nrt=False)
_jit_solve = njit(void(*2 * [PLACE]), cache=True, error_model="numpy", _nrt=False)
_jit_door = njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)

'''
SERIES_TERMS = 10  # of a driving state's Taylor series over a quarter of 1 / norm: 0.25^11 / 11! is below rounding
SIGNATURE = "(t, y, p, c, w, out)"


def lanes_text(eqs: Equations, width: str = "lanes", events: tuple = ()) -> str:
    """Module with ``constants``, ``rhs``, ``jacobian`` and ``derive`` over arrays of lanes, ``factor`` and ``solve``
    for implicit steps, and the rates of the part that drives the rest.

    Each is called with (t, y, p, c, w, out); ``w`` has room for ``N_SCRATCH`` entries. ``jacobian`` fills the
    entries that differ from zero. ``width`` is the module of the number type: "lanes" or "scalar".
    """
    driven = driving_states(eqs)
    targets = {
        "constants": ({}, list(eqs.hoisted.values())),
        "rhs": (eqs.statements, eqs.rhs),
        "jacobian": (eqs.statements, list(eqs.jacobian.values())),
        "derive": (eqs.statements, [*eqs.rules, *eqs.observables]),
        "drive_rates": (eqs.statements, [*(e for (i, _), e in eqs.jacobian.items() if i in driven), *driven.values()]),
    }
    if eqs.events is not None:
        terms = eqs.events
        targets["triggers"] = (eqs.statements, [*terms.triggers, *terms.comparisons])
        targets["assignments"] = (eqs.statements, [*terms.values, *terms.scales])
    else:
        targets["triggers"] = targets["assignments"] = ({}, [])
    found = places(eqs)
    source, scratch = [HEAD.format(width=width)], 0
    for name, (statements, outputs) in targets.items():
        lines = ordered(statements, [(f"out {i}", sp.sympify(e)) for i, e in enumerate(outputs)])
        body, used = _kernel(name, lines, found)
        source += body
        scratch = max(scratch, used)
    plan = eliminate(len(eqs.states), eqs.jacobian)
    source += elimination_text(plan, list(eqs.jacobian))
    source += _carry_text(eqs, list(driven))
    return "\n".join(
        [
            *source,
            *_numbers(eqs, scratch, len(plan.entries)),
            *_drive_numbers(eqs, list(driven)),
            *_event_numbers(eqs, events),
        ]
    )


def places(eqs: Equations) -> dict[sp.Symbol, str]:
    """Where a kernel finds what it does not compute."""
    found = {TIME: "ld(t, 0)"}
    for array, names in (("y", eqs.states), ("p", eqs.params)):
        found |= {sp.Symbol(name, real=True): f"ld({array}, {i})" for i, name in enumerate(names)}
    return found | {s: f"ld(c, {i})" for i, s in enumerate(eqs.hoisted)}


def over_lanes(give: Callable[[str, str], str]) -> Spelling:
    """Numbers are lanes, read by ``ld`` and written by ``st``; ``give`` writes entry k of the output ``out k``."""
    return Spelling(
        head=("@_jit",), longest=CHUNK, value=lambda e, names: text(e, names).replace("math.", ""),
        give=lambda target, value: give(target.split()[1], value),
        read=lambda i: f"ld(w, {i})", keep=lambda i, value: f"st(w, {i}, {value})",
    )  # fmt: skip


def _kernel(name: str, lines: list, found: dict[sp.Symbol, str]) -> tuple[list[str], int]:
    """Source of one kernel, and how many entries of ``w`` it needs."""
    how = over_lanes(lambda entry, value: f"st(out, {entry}, {value})")
    source, calls, room = chunked(name, SIGNATURE, lines, found, how)
    return [*source, *door(name, SIGNATURE, calls)], room


def _numbers(eqs: Equations, scratch: int, filled: int) -> list[str]:
    """Sizes of the arrays."""
    timed = any(TIME in e.free_symbols for e in eqs.statements.values())
    return [
        f"N_STATES, N_PARAMS, N_CONSTANTS = {len(eqs.states)}, {len(eqs.params)}, {len(eqs.hoisted)}",
        f"N_DERIVED = {len(eqs.rules) + len(eqs.observables)}",
        f"N_SCRATCH, N_JACOBIAN, N_LU = {scratch}, {len(eqs.jacobian)}, {filled}",
        f"TIMED = {timed}",
        "",
    ]


def _drive_numbers(eqs: Equations, driven: list[int]) -> list[str]:
    """Where the driving states stand, how they act on each other, and on whom else they act."""
    inner = [(driven.index(i), driven.index(j)) for i, j in eqs.jacobian if i in driven]
    outer = [(k, i, driven.index(j)) for k, (i, j) in enumerate(eqs.jacobian) if j in driven and i not in driven]
    tables = {
        "FREE": [i for i in range(len(eqs.states)) if i not in driven],
        "DRIVE": driven,
        "DRIVE_ROW": [i for i, _ in inner],
        "DRIVE_COLUMN": [j for _, j in inner],
        "FORCE_ENTRY": [k for k, _, _ in outer],
        "FORCE_ROW": [i for _, i, _ in outer],
        "FORCE_COLUMN": [j for _, _, j in outer],
    }
    sizes = f"N_DRIVE, N_DRIVE_RATES, N_FREE = {len(driven)}, {len(inner)}, {len(eqs.states) - len(driven)}"
    return [sizes, *(f"{name} = np.array({table}, dtype=np.int64)" for name, table in tables.items()), ""]


def _carry_text(eqs: Equations, driven: list[int]) -> list[str]:
    """Source of ``drive_carry(pieces, rest, rates, flow, lift, x)``, in registers: x' = M x + inflow through so many
    whole pieces, by ``flow`` and ``lift`` over 1, 2, 4, ... of them, and through the rest of one by its series."""
    n = range(len(driven))
    inner = [(driven.index(i), driven.index(j)) for i, j in eqs.jacobian if i in driven]
    far = _reached(len(driven), inner)

    def slopes(of: str) -> list[list[str]]:
        return [[f"r{k} * {of}{j}" for k, (i, j) in enumerate(inner) if i == d] for d in n]

    def jump(d: int) -> str:
        return " + ".join([f"ld(lift, low + {d})", *(f"ld(flow, at + {d * len(n) + j}) * x{j}" for j in far[d])])

    body = [f"x{d} = ld(x, {d})" for d in n]
    body += ["at, low, whole = 0, 0, ld(pieces, 0)", "while any_(whole):", "    half = floor_(0.5 * whole)"]
    body += ["    odd = whole - 2.0 * half", "    whole = half", "    if any_(odd):"]
    body += [f"        g{d} = {jump(d)}" for d in n] + [f"        x{d} = select(odd, g{d}, x{d})" for d in n]
    body += [f"    at, low = at + {len(n) ** 2}, low + {len(n)}", "h = ld(rest, 0)"]
    body += [f"r{k} = h * ld(rates, {k})" for k in range(len(inner))]
    body += [f"g{d} = {' + '.join([f'h * ld(rates, {len(inner) + d})', *t])}" for d, t in enumerate(slopes("x"))]
    for k in range(1, SERIES_TERMS + 1):
        body += [f"x{d} = x{d} + {1 / math.factorial(k)!r} * g{d}" for d in n]
        body += [f"c{d} = {' + '.join(t)}" for d, t in enumerate(slopes("g"))]
        body += [f"g{d} = c{d}" for d in n]
    body += [f"st(x, {d}, x{d})" for d in n]
    signature = "(pieces, rest, rates, flow, lift, x)"
    source = ["@_jit", f"def _drive_carry{signature}:", *(f"    {line}" for line in body if driven), "    return"]
    return [*source, "", ""] + door("drive_carry", signature, [f"    _drive_carry{signature}"])


def _reached(n: int, inner: list[tuple[int, int]]) -> list[list[int]]:
    """Whom each of ``n`` driving states depends on in the end, itself included."""
    known = [{i} for i in range(n)]
    for _ in range(n):
        for i, j in inner:
            known[i] |= known[j]
    return [sorted(row) for row in known]


def _event_numbers(eqs: Equations, events: tuple) -> list[str]:
    """Whom each event sets, and whether its trigger counts as true before the start."""
    targets = [target for e in events for target in e.targets]
    starts = [0]
    for e in events:
        starts.append(starts[-1] + len(e.targets))
    comparisons = len(eqs.events.comparisons) if eqs.events is not None else 0
    return [
        f"N_EVENTS, N_TRIGGERS, N_ASSIGNED = {len(events)}, {len(events) + comparisons}, {len(targets)}",
        f"EVENT_INITIAL = np.array({[e.initial for e in events]}, dtype=np.bool_)",
        f"EVENT_STARTS = np.array({starts}, dtype=np.int64)",
        f"EVENT_TARGET = np.array({[i for _, i in targets]}, dtype=np.int64)",
        f"EVENT_SETS_STATE = np.array({[kind == 'state' for kind, _ in targets]}, dtype=np.bool_)",
        "",
    ]

"""Derivatives of a straight-line program as text over lanes, in the manner of ``lanes_text``."""

import re

import sympy as sp

from myoflare.compile.chunks import chunked, door
from myoflare.compile.equations import Equations
from myoflare.compile.lanes_text import over_lanes, places
from myoflare.compile.reverse import reverse, weight
from myoflare.compile.tangent import direction, tangent

HEAD = '''"""Generated from a network; do not edit."""

from numba import njit, void

from myoflare.compile.{width} import *
from myoflare.compile.{width} import PLACE, at, ld, st

_jit = njit(void(*7 * [PLACE]), cache=True, error_model="numpy", _nrt=False)
_jit_door = njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)

'''
SIGNATURE = "(t, y, p, c, a, w, out)"
SWEEPS = {"reverse": reverse, "tangent": tangent}


def derivative_text(eqs: Equations, sweep: str, target: str, width: str) -> str:
    """Module with ``kernel(t, y, p, c, a, w, out)``, which adds to ``out``, and ``N_SCRATCH``, the entries of ``w``.

    ``sweep`` "reverse": ``a`` holds a weight for each output of ``target``, ``out`` has entries for (state, param,
    constant). ``sweep`` "tangent": the other way round, ``a`` a direction, ``out`` the outputs' change. ``target`` is
    "rhs", "jacobian" (its nonzeros), "derive" or "constants".
    """
    statements, outputs = {
        "constants": ({}, list(eqs.hoisted.values())),
        "rhs": (eqs.statements, eqs.rhs),
        "jacobian": (eqs.statements, list(eqs.jacobian.values())),
        "derive": (eqs.statements, [*eqs.rules, *eqs.observables]),
    }[target]
    inputs = [*_symbols(eqs.states), *_symbols(eqs.params), *eqs.hoisted]
    lines = SWEEPS[sweep](statements, outputs, inputs)
    found = places(eqs)
    if sweep == "reverse":
        found |= {weight(i): f"ld(a, {i})" for i in range(len(outputs))}
    else:
        found |= {direction(k): f"ld(a, {k})" for k in range(len(inputs))}
    source = "\n".join(_kernel(lines, found))
    return HEAD.format(width=width) + (plain_text(source) if width == "scalar" else source)


def plain_text(source: str) -> str:
    """Plain numbers need no helper to be read or written; without it they compile several times faster."""
    source = re.sub(r"st\((\w+), (\d+), (.*)\)$", r"\1[\2] = \3", source, flags=re.MULTILINE)
    return re.sub(r"ld\((\w+), (\d+)\)", r"\1[\2]", source)


def _symbols(names: list[str]) -> list[sp.Symbol]:
    return [sp.Symbol(name, real=True) for name in names]


def _kernel(lines: list, found: dict[sp.Symbol, str]) -> list[str]:
    how = over_lanes(lambda entry, value: f"st(out, {entry}, ld(out, {entry}) + {value})")
    source, calls, room = chunked("part", SIGNATURE, lines, found, how)
    return [*source, *door("kernel", SIGNATURE, calls), f"N_SCRATCH = {room}", ""]

"""Derivatives of a straight-line program as text over lanes, in the manner of ``lanes_text``."""

import re

import sympy as sp

from myoflare.compile.emit import text
from myoflare.compile.equations import Equations
from myoflare.compile.functions import TIME
from myoflare.compile.reverse import reverse, weight
from myoflare.compile.tangent import direction, tangent

CHUNK = 150  # statements per function: the compiler's time grows faster than the length of one function

HEAD = '''"""Generated from a network; do not edit."""

from numba import njit

from myoflare.compile.{width} import *
from myoflare.compile.{width} import ld, st

_SEVEN = "void(f8[::1], f8[::1], f8[::1], f8[::1], f8[::1], f8[::1], f8[::1])"
_jit = njit(_SEVEN, cache=True, error_model="numpy", _nrt=False)

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
    places = _places(eqs)
    if sweep == "reverse":
        places |= {weight(i): f"ld(a, {i})" for i in range(len(outputs))}
    else:
        places |= {direction(k): f"ld(a, {k})" for k in range(len(inputs))}
    source = "\n".join(_kernel(lines, places))
    return HEAD.format(width=width) + (plain_text(source) if width == "scalar" else source)


def plain_text(source: str) -> str:
    """Plain numbers need no helper to be read or written; without it they compile several times faster."""
    source = re.sub(r"st\((\w+), (\d+), (.*)\)$", r"\1[\2] = \3", source, flags=re.MULTILINE)
    return re.sub(r"ld\((\w+), (\d+)\)", r"\1[\2]", source)


def _symbols(names: list[str]) -> list[sp.Symbol]:
    return [sp.Symbol(name, real=True) for name in names]


def _places(eqs: Equations) -> dict[sp.Symbol, str]:
    places = {TIME: "ld(t, 0)"}
    for array, symbols in (("y", _symbols(eqs.states)), ("p", _symbols(eqs.params)), ("c", eqs.hoisted)):
        places |= {s: f"ld({array}, {i})" for i, s in enumerate(symbols)}
    return places


def _kernel(lines: list, places: dict[sp.Symbol, str]) -> list[str]:
    """Source in chunks that pass values on in ``w``."""
    chunks = [lines[i : i + CHUNK] for i in range(0, len(lines), CHUNK)]
    home = {s: k for k, chunk in enumerate(chunks) for s, _ in chunk if isinstance(s, sp.Symbol)}
    travels = {s for k, chunk in enumerate(chunks) for _, e in chunk for s in e.free_symbols if home.get(s, k) != k}
    slot = {s: i for i, s in enumerate(sorted(travels, key=str))}
    source = []
    for k, chunk in enumerate(chunks):
        source += _chunk(f"_part_{k}", chunk, places, slot)
    calls = [f"    _part_{k}{SIGNATURE}" for k in range(len(chunks))] or ["    pass"]
    return [*source, "@_jit", f"def kernel{SIGNATURE}:", *calls, "", "", f"N_SCRATCH = {len(slot)}", ""]


def _chunk(name: str, chunk: list, places: dict[sp.Symbol, str], slot: dict[sp.Symbol, int]) -> list[str]:
    local: dict[sp.Symbol, str] = {}
    body = []
    for target, e in chunk:
        for symbol in sorted(e.free_symbols, key=str):
            if symbol not in local:
                local[symbol] = f"v{len(local)}"
                body.append(f"    {local[symbol]} = {places.get(symbol) or f'ld(w, {slot[symbol]})'}")
        value = text(e, local).replace("math.", "")
        if isinstance(target, str):
            entry = target.split()[1]
            body.append(f"    st(out, {entry}, ld(out, {entry}) + {value})")
            continue
        local[target] = f"v{len(local)}"
        body.append(f"    {local[target]} = {value}")
        if target in slot:
            body.append(f"    st(w, {slot[target]}, {local[target]})")
    return ["@_jit", f"def {name}{SIGNATURE}:", *(body or ["    pass"]), "", ""]

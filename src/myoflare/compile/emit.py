"""Expressions to straight-line Python text that numba compiles well: short functions that share a scratch array."""

from collections.abc import Iterator

import sympy as sp

from myoflare.compile.chunks import Spelling, chunked
from myoflare.compile.equations import Equations
from myoflare.compile.functions import HELPERS, NATIVE, TIME

CHUNK = 120  # statements per function: the compiler's time grows faster than the length of one function

HEAD = '''"""Generated from a network; do not edit."""

import math

import numpy as np
from numba import njit

from myoflare.compile.kernels import (
    HELPERS
)

'''.replace("HELPERS", ", ".join(HELPERS))
PLAIN_HEAD = '''"""Generated from a network; do not edit."""

import numpy as np

from myoflare.compile.plain import HELPERS, math

'''.replace("HELPERS", ", ".join(HELPERS))
SIGNATURE = "(t, y, p, c, w, out)"
MODEL = 'error_model="numpy"'


def program_text(eqs: Equations, backend: str = "numba") -> str:
    """Source of a module with ``constants``, ``rhs``, ``jacobian``, ``derive`` and ``rates``.

    With events also ``triggers`` (truth of each event; truth of each comparison; its left side minus its right side)
    and ``assignments`` (values, scales, delays, priorities). ``backend`` is "numba" or "python".
    """
    n = len(eqs.states)
    targets = {
        "constants": ({}, [(f"out[{i}]", e) for i, e in enumerate(eqs.hoisted.values())], len(eqs.hoisted)),
        "rhs": (eqs.statements, [(f"out[{i}]", e) for i, e in enumerate(eqs.rhs)], n),
        "jacobian": (eqs.statements, [(f"out[{i}, {j}]", e) for (i, j), e in eqs.jacobian.items()], (n, n)),
        "derive": (eqs.statements, [(f"out[{i}]", e) for i, e in enumerate([*eqs.rules, *eqs.observables])],
                   len(eqs.rules) + len(eqs.observables)),
        "rates": (eqs.statements, [(f"out[{i}]", e) for i, e in enumerate(eqs.rates)], len(eqs.rates)),
    }  # fmt: skip
    if eqs.events is not None:
        terms = eqs.events
        differences = [c.args[0] - c.args[1] for c in terms.comparisons]
        for name, parts in (
            ("triggers", [*terms.triggers, *terms.comparisons, *differences]),
            ("assignments", [*terms.values, *terms.scales, *terms.delays, *terms.priorities]),
        ):
            targets[name] = (eqs.statements, [(f"out[{i}]", e) for i, e in enumerate(parts)], len(parts))
    jit = backend == "numba"
    source = [HEAD if jit else PLAIN_HEAD]
    for name, (statements, outputs, shape) in targets.items():
        source += _kernel(name, ordered(statements, outputs), shape, _places(eqs), jit)
    rows = [i for i, _ in eqs.jacobian]
    cols = [j for _, j in eqs.jacobian]
    source.append(f"N_CONSTANTS = {len(eqs.hoisted)}\nROWS = {rows}\nCOLS = {cols}\n")
    return "\n".join(source)


def _places(eqs: Equations) -> dict[sp.Symbol, str]:
    """Where a kernel finds what it does not compute."""
    places = {TIME: "t"}
    for array, names in (("y", eqs.states), ("p", eqs.params)):
        places |= {sp.Symbol(name, real=True): f"{array}[{i}]" for i, name in enumerate(names)}
    return places | {s: f"c[{i}]" for i, s in enumerate(eqs.hoisted)}


def ordered(statements: dict, outputs: list[tuple[str, sp.Expr]]) -> list[tuple[sp.Symbol | str, sp.Expr]]:
    """Only the statements that the outputs need, shared parts named, each after what it uses."""
    needed, stack = set(), [e for _, e in outputs]
    while stack:
        for symbol in stack.pop().free_symbols:
            if symbol in statements and symbol not in needed:
                needed.add(symbol)
                stack.append(statements[symbol])
    kept = [s for s in statements if s in needed]
    expressions = [statements[s] for s in kept] + [e for _, e in outputs]
    shared, reduced = sp.cse(expressions, symbols=sp.numbered_symbols("shared ", real=True), order="none")
    table = dict(shared) | dict(zip(kept, reduced, strict=False))
    done: dict[sp.Symbol, None] = {}
    result = []
    for target, e in zip((t for t, _ in outputs), reduced[len(kept) :], strict=True):
        result += [(s, table[s]) for s in _before(e, table, done)]
        result.append((target, e))
    return result


def _before(e: sp.Expr, table: dict, done: dict) -> Iterator[sp.Symbol]:
    """Names that ``e`` needs and nobody has computed yet, in an order that works."""
    for symbol in sorted(e.free_symbols, key=str):
        if symbol in table and symbol not in done:
            yield from _before(table[symbol], table, done)
            done[symbol] = None
            yield symbol


def _kernel(name: str, lines: list, shape: int | tuple, places: dict[sp.Symbol, str], jit: bool) -> list[str]:
    """Source of one kernel: functions that fill ``out``, and one that calls them."""
    how = Spelling(
        head=("@_jit",) if jit else (), longest=CHUNK, value=text, give=lambda target, value: f"{target} = {value}",
        read=lambda i: f"w[{i}]", keep=lambda i, value: f"w[{i}] = {value}",
    )  # fmt: skip
    source, calls, room = chunked(name, SIGNATURE, lines, places, how)
    out = "f8[:, ::1]" if isinstance(shape, tuple) else "f8[::1]"
    if jit:
        source.insert(0, f'_jit = njit("void(f8, f8[::1], f8[::1], f8[::1], f8[::1], {out})", cache=True, {MODEL})\n')
        source.append(f'@njit("{out}(f8, f8[::1], f8[::1], f8[::1])", cache=True, {MODEL})')
    arrays = [f"    w = np.empty({room})", f"    out = np.zeros({shape})"]
    return [*source, f"def {name}(t, y, p, c):", *arrays, *calls, "    return out\n\n"]


def text(e: sp.Expr, names: dict[sp.Symbol, str]) -> str:
    """Python text of an expression, with negative powers as divisions and small powers as products."""
    if e.is_Symbol:
        return names[e]
    if e.is_infinite and e.is_extended_real and e.is_number:
        return "math.inf" if e.is_extended_positive else "(-math.inf)"
    if e in (sp.nan, sp.zoo, sp.I):  # a number that is none: what uses it becomes NaN, and the solver says so
        return "math.nan"
    if e.is_Number or e.is_NumberSymbol:
        return repr(float(e))
    if e.is_Add:
        return "(" + " + ".join(text(a, names) for a in e.args) + ")"
    if e.is_Mul:
        above = [text(a, names) for a in e.args if not _divides(a)]
        below = [text(1 / a, names) for a in e.args if _divides(a)]
        top = "*".join(above) or "1.0"
        return f"({top}/({'*'.join(below)}))" if below else f"({top})"
    if e.is_Pow:
        return _power(e, names)
    # SymPy itself writes two of our functions when it simplifies, such as sqrt(x^2)
    function = {"Abs": "abs_", "sign": "sign_"}.get(e.func.__name__, e.func.__name__)
    if function in NATIVE:
        function = f"math.{function}"
    elif function not in HELPERS:
        raise NotImplementedError(f"no code for the function {function}")
    return f"{function}({', '.join(text(a, names) for a in e.args)})"


def _divides(e: sp.Expr) -> bool:
    return e.is_Pow and e.exp.is_Integer and e.exp < 0


def _power(e: sp.Expr, names: dict[sp.Symbol, str]) -> str:
    base = text(e.base, names)
    if _divides(e):
        return f"(1.0/{text(1 / e, names)})"
    if e.exp.is_Integer and e.exp <= 4:
        return "(" + "*".join([base] * int(e.exp)) + ")"
    return f"powr({base}, {text(e.exp, names)})"

"""Forward mode over a straight-line program: how the outputs move when the inputs move in one direction."""

from collections.abc import Iterable, Sequence

import sympy as sp

from myoflare.compile.emit import ordered
from myoflare.compile.slopes import slopes


def tangent(statements: dict, outputs: Sequence[sp.Expr], inputs: Iterable[sp.Symbol]) -> list:
    """Lines (target, expression) that compute ``sum_k d outputs[i] / d input_k * direction_k`` into ``out i``.

    Directions are the symbols ``direction(k)``, k the position of the input. Griewank and Walther 2008,
    doi:10.1137/1.9780898717761, section 3.1.
    """
    lines = ordered(statements, [(f"out {i}", sp.sympify(e)) for i, e in enumerate(outputs)])
    moves: dict[sp.Symbol, sp.Expr] = {s: direction(k) for k, s in enumerate(inputs)}
    forward, dots, found = {}, {}, []
    for target, e in lines:
        dot = sp.Add(*(slope * moves[s] for s, slope in slopes(e).items() if s in moves))
        if isinstance(target, str):
            found.append((target, dot))
            continue
        forward[target] = e
        if dot != 0:
            moves[target] = sp.Symbol(f"dot {target}", real=True)
            dots[moves[target]] = dot
    return ordered(forward | dots, [line for line in found if line[1] != 0])


def direction(k: int) -> sp.Symbol:
    return sp.Symbol(f"direction {k}", real=True)

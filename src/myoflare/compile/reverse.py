"""Reverse mode over a straight-line program: what a change of each input does to a weighted sum of the outputs."""

from collections.abc import Iterable, Sequence

import sympy as sp

from myoflare.compile.emit import ordered
from myoflare.compile.slopes import slopes


def reverse(statements: dict, outputs: Sequence[sp.Expr], inputs: Iterable[sp.Symbol]) -> list:
    """Lines (target, expression) that compute ``sum_i weight_i * d outputs[i] / d input`` for every input it reaches.

    Weights are the symbols ``weight(i)``; a target that is text is ``out k``, k the position of the input, the others
    are symbols. One sweep forward and one back, so the cost is a small multiple of the program's own, however many
    inputs there are (Griewank and Walther 2008, doi:10.1137/1.9780898717761, section 4.6).
    """
    lines = ordered(statements, [(f"out {i}", sp.sympify(e)) for i, e in enumerate(outputs)])
    forward = {s: e for s, e in lines if isinstance(s, sp.Symbol)}
    bars: dict[sp.Symbol, list[sp.Expr]] = {}
    for target, e in lines:
        if isinstance(target, str):
            _add(bars, e, weight(int(target.split()[1])))
    back = {}
    for symbol, e in reversed(forward.items()):
        if symbol in bars:
            bar = sp.Symbol(f"bar {symbol}", real=True)
            back[bar] = sp.Add(*bars.pop(symbol))
            _add(bars, e, bar)
    place = {s: k for k, s in enumerate(inputs)}
    found = [(f"out {place[s]}", sp.Add(*terms)) for s, terms in bars.items() if s in place]
    return ordered(forward | back, sorted(found, key=lambda line: int(line[0].split()[1])))


def weight(i: int) -> sp.Symbol:
    return sp.Symbol(f"weight {i}", real=True)


def _add(bars: dict, e: sp.Expr, bar: sp.Expr) -> None:
    for symbol, slope in slopes(e).items():
        bars.setdefault(symbol, []).append(slope * bar)

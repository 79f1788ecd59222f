"""First derivatives of one statement by each symbol that stands in it."""

import sympy as sp

from myoflare.compile import functions as fn

ONE = sp.Integer(1)


def slopes(e: sp.Expr) -> dict[sp.Symbol, sp.Expr]:
    """{symbol: d e / d symbol}, without those that are zero everywhere."""
    if e.is_Symbol:
        return {e: ONE}
    if e.is_Atom:
        return {}
    found: dict[sp.Symbol, list[sp.Expr]] = {}
    for i, part in enumerate(e.args):
        inner = slopes(part)
        outer = _by_argument(e, i) if inner else sp.S.Zero
        if outer != 0:
            for symbol, slope in inner.items():
                found.setdefault(symbol, []).append(outer * slope)
    return {symbol: total for symbol in sorted(found, key=str) if (total := sp.Add(*found[symbol])) != 0}


def _by_argument(e: sp.Expr, i: int) -> sp.Expr:
    """Derivative of the outermost operation by its argument ``i``."""
    if e.is_Add:
        return ONE
    if e.is_Mul:
        return sp.Mul(*e.args[:i], *e.args[i + 1 :])
    if e.is_Pow:
        return e.exp * e.base ** (e.exp - 1) if i == 0 else e * sp.log(e.base)
    if isinstance(e, fn.dpowr):
        return _of_dpowr(*e.args, i)
    if isinstance(e, fn.logp):
        # Never infinite, even in the branch that is not taken: zero times infinity would not be zero.
        positive = fn.gt(e.args[0], 0)
        return positive / fn.select(positive, e.args[0], 1)
    return e.fdiff(i + 1)


def _of_dpowr(base: sp.Expr, exponent: sp.Expr, i: int) -> sp.Expr:
    """``dpowr`` is exponent * base^(exponent - 1), which this differentiates by base and by exponent."""
    if i == 0:
        return exponent * fn.dpowr(base, exponent - 1)
    # ``dpowr`` is 0 there, while the power itself is infinite.
    pole = fn.both(fn.leq(base, 0), fn.lt(exponent, 1))
    return fn.select(pole, 0, fn.powr(base, exponent - 1)) + fn.dpowr(base, exponent) * fn.logp(base)

"""The functions a formula may hold, as SymPy functions with the derivatives that the Jacobian needs.

Each has a helper of the same name in ``kernels.py`` that computes it.
"""

import sympy as sp

TIME = sp.Symbol("time", real=True)


class _Step(sp.Function):
    """Piecewise constant: 0 or 1, or a whole number; flat almost everywhere."""

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        return sp.Integer(0)


class geq(_Step): ...


class gt(_Step): ...


class leq(_Step): ...


class lt(_Step): ...


class eq(_Step): ...


class neq(_Step): ...


class both(_Step): ...


class either(_Step): ...


class floor_(_Step): ...


class ceil_(_Step): ...


class sign_(_Step): ...


class select(sp.Function):
    """``select(test, a, b)``: a where the test holds, else b."""

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        test = self.args[0]
        return {1: sp.Integer(0), 2: select(test, 1, 0), 3: select(test, 0, 1)}[argindex]


class max_(sp.Function):
    def fdiff(self, argindex: int = 1) -> sp.Expr:
        a, b = self.args
        return geq(a, b) if argindex == 1 else lt(a, b)


class min_(sp.Function):
    def fdiff(self, argindex: int = 1) -> sp.Expr:
        a, b = self.args
        return leq(a, b) if argindex == 1 else gt(a, b)


class abs_(sp.Function):
    def fdiff(self, argindex: int = 1) -> sp.Expr:
        return sign_(self.args[0])


class powr(sp.Function):
    """base^exponent; a base below zero counts as zero unless the exponent is whole (a solver may overshoot zero)."""

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        base, exponent = self.args
        return dpowr(base, exponent) if argindex == 1 else self * logp(base)


class dpowr(sp.Function):
    """Derivative of ``powr`` by its base, finite at zero."""

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        raise NotImplementedError("second derivatives of powers are not needed")


class logp(sp.Function):
    """Logarithm, zero where the base of a power is not positive."""

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        raise NotImplementedError("second derivatives of powers are not needed")


def power(base: sp.Expr, exponent: sp.Expr) -> sp.Expr:
    return base**exponent if exponent.is_Integer else powr(base, exponent)


def _fold(function: type[sp.Function]):
    def fold(*values: sp.Expr) -> sp.Expr:
        result = values[0]
        for value in values[1:]:
            result = function(result, value)
        return result

    return fold


def _piecewise(*pieces: sp.Expr) -> sp.Expr:
    result = pieces[-1] if len(pieces) % 2 else sp.Integer(0)
    for i in range(len(pieces) // 2 * 2 - 2, -1, -2):
        result = select(pieces[i + 1], pieces[i], result)
    return result


BUILT_IN = {
    "exp": sp.exp, "ln": sp.log, "log": lambda *x: sp.log(x[-1]) / sp.log(x[0] if len(x) == 2 else 10),
    "log10": lambda x: sp.log(x) / sp.log(10), "sqrt": lambda x: powr(x, sp.Rational(1, 2)),
    "root": lambda n, x: powr(x, 1 / n), "pow": power, "abs": abs_, "floor": floor_, "ceil": ceil_,
    "ceiling": ceil_, "min": _fold(min_), "max": _fold(max_), "piecewise": _piecewise,
    "sin": sp.sin, "cos": sp.cos, "tan": sp.tan, "tanh": sp.tanh, "sinh": sp.sinh, "cosh": sp.cosh, "atan": sp.atan,
    "arctan": sp.atan,
    "geq": geq, "gt": gt, "leq": leq, "lt": lt, "eq": eq, "neq": neq, "and": _fold(both), "or": _fold(either),
}  # fmt: skip

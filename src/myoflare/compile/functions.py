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


class trunc_(_Step): ...


class sign_(_Step): ...


class factorial_(_Step): ...


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
    """base^exponent; a base below zero counts as zero unless the exponent is whole (a solver may overshoot zero).

    So 0 to a broken power below zero is infinite, as to a whole one.
    """

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        base, exponent = self.args
        return dpowr(base, exponent) if argindex == 1 else self * logp(base)


class powc(powr):
    """base^exponent of a base that no solver moves: below zero, a broken exponent makes it no number."""


class dpowr(sp.Function):
    """Derivative of ``powr`` by its base; 0 where the base is not positive and the exponent broken."""

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        raise NotImplementedError("second derivatives of powers are not needed")


class logp(sp.Function):
    """Logarithm, zero where the base of a power is not positive."""

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        raise NotImplementedError("second derivatives of powers are not needed")


def power(base: sp.Expr, exponent: sp.Expr) -> sp.Expr:
    return base**exponent if exponent.is_Integer else powr(base, exponent)


def strict(e: sp.Expr, moving: set[sp.Symbol]) -> sp.Expr:
    """``powc`` for every power whose base holds none of ``moving``: below zero it is a mistake, not an overshoot."""

    def still(part: sp.Basic) -> bool:
        return isinstance(part, powr) and not part.args[0].free_symbols & moving

    return e.replace(still, lambda part: powc(*part.args)) if e.has(powr) else e


def fold(function: type[sp.Function]):
    """The function of two values applied to any number of them, from the left."""

    def folded(*values: sp.Expr) -> sp.Expr:
        result = values[0]
        for value in values[1:]:
            result = function(result, value)
        return result

    return folded


def _chain(test: type[_Step]):
    """A comparison of any number of values, each with the next."""

    def chain(*values: sp.Expr) -> sp.Expr:
        tests = [test(a, b) for a, b in zip(values, values[1:], strict=False)]
        return fold(both)(*tests) if tests else sp.Integer(1)

    return chain


def _fold_from(start: int, function: type[sp.Function]):
    """Fold that gives ``start`` for no value and truth, 0 or 1, for one."""
    return lambda *values: fold(function)(sp.Integer(start), *values)


def _xor(*values: sp.Expr) -> sp.Expr:
    result = sp.Integer(0)
    for value in values:
        result = neq(result, neq(value, 0))
    return result


def _piecewise(*pieces: sp.Expr) -> sp.Expr:
    # Where no piece holds the value is undefined, and a solver says so instead of going on with a made-up number.
    result = pieces[-1] if len(pieces) % 2 else sp.nan
    for i in range(len(pieces) // 2 * 2 - 2, -1, -2):
        result = select(pieces[i + 1], pieces[i], result)
    return result


def _quotient(a: sp.Expr, b: sp.Expr) -> sp.Expr:
    return trunc_(a / b)


def _minus(*x: sp.Expr) -> sp.Expr:
    return -x[0] if len(x) == 1 else x[0] - x[1]


NATIVE = (
    "exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "asin", "acos", "atan", "asinh", "acosh", "atanh",
)  # fmt: skip
"""SymPy's own functions that an expression may hold; ``math`` computes each under the same name."""

HELPERS = (
    "abs_", "both", "ceil_", "dpowr", "either", "eq", "factorial_", "floor_", "geq", "gt", "leq", "logp", "lt", "max_",
    "min_", "neq", "powc", "powr", "select", "sign_", "trunc_",
)  # fmt: skip
"""Our own functions that an expression may hold; ``kernels`` computes each under the same name."""

BUILT_IN = {
    "exp": sp.exp, "ln": sp.log, "log": lambda *x: sp.log(x[-1]) / sp.log(x[0] if len(x) == 2 else 10),
    "log10": lambda x: sp.log(x) / sp.log(10), "sqrt": lambda x: powr(x, sp.Rational(1, 2)),
    "root": lambda n, x: powr(x, 1 / n), "pow": power, "abs": abs_, "floor": floor_, "ceil": ceil_,
    "ceiling": ceil_, "min": fold(min_), "max": fold(max_), "piecewise": _piecewise,
    "quotient": _quotient, "rem": lambda a, b: a - b * _quotient(a, b), "factorial": factorial_,
    "plus": lambda *x: sp.Add(*x), "times": lambda *x: sp.Mul(*x), "minus": _minus, "divide": lambda a, b: a / b,
    "power": power,
    "sin": sp.sin, "cos": sp.cos, "tan": sp.tan, "tanh": sp.tanh, "sinh": sp.sinh, "cosh": sp.cosh,
    "sec": lambda x: 1 / sp.cos(x), "csc": lambda x: 1 / sp.sin(x), "cot": lambda x: 1 / sp.tan(x),
    "sech": lambda x: 1 / sp.cosh(x), "csch": lambda x: 1 / sp.sinh(x), "coth": lambda x: 1 / sp.tanh(x),
    "asin": sp.asin, "acos": sp.acos, "atan": sp.atan, "asinh": sp.asinh, "acosh": sp.acosh, "atanh": sp.atanh,
    "arcsin": sp.asin, "arccos": sp.acos, "arctan": sp.atan,
    "arcsinh": sp.asinh, "arccosh": sp.acosh, "arctanh": sp.atanh,
    "arcsec": lambda x: sp.acos(1 / x), "arccsc": lambda x: sp.asin(1 / x), "arccot": lambda x: sp.atan(1 / x),
    "arcsech": lambda x: sp.acosh(1 / x), "arccsch": lambda x: sp.asinh(1 / x),
    "arccoth": lambda x: sp.atanh(1 / x),
    "geq": _chain(geq), "gt": _chain(gt), "leq": _chain(leq), "lt": _chain(lt), "eq": _chain(eq), "neq": neq,
    "and": _fold_from(1, both), "or": _fold_from(0, either), "xor": _xor,
    "not": lambda x: eq(x, 0), "implies": lambda a, b: either(eq(a, 0), b),
}  # fmt: skip

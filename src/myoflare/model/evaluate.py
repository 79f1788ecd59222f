"""The number that a formula has, for starting values; the compiler has its own, faster way to the same mathematics."""

import math
from collections.abc import Callable, Mapping

import libsbml

from myoflare.model.formula import to_text, to_tree
from myoflare.model.records import Function

AVOGADRO = 6.02214179e23  # the value that SBML fixes
_CONSTANTS = {
    libsbml.AST_CONSTANT_PI: math.pi, libsbml.AST_CONSTANT_E: math.e, libsbml.AST_NAME_AVOGADRO: AVOGADRO,
    libsbml.AST_CONSTANT_TRUE: 1.0, libsbml.AST_CONSTANT_FALSE: 0.0,
}  # fmt: skip


def _chain(test: Callable) -> Callable:
    return lambda *x: float(all(test(a, b) for a, b in zip(x, x[1:], strict=False)))


def _reciprocal(function: Callable) -> Callable:
    return lambda x: 1 / function(x)


def _of_reciprocal(function: Callable) -> Callable:
    return lambda x: function(1 / x)


def _quotient(a: float, b: float) -> float:
    return float(math.trunc(a / b))


_FUNCTIONS: dict[str, Callable] = {
    "plus": lambda *x: sum(x) if not all(map(math.isfinite, x)) else math.fsum(x), "times": lambda *x: math.prod(x),
    "minus": lambda *x: -x[0] if len(x) == 1 else x[0] - x[1], "divide": lambda a, b: a / b,
    "power": lambda a, b: a**b, "root": lambda n, x: x ** (1 / n), "abs": abs, "exp": math.exp, "ln": math.log,
    "log": lambda base, x: math.log(x) / math.log(base) if base != 10 else math.log10(x),
    "floor": math.floor, "ceiling": math.ceil, "factorial": lambda n: float(math.factorial(int(n))),
    "min": lambda *x: min(x), "max": lambda *x: max(x), "quotient": _quotient, "rem": math.fmod,
    "sin": math.sin, "cos": math.cos, "tan": math.tan, "sinh": math.sinh, "cosh": math.cosh, "tanh": math.tanh,
    "arcsin": math.asin, "arccos": math.acos, "arctan": math.atan,
    "arcsinh": math.asinh, "arccosh": math.acosh, "arctanh": math.atanh,
    "sec": _reciprocal(math.cos), "csc": _reciprocal(math.sin), "cot": _reciprocal(math.tan),
    "sech": _reciprocal(math.cosh), "csch": _reciprocal(math.sinh), "coth": _reciprocal(math.tanh),
    "arcsec": _of_reciprocal(math.acos), "arccsc": _of_reciprocal(math.asin), "arccot": _of_reciprocal(math.atan),
    "arcsech": _of_reciprocal(math.acosh), "arccsch": _of_reciprocal(math.asinh),
    "arccoth": _of_reciprocal(math.atanh),
    "and": lambda *x: float(all(x)), "or": lambda *x: float(any(x)), "xor": lambda *x: float(sum(map(bool, x)) % 2),
    "not": lambda x: float(not x), "implies": lambda a, b: float(not a or bool(b)),
    "eq": _chain(lambda a, b: a == b), "neq": lambda a, b: float(a != b), "gt": _chain(lambda a, b: a > b),
    "geq": _chain(lambda a, b: a >= b), "lt": _chain(lambda a, b: a < b), "leq": _chain(lambda a, b: a <= b),
}  # fmt: skip


def _by_type() -> dict[int, str]:
    named = {
        libsbml.AST_PLUS: "plus", libsbml.AST_MINUS: "minus", libsbml.AST_TIMES: "times", libsbml.AST_DIVIDE: "divide",
        libsbml.AST_POWER: "power", libsbml.AST_FUNCTION_POWER: "power",
    }  # fmt: skip
    for name in _FUNCTIONS:
        for kind in (f"AST_FUNCTION_{name.upper()}", f"AST_LOGICAL_{name.upper()}", f"AST_RELATIONAL_{name.upper()}"):
            if hasattr(libsbml, kind):
                named[getattr(libsbml, kind)] = name
    return named


_BY_TYPE = _by_type()


class Evaluator:
    """Evaluates libSBML trees; ``values`` gives the number of a name, ``functions`` are the model's own."""

    def __init__(self, values: Mapping[str, float], functions: Mapping[str, tuple[tuple[str, ...], libsbml.ASTNode]]):
        self.values, self.functions = values, functions

    def __call__(self, tree: libsbml.ASTNode) -> float:
        """Number of a formula at time 0. Raises ValueError (no result) or KeyError (name)."""
        try:
            result = self._value(tree, {})
        except (ArithmeticError, TypeError, ValueError):
            raise ValueError(f"{to_text(tree)} has no result") from None
        if isinstance(result, complex):
            raise ValueError(f"{to_text(tree)} is no real number")
        return float(result)

    def _value(self, tree: libsbml.ASTNode, scope: Mapping[str, float]) -> float:
        kind = tree.getType()
        if tree.isNumber():
            return float(tree.getValue())
        if kind == libsbml.AST_NAME:
            name = tree.getName()
            return scope[name] if name in scope else self.values[name]
        if kind == libsbml.AST_NAME_TIME:
            return 0.0
        if kind in _CONSTANTS:
            return _CONSTANTS[kind]
        children = [tree.getChild(i) for i in range(tree.getNumChildren())]
        if kind == libsbml.AST_FUNCTION_PIECEWISE:
            return self._piecewise(children, scope)
        values = [self._value(child, scope) for child in children]
        if kind == libsbml.AST_FUNCTION and tree.getName() in self.functions:
            arguments, body = self.functions[tree.getName()]
            return self._value(body, dict(zip(arguments, values, strict=True)))
        if kind not in _BY_TYPE:
            raise ValueError
        return _FUNCTIONS[_BY_TYPE[kind]](*values)

    def _piecewise(self, children: list[libsbml.ASTNode], scope: Mapping[str, float]) -> float:
        for piece, test in zip(children[::2], children[1::2], strict=False):
            if self._value(test, scope):
                return self._value(piece, scope)
        return self._value(children[-1], scope) if len(children) % 2 else math.nan


def trees_of(functions: tuple[Function, ...]) -> dict[str, tuple[tuple[str, ...], libsbml.ASTNode]]:
    """What ``Evaluator`` wants of a model's functions."""
    return {f.id: (f.arguments, to_tree(f.formula)) for f in functions}

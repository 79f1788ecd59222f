"""Formula text to SymPy expressions, name by name: no text is evaluated, and ``S`` or ``E`` stay ordinary names."""

import ast
import re

import sympy as sp

from myoflare.base.errors import ModelError
from myoflare.compile import functions as fn

_TOKEN = re.compile(
    r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<sign>\^|&&|\|\||!=|!)"
)
_SIGNS = {"^": "**", "&&": " and ", "||": " or ", "!=": "!=", "!": "~"}
_COMPARE = {ast.GtE: fn.geq, ast.Gt: fn.gt, ast.LtE: fn.leq, ast.Lt: fn.lt, ast.Eq: fn.eq, ast.NotEq: fn.neq}
_CONSTANTS = {
    "pi": sp.pi, "exponentiale": sp.E, "true": sp.Integer(1), "false": sp.Integer(0),
    "avogadro": sp.Float(6.02214179e23), "inf": sp.oo, "INF": sp.oo, "infinity": sp.oo, "nan": sp.nan, "NaN": sp.nan,
    "notanumber": sp.nan,
}  # fmt: skip


def _python(text: str) -> str:
    """The same formula in Python's spelling; names get a prefix because some, like ``lambda``, are Python's own."""

    def spell(match: re.Match) -> str:
        if match["name"]:
            return "n_" + match["name"]
        return match["number"] or _SIGNS[match["sign"]]

    return _TOKEN.sub(spell, text.strip())


class Parser:
    """Turns formulas into expressions of given symbols; calls of user functions are written out.

    ``moving`` are the symbols that a solver moves, and so may carry a rounding below zero. It and ``symbols`` may grow.
    """

    def __init__(self, symbols: dict[str, sp.Expr], moving: set[sp.Symbol]):
        self.symbols, self.moving = symbols, moving
        self.functions: dict[str, tuple[tuple[str, ...], ast.expr]] = {}

    def define(self, name: str, arguments: tuple[str, ...], text: str) -> None:
        """Add a function whose body may call functions defined before it."""
        self.functions[name] = (arguments, self._tree(text, f"function {name}"))

    def parse(self, text: str, where: str) -> sp.Expr:
        """Expression of a formula. Raises ModelError naming ``where`` and the name or operator at fault."""
        try:
            return fn.strict(self._build(self._tree(text, where), self.symbols), self.moving)
        except _Unknown as fault:
            raise ModelError(where, f"{fault.args[0]} in {text}", "names and functions that are known") from None

    def _tree(self, text: str, where: str) -> ast.expr:
        try:
            return ast.parse(_python(text), mode="eval").body
        except (SyntaxError, MemoryError):  # the latter is what the parser says of very deep nesting
            raise ModelError(where, f"the formula {text}", "an infix formula") from None

    def _build(self, node: ast.expr, scope: dict[str, sp.Expr]) -> sp.Expr:
        if isinstance(node, ast.Constant):
            return _number(node.value)
        if isinstance(node, ast.Name):
            return self._name(node.id.removeprefix("n_"), scope)
        if isinstance(node, ast.UnaryOp):
            return self._unary(node, scope)
        if isinstance(node, ast.BinOp):
            return self._binary(node, scope)
        if isinstance(node, ast.BoolOp):
            join = fn.both if isinstance(node.op, ast.And) else fn.either
            return fn.fold(join)(*(self._build(v, scope) for v in node.values))
        if isinstance(node, ast.Compare):
            sides = [self._build(s, scope) for s in (node.left, *node.comparators)]
            tests = [_COMPARE[type(op)](a, b) for op, a, b in zip(node.ops, sides, sides[1:], strict=False)]
            return fn.fold(fn.both)(*tests)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return self._call(node.func.id.removeprefix("n_"), [self._build(a, scope) for a in node.args])
        raise _Unknown(f"unknown syntax {type(node).__name__}")

    def _name(self, name: str, scope: dict[str, sp.Expr]) -> sp.Expr:
        if name in scope:
            return scope[name]
        if name == "time":
            return fn.TIME
        if name in _CONSTANTS:
            return _CONSTANTS[name]
        raise _Unknown(f"unknown name {name}")

    def _unary(self, node: ast.UnaryOp, scope: dict[str, sp.Expr]) -> sp.Expr:
        value = self._build(node.operand, scope)
        if isinstance(node.op, ast.Invert):
            return fn.eq(value, sp.Integer(0))
        return -value if isinstance(node.op, ast.USub) else value

    def _binary(self, node: ast.BinOp, scope: dict[str, sp.Expr]) -> sp.Expr:
        a, b = self._build(node.left, scope), self._build(node.right, scope)
        if isinstance(node.op, ast.Add):
            return a + b
        if isinstance(node.op, ast.Sub):
            return a - b
        if isinstance(node.op, ast.Mult):
            return a * b
        if isinstance(node.op, ast.Div):
            return a / b
        if isinstance(node.op, ast.Pow):
            return fn.power(a, b)
        raise _Unknown(f"unknown operator {type(node.op).__name__}")

    def _call(self, name: str, arguments: list[sp.Expr]) -> sp.Expr:
        if name in self.functions:
            names, body = self.functions[name]
            if len(names) != len(arguments):
                raise _Unknown(f"{name} called with {len(arguments)} arguments instead of {len(names)}")
            return self._build(body, dict(zip(names, arguments, strict=True)))
        if name not in fn.BUILT_IN:
            raise _Unknown(f"unknown function {name}")
        try:
            return fn.BUILT_IN[name](*arguments)
        except TypeError:
            raise _Unknown(f"{name} with {len(arguments)} arguments") from None


class _Unknown(Exception):
    """A name or operator that no formula may hold; ``args[0]`` says which."""


def _number(value: float) -> sp.Expr:
    if value == int(value) and abs(value) < 2**31:
        return sp.Integer(int(value))
    return sp.Float(value, 17)

"""Conditions of a treatment rule: a small language over what a clinic has measured by that day.

``CK_xULN > 1.3 * CK_xULN_last and dose(prednisone) < 20``: numbers, names, ``+ - * /``, comparisons, ``and or not``,
``min max``. What has not been measured is unknown: a comparison with it is neither true nor false, and a rule acts
only on what is true (three values, as Kleene's logic has them).
"""

import ast
import math
import operator
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from myoflare.base.errors import TherapyError
from myoflare.store import suggest
from myoflare.therapy.measured import VARIANTS, Measured

LONGEST = 500  # letters of a condition
DEEPEST = 30  # levels of brackets and operators
LARGEST = 1e300  # number in a condition
_ARITHMETIC = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
_COMPARE = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip
_OF_NUMBERS = {"min": min, "max": max}
OF_DRUGS = ("dose", "weeks_on")
EXAMPLE = "a condition such as 'CK_xULN > 1.3 * CK_xULN_last'"


@dataclass(frozen=True)
class Condition:
    """A parsed condition. ``reads`` holds the names it looks up, such as ``MMT8_best`` and ``dose(prednisone)``."""

    text: str
    reads: frozenset[str]
    tree: ast.expr = field(compare=False, repr=False)

    def holds(self, known: Mapping[str, float]) -> bool:
        """Whether it is true of ``known``; a name that is not there, or is no number, is unknown."""
        return _value(self.tree, known) is True


def parse_condition(
    text: str, measured: Mapping[str, Measured], drugs: Collection[str] = (), where: str = "when"
) -> Condition:
    """Read a condition over ``measured`` names, ``day`` and ``drugs``.

    Raises TherapyError for what is no condition, a name that no clinic has, or a drug that is not in the regimen.
    """
    if len(text) > LONGEST:
        raise TherapyError(where, f"a condition of {len(text)} letters", f"at most {LONGEST}")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as fault:
        told = getattr(fault, "msg", None) or "too deep"
        raise TherapyError(where, f"{text!r} ({told})", EXAMPLE) from None
    reads: set[str] = set()
    if _Reader(where, measured, drugs, reads).kind(tree, 0) != "truth":
        raise TherapyError(where, f"{text!r} is a number", EXAMPLE)
    return Condition(text, frozenset(reads), tree)


class _Reader:
    """Walks a tree once: refuses what is not of the language, and collects what is read."""

    def __init__(self, where, measured, drugs, reads):
        self.where, self.measured, self.drugs, self.reads = where, measured, drugs, reads

    def kind(self, node, depth) -> str:
        if depth > DEEPEST:
            raise TherapyError(self.where, "a condition of too many levels", f"at most {DEEPEST}")
        match node:
            case ast.BoolOp(values=values):
                return self._all(values, "truth", depth, "truth")
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                return self._all([inner], "truth", depth, "truth")
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return self._all([inner], "number", depth, "number")
            case ast.Compare(left=left, ops=ops, comparators=others) if all(type(o) in _COMPARE for o in ops):
                return self._all([left, *others], "number", depth, "truth")
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                return self._all([left, right], "number", depth, "number")
            case ast.Constant(value=value) if type(value) in (int, float) and abs(value) < LARGEST:
                return "number"
            case ast.Name(id=name):
                self._name(name)
                return "number"
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _OF_NUMBERS and args:
                return self._all(args, "number", depth, "number")
            case ast.Call(func=ast.Name(id=name), args=[ast.Name(id=drug)], keywords=[]) if name in OF_DRUGS:
                self._drug(name, drug)
                return "number"
        came = f"{ast.unparse(node)!r} is not of this language"
        expected = "names, numbers, + - * /, comparisons, and, or, not, min, max, dose(drug), weeks_on(drug)"
        raise TherapyError(self.where, came, expected)

    def _all(self, nodes, wanted, depth, result):
        for node in nodes:
            if self.kind(node, depth + 1) != wanted:
                came = f"{ast.unparse(node)!r} is a {'number' if wanted == 'truth' else 'condition'}"
                raise TherapyError(self.where, came, f"a {'condition' if wanted == 'truth' else 'number'} there")
        return result

    def _name(self, name):
        base = next((b for v in VARIANTS if name.endswith(v) and (b := name.removesuffix(v)) in self.measured), name)
        if name != "day" and base not in self.measured:
            hint = _instead(name, self.measured)
            raise TherapyError(self.where, f"no clinic has {name!r} at a visit", "a measurement of a visit", hint)
        self.reads.add(name)

    def _drug(self, function, drug):
        if drug not in self.drugs:
            raise TherapyError(self.where, f"{function}({drug})", "a drug of the regimen", suggest(drug, self.drugs))
        self.reads.add(f"{function}({drug})")


def _instead(name, measured):
    words = set(name.lower().split("_"))
    for known, row in measured.items():
        if any(words >= set(phrase.lower().split("_")) for phrase in row.stands_for):
            return f"a clinic has {known!r}, which tells of it"
    near = suggest(name, [n + v for n in measured for v in ("", *VARIANTS)])
    return near or suggest(name, measured)


def _value(node, known):
    """A number, a truth, or None where it is unknown."""
    match node:
        case ast.BoolOp(op=op, values=values):
            found = [_value(v, known) for v in values]
            decisive = isinstance(op, ast.Or)
            if decisive in found:
                return decisive
            return None if None in found else not decisive
        case ast.UnaryOp(op=op, operand=inner):
            value = _value(inner, known)
            if value is None:
                return None
            return not value if isinstance(op, ast.Not) else -value
        case ast.Compare(left=left, ops=ops, comparators=others):
            sides = [_value(side, known) for side in (left, *others)]
            pairs = zip(ops, sides, sides[1:], strict=False)
            found = [None if a is None or b is None else _COMPARE[type(o)](a, b) for o, a, b in pairs]
            return False if False in found else None if None in found else True
        case ast.BinOp(left=left, op=op, right=right):
            return _number(_ARITHMETIC[type(op)], [_value(left, known), _value(right, known)])
        case ast.Constant(value=value):
            return float(value)
        case ast.Name(id=name):
            return _looked_up(known, name)
        case ast.Call(func=ast.Name(id=name)) if name in _OF_NUMBERS:
            return _number(lambda *x: _OF_NUMBERS[name](x), [_value(a, known) for a in node.args])
    return _looked_up(known, f"{node.func.id}({node.args[0].id})")


def _number(function, values):
    if None in values:
        return None
    try:
        result = function(*values)
    except ArithmeticError:
        return None
    return result if math.isfinite(result) else None


def _looked_up(known, name):
    value = known.get(name)
    return None if value is None or not math.isfinite(value) else float(value)

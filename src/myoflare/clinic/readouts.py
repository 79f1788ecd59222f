"""Read-outs as a clinic would write them down: with the day-to-day and assay noise that the table declares."""

import ast
import json
import math
import operator

import numpy as np

from myoflare.base.errors import ModelError
from myoflare.base.streams import stream

_BINARY = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_UNARY = {ast.USub: operator.neg, ast.UAdd: operator.pos}
_CALLS = {
    "sqrt": np.sqrt,
    "exp": np.exp,
    "log": np.log,
    "ln": np.log,
    "abs": np.abs,
    "min": np.minimum,
    "max": np.maximum,
}


def measure(course, seed=0):
    """The read-outs of a course with measurement noise; a dataset of observables only.

    Every read-out draws from a stream of its own, named by seed, patient and read-out. Its standard deviation is the
    ``noise`` formula of the observables table, evaluated on the true course. ``normal`` noise is added, ``log-normal``
    multiplies (the deviation is then of the natural logarithm), ``laplace`` is added. Read-outs that cannot be negative
    stay at or above zero.
    """
    names = [n for n in course.data_vars if course[n].attrs.get("kind") == "observable"]
    patient = str(course.attrs.get("patient", ""))
    return course[names].map(
        lambda true: _noisy(true, course, stream(seed, patient, f"measure:{true.name}")), keep_attrs=True
    )


def _noisy(true, course, draws):
    formula = str(true.attrs.get("noise", "")).strip()
    if not formula:
        return true
    values = np.asarray(true.values, float)
    sigma = np.broadcast_to(evaluate(formula, _Names(course, true)), values.shape)
    shape = str(true.attrs.get("noise_distribution", "normal"))
    if shape.startswith("log"):
        seen = values * np.exp(sigma * draws.standard_normal(values.shape))
    elif shape == "laplace":
        seen = values + draws.laplace(0.0, 1.0, values.shape) * sigma
    else:
        seen = values + sigma * draws.standard_normal(values.shape)
    return true.copy(data=np.maximum(seen, 0.0) if (values >= 0).all() else seen)


class _Names(dict):
    """Values by name: numbers that travel with the read-out, then curves of the course."""

    def __init__(self, course, true):
        super().__init__(json.loads(true.attrs.get("noise_parameters", "{}")))
        self._course = course

    def __missing__(self, name):
        if name not in self._course:
            raise ModelError(f"noise of a read-out, {name}", "an unknown name", "a parameter or a read-out")
        return np.asarray(self._course[name].values, float)


def evaluate(formula, names):
    """Value of an arithmetic formula; only numbers, names, ``+ - * / ^`` and a few functions. ModelError otherwise."""
    try:
        tree = ast.parse(formula.replace("^", "**"), mode="eval").body
        return _value(tree, names)
    except (SyntaxError, KeyError, TypeError) as fault:
        came = f"it cannot be evaluated ({fault})"
        raise ModelError(f"formula {formula!r}", came, "arithmetic on parameters and read-outs") from None


def _value(node, names):
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and math.isfinite(node.value):
        return float(node.value)
    if isinstance(node, ast.Name):
        return names[node.id]
    if isinstance(node, ast.BinOp):
        return _BINARY[type(node.op)](_value(node.left, names), _value(node.right, names))
    if isinstance(node, ast.UnaryOp):
        return _UNARY[type(node.op)](_value(node.operand, names))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        return _CALLS[node.func.id](*(_value(a, names) for a in node.args))
    raise TypeError(ast.dump(node)[:60])

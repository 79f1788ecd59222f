"""The number type of ``lanes`` one patient wide: plain floating-point numbers behind the same names.

For machines or versions of numba where the vector type does not work; the program text over it is the same.
"""

import math

import numpy as np
from numba import njit

from myoflare.compile.kernels import (
    abs_,
    both,
    ceil_,
    dpowr,
    either,
    eq,
    factorial_,
    floor_,
    geq,
    gt,
    leq,
    logp,
    lt,
    max_,
    min_,
    neq,
    powc,
    powr,
    select,
    sign_,
    trunc_,
)  # fmt: skip
from myoflare.compile.place import PLACE, at

WIDTH = 1
_jit = njit(inline="always")
exp, log, sqrt = math.exp, math.log, math.sqrt
sin, cos, tan, sinh, cosh, tanh = math.sin, math.cos, math.tan, math.sinh, math.cosh, math.tanh
asin, acos, atan = math.asin, math.acos, math.atan
asinh, acosh, atanh = math.asinh, math.acosh, math.atanh


@njit(cache=True)
def empty(n):
    return np.empty(n)


@njit(cache=True)
def zeros(n):
    return np.zeros(n)


@_jit
def ld(array, i):
    return array[i]


@_jit
def st(array, i, value):
    array[i] = value


@_jit
def wide(x):
    return x


@_jit
def any_(test):
    return test != 0.0


__all__ = [
    "PLACE", "WIDTH", "abs_", "acos", "acosh", "any_", "asin", "asinh", "at", "atan", "atanh", "both", "ceil_", "cos",
    "cosh", "dpowr", "either", "empty", "eq", "exp", "factorial_", "floor_", "geq", "gt", "ld", "leq", "log", "logp",
    "lt", "max_", "min_", "neq", "powc", "powr", "select", "sign_", "sin", "sinh", "sqrt", "st", "tan", "tanh",
    "trunc_", "wide", "zeros",
]  # fmt: skip

"""Helpers that generated code calls; each is the numerical twin of a function in ``functions.py``."""

import math

import numpy as np
from numba import njit

_jit = njit(cache=True, inline="never", error_model="numpy")


@_jit
def powr(base, exponent):
    if base > 0.0 or exponent == np.floor(exponent):
        return base**exponent
    if np.isnan(base) or np.isnan(exponent):
        return base * exponent
    return 0.0 if exponent > 0.0 else np.inf


@_jit
def powc(base, exponent):
    return base**exponent


@_jit
def dpowr(base, exponent):
    if exponent == 0.0 or exponent == 1.0:
        return exponent
    if base > 0.0 or exponent == np.floor(exponent):
        return exponent * base ** (exponent - 1.0)
    return base * exponent if np.isnan(base) or np.isnan(exponent) else 0.0


@_jit
def logp(x):
    return math.log(x) if x > 0.0 else 0.0


@_jit
def select(test, a, b):
    return a if test != 0.0 else b


@_jit
def max_(a, b):
    return a if a >= b else b


@_jit
def min_(a, b):
    return a if a <= b else b


@_jit
def abs_(a):
    return abs(a)


@_jit
def sign_(a):
    return 1.0 if a > 0.0 else (-1.0 if a < 0.0 else 0.0)


@_jit
def floor_(a):
    return np.floor(a)


@_jit
def ceil_(a):
    return np.ceil(a)


@_jit
def trunc_(a):
    return np.floor(a) if a >= 0.0 else np.ceil(a)


@_jit
def factorial_(a):
    found = 1.0
    for k in range(2, 172):  # 171! is the first that no double can hold
        if k <= a:
            found *= k
    return found


@_jit
def geq(a, b):
    return 1.0 if a >= b else 0.0


@_jit
def gt(a, b):
    return 1.0 if a > b else 0.0


@_jit
def leq(a, b):
    return 1.0 if a <= b else 0.0


@_jit
def lt(a, b):
    return 1.0 if a < b else 0.0


@_jit
def eq(a, b):
    return 1.0 if a == b else 0.0


@_jit
def neq(a, b):
    return 1.0 if a != b else 0.0


@_jit
def both(a, b):
    return 1.0 if a != 0.0 and b != 0.0 else 0.0


@_jit
def either(a, b):
    return 1.0 if a != 0.0 or b != 0.0 else 0.0

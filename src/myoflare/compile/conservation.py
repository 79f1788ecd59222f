"""Totals that no reaction can change, from the left null space of the stoichiometry."""

from fractions import Fraction

import numpy as np

from myoflare.compile.program import Program


def left_null_space(program: Program) -> np.ndarray:
    """Conservation laws, shape (law, state): each row times any course of the states stays constant.

    Gaussian elimination in exact fractions, so that whole-number stoichiometry gives whole-number laws.
    """
    n = len(program.states)
    rows = [_fractions(row) for row in program.stoichiometry]
    origin = [{i: Fraction(1)} for i in range(n)]
    free = list(range(n))
    while True:
        pivot = next((i for i in free if rows[i]), None)
        if pivot is None:
            break
        free.remove(pivot)
        column = min(rows[pivot])
        for i in free:
            if column in rows[i]:
                factor = rows[i][column] / rows[pivot][column]
                rows[i] = _subtract(rows[i], rows[pivot], factor)
                origin[i] = _subtract(origin[i], origin[pivot], factor)
    laws = np.zeros((len(free), n))
    for law, i in zip(laws, free, strict=True):
        smallest = min(map(abs, origin[i].values()))
        for state, weight in origin[i].items():
            law[state] = float(weight / smallest)
    return laws


def _fractions(row: np.ndarray) -> dict[int, Fraction]:
    return {int(j): Fraction(float(row[j])) for j in np.nonzero(row)[0]}


def _subtract(a: dict[int, Fraction], b: dict[int, Fraction], factor: Fraction) -> dict[int, Fraction]:
    """a - factor b, without zeros."""
    result = {k: a.get(k, Fraction(0)) - factor * b.get(k, Fraction(0)) for k in a.keys() | b.keys()}
    return {k: v for k, v in result.items() if v}

"""Totals that no reaction can change, from the left null space of the stoichiometry."""

import numpy as np
import sympy as sp

from myoflare.compile.program import Program


def left_null_space(program: Program) -> np.ndarray:
    """Conservation laws, shape (law, state): each row times any course of the states stays constant.

    Computed exactly in rational arithmetic, so that whole-number stoichiometry gives whole-number laws.
    """
    matrix = sp.Matrix(program.stoichiometry.shape[0], program.stoichiometry.shape[1],
                       [sp.nsimplify(x, rational=True) for x in program.stoichiometry.ravel()])  # fmt: skip
    laws = matrix.T.nullspace()
    if not laws:
        return np.zeros((0, len(program.states)))
    return np.array([[float(x) for x in law] for law in laws])

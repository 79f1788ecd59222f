"""A ``Program`` as processes of whole events: what one firing of each reaction does to the numbers of molecules."""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
from numba import types

from myoflare.base.errors import SimulationError
from myoflare.compile import Program
from myoflare.simulate.stochastic.random import process_word

WHOLE = 1e-9  # relative distance from a whole number that is rounding


class Network(NamedTuple):
    """What kernels need to know of a network. The last reactions are the constant inflows of ``source``.

    ``state[start[r] : start[r + 1]]`` are the states that reaction r changes, ``count`` their molecules per firing.
    ``extent`` is the reaction's own unit per firing: its rate over its extent is firings per day. ``size`` is molecules
    per unit of a state. ``whole`` marks states kept as whole numbers, ``jumps`` reactions fired one by one, ``noisy``
    those that are processes of whole events at all. ``felt`` are the states that any rate depends on.
    """

    start: np.ndarray
    state: np.ndarray
    count: np.ndarray
    extent: np.ndarray
    word: np.ndarray
    jumps: np.ndarray
    noisy: np.ndarray
    size: np.ndarray
    whole: np.ndarray
    felt: np.ndarray
    source: np.ndarray


_I, _F, _U, _B = types.int64[::1], types.float64[::1], types.uint64[::1], types.boolean[::1]
NETWORK = types.NamedTuple((_I, _I, _F, _F, _U, _B, _B, _F, _B, _I, _I), Network)


def network_of(program: Program, size: np.ndarray, whole: Collection[int], inflows: np.ndarray) -> Network:
    """The processes of ``program``; ``whole`` are the states that change by whole molecules only.

    One firing moves one molecule (times the stoichiometry) of the coarsest state that the reaction changes, the one
    with the fewest molecules per unit: a fibre that dies is one event however many molecules it spills. Raises
    SimulationError where a firing would change a state of ``whole`` by a fraction of a molecule.
    """
    continuous = [reaction.continuous for reaction in program.model.reactions]
    columns = [*program.stoichiometry.T, *np.eye(len(program.states))[inflows]]
    names = [*program.reactions, *(f"inflow of {program.states[i]}" for i in inflows)]
    start, state, count = [0], [], []
    extent, jumps = np.ones(len(names)), np.zeros(len(names), bool)
    for r, column in enumerate(columns):
        changed = np.flatnonzero(column)
        counted = [i for i in changed if i in whole]
        if len(changed):
            extent[r] = 1 / size[counted or changed].min()
        jumps[r] = bool(counted)
        for i in changed:
            molecules = column[i] * size[i] * extent[r]
            if i in whole:
                molecules = _whole(molecules, names[r], program.states[i])
            state.append(i)
            count.append(molecules)
        start.append(len(state))
        if jumps[r] and r < len(continuous) and continuous[r]:
            raise SimulationError(
                f"reaction {names[r]}", "a continuous change, not a process of whole events", "whole events",
                "Try method='hybrid' with the states it changes left out of 'small'",
            )  # fmt: skip
    words = [process_word(name) for name in names]
    if len(set(words)) < len(words):
        raise SimulationError(program.model.id, "two reactions whose names share one stream", "other reaction names")
    noisy = ~np.array([*continuous, *([False] * len(inflows))], bool)
    return Network(
        np.array(start), np.array(state, np.int64), np.array(count, float), extent, np.array(words, np.uint64), jumps,
        noisy, size, np.isin(np.arange(len(size)), list(whole)), np.unique(program.sparsity[1]).astype(np.int64),
        np.asarray(inflows, np.int64),
    )  # fmt: skip


def _whole(molecules: float, reaction: str, state: str) -> float:
    nearest = np.rint(molecules)
    if nearest == 0 or abs(molecules - nearest) > WHOLE * abs(nearest):
        raise SimulationError(
            f"reaction {reaction}", f"{molecules:g} molecules of {state} per firing", "whole molecules",
            "Give 'size' (molecules per unit) so that every change is whole, or another method",
        )  # fmt: skip
    return nearest

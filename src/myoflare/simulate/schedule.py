"""Schedules of many patients as flat arrays that a kernel walks through."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from myoflare.base.errors import SimulationError
from myoflare.compile import Program
from myoflare.model.records import Action, Bolus, Change, Infusion, Reset

ADD_STATE, SET_STATE, SET_PARAM, SET_RATE = range(4)


@dataclass(frozen=True)
class Packed:
    """Steps of patient i are ``[offsets[i], offsets[i + 1])`` of ``day``, ``kind``, ``target`` and ``value``, by day.

    SET_RATE gives the whole constant inflow of a state (unit per day) from then on. ``inflows`` are the states that
    ever have one.
    """

    offsets: np.ndarray
    day: np.ndarray
    kind: np.ndarray
    target: np.ndarray
    value: np.ndarray
    inflows: np.ndarray


def pack(program: Program, schedules: Sequence[Sequence[Action]]) -> Packed:
    """One schedule per patient. Raises SimulationError for an unknown name or a number that makes no sense."""
    states = {name: i for i, name in enumerate(program.states)}
    params = {name: i for i, name in enumerate(program.params)}
    memo: dict[int, tuple] = {}  # patients often share one schedule; it is held, for else its id may pass to another
    rows: list[np.ndarray] = []
    for schedule in schedules:
        if id(schedule) not in memo:
            memo[id(schedule)] = np.array(steps(schedule, states, params), float).reshape(-1, 4), schedule
        rows.append(memo[id(schedule)][0])
    offsets = np.cumsum([0, *map(len, rows)])
    day, kind, target, value = np.concatenate([np.empty((0, 4)), *rows]).T.copy()
    kind, target = kind.astype(np.int64), target.astype(np.int64)
    return Packed(offsets, day, kind, target, value, np.unique(target[kind == SET_RATE]))


def steps(schedule: Sequence[Action], states: dict[str, int], params: dict[str, int]) -> list[tuple]:
    """(day, kind, target, value) of one schedule in the order in which they happen."""
    found: list[tuple] = []
    flows: dict[int, list[tuple[float, float, float]]] = {}
    for action in schedule:
        _check(action, states, params)
        if isinstance(action, Change):
            found.append((action.day, SET_PARAM, params[action.parameter], action.value))
        elif isinstance(action, Bolus):
            found.append((action.day, ADD_STATE, states[action.state], action.amount))
        elif isinstance(action, Reset):
            found.append((action.day, SET_STATE, states[action.state], action.value))
        else:
            stop = action.day + action.days
            flows.setdefault(states[action.state], []).append((action.day, stop, _rate(action)))
    for state, infusions in flows.items():
        for day in sorted({d for start, stop, _ in infusions for d in (start, stop)}):
            rate = math.fsum(r for start, stop, r in infusions if start <= day < stop)
            found.append((day, SET_RATE, state, rate))
    return sorted(found, key=lambda step: step[0])


def _check(action: Action, states: dict[str, int], params: dict[str, int]) -> None:
    known, name = (params, action.parameter) if isinstance(action, Change) else (states, action.state)
    numbers = [x for key, x in vars(action).items() if key in ("day", "days", "amount", "value")]
    where = f"{type(action).__name__.lower()} on day {action.day:g}" if _finite(action.day) else f"{action}"
    if name not in known:
        word = "parameter" if known is params else "state"
        raise SimulationError(where, f"unknown {word} {name}", f"a {word} of the model")
    if not all(map(_finite, numbers)):
        raise SimulationError(where, f"a number that is not finite: {numbers}", "finite numbers")
    if isinstance(action, Infusion) and not action.days > 0:
        raise SimulationError(where, f"a length of {action.days:g} days", "a length above 0", "A bolus has no length")
    if isinstance(action, Infusion) and not _finite(_rate(action)):
        raise SimulationError(where, f"a length of {action.days:g} days", "a longer one", "Give it as a bolus")


def _rate(infusion: Infusion) -> float:
    """Amount per day of the days that there are: far from day 0 the last digits of a short length are lost."""
    days = (infusion.day + infusion.days) - infusion.day
    return infusion.amount / days if days > 0 else math.inf


def _finite(x) -> bool:
    try:
        return math.isfinite(x)
    except (TypeError, OverflowError):
        return False

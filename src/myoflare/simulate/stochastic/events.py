"""Events of a network as arrays for a kernel: which formula tells the trigger, which ones the new values."""

import re
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numba import types

from myoflare.base.errors import ModelError, SimulationError
from myoflare.compile import Program, compile_model
from myoflare.model.records import Event, Observable
from myoflare.simulate.schedule import SET_PARAM, SET_STATE

_NUMBER = r"([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)"
_AT_A_TIME = re.compile(rf"^\(*\s*(?:geq|gt)\(\s*time\s*,\s*{_NUMBER}\s*\)\s*\)*$|^\(*\s*time\s*>=?\s*{_NUMBER}\s*\)*$")
_TIME = re.compile(r"\btime\b")


class Events(NamedTuple):
    """``trigger[e]`` is the place of an event's trigger in what ``derive`` returns and ``initial[e]`` its truth before
    the start; ``value[start[e] : start[e + 1]]`` are the places of its new values, ``kind`` and ``target`` where they
    go. ``days`` are the days at which a trigger may turn true by the clock alone."""

    trigger: np.ndarray
    initial: np.ndarray
    start: np.ndarray
    kind: np.ndarray
    target: np.ndarray
    value: np.ndarray
    days: np.ndarray


_I = types.int64[::1]
EVENTS = types.NamedTuple((_I, types.boolean[::1], _I, _I, _I, _I, types.float64[::1]), Events)


def events_of(program: Program) -> tuple[Program, Events]:
    """The program whose ``derive`` also tells triggers and new values, and where to find them.

    Raises SimulationError for an event with a delay or a priority, and for a trigger that depends on time otherwise
    than "from this day on": a stochastic path is looked at when its states jump and at known days only.
    """
    events = program.model.events
    if not events:
        empty = np.empty(0, np.int64)
        return program, Events(empty, np.empty(0, bool), np.zeros(1, np.int64), empty, empty, empty, np.empty(0))
    for event in events:
        _refuse(event)
    states = {name: i for i, name in enumerate(program.states)}
    params = {name: i for i, name in enumerate(program.params)}
    formulas, trigger, start, kind, target, value = [], [], [0], [], [], []
    place = len(program.rules) + len(program.observables)
    for event in events:
        trigger.append(place + len(formulas))
        formulas.append(f"piecewise(1, {event.trigger}, 0)")
        for name, formula in event.assignments.items():
            value.append(place + len(formulas))
            volume = event.scale.get(name)
            formulas.append(f"({formula}) * ({volume})" if volume else formula)
            if name not in states and name not in params:
                raise SimulationError(f"event {event.id}", f"it sets {name}", "a state or a parameter")
            kind.append(SET_STATE if name in states else SET_PARAM)
            target.append(states[name] if name in states else params[name])
        start.append(len(value))
    told = tuple(Observable(f"told_by_events_{i}", "", formula, "") for i, formula in enumerate(formulas))
    try:
        told_by = compile_model(replace(program.model, observables=program.model.observables + told))
    except ModelError as fault:
        raise SimulationError(f"events of {program.model.id}", str(fault), "formulas of the network's names") from fault
    days = sorted({day for event in events if (day := _day(event.trigger)) is not None})
    arrays = (np.array(x, np.int64) for x in (start, kind, target, value))
    initial = np.array([event.initial for event in events], bool)
    return told_by, Events(np.array(trigger, np.int64), initial, *arrays, np.array(days, float))


def _day(trigger: str) -> float | None:
    found = _AT_A_TIME.match(trigger.strip())
    return float(found[1] or found[2]) if found else None


def _refuse(event: Event) -> None:
    where = f"event {event.id}"
    if event.delay or event.priority:
        raise SimulationError(where, "a delay or a priority", "an event without them, for a stochastic run")
    if _TIME.search(event.trigger) and _day(event.trigger) is None:
        raise SimulationError(
            where, f"the trigger {event.trigger}", "a trigger of states only, or 'time >= a number'",
            "A stochastic run looks at triggers when states jump and at known days",
        )  # fmt: skip

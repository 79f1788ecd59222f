"""A schedule and a model's events as SBML events."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import libsbml

from myoflare.base.errors import ModelError
from myoflare.model.records import Action, Bolus, Change, Event, Infusion


@dataclass(frozen=True)
class Set:
    """At ``day``, set ``target`` to ``value``, or add that to it."""

    day: float
    target: str
    value: float
    label: str
    add: bool = False


def inflow(state: str) -> str:
    """Id of the parameter that holds the rate at which a state is infused."""
    return f"inflow_of_{state}"


def infused(schedule: Iterable[Action]) -> tuple[str, ...]:
    """States that an infusion flows into."""
    return tuple(dict.fromkeys(a.state for a in schedule if isinstance(a, Infusion)))


def settings(schedule: Iterable[Action]) -> list[Set]:
    """A schedule as settings by day; an infusion sets the inflow of its state, which adds up what runs at a time."""
    found = []
    for a in schedule:
        if isinstance(a, Change):
            found.append(Set(a.day, a.parameter, a.value, a.label))
        elif not isinstance(a, Infusion):
            value = a.amount if isinstance(a, Bolus) else a.value
            found.append(Set(a.day, a.state, value, a.label, add=isinstance(a, Bolus)))
    for state in infused(schedule):
        drips = [a for a in schedule if isinstance(a, Infusion) and a.state == state]
        for day in sorted({d for a in drips for d in (a.day, a.day + a.days)}):
            running = [a for a in drips if a.day <= day < a.day + a.days]
            label = "; ".join(dict.fromkeys(a.label for a in running if a.label))
            found.append(Set(day, inflow(state), math.fsum(a.amount / a.days for a in running), label))
    return sorted(found, key=lambda s: s.day)


def by_day(steps: list[Set]) -> dict[float, list[tuple[str, list[Set]]]]:
    """Settings of each day by target: those from the last outright setting on, in order."""
    days: dict[float, dict[str, list[Set]]] = {}
    for s in steps:
        kept = days.setdefault(s.day, {})
        kept[s.target] = [*kept.get(s.target, []), s] if s.add else [s]
    return {day: list(kept.items()) for day, kept in days.items()}


def write_event(sbml: libsbml.Model, event: Event, math_of: Callable, fixed: set[str]) -> None:
    """Add one event of a model; ``math_of`` makes a tree of a formula, ``fixed`` are parameters that never change.

    Raises ModelError for what SBML cannot say in amounts.
    """
    written = sbml.createEvent()
    written.setId(event.id)
    written.setName(event.label)
    written.setUseValuesFromTriggerTime(event.from_trigger)
    trigger = written.createTrigger()
    trigger.setInitialValue(event.initial)
    trigger.setPersistent(event.persistent)
    trigger.setMath(math_of(event.trigger))
    if event.delay:
        written.createDelay().setMath(math_of(event.delay))
    if event.priority:
        written.createPriority().setMath(math_of(event.priority))
    for target, text in event.assignments.items():
        scale = event.scale.get(target, "")
        if scale and scale not in fixed and event.delay and event.from_trigger:
            raise ModelError(
                f"event {event.id}, {target}", "a concentration from the trigger and a volume from later",
                "an event without delay, or with values from when it happens",
            )  # fmt: skip
        assignment = written.createEventAssignment()
        assignment.setVariable(target)
        assignment.setMath(math_of(f"({text}) * {scale}" if scale else text))

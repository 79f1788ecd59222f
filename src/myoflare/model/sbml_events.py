"""Events of an SBML document: as changes at given days where they are no more than that, else as they are."""

import libsbml

from myoflare.model import formula
from myoflare.model.evaluate import Evaluator
from myoflare.model.records import Change, Event
from myoflare.model.roles import Roles

_AT = (libsbml.AST_RELATIONAL_GEQ, libsbml.AST_RELATIONAL_GT)


def read_events(roles: Roles) -> tuple[tuple[Change, ...], tuple[Event, ...]]:
    """(schedule, events) of a document. All events become a schedule if each says 'at a day, set parameters'."""
    written = [e for e in roles.sbml.getListOfEvents() if e.getTrigger() is not None and e.getTrigger().getMath()]
    changes = []
    for event in written:
        found = _changes(event, roles)
        if found is None:
            return (), tuple(_event(e, i, roles) for i, e in enumerate(written, start=1))
        changes += found
    return tuple(sorted(changes, key=lambda c: c.day)), ()


def _event(event: libsbml.Event, number: int, roles: Roles) -> Event:
    trigger = event.getTrigger()
    assignments, scale = {}, {}
    for a in event.getListOfEventAssignments():
        if a.getMath() is not None:
            assignments[a.getVariable()] = roles.text(a.getMath())
            roles.used.add(a.getVariable())
            if roles.divided(a.getVariable()):
                scale[a.getVariable()] = roles.divided(a.getVariable())
                roles.used.add(roles.divided(a.getVariable()))
    return Event(
        id=event.getId() or f"event_{number}",
        trigger=roles.text(trigger.getMath()),
        assignments=assignments,
        delay=_optional(event.getDelay(), roles),
        priority=_optional(event.getPriority(), roles),
        initial=trigger.getInitialValue() if trigger.isSetInitialValue() else True,
        persistent=trigger.getPersistent() if trigger.isSetPersistent() else True,
        from_trigger=event.getUseValuesFromTriggerTime(),
        label=event.getName(),
        scale=scale,
    )


def _optional(part: libsbml.SBase | None, roles: Roles) -> str:
    return roles.text(part.getMath()) if part is not None and part.getMath() is not None else ""


def _changes(event: libsbml.Event, roles: Roles) -> list[Change] | None:
    """Changes of an event that at a given day sets parameters to given numbers; None for any other event."""
    trigger = event.getTrigger().getMath()
    if trigger.getType() not in _AT or trigger.getNumChildren() != 2 or event.getDelay() or event.getPriority():
        return None
    if trigger.getChild(0).getType() != libsbml.AST_NAME_TIME:
        return None
    fixed = {
        p.getId(): p.getValue()
        for p in roles.sbml.getListOfParameters()
        if p.isSetValue() and not roles.varies(p.getId())
    }
    evaluate = Evaluator(fixed, {})
    try:
        day = evaluate(trigger.getChild(1))
        found = []
        for a in event.getListOfEventAssignments():
            target = a.getVariable()
            if roles.sbml.getParameter(target) is None or target in roles.rated or target in roles.assigned:
                return None
            if a.getMath() is None or any(
                node.getType() == libsbml.AST_NAME_TIME for node in formula.walk(a.getMath())
            ):
                return None
            found.append(Change(day, target, evaluate(a.getMath()), event.getName()))
    except (ValueError, KeyError, TypeError):
        return None
    start = event.getTrigger()
    # What is true before the start and stays true never happens.
    happens = day > 0 or (start.isSetInitialValue() and not start.getInitialValue())
    return found if happens else None

"""A case as an SBML document with its drugs as events, as a modeller would write it for another simulator.

A dose that repeats is one event that moves its own next day: with hundreds of events, simulators look at each of them
at every step and get many times slower, which would be no fair comparison.
"""

from dataclasses import replace

import libsbml

from myoflare.model.records import Bolus, Change, Infusion, Model, Parameter, Reaction
from myoflare.model.sbml_write import to_sbml

INFLOW = "inflow_"  # + state: a parameter, in amount per day
NEVER = 1e30


def dosed(model: Model, schedule) -> str:
    """SBML text; values and starting amounts are the model's and may be set in the simulator."""
    infused = sorted({a.state for a in schedule if isinstance(a, Infusion)})
    units = {s.id: s.unit for s in model.species}
    model = replace(
        model, schedule=(),
        parameters=(*model.parameters, *(Parameter(INFLOW + s, 0.0, units[s] and f"{units[s]}/day") for s in infused)),
        reactions=(*model.reactions, *(Reaction(f"infuse_{s}", "", INFLOW + s, {s: 1.0}) for s in infused)),
    )  # fmt: skip
    document = libsbml.readSBMLFromString(to_sbml(model))
    written = document.getModel()
    for i, (days, sets) in enumerate(_trains(schedule)):
        _event(written, i, days, sets)
    return libsbml.writeSBMLToString(document)


def _trains(schedule):
    """(days, assignments) for everything that happens in the same way, days rising."""
    found: dict[tuple, list[float]] = {}
    for a in schedule:
        if isinstance(a, Change):
            found.setdefault((a.parameter, repr(float(a.value)), a.day), []).append(a.day)
        elif isinstance(a, Bolus):
            found.setdefault((a.state, f"{a.state} + {a.amount!r}"), []).append(a.day)
        elif isinstance(a, Infusion):
            found.setdefault((INFLOW + a.state, repr(a.amount / a.days)), []).append(a.day)
            found.setdefault((INFLOW + a.state, "0"), []).append(a.day + a.days)
        else:
            raise TypeError(f"{type(a).__name__} has no place in a benchmark")
    return [(sorted(days), {key[0]: key[1]}) for key, days in found.items()]


def _event(model, i, days, sets):
    every = days[1] - days[0] if len(days) > 1 else 0.0
    if any(abs(b - a - every) > 1e-9 for a, b in zip(days, days[1:], strict=False)):
        raise ValueError("a benchmark's doses repeat evenly")
    event = model.createEvent()
    event.setId(f"event_{i}")
    event.setUseValuesFromTriggerTime(True)
    trigger = event.createTrigger()
    trigger.setInitialValue(False)
    trigger.setPersistent(True)
    when = f"next_{i}" if every else repr(days[0])
    trigger.setMath(libsbml.parseL3Formula(f"time >= {when}"))
    if every:
        p = model.createParameter()
        p.setId(when)
        p.setConstant(False)
        p.setValue(days[0])
        later = f"{when} + {every!r}"
        sets = sets | {when: f"piecewise({later}, {later} < {days[-1] + every / 2!r}, {NEVER!r})"}
    for name, value in sets.items():
        assignment = event.createEventAssignment()
        assignment.setVariable(name)
        assignment.setMath(libsbml.parseL3Formula(value))
        if model.getParameter(name) is not None:
            model.getParameter(name).setConstant(False)

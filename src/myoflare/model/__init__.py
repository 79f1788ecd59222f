"""Read a network and its tables into one frozen ``Model``; check it; write it for other programs."""

from myoflare.model.conditions import Condition, load_conditions
from myoflare.model.export import write_omex, write_petab, write_sbml
from myoflare.model.read import load_model, with_values
from myoflare.model.reading import reading, with_readings
from myoflare.model.records import Change, Function, Model, Observable, Parameter, Reaction, Rule, Species

__all__ = [
    "Change", "Condition", "Function", "Model", "Observable", "Parameter", "Reaction", "Rule", "Species",
    "load_conditions", "load_model", "reading", "with_readings", "with_values", "write_omex", "write_petab",
    "write_sbml",
]  # fmt: skip

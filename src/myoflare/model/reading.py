"""Any id of an SBML text as an observable, so that it can be followed along a solution."""

from dataclasses import replace

from myoflare.base.errors import ModelError
from myoflare.model.records import Model, Observable, Symbol

MEASURES = ("value", "amount", "concentration")


def reading(model: Model, name: str, measure: str = "value") -> Observable:
    """Observable for a species, compartment, parameter, stoichiometry or reaction (its rate) of an SBML text.

    ``measure`` says how a species is read: "value" as the text's own formulas mean it, "amount" or "concentration".
    Anything else has a value only. Raises ModelError for an unknown name or measure.
    """
    if measure not in MEASURES:
        raise ModelError(f"reading {name}", f"the measure {measure!r}", " or ".join(MEASURES))
    known = {s.id for s in model.species} | {r.id for r in model.rules} | set(model.values())
    if name not in known and name not in model.symbols:
        raise ModelError(f"reading {name}", "a name that the model does not have", "an id of its text")
    symbol = model.symbols.get(name, Symbol(name))
    return Observable(f"{measure}_of_{name}", name, getattr(symbol, measure) or symbol.value, "")


def with_readings(model: Model, names: dict[str, str]) -> Model:
    """``model`` that observes exactly ``names``: measure by name."""
    return replace(model, observables=tuple(reading(model, name, measure) for name, measure in names.items()))

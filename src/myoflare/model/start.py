"""Where a network starts: the numbers of all formulas that hold at time 0 only."""

from dataclasses import replace
from pathlib import Path

from myoflare.base.errors import ModelError
from myoflare.model.evaluate import Evaluator, trees_of
from myoflare.model.formula import to_tree
from myoflare.model.records import Model


def settled(model: Model) -> Model:
    """``model`` with every starting value that has a formula computed. Raises ModelError where one has no result."""
    values = Start(model)
    species = tuple(replace(s, rest=values[s.id]) if s.rest_formula else s for s in model.species)
    parameters = tuple(replace(p, value=values[p.id]) if p.formula else p for p in model.parameters)
    return replace(model, species=species, parameters=parameters)


class Start:
    """Value of each name at the start, computed when it is asked for."""

    def __init__(self, model: Model):
        self.known = {p.id: p.value for p in model.parameters if not p.formula}
        self.known |= {s.id: s.rest for s in model.species if not s.rest_formula}
        source = Path(model.source).name
        self.formulas = {r.id: (f"rule {r.id}", r.formula, "a formula with a result") for r in model.rules}
        for s in model.species:
            if s.rest_formula:
                self.formulas[s.id] = (f"starting value of {s.id}", s.rest_formula, "arithmetic of parameters")
        for p in model.parameters:
            if p.formula:
                where = f"{source}, initial assignment of {p.id}"
                self.formulas[p.id] = (where, p.formula, "plain arithmetic with a result")
        self.evaluate = Evaluator(self, trees_of(model.functions))
        self.open: set[str] = set()

    def __getitem__(self, name: str) -> float:
        if name not in self.known:
            where, text, expected = self.formulas[name]  # KeyError: a name nobody knows
            if name in self.open:
                raise ModelError(where, "it depends on itself", "starting values without a circle")
            self.open.add(name)
            try:
                self.known[name] = self.evaluate(to_tree(text))
            except (ValueError, KeyError):
                raise ModelError(where, text, expected) from None
        return self.known[name]

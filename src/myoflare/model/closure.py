"""The smallest piece of a network that gives certain quantities: all that they need, and nothing else."""

from collections.abc import Iterable
from dataclasses import replace

from myoflare.base.errors import ModelError
from myoflare.model import formula
from myoflare.model.read import settle
from myoflare.model.records import Model


def upstream(model: Model, wanted: Iterable[str]) -> set[str]:
    """Ids of everything that moves a quantity of ``wanted``, and these: states, rules, parameters, reactions."""
    laws = {r.id: r.law for r in model.reactions}
    texts = {r.id: r.formula for r in model.rules} | {o.id: o.formula for o in model.observables} | laws
    moved: dict[str, list[str]] = {s.id: [] for s in model.species}
    for r in model.reactions:
        for name in r.stoichiometry:
            moved[name].append(r.id)
    starts = {s.id: s.rest_formula for s in model.species if s.rest_formula}
    known = texts.keys() | moved.keys() | {p.id for p in model.parameters}
    seen: set[str] = set()
    todo = list(wanted)
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        if name not in known:
            raise ModelError(model.id, f"unknown quantity {name}", "a state, rule, parameter or observable")
        seen.add(name)
        todo += moved.get(name, ())
        for text in (texts.get(name), starts.get(name)):
            todo += formula.names(formula.to_tree(text)) & known if text else ()
    return seen


def piece(model: Model, wanted: Iterable[str]) -> Model:
    """``model`` cut down to what ``wanted`` needs. Raises ModelError for an unknown id."""
    need = upstream(model, wanted)
    states = {s.id for s in model.species} & need
    return settle(
        replace(
            model,
            species=tuple(s for s in model.species if s.id in need),
            rules=tuple(r for r in model.rules if r.id in need),
            parameters=tuple(p for p in model.parameters if p.id in need),
            observables=tuple(o for o in model.observables if o.id in need),
            reactions=tuple(
                replace(r, stoichiometry={s: n for s, n in r.stoichiometry.items() if s in states})
                for r in model.reactions
                if r.id in need
            ),
        )
    )

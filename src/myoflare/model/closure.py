"""The smallest piece of a network that gives certain quantities: all that they need, and nothing else."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from myoflare.base.errors import ModelError
from myoflare.model import formula
from myoflare.model.read import settle
from myoflare.model.records import Model


def needs(model: Model) -> dict[str, set[str]]:
    """What each quantity, and each reaction, is directly moved by."""
    texts = {r.id: r.law for r in model.reactions} | {r.id: r.formula for r in model.rules}
    texts |= {o.id: o.formula for o in model.observables}
    starts = {s.id: s.rest_formula for s in model.species}
    known = texts.keys() | starts.keys() | {p.id for p in model.parameters}
    found: dict[str, set[str]] = {name: set() for name in known}
    for name, text in (*texts.items(), *starts.items()):
        found[name] |= formula.names(formula.to_tree(text)) & known if text else set()
    for r in model.reactions:
        for name in r.stoichiometry:
            found[name].add(r.id)
    return found


def reach(found: Mapping[str, set[str]], wanted: Iterable[str]) -> set[str]:
    """Everything that moves ``wanted``, and these. Raises KeyError for an unknown name."""
    seen: set[str] = set()
    todo = list(wanted)
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += found[name]
    return seen


def upstream(model: Model, wanted: Iterable[str]) -> set[str]:
    """Ids of everything that moves a quantity of ``wanted``, and these: states, rules, parameters, reactions."""
    try:
        return reach(needs(model), wanted)
    except KeyError as fault:
        came = f"unknown quantity {fault.args[0]}"
        raise ModelError(model.id, came, "a state, rule, parameter or observable") from None


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

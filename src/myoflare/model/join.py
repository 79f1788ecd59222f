"""Join parts to a network by name: what has a name of the network is the network's, all else is the part's own."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from myoflare.base.errors import ModelError
from myoflare.base.units import parse_unit
from myoflare.model import formula
from myoflare.model.antimony_text import antimony_to_sbml
from myoflare.model.check import check_literals, check_units, check_values
from myoflare.model.closure import upstream
from myoflare.model.order import in_order
from myoflare.model.read import read_text, refuse_typed_values, settle
from myoflare.model.records import Model, Parameter, Reaction, Rule, Species
from myoflare.model.sbml_document import parse_document
from myoflare.model.sbml_read import to_records
from myoflare.model.tables import read_parameters
from myoflare.store import science_path


def load_part(path: Path) -> Model:
    """Read Antimony text that speaks of another network's quantities, with ``parameters.tsv`` beside it.

    It may import ``functions.ant`` of the shipped network.

    Names without a row in the table stay without a number; ``join`` finds them in the network or says which is unknown.
    """
    read_text(path)
    sbml, modules = antimony_to_sbml(path, science_path("network"))
    document = parse_document(sbml, path, lines=False)
    part = to_records(document, path, modules)
    if part.events:
        raise ModelError(
            path.name, f"the event {part.events[0].id}", "reactions and rules", "doses belong to a regimen"
        )
    refuse_typed_values(document, path)
    table = read_parameters(path.with_name("parameters.tsv"))
    part = replace(part, parameters=tuple(table.get(p.id, p) for p in part.parameters))
    _refuse_idle_rows(part, table)
    check_literals(part)
    return part


def _refuse_idle_rows(part: Model, table: Mapping[str, Parameter]) -> None:
    idle = table.keys() - {p.id for p in part.parameters}
    if idle:
        where = f"{Path(part.source).parent.name}/parameters.tsv"
        raise ModelError(where, f"a row for {min(idle)}, which the text does not use", "rows that are used")


def join(body: Model, parts: Mapping[str, Model], shared: Iterable[Parameter] = ()) -> Model:
    """``body`` with ``parts``, each under its own name.

    An id of a part that ``body`` has too is the body's quantity. Every other id is prefixed with the part's name, but
    for those of ``shared``, parameters that all parts read alike. A part may give a rule for a parameter of the body:
    where that is 1 in the body the rules of all parts are multiplied, where it is 0 they are added. Units are checked.
    Raises ModelError for a name that nobody knows, a rule for anything else of the body, or a unit that does not fit.
    """
    shared = {p.id: p for p in shared}
    given = _names(body)
    species, rules, reactions = list(body.species), list(body.rules), list(body.reactions)
    parameters, functions = {p.id: p for p in body.parameters}, {f.id: f for f in body.functions}
    held: dict[str, list[str]] = {}
    for name, part in parts.items():
        piece = _Piece(name, part, body, given, shared)
        species += piece.species()
        reactions += piece.reactions()
        rules += piece.rules(held)
        parameters |= piece.parameters()
        functions |= {f.id: f for f in part.functions if f.id not in functions}
    for target, sources in held.items():
        old = parameters.pop(target)
        sign = {1.0: " * ", 0.0: " + "}[old.value]
        rules.append(
            Rule(target, old.description, sign.join(sources), old.unit, notes={"about": "where drugs take hold"})
        )
    joined = replace(
        body, id=f"{body.id}_with_{'_'.join(parts)}" if parts else body.id,
        species=tuple(species), rules=in_order(rules, body.id), reactions=tuple(reactions),
        parameters=tuple(parameters.values()), functions=tuple(functions.values()),
    )  # fmt: skip
    _check_hooks(joined, held, body)
    joined = check_units(joined)
    check_values(joined)
    return settle(joined)


def _check_hooks(joined: Model, held: Mapping[str, list[str]], body: Model) -> None:
    """Before all else, so that the sentence names the part's own rule and not what it spoils in the body."""
    still = replace(joined, reactions=(), observables=())
    need = upstream(still, [rule for sources in held.values() for rule in sources])
    checked = check_units(replace(still, rules=tuple(r for r in still.rules if r.id in need)))
    units, hooks = {r.id: r.unit for r in checked.rules}, {p.id: p.unit for p in body.parameters}
    for target, sources in held.items():
        for rule in sources:
            if not parse_unit(units[rule]).agrees(parse_unit(hooks[target] or "dimensionless")):
                raise ModelError(f"rule {rule}", f"the unit {units[rule]}", f"{hooks[target]}, the unit of {target}")


def _names(model: Model) -> dict[str, str]:
    """Every id of a model and what it is."""
    kinds = (("species", model.species), ("rule", model.rules), ("parameter", model.parameters))
    return {x.id: kind for kind, items in kinds for x in items} | {r.id: "reaction" for r in model.reactions}


class _Piece:
    """One part on its way in."""

    def __init__(self, name, part, body, given, shared):
        self.name, self.part, self.body, self.given, self.shared = name, part, body, given, shared
        mine = {x.id for x in (*part.species, *part.rules, *part.parameters, *part.reactions)}
        self.own = {i: f"{name}_{i}" for i in sorted(mine - given.keys() - shared.keys())}
        taken = sorted(new for new in self.own.values() if new in given)
        if taken:
            raise ModelError(name, f"{taken[0]} is a name of the network", "another name for the part or the quantity")

    def text(self, text: str) -> str:
        """A formula of the part in the names of the whole."""
        tree = formula.to_tree(text)
        for old in sorted(formula.names(tree) & self.own.keys()):
            tree.renameSIdRefs(old, self.own[old])
        return formula.to_text(tree)

    def species(self) -> list[Species]:
        units = {s.id: s.unit for s in self.body.species}
        for s in self.part.species:
            if s.id in units and s.unit != units[s.id]:
                raise ModelError(f"{self.name}, {s.id}", f"the unit {s.unit or 'nothing'}", units[s.id])
            if s.id in self.given and s.id not in units:
                raise ModelError(
                    f"{self.name}, {s.id}", f"a state, which is a {self.given[s.id]} there", "another name"
                )
            if s.id in self.own and not s.unit:
                raise ModelError(f"{self.name}, {s.id}", "no unit", "a declaration such as: X has mg;")
        return [
            replace(s, id=self.own[s.id], module=self.name, rest_formula=self.text(s.rest_formula))
            if s.rest_formula else replace(s, id=self.own[s.id], module=self.name)
            for s in self.part.species if s.id in self.own
        ]  # fmt: skip

    def reactions(self) -> list[Reaction]:
        return [
            replace(
                r, id=self.own[r.id], law=self.text(r.law), module=self.name,
                stoichiometry={self.own.get(s, s): n for s, n in r.stoichiometry.items()},
            )
            for r in self.part.reactions
        ]  # fmt: skip

    def rules(self, held: dict[str, list[str]]) -> list[Rule]:
        """Own rules; those for a parameter of the body under a name of their own, noted in ``held``."""
        found, values = [], self.body.values()
        for r in self.part.rules:
            if r.id in self.own:
                found.append(replace(r, id=self.own[r.id], formula=self.text(r.formula), module=self.name))
                continue
            if values.get(r.id) not in (0.0, 1.0):
                kind = self.given.get(r.id, "shared parameter")
                raise ModelError(f"{self.name}, rule {r.id}", f"a rule for a {kind}", "a hook of the network")
            new = f"{self.name}_at_{r.id}"
            held.setdefault(r.id, []).append(new)
            found.append(
                replace(r, id=new, name=f"{r.id} under {self.name}", formula=self.text(r.formula), module=self.name)
            )
        return found

    def parameters(self) -> dict[str, Parameter]:
        found = {}
        for p in self.part.parameters:
            if p.id in self.shared:
                found[p.id] = self.shared[p.id]
            elif p.id in self.own:
                if not p.unit:
                    hint = "add a row to parameters.tsv or correct the name"
                    raise ModelError(
                        f"{self.name}, {p.id}", "a name that nobody knows", "a quantity of drug or body", hint
                    )
                found[self.own[p.id]] = replace(p, id=self.own[p.id])
        return found

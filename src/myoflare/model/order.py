"""Rules in an order in which each follows those that it needs."""

from collections.abc import Iterable

from myoflare.base.errors import ModelError
from myoflare.model import formula
from myoflare.model.records import Rule


def in_order(rules: Iterable[Rule], where: str) -> tuple[Rule, ...]:
    """``rules`` sorted. Raises ModelError for a circle, with ``where`` in the sentence."""
    found = {rule.id: rule for rule in rules}
    needs = {k: formula.names(formula.to_tree(rule.formula)) & found.keys() for k, rule in found.items()}
    ordered: dict[str, Rule] = {}
    while len(ordered) < len(found):
        ready = [k for k in found if k not in ordered and needs[k] <= ordered.keys()]
        if not ready:
            stuck = sorted(found.keys() - ordered.keys())
            raise ModelError(f"{where}, rule {stuck[0]}", "it depends on itself", "rules without a circle")
        ordered.update((k, found[k]) for k in ready)
    return tuple(ordered.values())

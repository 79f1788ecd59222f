"""Expressions of a model's events: when they happen, and what they then set."""

from dataclasses import dataclass

import sympy as sp

from myoflare.base.errors import ModelError
from myoflare.compile import functions as fn
from myoflare.compile.parse import Parser
from myoflare.model.records import Event

COMPARISONS = (fn.geq, fn.gt, fn.leq, fn.lt)


@dataclass(frozen=True)
class EventTerms:
    """``triggers`` has one truth for each event. ``comparisons`` are all that a trigger depends on, through rules too:
    one of them changes whenever a trigger does. With them stand those of time in the rates of reactions, because a
    solver may step over a short pulse that a rate switches on and off. ``values`` and ``scales`` run over the
    assignments of all events in order (NaN: no scale), ``delays`` and ``priorities`` over the events (NaN: none).
    """

    triggers: list[sp.Expr]
    comparisons: list[sp.Expr]
    values: list[sp.Expr]
    scales: list[sp.Expr]
    delays: list[sp.Expr]
    priorities: list[sp.Expr]


def event_terms(
    events: tuple[Event, ...],
    parser: Parser,
    statements: dict[sp.Symbol, sp.Expr],
    rates: list[sp.Symbol],
    moving: set[sp.Symbol],
) -> EventTerms | None:
    """Parse the formulas of all events; None where nothing happens at a moment of its own. ``moving`` are the symbols
    that change between events.

    Raises ModelError for an unknown name, and for a trigger that asks whether moving quantities are equal: it would
    be true for no time at all.
    """
    terms = EventTerms([], [], [], [], [], [])
    for event in events:
        where = f"event {event.id}"
        trigger = parser.parse(event.trigger, where)
        found, equalities = _comparisons(trigger, statements)
        for equality in equalities:
            if _reached(equality, statements) & moving:
                raise ModelError(where, f"an equality of changing quantities in {event.trigger}", "a trigger with <, >")
        terms.triggers.append(fn.neq(trigger, 0))
        terms.comparisons.extend(found)
        for target, text in event.assignments.items():
            terms.values.append(parser.parse(text, f"{where}, {target}"))
            terms.scales.append(parser.parse(event.scale.get(target, "nan"), f"{where}, {target}"))
        terms.delays.append(parser.parse(event.delay or "0", where))
        terms.priorities.append(parser.parse(event.priority or "nan", where))
    for rate in rates:
        terms.comparisons.extend(c for c in _comparisons(rate, statements)[0] if fn.TIME in _reached(c, statements))
    terms.comparisons[:] = dict.fromkeys(terms.comparisons)
    return terms if events or terms.comparisons else None


def _comparisons(e: sp.Expr, statements: dict[sp.Symbol, sp.Expr]) -> tuple[list[sp.Expr], list[sp.Expr]]:
    """(inequalities, equalities) in an expression and in the rules it uses."""
    inequalities, equalities = {}, {}
    for part in _used(e, statements):
        for atom in sorted(part.atoms(sp.Function), key=str):
            if isinstance(atom, COMPARISONS):
                inequalities[atom] = None
            # neq(test, 0) and eq(test, 0) are how not, xor and truth itself are spelled: those change with the test
            elif isinstance(atom, fn.eq | fn.neq) and not _is_truth(atom.args[0]):
                equalities[atom] = None
    return list(inequalities), list(equalities)


def _is_truth(e: sp.Expr) -> bool:
    return isinstance(e, (*COMPARISONS, fn.both, fn.either, fn.eq, fn.neq)) or e in (0, 1)


def _used(e: sp.Expr, statements: dict[sp.Symbol, sp.Expr]) -> list[sp.Expr]:
    """The expression and all statements that it leads to."""
    seen: dict[sp.Symbol, None] = {}
    found, waiting = [], [e]
    while waiting:
        found.append(waiting.pop())
        for symbol in sorted(found[-1].free_symbols, key=str):
            if symbol in statements and symbol not in seen:
                seen[symbol] = None
                waiting.append(statements[symbol])
    return found


def _reached(e: sp.Expr, statements: dict[sp.Symbol, sp.Expr]) -> set[sp.Symbol]:
    return set().union(*(part.free_symbols for part in _used(e, statements)))

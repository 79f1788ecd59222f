"""The part of a network that drives the rest and is not driven by it: linear, constant coefficients, known exactly.

Drugs that the disease does not feed back on are of this kind. Whoever integrates the rest may take such states from
their exact solution, so that a daily dose costs the steps that the disease needs and not those that the drug needs.
"""

import sympy as sp

from myoflare.compile.equations import Equations
from myoflare.compile.functions import TIME, _Step, select

MOST = 8  # states; beyond that their own arithmetic would cost more than it saves
SWITCH = sp.Symbol("switch")  # stands for a step of some state: its derivative is 0 though it moves the slope


def driving_states(eqs: Equations) -> dict[int, sp.Expr]:
    """The largest set of states whose changes are a constant inflow and rates times states of the set, nothing else.

    Index of each -> its constant inflow. States that nothing changes and sets larger than MOST are left to the solver.
    """
    fixed = _Fixed(eqs)
    rows: dict[int, dict[int, sp.Expr]] = {i: {} for i in range(len(eqs.states))}
    for (i, j), e in eqs.jacobian.items():
        rows[i][j] = e
    chosen = {i for i, row in rows.items() if row and all(map(fixed, row.values())) and fixed.smooth(eqs.rhs[i])}
    while True:
        closed = {i for i in chosen if rows[i].keys() <= chosen}
        if closed == chosen:
            break
        chosen = closed
    return {i: fixed.inflow(eqs.rhs[i]) for i in sorted(chosen)} if len(chosen) <= MOST else {}


class _Fixed:
    """Whether an expression holds neither a state nor time, seen through every statement."""

    def __init__(self, eqs: Equations):
        self.statements = eqs.statements
        self.states = {sp.Symbol(name, real=True) for name in eqs.states}
        self.known: dict[sp.Symbol, frozenset] = {}

    def __call__(self, e: sp.Expr) -> bool:
        return not self._moving(e)

    def smooth(self, e: sp.Expr) -> bool:
        """Whether nothing moves ``e`` but what its derivatives show."""
        return not {TIME, SWITCH} & self._moving(e)

    def inflow(self, e: sp.Expr) -> sp.Expr:
        """What is left of a change where all states are 0."""
        while any(symbol in self.statements for symbol in e.free_symbols):
            e = e.subs({s: self.statements[s] for s in e.free_symbols if s in self.statements})
        return e.subs(dict.fromkeys(self.states, 0))

    def _moving(self, e: sp.Expr) -> frozenset:
        found = frozenset()
        for symbol in e.free_symbols:
            if symbol not in self.known:
                moves = symbol in self.states or symbol == TIME
                inner = self.statements.get(symbol)
                self.known[symbol] = frozenset([symbol]) if moves else frozenset()
                if inner is not None:
                    self.known[symbol] = self._moving(inner)
            found |= self.known[symbol]
        tests = (f.args[0] if isinstance(f, select) else f for f in e.atoms(_Step, select))
        return found | {SWITCH} if any(self._moving(sp.Add(*t.free_symbols)) for t in tests) else found


__all__ = ["driving_states"]

"""CUDA C text of a network and its solver: one thread carries one patient, then takes the next.

The mathematics is the straight-line program of ``emit.ordered``, printed in C. The solver around it is written by hand
in the ``cuda_*`` files beside this one. The same text compiles as plain C++, where one thread takes all patients in
turn; that is how it is tested on a machine without a GPU.
"""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import sympy as sp

from myoflare.base.errors import ModelError
from myoflare.compile.emit import ordered
from myoflare.compile.equations import Equations, build
from myoflare.compile.functions import TIME
from myoflare.compile.lu import eliminate
from myoflare.model.records import Model

SOLVERS = ("tsit5", "rodas5p")
ARGUMENTS = "const double t, const double *y, const double *p, const double *c, double *out"
PLAIN = ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "asin", "acos", "atan")


def cuda_digest(model: Model) -> str:
    """What ``myoflare_digest()`` of a library of this network answers: names and formulas, not numbers."""
    parts = (
        [s.id for s in model.species],
        [p.id for p in model.parameters],
        [(f.id, f.arguments, f.formula) for f in model.functions],
        [(r.id, r.formula) for r in model.rules],
        [(r.id, r.law, sorted(r.stoichiometry.items())) for r in model.reactions],
        [(o.id, o.formula) for o in model.observables],
        [_file(f"cuda_{name}.h") for name in ("head", "slope", *SOLVERS, "run", "host")],
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:20]


def cuda_text(model: Model, solver: str = "tsit5", rhs: str = "NOINLINE") -> str:
    """Source of a library that solves one network.

    ``rhs`` is "INLINE" or "NOINLINE": whether the right-hand side is a function of its own in the machine code.
    Raises ModelError for an unknown solver and for a network with events, which a GPU kernel here cannot watch.
    """
    if solver not in SOLVERS:
        raise ModelError("solver", solver, f"one of {', '.join(SOLVERS)}")
    if model.events:
        raise ModelError(model.id, f"event {model.events[0].id}", "a network without events", "Use the CPU")
    eqs = build(model)
    parts = [_file("cuda_head.h"), _sizes(eqs, solver, cuda_digest(model), rhs), *_functions(eqs, solver)]
    return "\n".join(parts + [_file(f"cuda_{name}.h") for name in ("slope", solver, "run", "host")])


def _file(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _sizes(eqs: Equations, solver: str, digest: str, rhs: str) -> str:
    timed = any(TIME in e.free_symbols for e in (*eqs.statements.values(), *eqs.rhs))
    sizes = {
        "N_STATES": len(eqs.states), "N_PARAMS": len(eqs.params), "N_CONSTANTS": len(eqs.hoisted),
        "N_RULES": len(eqs.rules), "N_OBSERVABLES": len(eqs.observables), "TIMED": int(timed), "RHS": rhs,
        "DIGEST": f'"{digest}"', "SOLVER": f'"{solver}"',
    }  # fmt: skip
    return "".join(f"#define {name} {value}\n" for name, value in sizes.items())


def _functions(eqs: Equations, solver: str) -> Iterable[str]:
    places = {TIME: "t"}
    for array, names in (("y[{}]", eqs.states), ("p[{} * LANES]", eqs.params)):
        places |= {sp.Symbol(name, real=True): array.format(i) for i, name in enumerate(names)}
    outputs = {"constants": eqs.hoisted.values(), "observables": eqs.observables, "rules": eqs.rules}
    yield _function("constants", "NOINLINE", {}, _targets("out[{} * LANES]", eqs.hoisted.values()), places)
    places |= {s: f"c[{i} * LANES]" for i, s in enumerate(eqs.hoisted)}
    yield _function("rhs", "RHS", eqs.statements, _targets("out[{}]", eqs.rhs), places)
    for name in ("observables", "rules"):
        yield _function(name, "NOINLINE", eqs.statements, _targets("out[{}]", outputs[name]), places)
    if solver == "rodas5p":
        yield from _linear(eqs, places)


def _targets(place: str, expressions: Iterable[sp.Expr]) -> list[tuple[str, sp.Expr]]:
    return [(place.format(i), e) for i, e in enumerate(expressions)]


def _function(name: str, inline: str, statements: dict, outputs: list, places: Mapping[sp.Symbol, str]) -> str:
    """One function of C. What comes from memory is loaded just before its first use, to keep few registers busy."""
    local: dict[sp.Symbol, str] = {}
    body = []
    for target, e in ordered(statements, outputs):
        for symbol in sorted(e.free_symbols, key=str):
            if symbol not in local:
                local[symbol] = f"v{len(local)}"
                body.append(f"    const double {local[symbol]} = {places[symbol]};")
        if isinstance(target, str):
            body.append(f"    {target} = {c_text(e, local)};")
        else:
            value = c_text(e, local)
            local[target] = f"v{len(local)}"
            body.append(f"    const double {local[target]} = {value};")
    return "\n".join([f"{inline} void {name}({ARGUMENTS})", "{", *body, "}", ""])


def c_text(e: sp.Expr, names: Mapping[sp.Symbol, str]) -> str:
    """C text of an expression; quotients share one division, small powers are products."""
    if e.is_Symbol:
        return names[e]
    if e.is_Number or e.is_NumberSymbol:
        return f"({float(e)!r})" if e.is_negative else repr(float(e))
    if e.is_Add:
        return "(" + " + ".join(c_text(a, names) for a in e.args) + ")"
    if e.is_Mul or _divides(e):
        factors = sp.Mul.make_args(e)
        above = [c_text(a, names) for a in factors if not _divides(a)]
        below = [c_text(1 / a, names) for a in factors if _divides(a)]
        top = "*".join(above) or "1.0"
        return f"({top}/({'*'.join(below)}))" if below else f"({top})"
    if e.is_Pow and e.exp.is_Integer and e.exp <= 4:
        return "(" + "*".join([c_text(e.base, names)] * int(e.exp)) + ")"
    if e.is_Pow:
        return f"f_powr({c_text(e.base, names)}, {c_text(e.exp, names)})"
    name = e.func.__name__
    return f"{name if name in PLAIN else f'f_{name}'}({', '.join(c_text(a, names) for a in e.args)})"


def _divides(e: sp.Expr) -> bool:
    return e.is_Pow and e.exp.is_Integer and e.exp < 0


def _linear(eqs: Equations, places: Mapping[sp.Symbol, str]) -> Iterable[str]:
    """``jacobian`` fills ``out`` with minus the Jacobian; ``factor`` and ``solve`` follow the plan of ``lu.eliminate``.

    All three are written out, operation by operation: where each number lies is known here, so that a thread spends
    no load on an index. Diagonals are kept as their reciprocals.
    """
    n = len(eqs.states)
    plan = eliminate(n, eqs.jacobian)
    slot = {(int(i), int(j)): s for s, (i, j) in enumerate(plan.entries)}
    yield f"#define N_LU {len(plan.entries)}\n"
    outputs = [(f"out[{slot[place]}]", -e) for place, e in eqs.jacobian.items()]
    body = _function("jacobian", "NOINLINE", eqs.statements, outputs, places)
    yield body.replace("{\n", "{\n    for (int i = 0; i < N_LU; i++) out[i] = 0.0;\n", 1)
    lines = [f"    a[{s}] += shift;" for s in plan.diagonal]
    for k in range(n):
        lines.append(f"    a[{plan.diagonal[k]}] = 1.0/a[{plan.diagonal[k]}];")
        for row in range(plan.pivots[k], plan.pivots[k + 1]):
            lines.append(f"    const double l{row} = a[{plan.lower[row]}]*a[{plan.diagonal[k]}];")
            lines.append(f"    a[{plan.lower[row]}] = l{row};")
            updates = range(plan.starts[row], plan.starts[row + 1])
            lines += [f"    a[{plan.target[i]}] -= l{row}*a[{plan.source[i]}];" for i in updates]
    yield "\n".join(["NOINLINE void factor(double *a, const double shift)", "{", *lines, "}", ""])
    lines = [f"    b[{i}] -= a[{s}]*b[{j}];" for i, s, j in plan.forward]
    for i, s, j in plan.backward:
        lines.append(f"    b[{i}] *= a[{s}];" if i == j else f"    b[{i}] -= a[{s}]*b[{j}];")
    yield "\n".join(["NOINLINE void solve(const double *a, double *b)", "{", *lines, "}", ""])


__all__ = ["SOLVERS", "c_text", "cuda_text"]

"""A sparse elimination written out as text over lanes: no index is looked up while it runs."""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from myoflare.compile.chunks import door
from myoflare.compile.lu import Elimination

LONGEST = 300  # statements per function: the compiler's time grows faster than the length of one function


def elimination_text(plan: Elimination, pattern: list[tuple[int, int]]) -> list[str]:
    """Source of ``factor(jac, shift, lu)`` and ``solve(lu, b)``.

    ``factor`` leaves the LU of shift times the identity minus the matrix whose entries ``jac`` lists as in ``pattern``,
    with reciprocals on the diagonal; ``solve`` works in place.
    """
    source = _functions("factor", "(jac, shift, lu)", list(_factor_rows(plan, pattern)))
    steps = _solve_rows([*plan.forward.tolist(), *plan.backward.tolist()])
    return source + _functions("solve", "(lu, b)", list(steps))


def _factor_rows(plan: Elimination, pattern: list[tuple[int, int]]) -> Iterator[list[str]]:
    """One row after another is read, freed of the pivots before it, and written."""
    place = {k: position for position, k in enumerate(plan.order.tolist())}
    given = {key: i for i, key in enumerate(pattern)}
    rows: dict[int, dict[int, int]] = {}
    for slot, (i, j) in enumerate(plan.entries.tolist()):
        rows.setdefault(i, {})[j] = slot
    for i, row in rows.items():
        body = []
        for j in row:
            start = f"-ld(jac, {given[i, j]})" if (i, j) in given else "wide(0.0)"
            if i == j:
                start = f"ld(shift, 0) - ld(jac, {given[i, j]})" if (i, j) in given else "ld(shift, 0)"
            body.append(f"x{j} = {start}")
        for k in (j for j in row if place[j] < place[i]):
            body.append(f"x{k} = x{k} * ld(lu, {rows[k][k]})")
            body += [f"x{j} = x{j} - x{k} * ld(lu, {slot})" for j, slot in rows[k].items() if place[j] > place[k]]
        body.append(f"x{i} = 1.0 / x{i}")
        yield body + [f"st(lu, {slot}, x{j})" for j, slot in row.items()]


def _solve_rows(table: list[list[int]]) -> Iterator[list[str]]:
    """Rows of triangular solves, each held in a register until it is done.

    What is known first is subtracted first: a chain of rows then waits for one operation a row, not for all of them.
    """
    known: dict[int, int] = {}  # after how many operations, one waiting for the other
    for row, terms in groupby(table, key=itemgetter(0)):
        body, at = [f"x = ld(b, {row})"], known.get(row, 0)
        for _, slot, column in sorted(terms, key=lambda term: (term[2] == row, known.get(term[2], 0))):
            body.append(f"x = x * ld(lu, {slot})" if column == row else f"x = x - ld(lu, {slot}) * ld(b, {column})")
            at = max(at, known.get(column, 0)) + 1
        known[row] = at
        yield [*body, f"st(b, {row}, x)"]


def _functions(name: str, signature: str, rows: list[list[str]]) -> list[str]:
    """``name`` calls functions that hold the rows, none much longer than LONGEST."""
    chunks: list[list[str]] = [[]]
    for row in rows:
        if len(chunks[-1]) + len(row) > LONGEST and chunks[-1]:
            chunks.append([])
        chunks[-1] += row
    source = []
    for k, chunk in enumerate(chunks):
        source += [
            f"@_jit_{name}",
            f"def _{name}_{k}{signature}:",
            *(f"    {line}" for line in chunk or ["pass"]),
            "",
            "",
        ]
    return source + door(name, signature, [f"    _{name}_{k}{signature}" for k in range(len(chunks))])

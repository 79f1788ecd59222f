"""Solves with the transposed matrix from the factors of a sparse elimination, as text over lanes."""

from myoflare.compile.lu import Elimination
from myoflare.compile.lu_text import _functions, _solve_rows


def transposed_text(plan: Elimination) -> list[str]:
    """Source of ``solve_back(lu, b)``, in place: with A = L U from ``factor``, first U'z = b and then L'x = z."""
    order = plan.order.tolist()
    place = {k: position for position, k in enumerate(order)}
    above: dict[int, list] = {k: [] for k in order}
    below: dict[int, list] = {k: [] for k in order}
    diagonal = {}
    for slot, (i, j) in enumerate(plan.entries.tolist()):
        if i == j:
            diagonal[i] = slot
        else:
            (above if place[i] < place[j] else below)[j].append((j, slot, i))
    table = [row for k in order for row in (*above[k], (k, diagonal[k], k))]
    table += [row for k in reversed(order) for row in below[k]]
    return _functions("solve_back", "(lu, b)", list(_solve_rows(table)))

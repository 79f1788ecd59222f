"""Where the time of a step goes: the parts of Rodas5P and Tsit5, each timed alone, for eight patients.

python -m benchmarks.profile writes benchmarks/results/profile.md. Parts timed alone find their numbers in the nearest
cache; in a whole step they do not, and the row "the rest" holds the difference.
"""

import time
from pathlib import Path

import numpy as np
from numba import njit

from benchmarks.cases import cases
from myoflare.simulate.lanes import engine

RESULT = Path(__file__).parent / "results" / "profile.md"
CALLS, TURNS = 4000, 5


def main() -> None:
    """Measure both networks and write the table."""
    rows = []
    seen = set()
    for case in cases(("immuno", "disease"), 8, 7, 728.0, lambda words: None):
        if case.program.digest not in seen:
            seen.add(case.program.digest)
            for method in ("rodas5p", "tsit5"):
                rows.append((case.name.split(",")[0], len(case.program.states), method, parts(case, method)))
    names = list(dict.fromkeys(name for *_, found in rows for name in found))
    lines = ["# Where the time of a step goes", "", __doc__.split("\n\n")[1].replace("\n", " ").split(". ", 1)[1], ""]
    lines += ["Microseconds of one core for eight patients; calls in a step in brackets.", ""]
    lines += ["| network | states | method | " + " | ".join(names) + " |", "|---" * (len(names) + 3) + "|"]
    for network, states, method, found in rows:
        cells = [f"{found[n][0]:.2f} ({found[n][1]})" if n in found else "" for n in names]
        lines.append(f"| {network} | {states} | {method} | " + " | ".join(cells) + " |")
    RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def parts(case, method: str) -> dict[str, tuple[float, int]]:
    """Microseconds and calls a step of every part."""
    m = engine.code(case.program, method)
    y, y_to, y_new, slopes, u = (m.zeros(m.N_STATES) for _ in range(5))
    p, c, w = m.zeros(m.N_PARAMS), m.zeros(m.N_CONSTANTS), m.zeros(m.N_SCRATCH)
    k, jac, lu, path = m.zeros(9 * m.N_STATES), m.zeros(m.N_JACOBIAN), m.zeros(m.N_LU), m.zeros(8 * max(m.N_DRIVE, 1))
    t, h, at = m.zeros(1), m.zeros(1), m.zeros(1)
    y[:] = np.repeat(case.y0[0], m.WIDTH)
    p[:] = np.repeat(case.params[0], m.WIDTH)
    h[:], inflows = 1e-3, np.zeros(0, np.int64)
    m.constants(t, y, p, c, w, c)
    implicit = method == "rodas5p"
    stages = 8 if implicit else 6
    found = {"right-hand side": (_time(m.rhs, t, y, p, c, w, slopes), stages)}
    if implicit:
        found["Jacobian"] = (_time(m.jacobian, t, y, p, c, w, jac), 1)
        h[:] = 1e3  # the shift of the matrix
        found["factor"] = (_time(m.factor, jac, h, lu), 1)
        found["solve"] = (_time(m.solve, lu, slopes), 8)
        h[:] = 1e-3
    if m.N_DRIVE:
        found["drugs"] = (_drugs(m, h, y, p, c, w, t, path), 1)
    whole = _time(m.step, t, h, y, p, c, w, u, inflows, path, k, jac, lu, y_to, y_new, at)
    known = sum(us * calls for name, (us, calls) in found.items() if name != "drugs")
    return found | {"the rest": (whole - known, 1), "whole step": (whole, 1)}


def _drugs(m, h, y, p, c, w, t, path) -> float:
    rates, piece = m.zeros(m.N_DRIVE_RATES + m.N_DRIVE), m.zeros(1)
    flow, lift = m.zeros(m.LEVELS * m.SQUARE), m.zeros(m.LEVELS * m.N_DRIVE)
    room = (m.zeros(m.N_DRIVE), *(m.zeros(1) for _ in range(4)))
    m.drive_rates(t, y, p, c, w, rates)
    m.drive_flow(rates, piece, flow)
    m.drive_lift(rates, piece, flow, lift)
    return _time(m.visit, m.NODES, m.IN_TIME, h, rates, piece, flow, lift, y, room, path)


def _time(kernel, *args) -> float:
    """Microseconds a call, the least of a few turns: what else the machine does only adds."""

    @njit
    def repeat(n, args):
        for _ in range(n):
            kernel(*args)

    repeat(1, args)
    best = np.inf
    for _ in range(TURNS):
        start = time.process_time()
        repeat(CALLS, args)
        best = min(best, time.process_time() - start)
    return best / CALLS * 1e6


if __name__ == "__main__":
    main()

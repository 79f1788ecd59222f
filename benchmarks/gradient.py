"""What a gradient costs beside the solution it belongs to, and how far it is from central differences.

    python -m benchmarks.gradient

The loss is the misfit of weekly creatine kinase over two years, as least squares of logarithms. Times are processor
times of one patient on one core, medians of runs that take turns.
"""

import sys
import time
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.cases import Case, cases
from myoflare.base.errors import SimulationError
from myoflare.base.streams import stream
from myoflare.simulate.batch import solve
from myoflare.simulate.gradient import least_squares, value_and_grad
from myoflare.simulate.gradient.adjoint import MAX_STEPS
from myoflare.simulate.gradient.question import column, tolerances
from myoflare.simulate.gradient.run import Run

NETWORKS, METHODS = ("immuno", "disease"), ("rodas5p", "tsit5")
RTOL, TIGHT = 1e-6, 1e-11
PARAMETERS = 50  # those of which the loss depends most, by relative change
STEP = 2e-4  # of a parameter, for differences of fourth order; at 1e-3 they are themselves off by 3e-4
NOISE = 0.2
OUTPUT = "CK"


def rows(networks: Sequence[str] = NETWORKS, seed: int = 2026, repeats: int = 5, tell: Callable = print) -> list[dict]:
    """One row for each network, scenario and method."""
    found = []
    for case in cases(networks, 1, seed, tell=tell):
        exact = _solved(case, "rodas5p", TIGHT)
        noise = np.exp(NOISE * stream(seed, case.name, "gradient").standard_normal(exact.shape))
        loss = least_squares(exact * noise, NOISE, log=True)
        reference = None
        for method in METHODS:
            try:
                gradient = _gradient(case, loss, method)
            except SimulationError as refused:  # the explicit method where steps are bound by stability
                tell(f"  {case.name}: {refused}")
                continue
            if reference is None:
                chosen = np.argsort(-np.abs(gradient.by * case.params[0]))[:PARAMETERS]
                reference = _differences(case, loss, chosen)
            wrong = np.abs(gradient.by[chosen] / reference - 1.0)
            found.append(
                {"case": case.name, "method": method, "steps": gradient.steps, "parameters": len(chosen)}
                | _times(case, loss, method, repeats)
                | {"worst error": float(wrong.max()), "median error": float(np.median(wrong))}
            )
            tell("  " + "  ".join(f"{k} {v:.3g}" if isinstance(v, float) else f"{v}" for k, v in found[-1].items()))
    return found


def _gradient(case: Case, loss: Callable, method: str, rtol: float = RTOL):
    return value_and_grad(
        case.program, loss, case.params[0], case.y0[0], case.times, case.schedule,
        outputs=[OUTPUT], method=method, rtol=rtol, atol=case.atol(rtol),
    )  # fmt: skip


def _times(case: Case, loss: Callable, method: str, repeats: int) -> dict[str, float]:
    """Seconds of the solution alone, with either engine, and of loss and gradient, all taking turns."""
    atol = tolerances(case.atol(RTOL), case.y0[0], RTOL)[None]
    derived = column(case.program, OUTPUT)[0] == "derived"
    tasks = {
        "solve (s)": lambda: _solved(case, method, RTOL),
        "forward (s)": lambda: Run(
            case.program, method, "scalar", case.params[:1], case.y0[:1], case.times, [case.schedule], RTOL, atol,
            derived, MAX_STEPS,
        ),
        "gradient (s)": lambda: _gradient(case, loss, method),
    }  # fmt: skip
    clocks: dict[str, list[float]] = {name: [] for name in tasks}
    for turn in range(repeats + 1):
        for name, task in tasks.items():
            start = time.process_time()
            task()
            if turn:  # the first turn may compile
                clocks[name].append(time.process_time() - start)
    medians = {name: float(np.median(seconds)) for name, seconds in clocks.items()}
    return medians | {"ratio": medians["gradient (s)"] / medians["forward (s)"]}


def _differences(case: Case, loss: Callable, chosen: np.ndarray) -> np.ndarray:
    """Derivatives by central differences of fourth order, from solutions of the other engine at a tight tolerance."""
    places = [(j, k) for j in chosen for k in (1, -1, 2, -2)]
    params = np.repeat(case.params[:1], len(places), axis=0)
    for row, (j, k) in zip(params, places, strict=True):
        row[j] *= 1.0 + k * STEP
    values = np.array([loss(case.times, v)[0] for v in _solved(case, "rodas5p", TIGHT, params, True)]).reshape(-1, 4)
    return (8 * (values[:, 0] - values[:, 1]) - (values[:, 2] - values[:, 3])) / (12 * STEP * case.params[0, chosen])


def _solved(case: Case, method: str, rtol: float, params: np.ndarray | None = None, many: bool = False) -> np.ndarray:
    """CK of one patient (time, 1), or of many."""
    params = case.params[:1] if params is None else params
    kind, i = column(case.program, OUTPUT)
    batch = solve(
        case.program, params, np.repeat(case.y0[:1], len(params), axis=0), case.times, [case.schedule] * len(params),
        solver=method, rtol=rtol, atol=case.atol(rtol), outputs=kind,
    )  # fmt: skip
    if batch.status.any():
        raise RuntimeError(f"{case.name}: a solution for the comparison failed")
    found = batch.values[:, :, i : i + 1]
    return found if many else found[0]


def table(found: list[dict]) -> str:
    """The rows as a table in Markdown."""
    names = list(found[0])
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    for row in found:
        cells = [f"{row[n]:.2g}" if isinstance(row[n], float) else str(row[n]) for n in names]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(rows(sys.argv[1:] or NETWORKS)))

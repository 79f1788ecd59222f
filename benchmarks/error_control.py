"""Achieved error against the tolerance that was asked for, both methods, the disease and the test network.

    python -m benchmarks.error_control [--patients 8]

Writes ``benchmarks/results/error_control.md`` and ``.png``. The truth is Rodas5P at 1e-10, held against LSODA at 1e-11.
"""

import argparse
from pathlib import Path

import numpy as np

from benchmarks.accuracy import error, truth
from benchmarks.cases import cases
from benchmarks.measure import SOLVERS
from myoflare.simulate.batch import solve

RESULTS = Path(__file__).parent / "results"
TOLERANCES = 10.0 ** np.arange(-3, -9.5, -1)
NETWORKS = ("immuno", "disease")
HEAD = """# Achieved error against tolerance

Error: of each patient the worst over all states and outputs of |found - truth| / (|truth| + 0.001 peak + 1e-5 size);
the median and the worst of {patients} patients. {days:g} days, 105 outputs. `slope`: how the log of the median follows
the log of the tolerance: 1 is in step. Made by `python -m benchmarks.error_control`.

| case | method | {columns} | slope | truth known to |
| --- | --- | {rules} | --- | --- |
"""


def measure(case, exact: np.ndarray) -> dict[str, np.ndarray]:
    """Method -> errors, shape (tolerance, patient)."""
    found = {}
    for solver in SOLVERS:
        rows = []
        for rtol in TOLERANCES:
            batch = solve(
                case.program, case.params, case.y0, case.times, [case.schedule] * len(case.params), solver=solver,
                rtol=rtol, atol=case.atol(rtol),
            )  # fmt: skip
            rows.append(error(batch.values, exact, case.scale))
        found[solver] = np.array(rows)
    return found


def slope(errors: np.ndarray) -> float:
    return float(np.polyfit(np.log10(TOLERANCES), np.log10(np.median(errors, axis=1)), 1)[0])


def line(case, solver: str, errors: np.ndarray, apart: float) -> str:
    cells = " | ".join(f"{np.median(e):.0e} ({e.max():.0e})" for e in errors)
    return f"| {case.name} | {solver} | {cells} | {slope(errors):.2f} | {apart:.0e} |\n"


def draw(curves: list[tuple[str, str, np.ndarray]]) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(SOLVERS), figsize=(10, 4.5), sharey=True, layout="constrained")
    for ax, solver in zip(axes, SOLVERS, strict=True):
        for name, method, errors in curves:
            if method == solver:
                ax.loglog(TOLERANCES, np.median(errors, axis=1), "o-", label=name)
        ax.loglog(TOLERANCES, TOLERANCES, "k:", label="as asked")
        ax.set(title=solver, xlabel="rtol")
        ax.invert_xaxis()
        ax.grid(alpha=0.3)
    axes[0].set_ylabel("achieved error, median patient")
    axes[-1].legend(fontsize=8)
    figure.savefig(RESULTS / "error_control.png", dpi=120)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--patients", type=int, default=8)
    arguments.add_argument("--days", type=float, default=728.0)
    asked = arguments.parse_args()
    RESULTS.mkdir(exist_ok=True)
    columns = " | ".join(f"{rtol:.0e}" for rtol in TOLERANCES)
    text = HEAD.format(
        patients=asked.patients, days=asked.days, columns=columns, rules=" | ".join(["---"] * len(TOLERANCES))
    )  # fmt: skip
    curves = []
    for case in cases(NETWORKS, asked.patients, seed=7, days=asked.days):
        exact, apart = truth(case, asked.patients)
        for solver, errors in measure(case, exact).items():
            curves.append((case.name, solver, errors))
            text += line(case, solver, errors, apart)
            print(text.splitlines()[-1], flush=True)
    (RESULTS / "error_control.md").write_text(text, encoding="utf-8")
    draw(curves)


if __name__ == "__main__":
    main()

"""Time the generated solvers on a GPU, check them against the engine, and write what came out.

    python3 benchmarks/gpu/run.py

Needs a CUDA device, numpy and the folder ``build`` that ``benchmarks.gpu.prepare`` writes; README.md tells more.
"""

import argparse
import importlib.util
import json
import platform
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
BUILD, RESULTS = HERE / "build", HERE.parent / "results"
SOURCE = HERE.parents[1] / "src"
SIZES = (10_000, 100_000, 1_000_000)
TRIAL = 8192  # patients of the trial that chooses how many threads run at a time
GRIDS = ((0, 64), (1, 32), (2, 32), (4, 32), (8, 32), (1, 128), (2, 128))  # blocks a multiprocessor, threads
AT_ONCE = 131_072
WRONG = 1e-3  # an error this large is a fault of the device code, not of the tolerance 1e-6


def library_door():
    """``myoflare.simulate.library`` by itself: the package around it needs more than a GPU machine may have."""
    sys.path.insert(0, str(SOURCE))
    spec = importlib.util.spec_from_file_location("library", SOURCE / "myoflare" / "simulate" / "library.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["library"] = module
    spec.loader.exec_module(module)
    return module


door = library_door()


@dataclass
class Table:
    """Rows as they come; written after each, so that a run that is cut short leaves what it had."""

    machine: dict
    folder: Path
    rows: list[dict] = field(default_factory=list)

    def add(self, **row) -> None:
        self.rows.append(row)
        print("  " + ", ".join(f"{k} {v}" for k, v in row.items()), flush=True)
        self.folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"machine": self.machine, "rows": self.rows}, indent=1)
        (self.folder / "gpu.json").write_text(text, encoding="utf-8")
        (self.folder / "gpu.md").write_text(self.markdown(), encoding="utf-8")

    def markdown(self) -> str:
        heads = ["case", "solver", "patients", "per_second", "kernel_per_second", "largest_error", "note"]
        lines = ["# Patients a second on a GPU", "", *(f"- {k}: {v}" for k, v in self.machine.items()), ""]
        lines += ["`per_second` is the whole call with transfers, `kernel_per_second` the kernel alone.", ""]
        lines += ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
        lines += ["| " + " | ".join(str(row.get(h, "")) for h in heads) + " |" for row in self.rows]
        return "\n".join(lines) + "\n"


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--budget", type=float, default=540.0, help="seconds after which no new run starts")
    options.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="numbers of patients")
    options.add_argument("--results", type=Path, default=RESULTS, help="folder for gpu.json and gpu.md")
    given = options.parse_args()
    if not (BUILD / "index.json").exists():
        print(
            f"{BUILD} is not there: run python -m benchmarks.gpu.prepare where Myoflare and nvcc are", file=sys.stderr
        )
        return 2
    index = json.loads((BUILD / "index.json").read_text(encoding="utf-8"))
    libraries = {name: door.load(BUILD / name) for entry in index for name in entry["libraries"].values()}
    try:
        device = next(iter(libraries.values())).device()
    except door.SimulationError as fault:
        print(f"no CUDA device: this has not run ({fault.came})", file=sys.stderr)
        return 2
    table = Table(machine(device), given.results)
    end, wrong = time.monotonic() + given.budget, 0
    for entry in index:
        print(entry["name"], flush=True)
        with np.load(BUILD / entry["file"]) as file:
            data = dict(file)
        for solver, name in entry["libraries"].items():
            wrong += one(table, entry, data, solver, libraries[name], given.sizes, end)
        if "nvqsp" in entry:
            nvqsp(table, entry, data, given.sizes, end)
    print(f"{given.results / 'gpu.md'}: {len(table.rows)} rows, {wrong} solvers wrong")
    return 1 if wrong else 0


def machine(device: str) -> dict:
    query = [
        "nvidia-smi",
        "--query-gpu=name,memory.total,driver_version,clocks.max.sm,power.limit",
        "--format=csv,noheader",
    ]
    try:
        smi = subprocess.run(query, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        smi = "nvidia-smi is not there"
    return {"device": device, "nvidia-smi": smi, "host": platform.platform(), "date": time.strftime("%Y-%m-%d %H:%M")}


def solve(entry: dict, data: dict, library, n: int, blocks: int = 0, threads: int = 64) -> tuple[dict, float, float]:
    """Results of ``n`` patients, seconds of the calls and of the kernels."""
    whose = np.arange(n) % len(data["params"])
    steps = len(data["day"])
    found = door.room(min(n, AT_ONCE), len(data["when"]), entry["width"], data["y0"].shape[1])
    wall = kernel = 0.0
    failed, accepted = 0, []
    for start in range(0, n, AT_ONCE):
        rows = whose[start : start + AT_ONCE]
        m = len(rows)
        part = {
            "params": data["params"][rows], "y0": data["y0"][rows], "atol": np.tile(data["atol"], (m, 1)),
            "when": data["when"], "offsets": np.arange(m + 1) * steps, "inflow": data["inflow"],
            **{name: np.tile(data[name], m) for name in ("day", "kind", "target", "value")},
        }  # fmt: skip
        into = {name: array[:m] for name, array in found.items()}
        began = time.perf_counter()
        kernel += library.run(part, into, entry["outputs"], entry["rtol"], blocks, threads)
        wall += time.perf_counter() - began
        failed += int((into["status"] != 0).sum())
        accepted.append(float(np.mean(into["steps"])))
    return found | {"failed": failed, "steps_mean": round(float(np.mean(accepted)))}, wall, kernel


def one(table: Table, entry: dict, data: dict, solver: str, library, sizes, end: float) -> int:
    """Every row of one solver on one case; 1 if it is wrong."""
    known = len(data["reference"])
    row = {"case": entry["name"], "solver": solver}
    try:
        found, _, _ = solve(entry, data, library, known)
        error = worst(found["values"], data["reference"], data["scale"])
        wrong = int(found["failed"] > 0 or not error < WRONG)
        note = f"{found['failed']} of {known} failed" if wrong else "agrees with simulate.solve at 1e-9"
        table.add(**row, patients=known, largest_error=f"{error:.1e}", note=note)
        if wrong:
            return 1
        trial = {grid: solve(entry, data, library, TRIAL, *grid)[2] for grid in GRIDS}
        best = min(trial, key=trial.get)
        words = "; ".join(f"{b or 'full'} x {t}: {TRIAL / s:.0f}" for (b, t), s in trial.items())
        table.add(
            **row, patients=TRIAL, kernel_per_second=round(TRIAL / trial[best]), note=f"blocks x threads: {words}"
        )
        pace = trial[best] / TRIAL
        for n in sizes:
            if time.monotonic() + 1.3 * n * pace > end:
                table.add(**row, patients=n, note=f"not run: {n * pace:.0f} s by the trial, the budget is spent")
                continue
            found, wall, kernel = solve(entry, data, library, n, *best)
            note = f"{found['failed']} failed, {found['steps_mean']} steps, grid {best[0] or 'full'} x {best[1]}"
            table.add(**row, patients=n, per_second=round(n / wall), kernel_per_second=round(n / kernel), note=note)
    except door.SimulationError as fault:
        table.add(**row, note=f"the device refused: {fault.came}")
        return 1
    return 0


def worst(values: np.ndarray, reference: np.ndarray, scale: np.ndarray) -> float:
    """Largest error as a share of a value, or of a thousandth of its largest on the way; NaN counts as infinite."""
    error = np.abs(values - reference) / (np.abs(reference) + 1e-3 * scale + 1e-300)
    return float(np.where(np.isnan(error), np.inf, error).max())


def nvqsp(table: Table, entry: dict, data: dict, sizes, end: float) -> None:
    """NVIDIA's solver with the same right-hand side, tolerances and outputs; it has no doses."""
    row = {"case": entry["name"], "solver": "nvQSP dense TSIT5"}
    if not entry["nvqsp"].endswith(".so"):
        table.add(**row, note=entry["nvqsp"])
        return
    sys.path.insert(0, str(BUILD / "site"))
    try:
        from nvqsp import tsit5
    except ImportError:
        table.add(**row, note="not installed: its Python package is not in build/site")
        return
    theta = np.hstack([data["params"], data["constants"]])
    how = {"rtol": entry["rtol"], "atol": float(data["atol"].max()), "max_steps": 1_000_000}
    pace = 0.0
    for n in (len(data["reference"]), TRIAL, *sizes):
        if time.monotonic() + 1.3 * n * pace > end:
            table.add(**row, patients=n, note=f"not run: {n * pace:.0f} s by the trial, the budget is spent")
            continue
        wall = 0.0
        try:
            for start in range(0, n, AT_ONCE):
                whose = np.arange(start, min(start + AT_ONCE, n)) % len(theta)
                began = time.perf_counter()
                done = tsit5.solve(BUILD / entry["nvqsp"], y0=data["y0"][whose], theta=theta[whose],
                                   times=data["when"], options=how)  # fmt: skip
                wall += time.perf_counter() - began
        except RuntimeError as fault:
            table.add(**row, patients=n, note=f"refused: {str(fault)[:120]}")
            return
        pace = wall / n if n > len(data["reference"]) else 0.0
        error = worst(done.y, data["reference"], data["scale"]) if n == len(data["reference"]) else None
        checked = {} if error is None else {"largest_error": f"{error:.1e}"}
        table.add(**row, patients=n, per_second=round(n / wall), **checked, note=f"{done.steps / len(whose):.0f} steps")


if __name__ == "__main__":
    sys.exit(main())

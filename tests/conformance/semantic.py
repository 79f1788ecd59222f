"""Cases of the SBML Test Suite: read one, run it, judge it at the case's own tolerances."""

import csv
import re
import tarfile
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from myoflare.base.errors import MyoflareError
from myoflare.compile import compile_model
from myoflare.model import load_model
from myoflare.model.records import Model, Observable, Symbol
from myoflare.simulate.advance import advance
from myoflare.simulate.observe import observed

PROJECT = Path(__file__).resolve().parents[2]
ARCHIVE = PROJECT.parent / "shared" / "conformance" / "sbml-semantic.tar.xz"
RTOL, ATOL = 1e-9, 1e-13  # of the solver; the cases ask for 1e-4 relative, most of them


@dataclass(frozen=True)
class Case:
    """One case: its model, what it asks for, and the right answer."""

    number: str
    model: Path
    tags: frozenset[str]
    variables: tuple[str, ...]
    amounts: frozenset[str]
    concentrations: frozenset[str]
    absolute: float
    relative: float
    times: np.ndarray
    expected: np.ndarray


def unpacked() -> Path | None:
    """Folder of the cases, unpacked once for each version of the archive; None where there is no archive."""
    if not ARCHIVE.exists():
        return None
    state = ARCHIVE.stat()
    folder = Path(tempfile.gettempdir()) / f"myoflare-sbml-semantic-{state.st_size}-{int(state.st_mtime)}"
    if not folder.exists():
        with tempfile.TemporaryDirectory(dir=folder.parent) as draft:
            with tarfile.open(ARCHIVE) as archive:
                archive.extractall(Path(draft) / "cases", filter="data")
            try:
                (Path(draft) / "cases").rename(folder)
            except OSError:  # another process was faster
                assert folder.exists()
    return folder


def numbers(folder: Path) -> list[str]:
    return sorted(path.parent.name for path in folder.rglob("*-settings.txt"))


def read_case(folder: Path, number: str) -> Case:
    place = next(folder.rglob(f"{number}-settings.txt")).parent
    settings = {
        key.strip(): value.strip()
        for key, value in (
            line.split(":", 1) for line in (place / f"{number}-settings.txt").read_text().splitlines() if ":" in line
        )
    }
    words = {
        key: tuple(w.strip() for w in settings.get(key, "").split(",") if w.strip())
        for key in ("variables", "amount", "concentration")
    }
    text = (place / f"{number}-model.m").read_text(errors="replace")
    tags = {w.strip() for line in re.findall(r"^(?:component|test)Tags:(.*)$", text, re.M) for w in line.split(",")}
    model = next(p for level in ("l3v2", "l3v1") if (p := place / f"{number}-sbml-{level}.xml").exists())
    with open(place / f"{number}-results.csv", newline="", encoding="utf-8") as file:
        rows = [[cell.strip() for cell in row] for row in csv.reader(file) if row]
    values = np.array([[float(cell) for cell in row] for row in rows[1:]])
    timed = rows[0][0].lower() == "time"
    table = {name: i for i, name in enumerate(rows[0]) if i or not timed}
    return Case(
        number, model, frozenset(tags - {""}), words["variables"], frozenset(words["amount"]),
        frozenset(words["concentration"]), float(settings["absolute"]), float(settings["relative"]),
        values[:, 0] if timed else np.zeros(len(values)), values[:, [table[v] for v in words["variables"]]],
    )  # fmt: skip


def run(case: Case) -> np.ndarray:
    """What the case asks for, shape (time, variable). Raises MyoflareError for what is not supported."""
    model = load_model(case.model)
    model = replace(model, observables=tuple(_observable(model, case, v) for v in case.variables))
    program = compile_model(model, backend="python")
    times = case.times if case.times[0] == 0 else np.concatenate([[0.0], case.times])
    solution = advance(program, program.values, program.guess, times, model.schedule, rtol=RTOL, atol=ATOL, seed=1)
    if not solution.status.ok:
        raise MyoflareError(case.number, f"stopped at {solution.reached:g}: {solution.status}", "a run to the end")
    return observed(program, solution)[len(times) - len(case.times) :]


def _observable(model: Model, case: Case, variable: str) -> Observable:
    symbol = model.symbols.get(variable, Symbol(variable, variable, variable))
    if model.values().get(variable) is not None and variable not in case.amounts | case.concentrations:
        symbol = Symbol(variable if not symbol.amount else symbol.value)
    formula = symbol.value
    if variable in case.amounts:
        formula = symbol.amount or formula
    elif variable in case.concentrations:
        formula = symbol.concentration or formula
    return Observable(f"out_{variable}", variable, formula, "")


def worst(case: Case, values: np.ndarray) -> float:
    """Largest deviation as a multiple of what the case allows; at most 1 is right."""
    same = (values == case.expected) | (np.isnan(values) & np.isnan(case.expected))
    with np.errstate(invalid="ignore"):
        allowed = case.absolute + case.relative * np.abs(case.expected)
        share = np.where(same, 0.0, np.abs(values - case.expected) / allowed)
    return float(np.where(np.isnan(share), np.inf, share).max(initial=0.0))

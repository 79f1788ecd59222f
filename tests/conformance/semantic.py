"""Cases of the SBML Test Suite: read one, run it, judge it at the case's own tolerances."""

import csv
import re
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from myoflare.base.errors import SimulationError
from myoflare.compile import compile_model
from myoflare.model import load_model, with_readings
from myoflare.simulate import advance
from myoflare.simulate.observe import observed

ARCHIVE = Path(__file__).resolve().parents[3] / "shared" / "conformance" / "sbml-semantic.tar.xz"
RTOL, ATOL = 1e-9, 1e-13  # of the solver; most cases ask for 1e-4
UNSUPPORTED = {  # what a case with such a tag must be told
    "AlgebraicRule": "an algebraic rule",
    "CSymbolDelay": "the function delay",
    "FastReaction": "a fast reaction",
    "fbc:Objective": "a flux balance",
}
NOT_THERE = "which is not there"  # a submodel in a file that the archive does not hold


@dataclass(frozen=True)
class Case:
    """One case: its model, what it asks for (measure by variable), and the right answer, shape (time, variable)."""

    number: str
    model: Path
    tags: frozenset[str]
    wanted: dict[str, str]
    absolute: float
    relative: float
    times: np.ndarray
    expected: np.ndarray

    def unsupported(self) -> list[str]:
        return [sentence for tag, sentence in UNSUPPORTED.items() if tag in self.tags]


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


def numbers(folder: Path) -> tuple[list[str], list[str]]:
    """(cases with a model, cases without): some are in the archive without any text of their model."""
    every = sorted(path.name for path in folder.iterdir() if path.name.isdigit())
    return [n for n in every if _model(folder, n)], [n for n in every if not _model(folder, n)]


def _model(folder: Path, number: str) -> Path | None:
    places = (folder / number / f"{number}-sbml-{level}.xml" for level in ("l3v2", "l3v1"))
    return next((place for place in places if place.exists()), None)


def read_tags(folder: Path, number: str) -> frozenset[str]:
    text = (folder / number / f"{number}-model.m").read_text(errors="replace")
    lines = re.findall(r"^(?:component|test)Tags:(.*)$", text, re.MULTILINE)
    return frozenset(word.strip() for line in lines for word in line.split(",")) - {""}


def read_case(folder: Path, number: str) -> Case:
    lines = (folder / number / f"{number}-settings.txt").read_text(encoding="utf-8").splitlines()
    settings = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    lists = {key: [w.strip() for w in settings.get(key, "").split(",")] for key in ("amount", "concentration")}
    variables = [w.strip() for w in settings["variables"].split(",")]
    with open(folder / number / f"{number}-results.csv", newline="", encoding="utf-8") as file:
        rows = [[cell.strip() for cell in row] for row in csv.reader(file) if row]
    values = np.array([[float(cell) for cell in row] for row in rows[1:]])
    timed = rows[0][0].lower() == "time"  # a flux balance has no time
    column = {name: i for i, name in enumerate(rows[0]) if i or not timed}
    return Case(
        number=number,
        model=_model(folder, number),
        tags=read_tags(folder, number),
        wanted={v: next((k for k, names in lists.items() if v in names), "value") for v in variables},
        absolute=float(settings["absolute"]),
        relative=float(settings["relative"]),
        times=values[:, 0] if timed else np.arange(float(len(values))),
        expected=values[:, [column[v] for v in variables]],
    )


def run(case: Case) -> np.ndarray:
    """What the case asks for, shape (time, variable). Raises ModelError for what is not supported."""
    model = with_readings(load_model(case.model), case.wanted)
    program = compile_model(model, backend="python")
    assert case.times[0] == 0
    solution = advance(program, program.values, program.guess, case.times, model.schedule, rtol=RTOL, atol=ATOL, seed=1)
    if not solution.status.ok:
        raise SimulationError(f"case {case.number}", f"at {solution.reached:g} {solution.status}", "a run to the end")
    return observed(program, solution)


def worst(case: Case, values: np.ndarray) -> float:
    """Largest deviation as a multiple of what the case allows; at most 1 is right."""
    if values.shape != case.expected.shape:
        return np.inf
    same = (values == case.expected) | (np.isnan(values) & np.isnan(case.expected))
    with np.errstate(invalid="ignore"):
        allowed = case.absolute + case.relative * np.abs(case.expected)
        share = np.where(same, 0.0, np.abs(values - case.expected) / allowed)
    return float(np.where(np.isnan(share), np.inf, share).max(initial=0.0))

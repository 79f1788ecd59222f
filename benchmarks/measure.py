"""Ours and a peer's turn by turn in one process, so that what else the machine does falls on both.

CPU time of one thread; before each turn Python's collection of garbage is done with what it holds, or it would fall on
whoever has the turn. A ratio is of two neighbours: the peer's seconds per patient over ours.
"""

import gc
import statistics
import time
from dataclasses import asdict, dataclass, field

import numpy as np

from benchmarks.accuracy import error, truth
from benchmarks.cases import Case
from myoflare.simulate.batch import solve

RTOL = 1e-6
LOOSER = tuple(10.0 ** -(x / 8) for x in range(24, 57))  # 1e-3 to 1e-7, eight a decade
SOLVERS = ("tsit5", "rodas5p")
LEAST = 0.2  # seconds of CPU in one turn of ours: less would be measured badly
MOST_PATIENTS = 4096


@dataclass(frozen=True)
class Budget:
    """How much is measured: patients of ours in a batch and in the check, turns, seconds of a peer in one turn."""

    patients: int = 256
    checked: int = 8
    rounds: int = 5
    peer_seconds: float = 2.0
    days: float = 728.0
    cold: bool = True
    many: int = 10_000


QUICK = Budget(patients=16, checked=2, rounds=1, peer_seconds=0.2, days=182.0, cold=False, many=0)


@dataclass
class Own:
    """Ours on one case: the faster solver, seconds per patient in a batch and alone, error, work."""

    solver: str
    seconds: float
    alone: float
    error_median: float
    error_max: float
    steps: float
    rejected: float
    us_per_step: float
    auto: str
    truth_apart: float
    failed: int
    other: dict = field(default_factory=dict)


@dataclass
class Against:
    """A peer on one case. Ratios are (median, lowest, highest) of the rounds; ``own_error`` is ours made as wrong."""

    peer: str
    version: str
    load_seconds: float
    seconds: float
    error_median: float
    error_max: float
    ratio: tuple
    alone: tuple
    own_rtol: float | None = None
    own_solver: str = ""
    own_error: tuple | None = None


def own(case: Case, budget: Budget) -> tuple[Own, np.ndarray, dict]:
    """Ours on one case, the truth of the first patients, and the errors by (solver, rtol) that were looked at."""
    exact, apart = truth(case, budget.checked)
    tries = {}
    for solver in SOLVERS:
        play(case, 8, solver, RTOL)  # compiled, or fetched
        batch, seconds = play(case, budget.patients, solver, RTOL)
        worst = error(batch.values[: budget.checked], exact, case.scale)
        taken = float(np.mean(batch.steps + batch.rejected))
        tries[solver] = {
            "seconds": seconds, "error_median": float(np.median(worst)), "error_max": float(worst.max()),
            "steps": float(batch.steps.mean()), "rejected": float(batch.rejected.mean()),
            "us_per_step": 1e6 * seconds / taken, "failed": int((batch.status != 0).sum()),
        }  # fmt: skip
    solver = min(tries, key=lambda s: tries[s]["seconds"])
    picked, _ = play(case, 8, "auto", RTOL)
    auto = next((s for s in SOLVERS if np.isclose(tries[s]["steps"], picked.steps.mean(), rtol=0.2)), "?")
    other = {s: tries[s] for s in SOLVERS if s != solver}
    best = Own(solver, alone=_alone(case, solver), auto=auto, truth_apart=apart, other=other, **tries[solver])
    return best, exact, {}


def play(case: Case, patients: int, solver: str, rtol: float, repeat: bool = True):
    """(batch, CPU seconds per patient) of the first ``patients``, again and again until it can be timed."""
    rows = slice(0, min(patients, len(case.params)))
    arguments = (case.program, case.params[rows], case.y0[rows], case.times, [case.schedule] * len(case.params[rows]))
    _tidy()
    times, total = [], 0.0
    while not times or (repeat and total < LEAST and len(times) < 200):
        begun = time.process_time()
        batch = solve(*arguments, solver=solver, rtol=rtol, atol=case.atol(rtol))
        times.append(time.process_time() - begun)
        total += times[-1]
    return batch, statistics.median(times) / len(case.params[rows])


def against(case: Case, name: str, version: str, module, mine: Own, exact, errors: dict, budget: Budget) -> Against:
    """One peer on one case: turns at the same tolerance, then ours as wrong as the peer."""
    begun = time.process_time()
    peer = module.Peer(case)
    load = time.process_time() - begun
    first = time.process_time()
    answers = [peer.play(0, RTOL)]
    first = time.process_time() - first
    answers += [peer.play(i, RTOL) for i in range(1, budget.checked)]
    worst = error(np.array(answers), exact, case.scale)
    count = int(np.clip(budget.peer_seconds / max(first, 1e-4), 1, budget.patients))
    turns = [_turn(case, peer, mine.solver, RTOL, count, i, budget) for i in range(budget.rounds)]
    found = Against(
        name, version, load, statistics.median(t[0] for t in turns), float(np.median(worst)), float(worst.max()),
        _spread([t[0] / t[1] for t in turns]), _spread([t[0] / t[2] for t in turns]),
    )  # fmt: skip
    loose = _as_wrong(case, found.error_median, exact, errors, budget)
    if loose:
        solver, rtol = loose
        turns = [_turn(case, peer, solver, rtol, count, i, budget) for i in range(budget.rounds)]
        found.own_solver, found.own_rtol = solver, rtol
        found.own_error = _spread([t[0] / t[1] for t in turns])
    return found


def _turn(case, peer, solver, rtol, count, which, budget):
    """Seconds per patient of the peer (before and after ours), of ours in a batch, and of ours alone."""
    patients = [(which * count + k) % budget.patients for k in range(count)]
    half = (count + 1) // 2
    _tidy()
    begun = time.process_time()
    for i in patients[:half]:
        peer.play(i, RTOL)
    theirs = time.process_time() - begun
    _, ours = play(case, budget.patients, solver, rtol)
    alone = _alone(case, solver, rtol)
    _tidy()
    begun = time.process_time()
    for i in patients[half:]:
        peer.play(i, RTOL)
    theirs += time.process_time() - begun
    return theirs / count, ours, alone


def _tidy():
    gc.collect()
    gc.freeze()


def _alone(case: Case, solver: str, rtol: float = RTOL) -> float:
    return play(case, 1, solver, rtol)[1]


def _as_wrong(case, wanted, exact, errors, budget):
    """(solver, rtol) of ours that is cheapest among those with a median error of at most ``wanted``."""
    fit = {}
    for solver in SOLVERS:
        for rtol in LOOSER:
            if (solver, rtol) not in errors:
                batch, _ = play(case, budget.checked, solver, rtol, repeat=False)
                errors[solver, rtol] = float(np.median(error(batch.values, exact, case.scale)))
            if errors[solver, rtol] <= wanted:
                fit[solver, rtol] = play(case, min(budget.patients, 64), solver, rtol)[1]
                break
    return min(fit, key=fit.get) if fit else None


def _spread(values) -> tuple[float, float, float]:
    return statistics.median(values), min(values), max(values)


def plain(record) -> dict:
    """A record as it is kept in JSON."""
    return asdict(record)

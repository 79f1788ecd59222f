"""What a worker does with a range of patients: make them, solve them in chunks, reduce them block by block."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from myoflare.base.errors import MyoflareError, SimulationError
from myoflare.base.status import Status
from myoflare.simulate.batch import solve
from myoflare.simulate.ensemble.question import Asked, options
from myoflare.simulate.ensemble.reduce import Block, Moments, codes
from myoflare.simulate.ensemble.sources import Patients

MOST_FAILED = 20  # patients that are named with their reason


@dataclass
class _Rows:
    """Patients of one block while it fills; ``words`` are of those refused before the solver, by index."""

    values: np.ndarray
    status: np.ndarray
    reached: np.ndarray
    words: dict[int, str] = field(default_factory=dict)


def blocks(asked: Asked, first: int, stop: int, chunk: int, engine: Callable = solve) -> Iterator[Block]:
    """The blocks of patients ``first`` to ``stop - 1``, in order; ``first`` begins a block.

    Patients are solved ``chunk`` at a time, whatever the size of a block. A block has one shape for any chunk, so that
    its sums have the same bits.
    """
    rows, begins = None, first
    for start in range(first, stop, chunk):
        piece = _solve(asked, start, min(start + chunk, stop), engine)
        done = 0
        while done < len(piece.status):
            if rows is None:
                rows = _empty(asked, min(asked.block, stop - begins))
                filled = 0
            take = min(len(rows.status) - filled, len(piece.status) - done)
            for name in ("values", "status", "reached"):
                getattr(rows, name)[filled : filled + take] = getattr(piece, name)[done : done + take]
            rows.words |= {i: w for i, w in piece.words.items() if begins + filled <= i < begins + filled + take}
            filled, done = filled + take, done + take
            if filled == len(rows.status):
                yield _reduced(asked, begins, rows)
                begins, rows = begins + filled, None


def _empty(asked: Asked, n: int) -> _Rows:
    values = np.full((n, len(asked.times), len(asked.names)), np.nan)
    return _Rows(values, np.zeros(n, np.int8), np.full(n, asked.times[0]))


def _solve(asked: Asked, first: int, stop: int, engine: Callable) -> _Rows:
    """Values, status and last day of each patient; who cannot be made or is refused becomes a status."""
    try:
        patients = _patients(asked, first, stop)
        return _solve_sound(asked, first, patients, engine)
    except _Fault as fault:
        raise fault.error from None
    except Exception as fault:  # of one patient perhaps, who must not stop the others
        if stop - first == 1:
            rows = _empty(asked, 1)
            rows.status[0] = Status.BAD_INPUT.code
            rows.words[first] = _line(fault)
            return rows
    alone = [_solve(asked, i, i + 1, engine) for i in range(first, stop)]
    joined = [np.concatenate([getattr(r, name) for r in alone]) for name in ("values", "status", "reached")]
    return _Rows(*joined, {i: word for r in alone for i, word in r.words.items()})


class _Fault(Exception):
    """A fault of the source or the engine as such, which stops the run."""

    def __init__(self, error: SimulationError):
        self.error = error


def _patients(asked: Asked, first: int, stop: int) -> Patients:
    made = Patients(*asked.ensemble.source(asked.program, asked.ensemble.seed, first, stop))
    n, program = stop - first, asked.program
    for name, array, width in (("params", made.params, program.params), ("y0", made.y0, program.states)):
        if np.shape(array) != (n, len(width)):
            expected = f"({n}, {len(width)}) for the patients {first} to {stop - 1}"
            raise _Fault(SimulationError(f"source of patients, {name}", f"shape {np.shape(array)}", expected))
    if made.schedules is not None and len(made.schedules) != n:
        came, expected = f"{len(made.schedules)} of them", f"{n} for the patients {first} to {stop - 1}"
        raise _Fault(SimulationError("source of patients, schedules", came, expected))
    return Patients(np.ascontiguousarray(made.params, float), np.ascontiguousarray(made.y0, float), made.schedules)


def _solve_sound(asked: Asked, first: int, patients: Patients, engine: Callable) -> _Rows:
    rows = _empty(asked, len(patients.params))
    names = np.array([*asked.program.params, *asked.program.states])
    wrong = ~np.isfinite(np.hstack([patients.params, patients.y0]))
    for i in np.flatnonzero(wrong.any(axis=1)):
        rows.status[i] = Status.BAD_INPUT.code
        rows.words[first + int(i)] = f"{names[np.argmax(wrong[i])]} is not a finite number"
    good = np.flatnonzero(~wrong.any(axis=1))
    if not len(good):
        return rows
    schedules = None if patients.schedules is None else [patients.schedules[i] for i in good]
    solved = engine(
        asked.program, patients.params[good], patients.y0[good], asked.times, schedules, **options(asked.ensemble)
    )
    rows.values[good] = solved.values[:, :, asked.places]
    rows.status[good], rows.reached[good] = solved.status, solved.reached
    return rows


def _reduced(asked: Asked, first: int, rows: _Rows) -> Block:
    e, at = asked.ensemble, {name: i for i, name in enumerate(asked.names)}
    columns = {s.name: _summary(asked.times, rows.values[:, :, at[s.output]], s.what) for s in e.summaries}
    for column in columns.values():
        column[rows.status != 0] = np.nan
    first_days = np.full((len(e.crossings), len(rows.status)), -1)
    for days, c in zip(first_days, e.crossings, strict=True):
        x = rows.values[:, :, at[c.output]]
        there = x >= c.level if c.side == "above" else x <= c.level
        days[...] = np.where(there.any(axis=1), there.argmax(axis=1), -1)
        columns[c.name] = np.where(days >= 0, asked.times[days], np.nan)
    bad = np.flatnonzero(rows.status)[:MOST_FAILED]
    failed = [(first + int(i), float(rows.reached[i]), _reason(rows, first, int(i))) for i in bad]
    saved = {k: rows.values[i - first] for k, i in enumerate(e.trajectories) if first <= i < first + len(rows.status)}
    code = codes(rows.values) if e.quantiles else None
    moments = Moments.of(rows.values)
    return Block(
        first, rows.status, rows.reached, columns, moments, code, first_days, failed, len(rows.words), saved
    )  # fmt: skip


def _summary(times: np.ndarray, x: np.ndarray, what: str) -> np.ndarray:
    """One number per patient of values of shape (patient, time)."""
    if what == "last":
        return x[:, -1].copy()
    if what == "mean":
        return np.trapezoid(x, times, axis=1) / (times[-1] - times[0]) if len(times) > 1 else x[:, 0].copy()
    if what in ("max", "min"):
        return x.max(axis=1) if what == "max" else x.min(axis=1)
    return times[x.argmax(axis=1) if what == "day_of_max" else x.argmin(axis=1)]


def _reason(rows: _Rows, first: int, i: int) -> str:
    return rows.words.get(first + i) or str(Status.of(int(rows.status[i])))


def _line(fault: Exception) -> str:
    told = (str(fault).strip().splitlines() or ["no message"])[0][:200]
    return told.rstrip(".") if isinstance(fault, MyoflareError) else f"{type(fault).__name__}: {told}"

"""One recorded solution of up to eight patients, on which derivatives are asked for afterwards."""

from collections.abc import Sequence

import numpy as np

from myoflare.base.status import Status
from myoflare.compile import Program
from myoflare.model.records import Action
from myoflare.simulate.gradient.engine import code
from myoflare.simulate.schedule import SET_PARAM, Packed, pack

RUNNING = -1
MEMORY = 256e6  # bytes that the tape may take; what came before is stepped through once more on the way back


class Run:
    """``states`` (lane, time, state) and ``derived`` (lane, time, rule or observable) of a solution, with its tape.

    The tape holds the last steps. From the steps before it a copy of the state is kept now and then, and the way back
    repeats the steps from there, so memory stays bounded however long the run is (checkpointing: Griewank 1992,
    doi:10.1080/10556789208805505). ``tape`` is that of another run of this kind, which is done with it: fresh memory
    takes longer than a short run.
    """

    def __init__(
        self, program: Program, method: str, width: str, params: np.ndarray, y0: np.ndarray, times: np.ndarray,
        schedules: Sequence[Sequence[Action]], rtol: float, atol: np.ndarray, derive: bool, max_steps: int,
        memory: float = MEMORY, sweep: str = "adjoint", walk: list[np.ndarray] | None = None,
        tape: tuple | None = None,
    ):  # fmt: skip
        self.program, self.times, self.derive, self.max_steps = program, times, derive, max_steps
        self.code, self.patients = code(program, method, width, sweep), len(params)
        self.rtol, lanes = rtol, self.code.WIDTH
        fill = [*range(self.patients), *[0] * (lanes - self.patients)]
        self.atol = self._lanes(np.asarray(atol)[fill])
        self.schedule, self.before = self._pack(pack(program, schedules))
        self.state, self.first_actions = self._start(np.asarray(params)[fill], np.asarray(y0)[fill])
        self.tape = tape or self._new_tape(memory)
        self.states = np.full((lanes, len(times), len(program.states)), np.nan)
        derived = len(program.rules) + len(program.observables)
        self.derived = np.full((lanes, len(times) if derive else 1, derived), np.nan)
        self.walk = self._joined(walk or [])
        self.taken: list[tuple[np.ndarray, np.ndarray]] = []
        self.checkpoints: list[tuple[np.ndarray, ...]] = []
        on_the_way = True
        while on_the_way:
            self.checkpoints.append(tuple(x.copy() for x in self.state))
            self.rows, on_the_way = self._record()
            self.taken.append(tuple(x[: self.rows].copy() for x in self.tape[3:5]))
        self.end = tuple(x.copy() for x in self.state)  # the way back writes over the state
        self.on_tape = len(self.checkpoints) - 1

    @property
    def status(self) -> list[Status]:
        return [Status.of(int(s)) for s in self.end[13][: self.patients]]

    @property
    def reached(self) -> np.ndarray:
        """Last day of each patient."""
        return self.end[5][: self.patients].copy()

    @property
    def steps(self) -> np.ndarray:
        """Accepted steps of each patient."""
        return self.end[11][: self.patients].copy()

    @property
    def walks(self) -> list[np.ndarray]:
        """Start and length (2, step) of the steps of each patient, to be given to another run."""
        t, h = (np.concatenate(rows) for rows in zip(*self.taken, strict=True))
        return [np.stack([t[:, i], h[:, i]])[:, h[:, i] > 0] for i in range(self.patients)]

    def back(self, by_states: np.ndarray, by_derived: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Derivatives of a loss by the start (lane, state) and the parameters (lane, param) from those by the outputs.

        ``by_states`` and ``by_derived`` have the shapes of ``states`` and ``derived``.
        """
        code, n, m = self.code, len(self.program.states), len(self.program.params)
        out, lam = code.zeros(n + m + code.N_CONSTANTS), code.zeros(n)
        found = (self._copy(self.end[2]), self._copy(self.end[3]), lam, out)
        for i in range(len(self.checkpoints) - 1, -1, -1):
            rows = self._bring(i)
            code.sweep(
                found, self.tape, rows, self.times, self.schedule, self.derive, by_states, by_derived, self.before
            )
        self._undo_first(found)
        p, c, lam, out = found
        scratch = code.zeros(code.N_BACK)
        code.constants_back(code.zeros(1), lam, p, c, self._copy(out[(n + m) * code.WIDTH :]), scratch, out)
        return self._patients(lam), self._patients(out[n * code.WIDTH : (n + m) * code.WIDTH])

    def ahead(self, by_start: np.ndarray, by_params: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Changes of ``states`` and ``derived`` when each lane's start and parameters change, to first order.

        ``by_start`` (lane, state), ``by_params`` (lane, param); needs a run made for the sweep "forward".
        """
        code, n = self.code, len(self.program.states)
        fill = [*range(self.patients), *[0] * (code.WIDTH - self.patients)]
        move = self._lanes(np.hstack([by_start[fill], by_params[fill], np.zeros((code.WIDTH, code.N_CONSTANTS))]))
        p, c = self._copy(self.params), code.zeros(code.N_CONSTANTS)
        t, w = code.zeros(1), code.zeros(max(code.N_AHEAD, code.N_SCRATCH))
        t[:] = self.times[0]
        code.settle(t, code.zeros(n), p, c, w, move)
        code.replay(self.first_actions, self.schedule, t, code.zeros(n), p, c, w, move)
        states, derived = np.zeros_like(self.states), np.zeros_like(self.derived)
        for i in range(len(self.checkpoints)):
            rows = self._bring(i)
            code.tangents((p, c, move), self.tape, rows, self.times, self.schedule, self.derive, states, derived)
        return states, derived

    def _bring(self, i: int) -> int:
        """Have the steps after checkpoint ``i`` on the tape; returns how many rows they take."""
        if self.on_tape != i:
            for x, kept in zip(self.state, self.checkpoints[i], strict=True):
                x[:] = kept
            self.rows, _ = self._record()
            self.on_tape = i
        return self.rows

    def _record(self) -> tuple[int, bool]:
        return self.code.record(
            self.state, self.tape, self.rtol, self.atol, self.times, self.schedule, self.walk, self.derive,
            self.max_steps,
            self.states, self.derived, self.before,
        )  # fmt: skip

    def _undo_first(self, found) -> None:
        p, c, lam, out = found
        code, n = self.code, len(self.program.states)
        w, pull, t = code.zeros(code.N_BACK), code.zeros(code.N_CONSTANTS), code.zeros(1)
        t[:] = self.times[0]
        code.undo(self.first_actions, self.schedule, t, code.zeros(n), p, c, w, lam, out, pull, self.before)

    def _pack(self, packed: Packed) -> tuple[tuple, np.ndarray]:
        """The steps of each lane, without doses of the past: they are in the start already."""
        rows = [
            [a for a in range(i, j) if packed.day[a] >= self.times[0] or packed.kind[a] >= SET_PARAM]
            for i, j in zip(packed.offsets[:-1], packed.offsets[1:], strict=True)
        ]
        rows += [[] for _ in range(self.code.WIDTH - len(rows))]
        order = np.array([a for row in rows for a in row], np.int64)
        offsets = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
        columns = (packed.day[order], packed.kind[order], packed.target[order], packed.value[order])
        return (offsets, *columns, packed.inflows.astype(np.int64)), np.zeros(len(order))

    def _start(self, params: np.ndarray, y0: np.ndarray) -> tuple[tuple, np.ndarray]:
        """State of ``record`` on the first day, after the actions of that day, and which those were."""
        code, lanes = self.code, self.code.WIDTH
        offsets, day, kind, target, value, _ = self.schedule
        y, p, u = self._lanes(y0), self._lanes(params), code.zeros(len(self.program.states))
        before = p.copy()
        action, status = offsets[:-1].copy(), np.full(lanes, RUNNING)
        status[self.patients :] = Status.OK.code
        for lane in range(lanes):
            while action[lane] < offsets[lane + 1] and day[action[lane]] <= self.times[0]:
                a = action[lane]
                if kind[a] == SET_PARAM:
                    self.before[a] = p[target[a] * lanes + lane]
                code.act(lane, a, kind, target, value, y, p, u)
                action[lane] += 1
        self.params = before
        t, earlier = code.zeros(1), code.zeros(1)
        t[:], earlier[:] = self.times[0], 1.0
        counters = [np.zeros(lanes, np.int64) for _ in range(3)]
        flags = [np.ones(lanes, np.bool_) for _ in range(2)]
        state = (
            y, u, p, code.zeros(code.N_CONSTANTS), code.zeros(len(self.program.states)), t, code.zeros(1), earlier,
            code.zeros(1), action, *counters, status, *flags,
        )  # fmt: skip
        return state, np.stack([offsets[:-1], action])

    def _joined(self, walks: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(first row of each lane, start, length) of the steps of another run."""
        walks = [*walks, *[np.empty((2, 0))] * (self.code.WIDTH - len(walks))]
        rows = np.concatenate([[0], np.cumsum([walk.shape[1] for walk in walks])])
        return rows, *(np.ascontiguousarray(x) for x in np.hstack(walks))

    def _new_tape(self, memory: float) -> tuple:
        """Rows of (y, stages, factors, t, h, outputs written, actions done)."""
        code, n, lanes = self.code, len(self.program.states), self.code.WIDTH
        factors = code.N_LU if code.IMPLICIT else 1
        rows = int(np.clip(memory / (8 * lanes * (n * (1 + code.STAGES) + factors)), 32, self.max_steps + 1))
        wide = [_untouched(rows, size * lanes) for size in (n, n * code.STAGES, factors)]
        small = np.zeros((rows, lanes)), np.zeros((rows, lanes))
        return (*wide, *small, np.zeros((rows, 3, lanes), np.int64), np.zeros((rows, 2, lanes), np.int64))

    def _lanes(self, rows: np.ndarray) -> np.ndarray:
        """(lane, entry) as a flat array of lanes."""
        found = self.code.zeros(rows.shape[1])
        found[:] = np.ascontiguousarray(rows.T, float).ravel()
        return found

    def _copy(self, lanes: np.ndarray) -> np.ndarray:
        found = self.code.zeros(len(lanes) // self.code.WIDTH)
        found[:] = lanes
        return found

    def _patients(self, lanes: np.ndarray) -> np.ndarray:
        return lanes.reshape(-1, self.code.WIDTH).T[: self.patients].copy()


def _untouched(rows: int, columns: int) -> np.ndarray:
    """Zeros that start on a cache line; pages that nobody writes cost nothing, so a short run may have a long tape."""
    raw = np.zeros(rows * columns + 8)
    skip = (-raw.ctypes.data % 64) // 8
    return raw[skip : skip + rows * columns].reshape(rows, columns)

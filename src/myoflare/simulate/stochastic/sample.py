"""Stochastic paths of many patients: the one record and the one function that callers meet."""

import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from myoflare.compile import Program
from myoflare.model.records import Action
from myoflare.simulate.schedule import Packed, pack
from myoflare.simulate.stochastic import door
from myoflare.simulate.stochastic.events import events_of
from myoflare.simulate.stochastic.network import network_of
from myoflare.simulate.stochastic.play import EXACT, FLOW, LANGEVIN, LEAP, Options, Schedule
from myoflare.simulate.stochastic.player import player
from myoflare.simulate.stochastic.random import key_of, process_word

CHUNK = 64  # paths a worker takes at a time
MAX_STEPS = 100_000_000  # between two outputs
SMALLEST_SCALE = 1e-6  # of a state whose typical size nobody knows, in its own unit


@dataclass(frozen=True)
class Samples:
    """What became of each path.

    ``values`` has shape (patient, replicate, time, state), NaN from where a path stopped; ``outputs`` names its last
    axis. ``status`` holds ``Status`` codes, ``reached`` the last day and ``steps`` the steps or firings taken, each of
    shape (patient, replicate).
    """

    times: np.ndarray
    values: np.ndarray
    outputs: tuple[str, ...]
    status: np.ndarray
    reached: np.ndarray
    steps: np.ndarray


def sample(
    program: Program,
    params: np.ndarray,
    y0: np.ndarray,
    times: np.ndarray,
    schedules: Sequence[Sequence[Action]] | None = None,
    *,
    seed: int,
    method: str = "exact",
    small: Iterable[str] = (),
    flow: str = "ode",
    replicates: int = 1,
    patients: Sequence[str | int] | None = None,
    size: Mapping[str, float] | np.ndarray | float | None = None,
    dt: float | None = None,
    epsilon: float = 0.03,
    rtol: float = 1e-4,
    max_steps: int = MAX_STEPS,
    outputs: str = "states",
    workers: int | None = None,
) -> Samples:
    """Draw paths of many patients: ``params`` (patient, param), ``y0`` (patient, state), ``times`` (time,) in days.

    ``method``
      "exact": every firing of every reaction, one by one (Gillespie 1977). All states are whole molecules.
      "leap": many firings at a time, Poisson numbers of them (Cao, Gillespie & Petzold 2006). ``epsilon`` bounds the
      relative change of a rate within a leap; ``dt`` fixes the leap instead. All states are whole molecules.
      "langevin": each reaction has a mean and a noise (Gillespie 2000), in steps of ``dt``. States are real numbers.
      "hybrid": reactions that change a state of ``small`` fire one by one; all others follow the rate equations
      (``flow`` "ode", to ``rtol``, in steps of at most ``dt`` if given) or the Langevin equation ("langevin").

    ``size`` is molecules (or cells) per unit of a state: a number for all, an array (state,), or a mapping that leaves
    the rest at 1. States kept whole start at the nearest whole number. ``patients`` are the names or numbers that, with
    ``seed``, make a patient's own random numbers; by default the position in the batch. The paths of a patient depend
    on nothing else in the batch, bit for bit. ``outputs`` is "states", "rules" or "observables".

    A path that fails is a status; an argument that makes no sense raises SimulationError. Actions are those of
    ``simulate.solve``; an infusion is a process of its own. Events of the model happen after the step that turns their
    trigger true: at once under "exact" and for triggers of states of ``small``.
    """
    params, y0, times = door.arrays(program, params, y0, times)
    n = len(params)
    patients = range(n) if patients is None else patients
    schedules = [()] * n if schedules is None else schedules
    whole = door.whole_states(program, method, list(small), flow)
    names = door.names(program, outputs)
    door.check_counts(n, replicates, patients, schedules)
    door.check_numbers(method, flow, dt, epsilon, rtol, max_steps)
    if method == "exact":
        door.refuse_clock(program)
    packed = pack(program, schedules)
    net = network_of(program, door.sizes(program, size), whole, packed.inflows)
    told_by, events = events_of(program)
    first = len(program.rules) if outputs == "observables" else 0
    options = Options(
        float(dt or 0.0), float(epsilon), float(rtol), int(max_steps), 1, first,
        0 if outputs == "states" else first + len(names),
    )  # fmt: skip
    formulas = (told_by.kernels["rates"], told_by.kernels["derive"], told_by.kernels["constants"])
    way = {"exact": EXACT, "leap": LEAP, "langevin": LANGEVIN}.get(method, LANGEVIN if flow == "langevin" else FLOW)
    samples = _empty(n, replicates, times, names)
    play, word = player(), process_word("the order of firings")

    def work(job: tuple[int, int]) -> None:
        i, start = job
        part = slice(start, min(start + CHUNK, replicates))
        atol = rtol * np.maximum(1e-3 * y0[i], SMALLEST_SCALE)
        play(
            *formulas, way, *key_of(seed, patients[i], method), word, start, y0[i], params[i], atol, net,
            _schedule(packed, i), events, options, times, samples.values[i, part], samples.status[i, part],
            samples.reached[i, part], samples.steps[i, part],
        )  # fmt: skip

    with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        list(pool.map(work, ((i, start) for i in range(n) for start in range(0, replicates, CHUNK))))
    return samples


def _empty(n: int, replicates: int, times: np.ndarray, names: tuple[str, ...]) -> Samples:
    paths = (n, replicates)
    values = np.full((*paths, len(times), len(names)), np.nan)
    return Samples(times, values, names, np.zeros(paths, np.int64), np.zeros(paths), np.zeros(paths, np.int64))


def _schedule(packed: Packed, i: int) -> Schedule:
    part = slice(packed.offsets[i], packed.offsets[i + 1])
    return Schedule(packed.day[part], packed.kind[part], packed.target[part], packed.value[part])

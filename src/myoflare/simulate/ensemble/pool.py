"""Who does the work: this process, threads of it, or processes of their own that may die without harm."""

import contextlib
import multiprocessing
import os
import signal
import threading
import traceback
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as wait_for

from myoflare.base.errors import MyoflareError, SimulationError

ONE_THREAD = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
DEATHS = 2  # of workers over one task before the run stops

Task = tuple[int, int]  # patients from, to before
Work = Callable[[int, int], object]


class Here:
    """One task after the other in this process."""

    def __init__(self, work: Work):
        self.work, self.tasks = work, deque()

    @property
    def idle(self) -> bool:
        return not self.tasks

    def submit(self, task: Task) -> None:
        self.tasks.append(task)

    def next(self) -> tuple[Task, object]:
        task = self.tasks.popleft()
        return task, self.work(*task)

    def close(self) -> None:
        self.tasks.clear()


class Threads:
    """Threads of this process; good where the engine lets go of the interpreter's lock."""

    def __init__(self, work: Work, workers: int):
        self.work, self.workers, self.running = work, workers, {}
        self.pool = ThreadPoolExecutor(workers)

    @property
    def idle(self) -> bool:
        return len(self.running) < self.workers

    def submit(self, task: Task) -> None:
        self.running[self.pool.submit(self.work, *task)] = task

    def next(self) -> tuple[Task, object]:
        done = next(iter(wait(self.running, return_when=FIRST_COMPLETED).done))
        return self.running.pop(done), done.result()

    def close(self) -> None:
        self.pool.shutdown(wait=False, cancel_futures=True)


@dataclass
class _Worker:
    process: multiprocessing.process.BaseProcess
    pipe: Connection
    task: Task | None = None
    ready: bool = False


class Processes:
    """Processes, started afresh; one that dies is replaced, and its task tried once more.

    ``prepare`` is called in each with ``about`` and gives the work; both are pickled.
    """

    def __init__(self, prepare: Callable, about: tuple, workers: int):
        self.prepare, self.about = prepare, about
        self.deaths: Counter[Task | None] = Counter()
        self.workers: list[_Worker] = []
        try:
            self.workers = [self._start() for _ in range(workers)]
        except BaseException:
            self.close()
            raise

    @property
    def idle(self) -> bool:
        return any(w.task is None for w in self.workers)

    def submit(self, task: Task) -> None:
        worker = next(w for w in self.workers if w.task is None)
        worker.task = task
        with contextlib.suppress(OSError):  # it is dead; `next` will see that
            worker.pipe.send(task)

    def next(self) -> tuple[Task, object]:
        while True:
            told = wait_for([w.pipe for w in self.workers])
            worker = next(w for w in self.workers if w.pipe is told[0])
            try:
                kind, content = worker.pipe.recv()
            except (EOFError, OSError):
                self._replace(worker)
                continue
            if kind == "ready":
                worker.ready = True
            elif kind == "fault":
                raise content[0](*content[1])
            else:
                task, worker.task = worker.task, None
                return task, content

    def close(self) -> None:
        for worker in self.workers:
            worker.process.terminate()
        for worker in self.workers:
            worker.process.join(5)
            if worker.process.is_alive():
                worker.process.kill()
            worker.pipe.close()

    def _start(self) -> _Worker:
        context = multiprocessing.get_context("spawn")  # threads of numerical libraries do not survive a fork
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, self.prepare, self.about), daemon=True)
        with _one_thread(), _deaf():
            process.start()
        theirs.close()
        return _Worker(process, ours)

    def _replace(self, dead: _Worker) -> None:
        """A new worker in the place of a dead one, with its task; SimulationError when that task killed before."""
        dead.process.join(5)
        dead.pipe.close()
        task, code = dead.task, dead.process.exitcode
        key = task if dead.ready else None
        self.deaths[key] += 1
        if self.deaths[key] >= DEATHS:
            raise _twice(task if dead.ready else None, code)
        fresh = self._start()
        self.workers[self.workers.index(dead)] = fresh
        if task is not None:
            fresh.task = task
            with contextlib.suppress(OSError):
                fresh.pipe.send(task)


def _twice(task: Task | None, code: int | None) -> SimulationError:
    how = f"killed by signal {-code}" if code is not None and code < 0 else f"exit code {code}"
    if task is None:
        hint = "a script that starts workers needs the line: if __name__ == '__main__':"
        return SimulationError("workers", f"they end before they begin ({how})", "workers that start", hint)
    where = f"patients {task[0]} to {task[1] - 1}"
    hint = "try a smaller chunk or fewer workers, in case memory ran out"
    return SimulationError(where, f"the worker died twice over them ({how})", "a worker that lives", hint)


def _serve(pipe: Connection, prepare: Callable, about: tuple) -> None:
    """Life of a worker: tasks in, blocks out, until the parent is gone. Only the parent hears Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with contextlib.suppress(EOFError, OSError):  # of the pipe: the parent is gone
        work = None
        while True:
            task = pipe.recv() if work else None
            try:
                if work is None:
                    work, told = prepare(*about), ("ready", None)
                else:
                    told = ("done", work(*task))
            except MyoflareError as fault:
                told = ("fault", (type(fault), (fault.where, fault.came, fault.expected, fault.hint)))
            except Exception:
                told = ("fault", (RuntimeError, (f"in a worker:\n{traceback.format_exc()}",)))
            pipe.send(told)
            if told[0] == "fault":
                return


@contextlib.contextmanager
def _deaf():
    """Ignore Ctrl-C while a process starts, which inherits that: only the parent ever hears it."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Python hears signals in the main thread only
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def _one_thread():
    """Libraries in workers take one thread each: there are as many workers as cores already."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})

"""Many patients on a GPU, by a library that is generated and compiled for one network.

    library = build(program, "tsit5", "libbody.so")         # needs nvcc, or a C++ compiler for `compiler="c++"`
    batch = solve_on_device(library, program, params, y0, times, schedules)

A library compiled by a C++ compiler runs the same text on the CPU, one patient after the other: slowly, and for tests.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from myoflare.base.errors import SimulationError
from myoflare.base.status import Status
from myoflare.compile import Program
from myoflare.compile.cuda import cuda_digest, cuda_text
from myoflare.model.records import Action
from myoflare.simulate.advance import default_atol
from myoflare.simulate.batch import Batch
from myoflare.simulate.library import OUTPUTS, Library, load, room
from myoflare.simulate.schedule import pack

AT_ONCE = 262_144  # patients in one call: what they need must fit in the memory of the device


def build(program: Program, solver: str, path: Path, compiler: str = "nvcc", options: Sequence[str] = ()) -> Library:
    """Generate and compile the solver of a network as the shared library ``path``.

    ``compiler`` is "nvcc" (for ``sm_90`` unless ``options`` hold another ``-arch``) or a C++ compiler. Raises
    SimulationError where the compiler is absent or refuses.
    """
    if shutil.which(compiler) is None:
        raise SimulationError("compiler", f"{compiler} is not installed", "nvcc of the CUDA toolkit, or c++")
    flags = ["-O3", "-cudart", "static", "-Xcompiler", "-fPIC"] if Path(compiler).name == "nvcc" else ["-O2", "-fPIC"]
    if "-cudart" in flags and not any(o.startswith("-arch") for o in options):
        flags.append("-arch=sm_90")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "solver.cu" if "-cudart" in flags else "solver.cpp")
        source.write_text(cuda_text(program.model, solver), encoding="utf-8")
        made = Path(folder, "solver.so")
        command = [compiler, *flags, *options, "-shared", "-o", str(made), str(source)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SimulationError(compiler, done.stderr.strip()[-500:], "a library")
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        shutil.move(made, path)
    return load(path)


def solve_on_device(
    library: Library,
    program: Program,
    params: np.ndarray,
    y0: np.ndarray,
    times: np.ndarray,
    schedules: Sequence[Sequence[Action]] | None = None,
    *,
    rtol: float = 1e-6,
    atol: np.ndarray | float | None = None,
    outputs: str = "observables",
    blocks: int = 0,
    threads: int = 64,
    at_once: int = AT_ONCE,
    progress: Callable[[int], None] | None = None,
) -> Batch:
    """As ``simulate.solve``, by a library. ``blocks`` and ``threads`` as in ``Library.run``.

    Raises SimulationError where the library belongs to another network, shapes do not fit, or the device fails as a
    whole (no memory, no device). A patient that fails is a status.
    """
    n, times = len(params), np.ascontiguousarray(times, float)
    _check(library, program, params, y0, times, outputs, threads)
    schedules = [()] * n if schedules is None else schedules
    atol = default_atol(y0, rtol) if atol is None else np.broadcast_to(np.asarray(atol, float), y0.shape)
    names = program.states if outputs == "states" else ()
    names += program.rules if outputs in ("derived", "rules") else ()
    names += program.observables if outputs in ("derived", "observables") else ()
    found = room(n, len(times), len(names), len(program.states))
    given = {"params": params, "y0": y0, "atol": atol}
    library.seconds = 0.0
    for start in range(0, n, at_once):
        part = slice(start, min(start + at_once, n))
        packed = pack(program, schedules[part])
        arrays = {name: array[part] for name, array in given.items()} | {
            "when": times, "offsets": packed.offsets, "day": packed.day, "kind": packed.kind, "target": packed.target,
            "value": packed.value, "inflow": packed.inflows,
        }  # fmt: skip
        into = {name: array[part] for name, array in found.items()}
        library.seconds += library.run(arrays, into, outputs, rtol, blocks, threads)
        if progress is not None:
            progress(part.stop)
    bad = ~(np.isfinite(params).all(axis=1) & np.isfinite(y0).all(axis=1) & np.isfinite(atol).all(axis=1))
    found["status"][bad], found["reached"][bad], found["values"][bad] = Status.BAD_INPUT.code, times[0], np.nan
    found["status"] = found["status"].astype(np.int8)
    return Batch(times=times, outputs=names, **found)


def _check(library: Library, program: Program, params, y0, times, outputs: str, threads: int) -> None:
    if library.digest != cuda_digest(program.model):
        raise SimulationError(str(library.path), "made for another network", f"one for {program.model.id}", "Build it")
    if outputs not in OUTPUTS:
        raise SimulationError("outputs", repr(outputs), f"one of {', '.join(OUTPUTS)}")
    n = len(params)
    for name, array, width in (("params", params, len(program.params)), ("y0", y0, len(program.states))):
        if np.shape(array) != (n, width):
            raise SimulationError(name, f"shape {np.shape(array)}", f"({n}, {width})")
    if threads % 32 or not 32 <= threads <= 256:
        raise SimulationError("threads", f"{threads}", "32, 64, ... 256: whole warps")
    if times.ndim != 1 or len(times) < 1 or not (np.diff(times) > 0).all():
        raise SimulationError("times", "days that do not increase", "increasing days")

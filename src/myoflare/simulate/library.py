"""A compiled solver opened with ctypes. Needs numpy alone, so that a machine with a GPU and little else can run it."""

import ctypes
import secrets
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from myoflare.base.errors import SimulationError

OUTPUTS = ("states", "derived", "rules", "observables")
MAX_TRIES = 200_000  # steps between two outputs or actions
FIRST_STEP = 1e-3  # day
_COUNTS = ("patients", "times", "actions", "inflows", "outputs", "max_steps", "blocks", "threads")
_ARRAYS = (
    "params", "y0", "atol", "when", "offsets", "day", "kind", "target", "value", "inflow", "values", "status",
    "reached", "steps", "rejected", "final", "slots", "next",
)  # fmt: skip
_WHOLE = ("offsets", "kind", "target", "inflow", "status", "steps", "rejected")


class Job(ctypes.Structure):
    """Twin of ``struct Job`` in ``compile/cuda_run.h``."""

    _fields_ = [
        *((name, ctypes.c_longlong) for name in _COUNTS),
        ("rtol", ctypes.c_double),
        ("first_step", ctypes.c_double),
        *((name, ctypes.c_void_p) for name in _ARRAYS),
    ]


@dataclass
class Library:
    """A compiled solver. ``seconds`` is what the kernels of the last run took, transfers left out."""

    path: Path
    handle: ctypes.CDLL
    seconds: float = 0.0

    @property
    def digest(self) -> str:
        return self.handle.myoflare_digest().decode()

    @property
    def solver(self) -> str:
        return self.handle.myoflare_solver().decode()

    def device(self) -> str:
        """Name of the first CUDA device. Raises SimulationError where there is none."""
        message = ctypes.create_string_buffer(200)
        if not self.handle.myoflare_devices(message, 200):
            came = message.value.decode() or "a library for the CPU"
            raise SimulationError("CUDA", came, "a CUDA device", "Run it on the CPU: myoflare.simulate.solve")
        return message.value.decode()

    def run(
        self,
        given: Mapping[str, np.ndarray],
        found: Mapping[str, np.ndarray],
        outputs: str,
        rtol: float,
        blocks: int = 0,
        threads: int = 64,
    ) -> float:
        """Solve for the patients of ``given`` into the arrays of ``found``; seconds that the kernel took.

        ``given`` holds params, y0, atol, when (days of outputs) and a packed schedule: offsets, day, kind, target,
        value, inflow. ``found`` holds values, status, reached, steps, rejected and final. ``blocks`` is how many blocks
        of ``threads`` each multiprocessor works at; 0: as many as it holds.
        """
        held = {k: np.ascontiguousarray(a, np.int64 if k in _WHOLE else np.float64) for k, a in given.items()}
        for name, array in found.items():
            if array.dtype != (np.int64 if name in _WHOLE else np.float64) or not array.flags.c_contiguous:
                raise SimulationError(name, f"{array.dtype}", "a contiguous array of float64, or of int64 for counts")
        held |= found
        counts = (len(held["params"]), len(held["when"]), len(held["day"]), len(held["inflow"]))
        addresses = (held[k].ctypes.data if k in held else None for k in _ARRAYS)
        job = Job(*counts, OUTPUTS.index(outputs), MAX_TRIES, blocks, threads, rtol, FIRST_STEP, *addresses)
        seconds, message = ctypes.c_double(), ctypes.create_string_buffer(500)
        if self.handle.myoflare_run(ctypes.byref(job), ctypes.byref(seconds), message, len(message)):
            raise SimulationError("CUDA", message.value.decode(), "a run on the device")
        return seconds.value


def room(patients: int, times: int, outputs: int, states: int) -> dict[str, np.ndarray]:
    """Empty arrays for the results of so many patients."""
    found = {"values": np.full((patients, times, outputs), np.nan), "final": np.full((patients, states), np.nan)}
    found |= {name: np.zeros(patients, np.int64) for name in ("status", "steps", "rejected")}
    return found | {"reached": np.zeros(patients)}


def load(path: str | Path) -> Library:
    """Open a library that ``build`` made, on this machine or another."""
    # A copy with a name of its own: the system answers a name it has opened before with what it opened then.
    with tempfile.TemporaryDirectory() as folder:
        try:
            handle = ctypes.CDLL(shutil.copy(path, Path(folder, f"{secrets.token_hex(8)}.so")))
        except OSError as fault:
            raise SimulationError(str(path), str(fault), "a library of build()") from None
    handle.myoflare_digest.restype = handle.myoflare_solver.restype = ctypes.c_char_p
    return Library(Path(path), handle)

"""The small networks that the engine is tried on, compiled once, and steps of a chosen length."""

from functools import lru_cache
from pathlib import Path

import numpy as np

from myoflare.compile import compile_model
from myoflare.model import load_model

FOLDER = Path(__file__).parents[1] / "models" / "engine"
METHODS = ("tsit5", "rodas5p")


@lru_cache(maxsize=8)
def program(name):
    """One of ``mixture``, ``answers`` and ``robertson``; or ``disease``, the shipped network."""
    return compile_model(load_model() if name == "disease" else load_model(FOLDER / f"{name}.ant"))


def people(program, n, seed=0, spread=0.3):
    """``n`` rows of parameters, each number of which differs from person to person; volumes do not."""
    factors = np.exp(spread * np.random.default_rng(seed).standard_normal((n, len(program.params))))
    factors[:, [name == "default_compartment" for name in program.params]] = 1.0
    return program.values * factors


def same_bits(a, b):
    """Equal to the last bit, NaN included."""
    return a.shape == b.shape and a.tobytes() == b.tobytes()


class Answers:
    """Closed forms of ``answers.ant``, each (time,) -> value, at nominal parameters."""

    def __init__(self, values):
        v = dict(zip(program("answers").params, values, strict=True))
        self.of = {
            "x": lambda t: 1 / np.sqrt(1 + 2 * v["a"] * t),
            "z": lambda t: 1 / (1 + t**2),
            "v": np.cos,
            "b": lambda t: 1 / (1 - v["r"] * t),
            "g": lambda t: 2 * np.exp(-v["k"] * t),
            "h": lambda t: np.exp(-v["e"] * 2 * (1 - np.exp(-v["k"] * t)) / v["k"]),
        }

    def __call__(self, times):
        """Shape (time, state)."""
        return np.stack([self.of[name](np.asarray(times, float)) for name in program("answers").states], axis=1)

"""What is kept of a population: numbers per time and output that blocks of patients add up to, in the order of blocks.

A sum of floating-point numbers depends on their order. So patients are summed within fixed blocks, and blocks are
merged by index, whichever finished first: the same bits for any number of workers and any size of chunk.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

BITS = 7  # of the mantissa that a code keeps; a code is 2**-7 of its value wide
ERROR = 2.0 ** -(BITS + 1)  # of a quantile, relative: half the width of a code
SMALLEST, LARGEST = -60, 66  # powers of two: below the first a value counts as 0, from 2**67 on as the largest
MISSING = np.iinfo(np.int16).min
_BASE = ((1023 + SMALLEST) << BITS) - 1
_TOP = (LARGEST - SMALLEST + 1) << BITS


@dataclass(frozen=True)
class Moments:
    """Count, mean, sum of squared deviations, least and largest of finite values, each of shape (time, output)."""

    count: np.ndarray
    mean: np.ndarray
    spread: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray) -> "Moments":
        """Of ``values``, shape (patient, time, output); what is not finite is left out."""
        finite = np.isfinite(values)
        count = finite.sum(axis=0)
        with np.errstate(over="ignore", invalid="ignore"):
            mean = np.where(finite, values, 0.0).sum(axis=0) / np.maximum(count, 1)
            spread = np.where(finite, (values - mean) ** 2, 0.0).sum(axis=0)
        low = np.where(finite, values, np.inf).min(axis=0)
        high = np.where(finite, values, -np.inf).max(axis=0)
        return cls(count, mean, spread, low, high)

    def merge(self, other: "Moments") -> "Moments":
        """Chan, Golub & LeVeque 1983, doi:10.1080/00031305.1983.10483115, equation 2.1."""
        count = self.count + other.count
        share = other.count / np.maximum(count, 1)
        with np.errstate(over="ignore", invalid="ignore"):
            step = other.mean - self.mean
            mean = self.mean + step * share
            spread = self.spread + other.spread + step**2 * (self.count * share)
        return Moments(count, mean, spread, np.minimum(self.low, other.low), np.maximum(self.high, other.high))

    def sd(self) -> np.ndarray:
        """Standard deviation of the population, divided by count - 1; NaN for fewer than two."""
        return np.where(self.count > 1, np.sqrt(self.spread / np.maximum(self.count - 1, 1)), np.nan)


def codes(values: np.ndarray) -> np.ndarray:
    """Every value as a small number that keeps order: sign, exponent and seven bits of the mantissa, int16.

    Read off the bits of the number, so that no rounding of a logarithm decides. The idea of bins of constant relative
    width is DDSketch: Masson, Rim & Lee 2019, doi:10.14778/3352063.3352135.
    """
    raw = (np.abs(values).view(np.int64) >> (52 - BITS)) - _BASE
    signed = np.where(np.signbit(values), -1, 1) * np.clip(raw, 0, _TOP)
    return np.where(np.isfinite(values), signed, MISSING).astype(np.int16)


def middle(code: np.ndarray) -> np.ndarray:
    """The middle of a code."""
    size = np.abs(np.asarray(code, np.int64))
    edges = [((size + _BASE + up) << (52 - BITS)).view(np.float64) for up in (0, 1)]
    return np.where(size == 0, 0.0, np.sign(code) * 0.5 * (edges[0] + edges[1]))


@dataclass(frozen=True)
class Histogram:
    """How many patients had each code of one output: ``counts`` of shape (time, code), from code ``low`` on.

    The window grows with what is seen and never past 32,513 codes, however many patients there are.
    """

    low: int
    counts: np.ndarray

    def add(self, code: np.ndarray) -> "Histogram":
        """With the codes of more patients, shape (patient, time); counts in place unless the window grows."""
        known = code != MISSING
        if not known.any():
            return self
        first, last = int(code[known].min()), int(code[known].max())
        grown = self._covering(first, last)
        times, width = grown.counts.shape
        at = np.arange(times) * width + (code.astype(np.int64) - grown.low)
        grown.counts[...] += np.bincount(at[known], minlength=times * width).reshape(times, width)
        return grown

    def _covering(self, first: int, last: int) -> "Histogram":
        times, width = self.counts.shape
        if width and self.low <= first and last < self.low + width:
            return self
        step = 1 << BITS  # whole octaves, so that it grows seldom
        low = min(first, self.low if width else first) // step * step
        stop = (max(last, self.low + width - 1 if width else last) // step + 1) * step
        counts = np.zeros((times, stop - low), np.int64)
        counts[:, self.low - low : self.low - low + width] = self.counts
        return Histogram(low, counts)

    def quantile(self, share: float) -> np.ndarray:
        """The value that a ``share`` of patients do not exceed (nearest rank), shape (time,), to within ``ERROR``."""
        total = self.counts.sum(axis=1)
        rank = np.clip(np.ceil(share * total), 1, np.maximum(total, 1))
        at = (np.cumsum(self.counts, axis=1) < rank[:, None]).sum(axis=1)
        return np.where(total > 0, middle(self.low + at), np.nan)


@dataclass(frozen=True)
class Block:
    """What a worker hands over of one block of patients. ``code`` is None without quantiles.

    ``first_days`` has shape (crossing, patient): the index of the saved day of the first crossing, -1 for none.
    ``failed`` lists (patient, day, sentence), the first few only; ``refused`` counts those refused before the solver.
    """

    first: int
    status: np.ndarray
    reached: np.ndarray
    columns: Mapping[str, np.ndarray]
    moments: Moments
    code: np.ndarray | None
    first_days: np.ndarray
    failed: Sequence[tuple[int, float, str]]
    refused: int
    saved: Mapping[int, np.ndarray]


class Reductions:
    """The population so far: ``add`` blocks in the order of their patients."""

    def __init__(self, times: int, outputs: int, crossings: int, quantiles: bool):
        shape = (times, outputs)
        self.moments = Moments.of(np.full((1, *shape), np.nan))
        self.histograms = [Histogram(0, np.zeros((times, 0), np.int64)) for _ in range(outputs if quantiles else 0)]
        self.crossed = np.zeros((crossings, times), np.int64)
        self.status = np.zeros(256, np.int64)
        self.failed: list[tuple[int, float, str]] = []

    @property
    def failures(self) -> int:
        return int(self.status[1:].sum())

    def add(self, block: Block, most_failed: int) -> None:
        self.moments = self.moments.merge(block.moments)
        if block.code is not None:
            self.histograms = [h.add(block.code[:, :, i]) for i, h in enumerate(self.histograms)]
        for row, days in zip(self.crossed, block.first_days, strict=True):
            row += np.bincount(days[days >= 0], minlength=len(row))
        self.status += np.bincount(block.status.astype(np.uint8), minlength=256)
        self.failed += block.failed[: most_failed - len(self.failed)]

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything as arrays, to be stored; ``restore`` is the way back."""
        kept = {f"moments_{name}": value for name, value in vars(self.moments).items()}
        for i, h in enumerate(self.histograms):
            kept |= {f"low_{i}": np.array(h.low), f"counts_{i}": h.counts}
        words = np.array([sentence for *_, sentence in self.failed], dtype=str)
        where = np.array([(patient, day) for patient, day, _ in self.failed], float).reshape(-1, 2)
        return kept | {"crossed": self.crossed, "status": self.status, "failed": where, "words": words}

    def restore(self, kept: Mapping[str, np.ndarray]) -> None:
        self.moments = Moments(*(kept[f"moments_{name}"] for name in vars(self.moments)))
        self.histograms = [Histogram(int(kept[f"low_{i}"]), kept[f"counts_{i}"]) for i in range(len(self.histograms))]
        self.crossed, self.status = kept["crossed"], kept["status"]
        pairs = zip(kept["failed"], kept["words"], strict=True)
        self.failed = [(int(patient), float(day), str(word)) for (patient, day), word in pairs]

"""Read-outs as a clinic would write them down: with the day-to-day and assay noise that the table declares."""

import math

import numpy as np

from myoflare.base.errors import ModelError
from myoflare.base.streams import stream
from myoflare.clinic.thresholds import thresholds


def measure(course, seed=None):
    """The read-outs of a course with measurement noise; a dataset of observables only.

    Every read-out draws from a stream of its own, named by seed, patient and read-out; the seed is the one recorded
    with the course unless another is given. Its standard deviation is the ``noise`` of the observables table, a number.
    ``normal`` noise is added, ``log-normal`` multiplies (the deviation is then of the natural logarithm), ``laplace``
    is added. Read-outs that cannot be negative stay at or above zero, and those with a scale in ``science/clinic.yaml``
    stay on it. ModelError: the noise of a read-out is no number.
    """
    seed = int(course.attrs.get("seed", 0)) if seed is None else seed
    names = [n for n in course.data_vars if course[n].attrs.get("kind") == "observable"]
    patient = str(course.attrs.get("patient", ""))
    ends = {s.observable: (s.lowerBound, s.upperBound) for s in thresholds().scales}
    return course[names].map(
        lambda true: _noisy(true, stream(seed, patient, f"measure:{true.name}"), ends.get(true.name)), keep_attrs=True
    )


def visits(course, seed=None):
    """What ``measure`` gives at the visits that ``science/clinic.yaml`` spaces, from day 0 on."""
    times = np.asarray(course["time"].values, float)
    days = np.arange(0.0, times[-1] + 1e-9, thresholds().visits.days)
    nearest = np.unique(np.abs(times[:, None] - days).argmin(axis=0))
    return measure(course.isel(time=nearest), seed)


def _noisy(true, draws, ends):
    sigma = _deviation(true)
    if not sigma:
        return true
    values = np.asarray(true.values, float)
    shape = str(true.attrs.get("noise_distribution", "normal"))
    if shape.startswith("log"):
        seen = values * np.exp(sigma * draws.standard_normal(values.shape))
    elif shape == "laplace":
        seen = values + draws.laplace(0.0, 1.0, values.shape) * sigma
    else:
        seen = values + sigma * draws.standard_normal(values.shape)
    seen = np.maximum(seen, 0.0) if (values >= 0).all() else seen
    return true.copy(data=np.clip(seen, *ends) if ends else seen)


def _deviation(true):
    text = str(true.attrs.get("noise", "")).strip() or "0"
    try:
        sigma = float(text)
    except ValueError:
        sigma = math.nan
    if not (math.isfinite(sigma) and sigma >= 0):
        raise ModelError(f"observables.tsv, {true.name}", f"noiseFormula is {text!r}", "a number of at least 0")
    return sigma

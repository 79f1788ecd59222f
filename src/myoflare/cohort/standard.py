"""The age of a standard population, so that rates of different populations can be compared."""

from functools import cache

import numpy as np

from myoflare.model.tables import read_rows
from myoflare.store import science_path


@cache
def standard_bands():
    """Edges (B + 1,) in years and weights (B,) of ``science/standard_population.tsv``."""
    rows = read_rows(science_path("standard_population.tsv"), ("from_age", "to_age", "weight"))
    edges = np.array([float(rows[0]["from_age"]), *(float(r["to_age"]) for r in rows)])
    return edges, np.array([float(r["weight"]) for r in rows])


def standard_density(age_years):
    """Share of the standard population per year of age at these ages."""
    edges, weights = standard_bands()
    band = np.clip(np.searchsorted(edges, age_years, side="right") - 1, 0, len(weights) - 1)
    inside = (np.asarray(age_years) >= edges[0]) & (np.asarray(age_years) < edges[-1])
    return np.where(inside, weights[band] / np.diff(edges)[band] / weights.sum(), 0.0)


def standard_age(u):
    """Ages with that density, from uniform numbers."""
    edges, weights = standard_bands()
    return np.interp(u, np.concatenate([[0], np.cumsum(weights)]) / weights.sum(), edges)

"""Answers that are known before the network is run: half-lives, and that no gram of muscle appears or vanishes."""

import numpy as np
import pytest

from myoflare.cohort import list_patients, simulate
from myoflare.compile import compile_model
from myoflare.model import load_model
from myoflare.simulate import advance, rest

MUSCLE = (
    "healthy", "mhc", "stressed", "strained", "leaky", "atrophic", "necrotic", "gap", "regenerating", "fibrosis", "fat",
)  # fmt: skip


def half_life(state, added, days, **parameters):
    """Days in which an amount added to one state at rest falls by half."""
    program = compile_model(load_model())
    p = program.vector(parameters)
    resting = rest(program, p).state
    i = program.states.index(state)
    start = resting.copy()
    start[i] += added
    times = np.linspace(0, days, 401)
    excess = advance(program, p, start, times).states[:, i] - resting[i]
    return float(np.interp(-np.log(0.5), -np.log(excess / excess[0]), times))


def test_CK_in_plasma_halves_in_36_hours():
    assert half_life("muscle_CK", 1e4, 5) * 24 == pytest.approx(36, rel=0.01)


def test_IgG_halves_in_21_days_and_in_3_without_FcRn():
    """A tracer of antibody, too little to weigh on FcRn or to start an attack."""
    assert half_life("humoral_autoantibody", 1.0, 80) == pytest.approx(21, rel=0.02)
    assert half_life("humoral_autoantibody", 1.0, 20, FcRn=0.0) == pytest.approx(3.2, rel=0.02)


@pytest.mark.parametrize("name", list_patients())
def test_muscle_mass_is_conserved_along_every_course(name):
    course = simulate(name, years=3)
    total = sum(course[f"muscle_{part}"].values for part in MUSCLE)
    assert np.abs(total / total[0] - 1).max() < 1e-8
    assert total[0] == pytest.approx(load_model().values()["muscle_muscle_mass"], rel=1e-8)

"""A published model with a threshold in closed form: Alexander & Wahl 2011, four states, in our format."""

from pathlib import Path

import numpy as np
import pytest

from myoflare.compile import compile_model
from myoflare.model import load_model
from myoflare.simulate import advance, rest

MODEL = Path(__file__).parents[1] / "models" / "alexander_wahl" / "alexander_wahl.ant"


@pytest.fixture(scope="module")
def program():
    return compile_model(load_model(MODEL))


def reproduction_number(program, params):
    """R0 of the compiled network at its empty state: spectral radius of the next-generation matrix over one full loop.

    The Jacobian is split into gains (one kind makes another) and the rest, as in van den Driessche & Watmough 2002,
    doi:10.1016/S0025-5564(02)00108-6. Three gains close the loop, so the loop's number is the radius cubed.
    """
    jacobian = program.jacobian(0.0, np.zeros(len(program.states)), params)
    gains = np.where(np.eye(len(jacobian), dtype=bool), 0.0, jacobian)
    radius = np.abs(np.linalg.eigvals(gains @ np.linalg.inv(gains - jacobian))).max()
    return radius**3


def test_the_threshold_number_is_the_published_one(program):
    p = dict(zip(program.params, program.values, strict=True))
    closed = p["f"] * p["v"] * p["lambdaE"] * p["gammaE"] / ((p["muG"] + p["v"]) * (p["muA"] + p["b1"]) * p["muE"])
    assert closed == pytest.approx(0.7996, abs=5e-5)
    assert reproduction_number(program, program.values) == pytest.approx(closed, rel=1e-9)


def test_only_tregs_of_other_specificity_move_the_threshold(program):
    base = reproduction_number(program, program.values)
    assert reproduction_number(program, program.vector({"b1": 0.05})) > 1 > base
    assert reproduction_number(program, program.vector({"sigma1": 1.0, "beta": 1e4, "pi1": 1.0})) == pytest.approx(base)


@pytest.mark.parametrize(("b1", "ill"), [(0.25, False), (0.16, False), (0.14, True), (0.05, True)])
def test_disease_dies_out_below_the_threshold_and_takes_off_above(program, b1, ill):
    params = program.vector({"b1": b1})
    assert (reproduction_number(program, params) > 1) == ill
    course = advance(program, params, np.array([1e4, 0.0, 0.0, 0.0]), np.array([0.0, 400.0, 4000.0]))
    effectors = course.states[:, program.states.index("E")]
    assert course.status.ok
    assert (effectors[-1] > 1e3) == ill
    if not ill:
        assert effectors[-1] < effectors[1] * 1e-3


def test_health_is_the_resting_state_below_the_threshold(program):
    resting = rest(program, program.values)
    assert resting.state == pytest.approx(np.zeros(4), abs=1e-12)
    assert resting.stable

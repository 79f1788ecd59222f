"""The compiled network against independent witnesses: another simulator's rates, differences, and conserved totals."""

import numpy as np
import pytest

from myoflare.compile import compile_model, left_null_space
from myoflare.model import load_model
from myoflare.model.sbml_write import to_sbml
from myoflare.simulate import advance, rest

roadrunner = pytest.importorskip("roadrunner", exc_type=ImportError, reason="libRoadRunner does not load here")


@pytest.fixture(scope="module")
def model():
    return load_model()


@pytest.fixture(scope="module")
def program(model):
    return compile_model(model)


@pytest.fixture(scope="module")
def resting(program):
    return rest(program, program.values)


def random_state(resting, seed):
    """Amounts scattered over two decades around rest; what is empty at rest is filled."""
    rng = np.random.default_rng(seed)
    return np.where(resting.state > 0, resting.state, 10.0) * 10 ** rng.uniform(-1, 1, len(resting.state))


@pytest.mark.parametrize("seed", range(5))
def test_rates_of_change_are_those_of_libroadrunner(model, program, resting, seed):
    y = random_state(resting, seed)
    other = roadrunner.RoadRunner(to_sbml(model, dict(zip(program.states, y, strict=True))))
    rates = other.getRatesOfChangeNamedArray()
    theirs = dict(zip((name.removesuffix("'") for name in rates.colnames), rates[0], strict=True))
    ours = program.rhs(0.0, y, program.values)
    turnover = np.abs(program.stoichiometry) @ np.abs(program.rates(0.0, y, program.values))
    for name, change, size in zip(program.states, ours, turnover, strict=True):
        assert theirs[name] == pytest.approx(change, rel=1e-10, abs=1e-12 * size), name


@pytest.mark.parametrize("seed", range(5))
def test_the_jacobian_is_the_derivative_of_the_rates(program, resting, seed):
    y = random_state(resting, seed)
    p = program.values
    ours = program.jacobian(0.0, y, p)
    for j, size in enumerate(y):
        h = np.zeros_like(y)
        h[j] = 1e-5 * size
        theirs = (program.rhs(0.0, y + h, p) - program.rhs(0.0, y - h, p)) / (2 * h[j])
        noise = 1e-13 * (np.abs(program.stoichiometry) @ np.abs(program.rates(0.0, y, p))) / h[j]
        allowed = 1e-6 * np.abs(ours[:, j]) + noise
        assert (np.abs(theirs - ours[:, j]) <= allowed).all(), program.states[j]


def test_muscle_is_one_of_the_conserved_totals(program):
    laws = left_null_space(program)
    muscle = {
        program.states[i] for law in laws for i in np.nonzero(law)[0] if law[program.states.index("muscle_healthy")]
    }
    assert {"muscle_necrotic", "muscle_gap", "muscle_fibrosis", "muscle_fat"} <= muscle


def test_conserved_totals_stay_along_a_disturbed_course(program, resting):
    laws = left_null_space(program)
    start = random_state(resting, 1)
    course = advance(program, program.values, start, np.linspace(0, 365, 74))
    assert course.status.ok
    totals = course.states @ laws.T
    assert np.abs(totals / totals[0] - 1).max() < 1e-10


def test_the_resting_state_stays_where_it_is(program, resting):
    course = advance(program, program.values, resting.state, np.array([0.0, 365.0, 3650.0]))
    assert course.states[-1] == pytest.approx(resting.state, rel=1e-6, abs=1e-9)
    assert resting.eigenvalues.real.max() < 0


def test_tighter_tolerance_changes_less_than_the_tolerance_promises(program, resting):
    times = np.linspace(0, 365, 25)
    start = random_state(resting, 2)
    loose = advance(program, program.values, start, times, rtol=1e-7).states
    tight = advance(program, program.values, start, times, rtol=1e-10).states
    allowed = 1e-4 * np.abs(tight) + 1e-6 * np.abs(tight).max(axis=0)
    assert (np.abs(loose - tight) <= allowed).all()

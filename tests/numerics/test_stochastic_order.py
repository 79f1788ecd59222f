"""How fast the stochastic schemes converge, on problems whose answers are known."""

import importlib

import numpy as np
import pytest
from scipy.integrate import quad

from myoflare.compile import compile_model
from myoflare.model import Model, Parameter, Reaction, Species
from myoflare.simulate.stochastic import sample

MODULE = importlib.import_module("myoflare.simulate.stochastic.sample")


def network(laws, parameters, states):
    reactions = tuple(Reaction(f"r{i}", "", law, change) for i, (law, change) in enumerate(laws))
    species = tuple(Species(name, name, "", value) for name, value in states.items())
    return compile_model(
        Model("m", species, tuple(Parameter(k, v, "") for k, v in parameters.items()), (), (), reactions)
    )


def ends(program, end, replicates, **more):
    """The first state at the last day, shape (replicate,)."""
    found = sample(
        program, program.values[None], program.guess[None], np.array([0.0, end]), replicates=replicates, **more
    )  # fmt: skip
    assert (found.status == 0).all()
    return found.values[0, :, -1, 0]


def order(steps, errors):
    return np.polyfit(np.log(steps), np.log(errors), 1)[0]


@pytest.fixture(scope="module")
def decay():
    return network([("k*X", {"X": -1})], {"k": 1.0}, {"X": 1000.0})


@pytest.mark.parametrize("method", ["leap", "langevin"])
def test_mean_and_variance_converge_with_order_one(decay, method):
    """Pure death from 1,000 over one day: mean x exp(-1), variance x exp(-1) (1 - exp(-1))."""
    steps, n, keep = np.array([1 / 2, 1 / 4, 1 / 8, 1 / 16]), 40_000, np.exp(-1)
    drawn = [ends(decay, 1.0, n, seed=3, method=method, dt=dt) for dt in steps]
    assert 0.9 < order(steps, [abs(x.mean() - 1000 * keep) for x in drawn]) < 1.2
    wrong = [abs(x.var() - 1000 * keep * (1 - keep)) for x in drawn]
    assert 0.6 < order(steps[:3], wrong[:3]) < 1.5


def test_langevin_paths_converge_with_order_one_half(monkeypatch):
    """Critical birth and death from 20: the noise follows the state. One Brownian path for all steps."""
    program = network([("X", {"X": 1}), ("X", {"X": -1})], {}, {"X": 20.0})
    options = MODULE.Options
    finest = 2**-9

    def path(merge):
        monkeypatch.setattr(MODULE, "Options", lambda *a: options(*a)._replace(merge=merge))
        return ends(program, 1.0, 2000, seed=4, method="langevin", dt=finest * merge)

    truth = path(1)
    merges = np.array([16, 32, 64, 128])
    errors = [np.abs(path(m) - truth).mean() for m in merges]
    assert 0.4 < order(merges, errors) < 0.75


def test_leaps_of_chosen_length_have_the_exact_moments():
    """Immigration and death: Poisson with mean s/k (1 - exp(-k t)) at any time."""
    program = network([("s", {"X": 1}), ("k*X", {"X": -1})], {"s": 300.0, "k": 1.0}, {"X": 0.0})
    n, mean = 20_000, 300 * (1 - np.exp(-2))
    x = ends(program, 2.0, n, seed=5, method="leap")
    assert x.mean() == pytest.approx(mean, rel=0.01)  # a leap allows itself 3 % of a rate
    assert x.var() == pytest.approx(mean, rel=0.06)


@pytest.mark.parametrize(("mean", "dt", "bias"), [(1.0, 0.01, 4 / 19), (3.0, 0.01, 0.02299), (10.0, 0.02, 5.555e-5)])
def test_the_langevin_equation_near_zero_is_reflected_and_its_bias_is_known(mean, dt, bias):
    """Immigration and death, reflected at zero: density (m + x)^(4m - 1) exp(-2x). ``bias`` is its relative error."""
    program = network([("m", {"X": 1}), ("X", {"X": -1})], {"m": mean}, {"X": mean})

    def weight(x):
        return np.exp((4 * mean - 1) * np.log1p(x / mean) - 2 * x)

    top = mean + 60 * np.sqrt(mean)
    known = quad(lambda x: x * weight(x), 0, top, limit=400)[0] / quad(weight, 0, top, limit=400)[0]
    n = 4000
    x = ends(program, 8.0, n, seed=6, method="langevin", dt=dt)
    chance = 4 * x.std() / np.sqrt(n)
    # The projection at zero is of order one half in the step, where zero is visited at all.
    assert x.mean() == pytest.approx(known, abs=chance + np.sqrt(dt) * abs(known - mean) * 2)
    assert known / mean - 1 == pytest.approx(bias, abs=1e-3 * bias)

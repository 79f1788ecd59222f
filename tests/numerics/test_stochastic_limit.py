"""Large numbers, conserved totals, and clones that die out."""

import numpy as np
import pytest

from myoflare.compile import compile_model, left_null_space
from myoflare.model import Model, Parameter, Reaction, Species
from myoflare.simulate import advance
from myoflare.simulate.stochastic import sample

METHODS = {
    "exact": {"method": "exact"},
    "leap": {"method": "leap"},
    "langevin": {"method": "langevin", "dt": 0.02},
    "ode": {"method": "hybrid"},
    "hybrid": {"method": "hybrid", "small": ["A"]},
    "hybrid langevin": {"method": "hybrid", "small": ["A"], "flow": "langevin", "dt": 0.02},
}


def network(laws, parameters, states):
    reactions = tuple(Reaction(f"r{i}", "", law, change) for i, (law, change) in enumerate(laws))
    species = tuple(Species(name, name, "", value) for name, value in states.items())
    return compile_model(
        Model("m", species, tuple(Parameter(k, v, "") for k, v in parameters.items()), (), (), reactions)
    )


def draw(program, times, **more):
    found = sample(program, program.values[None], program.guess[None], np.asarray(times, float), **more)
    assert (found.status == 0).all()
    return found.values[0]


@pytest.fixture(scope="module")
def logistic():
    return network([("X", {"X": 1}), ("X*X", {"X": -1})], {}, {"X": 0.5})


@pytest.mark.parametrize("way", ["exact", "leap", "langevin"])
def test_the_rate_equations_are_the_limit_of_large_numbers(logistic, way):
    """Logistic growth: error of the mean as 1 / N, standard deviation as 1 / sqrt(N)."""
    times = [0.0, 2.0]
    truth = advance(logistic, logistic.values, logistic.guess, times).states[-1, 0]
    sizes = np.array([10.0, 40.0, 160.0])
    drawn = [draw(logistic, times, seed=7, size=n, replicates=30_000, **METHODS[way])[:, -1, 0] for n in sizes]
    spread = np.polyfit(np.log(sizes), np.log([x.std() for x in drawn]), 1)[0]
    assert spread == pytest.approx(-0.5, abs=0.05)
    if way != "langevin":  # its own step error of the mean does not shrink with N
        bias = np.polyfit(np.log(sizes), np.log([truth - x.mean() for x in drawn]), 1)[0]
        assert bias == pytest.approx(-1.0, abs=0.25)


def test_the_flow_alone_is_the_rate_equations(logistic):
    times = np.linspace(0, 5, 11)
    truth = advance(logistic, logistic.values, logistic.guess, times).states[:, 0]
    errors = []
    for rtol in (1e-3, 1e-5, 1e-7):
        errors.append(np.abs(draw(logistic, times, seed=1, method="hybrid", rtol=rtol)[0, :, 0] - truth).max())
        assert errors[-1] < 10 * rtol
    assert errors[2] < errors[0] / 100


@pytest.mark.parametrize("way", METHODS)
def test_what_reactions_conserve_stays(way):
    """A + B <-> C, C -> D + B: two totals. Whole numbers keep them exactly, real ones to rounding."""
    program = network(
        [("0.05*A*B", {"A": -1, "B": -1, "C": 1}), ("C", {"A": 1, "B": 1, "C": -1}), ("C", {"C": -1, "D": 1, "B": 1})],
        {}, {"A": 30.0, "B": 12.0, "C": 0.0, "D": 0.0},
    )  # fmt: skip
    laws = left_null_space(program)
    options = METHODS[way] | ({"small": ["A", "B", "C"]} if "small" in METHODS[way] else {})
    values = draw(program, np.linspace(0, 20, 41), seed=8, replicates=50, **options)
    totals = values @ laws.T
    assert len(laws) == 2
    assert values.min() >= 0
    assert np.abs(totals - totals[:, :1]).max() <= (0 if way in ("exact", "leap") else 1e-10)
    assert values[:, -1, 3].mean() > 20


def clone(birth, death, cells):
    """Cells that divide as a flowing signal tells them; the signal rests at 1."""
    return network(
        [("b*A*S", {"A": 1}), ("d*A", {"A": -1}), ("1", {"S": 1}), ("S", {"S": -1})],
        {"b": birth, "d": death}, {"A": cells, "S": 1.0},
    )  # fmt: skip


def extinct_by(day, birth, death, cells):
    """Kendall 1948, doi:10.1214/aoms/1177730285: tends to (death / birth)^cells."""
    growth = np.exp((birth - death) * day)
    return (death * (growth - 1) / (birth * growth - death)) ** cells


@pytest.mark.parametrize(
    ("birth", "death", "cells"),
    [
        (2.0, 1.0, 1),
        pytest.param(2.0, 1.0, 3, marks=pytest.mark.slow),
        pytest.param(1.25, 1.0, 4, marks=pytest.mark.slow),
    ],
)
def test_a_small_clone_dies_out_as_often_as_it_must(birth, death, cells):
    day, n = (5.0 if birth == 2 else 14.0), 2500
    days = [0.0, day / 2, day]
    a = draw(clone(birth, death, cells), days, seed=9, replicates=n, method="hybrid", small=["A"])[..., 0]
    gone = (a == 0).mean(axis=0)
    exact = extinct_by(day, birth, death, cells)
    assert gone[-1] == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / n))
    assert exact == pytest.approx((death / birth) ** cells, abs=0.03)
    assert (a[a[:, 1] == 0, 2] == 0).all()


def test_the_same_clone_without_chance_never_dies_out():
    a = draw(clone(2.0, 1.0, 1), [0.0, 5.0], seed=9, replicates=3, method="hybrid")[:, -1, 0]
    assert a == pytest.approx(np.exp(5), rel=1e-2)


def test_a_wrong_chance_to_die_out_is_seen():
    """A tenth more death moves the probability beyond what chance could."""
    n = 2500
    a = draw(clone(2.0, 1.1, 1), [0.0, 5.0], seed=9, replicates=n, method="hybrid", small=["A"])[:, -1, 0]
    exact = extinct_by(5.0, 2.0, 1.0, 1)
    assert abs((a == 0).mean() - exact) > 4 * np.sqrt(exact * (1 - exact) / n)


@pytest.mark.parametrize("way", METHODS)
def test_what_is_extinct_without_a_source_stays_extinct(way):
    program = clone(2.0, 1.0, 0.0)
    assert (draw(program, np.linspace(0, 10, 5), seed=2, replicates=20, **METHODS[way])[..., 0] == 0).all()


def test_jumps_within_a_flow_are_the_exact_process_when_all_is_small():
    """Two means and two variances over 4,000 paths each, of a network whose rates change at every firing."""
    program = network(
        [("8", {"A": 1}), ("A", {"A": -1, "B": 1}), ("0.1*A*B", {"B": -1})], {}, {"A": 3.0, "B": 2.0}
    )  # fmt: skip
    n = 4000
    one = draw(program, [0.0, 2.0], seed=1, replicates=n, method="exact")[:, -1]
    two = draw(program, [0.0, 2.0], seed=2, replicates=n, method="hybrid", small=["A", "B"])[:, -1]
    assert np.abs(one.mean(axis=0) - two.mean(axis=0)).max() < 4 * np.sqrt(2 / n) * one.std(axis=0).max()
    assert np.log(two.var(axis=0) / one.var(axis=0)) == pytest.approx([0, 0], abs=5 * np.sqrt(4 / n))

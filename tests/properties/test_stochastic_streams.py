"""Whose luck is whose: the paths of a patient depend on seed, name and numbers of that patient and on nothing else."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from myoflare.compile import compile_model
from myoflare.model import Model, Parameter, Reaction, Species
from myoflare.model.records import Bolus
from myoflare.simulate.stochastic import sample

METHODS = {
    "exact": {"method": "exact"},
    "leap": {"method": "leap"},
    "langevin": {"method": "langevin", "dt": 0.1},
    "hybrid": {"method": "hybrid", "small": ["A"]},
    "hybrid langevin": {"method": "hybrid", "small": ["A"], "flow": "langevin", "dt": 0.1},
}
TIMES = np.array([0.0, 0.5, 1.5])
FEW = settings(max_examples=15, deadline=None)
method = st.sampled_from(sorted(METHODS))


def network(*laws):
    """A turns over and becomes B, which is lost; ``laws`` add to it."""
    known = [("s", {"A": 1}), ("k*A", {"A": -1, "B": 1}), ("k*B", {"B": -1}), *laws]
    names = sorted({name for _, change in known for name in change})
    reactions = tuple(Reaction("_".join(["r", *change]) + law[0], "", law, change) for law, change in known)
    species = tuple(Species(name, name, "", 8.0) for name in names)
    parameters = (Parameter("s", 20.0, ""), Parameter("k", 0.7, ""))
    return compile_model(Model("m", species, parameters, (), (), reactions))


PROGRAM = network()
WIDER = network(("s", {"C": 1}), ("k*C", {"C": -1}))


def draw(names, seed, way, replicates=3, program=PROGRAM, **more):
    """Patients whose numbers and schedules follow from their names."""
    params = np.array([program.vector({"k": 0.2 + 0.1 * name}) for name in names])
    schedules = [[Bolus(0.7, "A", float(name))] for name in names]
    y0 = np.tile(program.guess, (len(names), 1))
    return sample(
        program, params, y0, TIMES, schedules, seed=seed, patients=names, replicates=replicates, **METHODS[way], **more
    ).values


@FEW
@given(method, st.integers(0, 2**40), st.permutations(range(5)))
def test_permuting_patients_permutes_their_paths(way, seed, order):
    assert (draw(list(order), seed, way) == draw(list(range(5)), seed, way)[list(order)]).all()


@FEW
@given(method, st.integers(0, 2**40), st.integers(1, 4))
def test_splitting_a_batch_changes_nothing(way, seed, cut):
    names = list(range(5))
    parts = np.concatenate([draw(names[:cut], seed, way), draw(names[cut:], seed, way)])
    assert (parts == draw(names, seed, way)).all()


@FEW
@given(method, st.integers(0, 2**40), st.integers(1, 4))
def test_more_replicates_and_workers_leave_the_first_ones_alone(way, seed, workers):
    many = draw([1, 2], seed, way, replicates=130, workers=workers)
    assert (many[:, :3] == draw([1, 2], seed, way, workers=1)).all()


@FEW
@given(method, st.integers(0, 2**40))
def test_a_seed_repeats_and_another_does_not(way, seed):
    assert (draw([1], seed, way) == draw([1], seed, way)).all()
    assert (draw([1], seed, way, replicates=20) != draw([1], seed + 1, way, replicates=20)).any()


@FEW
@given(st.sampled_from(["langevin", "hybrid langevin"]), st.integers(0, 2**40))
def test_a_process_more_leaves_the_noise_of_the_others_alone(way, seed):
    """Bit for bit, where all steps are the same; the new states come last."""
    assert (draw([1, 2], seed, way, program=WIDER)[..., :2] == draw([1, 2], seed, way)).all()


@FEW
@given(st.integers(0, 2**40), st.floats(0.0, 50.0), st.floats(0.0, 3.0), method)
@example(0, 0.0, 0.625, "hybrid")  # once a step ended a rounding before an output, and no step was left to reach it
def test_no_state_is_ever_negative(seed, start, k, way):
    y0 = np.array([[start, 0.0]])
    found = sample(
        PROGRAM, PROGRAM.vector({"k": k, "s": 0.5})[None], y0, np.linspace(0, 5, 20), seed=seed, replicates=20,
        **METHODS[way],
    )  # fmt: skip
    assert (found.status == 0).all()
    assert (found.values >= 0).all()


@pytest.mark.parametrize("way", METHODS)
def test_patients_and_replicates_are_independent(way):
    """Their ends are uncorrelated over 4,000 pairs; pairs of one patient with two parameters are not (common luck)."""
    n = 4000
    params = np.tile(PROGRAM.values, (3, 1))
    params[2] = PROGRAM.vector({"k": 0.72})
    y0 = np.tile(PROGRAM.guess, (3, 1))
    x = sample(
        PROGRAM, params[:2], y0[:2], TIMES, seed=5, patients=["one", "two"], replicates=n, **METHODS[way]
    ).values[:, :, -1, 0]  # fmt: skip
    assert abs(np.corrcoef(x)[0, 1]) < 4 / np.sqrt(n)
    assert abs(np.corrcoef(x[0, 1:], x[0, :-1])[0, 1]) < 4 / np.sqrt(n)
    same = sample(
        PROGRAM, params[2:], y0[2:], TIMES, seed=5, patients=["one"], replicates=n, **METHODS[way]
    ).values[0, :, -1, 0]  # fmt: skip
    assert np.corrcoef(x[0], same)[0, 1] > 0.2

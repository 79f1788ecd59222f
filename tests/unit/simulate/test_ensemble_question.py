"""A question that makes no sense, or a place that is taken, is one sentence before anything is begun."""

from dataclasses import replace

import numpy as np
import pytest

from myoflare.base.errors import ModelError, MyoflareError, SimulationError, StoreError
from myoflare.model import Model, Parameter, Reaction, Species
from myoflare.simulate.ensemble import (
    Crossing,
    Ensemble,
    FromArrays,
    Spread,
    Summary,
    grid,
    read_ensemble,
    run_ensemble,
)

DECAY = Model(
    "decay",
    (Species("X", "", "pmol", 8.0),),
    (Parameter("k", 0.5, "1/day"),),
    (),
    (),
    (Reaction("r", "", "k*X", {"X": -1}),),
)
GOOD = Ensemble(Spread(0.2), 5, (0.0, 1.0, 2.0), model=DECAY, solver="reference")


@pytest.fixture
def place(tmp_path):
    return tmp_path / "run"


def refused(ensemble, place, fault=SimulationError, **options):
    with pytest.raises(fault) as told:
        run_ensemble(ensemble, place, **options)
    assert list(place.parent.iterdir()) == []
    return str(told.value)


WRONG = {
    "no patients": ({"patients": 0}, "patients: 0; expected a whole number of at least 1."),
    "patients in part": ({"patients": 2.5}, "patients: 2.5; expected a whole number of at least 1."),
    "a seed of words": ({"seed": "luck"}, "seed: 'luck'; expected a whole number."),
    "times that turn back": ({"times": (0.0, 5.0, 2.0)}, "times: day 2 comes after day 5; expected increasing days."),
    "a day twice": ({"times": (0.0, 2.0, 2.0)}, "times: day 2 comes after day 2; expected increasing days."),
    "no times": ({"times": ()}, "times: shape (0,); expected a list of days."),
    "endless times": ({"times": (0.0, np.inf)}, "times: a day that is not finite; expected finite days."),
    "no such output": ({"keep": ("Z",)}, "states: unknown output 'Z'; expected one of the 1 states of the network."),
    "no such kind": ({"outputs": "state"}, "outputs: 'state'; expected one of states, derived, rules, observables."),
    "nothing of a kind": ({"outputs": "rules"}, "outputs: the network has no rules; expected a kind of output that it"),
    "no such solver": ({"solver": "magic"}, "solver: 'magic'; expected one of"),
    "no such summary": ({"summaries": (Summary("X", "best"),)}, "summary of X: 'best'; expected max, min,"),
    "a summary twice": ({"summaries": (Summary("X", "max"),) * 2}, "summaries and crossings: X_max twice;"),
    "no level": ({"crossings": (Crossing("X", np.nan),)}, "crossing of X: above nan; expected above or below a finite"),
    "no such share": ({"quantiles": (1.5,)}, "quantiles: 1.5; expected shares from 0 to 1."),
    "nobody's course": ({"trajectories": (5,)}, "trajectories: patient 5; expected patients from 0 to 4."),
    "no tolerance": ({"rtol": 0.0}, "rtol: 0; expected a relative tolerance"),
    "no such parameter": ({"source": Spread(0.2, ("q",))}, "source of patients: every one of the first 5 patients was"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_question(name, place):
    change, sentence = WRONG[name]
    assert refused(replace(GOOD, **change), place).startswith(sentence)


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ({"workers": 0}, "workers: 0; expected a whole number from 1 to 1024."),
        ({"chunk": -1}, "chunk: -1; expected a whole number above 0."),
        ({"mode": "magic"}, "mode: 'magic'; expected processes or threads."),
    ],
)
def test_a_wrong_option(option, sentence, place):
    assert refused(GOOD, place, **option) == sentence


def test_a_model_that_is_not_there(place):
    assert "No such file" in refused(replace(GOOD, model=place / "none.ant"), place, ModelError)


def test_a_spread_without_end():
    with pytest.raises(SimulationError, match="a coefficient of variation from 0 to 10"):
        Spread(np.inf)


def test_a_source_that_cannot_travel(place):
    sentence = refused(replace(GOOD, source=lambda *asked: None), place)
    assert "this cannot be sent to workers" in sentence
    assert sentence.endswith("write it at the top of a module")


@pytest.mark.parametrize(
    ("params", "y0", "sentence"),
    [
        (np.ones((5, 2)), np.ones((5, 1)), "source of patients, params: shape (5, 2); expected (5, 1)"),
        (np.ones((5, 1)), np.ones((4, 1)), "source of patients, y0: shape (4, 1); expected (5, 1)"),
    ],
)
def test_a_source_of_another_shape(params, y0, sentence, place):
    assert refused(replace(GOOD, source=FromArrays(params, y0)), place).startswith(sentence)


def test_arrays_are_patients(place):
    source = FromArrays(np.linspace(0.1, 0.5, 5)[:, None], np.full((5, 1), 2.0))
    run = run_ensemble(replace(GOOD, source=source, summaries=(Summary("X", "last"),)), place)
    assert np.array(run.patients["X_last"]) == pytest.approx(2 * np.exp(-2 * np.linspace(0.1, 0.5, 5)), rel=1e-5)


def test_a_folder_that_holds_something_else(place):
    place.mkdir()
    (place / "thesis.txt").write_text("years of work")
    for force in (False, True):
        with pytest.raises(StoreError, match="already exists and is no folder of myoflare ensemble"):
            run_ensemble(GOOD, place, force=force)
    assert [p.name for p in place.parent.rglob("*")] == ["run", "thesis.txt"]


def test_an_earlier_run_is_replaced_only_by_force(place):
    run_ensemble(GOOD, place)
    with pytest.raises(StoreError, match="this already exists; .*add --force"):
        run_ensemble(replace(GOOD, seed=1), place)
    assert read_ensemble(place, check=True).data.attrs["seed"] == 0
    run_ensemble(replace(GOOD, seed=1), place, force=True)
    assert read_ensemble(place, check=True).data.attrs["seed"] == 1
    (place / "notes.txt").touch()
    with pytest.raises(StoreError, match=r"holds notes\.txt, which is not of it"):
        run_ensemble(GOOD, place, force=True)
    assert sorted(p.name for p in place.parent.iterdir()) == ["run"]


OTHER = {
    "seed": {"seed": 1},
    "number of patients": {"patients": 700},
    "list of times": {"times": (0.0, 1.0, 3.0)},
    "source of patients": {"source": Spread(0.3)},
    "network": {"model": replace(DECAY, parameters=(Parameter("k", 0.6, "1/day"),))},
    "list of quantiles": {"quantiles": (0.5,)},
    "list of summaries and crossings": {"crossings": (Crossing("X", 2.0),)},
    "solver": {"rtol": 1e-5},
}


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A run that was stopped after its first 256 patients."""

    def stop(done, patients, failed):
        if done:
            raise KeyboardInterrupt

    place = tmp_path_factory.mktemp("begun") / "run"
    with pytest.raises(KeyboardInterrupt, match="256 of 600 patients"):
        run_ensemble(replace(GOOD, patients=600), place, progress=stop)
    return place


@pytest.mark.parametrize("word", OTHER)
def test_going_on_with_another_question_is_refused(word, begun):
    before = {p: p.read_bytes() for p in begun.parent.rglob("*") if p.is_file()}
    with pytest.raises(StoreError, match=f"this was begun with another {word} .*; expected the same question"):
        run_ensemble(replace(GOOD, **{"patients": 600, **OTHER[word]}), begun)
    assert {p: p.read_bytes() for p in begun.parent.rglob("*") if p.is_file()} == before


def test_an_unfinished_run_is_no_result(begun):
    with pytest.raises(StoreError, match="not finished"):
        read_ensemble(begun)


def test_one_process_at_a_time(begun):
    from myoflare.store.growing import _lock, unfinished

    pytest.importorskip("fcntl")
    held = _lock(unfinished(begun))
    assert held
    with pytest.raises(StoreError, match="another process is at work in this folder"):
        run_ensemble(replace(GOOD, patients=600), begun)


def test_a_broken_state_is_told(tmp_path, begun):
    import shutil

    shutil.copytree(f"{begun}.unfinished", tmp_path / "run.unfinished")
    state = tmp_path / "run.unfinished" / "state.npz"
    state.write_bytes(state.read_bytes()[:-100])
    with pytest.raises(StoreError, match="the saved state cannot be read"):
        run_ensemble(replace(GOOD, patients=600), tmp_path / "run")
    run_ensemble(replace(GOOD, patients=600), tmp_path / "run", force=True)
    assert read_ensemble(tmp_path / "run", check=True).failed == 0


def test_a_changed_file_is_noticed(place):
    run_ensemble(GOOD, place)
    with (place / "patients" / "reached.npy").open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"x")
    with pytest.raises(StoreError, match="missing or was changed"):
        read_ensemble(place, check=True)


@pytest.mark.parametrize(("days", "every"), [(0, 1), (-1, 1), (np.nan, 1), (10, 0), (10, -1), (10, 1e-9)])
def test_a_grid_that_makes_no_sense(days, every):
    with pytest.raises(MyoflareError):
        grid(days, every)


def test_a_grid_has_its_last_day():
    assert grid(10, 4).tolist() == [0, 4, 8, 10]
    assert grid(1, 7).tolist() == [0, 1]

"""The benchmark runs and keeps what it finds; what the figures are is no matter for a test."""

import json
from dataclasses import replace

import numpy as np
import pytest

from myoflare.base.errors import MyoflareError
from myoflare.cli import bench as door
from myoflare.model import load_model
from myoflare.model.records import Bolus, Infusion

benchmarks = door._benchmarks() if (door.ROOT / "benchmarks" / "bench.py").is_file() else None
pytestmark = pytest.mark.skipif(benchmarks is None, reason="the benchmarks are in the source tree only")


@pytest.fixture
def tiny(monkeypatch):
    """One short scenario of a network that compiles in a moment, at the smallest budget."""
    from benchmarks import cases, measure

    network = door.ROOT / "tests" / "models" / "one_compartment" / "model.ant"

    def patients(n, seed, days):
        model = load_model(network)
        params = np.array([list(model.values().values())]) * np.linspace(1, 2, n)[:, None]
        return model, params, np.zeros((n, 2)), np.ones(2), (), ("gut", 1.0), ("central", 2.0)

    monkeypatch.setattr("benchmarks.immuno.stiff", patients)
    monkeypatch.setattr(cases, "SCENARIOS", {"daily": cases.SCENARIOS["daily"]})
    monkeypatch.setattr(measure, "LEAST", 0.0)
    monkeypatch.setattr(measure, "QUICK", replace(measure.QUICK, patients=4, peer_seconds=0.0, days=98.0))


def test_a_quick_run_leaves_figures_for_machines_and_people(myoflare, tmp_path, tiny):
    out = tmp_path / "here" / "quick"
    code, shown, told = myoflare("bench", "--quick", "--models", "immuno", "--peers", "lsoda", "--out", out)
    assert code == 0, told
    assert "lsoda" in shown
    found = json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))
    assert found["finished"]
    assert found["machine"]["seed"] == 7
    (case,) = found["cases"]
    (peer,) = case["peers"]
    assert case["faults"] == {}
    assert case["own"]["failed"] == 0
    assert max(case["own"]["error_max"], peer["error_max"]) < 1e-3
    assert case["own"]["truth_apart"] < 1e-6
    assert "| immuno, daily | lsoda |" in out.with_suffix(".md").read_text(encoding="utf-8")


def test_a_case_that_is_stopped_leaves_what_is_done(myoflare, tmp_path, tiny, monkeypatch):
    def stop(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("benchmarks.measure.own", stop)
    out = tmp_path / "stopped"
    code, _, told = myoflare("bench", "--quick", "--models", "immuno", "--peers", "lsoda", "--out", out)
    assert code == 2
    assert "kept" in told
    assert json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))["finished"] is False


@pytest.mark.parametrize("option", ["--models", "--peers"])
def test_an_unknown_name_is_refused_with_the_known_ones(myoflare, option):
    code, _, told = myoflare("bench", option, "nobody")
    assert code == 2
    assert "'nobody' is none of" in told


def test_help_teaches(myoflare):
    code, shown, _ = myoflare("bench", "--help")
    assert code == 0
    assert "Examples" in shown
    assert "source tree" in shown


def test_a_peer_that_is_not_installed_is_named_as_absent(monkeypatch):
    from benchmarks import peers

    monkeypatch.setitem(peers.PEERS, "nobody", "no-such-simulator")
    assert peers.find("nobody") == (None, "no-such-simulator is not installed")


def test_the_test_network_is_as_large_as_is_said():
    from benchmarks import immuno

    model = load_model(immuno.FILE)
    assert (len(model.species), len(model.reactions)) == (42, 94)
    quasi = immuno.quasi_steady(model)
    assert (len(quasi.species), len(quasi.reactions), len(quasi.rules)) == (30, 70, len(model.rules) + 12)


def test_repeated_doses_become_one_event_each():
    from benchmarks.cases import regimen
    from benchmarks.sbml import dosed

    schedule = regimen("daily", ("gut", 1.0), ("central", 2.0), 200.0)
    assert {type(a) for a in schedule} == {Bolus, Infusion}
    text = dosed(load_model(door.ROOT / "tests" / "models" / "one_compartment" / "model.ant"), schedule)
    assert text.count("<event ") == 3  # a dose, the start and the end of an infusion


def test_a_regimen_that_does_not_repeat_evenly_is_refused():
    from benchmarks.sbml import dosed

    model = load_model(door.ROOT / "tests" / "models" / "one_compartment" / "model.ant")
    with pytest.raises((ValueError, MyoflareError), match="repeat evenly"):
        dosed(model, [Bolus(d, "gut", 1.0) for d in (1.0, 2.0, 4.0)])


def test_the_worst_component_counts():
    from benchmarks.accuracy import error

    truth = np.ones((2, 3, 2))
    found = truth.copy()
    found[1, 2, 0] = 1.1
    assert error(found, truth, np.ones(2)) == pytest.approx([0.0, 0.1], rel=2e-3)
    found[1, 0, 1] = np.nan
    assert error(found, truth, np.ones(2))[1] == np.inf

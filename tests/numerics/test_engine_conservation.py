"""Totals that no reaction can change stay to rounding, over thousands of steps."""

import numpy as np
import pytest
from engine_cases import METHODS, people, program

from myoflare.compile import left_null_space
from myoflare.model.records import Bolus, Change
from myoflare.simulate.batch import solve


def drift(network, batch, y0):
    """Largest change of a conserved total, as a share of the sum of the sizes of its parts."""
    laws = left_null_space(network)
    assert len(laws)
    totals = batch.values @ laws.T
    parts = np.abs(y0) @ np.abs(laws.T)
    return (np.abs(totals - (y0 @ laws.T)[:, None]) / parts[:, None]).max()


@pytest.mark.parametrize("method", METHODS)
def test_enzyme_is_neither_made_nor_lost(method):
    network, n = program("mixture"), 16
    y0, times = np.repeat(network.guess[None], n, 0), np.linspace(0, 800, 41)
    schedule = [Bolus(0.5 + i, "gut", 1.0) for i in range(800)] + [Change(400.25, "k_turn", 3.0)]
    batch = solve(network, people(network, n), y0, times, [schedule] * n, solver=method)
    assert (batch.status == 0).all()
    assert batch.steps.min() > 2000
    assert drift(network, batch, y0) < 1e-12


@pytest.mark.parametrize("method", METHODS)
def test_stiff_kinetics_keep_their_total(method):
    network, end = program("robertson"), {"tsit5": 10.0, "rodas5p": 1e6}[method]
    times = np.concatenate([[0.0], np.geomspace(1e-3, end, 30)])
    params, y0 = people(network, 8), np.repeat(network.guess[None], 8, 0)
    batch = solve(network, params, y0, times, solver=method, rtol=1e-8)
    assert (batch.status == 0).all()
    assert drift(network, batch, y0) < 1e-12


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_no_gram_of_muscle_appears_or_vanishes(method):
    """The shipped network's own totals, three years of every shipped patient."""
    from myoflare.cohort import list_patients, load_patient, patient_model
    from myoflare.compile import compile_model

    for name in sorted(getattr(p, "name", p) for p in list_patients()):
        model, initial = patient_model(load_patient(name))
        network = compile_model(model)
        y0 = np.array([[initial[s] for s in network.states]])
        times = np.linspace(0, 1095, 110)
        batch = solve(network, network.values[None], y0, times, [model.schedule], solver=method)
        assert batch.status[0] == 0
        assert drift(network, batch, y0) < 1e-11, name


def test_a_leak_is_noticed():
    """The twin that must fail: turning complex into product destroys enzyme when the law is broken."""
    network = program("mixture")
    y0, times = np.repeat(network.guess[None], 1, 0), np.linspace(0, 10, 11)
    batch = solve(network, network.values[None], y0, times, solver="tsit5")
    leaky = batch.values.copy()
    leaky[:, :, network.states.index("E")] *= 1 - 1e-9
    assert drift(network, batch, y0) < 1e-12 < drift(network, type(batch)(**(vars(batch) | {"values": leaky})), y0)

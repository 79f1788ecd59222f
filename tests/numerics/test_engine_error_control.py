"""A tolerance is a promise: the error that is found follows the tolerance that was asked for, in both methods."""

import numpy as np
import pytest
from engine_cases import METHODS, Answers, people, program

from myoflare.compile import compile_model
from myoflare.model import load_model
from myoflare.model.records import Bolus, Change, Infusion, Reset
from myoflare.simulate import advance
from myoflare.simulate.batch import solve

TOLERANCES = 10.0 ** np.arange(-3, -9.5, -1)
SCHEDULE = (
    Bolus(0.5, "gut", 2.0), Change(1.0, "k_decay", 1.5), Infusion(1.5, "plasma", 4.0, 3.0), Reset(2.0, "B", 3.0),
    Bolus(2.7, "gut", 3.0), Change(5.0, "omega", 3.0), Bolus(6.1, "gut", 1.0),
)  # fmt: skip


def cases():
    """Name -> (network, parameters, start, days, schedule, largest |error| / (rtol size) that is allowed)."""
    mixture, robertson = program("mixture"), program("robertson")
    stiff = mixture.vector({"k_on": 2e3, "k_off": 1e3, "k_turn": 1.5})
    return {
        "smooth": (mixture, mixture.values, mixture.guess, np.linspace(0, 10, 41), ()),
        "dosed": (mixture, mixture.values, mixture.guess, np.linspace(0, 8, 33), SCHEDULE),
        "stiff": (mixture, stiff, mixture.guess, np.linspace(0, 10, 41), ()),
        "stiff and dosed": (mixture, stiff, mixture.guess, np.linspace(0, 8, 33), SCHEDULE),
        "robertson": (
            robertson,
            robertson.values,
            robertson.guess,
            np.concatenate([[0], np.geomspace(1e-5, 40, 40)]),
            (),
        ),
    }


CASES = ("smooth", "dosed", "stiff", "stiff and dosed", "robertson")


def size(truth):
    """What an error counts against: the state itself, a thousandth of its peak where it is small, or a trace."""
    return np.abs(truth) + 1e-3 * np.abs(truth).max(axis=0) + 1e-9


def achieved(found, truth):
    """Root mean square over states, as the method measures, of |error| / size; the worst time of it."""
    share = np.abs(found - truth) / size(truth)
    return np.sqrt((share**2).mean(axis=1)).max()


@pytest.fixture(scope="module", params=CASES)
def case(request):
    """A case with its truth by another solver, which the tightest run of ours confirms."""
    network, params, start, times, schedule = cases()[request.param]
    atol = 1e-14 * np.maximum(np.abs(start), 1e-3)
    exact = advance(network, params, start, times, schedule, rtol=1e-12, atol=atol)
    assert exact.status.ok
    check = solve(
        network, params[None], start[None], times, [schedule], solver="rodas5p", rtol=1e-11, atol=1e-17
    ).values[0]  # fmt: skip
    assert achieved(check, exact.states) < 1e-10
    return request.param, (network, params, start, times, schedule), check


def errors(case, method):
    network, params, start, times, schedule = case[1]
    found = []
    for rtol in TOLERANCES:
        batch = solve(network, params[None], start[None], times, [schedule], solver=method, rtol=rtol)
        assert batch.status[0] == 0
        found.append(achieved(batch.values[0], case[2]))
    return np.array(found)


@pytest.mark.parametrize("method", METHODS)
def test_the_error_falls_in_step_with_the_tolerance(case, method):
    found = errors(case, method)
    fit = np.polyfit(np.log10(TOLERANCES), np.log10(found), 1)[0]
    assert 0.75 < fit < 1.25, found / TOLERANCES
    assert (found / TOLERANCES).max() < 50, found / TOLERANCES


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("rtol", [1e-4, 1e-7])
def test_known_answers_are_met(method, rtol):
    network = program("answers")
    times = np.linspace(0, 1, 21)
    batch = solve(network, network.values[None], network.guess[None], times, solver=method, rtol=rtol)
    assert batch.values[0] == pytest.approx(Answers(network.values)(times), rel=30 * rtol)


@pytest.mark.parametrize("method", METHODS)
def test_robertson_meets_the_published_values(method):
    """Day 40 as in the manual of CVODE, example cvRoberts_dns: 7.158e-01, 9.185e-06, 2.842e-01."""
    network = program("robertson")
    batch = solve(network, network.values[None], network.guess[None], [0, 40], solver=method, rtol=1e-6)
    assert batch.final[0] == pytest.approx([7.158e-1, 9.185e-6, 2.842e-1], rel=2e-4)


@pytest.mark.parametrize("lam", [10.0, 1e3, 1e6])
def test_a_stiff_follower_keeps_to_what_it_follows(lam):
    """v' = lambda (cos t - v) - sin t: v = cos t; implicit steps must not shrink with lambda."""
    network = program("answers")
    times = np.linspace(0, 1.2, 13)
    values = network.vector({"lambda": lam, "r": 0.1})
    batch = solve(network, values[None], network.guess[None], times, solver="rodas5p", rtol=1e-6)
    i = network.states.index("v")
    assert batch.values[0, :, i] == pytest.approx(np.cos(times), rel=3e-5)
    assert batch.steps[0] < 200


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("speed", [3.0, 1e2, 1e4])
def test_an_effect_that_is_over_in_no_time_is_not_missed(method, speed):
    """A drug taken from its exact solution is no state to the steps, yet its whole effect must be seen.

    h0 exp(-e g0 / k) is left once the drug is gone, however fast it goes; the dose comes when steps have grown long.
    """
    network = program("answers")
    k, amount = speed, 0.5 * speed
    values = network.vector({"k": k, "e": 1.0, "a": 1e-3, "r": 1e-3, "lambda": 1e-3})
    start = np.where(np.isin(network.states, ["g", "z"]), 0.0, network.guess)
    for day in (2.0, 2.7):
        schedule = [Change(1.0, "k", k), Change(1.5, "k", k), Bolus(day, "g", amount)]
        batch = solve(network, values[None], start[None], [0, day, 6], [schedule], solver=method, rtol=1e-6)
        left = batch.final[0, network.states.index("h")]
        assert left == pytest.approx(np.exp(-amount / k * (1 - np.exp(-k * (6 - day)))), rel=1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_a_drug_at_rest_stays_and_wakes_for_a_dose_or_an_infusion(method, tmp_path):
    """g' = 2 - 5 g rests at 0.4; whoever is dosed leaves it and comes back, and h' = -g h tells for how long."""
    text = tmp_path / "rest.ant"
    text.write_text(
        "model rest\n species g = 0.4, h = 1;\n made: -> g; 2;\n lost: g ->; 5*g;\n used: h ->; g*h;\nend\n"
    )
    network, times = compile_model(load_model(text)), np.linspace(0, 40, 9)
    plans = [[], [Bolus(11.3, "g", 3.0)], [Infusion(11.3, "g", 3.0, 0.7)]] * 3
    params, y0 = np.repeat(network.values[None], 9, 0), np.repeat(network.guess[None], 9, 0)
    batch = solve(network, params, y0, times, plans, solver=method, rtol=1e-8)
    assert (batch.values[::3, :, network.states.index("g")] == 0.4).all()
    h = batch.final[:3, network.states.index("h")]
    assert h == pytest.approx(np.exp(-0.4 * 40 - np.array([0.0, 3.0 / 5, 3.0 / 5])), rel=1e-6)
    for row in range(3):
        alone = solve(network, params[:1], y0[:1], times, [plans[row]], solver=method, rtol=1e-8)
        assert (alone.values[0] == batch.values[row]).all()


@pytest.mark.parametrize("method", METHODS)
def test_a_cohort_is_as_exact_as_one(method):
    """Two hundred people who differ twofold: none of them, not only their median, is off."""
    network, n = program("mixture"), 200
    params = people(network, n, seed=21)
    y0, times = np.repeat(network.guess[None], n, 0), np.linspace(0, 8, 17)
    exact = solve(network, params, y0, times, [SCHEDULE] * n, solver="rodas5p", rtol=1e-11, atol=1e-14).values
    batch = solve(network, params, y0, times, [SCHEDULE] * n, solver=method, rtol=1e-6)
    worst = [achieved(a, b) for a, b in zip(batch.values, exact, strict=True)]
    assert np.median(worst) < 5e-6
    assert np.max(worst) < 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_the_disease_network_keeps_its_tolerance(method):
    """A shipped patient over two years, against LSODA at 1e-11."""
    from myoflare.cohort import load_patient, patient_model
    from myoflare.compile import compile_model

    model, initial = patient_model(load_patient("statin_necrotising"))
    network = compile_model(model)
    start = np.array([initial[name] for name in network.states])
    times = np.linspace(0, 728, 105)
    exact = advance(network, network.values, start, times, model.schedule, rtol=1e-11).states
    found = []
    for rtol in TOLERANCES:
        batch = solve(network, network.values[None], start[None], times, [model.schedule], solver=method, rtol=rtol)
        assert batch.status[0] == 0
        found.append(achieved(batch.values[0], exact))
    found = np.array(found)
    fit = np.polyfit(np.log10(TOLERANCES), np.log10(found), 1)[0]
    assert 0.7 < fit < 1.3, found / TOLERANCES
    assert (found / TOLERANCES).max() < 100, found / TOLERANCES

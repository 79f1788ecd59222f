"""The same bits for any chunk, any number of workers, processes or threads."""

import numpy as np
import pytest
from ensemble_fakes import TIMES, People, contents, ensemble, mixed, quick

from myoflare.base.status import Status
from myoflare.simulate.ensemble import Crossing, Spread, Summary, read_ensemble, run_ensemble
from myoflare.simulate.ensemble.question import BLOCK_BYTES, _block, ask

PEOPLE = People(bad=(3, 511), strange=(700,))
WAYS = [{"workers": 1}, {"workers": 2}, {"workers": 2, "mode": "threads"}]


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plain") / "run"
    run_ensemble(ensemble(1000, PEOPLE), folder, engine=quick)
    return folder


@pytest.mark.parametrize("way", WAYS, ids=["one", "processes", "threads"])
@pytest.mark.parametrize("chunk", [1, 7, 64, 300, 1000])
def test_any_chunk_and_any_workers_give_the_same_files(plain, tmp_path, way, chunk):
    run_ensemble(ensemble(1000, PEOPLE), tmp_path / "run", engine=quick, chunk=chunk, **way)
    assert contents(tmp_path / "run") == contents(plain)


def test_another_seed_gives_other_files(plain, tmp_path):
    """The twin that must differ."""
    run_ensemble(ensemble(1000, PEOPLE, seed=4), tmp_path / "run", engine=quick)
    assert contents(tmp_path / "run") != contents(plain)


def test_what_is_kept_is_what_the_engine_said(plain):
    run = read_ensemble(plain, check=True)
    params = 0.5 * (0.2 + 3 * mixed(3, np.arange(1000)))
    x = 8 / (1 + params[:, None] * TIMES)
    stopped = params > 0.5 * 3.19
    x[stopped, 3:] = np.nan
    refused = [3, 511, 700]
    x[refused] = np.nan
    wrong = stopped.copy()
    wrong[refused] = True
    assert run.failed == wrong.sum() == np.count_nonzero(run.patients["status"])
    assert run.data["mean"].sel(output="X").values == pytest.approx(np.nanmean(x, axis=0), rel=1e-12)
    assert run.data["sd"].sel(output="X").values[1:] == pytest.approx(np.nanstd(x, axis=0, ddof=1)[1:], rel=1e-12)
    assert np.array_equal(run.data["count"].sel(output="X"), np.isfinite(x).sum(axis=0))
    assert np.array_equal(run.patients["X_min"], np.where(wrong, np.nan, x[:, -1]), equal_nan=True)
    median = np.nanquantile(x, 0.5, axis=0, method="inverted_cdf")
    assert run.data["quantiles"].sel(quantile=0.5, output="X").values == pytest.approx(median, rel=2**-8)
    below = x <= 2.0
    first = np.where(below.any(axis=1), TIMES[below.argmax(axis=1)], np.nan)
    assert np.array_equal(run.patients["X_below_2_day"], first, equal_nan=True)
    counts = run.data["crossed"].sel(crossing="X_below_2_day")
    assert counts.values.tolist() == [np.count_nonzero(first == day) for day in TIMES]
    assert np.array_equal(run.trajectories[1, :, 0], x[5])
    assert run.data["unit"].sel(output="Y") == "pmol"


def test_failures_have_names_days_and_reasons(plain):
    run = read_ensemble(plain)
    assert run.manifest["outcomes"][str(Status.BAD_INPUT)] == 3
    told = {who["patient"]: (who["day"], who["reason"]) for who in run.manifest["failed"]}
    assert told[3] == (0.0, "k is not a finite number")
    assert told[700] == (0.0, "ValueError: the file of patient 700 is lost")
    assert any(day == 2.5 and reason == str(Status.NO_CONVERGENCE) for day, reason in told.values())
    assert run.report[0] == f"{1000 - run.failed:,} of 1,000 patients reached the end."
    assert "Patient 3 stopped on day 0: k is not a finite number." in run.report


def test_one_bad_patient_of_ten_thousand(tmp_path):
    run = run_ensemble(ensemble(10_000, People(strange=(4321,))), tmp_path / "run", engine=quick)
    status = np.array(run.patients["status"])
    assert status[4321] == Status.BAD_INPUT.code
    assert np.count_nonzero(status == Status.BAD_INPUT.code) == 1
    assert np.count_nonzero(status == 0) > 9_900


@pytest.mark.parametrize("solver", ["reference", "auto"])
def test_the_real_solver_gives_the_same_bits(tmp_path, solver):
    asked = ensemble(100, Spread(0.3), solver=solver, keep=("Y",), crossings=(Crossing("Y", 2.0),), trajectories=(17,))
    assert run_ensemble(asked, tmp_path / "all", chunk=100).failed == 0
    for chunk in (1, 7, 64, None):
        run_ensemble(asked, tmp_path / f"by {chunk}", chunk=chunk)
        assert contents(tmp_path / f"by {chunk}") == contents(tmp_path / "all")


def test_the_real_solver_is_right(tmp_path):
    k, m, c = 0.5, 0.2, 0.1
    exact = 0.5 * np.exp(-c * TIMES) + m * 8 * (np.exp(-c * TIMES) - np.exp(-k * TIMES)) / (k - c)
    run = run_ensemble(ensemble(3, Spread(0.0), solver="reference"), tmp_path / "run")
    assert run.trajectories[0, :, 1] == pytest.approx(exact, rel=1e-5)
    assert run.data["sd"].sel(output="Y").values == pytest.approx(0, abs=1e-12)


def test_a_spread_has_its_median_and_leaves_others_alone(tmp_path):
    asked = ensemble(500, Spread(0.4, ("k",)), crossings=(), trajectories=(), summaries=(Summary("X", "last"),))
    program = ask(asked).program
    params = asked.source(program, 1, 0, 500).params
    assert np.array_equal(params[:, 1:], np.tile(program.values[1:], (500, 1)))
    assert np.median(params[:, 0]) == pytest.approx(0.5, rel=0.08)
    assert params[:, 0].std() / params[:, 0].mean() == pytest.approx(0.4, rel=0.15)
    assert np.array_equal(asked.source(program, 1, 123, 125).params, params[123:125])


def test_blocks_grow_smaller_as_courses_grow_longer():
    sizes = {numbers: _block(numbers) for numbers in (100, 10**5, 10**6, 10**9)}
    assert sizes[100] == 256
    assert sizes[10**9] == 1
    assert all(n * size * 8 <= BLOCK_BYTES for n, size in sizes.items() if size > 1)

"""Kill -9, Ctrl-C, workers that die, disks that fill: what is finished is kept, and going on gives the same bits."""

import multiprocessing
import os
import random
import signal
import time

import pytest
from ensemble_fakes import People, Slow, contents, ensemble, in_a_child, quick

import myoflare.store.growing as growing
from myoflare.base.errors import SimulationError, StoreError
from myoflare.simulate.ensemble import Stopped, run_ensemble
from myoflare.simulate.ensemble.reduce import Reductions

PATIENTS, KILLS = 20 * 256, 20
ASKED = ensemble(PATIENTS, People(bad=(700,), strange=(4000,)))
SLOW = Slow(0.004)


@pytest.fixture(scope="module")
def start():
    """Starts a child that has the libraries loaded already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["myoflare.simulate.ensemble", "zarr"])

    def begin(folder):
        seen = context.Value("q", -1, lock=False)
        child = context.Process(target=in_a_child, args=(ASKED, SLOW, folder, seen))
        child.start()
        return child, seen

    return begin


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plain") / "run"
    run_ensemble(ASKED, folder, engine=SLOW)
    return contents(folder)


def test_twenty_kills(tmp_path, plain, start):
    """Killed at twenty moments spread over the run, its first save and its last writing among them."""
    luck = random.Random(20)
    gone_on = []
    for i in range(KILLS):
        folder = tmp_path / f"run {i}"
        after = int(PATIENTS * (i + luck.random()) / (KILLS - 1))  # the last is after all patients
        child, seen = start(folder)
        end = time.monotonic() + 60
        while seen.value < min(after, PATIENTS) and child.is_alive() and time.monotonic() < end:
            time.sleep(0.0005)
        time.sleep(0.01 * luck.random())
        os.kill(child.pid, signal.SIGKILL)
        child.join(20)
        assert child.exitcode == -signal.SIGKILL
        assert not folder.exists()
        begun = []
        run_ensemble(ASKED, folder, engine=SLOW, progress=lambda done, *rest, begun=begun: begun.append(done))
        assert contents(folder) == plain, f"kill {i}, after {after} patients"
        assert [p.name for p in tmp_path.iterdir() if "run" not in p.name or p.suffix] == []
        gone_on.append(begun[0])
    assert sum(done > 0 for done in gone_on) >= 15  # the others were killed before the first save
    assert gone_on[-1] >= 0.8 * PATIENTS


@pytest.mark.slow
def test_one_run_killed_again_and_again(tmp_path, plain, start):
    folder, luck = tmp_path / "run", random.Random(3)
    for _ in range(6):
        child, seen = start(folder)
        while seen.value < 0 and child.is_alive():
            time.sleep(0.0005)
        time.sleep(0.04 * luck.random())
        child.kill()
        child.join(20)
    run_ensemble(ASKED, folder, engine=SLOW)
    assert contents(folder) == plain


def test_a_worker_is_killed(tmp_path, plain):
    killed = []

    def kill_one(done, patients, failed):
        if done and not killed:
            victim = multiprocessing.active_children()[-1]
            os.kill(victim.pid, signal.SIGKILL)
            killed.append(victim.pid)

    run_ensemble(ASKED, tmp_path / "run", engine=SLOW, workers=2, progress=kill_one)
    assert killed
    assert contents(tmp_path / "run") == plain


def test_a_task_that_kills_once_is_tried_again(tmp_path):
    deadly = tmp_path / "deadly"
    asked, engine = ensemble(1000), Slow(0.0, str(deadly))
    run_ensemble(asked, tmp_path / "plain", engine=engine)
    deadly.touch()
    run_ensemble(asked, tmp_path / "run", engine=engine, workers=2)
    assert not deadly.exists()
    assert contents(tmp_path / "run") == contents(tmp_path / "plain")


def test_a_task_that_kills_twice_stops_the_run(tmp_path):
    deadly = tmp_path / "deadly"
    deadly.touch()
    engine = Slow(0.0, str(deadly), once=False)
    with pytest.raises(
        SimulationError, match=r"patients \d+ to \d+: the worker died twice over them .killed by signal 9."
    ):
        run_ensemble(ensemble(1000), tmp_path / "run", engine=engine, workers=2)
    assert [p.name for p in tmp_path.iterdir()] == ["deadly"]


@pytest.fixture
def terminal():
    """Ctrl-C as a terminal means it: a shell lets what it starts in the background ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("way", [{}, {"workers": 2, "mode": "threads"}, {"workers": 2}])
def test_ctrl_c_keeps_what_is_finished(tmp_path, plain, way, terminal):
    def press(done, patients, failed):
        if done > 1000:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(Stopped, match="the same command goes on from there") as stopped:
        run_ensemble(ASKED, tmp_path / "run", engine=SLOW, progress=press, **way)
    assert stopped.value.done > 1000
    begun = []
    run_ensemble(ASKED, tmp_path / "run", engine=SLOW, progress=lambda done, *rest: begun.append(done), **way)
    assert begun[0] == stopped.value.done
    assert contents(tmp_path / "run") == plain


def test_ctrl_c_in_the_middle_of_a_sum(tmp_path, plain, monkeypatch):
    """Half a task is added when it comes: the state saved before counts, not the half."""
    add, calls = Reductions.add, []

    def interrupted(self, block, most):
        calls.append(block.first)
        add(self, block, most)
        if len(calls) == 11:
            raise KeyboardInterrupt

    monkeypatch.setattr(Reductions, "add", interrupted)
    with pytest.raises(Stopped) as stopped:
        run_ensemble(ASKED, tmp_path / "run", engine=SLOW, chunk=1024, save_every_s=0)
    assert stopped.value.done == 2 * 1024
    monkeypatch.undo()
    run_ensemble(ASKED, tmp_path / "run", engine=SLOW)
    assert contents(tmp_path / "run") == plain


def test_ctrl_c_before_anything_leaves_nothing(tmp_path):
    def press(done, patients, failed):
        raise KeyboardInterrupt

    with pytest.raises(Stopped, match="nothing is kept"):
        run_ensemble(ASKED, tmp_path / "run", engine=quick, progress=press)
    assert list(tmp_path.iterdir()) == []


def full(*args):
    raise OSError(28, "No space left on device")


def test_a_disk_without_room_is_heard_of_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "posix_fallocate", full, raising=False)
    with pytest.raises(StoreError, match="No space left on device.*free some space"):
        run_ensemble(ASKED, tmp_path / "run", engine=quick)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("what", ["column", "state", "last"])
def test_a_disk_that_fills_in_the_middle(tmp_path, plain, monkeypatch, what):
    calls = []

    def later(real):
        def call(*args, **options):
            calls.append(1)
            return full() if len(calls) > 100 * (what == "column") + 5 * (what == "state") else real(*args, **options)

        return call

    place, name = {"column": (os, "pwrite"), "state": (growing.np, "savez"), "last": (growing, "_hashes")}[what]
    monkeypatch.setattr(place, name, later(getattr(place, name)))
    with pytest.raises(StoreError, match="No space left on device.*free some space") as fault:
        run_ensemble(ASKED, tmp_path / "run", engine=SLOW, save_every_s=0)
    monkeypatch.undo()
    assert [p.name for p in tmp_path.iterdir()] == ["run.unfinished"]
    assert what == "last" or "patients that are kept" in str(fault.value)
    begun = []
    run_ensemble(ASKED, tmp_path / "run", engine=SLOW, progress=lambda done, *rest: begun.append(done))
    assert begun[0] >= 5 * 256
    assert contents(tmp_path / "run") == plain


def test_only_the_name_is_missing(tmp_path, plain, monkeypatch):
    """Killed after the last file was written: nobody is solved again."""
    monkeypatch.setattr(growing, "put_in_place", full)
    with pytest.raises(StoreError, match="No space left on device"):
        run_ensemble(ASKED, tmp_path / "run", engine=SLOW)
    monkeypatch.undo()
    told = []
    run_ensemble(ASKED, tmp_path / "run", engine=SLOW, progress=lambda *counts: told.append(counts))
    assert told == []
    assert contents(tmp_path / "run") == plain

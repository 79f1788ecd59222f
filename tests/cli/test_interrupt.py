"""Ctrl-C in the middle: exit code 2, one sentence, what is finished is kept and nothing is half-written."""

import os
import signal
import subprocess
import sys
import time

import pytest

from myoflare.cohort import list_patients
from myoflare.store import read_run

PATIENTS = list_patients()


def hear_ctrl_c():
    """A shell starts what it puts in the background deaf to Ctrl-C, and the tests may run there."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def interrupted(tmp_path, argv, ready, number=signal.SIGINT):
    """Start a command in a group of its own, wait until ``ready()``, stop it as a terminal would."""
    started = subprocess.Popen(
        [sys.executable, "-m", "myoflare.cli.main", *argv],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", start_new_session=True,
        preexec_fn=hear_ctrl_c,
    )  # fmt: skip
    end = time.monotonic() + 300
    while not ready() and started.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    assert started.poll() is None, started.communicate()
    os.killpg(started.pid, number)
    out, err = started.communicate(timeout=120)
    assert "Traceback" not in out + err
    return started.returncode, err


def finished(folder):
    return [p for p in folder.glob("*/manifest.json") if not p.parent.name.startswith(".")]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_during_runs(tmp_path, number):
    argv = ["run", *PATIENTS, "--years", "20", "--no-report", "--out", "all"]
    code, err = interrupted(tmp_path, argv, lambda: finished(tmp_path / "all"), number)
    assert code == 2
    assert "Stopped;" in err
    check_what_is_left(tmp_path / "all")


def test_ctrl_c_during_the_demo(tmp_path):
    argv = ["demo", "--years", "20", "--out", "all", "--workers", "2"]
    code, err = interrupted(tmp_path, argv, lambda: finished(tmp_path / "all"))
    assert code == 2
    assert "Stopped;" in err
    assert not (tmp_path / "all" / "report.html").exists()
    check_what_is_left(tmp_path / "all")


def check_what_is_left(folder):
    """Whole runs only; no drafts."""
    left = list(folder.iterdir())
    assert 0 < len(left) < len(PATIENTS)
    assert all(read_run(p).course.sizes["time"] > 1000 for p in left)

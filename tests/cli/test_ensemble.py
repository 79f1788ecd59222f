"""``myoflare ensemble`` as a user types it."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from myoflare.simulate.ensemble import read_ensemble

MODEL = Path(__file__).resolve().parents[1] / "models" / "alexander_wahl"
SMALL = ["ensemble", "alexander_wahl.ant", "--patients", 20, "--days", 20, "--solver", "reference", "--workers", 1]
LARGE = ["ensemble", "alexander_wahl.ant", "--patients", "1024", "--solver", "reference", "--out", "run"]
LARGE += ["--summary", "E", "max", "--above", "E", "1000"]


@pytest.fixture
def model(tmp_path):
    for file in MODEL.iterdir():
        shutil.copy(file, tmp_path)
    return tmp_path


def test_a_run_says_what_came_of_it(myoflare, model):
    more = ["--summary", "E", "max", "--above", "E", 1000, "--below", "G", 10, "--course", 3, "--keep", "E"]
    code, out, err = myoflare(*SMALL, *more, "--out", "runs/many", "--quantile", 0.5)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "20 of 20 patients reached the end."
    run = read_ensemble(model / "runs" / "many", check=True)
    reached = int(run.data["crossed"].sel(crossing="E_above_1000_day").sum())
    assert f"E_above_1000: {reached} patients ({reached / 20:.1%})." in lines
    assert any(line.startswith("E ") and f"{run.data['mean'].sel(output='E').values[-1]:.4g}" in line for line in lines)
    assert lines[-1] == "Written to runs/many"
    assert run.trajectories.shape == (1, 4, 2)
    assert (run.patients["E_max"] >= run.trajectories[0, :, 0].max()).any()


def test_help_teaches(myoflare):
    code, out, err = myoflare("ensemble", "--help")
    assert (code, err) == (0, "")
    for word in ("Examples:", "reductions.zarr", "the same command goes on", "--above NAME LEVEL"):
        assert word in " ".join(out.split())


WRONG = {
    "no patients": (["--patients", 0], "patients: 0; expected a whole number of at least 1."),
    "a negative length": (["--days", -3], "days: -3; expected a length above 0 days."),
    "no distance": (["--every", 0], "every: 0 days; expected a distance above 0"),
    "an unknown output": (["--keep", "CK"], "states: unknown output 'CK'"),
    "an unknown kind": (["--outputs", "state"], "outputs: 'state'; expected one of states"),
    "an unknown summary": (["--summary", "E", "best"], "summary of E: 'best'; expected max, min"),
    "an unknown parameter": (["--vary", "muX"], "unknown parameter 'muX'"),
    "an unknown solver": (["--solver", "magic"], "solver: 'magic'; expected one of"),
    "a wild spread": (["--spread", 99], "spread: 99.0; expected a coefficient of variation from 0 to 10."),
    "a level that is none": (
        ["--above", "E", "nan"],
        "crossing of E: above nan; expected above or below a finite level.",
    ),
    "a share above 1": (["--quantile", 5], "quantiles: 5.0; expected shares from 0 to 1."),
    "nobody's course": (["--course", 20], "trajectories: patient 20; expected patients from 0 to 19."),
    "no worker": (["--workers", 0], "workers: 0; expected a whole number from 1 to 1024."),
    "an empty chunk": (["--chunk", 0], "chunk: 0; expected a whole number above 0."),
    "a loose tolerance": (["--rtol", 2], "rtol: 2; expected a relative tolerance"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_arguments(myoflare, model, case):
    before = sorted(model.rglob("*"))
    arguments, sentence = WRONG[case]
    code, out, err = myoflare(*SMALL, "--out", "run", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("Error: ")
    assert err.count("\n") == 1
    assert sentence in err
    assert sorted(model.rglob("*")) == before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Missing argument 'MODEL'"),
        (
            ["none.ant", "--patients", 5, "--out", "run"],
            "none.ant: No such file or directory; expected a readable model",
        ),
        (["alexander_wahl.ant", "--out", "run"], "Missing option '--patients'"),
        (["alexander_wahl.ant", "--patients", 5], "Missing option '--out'"),
        (["alexander_wahl.ant", "--patients", "many", "--out", "run"], "'many' is not a valid integer"),
        (["alexander_wahl.ant", "--patients", 5, "--out", ".", "--force"], "this folder is in use"),
        (["alexander_wahl.ant", "--patients", 5, "--out", "parameters.tsv"], "this already exists and is no folder of"),
    ],
)
def test_wrong_calls(myoflare, model, arguments, sentence):
    before = sorted(model.rglob("*"))
    code, out, err = myoflare("ensemble", *arguments)
    assert (code, out) == (2, "")
    assert sentence in err
    assert sorted(model.rglob("*")) == before


def started(model, *more):
    return subprocess.Popen(
        [sys.executable, "-m", "myoflare.cli.main", *LARGE, *more], cwd=model, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, encoding="utf-8", start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip


def wait_until(ready, process):
    end = time.monotonic() + 120
    while not ready() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    assert process.poll() is None, process.communicate()


def finished(model, folder, *more):
    """Runs to the end and gives every file."""
    done = started(model, "--out", folder, *more)
    out, err = done.communicate(timeout=300)
    assert done.returncode == 0, err
    return out, {p.relative_to(model / folder): p.read_bytes() for p in (model / folder).rglob("*") if p.is_file()}


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_going_on(model, number):
    process = started(model, "--workers", "2")
    wait_until((model / "run.unfinished" / "state.npz").exists, process)
    os.killpg(process.pid, number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    told = re.fullmatch(r"Stopped; ([\d,]+) of 1,024 patients are kept in .*run.unfinished; the same .*\n", err)
    assert told, err
    assert int(told[1].replace(",", "")) >= 256
    assert finished(model, "run")[1] == finished(model, "other", "--workers", "1")[1]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").exists(), reason="asks the kernel of Linux for the children of a process")
def test_a_killed_command_leaves_no_workers_and_goes_on(model):
    process = started(model, "--workers", "2")
    wait_until((model / "run.unfinished" / "state.npz").exists, process)
    workers = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    assert len(workers) >= 2
    process.kill()
    process.wait(20)
    end = time.monotonic() + 60
    while any(alive(w) for w in workers) and time.monotonic() < end:
        time.sleep(0.1)
    assert not any(alive(w) for w in workers)
    process.communicate()
    assert finished(model, "run")[1] == finished(model, "other", "--workers", "1")[1]


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False

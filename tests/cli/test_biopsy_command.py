"""`myoflare biopsy` as a user types it: needles, two courses side by side, what is refused, what a stop leaves."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

sys.path.append(str(Path(__file__).parents[1] / "unit" / "tissue"))
from hand_drawn import painted_lesion  # noqa: E402

from myoflare.report import slide_files  # noqa: E402
from myoflare.store import write_run  # noqa: E402
from myoflare.tissue import needle  # noqa: E402
from myoflare.tissue.drive import SERIES  # noqa: E402

HOW = ("--size-mm2", 0.04, "--history", 20)


def keep_run(folder, name="anna", days=60, cells=0.0):
    """A run folder of a life in which nothing moves, but for T cells in the blood."""
    day = np.arange(days + 1.0)
    body = {n: ("time", np.full(len(day), cells if n.startswith("immunity_CD") else 0.0)) for n in SERIES}
    well = {"muscle_gate": 0.1, "MMT8": 150.0, "CDASI": 0.0, "joint_swelling": 0.0, "CK_xULN": 0.5}
    body |= {name: ("time", np.full(len(day), value)) for name, value in well.items()}
    told = {
        "patient": name,
        "sex": "female",
        "age_years": 40.0,
        "version": "0",
        "digest": "0",
    }
    write_run(folder, xr.Dataset(body, {"time": day}, told), summary={"patient": name})
    return folder


@pytest.fixture
def run(tmp_path):
    return keep_run(tmp_path / "runs" / "anna")


@pytest.fixture
def painted(monkeypatch):
    """Lesions painted at once in place of those that grow."""

    def grow(fascicle, drive, day, seed, progress, start, *, threads, checkpoint):
        progress(1.0)
        share = 0.3 if drive.patient == "treated" else 1.0
        return painted_lesion(fascicle, share, day, seed)

    monkeypatch.setattr(needle, "grow_section", grow)
    monkeypatch.setattr(slide_files, "PANEL", (120, 100))
    monkeypatch.setattr(slide_files, "FIELD_PIXELS", (160, 120))
    return monkeypatch


@pytest.mark.usefixtures("painted")
def test_needles_of_a_run(myoflare, run, tmp_path):
    code, out, err = myoflare("biopsy", run, "--day", 50, "--needles", 2, "--stain", "cd8", *HOW)
    assert code == 0
    assert "about 0.7 GB of memory" in err
    assert "needle 1: growing" in err
    assert "needle 2: growing" in err
    heads = next(line for line in out.splitlines() if "needle 1" in line).split()
    assert heads == ["needle", "1", "needle", "2", "mean", "range"]
    row = next(line for line in out.splitlines() if line.startswith("JDM"))
    assert "of 27" in row
    folder = tmp_path / "biopsies" / "anna_day50"
    assert (folder / "needle_2" / "CD8_x20.png").exists()
    assert f"open {Path('biopsies', 'anna_day50', 'needle_1', 'sheet.png')}" in out


@pytest.mark.usefixtures("painted")
def test_two_courses_side_by_side(myoflare, tmp_path):
    runs = [keep_run(tmp_path / "runs" / name, name) for name in ("untreated", "treated")]
    code, out, _ = myoflare("biopsy", "compare", *runs, "--day", 50, "--out", "both", *HOW)
    assert code == 0
    names = {p.name for p in (tmp_path / "both").iterdir()}
    assert names == {"untreated", "treated", "side_by_side_HE.png"}
    row = next(line for line in out.splitlines() if line.startswith("CD3_endomysial_per_mm2")).split()
    assert float(row[1].replace(",", "")) > float(row[2].replace(",", ""))
    again, _, err = myoflare("biopsy", "compare", *runs, "--day", 50, "--out", "both", *HOW)
    assert again == 2
    assert "already exists" in err


@pytest.mark.usefixtures("painted")
def test_the_same_name_twice_gets_two_folders(myoflare, tmp_path):
    runs = [keep_run(tmp_path / place / "anna") for place in ("a", "b")]
    assert myoflare("biopsy", "compare", *runs, "--day", 50, "--out", "both", *HOW)[0] == 0
    assert {p.name for p in (tmp_path / "both").iterdir() if p.is_dir()} == {"a_anna", "b_anna"}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--day", -1), "--day: -1; expected a day of the course, which begins with day 0"),
        (("--day", "nan"), "--day: nan; expected a day"),
        (("--day", 61), "day: 61; expected a day of the course, 0 to 60"),
        (("--day", 50, "--size-mm2", 0), "size_mm2: 0; expected mm^2 between 0.01 and 110.25"),
        (("--day", 50, "--stain", "PAS"), "stain: 'PAS'; expected all, or one of HE, MHC_I, CD4"),
        (("--day", 50, "--needles", 0), "needles: 0; expected 1 to 100"),
        (("--day", 50, "--history", 0), "history: 0; expected days"),
        ((), "Missing option '--day'"),
    ],
)
def test_bad_input_is_one_sentence_and_leaves_nothing(myoflare, run, tmp_path, words, sentence):
    code, out, err = myoflare("biopsy", run, *words)
    assert code == 2
    assert sentence in err
    assert not out
    assert not (tmp_path / "biopsies").exists()


def test_memory_beyond_the_machine(myoflare, run, monkeypatch, tmp_path):
    monkeypatch.setattr(needle, "free_memory_gb", lambda: 0.5)
    code, _, err = myoflare("biopsy", run, "--day", 50)
    assert code == 2
    assert "Error: size_mm2: it needs about 1.4 GB of memory; expected at most the 0.5 GB that are free" in err
    assert not (tmp_path / "biopsies").exists()


@pytest.mark.parametrize("who", ["nobody_at_all", "empty"])
def test_neither_a_person_nor_a_run(myoflare, tmp_path, who):
    (tmp_path / "empty").mkdir()
    code, _, err = myoflare("biopsy", who, "--day", 5)
    assert code == 2
    assert who in err


def test_ctrl_c_keeps_what_is_finished(myoflare, run, painted, tmp_path):
    grow = needle.grow_section

    def stopped(fascicle, drive, day, seed, *rest, **more):
        if seed == 1:
            raise KeyboardInterrupt
        return grow(fascicle, drive, day, seed, *rest, **more)

    painted.setattr(needle, "grow_section", stopped)
    code, _, err = myoflare("biopsy", run, "--day", 50, "--needles", 2, "--out", "b", *HOW)
    assert code == 2
    assert "Stopped; kept: needle_1; the same command goes on from here in b." in err
    painted.setattr(needle, "grow_section", grow)
    code, out, err = myoflare("biopsy", run, "--day", 50, "--needles", 2, "--out", "b", *HOW)
    assert code == 0
    assert "needle 1: growing" not in err
    assert sorted(p.name for p in (tmp_path / "b").iterdir())[-2:] == ["needle_2", "scores.csv"]


def test_a_killed_run_goes_on_from_its_checkpoint(tmp_path):
    """With T cells that come in: the section must be the one of a run that nobody stopped."""
    keep_run(tmp_path / "run", days=200, cells=1e9)
    argv = [sys.executable, "-m", "myoflare.cli.main", "biopsy", "run", "--day", "190", "--size-mm2", "0.04"]
    started = subprocess.Popen([*argv, "--out", "cut"], cwd=tmp_path, stderr=subprocess.DEVNULL, start_new_session=True)
    checkpoint, end = tmp_path / "cut" / ".needle_1.checkpoint", time.monotonic() + 200
    while not checkpoint.exists() and started.poll() is None and time.monotonic() < end:
        time.sleep(0.01)
    assert started.poll() is None
    os.killpg(started.pid, signal.SIGKILL)
    started.wait()
    assert checkpoint.exists()
    for out in ("cut", "whole"):
        subprocess.run([*argv, "--out", out], cwd=tmp_path, check=True, capture_output=True)
    cut, whole = (tmp_path / out / "needle_1" for out in ("cut", "whole"))
    assert (cut / "findings.json").read_text() == (whole / "findings.json").read_text()
    assert (cut / "history.csv").read_text() == (whole / "history.csv").read_text()
    assert not checkpoint.exists()

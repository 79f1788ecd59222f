"""The command line from outside: what it prints, what it leaves, how it ends."""

import json
import os
import re
import subprocess
import sys

import pytest
import xarray as xr

from myoflare.cli.demo import _check_out
from myoflare.cohort import list_patients
from myoflare.store import read_run

MORE = ("patient.yaml", "explanation.json", "report.html")


def test_help_teaches(myoflare):
    code, out, _ = myoflare("--help")
    assert code == 0
    for word in ("run", "patients", "explain", "export", "check", "diagram", "demo", "Examples", "no medical advice"):
        assert word in out


def test_version(myoflare):
    code, out, _ = myoflare("--version")
    assert code == 0
    assert re.fullmatch(r"myoflare \d+\.\d+\.\d+\n", out)


def test_patients_are_listed_with_their_stories(myoflare):
    code, out, _ = myoflare("patients")
    assert code == 0
    assert "statin_necrotising" in out


def test_a_run_leaves_a_whole_folder(myoflare, tmp_path):
    code, out, _ = myoflare("run", "healthy_influenza", "--years", "0.3", "--seed", "5", "--out", "mara")
    assert code == 0
    assert "report.html" in out
    names = {p.name for p in (tmp_path / "mara").iterdir()}
    assert names == {"manifest.json", "course.zarr", "summary.csv", "measured.csv", *MORE}
    manifest = json.loads((tmp_path / "mara" / "manifest.json").read_text())
    assert {"version", "digest", "seed", "solver", "tolerances", "duration_s", "files"} <= set(manifest)
    assert manifest["seed"] == 5
    course = xr.open_zarr(tmp_path / "mara" / "course.zarr", consolidated=False)
    assert course["CK"].attrs["units"] == "U/L"
    assert [p.name for p in tmp_path.iterdir()] == ["mara"]


def test_several_runs_stand_side_by_side(myoflare, tmp_path):
    code, _, _ = myoflare(
        "run", "healthy_influenza", "eccentric_exercise", "--years", "0.2", "--no-report", "--out", "all"
    )
    assert code == 0
    assert {p.name for p in (tmp_path / "all").iterdir()} == {"healthy_influenza", "eccentric_exercise"}


def test_explain_keeps_its_answer_in_the_run(myoflare, tmp_path):
    myoflare("run", "eccentric_exercise", "--years", "0.2", "--no-report", "--out", "tom")
    code, out, _ = myoflare("explain", "tom")
    assert code == 0
    assert "overstretching" in out
    assert read_run(tmp_path / "tom").explanation["counterfactuals"]


@pytest.mark.parametrize("form", ["sbml", "omex", "petab"])
def test_export(myoflare, tmp_path, form):
    assert myoflare("export", form, "--patient", "dermatomyositis", "--out", f"net.{form}")[0] == 0
    assert (tmp_path / f"net.{form}").exists()
    code, _, err = myoflare("export", form, "--out", f"net.{form}")
    assert (code, "already exists" in err) == (2, True)
    assert myoflare("export", form, "--out", f"net.{form}", "--force")[0] == 0


def test_force_on_an_export_replaces_only_what_is_like_it(myoflare, tmp_path):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "thesis.txt").write_text("mine")
    for form, out, says in [
        ("petab", "file", "is a file, not a folder"),
        ("petab", "folder", "not an earlier export"),
        ("sbml", "folder", "is a folder, not a file"),
    ]:
        code, _, err = myoflare("export", form, "--out", out, "--force")
        assert (code, says in err) == (2, True), err
    assert (tmp_path / "folder" / "thesis.txt").read_text() == (tmp_path / "file").read_text() == "mine"


def test_the_seed_moves_what_is_measured_and_nothing_else(myoflare, tmp_path):
    argv = ("run", "healthy_influenza", "--years", "0.3", "--no-report", "--no-what-if")
    for seed, out in ((5, "a"), (5, "b"), (6, "c")):
        assert myoflare(*argv, "--seed", seed, "--out", out)[0] == 0
    a, b, c = ((tmp_path / x / "measured.csv").read_text() for x in "abc")
    assert a == b != c
    assert [line.split(",")[0] for line in a.splitlines()] == ["time", "0", "28", "56", "84"]
    assert (tmp_path / "a" / "summary.csv").read_text() == (tmp_path / "c" / "summary.csv").read_text()


def test_explain_leaves_files_of_others_alone(myoflare, tmp_path):
    argv = ("run", "eccentric_exercise", "--years", "0.2", "--no-report", "--no-what-if")
    myoflare(*argv, "--out", "tom")
    (tmp_path / "tom" / "notes.txt").write_text("mine")
    assert myoflare("explain", "tom", "--shares-only")[0] == 0
    assert (tmp_path / "tom" / "notes.txt").read_text() == "mine"
    code, _, err = myoflare(*argv, "--out", "tom", "--force")
    assert (code, "notes.txt, which is not of the run" in err) == (2, True)
    assert read_run(tmp_path / "tom").summary["patient"] == "eccentric_exercise"


def test_check_and_diagram(myoflare, tmp_path):
    myoflare("export", "sbml", "--out", "net.xml")
    code, out, _ = myoflare("check", "net.xml")
    assert (code, "No fault found" in out) == (0, True)
    assert myoflare("diagram", "--out", "net.svg")[0] == 0
    assert (tmp_path / "net.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_demo_runs_everybody(myoflare, tmp_path):
    code, out, _ = myoflare("demo", "--years", "0.4", "--out", "demo", "--workers", "2")
    assert code == 0, out
    assert f"{len(list_patients())} simulations" in out
    assert str(tmp_path / "demo" / "report.html") in out
    assert (tmp_path / "demo" / "report.html").stat().st_size > 1000
    _check_out(tmp_path / "demo", list_patients())  # a demo may replace a demo


def test_a_terminal_without_unicode_still_gets_its_table(tmp_path):
    argv = ["run", "eccentric_exercise", "--years", "0.2", "--no-report", "--out", "tom"]
    ended = subprocess.run(
        [sys.executable, "-m", "myoflare.cli.main", *argv],
        cwd=tmp_path, env={**os.environ, "PYTHONIOENCODING": "ascii"}, capture_output=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert b"exertional" in ended.stdout

"""The command line from outside: what it prints, what it leaves, how it ends."""

import json
import os
import re
import subprocess
import sys

import pytest
import xarray as xr

from myoflare.store import read_run


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
    assert names == {"manifest.json", "course.zarr", "summary.csv", "patient.yaml", "explanation.json", "report.html"}
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


def test_check_and_diagram(myoflare, tmp_path):
    myoflare("export", "sbml", "--out", "net.xml")
    code, out, _ = myoflare("check", "net.xml")
    assert (code, "No fault found" in out) == (0, True)
    assert myoflare("diagram", "--out", "net.svg")[0] == 0
    assert (tmp_path / "net.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_demo_runs_everybody(myoflare, tmp_path):
    code, out, _ = myoflare("demo", "--years", "0.4", "--out", "demo", "--workers", "2")
    assert code == 0, out
    assert "9 simulations" in out
    assert str(tmp_path / "demo" / "report.html") in out
    assert (tmp_path / "demo" / "report.html").stat().st_size > 1000


def test_a_terminal_without_unicode_still_gets_its_table(tmp_path):
    argv = ["run", "eccentric_exercise", "--years", "0.2", "--no-report", "--out", "tom"]
    ended = subprocess.run(
        [sys.executable, "-m", "myoflare.cli.main", *argv],
        cwd=tmp_path, env={**os.environ, "PYTHONIOENCODING": "ascii"}, capture_output=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert b"exertional" in ended.stdout

"""Bad input at the door: one clear sentence, exit code 2, and nothing half-written under the final name."""

import os
import re
import subprocess
from pathlib import Path

import pytest

HEAD = "name: anna\n"
DOCUMENTS = {
    "malformed YAML": ("exposures: [", r"anna.yaml:\d+: the text is not valid YAML"),
    "unknown key": ("sexx: female", "unknown key 'sexx'"),
    "unknown agent": ("exposures: [{infection: {agent: influenza_z, day: 3}}]", "unknown agent 'influenza_z'"),
    "unknown exposure": ("exposures: [{statn: {from_day: 3}}]", "unknown exposure 'statn'"),
    "negative size": ("exposures: [{infection: {agent: influenza_a, day: 3, size: -1}}]", "-1 for 'size'"),
    "event after the end": ("exposures: [{infection: {agent: influenza_a, day: 9000}}]", "after the run ends.*--years"),
    "alias bomb": ("story: &a [x, x]\ngenome: [*a, *a, *a]", r"an alias \(\*a\)"),
    "number for an exposure": ("exposures: [{infection: 3}]", r"exposures\[0\]\.infection: 3; expected a mapping"),
    "duplicate key": ("sex: male\nsex: male", "write each key once"),
    "second document": ("---\na: 1", "one document to a file"),
    "tag": ("story: !x y", "leave out the tag"),
    "switch among parameters": ("parameters: {H_CTL: 0.5}", "'H_CTL: 0.5' there"),
    "share above 1": ("parameters: {muscle_unprimed_share: 1.5}", "a share from .* to 1"),
    "absurd parameter": ("parameters: {immunity_K_Treg: 1.0e+30}", "a million times the upper bound"),
    "unknown parameter": ("parameters: {k_none: 1}", "unknown name 'k_none'"),
    "unknown subtype": ("subtype: lupus", "unknown subtype 'lupus'"),
}


@pytest.fixture
def refused(myoflare, tmp_path):
    """Runs a command that must fail with one sentence; gives the sentence."""

    def call(*argv):
        before = sorted(tmp_path.rglob("*"))
        code, out, err = myoflare(*argv)
        assert (code, out) == (2, "")
        assert err.startswith("Error: ")
        assert err.count("\n") == 1
        assert sorted(tmp_path.rglob("*")) == before
        return err

    return call


@pytest.mark.parametrize("case", DOCUMENTS)
def test_patient_documents(refused, tmp_path, case):
    text, says = DOCUMENTS[case]
    (tmp_path / "anna.yaml").write_text(HEAD + text + "\n")
    assert re.search(says, refused("run", "anna.yaml"))


def test_a_person_who_does_not_exist(refused):
    assert "did you mean 'statin_toxicity'?" in refused("run", "statin_toxicty")


def test_an_output_folder_that_is_taken(refused, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("years of work")
    assert "already exists" in refused("run", "healthy_influenza", "--out", "out")
    assert "not a run" in refused("run", "healthy_influenza", "--out", "out", "--force")


def test_an_output_folder_that_cannot_be_made(refused, tmp_path):
    (tmp_path / "file").write_text("")
    assert "cannot be written" in refused(
        "run", "healthy_influenza", "--years", "0.1", "--no-report", "--out", "file/run"
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_output_folder_that_is_write_protected(refused, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    assert "Permission denied" in refused("run", "healthy_influenza", "--years", "0.1", "--out", "locked/run")


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 300 kB, where this machine lets us mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(place)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("mounting is not allowed here")
    yield place
    subprocess.run(["umount", str(place)], check=False)


def test_a_full_disk(refused, small_disk):
    said = refused("run", "healthy_influenza", "--years", "1", "--no-report", "--out", small_disk / "run")
    assert "No space left" in said
    assert "free some space" in said
    assert list(small_disk.iterdir()) == []


def test_a_folder_that_is_no_run(refused, tmp_path):
    assert "not a run" in refused("explain", tmp_path)


def test_a_network_that_is_none(refused, tmp_path):
    (tmp_path / "net.xml").write_text("<html/>")
    assert "net.xml" in refused("check", "net.xml")


@pytest.mark.parametrize("years", ["0", "-3", "nan", "1e9"])
def test_years_that_make_no_sense(refused, years):
    said = refused("run", "healthy_influenza", "--years", years)
    assert "a length above 0 and up to 100 years" in said
    assert refused("demo", "--years", years) == said
    for form in ("sbml", "petab", "omex"):
        assert refused("export", form, "--years", years, "--out", "net") == said
        assert refused("export", form, "--patient", "dermatomyositis", "--years", years, "--out", "net") == said


@pytest.mark.parametrize("command", [("demo",), ("run", "healthy_influenza")])
def test_a_place_that_takes_no_files_is_refused_before_anything_runs(refused, tmp_path, command):
    (tmp_path / "file").write_text("")
    assert "a file stands where a folder is needed" in refused(*command, "--out", "file/x")
    if Path("/proc/self").exists():
        assert "cannot be written" in refused(*command, "--out", "/proc/d")


def test_a_demo_leaves_files_of_others_alone(refused, tmp_path):
    (tmp_path / "file").write_text("")
    assert "a file stands where" in refused("demo", "--out", "file")
    (tmp_path / "a" / "dermatomyositis").mkdir(parents=True)
    (tmp_path / "a" / "dermatomyositis" / "manifest.json").write_text("{}")
    said = refused("demo", "--out", "a")
    assert "is not a run" in said
    assert "another --out" in said
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "report.html").write_text("<html>my thesis</html>")
    assert "not the report of a demo" in refused("demo", "--out", "b")


def test_a_picture_of_another_kind(refused):
    assert refused("diagram", "--out", "n.gif").startswith("Error: n.gif: suffix .gif; expected")


def test_two_persons_of_one_name(refused, tmp_path):
    Path(tmp_path / "a.yaml").write_text(HEAD)
    Path(tmp_path / "b.yaml").write_text(HEAD)
    assert "two patients with this name" in refused("run", "a.yaml", "b.yaml")


@pytest.mark.parametrize(
    "argv", [["cure"], ["run"], ["run", "x", "--year", "3"], ["run", "x", "--years", "many"], ["export", "pdf"]]
)
def test_wrong_words_on_the_command_line(myoflare, argv):
    code, out, err = myoflare(*argv)
    assert (code, out) == (2, "")
    assert "Usage" in err

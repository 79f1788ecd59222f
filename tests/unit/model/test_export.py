import subprocess
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from myoflare.base.errors import ModelError, StoreError
from myoflare.model import Change, load_model, with_values, write_omex, write_petab, write_sbml
from myoflare.model.check import sbml_faults

MODEL = Path(__file__).parents[2] / "models" / "alexander_wahl" / "alexander_wahl.ant"


@pytest.fixture(scope="module")
def model():
    return with_values(load_model(MODEL), {"b1": 0.3}, [Change(0.0, "b1", 0.1, "loss"), Change(30.0, "b1", 0.3)])


def test_sbml_has_no_fault_and_reads_back_as_the_same_network(model, tmp_path):
    path = write_sbml(model, tmp_path / "model.xml", initial={"G": 7.0})
    assert sbml_faults(path.read_text()) == []
    back = load_model(path)
    assert [c.day for c in back.schedule] == [0.0, 30.0]
    assert back.schedule[0].label == "loss"
    assert back.species[0].rest == 7.0
    assert {s.id: s.unit for s in back.species} == {s.id: s.unit for s in model.species}
    assert back.reactions[9].notes == model.reactions[9].notes
    assert back.values()["muE"] == 0.25


def test_a_wrong_unit_would_be_noticed(model, tmp_path):
    text = write_sbml(model, tmp_path / "model.xml").read_text()
    broken = text.replace('id="muE" name="death of effectors" value="0.25" units="unit_per_day"',
                          'id="muE" name="death of effectors" value="0.25" units="unit_cell"')  # fmt: skip
    assert broken != text
    assert any("unit consistency" in category for _, _, category, _ in sbml_faults(broken))


def test_petab_passes_its_own_linter(model, tmp_path):
    folder = write_petab(model, tmp_path / "petab")
    lint = subprocess.run(
        [sys.executable, "-c", "from petab.petablint import main; main()", str(folder / "problem.yaml")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert lint.returncode == 0, lint.stdout + lint.stderr
    assert "rror" not in lint.stdout + lint.stderr


def test_the_archive_holds_what_its_manifest_says_and_is_the_same_each_time(model, tmp_path):
    path = write_omex(model, tmp_path / "model.omex")
    with zipfile.ZipFile(path) as archive:
        listed = ElementTree.fromstring(archive.read("manifest.xml"))
        places = {entry.get("location").removeprefix("./") for entry in listed} - {"."}
        assert places == set(archive.namelist())
        recipe = ElementTree.fromstring(archive.read("simulation.sedml"))
    courses = [e for e in recipe.iter() if e.tag.endswith("uniformTimeCourse")]
    assert courses[0].get("outputEndTime") == "1096"
    assert path.read_bytes() == write_omex(model, tmp_path / "again.omex").read_bytes()


@pytest.mark.parametrize("write", [write_sbml, write_petab, write_omex])
def test_a_place_that_cannot_be_is_refused_and_nothing_is_left(model, tmp_path, write):
    (tmp_path / "file").write_text("keep")
    with pytest.raises(StoreError, match="file/out: .*; expected a place that can be written"):
        write(model, tmp_path / "file" / "out")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_full_folder_is_not_overwritten(model, tmp_path):
    (tmp_path / "petab").mkdir()
    (tmp_path / "petab" / "mine.txt").write_text("keep")
    with pytest.raises(StoreError, match="already exists"):
        write_petab(model, tmp_path / "petab")
    assert [p.name for p in (tmp_path / "petab").iterdir()] == ["mine.txt"]


def test_an_empty_folder_is_filled_and_a_file_is_written_anew(model, tmp_path):
    (tmp_path / "petab").mkdir()
    assert (write_petab(model, tmp_path / "petab") / "problem.yaml").exists()
    (tmp_path / "model.xml").write_text("old")
    assert write_sbml(model, tmp_path / "model.xml").read_text().startswith("<?xml")


@pytest.mark.parametrize("years", [float("nan"), float("inf"), 0, -1, 1e9])
def test_an_archive_runs_for_a_lifetime_at_most(model, tmp_path, years):
    with pytest.raises(ModelError, match="^years: .*; expected a number above 0 and up to 100"):
        write_omex(model, tmp_path / "model.omex", years=years)
    assert list(tmp_path.iterdir()) == []


def test_the_shortest_archive_runs_one_day(model, tmp_path):
    with zipfile.ZipFile(write_omex(model, tmp_path / "model.omex", years=1e-6)) as archive:
        assert b'outputEndTime="1" numberOfSteps="1"' in archive.read("simulation.sedml")

import csv
import errno
import json
import os
import shutil

import numpy as np
import pytest
import xarray as xr

from myoflare.base.errors import StoreError
from myoflare.store import list_files, read_run, rewrite_run, write_run, write_whole

SUMMARY = {"patient": "anna", "verdict": "healthy, so far", "CK_max": 120.0}


@pytest.fixture
def course():
    time = ("time", np.arange(3.0), {"units": "day"})
    curve = ("time", np.array([1.0, 2.0, 3.0]), {"long_name": "Creatine kinase", "units": "U/L"})
    attrs = {
        "patient": "anna",
        "patient_yaml": "name: anna\n",
        "seed": 7,
        "digest": "abc",
        "version": "0",
        "duration_s": 1.0,
    }
    return xr.Dataset({"CK": curve}, coords={"time": time}, attrs=attrs)


def leftovers(folder):
    return sorted(p.name for p in folder.iterdir() if p.name.startswith("."))


def test_a_run_is_read_back_as_it_was(tmp_path, course):
    write_run(tmp_path / "run", course, summary=SUMMARY, explanation={"shares": []}, pages={"report.html": _page})
    run = read_run(tmp_path / "run")
    xr.testing.assert_identical(run.course, course)
    assert run.summary["verdict"] == "healthy, so far"
    assert run.explanation == {"shares": []}
    assert run.manifest["digest"] == "abc"
    assert leftovers(tmp_path) == []


def test_the_course_opens_in_xarray_with_units(tmp_path, course):
    write_run(tmp_path / "run", course)
    opened = xr.open_zarr(tmp_path / "run" / "course.zarr", consolidated=False)
    assert (opened["CK"].attrs["units"], opened["CK"].attrs["long_name"]) == ("U/L", "Creatine kinase")
    assert opened["time"].attrs["units"] == "day"


def test_the_manifest_lists_every_file_with_its_digest(tmp_path, course):
    folder = write_run(tmp_path / "run", course, summary=SUMMARY)
    listed = set(json.loads((folder / "manifest.json").read_text())["files"])
    assert listed == {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} - {"manifest.json"}
    with (folder / "summary.csv").open(newline="") as file:
        assert next(csv.DictReader(file))["patient"] == "anna"


def test_an_existing_folder_is_not_overwritten(tmp_path, course):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.txt").write_text("years of work")
    with pytest.raises(StoreError, match="already exists"):
        write_run(tmp_path / "run", course)
    with pytest.raises(StoreError, match="not a run"):
        write_run(tmp_path / "run", course, force=True)
    assert (tmp_path / "run" / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize(
    "manifest", ["[]", "3", "null", "{}", '{"files": 3}', '{"version": 1, "digest": "a", "files": {}}']
)
def test_a_manifest_of_another_is_no_run(tmp_path, course, manifest):
    folder = tmp_path / "app"
    (folder / "course.zarr").mkdir(parents=True)
    (folder / "manifest.json").write_text(manifest)
    with pytest.raises(StoreError, match="not a run"):
        write_run(folder, course, force=True)
    with pytest.raises(StoreError, match="not the manifest of a run"):
        read_run(folder)
    assert (folder / "manifest.json").read_text() == manifest


@pytest.mark.parametrize("name", ["notes.txt", "course.zarr/.mine", "sub/manifest.json"])
def test_a_run_with_files_of_others_is_not_replaced(tmp_path, course, name):
    folder = write_run(tmp_path / "run", course)
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("mine")
    with pytest.raises(StoreError, match=f"holds {name}, which is not of the run"):
        write_run(folder, course, force=True)
    assert (folder / name).read_text() == "mine"


def test_a_course_that_lost_its_time_is_one_sentence(tmp_path, course):
    folder = write_run(tmp_path / "run", course, summary=SUMMARY)
    shutil.rmtree(folder / "course.zarr" / "time")
    told = json.loads((folder / "manifest.json").read_text())
    told["files"] = list_files(folder)
    (folder / "manifest.json").write_text(json.dumps(told))
    with pytest.raises(StoreError):
        read_run(folder)


def test_a_plain_open_is_silent(tmp_path, course, recwarn):
    write_run(tmp_path / "run", course)
    xr.testing.assert_equal(xr.open_zarr(tmp_path / "run" / "course.zarr").load(), course)
    assert [str(w.message) for w in recwarn] == []


def test_a_new_explanation_that_cannot_be_written_leaves_the_old(tmp_path, course, monkeypatch):
    write_run(tmp_path / "run", course, summary=SUMMARY, explanation={"shares": []})
    run, rename, done = read_run(tmp_path / "run"), os.rename, []

    def breaks(old, new):
        done.append(new)
        if len(done) == 4:
            raise OSError(errno.EIO, "Input/output error")
        rename(old, new)

    monkeypatch.setattr(os, "rename", breaks)
    with pytest.raises(StoreError, match="Input/output error"):
        rewrite_run(run, explanation={"shares": [1]}, pages={"report.html": _page})
    assert read_run(tmp_path / "run").explanation == {"shares": []}
    assert not (tmp_path / "run" / "report.html").exists()
    assert leftovers(tmp_path) == []


def test_a_rewrite_keeps_a_page_of_the_user(tmp_path, course):
    write_run(tmp_path / "run", course, summary=SUMMARY)
    (tmp_path / "run" / "report.html").write_text("mine")
    with pytest.raises(StoreError, match="not of the run"):
        rewrite_run(read_run(tmp_path / "run"), explanation={}, pages={"report.html": _page})
    assert (tmp_path / "run" / "report.html").read_text() == "mine"


def test_force_replaces_a_run(tmp_path, course):
    write_run(tmp_path / "run", course, summary={"patient": "old"})
    write_run(tmp_path / "run", course, summary={"patient": "new"}, force=True)
    assert read_run(tmp_path / "run").summary["patient"] == "new"
    assert leftovers(tmp_path) == []


def test_a_full_disk_leaves_nothing(tmp_path, course):
    def full(path):
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(StoreError, match="No space left on device.*free some space"):
        write_run(tmp_path / "run", course, pages={"report.html": full})
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_keeps_the_earlier_run(tmp_path, course):
    def full(path):
        raise OSError(errno.ENOSPC, "No space left on device")

    write_run(tmp_path / "run", course, summary={"patient": "old"})
    with pytest.raises(StoreError):
        write_run(tmp_path / "run", course, pages={"report.html": full}, force=True)
    assert read_run(tmp_path / "run").summary["patient"] == "old"


def test_ctrl_c_while_writing_leaves_nothing(tmp_path, course):
    def stopped(path):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_run(tmp_path / "run", course, pages={"report.html": stopped})
    assert list(tmp_path.iterdir()) == []


def test_a_parent_that_is_a_file_is_one_sentence(tmp_path, course):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        write_run(tmp_path / "file" / "run", course)


def test_a_changed_file_is_noticed(tmp_path, course):
    write_run(tmp_path / "run", course, summary=SUMMARY)
    (tmp_path / "run" / "summary.csv").write_text("patient\nsomebody else\n")
    with pytest.raises(StoreError, match="summary.csv.*changed after the run"):
        read_run(tmp_path / "run")


def test_what_is_no_run_is_said(tmp_path):
    with pytest.raises(StoreError, match="not a run"):
        read_run(tmp_path)


def test_a_new_explanation_replaces_the_old(tmp_path, course):
    write_run(tmp_path / "run", course, summary=SUMMARY, explanation={"shares": []})
    rewrite_run(read_run(tmp_path / "run"), explanation={"shares": [1]})
    run = read_run(tmp_path / "run")
    assert (run.explanation, run.summary["patient"]) == ({"shares": [1]}, "anna")


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    def breaks(path):
        path.write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(StoreError):
        write_whole(tmp_path / "a.xml", breaks)
    assert list(tmp_path.iterdir()) == []
    write_whole(tmp_path / "a.xml", _page)
    with pytest.raises(StoreError, match="already exists"):
        write_whole(tmp_path / "a.xml", _page)


def _page(path):
    path.write_text("<html></html>")

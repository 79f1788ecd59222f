"""A biopsy as a folder: needles that can be added, a run that was stopped and goes on, tables with mean and range."""

import csv
import json
import math
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile
import xarray as xr
from PIL import Image

sys.path.append(str(Path(__file__).parents[1] / "tissue"))
from hand_drawn import painted_lesion  # noqa: E402

from myoflare.base.errors import StoreError, TissueError  # noqa: E402
from myoflare.report import biopsy, slide_files  # noqa: E402
from myoflare.report.biopsy import mean_and_range, read_needle, scan_magnification, write_biopsy  # noqa: E402
from myoflare.tissue import needle  # noqa: E402
from myoflare.tissue.drive import SERIES  # noqa: E402

SMALL = 0.04  # mm^2


@pytest.fixture
def course():
    """A life of 60 days in which nothing moves."""
    day = np.arange(61.0)
    body = {name: ("time", np.full(len(day), 0.0)) for name in SERIES}
    body["muscle_gate"] = ("time", np.full(len(day), 0.1))
    told = {"patient": "nobody", "sex": "female", "age_years": 40.0}
    return xr.Dataset(body, {"time": day}, told)


@pytest.fixture
def painted(monkeypatch):
    """Lesions painted at once in place of those that grow; a list of the days asked for."""
    asked = []

    def grow(fascicle, drive, day, seed, progress, start, *, threads, checkpoint):
        asked.append((seed, day))
        Path(checkpoint).write_text("as far as day")
        if progress:
            progress(1.0)
        return painted_lesion(fascicle, min(1.0, (day - start + 1) / 30), day, seed)

    monkeypatch.setattr(needle, "grow_section", grow)
    monkeypatch.setattr(slide_files, "PANEL", (120, 100))
    monkeypatch.setattr(slide_files, "FIELD_PIXELS", (160, 120))
    monkeypatch.setattr(slide_files, "FILM", (120, 120))
    return asked


def rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_three_needles_with_mean_and_range(course, painted, tmp_path):
    folder, told = tmp_path / "b", []
    found = write_biopsy(
        course, 30, folder, size_mm2=SMALL, needles=3, seed=4, stains=("CD8",), history_days=20,
        progress=lambda done, words: told.append(done),
    )  # fmt: skip
    assert painted == [(4, 30), (5, 30), (6, 30)]
    assert told == sorted(told)
    assert told[-1] == 3
    names = {p.name for p in (folder / "needle_2").iterdir()}
    pictures = {f"CD8_x{m}.png" for m in (10, 20, 40)}
    assert names == pictures | {"HE.ome.tif", "markers.ome.tif", "sheet.png", "findings.json", "section.npz"}
    assert not list(folder.glob(".*"))  # no checkpoint, no frames
    table = {r["name"]: r for r in rows(folder / "morphometry.csv")}
    values = [n.values["CD3_per_mm2"] for n in found]
    assert len(set(values)) == 3  # each needle meets other muscle
    row = table["CD3_per_mm2"]
    assert [float(row[f"needle_{k}"]) for k in (1, 2, 3)] == pytest.approx(values, rel=1e-4)
    assert float(row["mean"]) == pytest.approx(np.mean(values), rel=1e-4)
    assert (float(row["low"]), float(row["high"])) == pytest.approx((min(values), max(values)), rel=1e-4)
    total = sum(float(r["needle_1"]) for r in rows(folder / "scores.csv") if r["score"] == "JDM")
    assert total == found[0].points("JDM")
    assert found[0].most("JDM") == 27
    assert read_needle(folder / "needle_1").values == pytest.approx(found[0].values, nan_ok=True)


def test_needles_are_added_and_none_is_taken_twice(course, painted, tmp_path):
    how = {"size_mm2": SMALL, "history_days": 20}
    write_biopsy(course, 30, tmp_path / "b", needles=1, **how)
    write_biopsy(course, 30, tmp_path / "b", needles=2, **how)
    assert painted == [(0, 30), (1, 30)]
    with pytest.raises(StoreError, match="already exists.*add --force"):
        write_biopsy(course, 30, tmp_path / "b", needles=2, **how)
    write_biopsy(course, 30, tmp_path / "b", needles=1, force=True, **how)
    assert len(painted) == 3
    assert not (tmp_path / "b" / "needle_2").exists()


@pytest.mark.parametrize("change", [{"seed": 1}, {"size_mm2": 0.05}, {"stains": ("CD4",)}, {"film": True}])
def test_another_question_needs_another_folder(course, painted, tmp_path, change):
    how = {"size_mm2": SMALL, "history_days": 20}
    write_biopsy(course, 30, tmp_path / "b", **how)
    with pytest.raises(StoreError, match="already exists"):
        write_biopsy(course, 30, tmp_path / "b", **(how | change))


def test_another_life_is_another_question(course, painted, tmp_path):
    how = {"size_mm2": SMALL, "history_days": 20}
    write_biopsy(course, 30, tmp_path / "b", **how)
    other = course.assign(muscle_gate=course["muscle_gate"] * 2)
    with pytest.raises(StoreError, match="already exists"):
        write_biopsy(other, 30, tmp_path / "b", needles=2, **how)


def test_what_is_not_ours_is_never_removed(course, painted, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    with pytest.raises(StoreError, match="is not a biopsy"):
        write_biopsy(course, 30, mine, size_mm2=SMALL, force=True)
    write_biopsy(course, 30, tmp_path / "b", size_mm2=SMALL)
    (tmp_path / "b" / "thesis.txt").write_text("years of work")
    with pytest.raises(StoreError, match="holds thesis.txt"):
        write_biopsy(course, 30, tmp_path / "b", size_mm2=SMALL, force=True)


def test_a_run_that_was_stopped_goes_on(course, painted, tmp_path, monkeypatch):
    how = {"size_mm2": SMALL, "history_days": 20, "needles": 2}
    real, calls = biopsy.write_sheet, []

    def stopped(*args):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*args)

    monkeypatch.setattr(biopsy, "write_sheet", stopped)
    with pytest.raises(KeyboardInterrupt):
        write_biopsy(course, 30, tmp_path / "b", **how)
    assert sorted(p.name for p in (tmp_path / "b").glob("needle_*")) == ["needle_1"]
    assert (tmp_path / "b" / ".needle_2.checkpoint").exists()
    assert rows(tmp_path / "b" / "morphometry.csv")[0]["needle_1"]
    assert len(write_biopsy(course, 30, tmp_path / "b", **how)) == 2
    assert not list((tmp_path / "b").glob(".*"))


def test_a_film_goes_on_with_the_frames_that_it_has(course, painted, tmp_path, monkeypatch):
    how = {"size_mm2": SMALL, "history_days": 30, "film": True}
    real = needle.grow_section

    def stopped(fascicle, drive, day, *args, **more):
        if day == 35 and len(painted) < 3:
            painted.append("stopped")
            raise KeyboardInterrupt
        return real(fascicle, drive, day, *args, **more)

    monkeypatch.setattr(needle, "grow_section", stopped)
    with pytest.raises(KeyboardInterrupt):
        write_biopsy(course, 45, tmp_path / "b", **how)
    write_biopsy(course, 45, tmp_path / "b", **how)
    assert painted == [(0, 15), (0, 25), "stopped", (0, 35), (0, 45)]
    with Image.open(tmp_path / "b" / "needle_1" / "film.gif") as film:
        assert film.n_frames == 4
    assert not list((tmp_path / "b").glob(".*"))


def test_nothing_could_be_measured():
    assert all(math.isnan(v) for v in mean_and_range([math.nan, math.nan]))
    assert mean_and_range([1.0, math.nan, 3.0]) == (2.0, 1.0, 3.0)


def test_large_sections_are_scanned_coarser():
    assert [scan_magnification(s) for s in (0.01, 1, 4, 16, 60, 110)] == [20, 20, 20, 10, 5, 2.5]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"size_mm2": 0}, "size_mm2: 0; expected mm"),
        ({"size_mm2": -1}, "size_mm2: -1; expected mm"),
        ({"size_mm2": math.nan}, "size_mm2: nan; expected mm"),
        ({"size_mm2": 1e6}, "size_mm2: 1e\\+06; expected mm\\^2 between 0.01 and 110.25"),
        ({"day": -1}, "day: -1; expected a day of the course, 0 to 60"),
        ({"day": 61}, "day: 61; expected a day of the course, 0 to 60.*--years"),
        ({"day": math.inf}, "day: inf; expected a day of the course"),
        ({"needles": 0}, "needles: 0; expected 1 to 100"),
        ({"stains": ("PAS",)}, "stain: 'PAS'; expected all, or one of HE"),
        ({"history_days": 0}, "history: 0; expected days before the biopsy, 1 or more"),
    ],
)
def test_what_cannot_be_taken_is_said_before_anything_is_written(course, painted, tmp_path, change, sentence):
    how = {"day": 30, "folder": tmp_path / "b", "size_mm2": SMALL} | change
    with pytest.raises(TissueError, match=sentence):
        write_biopsy(course, **how)
    assert not painted
    assert not (tmp_path / "b").exists()


def test_memory_beyond_the_machine_is_said_before_the_run(course, painted, tmp_path, monkeypatch):
    monkeypatch.setattr(needle, "free_memory_gb", lambda: 1.0)
    with pytest.raises(TissueError, match=r"it needs about 2.9 GB of memory; expected at most the 1.0 GB"):
        write_biopsy(course, 30, tmp_path / "b", size_mm2=30)
    assert not painted
    needle.check_memory(1e9, None if needle.free_memory_gb() is None else 2e9)


def test_a_course_that_does_not_say_whose_it_is(course, painted, tmp_path):
    course.attrs.pop("age_years")
    with pytest.raises(TissueError, match="course: it does not say whose it is"):
        write_biopsy(course, 30, tmp_path / "b", size_mm2=SMALL)


def test_a_needle_that_grows(course, tmp_path):
    """The real rules on a small piece of muscle to which nothing happens: it stays as it was, and the files say so."""
    (one,) = write_biopsy(course, 12, tmp_path / "b", size_mm2=SMALL, history_days=11.5, film=True)
    assert one.values["fraction_necrotic"] == 0
    assert one.values["capillaries_lost"] == 0
    assert one.points("EULAR_ACR") == 0
    history = rows(one.folder / "history.csv")
    assert float(history[-1]["day"]) == pytest.approx(12, abs=0.6)
    told = json.loads((tmp_path / "b" / "biopsy.json").read_text())
    assert (told["patient"], told["day"], told["film"]) == ("nobody", 12, True)
    with tifffile.TiffFile(one.folder / "markers.ome.tif") as file:
        assert file.series[0].shape[1:] == (400, 400)

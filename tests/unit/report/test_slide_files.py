"""Pictures of a section as files: the right place, the right scale, every stain, and a film in order."""

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

sys.path.append(str(Path(__file__).parents[1] / "tissue"))
from hand_drawn import cells_at, painted_lesion, section_of  # noqa: E402

from myoflare.base.errors import TissueError  # noqa: E402
from myoflare.report import slide_files  # noqa: E402
from myoflare.report.dyes import stains_text  # noqa: E402
from myoflare.report.slide_files import (  # noqa: E402
    Film,
    check_stains,
    field,
    overview_magnification,
    write_pair,
    write_sheet,
    write_slides,
)
from myoflare.tissue.fascicle import make_fascicle  # noqa: E402


@pytest.fixture(scope="module")
def fascicle():
    return make_fascicle(21, 420.0, 400.0)


@pytest.fixture(scope="module")
def lesion(fascicle):
    return painted_lesion(fascicle)


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(slide_files, "PANEL", (200, 160))
    monkeypatch.setattr(slide_files, "FIELD_PIXELS", (240, 160))
    monkeypatch.setattr(slide_files, "FILM", (200, 200))


def test_stains_by_name():
    assert check_stains(("he", "MXA", "HE")) == ["HE", "MxA"]
    assert check_stains(("all",)) == list(stains_text()["stains"])
    with pytest.raises(TissueError, match="stain: 'PAS'; expected all, or one of HE, MHC_I, .*, trichrome"):
        check_stains(("PAS",))


def test_the_busiest_field_is_found(fascicle):
    crowd = cells_at("CD4", [(300 + k, 310 + k) for k in range(12)] + [(60, 60), (70, 60)])
    x, y, width, height = field(section_of(fascicle, crowd), 40, (480, 360))
    assert (width, height) == (120, 90)
    assert x < 300 < 311 < x + width
    assert y < 310 < 321 < y + height


def test_a_field_stays_within_the_section(fascicle):
    for place in ((1, 1), (419, 399), (1, 399)):
        x, y, width, height = field(section_of(fascicle, cells_at("CD4", [place])), 40)
        assert 0 <= x <= 420 - width
        assert 0 <= y <= 400 - height
        assert x <= place[0] <= x + width
    assert field(section_of(fascicle), 2) == (0, 0, 420, 400)  # as large as the section, no larger


def test_the_overview_shrinks_with_the_size_of_the_section(fascicle):
    assert overview_magnification(section_of(fascicle)) == 10


@pytest.mark.usefixtures("small")
def test_slides_have_the_scale_that_they_say(lesion, tmp_path):
    paths = write_slides(lesion, tmp_path, ["HE", "CD8"])
    assert sorted(p.name for p in paths) == [f"{s}_x{m}.png" for s in ("CD8", "HE") for m in (10, 20, 40)]
    for magnification, size in ((10, (420, 400)), (20, (240, 160)), (40, (240, 160))):
        with Image.open(tmp_path / f"HE_x{magnification}.png") as picture:
            assert picture.size == size
            assert 25_400 / picture.info["dpi"][0] == pytest.approx(10 / magnification, rel=1e-3)  # um of a pixel


@pytest.mark.usefixtures("small")
def test_a_sheet_shows_every_stain(lesion, tmp_path):
    plain, told = (write_sheet(lesion, tmp_path / f"{k}.png", words) for k, words in enumerate(((), ("Fibres 3",))))
    stains, columns, gap = len(stains_text()["stains"]), slide_files.COLUMNS, slide_files.GAP
    panel_width, panel_height = slide_files.PANEL
    sheet = np.asarray(Image.open(plain)).astype(int)
    rows = -(-stains // columns)
    assert sheet.shape[1] == gap + columns * (panel_width + gap)
    assert sheet.shape[0] == slide_files.HEAD + rows * (panel_height + gap)
    panels = []
    for k in range(stains):
        x, y = slide_files._corner(k, panel_width, panel_height)
        panels.append(sheet[y : y + panel_height, x : x + panel_width])
    assert all(p.std() > 3 for p in panels)
    assert all(np.abs(p - panels[0]).mean() > 3 for p in panels[1:])  # no two alike
    x, y = slide_files._corner(stains, panel_width, panel_height)
    last = np.asarray(Image.open(told)).astype(int)[y : y + panel_height, x : x + panel_width]
    assert (last.min(), last.max()) == (slide_files.DARK[0], slide_files.PALE[0])  # words, and room around them
    assert (last[:, -4:] == slide_files.PALE[0]).all()


def test_words_are_set_so_that_none_is_cut():
    from PIL import ImageDraw

    pen = ImageDraw.Draw(Image.new("RGB", (10, 10)))
    words = ["short", "a line that is a good deal longer than the others"]
    letters = slide_files.fitting(pen, words, 300, 40)
    assert max(pen.textlength(w, letters) for w in words) <= 300
    assert slide_files.fitting(pen, ["short"], 300, 40).size == 40


@pytest.mark.usefixtures("small")
def test_two_sections_side_by_side(fascicle, lesion, tmp_path):
    path = write_pair(lesion, section_of(fascicle), tmp_path / "pair.png", ["ill", "well"])
    picture = np.asarray(Image.open(path)).astype(int)
    gap, head = slide_files.GAP, slide_files.HEAD
    width = (picture.shape[1] - 3 * gap) // 2
    left, right = picture[head:-gap, gap : gap + width], picture[head:-gap, 2 * gap + width : -gap]
    assert left.shape == right.shape
    assert np.abs(left - right).mean() > 3


@pytest.mark.usefixtures("small")
def test_a_film_shows_the_days_in_order(fascicle, tmp_path):
    film = Film(fascicle)
    for day, share in ((0, 0.0), (10, 0.5), (20, 1.0)):
        film.add(painted_lesion(fascicle, share, day))
    with Image.open(film.save(tmp_path / "film.gif")) as movie:
        assert movie.n_frames == 3
        times, frames = [], []
        for k in range(3):
            movie.seek(k)
            times.append(movie.info["duration"])
            frames.append(np.asarray(movie.convert("RGB")).astype(int))
    assert times == [500, 500, 2500]
    first, last = (np.abs(frames[k] - frames[0]).mean() for k in (1, 2))
    assert 0 < first < last


def test_a_film_without_frames_is_refused(fascicle, tmp_path):
    with pytest.raises(TissueError, match="a film without a frame"):
        Film(fascicle).save(tmp_path / "film.gif")

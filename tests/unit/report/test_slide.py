"""The slide: colours that a pathologist's software can take apart again, and structures where they belong."""

from dataclasses import replace

import numpy as np
import pytest

from myoflare.base.errors import TissueError
from myoflare.report.dyes import dye_density, stains_text, transmit, unmix
from myoflare.report.scene import Scene
from myoflare.report.slide import draw_slide, dye_amounts, stain_scene
from myoflare.tissue.fascicle import make_fascicle
from myoflare.tissue.states import (
    CELL_KINDS,
    CELL_STATES,
    FIBRE_STATES,
    Cells,
    VesselStates,
    healthy_fibres,
    healthy_vessels,
)

STAINS = list(stains_text()["stains"])
WINDOW = (50.0, 50.0, 220.0, 200.0)
MARKED = {"MHC_I": "MHC1", "C5b9": "MAC", "MxA": "MxA", "NCAM": "NCAM"}


@pytest.fixture(scope="module")
def section():
    return make_fascicle(21, 320.0, 300.0)


@pytest.fixture(scope="module")
def healthy(section):
    return Scene(section, WINDOW, 0.5)


def one_cell(kind, x=150.0, y=140.0, state="resting"):
    number = [np.array([n], np.uint8) for n in (CELL_KINDS.index(kind), CELL_STATES.index(state))]
    return Cells(number[0], np.array([x]), np.array([y]), number[1])


def brown(scene, stain):
    return dye_amounts(scene, stain)["DAB"]


def test_colours_can_be_taken_apart_again():
    draw = np.random.default_rng(0)
    amounts = {d: draw.random((20, 30)) for d in ("haematoxylin", "eosin", "DAB")}
    found = unmix(transmit(amounts), list(amounts))
    for dye, amount in amounts.items():
        np.testing.assert_allclose(found[dye], amount, atol=2e-3)


@pytest.mark.parametrize("dye", list(stains_text()["dyes"]))
def test_dyes_are_directions(dye):
    assert np.linalg.norm(dye_density(dye)) == pytest.approx(1)
    assert stains_text()["dyes"][dye]["source"]


def test_healthy_muscle_in_its_true_colours(healthy):
    picture = np.asarray(stain_scene(healthy, "HE", bar=False)).astype(float)
    fibre = np.median(picture[healthy.depth > 8], axis=0)
    seam = np.median(picture[healthy.layers["perimysium"] > 0.5], axis=0)
    nucleus = np.median(picture[healthy.layers["nucleus"] > 0.8], axis=0)
    assert fibre[0] > fibre[2] + 30 > fibre[1] + 50  # eosin: red over blue over green
    assert nucleus[2] > nucleus[0] + 10 > nucleus[1]  # haematoxylin: blue over red
    assert nucleus.mean() < fibre.mean() - 40 < seam.mean() - 60  # collagen is paler than fibres, nuclei are darkest


@pytest.mark.parametrize("stain", STAINS)
def test_every_stain_draws_a_picture(healthy, stain):
    picture = np.asarray(stain_scene(healthy, stain))
    assert picture.shape == (400, 440, 3)
    assert picture.std() > 3


@pytest.mark.parametrize("stain", STAINS)
def test_stains_name_structures_that_are_drawn(section, stain):
    """A structure misspelt in the text would silently stay unstained."""
    n = len(CELL_KINDS)
    everyone = Cells(np.arange(n, dtype=np.uint8), np.full(n, 150.0), np.full(n, 140.0), np.zeros(n, np.uint8))
    scene = Scene(section, WINDOW, 1.0, everyone)
    for dye, uptake in stains_text()["stains"][stain].items():
        for structure in uptake if dye != "title" else ():
            assert scene.layer(structure) is not None, structure


@pytest.mark.parametrize(("stain", "mark"), MARKED.items())
def test_a_mark_of_a_fibre_is_brown_on_that_fibre(section, healthy, stain, mark):
    target = int(healthy.label[200, 220])
    values = np.zeros(len(section.fibres), np.float32)
    values[target - 1] = 1.0
    marked = brown(Scene(section, WINDOW, 0.5, fibres=replace(healthy_fibres(section), **{mark: values})), stain)
    more = marked - brown(healthy, stain)
    edge = healthy.layers["sarcolemma"] > 0.5
    assert more[edge & (healthy.label == target)].mean() > 0.2
    assert np.abs(more[healthy.label != target]).max() < 1e-6


@pytest.mark.parametrize(
    ("stain", "kind", "other"), [("CD8", "CD8", "CD4"), ("CD4", "CD4", "B"), ("CD20", "B", "CD8"), ("CD68", "M1", "B")]
)
def test_a_cell_is_brown_in_its_own_stain_only(section, stain, kind, other):
    here = slice(164, 196), slice(184, 216)  # 8 um around the cell; resident macrophages elsewhere are brown in CD68
    own, others = (brown(Scene(section, WINDOW, 0.5, one_cell(k)), stain)[here].max() for k in (kind, other))
    assert own > 0.6
    assert others < 0.5 * own


def test_a_lost_capillary_is_not_drawn(section, healthy):
    gone = replace(healthy_vessels(section), present=np.zeros(len(section.capillaries), np.uint8))
    left = Scene(section, WINDOW, 0.5, vessels=gone).layers["endothelium"].sum()
    assert left < 0.6 * healthy.layers["endothelium"].sum()  # arterioles and venules stay


def test_capillaries_carry_marks(section):
    marks = np.ones(len(section.capillaries), np.float32)
    sick = VesselStates(marks.astype(np.uint8), marks, 0 * marks)
    assert brown(Scene(section, WINDOW, 0.5, vessels=sick), "C5b9").max() > 0.7


@pytest.mark.parametrize("state", ["necrotic", "gap", "regenerating", "fibrosis", "fat"])
def test_a_fibre_that_changed_looks_changed(section, healthy, state):
    target = int(healthy.label[200, 220])
    states = np.zeros(len(section.fibres), np.uint8)
    states[target - 1] = FIBRE_STATES.index(state)
    changed = Scene(section, WINDOW, 0.5, fibres=replace(healthy_fibres(section), state=states))
    inside = (healthy.label == target) & (healthy.depth > 5)
    eosin, before = (dye_amounts(s, "HE")["eosin"][inside].mean() for s in (changed, healthy))
    assert eosin < 0.9 * before


def test_the_same_section_gives_the_same_picture(section):
    one, two = (np.asarray(draw_slide(section, window=WINDOW, magnification=10)) for _ in range(2))
    other = np.asarray(draw_slide(section, window=WINDOW, magnification=10, batch=1))
    np.testing.assert_array_equal(one, two)
    assert np.abs(one.astype(int) - other).mean() > 0.5  # another batch is stained a little otherwise


def test_a_thicker_section_is_darker(section):
    thin, thick = (draw_slide(section, window=WINDOW, thickness_um=t, bar=False) for t in (5.0, 10.0))
    assert np.asarray(thick).mean() < np.asarray(thin).mean() - 15


def test_the_bar_is_as_long_as_it_says(section):
    picture = np.asarray(draw_slide(section, window=WINDOW, magnification=20)).astype(int)
    black = (picture.max(2) < 5).sum(1)
    assert black.max() == pytest.approx(50 / 0.5, abs=2)  # 50 um, the longest that fits a quarter of 220 um


def test_what_cannot_be_drawn_is_said(section):
    with pytest.raises(TissueError, match="stain: 'PAS'; expected one of HE"):
        draw_slide(section, stain="PAS")
    with pytest.raises(TissueError, match="window: .* pixels; expected up to"):
        draw_slide(section, magnification=400)

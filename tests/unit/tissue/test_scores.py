"""Biopsy scores on sections drawn so that each point is known."""

import numpy as np
import pytest
from hand_drawn import cells_at, in_state, painted_lesion, section_of, squared_fascicle

from myoflare.base.errors import TissueError
from myoflare.tissue.fascicle import make_fascicle
from myoflare.tissue.morphometry import Finding, measure_section
from myoflare.tissue.scores import biopsy_items, parts, score_findings, score_section, scores_text

SHARED = {"CD3_endomysial": "CD8", "CD68_endomysial": "M1"}


@pytest.fixture(scope="module")
def fascicle():
    return squared_fascicle()


def item(section, name, score="JDM"):
    return next(i for i in score_section(section)[score].items if i.name == name)


def line(count, x=150.0, y=60.0, step=15.0):
    return [(x, y + step * k) for k in range(count)]


def test_health_scores_nothing(fascicle):
    scores = score_section(section_of(fascicle))
    assert {name: s.points for name, s in scores.items()} == {"JDM": 0, "EULAR_ACR": 0}


def test_the_scores_have_their_published_maxima(fascicle):
    scores = score_section(section_of(fascicle))
    most = {domain: top for domain, (_, top) in scores["JDM"].domains().items()}
    assert most == {"inflammatory": 12, "vascular": 3, "muscle fibre": 10, "connective tissue": 2}
    assert scores["JDM"].most == 27
    assert scores["EULAR_ACR"].most == pytest.approx(1.7 + 1.2 + 1.9 + 3.1)


# three clusters of ten between fibres, all in one square of the diffuse rule
THICK = line(10, 150.0, 60.0, 2.0) + [(y, x) for x, y in line(10, 150.0, 60.0, 2.0)] + line(10, 150.0, 170.0, 2.0)


@pytest.mark.parametrize(("name", "kind"), SHARED.items())
@pytest.mark.parametrize(
    ("places", "points"),
    [
        (line(1), 1),  # 0.16 mm^2: one cell makes six in a field of 0.95 mm^2
        (THICK[:1], 1),
        (THICK[:9], 1),
        (THICK[:20], 1),  # two clusters are not more than two
        (THICK, 2),
        ([], 0),
    ],
)
def test_cells_make_points(fascicle, name, kind, places, points):
    found = item(section_of(fascicle, cells_at(kind, places)), name)
    assert found.points == points
    assert bool(found.why) == bool(points)


def test_an_infiltrate_in_half_of_the_squares_is_diffuse(fascicle):
    places = [(x, y) for x in (148, 152, 248, 252) for y in (60, 100, 160, 200, 260, 300)]
    assert item(section_of(fascicle, cells_at("CD4", places)), "CD3_endomysial").points == 2


def test_cells_score_in_their_own_compartment_only(fascicle):
    found = score_section(section_of(fascicle, cells_at("CD4", line(10, x=200.0, y=15.0, step=0.5))))
    scored = [i.name for i in found["JDM"].items if i.points]
    assert scored == ["CD3_perimysial"]


@pytest.mark.parametrize(
    ("fibres", "name", "points"),
    [
        ({"state": in_state(9, necrotic=[0])}, "perifascicular_necrosis_regeneration", 1),
        ({"state": in_state(9, regenerating=[4])}, "other_necrosis_regeneration", 1),
        ({"MHC1": np.ones(9, np.float32)}, "MHC1", 1),
        ({"size": np.full(9, 0.5, np.float32)}, "perifascicular_atrophy", 2),
        ({"size": np.full(9, 0.5, np.float32)}, "other_atrophy", 2),
        ({"state": in_state(9, fibrosis=[0])}, "endomysial_fibrosis", 1),
        ({"NCAM": np.eye(9, dtype=np.float32)[4]}, "other_neonatal_myosin", 1),
        ({"nuclei": np.ones(9, np.uint8)}, "internal_nuclei", 1),
        ({"nuclei": np.ones(9, np.uint8), "state": np.full(9, 8, np.uint8)}, "internal_nuclei", 0),  # basophilic
    ],
)
def test_fibres_make_points(fascicle, fibres, name, points):
    assert item(section_of(fascicle, fibres=fibres), name).points == points


def test_capillary_loss_counts_inside_the_fascicle_only(fascicle):
    gone = section_of(fascicle, vessels={"present": np.zeros(4, np.uint8)})
    assert item(gone, "capillary_dropout").points == 0  # every capillary of the squares touches the edge row
    true = make_fascicle(4, 700.0, 700.0)
    some = (np.random.default_rng(0).random(len(true.capillaries)) > 0.4).astype(np.uint8)
    assert item(section_of(true, vessels={"present": some}), "capillary_dropout").points == 1


def test_what_the_simulation_cannot_show_is_said(fascicle):
    vacuoles = item(section_of(fascicle), "rimmed_vacuoles", "EULAR_ACR")
    assert (vacuoles.points, vacuoles.most) == (0, 3.1)
    assert "no vacuoles" in vacuoles.why
    assert "arterioles do not change" in item(section_of(fascicle), "arterial_abnormality").why


def test_biopsy_items_of_the_criteria():
    lesion = painted_lesion(make_fascicle(11, 800.0, 800.0, sex="female"))
    items = biopsy_items(measure_section(lesion))
    assert {name: present for name, (present, _) in items.items()} == {
        "endomysial_infiltrate": True,
        "perimysial_infiltrate": True,
        "perifascicular_atrophy": True,
        "rimmed_vacuoles": False,
    }
    assert score_section(lesion)["EULAR_ACR"].points == pytest.approx(1.7 + 1.2 + 1.9)


def test_a_heavy_lesion_scores_high_and_half_of_it_less():
    fascicle = make_fascicle(11, 800.0, 800.0, sex="female")
    half, full = (score_section(painted_lesion(fascicle, s))["JDM"].points for s in (0.3, 1.0))
    assert half < full
    assert full >= 15


def test_not_a_number_makes_no_point(fascicle):
    found = measure_section(section_of(fascicle))
    lacks = dict(found, perifascicular_atrophy_index=Finding("perifascicular_atrophy_index", float("nan"), "", ""))
    assert score_findings(lacks)["EULAR_ACR"].points == 0


@pytest.mark.parametrize("text", ["fibres > 3", "fibres >= three", "fibres >= 3 or fat >= 1", ""])
def test_a_condition_that_cannot_be_read(text):
    with pytest.raises(TissueError, match="expected 'finding >= number'"):
        parts(text)


def test_conditions_name_findings_that_exist(fascicle):
    known = set(measure_section(section_of(fascicle)))
    for text in scores_text().values():
        for name, told in text["items"].items():
            for conditions in told.get("points", {}).values():
                assert {n for c in conditions for n, _, _ in parts(c)} <= known, name

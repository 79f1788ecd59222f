"""Counts and measures on a section of squares, whose answers are known by hand."""

import numpy as np
import pytest
from hand_drawn import FIBRE, cells_at, in_state, section_of, squared_fascicle

from myoflare.tissue.fascicle import make_fascicle
from myoflare.tissue.infiltrate import clusters, densest_field, infiltrated
from myoflare.tissue.morphometry import counting, measure_section
from myoflare.tissue.profiles import edge_row
from myoflare.tissue.section import healthy_section

AREA = 0.4**2  # mm^2
MIDDLE = 4


@pytest.fixture(scope="module")
def fascicle():
    return squared_fascicle()


def value(section, name):
    return measure_section(section)[name].value


def test_a_section_of_squares_in_health(fascicle):
    found = {name: f.value for name, f in measure_section(section_of(fascicle)).items()}
    assert found["section_area"] == pytest.approx(AREA)
    assert (found["fibres"], found["fibre_area"], found["least_feret"]) == (9, FIBRE**2, pytest.approx(FIBRE))
    assert (found["fibre_area_cv"], found["least_feret_cv"]) == (0, pytest.approx(0, abs=1e-12))
    assert found["perifascicular_atrophy_index"] == 1
    assert found["capillaries_per_mm2"] == pytest.approx(4 / AREA)
    assert found["capillaries_per_fibre"] == pytest.approx(4 / 9)
    assert (found["units"], found["units_lost"], found["capillaries_lost"]) == (2, 0, 0)
    fascicle_share = (300 / 400) ** 2
    assert found["perimysium_fraction"] == pytest.approx(1 - fascicle_share)
    assert found["collagen_fraction"] == pytest.approx(1 - 9 * FIBRE**2 / 400**2)
    never = ("fraction_", "CD8", "mononuclear", "edge_", "inside_", "fat", "scar")
    assert all(v == 0 for name, v in found.items() if name.startswith(never))


def test_every_row_tells_itself(fascicle):
    for name, finding in measure_section(section_of(fascicle)).items():
        assert finding.name == name
        assert finding.unit in ("mm^2", "um^2", "um", "1/mm^2", "count", "dimensionless")
        assert len(finding.description) > 5


def test_the_edge_row_is_all_but_the_middle(fascicle):
    assert list(np.flatnonzero(~edge_row(fascicle, 4.0))) == [MIDDLE]


def test_perifascicular_atrophy(fascicle):
    size = np.full(9, 0.5, np.float32)
    size[MIDDLE] = 1
    found = measure_section(section_of(fascicle, fibres={"size": size}))
    assert found["perifascicular_atrophy_index"].value == pytest.approx(0.5)
    assert (found["edge_atrophic"].value, found["inside_atrophic"].value) == (1, 0)
    widths = [FIBRE * np.sqrt(0.5)] * 8 + [FIBRE]
    assert found["least_feret"].value == pytest.approx(np.mean(widths))


def test_fibres_by_state(fascicle):
    state = in_state(9, necrotic=[0], gap=[1], regenerating=[4], fibrosis=[6], fat=[8])
    found = measure_section(section_of(fascicle, fibres={"state": state}))
    assert found["fibres"].value == 7
    assert found["fraction_necrotic"].value == pytest.approx(2 / 7)
    assert found["fraction_regenerating"].value == pytest.approx(1 / 7)
    assert found["inside_necrotic_or_regenerating"].value == 1
    assert found["edge_necrotic_or_regenerating"].value == pytest.approx(2 / 6)
    assert found["largest_dead_group"].value == 2
    one = FIBRE**2 / 400**2
    assert found["scar_fraction"].value == pytest.approx(one)
    assert found["fat_fraction"].value == pytest.approx(one)
    assert found["collagen_fraction"].value == pytest.approx(1 - 8 * one)


def test_dead_fibres_that_do_not_touch_are_groups_of_one(fascicle):
    section = section_of(fascicle, fibres={"state": in_state(9, necrotic=[0, 2, 6, 8])})
    assert value(section, "largest_dead_group") == 1


def test_marks_count_from_half_on(fascicle):
    marks = np.linspace(0, 1, 9).astype(np.float32)
    section = section_of(fascicle, fibres={"MHC1": marks, "MxA": marks, "NCAM": marks, "MAC": marks})
    for name in ("MHC1", "MxA", "C5b9", "NCAM"):
        assert value(section, f"fraction_{name}") == pytest.approx(5 / 9)


def test_capillaries_that_are_gone(fascicle):
    vessels = {"present": np.array([1, 0, 0, 0], np.uint8), "MAC": np.array([1, 1, 0, 0], np.float32)}
    found = measure_section(section_of(fascicle, vessels=vessels))
    assert found["capillaries_lost"].value == 0.75
    assert found["units_lost"].value == 1
    assert found["capillaries_C5b9"].value == 1  # of the one that is left


@pytest.mark.parametrize(
    ("x", "y", "compartment"),
    [(200, 150, "endomysial"), (200, 200, "endomysial"), (200, 20, "perimysial"), (40, 20, "perivascular"),
     (56, 20, "perimysial"), (44, 20, "perivascular")],
)  # fmt: skip
def test_each_cell_has_one_compartment(fascicle, x, y, compartment):
    found = measure_section(section_of(fascicle, cells_at("CD4", [(x, y)])))
    for place in ("endomysial", "perimysial", "perivascular"):
        expected = 1 / AREA if place == compartment else 0
        assert found[f"CD4_{place}_per_mm2"].value == pytest.approx(expected)
        assert found[f"CD3_{place}_per_mm2"].value == pytest.approx(expected)
    assert found["CD4_per_mm2"].value == pytest.approx(1 / AREA)
    assert found["CD68_per_mm2"].value == 0


@pytest.mark.parametrize(
    ("kind", "x", "state", "invaded"),
    [("CD8", 200, "mhc", 1), ("TRM", 200, "healthy", 1), ("CD4", 200, "mhc", 0), ("M1", 200, "mhc", 0),
     ("CD8", 153, "mhc", 0), ("CD8", 150, "mhc", 0), ("CD8", 200, "necrotic", 0)],
)  # fmt: skip
def test_only_cd8_cells_deep_in_a_living_fibre_invade_it(fascicle, kind, x, state, invaded):
    section = section_of(fascicle, cells_at(kind, [(x, 200)]), {"state": in_state(9, **{state: [MIDDLE]})})
    assert value(section, "invaded_fibres") == invaded


def test_surrounded_fibres(fascicle):
    ring = [(150, 180), (150, 200), (150, 220)]  # between fibres 3 and 4
    found = measure_section(section_of(fascicle, cells_at("M1", ring)))
    assert found["fraction_surrounded"].value == pytest.approx(2 / 9)
    found = measure_section(section_of(fascicle, cells_at("M1", ring[:2])))
    assert found["fraction_surrounded"].value == 0
    entered = section_of(fascicle, cells_at(["M1", "M1", "M1", "CD8"], [*ring, (200, 200)]))
    assert value(entered, "fraction_surrounded") == pytest.approx(1 / 9)  # one that is invaded is not among them


def test_clusters_are_groups_of_ten():
    line = np.arange(10) * 15.0
    assert clusters(line, 0 * line, 20.0, 10) == 1
    assert clusters(line[:9], 0 * line[:9], 20.0, 10) == 0
    assert clusters(line, 0 * line, 14.0, 10) == 0
    two = np.concatenate([line, line + 500])
    assert clusters(two, 0 * two, 20.0, 10) == 2


def test_the_densest_field():
    x, y = np.full(7, 1900.0), np.full(7, 100.0)
    assert densest_field(x, y, (2000.0, 1000.0), 1.0) == 7
    assert densest_field(np.append(x, 100.0), np.append(y, 100.0), (2000.0, 1000.0), 1.0) == 7
    assert densest_field(x[:2], y[:2], (2000.0, 1000.0), 4.0) == 4  # half a field is scaled up
    assert densest_field(np.zeros(0), np.zeros(0), (400.0, 400.0), 1.0) == 0


def test_infiltrated_squares():
    x, y = np.array([10.0, 20, 30, 40, 300]), np.array([10.0, 10, 10, 10, 10])
    assert infiltrated(x, y, (500.0, 500.0), 250.0, 4) == 0.25


def test_rows_agree_with_the_anatomy_of_a_healthy_section():
    fascicle = make_fascicle(3, 600.0, 600.0)
    found = measure_section(healthy_section(fascicle))
    assert found["fibres"].value == len(fascicle.fibres)
    assert found["capillaries_per_mm2"].value == pytest.approx(len(fascicle.capillaries) / 0.36)
    assert found["fibre_area"].value == pytest.approx(fascicle.fibres.area_um2[fascicle.fibres.whole].mean())
    circle = np.sqrt(4 / np.pi * found["fibre_area"].value)
    assert 0.75 * circle < found["least_feret"].value < circle  # a polygon is narrower than the circle of its area


def test_numbers_of_counting_have_a_source():
    from myoflare.store import science_document

    rows = science_document("tissue", "scores.yaml").data["counting"]
    assert set(rows) == set(counting())
    assert all(row["source"] and row["unit"] and row["about"] for row in rows.values())

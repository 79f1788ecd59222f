"""A section that is grown: repeatable, nothing lost, cells only where they may be, and the way back to the body."""

import numpy as np
import pytest
import xarray
from scipy.ndimage import label

from myoflare.base.errors import TissueError
from myoflare.tissue.agents import KINDS, ROOM, Agents
from myoflare.tissue.bridge import account, sent_by_body, to_body
from myoflare.tissue.drive import drive_of, steady_drive
from myoflare.tissue.fascicle import make_fascicle
from myoflare.tissue.ground import DENSITY, INSIDE, PERIMYSIAL, make_ground
from myoflare.tissue.grow import advance_day, begin, grow_section
from myoflare.tissue.live import GAP, NECROTIC
from myoflare.tissue.rules import TIMETABLE, timetable
from myoflare.tissue.states import CELL_KINDS
from myoflare.tissue.tables import rules_table

ILL = {
    "immunity_CD8": 2e9, "immunity_CD4": 2e9, "immunity_Treg": 1e10, "humoral_memory_B": 1e8, "muscle_gate": 0.7,
    "humoral_immune_complex": 0.1, "infection_IFNa_acting": 1.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def fascicle():
    return make_fascicle(3, 300, 300)


@pytest.fixture(scope="module")
def drive():
    return steady_drive(60, injuries=((2.0, 0.4),), numbers={"muscle_CTL_recognition": 1.0}, **ILL)


@pytest.fixture(scope="module")
def section(fascicle, drive):
    return grow_section(fascicle, drive, 12, seed=5, start_day=0)


def same(a, b):
    for record in ("cells", "fibres", "vessels"):
        for name, array in vars(getattr(a, record)).items():
            np.testing.assert_array_equal(array, getattr(getattr(b, record), name), err_msg=name)
    for name in a.fields:
        np.testing.assert_array_equal(a.fields[name], b.fields[name], err_msg=name)
    for name in a.counts:
        np.testing.assert_array_equal(a.counts[name], b.counts[name], err_msg=name)


def test_threads_change_no_bit(fascicle, drive, section):
    same(section, grow_section(fascicle, drive, 12, seed=5, start_day=0, threads=2))


def test_another_seed_is_another_section(fascicle, drive, section):
    other = grow_section(fascicle, drive, 12, seed=6, start_day=0)
    assert len(other.cells) != len(section.cells) or (other.cells.x != section.cells.x).any()


def test_a_run_that_was_stopped_goes_on(fascicle, drive, section, tmp_path):
    path = tmp_path / "section.npz"
    grow_section(fascicle, drive, 11, seed=5, start_day=0, checkpoint=path)  # leaves what it was on day 10
    resumed = []
    same(section, grow_section(fascicle, drive, 12, 5, resumed.append, 0, checkpoint=path))
    assert len(resumed) == 2
    with pytest.raises(TissueError, match="another run"):
        grow_section(fascicle, drive, 12, seed=6, start_day=0, checkpoint=path)


def test_no_cell_is_lost(section):
    found = account(section)
    assert found["error"] == 0
    assert found["entered"] > 100
    assert found["present"] == len(section.cells)


def test_as_many_enter_as_the_body_sends(section, drive):
    """Entry is the network's over the scale; a coin a step leaves at most half a standard error more than sqrt(n)/2."""
    for kind in ("CD8", "CD4"):
        sent = sent_by_body(section, drive, kind)
        assert abs(section.counts[f"{kind}_entered"].sum() - sent) < 4 * np.sqrt(sent)


def test_scale_is_that_of_25_kg(section, drive):
    block_mm3 = section.fascicle.fibres.area_um2.sum() * 1e-6 * section.attrs["block_um"] * 1e-3
    assert section.attrs["scale"] == pytest.approx(25_000 / (block_mm3 * DENSITY), rel=1e-12)
    body = to_body(section, drive)
    fibres = sum(section.counts[f"fibres_{s}"] for s in ("healthy", "mhc", "stressed", "strained", "leaky", "atrophic"))
    rest = sum(section.counts[f"fibres_{s}"] for s in ("necrotic", "gap", "regenerating", "fibrosis", "fat"))
    assert (fibres + rest == len(section.fascicle.fibres)).all()
    assert body["CD8"][-1] == section.counts["CD8"][-1] * section.attrs["scale"]
    dead = section.counts["dead_g"].sum() * section.attrs["scale"]
    assert body["antigen"].sum() == pytest.approx(dead)
    assert body["antigen"].sum() > 0.2 * 25_000  # two fifths of the fibres were wounded


def inside_fibres(section, *kinds):
    """Whether each cell of these kinds lies inside a fibre."""
    ground = make_ground(section.fascicle, 25_000.0)
    j, i = ground.medium.voxels(section.cells.x, section.cells.y)
    inside = ground.zone[j * ground.medium.wall.shape[1] + i] == INSIDE
    return inside[np.isin(section.cells.kind, [CELL_KINDS.index(k) for k in kinds])]


def test_cells_lie_between_fibres(fascicle, drive, section):
    """Only macrophages, neutrophils and satellite cells lie inside, in dead fibres; CD8 cells in those they attack."""
    assert not inside_fibres(section, "CD4", "Treg", "B", "plasma", "pDC", "FAP").any()
    three_days_after = grow_section(fascicle, drive, 5, seed=5, start_day=0)
    assert inside_fibres(three_days_after, "M1", "M2", "neutrophil").any()


def test_no_place_is_crowded(fascicle, drive):
    live = begin(fascicle, drive, 5, 0.0, 1, dict(rules_table()))
    most = 0
    for _ in range(6):
        advance_day(live)
        most = max(most, np.bincount(live.cells.site[: live.cells.n]).max())
    assert most <= rules_table()["crowd"] + 3  # those that enter, are born or let go of a fibre may add to a full place


def test_the_buffer_grows_and_loses_nobody():
    cells = Agents()
    cells.add(np.arange(3 * ROOM) % 5, np.arange(3 * ROOM), -1, 0)
    assert cells.n == 3 * ROOM
    np.testing.assert_array_equal(cells.site[: cells.n], np.arange(3 * ROOM))
    assert len(np.unique(cells.key[: cells.n])) == 3 * ROOM
    gone = np.arange(cells.n) % 3 == 0
    cells.remove(gone)
    np.testing.assert_array_equal(cells.site[: cells.n], np.arange(3 * ROOM)[~gone])


def test_wounded_fibres_are_cleared(section):
    dead = section.counts["fibres_necrotic"]
    assert dead.max() >= 0.2 * len(section.fascicle.fibres)
    assert section.counts["cleared"].sum() > 0
    assert dead[-1] < dead.max()
    assert set(np.unique(section.fibres.state)) & {NECROTIC, GAP, 8}


def test_ground_is_one_piece(fascicle):
    """From any open place every other can be reached: no cell is shut in."""
    ground = make_ground(fascicle, 25_000.0)
    _, pieces = label((ground.zone != INSIDE).reshape(ground.medium.wall.shape), np.ones((3, 3)))
    assert pieces == 1
    assert (ground.zone == PERIMYSIAL).any()


def test_timetable_names_every_rule():
    text = timetable(with_sources=True)
    for rule in TIMETABLE:
        assert rule.name in text
        assert len(rule.about) > 20
        assert len(rule.source) > 80
    assert len(KINDS) == len(CELL_KINDS) + 1


def test_faults_are_sentences(fascicle, drive):
    with pytest.raises(TissueError, match="within the course"):
        grow_section(fascicle, drive, 61)
    with pytest.raises(TissueError, match="unknown name 'luck'"):
        grow_section(fascicle, drive, 5, numbers={"luck": 1.0})
    with pytest.raises(TissueError, match="threads"):
        grow_section(fascicle, drive, 5, threads=0)
    with pytest.raises(TissueError, match="unknown name 'spite'"):
        steady_drive(5, spite=1.0)
    with pytest.raises(TissueError, match="no variable immunity_CD8"):
        drive_of(xarray.Dataset(coords={"time": [0.0, 1.0]}))

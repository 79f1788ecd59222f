"""OME-TIFF: what is read back is what was drawn, with its scale, its channels and its pyramid."""

import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
import tifffile

sys.path.append(str(Path(__file__).parents[1] / "tissue"))
from hand_drawn import cells_at, section_of  # noqa: E402

from myoflare.report.ome import PER_DENSITY, marker_stains, whole_scene, write_brightfield, write_markers  # noqa: E402
from myoflare.report.slide import dye_amounts, stain_scene  # noqa: E402
from myoflare.tissue.fascicle import make_fascicle  # noqa: E402

OME = "{http://www.openmicroscopy.org/Schemas/OME/2016-06}"


@pytest.fixture(scope="module")
def section():
    return section_of(make_fascicle(21, 320.0, 300.0), cells_at("CD8", [(150, 140), (160, 150)]), day=7)


@pytest.fixture(scope="module")
def scene(section):
    return whole_scene(section, 20)


@pytest.fixture(scope="module")
def markers(section, scene, tmp_path_factory):
    return write_markers(section, tmp_path_factory.mktemp("ome") / "markers.ome.tif", scene=scene)


def test_every_marker_is_a_channel_that_can_be_read_back(scene, markers):
    with tifffile.TiffFile(markers) as file:
        assert file.is_ome
        planes = file.series[0].asarray()
        assert file.series[0].axes == "CYX"
        assert file.pages[0].is_tiled
        channels = ET.fromstring(file.ome_metadata).iter(f"{OME}Channel")
        names = [c.get("Name") for c in channels]
    assert names == ["Nuclei", *marker_stains()]
    assert planes.shape == (len(names), *scene.shape)
    brown = dye_amounts(scene, "CD8")["DAB"]
    np.testing.assert_allclose(
        planes[names.index("CD8")] / PER_DENSITY, np.clip(brown, 0, 6.5), atol=1.01 / PER_DENSITY
    )
    y, x = np.unravel_index(np.argmax(planes[names.index("CD8")]), scene.shape)
    assert min(np.hypot(x * 0.5 - 150, y * 0.5 - 140), np.hypot(x * 0.5 - 160, y * 0.5 - 150)) < 6


def test_the_scale_is_in_the_file(markers):
    with tifffile.TiffFile(markers) as file:
        pixels = next(ET.fromstring(file.ome_metadata).iter(f"{OME}Pixels"))
        assert float(pixels.get("PhysicalSizeX")) == float(pixels.get("PhysicalSizeY")) == 0.5
        assert pixels.get("PhysicalSizeXUnit") == "µm"
        whole, parts = file.pages[0].tags["XResolution"].value
        assert 1e4 / (whole / parts) == 0.5  # pixels to the cm


def test_the_pyramid_halves_down_to_one_screen(markers):
    with tifffile.TiffFile(markers) as file:
        levels = file.series[0].levels
        assert [level.shape[1:] for level in levels] == [(600, 640), (300, 320), (150, 160)]
        first, second = levels[0].asarray().astype(float), levels[1].asarray().astype(float)
    means = first.reshape(first.shape[0], 300, 2, 320, 2).mean((2, 4))
    assert np.abs(second - means).max() <= 0.5


def test_colours_are_those_of_the_slide(section, scene, tmp_path):
    path = write_brightfield(section, tmp_path / "HE.ome.tif", scene=scene)
    with tifffile.TiffFile(path) as file:
        assert file.is_ome
        assert file.pages[0].photometric.name == "RGB"
        np.testing.assert_array_equal(file.asarray(), np.asarray(stain_scene(scene, "HE", bar=False)))
        assert [level.shape for level in file.series[0].levels] == [(600, 640, 3), (300, 320, 3), (150, 160, 3)]
        assert "drawn, day 7" in next(ET.fromstring(file.ome_metadata).iter(f"{OME}Image")).get("Name")

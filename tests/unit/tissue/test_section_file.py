"""A section written and read back is the same section."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hand_drawn import painted_lesion, section_of

from myoflare.base.errors import TissueError
from myoflare.tissue.fascicle import make_fascicle
from myoflare.tissue.morphometry import measure_section
from myoflare.tissue.section_file import read_section, write_section


@pytest.fixture(scope="module")
def lesion():
    return painted_lesion(make_fascicle(5, 300.0, 250.0, sex="female", age_years=9), day=42)


def test_a_section_comes_back(lesion, tmp_path):
    back = read_section(write_section(lesion, tmp_path / "s.npz"))
    for part in ("cells", "fibres", "vessels"):
        old, new = getattr(lesion, part), getattr(back, part)
        for field in fields(old):
            np.testing.assert_array_equal(getattr(old, field.name), getattr(new, field.name))
    np.testing.assert_array_equal(lesion.fascicle.label, back.fascicle.label)
    assert (back.day, back.patient, back.seed) == (42, "drawn", 5)
    assert measure_section(back) == measure_section(lesion)


def test_a_file_that_is_no_section(tmp_path):
    (tmp_path / "s.npz").write_bytes(b"PK\x03\x04 not really")
    for name in ("s.npz", "none.npz"):
        with pytest.raises(TissueError, match="this is no section that can be read"):
            read_section(tmp_path / name)


def test_muscle_that_has_changed_since_is_refused(lesion, tmp_path):
    smaller = replace(lesion.fascicle.capillaries, x=lesion.fascicle.capillaries.x[1:])
    section = section_of(replace(lesion.fascicle, capillaries=smaller), lesion.cells)
    with pytest.raises(TissueError, match="where the same seed now gives"):
        read_section(write_section(section, tmp_path / "s.npz"))

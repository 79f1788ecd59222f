"""Every fault has a broken twin in ``tests/bad_models`` and the one sentence that a user gets."""

from pathlib import Path

import pytest

from myoflare.base.errors import ModelError
from myoflare.model import load_model

TWINS = sorted(path.parent for path in (Path(__file__).parents[2] / "bad_models").glob("*/expected.txt"))


@pytest.mark.parametrize("folder", TWINS, ids=lambda folder: folder.name)
def test_a_broken_model_gets_its_sentence(folder):
    model = folder / "model.xml" if (folder / "model.xml").exists() else folder / "model.ant"
    with pytest.raises(ModelError) as fault:
        load_model(model)
    sentence = str(fault.value).replace(f"{folder}/", "")
    assert sentence == (folder / "expected.txt").read_text().strip()


def test_there_is_a_twin_for_every_rule():
    assert len(TWINS) >= 29


def test_a_folder_and_an_unknown_ending_are_no_models(tmp_path):
    with pytest.raises(ModelError, match="expected a .ant, .txt, .xml or .sbml file"):
        load_model(tmp_path)
    (tmp_path / "model.ant").mkdir()
    with pytest.raises(ModelError, match="Is a directory"):
        load_model(tmp_path / "model.ant")

"""Every fault has a broken twin in ``tests/bad_models`` and the one sentence that a user gets."""

from pathlib import Path

import pytest

from myoflare.base.errors import ModelError
from myoflare.compile import compile_model
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
    assert len(TWINS) >= 43


def test_what_is_not_there_and_what_is_a_folder_is_said_before_the_ending(tmp_path):
    with pytest.raises(ModelError, match="nosuch: No such file or directory; expected a readable model file"):
        load_model(tmp_path / "nosuch")
    with pytest.raises(ModelError, match="a folder; expected a .ant, .txt, .xml or .sbml file"):
        load_model(tmp_path)
    (tmp_path / "model.ant").mkdir()
    with pytest.raises(ModelError, match="a folder"):
        load_model(tmp_path / "model.ant")
    (tmp_path / "model.doc").write_text("A")
    with pytest.raises(ModelError, match="a file ending in .doc"):
        load_model(tmp_path / "model.doc")


def test_a_document_type_after_a_long_comment_is_refused(tmp_path):
    twin = (TWINS[0].parent / "entity_expansion" / "model.xml").read_text()
    head, rest = twin.split("?>", 1)
    (tmp_path / "model.xml").write_text(f"{head}?><!--{'x' * (1 << 20)}-->{rest}")
    with pytest.raises(ModelError, match="an XML file with <!DOCTYPE"):
        load_model(tmp_path / "model.xml")


@pytest.mark.parametrize("depth", [400, 4000, 100_000])
def test_formulas_too_deep_to_walk_are_refused(tmp_path, depth):
    twin = (TWINS[0].parent / "undefined_name" / "model.xml").read_text()
    deep = "<apply><minus/>" * depth + "<ci>A</ci>" + "</apply>" * depth
    (tmp_path / "model.xml").write_text(twin.replace("<ci>nosuch</ci>", deep))
    with pytest.raises(ModelError, match="model.xml line 16: more than 300 elements inside each other"):
        load_model(tmp_path / "model.xml")


def test_a_deep_formula_in_antimony_is_refused(tmp_path):
    (tmp_path / "model.ant").write_text(
        "model m()\n A -> ; k*" + "sin(" * 2000 + "A" + ")" * 2000 + "\n A=1;k=1\nend\n"
    )
    with pytest.raises(ModelError):
        load_model(tmp_path / "model.ant")


def test_a_huge_cell_is_one_sentence(tmp_path):
    twin = TWINS[0].parent / "duplicate_row"
    (tmp_path / "model.ant").write_text((twin / "model.ant").read_text())
    table = (twin / "parameters.tsv").read_text()
    (tmp_path / "parameters.tsv").write_text(table.replace("k_die", "k" * 140_000))
    with pytest.raises(ModelError, match=r"parameters.tsv: field larger than field limit \(131072\); expected"):
        load_model(tmp_path / "model.ant")


def test_a_commented_import_and_a_chain_of_imports_are_no_circle(tmp_path):
    for name, lines in {
        "c": '// import "a.ant"\n/* import "model.ant" */\nfunction c1(x)\n x\nend\n',
        "a": 'import "c.ant"\nmodel a()\n var k; k := c1(2)\nend\n',
        "model": 'import "a.ant"\nmodel *m()\n A: a();\n S -> ; c1(S)*A.k; S=1\nend\n',
    }.items():
        (tmp_path / f"{name}.ant").write_text(lines)
    assert load_model(tmp_path / "model.ant").species[0].id == "S"


def test_a_formula_too_deep_to_compile_is_one_sentence(tmp_path):
    (tmp_path / "model.ant").write_text("model m()\n A -> ; k*" + "sin(" * 150 + "A" + ")" * 150 + "\n A=1;k=1\nend\n")
    with pytest.raises(ModelError, match="m: formulas nested too deeply"):
        compile_model(load_model(tmp_path / "model.ant"))

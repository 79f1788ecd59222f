from pathlib import Path

import pytest

from myoflare.base.errors import ModelError
from myoflare.model import Change, antimony_text, load_conditions, load_model, with_values
from myoflare.model.notes import parse_notes, write_notes

MODEL = Path(__file__).parents[2] / "models" / "alexander_wahl" / "alexander_wahl.ant"


@pytest.fixture(scope="module")
def model():
    return load_model(MODEL)


def test_text_and_tables_become_records(model):
    assert [s.id for s in model.species] == ["G", "A", "R", "E"]
    assert model.species[0].unit == "pmol"
    assert model.species[0].rest == 1e6
    reaction = next(r for r in model.reactions if r.id == "activate_E")
    assert reaction.stoichiometry == {"E": 1.0}
    assert reaction.notes["edges"] == "7"
    assert reaction.notes["source"] == "Alexander & Wahl 2011, equation 1"
    assert model.values()["muE"] == 0.25
    assert model.observables[0].formula == "E"


def test_changed_values_reach_starting_amounts_and_digest(model):
    other = with_values(model, {"G_start": 5.0}, [Change(3.0, "b1", 0.1)])
    assert other.species[0].rest == 5.0
    assert other.digest != model.digest
    assert with_values(other, {"G_start": 1e6}).digest != model.digest  # the schedule counts
    assert with_values(model, {}).digest == model.digest


def test_an_unknown_parameter_is_named(model):
    with pytest.raises(ModelError, match="unknown parameter nonsense"):
        with_values(model, {"nonsense": 1.0})


def test_notes_survive_writing_and_reading():
    notes = {"edges": "3, 8", "source": "A & B 2011 <x>", "about": "see: this"}
    assert parse_notes(write_notes(notes)) == notes


def test_a_condition_table_gives_only_filled_cells(tmp_path, model):
    table = tmp_path / "subtypes.tsv"
    table.write_text("conditionId\tconditionName\tb1\tmuE\nmild\tMild\t0.5\t\n")
    assert load_conditions(table, model)["mild"].values == {"b1": 0.5}
    table.write_text("conditionId\tb2\nmild\t0.5\n")
    with pytest.raises(ModelError, match="column b2 is no parameter of the model"):
        load_conditions(table, model)


FOREIGN = """<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level2/version4" level="2" version="4"><model id="foreign">
<listOfCompartments><compartment id="c" size="2"/></listOfCompartments>
<listOfSpecies><species id="A" compartment="c" initialConcentration="3"/>
<species id="fixed" compartment="c" initialConcentration="5" boundaryCondition="true"/></listOfSpecies>
<listOfReactions><reaction id="r" reversible="false"><listOfReactants><speciesReference species="A"/></listOfReactants>
<listOfProducts><speciesReference species="fixed"/></listOfProducts>
<kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><times/><ci>c</ci><ci>k</ci><ci>A</ci></apply></math>
<listOfParameters><parameter id="k" value="0.1"/></listOfParameters></kineticLaw></reaction></listOfReactions>
</model></sbml>"""


def test_foreign_sbml_in_concentrations_is_read_as_amounts(tmp_path):
    (tmp_path / "foreign.xml").write_text(FOREIGN)
    model = load_model(tmp_path / "foreign.xml")
    assert model.species[0].rest == 6.0
    assert model.reactions[0].law == "c * r_k * (A / c)"
    assert model.values() == {"r_k": 0.1, "c": 2.0, "fixed": 5.0}
    assert model.reactions[0].stoichiometry == {"A": -1.0}


def test_a_text_is_translated_once_and_anew_when_what_it_imports_changes(tmp_path, monkeypatch):
    monkeypatch.setenv("MYOFLARE_CACHE", str(tmp_path / "cache"))
    asked = []
    translate = antimony_text._translate
    monkeypatch.setattr(antimony_text, "_translate", lambda *a: asked.append(a) or translate(*a))
    part, whole = tmp_path / "part.ant", tmp_path / "whole.ant"
    part.write_text("function half(x)\n  x / 2\nend\n")
    whole.write_text('import "part.ant"\nmodel whole()\n  species A = 4;\n  r: A -> ; half(A);\nend\n')
    first = load_model(whole)
    assert (load_model(whole), len(asked)) == (first, 1)
    part.write_text("function half(x)\n  x / 2.5\nend\n")
    assert load_model(whole).digest != first.digest
    kept = sorted((tmp_path / "cache").glob("antimony_*.json"))
    assert len(kept) == len(asked) == 2
    kept[0].write_text("cut sh")  # as after a full disk
    kept[1].write_text("")
    assert load_model(whole).digest != first.digest
    assert len(asked) == 3

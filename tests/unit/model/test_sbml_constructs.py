"""Constructs of SBML become rules, states, parameters and events that run; each beside its answer in closed form."""

import numpy as np
import pytest

from myoflare.base.errors import ModelError
from myoflare.compile import compile_model
from myoflare.model import load_model, reading, with_readings, with_values, write_sbml
from myoflare.model.check import sbml_faults
from myoflare.model.records import Bolus, Change, Infusion, Reset
from myoflare.simulate import advance
from myoflare.simulate.observe import observed

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"><model id="m">{}</model></sbml>"""
MATH = '<math xmlns="http://www.w3.org/1998/Math/MathML">{}</math>'


def antimony(tmp_path, text):
    (tmp_path / "model.ant").write_text(f"model m()\n{text}\nend\n")
    return load_model(tmp_path / "model.ant")


def follow(model, times, **names):
    """Course of each name, measure by name, by plain Python."""
    model = with_readings(model, names)
    program = compile_model(model, backend="python")
    solution = advance(program, program.values, program.guess, np.asarray(times, float), model.schedule)
    assert solution.status.ok
    return dict(zip(names, observed(program, solution).T, strict=True))


def test_amounts_stay_when_their_volume_grows(tmp_path):
    model = antimony(tmp_path, "compartment V; species A in V; V = 2; A = 3; V' = 1\n A -> ; k*A*V; k = 0.5")
    course = follow(model, [0, 1, 2], A="concentration", V="value")
    assert course["V"] == pytest.approx([2, 3, 4])
    assert course["A"] == pytest.approx(6 * np.exp([0, -0.5, -1]) / course["V"], rel=1e-7)


def test_a_rate_rule_on_a_concentration_means_the_concentration(tmp_path):
    model = antimony(tmp_path, "compartment V; species $A in V; V = 2; A = 3; V' = 1; A' = 1")
    course = follow(model, [0, 1, 2], A="concentration")
    assert course["A"] == pytest.approx([3, 4, 5], rel=1e-7)
    assert follow(model, [0, 1, 2], A="amount")["A"] == pytest.approx([6, 12, 20], rel=1e-7)


def test_a_stoichiometry_may_be_a_quantity(tmp_path):
    model = antimony(tmp_path, "species A, B; A = 0; B = 0\n J: B -> n A; k; k = 2; n := 1 + time")
    assert [r.continuous for r in model.reactions] == [False, True]
    assert model.reactions[0].stoichiometry == {"B": -1.0}
    course = follow(model, [0, 1, 2], A="amount", B="amount", n="value", J="value")
    assert course["A"] == pytest.approx([0, 3, 8], rel=1e-7)
    assert course["B"] == pytest.approx([0, -2, -4], rel=1e-7)
    assert course["n"].tolist() == [1, 2, 3]
    assert course["J"].tolist() == [2, 2, 2]


def test_rates_of_reactions_and_of_change_stand_in_formulas(tmp_path):
    model = antimony(tmp_path, "species A; A = 1\n J: -> A; k*A; k = 0.5; double := 2*J; slope := rateOf(A)")
    course = follow(model, [0, 2], A="amount", double="value", slope="value")
    assert course["double"] == pytest.approx(course["A"], rel=1e-12)
    assert course["slope"] == pytest.approx(course["A"] / 2, rel=1e-12)


def test_starting_values_follow_from_each_other_and_from_changed_parameters(tmp_path):
    model = antimony(tmp_path, "a = b + 1; b = 2*c; c = 3; r := a*10; species S; S = r + sin(0); S -> ; S*c")
    assert model.values()["a"] == 7.0
    assert model.species[0].rest == 70.0
    other = with_values(model, {"c": 5.0})
    assert (other.values()["a"], other.species[0].rest) == (11.0, 110.0)
    assert with_values(model, {"b": 1.0}).values()["a"] == 2.0


def test_timed_changes_are_a_schedule_and_anything_else_is_an_event(tmp_path):
    timed = antimony(tmp_path, "species S; S = 1; S -> ; k*S; k = 1; at (time >= 2): k = 3; at (time >= 5): k = 0")
    assert [(c.day, c.parameter, c.value) for c in timed.schedule] == [(2.0, "k", 3.0), (5.0, "k", 0.0)]
    assert timed.events == ()
    mixed = antimony(tmp_path, "species S; S = 1; S -> ; k*S; k = 1; at (time >= 2): k = 3; E: at (S < 0.5): S = 1")
    assert mixed.schedule == ()
    assert [e.id for e in mixed.events][1] == "E"
    course = follow(mixed, [0, 0.6, 0.7], S="amount")
    assert course["S"] == pytest.approx([1, np.exp(-0.6), np.exp(np.log(2) - 0.7)], rel=1e-7)


def test_an_event_that_is_true_from_before_the_start_never_happens(tmp_path):
    text = "species S; S = 1; S -> ; k*S; k = 1; at (time >= 0){}: k = 0"
    assert follow(antimony(tmp_path, text.format("")), [0, 1], S="amount")["S"][1] == pytest.approx(np.exp(-1))
    assert follow(antimony(tmp_path, text.format(", t0=false")), [0, 1], S="amount")["S"][1] == pytest.approx(1.0)


def test_an_event_without_trigger_never_happens(tmp_path):
    event = f'<event id="e" useValuesFromTriggerTime="true"><listOfEventAssignments><eventAssignment variable="k">{MATH.format("<cn>2</cn>")}</eventAssignment></listOfEventAssignments></event>'  # noqa: E501
    body = '<listOfParameters><parameter id="k" value="1" constant="false"/></listOfParameters>'
    (tmp_path / "m.xml").write_text(HEAD.format(f"{body}<listOfEvents>{event}</listOfEvents>"))
    assert follow(load_model(tmp_path / "m.xml"), [0, 1], k="value")["k"].tolist() == [1, 1]


def test_ids_that_are_words_of_the_formula_syntax_are_ordinary_ids(tmp_path):
    ids = ("time", "pi", "INF", "true", "nan")
    found = "".join(f'<parameter id="{n}" value="{i}" constant="true"/>' for i, n in enumerate(ids))
    total = "".join(f"<ci>{n}</ci>" for n in ids)
    total += '<pi/><csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/time">t</csymbol>'
    rule = f'<assignmentRule variable="x">{MATH.format(f"<apply><plus/>{total}</apply>")}</assignmentRule>'
    found += '<parameter id="x" constant="false"/>'
    text = f"<listOfParameters>{found}</listOfParameters><listOfRules>{rule}</listOfRules>"
    (tmp_path / "m.xml").write_text(HEAD.format(text))
    course = follow(load_model(tmp_path / "m.xml"), [0, 2], x="value", INF="value", time="value")
    assert course["x"] == pytest.approx([10 + np.pi, 12 + np.pi])
    assert (course["INF"][0], course["time"][0]) == (2.0, 0.0)


LEVEL2 = """<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level2/version4" level="2" version="4"><model id="m">
<listOfFunctionDefinitions><functionDefinition id="f">{function}</functionDefinition></listOfFunctionDefinitions>
<listOfCompartments><compartment id="c" size="2"/></listOfCompartments>
<listOfSpecies><species id="A" compartment="c" initialAmount="0"/></listOfSpecies>
<listOfParameters><parameter id="n" value="3"/></listOfParameters>
<listOfReactions><reaction id="r" reversible="false"><listOfProducts><speciesReference species="A">
<stoichiometryMath>{stoichiometry}</stoichiometryMath></speciesReference></listOfProducts>
<kineticLaw>{law}</kineticLaw></reaction></listOfReactions></model></sbml>"""


def test_a_stoichiometry_of_level_2_and_a_function_whose_argument_is_called_pi(tmp_path):
    text = LEVEL2.format(
        function=MATH.format("<lambda><bvar><ci>pi</ci></bvar><apply><times/><ci>pi</ci><cn>2</cn></apply></lambda>"),
        stoichiometry=MATH.format("<apply><times/><ci>n</ci><cn>2</cn></apply>"),
        law=MATH.format("<apply><ci>f</ci><cn>5</cn></apply>"),
    )
    (tmp_path / "m.xml").write_text(text)
    assert follow(load_model(tmp_path / "m.xml"), [0, 1], A="amount")["A"] == pytest.approx([0, 60])


def test_submodels_are_written_out_and_those_of_other_files_found(tmp_path):
    comp = "http://www.sbml.org/sbml/level3/version1/comp/version1"
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" xmlns:comp="{comp}" level="3" version="1" comp:required="true">'  # noqa: E501
    (tmp_path / "part.xml").write_text(
        f'{head}<model id="part"><listOfParameters><parameter id="k" value="7" constant="false"/></listOfParameters>'
        f'<listOfRules><rateRule variable="k">{MATH.format("<cn>2</cn>")}</rateRule></listOfRules></model></sbml>'
    )
    main = (
        f'{head}<model id="m"><comp:listOfSubmodels><comp:submodel comp:id="one" comp:modelRef="p"/>'
        '<comp:submodel comp:id="two" comp:modelRef="p"/></comp:listOfSubmodels></model>'
        '<comp:listOfExternalModelDefinitions><comp:externalModelDefinition comp:id="p" comp:source="part.xml" '
        'comp:modelRef="part"/></comp:listOfExternalModelDefinitions></sbml>'
    )
    (tmp_path / "m.xml").write_text(main)
    course = follow(load_model(tmp_path / "m.xml"), [0, 3], one__k="value", two__k="value")
    assert [c[-1] for c in course.values()] == pytest.approx([13, 13])
    (tmp_path / "part.xml").write_text('<!DOCTYPE x [<!ENTITY a "a">]>' + (tmp_path / "part.xml").read_text())
    with pytest.raises(ModelError, match="part.xml: an XML file with <!DOCTYPE"):
        load_model(tmp_path / "m.xml")


def test_a_reading_of_nothing_is_refused(tmp_path):
    model = antimony(tmp_path, "species S; S = 1; S -> ; k*S; k = 1")
    with pytest.raises(ModelError, match="reading Z: a name that the model does not have"):
        reading(model, "Z")
    with pytest.raises(ModelError, match="the measure 'weight'"):
        reading(model, "S", "weight")


def test_events_and_every_kind_of_action_survive_writing_and_reading(tmp_path):
    model = antimony(
        tmp_path, "species S; S = 8; S -> ; k*S; k = 0.5; n = 0; E: at 0.1 after (S < 3): S = 8, n = n + 1"
    )
    actions = [Change(1.0, "k", 1.0), Bolus(2.0, "S", 3.0), Bolus(2.0, "S", 1.0), Infusion(3.0, "S", 6.0, 2.0),
               Infusion(4.0, "S", 6.0, 2.0), Reset(7.0, "S", 5.0)]  # fmt: skip
    model = with_values(model, {}, actions)
    path = write_sbml(model, tmp_path / "out.xml")
    assert [f for f in sbml_faults(path.read_text()) if f[1] == "Error"] == []
    back = load_model(path)
    assert len(back.events) == 1 + 7
    times = np.linspace(0, 10, 41) + 0.01
    times[0] = 0.0
    one, two = (follow(m, times, S="amount", n="value") for m in (model, back))
    assert two["S"] == pytest.approx(one["S"], rel=1e-6)
    assert two["n"].tolist() == one["n"].tolist()
    assert one["n"][-1] >= 3

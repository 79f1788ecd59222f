"""Parts join a network by name; a piece of a network is all that some quantities need, and no more."""

import re

import numpy as np
import pytest

from myoflare.base.errors import ModelError
from myoflare.compile import compile_model
from myoflare.model import load_model
from myoflare.model.closure import piece, upstream
from myoflare.model.join import join, load_part
from myoflare.model.records import Parameter
from myoflare.simulate import advance

HEAD = "parameterId\tnominalValue\tunit\tdescription\n"
BODY = """
model *body()
  unit mg = 1e-3 gram;
  substanceOnly species A, B;
  A has mg; A = A_total;
  B has mg;
  make: A => B; held * k_make * A;
  lose: B => ; (k_lose + extra) * B;
  half := B / 2;
  half is "half";
  aside := 2 * A;
  aside is "aside";
end
"""
BODY_NUMBERS = (
    "held\t1\tdimensionless\t\nextra\t0\t1/day\t\nk_make\t0.5\t1/day\t\nk_lose\t0.1\t1/day\t\nA_total\t10\tmg\t\n"
)
PART = """
model *drug()
  unit mg = 1e-3 gram;
  substanceOnly species C, B;
  C has mg; B has mg;
  seen := C + half;
  seen is "what it sees";
  clear: C => ; k_lose_C * size * C;
  eat: B => ; k_eat * C / C_unit * B;
  held := C_unit / (C_unit + C);
  extra := k_eat * C / C_unit;
end
"""
PART_NUMBERS = "k_lose_C\t0.2\t1/day\t\nC_unit\t2\tmg\t\nk_eat\t0.3\t1/day\t\n"
SHARED = (Parameter("size", 1.5, "dimensionless"),)


def write(folder, text, numbers):
    folder.mkdir(exist_ok=True)
    (folder / "m.ant").write_text(text)
    (folder / "parameters.tsv").write_text(HEAD + numbers)
    return folder / "m.ant"


@pytest.fixture
def body(tmp_path):
    return load_model(write(tmp_path / "body", BODY, BODY_NUMBERS))


@pytest.fixture
def part(tmp_path):
    return load_part(write(tmp_path / "part", PART, PART_NUMBERS))


def course(model, **start):
    program = compile_model(model, backend="python")
    y = np.array([start.get(s.id, s.rest) for s in model.species])
    return dict(
        zip(program.states, advance(program, program.vector(), y, np.array([0.0, 3.0])).states[-1], strict=True)
    )


def test_a_part_that_is_empty_changes_nothing(body, part):
    joined = join(body, {"drug": part}, SHARED)
    assert joined.id == "body_with_drug"
    assert {s.id for s in joined.species} == {"A", "B", "drug_C"}
    alone, together = course(body), course(joined)
    assert all(together[name] == pytest.approx(alone[name], rel=1e-7) for name in alone)


def test_its_rules_read_the_body_and_its_reactions_move_it(body, part):
    joined = join(body, {"drug": part}, SHARED)
    rules = {r.id: r for r in joined.rules}
    assert rules["drug_seen"].formula == "drug_C + half"
    assert rules["drug_seen"].unit == "mg"
    assert course(joined, drug_C=5.0)["B"] < 0.5 * course(body)["B"]


def test_hooks_that_are_1_multiply_and_hooks_that_are_0_add(body, part):
    rules = {r.id: r.formula for r in join(body, {"x": part, "y": part}, SHARED).rules}
    assert rules["held"] == "x_at_held * y_at_held"
    assert rules["extra"] == "x_at_extra + y_at_extra"


def test_two_of_a_kind_act_as_the_formula_says(body, part):
    joined = join(body, {"x": part, "y": part}, SHARED)
    program = compile_model(joined, backend="python")
    y = np.array([{"x_C": 2.0, "y_C": 6.0}.get(s.id, s.rest) for s in joined.species])
    told = dict(zip(program.rules, program.derive(0.0, y, program.vector()), strict=True))
    assert told["held"] == pytest.approx(0.5 * 0.25)
    assert told["extra"] == pytest.approx(0.3 * 1 + 0.3 * 3)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("k_lose_C * size", "k_lose_C * sise", "drug, sise: a name that nobody knows"),
        ("held := ", "k_make := ", "drug, rule k_make: a rule for a parameter; expected a hook of the network"),
        ("held := ", "half := ", "drug, rule half: a rule for a rule; expected a hook"),
        ("held := C_unit / (C_unit + C)", "held := C", "rule drug_at_held: the unit mg; expected dimensionless"),
        ("C has mg; B has mg;", "C has mg; B has item;", "drug, B: the unit item; expected mg"),
        ("k_eat * C / C_unit * B;", "7 * k_eat * C / C_unit * B;", "the number 7 in its formula"),
    ],
)
def test_a_part_that_does_not_fit_is_one_sentence(tmp_path, body, old, new, says):
    assert old in PART
    with pytest.raises(ModelError, match=re.escape(says)) as caught:
        join(body, {"drug": load_part(write(tmp_path / "bad", PART.replace(old, new), PART_NUMBERS))}, SHARED)
    assert "\n" not in str(caught.value)


def test_a_row_that_nothing_uses_is_refused(tmp_path):
    with pytest.raises(ModelError, match="a row for idle, which the text does not use"):
        load_part(write(tmp_path / "idle", PART, PART_NUMBERS + "idle\t1\tmg\t\n"))


def test_a_piece_is_what_a_quantity_needs(body, part):
    joined = join(body, {"drug": part}, SHARED)
    assert {s.id for s in piece(joined, ["drug_C"]).species} == {"drug_C"}
    assert {s.id for s in piece(joined, ["aside"]).species} == {"A", "drug_C"}
    assert "aside" not in upstream(joined, ["half"])
    whole, cut = course(joined, drug_C=5.0), course(piece(joined, ["half"]), drug_C=5.0)
    assert cut["B"] == pytest.approx(whole["B"], rel=1e-7)


def test_a_piece_of_nothing_known_is_refused(body):
    with pytest.raises(ModelError, match="unknown quantity C"):
        piece(body, ["C"])

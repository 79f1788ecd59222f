import pytest
from hypothesis import given
from hypothesis import strategies as st

from myoflare.base.units import KNOWN, Unit, parse_unit

units = st.dictionaries(st.sampled_from(sorted(KNOWN)), st.integers(-3, 3), max_size=4).map(Unit.of)


@pytest.mark.parametrize(
    ("text", "kinds", "factor"),
    [
        ("1/day", {"second": -1}, 1 / 86400),
        ("pmol/(cell*day)", {"item": -1, "mole": 1, "second": -1}, 1e-12 / 86400),
        ("mL^2/L", {"litre": 1}, 1e-6),
        ("L^-1", {"litre": -1}, 1.0),
        ("U/L", {"katal": 1, "litre": -1}, 1e-6 / 60),
        ("dimensionless", {}, 1.0),
    ],
)
def test_units_mean_what_they_say(text, kinds, factor):
    unit = parse_unit(text)
    assert unit.kinds == kinds
    assert unit.factor == pytest.approx(factor, rel=1e-12)


@pytest.mark.parametrize("text", ["", "parsec", "1/", "(day", "day)", "day^x", "2*day", "day day"])
def test_what_is_no_unit_is_refused(text):
    with pytest.raises(ValueError, match=r"\w"):
        parse_unit(text)


def test_counts_agree_but_volumes_of_other_size_do_not():
    assert parse_unit("virion").agrees(parse_unit("cell"))
    assert not parse_unit("mL").agrees(parse_unit("L"))
    assert str(parse_unit("virion/cell")) == "dimensionless"


@given(units)
def test_spelling_a_unit_and_reading_it_back_changes_nothing(unit):
    assert parse_unit(str(unit)).agrees(unit)


@given(units, units)
def test_multiplying_and_dividing_undo_each_other(a, b):
    assert (a * b / b).agrees(a)

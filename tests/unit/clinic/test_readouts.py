import numpy as np
import pytest
from courses import course

from myoflare.base.errors import ModelError
from myoflare.clinic import measure
from myoflare.clinic.readouts import evaluate


def test_noise_has_the_declared_size():
    seen, true = measure(course(), seed=3), course()
    spread = np.std(np.log(seen["CK"].values / true["CK"].values))
    assert spread == pytest.approx(0.2, rel=0.1)


def test_twice_the_noise_would_be_seen():
    noisy = course()
    noisy["CK"].attrs["noise"] = "0.4"
    spread = np.std(np.log(measure(noisy, seed=3)["CK"].values / 120))
    assert spread != pytest.approx(0.2, rel=0.1)


def test_streams_are_named_so_one_readout_does_not_move_another():
    whole, part = measure(course(), seed=3), measure(course().drop_vars(["pain", "MHC1"]), seed=3)
    assert np.array_equal(whole["CK"], part["CK"])
    assert not np.array_equal(whole["CK"], measure(course(), seed=4)["CK"])


def test_without_noise_nothing_changes():
    assert np.array_equal(measure(course())["pain"], course()["pain"])


def test_units_travel():
    assert measure(course())["CK"].attrs["units"] == "dimensionless"


@pytest.mark.parametrize(("formula", "value"), [("0.1*x + 2", 2.3), ("x^2", 9), ("-x", -3), ("sqrt(max(x, 16))", 4)])
def test_formula(formula, value):
    assert evaluate(formula, {"x": 3.0}) == pytest.approx(value)


@pytest.mark.parametrize(
    "formula", ["x +", "y", "__import__('os')", "x.real", "'a'", "x if x else x", "sqrt(x, dtype=x)"]
)
def test_formula_is_arithmetic_only(formula):
    with pytest.raises(ModelError, match="cannot be evaluated"):
        evaluate(formula, {"x": 3.0})

"""A reset clears what is the drug's own, and nothing of the body."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from myoflare.base.errors import TherapyError
from myoflare.model.records import Model, Reset, Species
from myoflare.therapy.compose import Treated
from myoflare.therapy.resets import reset_actions


def model(*names):
    species = tuple(Species(name, name, "mg", 1.0 if name == "d_target" else 0.0) for name in names)
    return Model(Path(__file__).stem, species, (), (), (), ())


def treated(fast=()):
    drug = SimpleNamespace(part=model("central", "target", "humoral_memory_B"))
    body = model("d_central", "d_target", "humoral_memory_B")
    return Treated(body, body, {"d": drug}, dict.fromkeys(fast, body), {})


def test_the_drug_is_at_rest_again_and_the_body_is_left_alone():
    assert reset_actions(treated(), [(7.0, "d")]) == [
        Reset(7.0, "d_central", 0.0, "reset of d"),
        Reset(7.0, "d_target", 1.0, "reset of d"),
    ]


def test_what_cannot_be_reset_is_said():
    with pytest.raises(TherapyError, match="not in the network"):
        reset_actions(treated(), [(7.0, "e")])
    with pytest.raises(TherapyError, match="means over a day"):
        reset_actions(treated(fast=["d"]), [(7.0, "d")])

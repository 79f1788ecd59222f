"""F1: a small mimic clears; a larger one, or the same in a host with few Treg, becomes chronic and outlives it."""

import pytest
from lab import infection, life, network

from myoflare.simulate import rest


def test_small_mimicking_infection_clears():
    person = life("polymyositis", f"[{infection(size=2)}]")
    assert not person.ill_at_end
    assert person.MMT8.min() > 149


def test_larger_mimicking_infection_becomes_chronic_and_outlives_the_virus():
    person = life("polymyositis", f"[{infection(size=6)}]", days=1095)
    assert person.infection_virus[-1] < 1
    assert person.ill_at_end
    assert person.CK[-1] > 2000


def test_the_same_parameters_hold_two_stable_states():
    """Hysteresis: at rest and ill are both steady, for one and the same set of numbers."""
    person = life("polymyositis", f"[{infection(size=6)}]", days=3650, step=5)
    later = person.between("CK", 3300, 3650)
    assert later.min() > 0.9 * later.max() > 2000
    model, program = network()
    assert rest(program, program.vector(person.values)).stable


def test_fewer_Treg_lower_the_threshold():
    few = life("polymyositis", f"[{infection(size=2)}]", immunity_Treg_supply=5e9)
    assert few.ill_at_end


@pytest.mark.parametrize("treg", [2e9, 1e10])
def test_no_trigger_no_disease(treg):
    assert not life("polymyositis", immunity_Treg_supply=treg).ill_at_end

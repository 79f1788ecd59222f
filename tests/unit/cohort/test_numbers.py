"""From a person to the network: known parameters, means kept, and each cause where it belongs."""

import numpy as np
import pytest

from myoflare.base.errors import PatientError
from myoflare.cohort.epitopes import antigen_rows
from myoflare.cohort.numbers import network_numbers, tolerance_rows
from myoflare.cohort.people import draw_people
from myoflare.cohort.switches import NUMBERS, defaults

SIZE = 20_000


@pytest.fixture(scope="module")
def people():
    return draw_people(SIZE, seed=41)


def test_every_name_is_a_parameter_of_the_network(people):
    few = people.take(slice(0, 5))
    for k in range(len(people.antigens)):
        numbers = network_numbers(few, k, 40.0)
        assert set(numbers) <= set(defaults())
        assert all(v.shape == (5,) and np.isfinite(v).all() for v in numbers.values())
    assert {row["parameter"] for row in tolerance_rows()} <= set(defaults())


def test_the_mean_person_of_48_keeps_the_network_as_it_is(people):
    """Loci and sex average out, so that what was calibrated for the average body holds for the population."""
    numbers = network_numbers(people, 0, 48.0)
    for name in ("humoral_precursors_B", "immunity_k_recall", "immunity_K_alarm", "immunity_w_IFN_APC"):
        assert numbers[name].mean() == pytest.approx(defaults()[name], rel=0.005), name
    assert (numbers["immunity_Treg_supply"] == defaults()["immunity_Treg_supply"]).all()


def test_clones_and_presentation_come_through(people):
    numbers = network_numbers(people, 3, 48.0, without={"equal_loci"})
    scale = float(antigen_rows()[3]["scale"])
    assert np.allclose(numbers["immunity_autoreactive_clones"], scale * people.clones[:, 3])
    assert np.allclose(numbers["immunity_HLA_presentation"], people.presentation[:, 3])
    fit = people.affinity[:, 3] > 0
    stimulus = people.affinity[:, 3] * people.presentation[:, 3] ** 0.6
    assert np.allclose((numbers["immunity_drive_half"] * stimulus)[fit], defaults()["immunity_drive_half"])


def test_each_antigen_brings_its_subtype_and_place(people):
    few = people.take(slice(0, 50))
    by_name = {a: network_numbers(few, k, 48.0) for k, a in enumerate(people.antigens)}
    assert (by_name["HMGCR"]["muscle_sarcolemmal_binding"] == 1).all()
    assert (by_name["HMGCR"]["immunity_statin_antigen_share"] > 0).all()
    assert not by_name["Jo1"]["immunity_statin_antigen_share"].any()
    assert (by_name["Mi2"]["skin_skin_antigen"] == 1).all()
    assert not by_name["PM"]["immunity_y_antigen_tumour"].any()
    tumour = by_name["TIF1"]["immunity_y_antigen_tumour"]
    assert np.array_equal(tumour > 0, few.neoepitope[:, people.antigens.index("TIF1")] > 0)


def test_age_moves_what_its_table_names(people):
    few = people.take(slice(0, 100))
    at_48 = network_numbers(few, 0, 48.0)
    for row in (r for r in tolerance_rows() if r["trait"] == "age"):
        name, moved = row["parameter"], network_numbers(few, 0, float(row["level"]))
        assert np.allclose(moved[name], float(row["factor"]) * at_48[name]), row
    old, young = (network_numbers(few, 0, age)["immunity_Treg_supply"].mean() for age in (75.0, 30.0))
    assert old < young
    flat = [network_numbers(few, 0, age, without={"equal_age"}) for age in (7.0, 75.0)]
    assert all(np.array_equal(flat[0][name], flat[1][name]) for name in flat[0])
    seventy = network_numbers(few, 0, np.full(100, 70.0))["immunity_Treg_supply"]
    assert np.array_equal(seventy, network_numbers(few, 0, 70.0)["immunity_Treg_supply"])


def test_sex_and_loci_can_be_made_equal(people):
    equal = network_numbers(people, 0, 48.0, without=frozenset(NUMBERS))
    assert np.ptp(equal["immunity_w_IFN_APC"]) == 0 if "immunity_w_IFN_APC" in equal else True
    assert "humoral_precursors_B" not in equal
    women = network_numbers(people, 0, 48.0)["immunity_w_IFN_APC"]
    assert women[people.female].mean() > women[~people.female].mean()


@pytest.mark.parametrize("age", [-3.0, 121.0, np.nan])
def test_an_age_that_nobody_has(people, age):
    with pytest.raises(PatientError, match="age_years: .* years; expected an age from 0 to 120 years"):
        network_numbers(people.take(slice(0, 3)), 0, age)


def test_unknown_switch(people):
    with pytest.raises(PatientError, match="did you mean 'equal_loci'"):
        network_numbers(people, 0, 40.0, without={"equal_locus"})


def test_switches_of_the_people_reach_the_network(people):
    few = draw_people(50, seed=41, without={"H_IFN", "equal_loci"})
    numbers = network_numbers(few, 0, 40.0)
    assert not numbers["H_IFN"].any()
    assert "humoral_k_plasmablast" not in numbers
    assert "H_IFN" not in network_numbers(people, 0, 40.0)

import numpy as np
import pytest
from courses import course

from myoflare.base.errors import ModelError
from myoflare.clinic import measure, visits
from myoflare.clinic.thresholds import thresholds
from myoflare.cohort.course import load_shipped


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


def test_the_recorded_seed_is_used():
    drawn = course().assign_attrs(seed=3)
    assert np.array_equal(measure(drawn)["CK"], measure(drawn, seed=3)["CK"])
    assert not np.array_equal(measure(drawn)["CK"], measure(drawn, seed=0)["CK"])


@pytest.mark.parametrize(("name", "top"), [("MMT8", 150), ("pain", 10), ("fatigue", 10), ("joint_swelling", 10)])
def test_no_measured_value_leaves_its_scale(name, top):
    noisy = course(**{name: [(500, 1000, top)]})
    noisy[name].attrs["noise"] = "4"
    seen = measure(noisy, seed=3)[name]
    assert (float(seen.max()), float(seen.min()) >= 0) == (top, True)


def test_visits_are_four_weeks_apart_and_a_longer_course_has_the_same():
    whole, part = visits(course()), visits(course().sel(time=slice(0, 300)))
    assert whole["time"].values[:3].tolist() == [0, 28, 56]
    assert np.array_equal(part["CK"], whole["CK"][: part.sizes["time"]])


@pytest.mark.parametrize("noise", ["x", "nan", "inf", "-1", "0.1*CK"])
def test_noise_is_a_number(noise):
    faulty = course()
    faulty["CK"].attrs["noise"] = noise
    with pytest.raises(ModelError, match="observables.tsv, CK: noiseFormula"):
        measure(faulty)


def test_the_shipped_noise_is_numbers_and_every_scale_is_of_a_read_out():
    read_outs = load_shipped().observables
    assert all(float(o.noise) >= 0 for o in read_outs)
    assert {s.observable for s in thresholds().scales} <= {o.id for o in read_outs}

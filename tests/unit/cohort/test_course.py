import json

import numpy as np
import pytest
import xarray as xr

from myoflare.base.errors import PatientError, SimulationError, StoreError
from myoflare.cohort import explain, load_patient, patient_model, patient_values, simulate
from myoflare.cohort.course import load_shipped, save_times
from myoflare.cohort.explain import fibre_loss, mechanism_shares
from myoflare.cohort.values import alleles
from myoflare.model import Change

FACTOR = float(alleles()["HLA_DRB1_11_01"][0]["factor"])


@pytest.fixture(scope="module")
def course():
    return simulate("statin_necrotising", years=1, seed=7)


def written(tmp_path, more, name="anna"):
    path = tmp_path / f"{name}.yaml"
    path.write_text(f"name: {name}\n{more}")
    return load_patient(path)


def test_every_curve_has_name_unit_and_kind(course):
    assert all(c.dims == ("time",) and c.dtype == float for c in course.data_vars.values())
    assert {c.attrs["kind"] for c in course.data_vars.values()} == {"state", "rule", "observable"}
    assert all(c.attrs["long_name"] and "units" in c.attrs and "module" in c.attrs for c in course.data_vars.values())
    assert course["time"].attrs["units"] == "day"
    assert course["CK"].attrs["units"] == "U/L"


def test_the_course_says_who_and_how(course):
    told = ["patient", "patient_yaml", "subtype", "seed", "digest", "version", "solver", "tolerances", "duration_s"]
    assert set(told) <= set(course.attrs)
    assert [e["label"] for e in json.loads(course.attrs["events"])] == ["Statin", "influenza A"]
    changed = {row["id"]: row for row in json.loads(course.attrs["changed_parameters"])}
    row = changed["immunity_HLA_presentation"]
    assert row["value"] == FACTOR * row["default"]
    assert "11:01" in changed["immunity_HLA_presentation"]["source"]
    assert all(row["source"] and row["value"] != row["default"] for row in changed.values())


def test_the_same_person_has_the_same_course(course):
    again = simulate("statin_necrotising", years=1, seed=7)
    again.attrs["duration_s"] = course.attrs["duration_s"]
    xr.testing.assert_identical(course, again)


def test_rest_is_rest_until_the_first_exposure(course):
    before = course.sel(time=course["time"] < 30)
    for name, curve in before.data_vars.items():
        if curve.attrs["kind"] == "state":
            np.testing.assert_allclose(curve, curve[0], rtol=1e-4, atol=1e-9, err_msg=name)


def test_inputs_have_the_value_they_just_got():
    course = simulate("eccentric_exercise", years=0.2)
    assert {30.0, 30.05} <= set(course["time"].values)


def test_save_times_are_daily_and_dense_after_a_change():
    times = save_times(40.5, [Change(30.0, "x", 1.0)])
    assert times[0] == 0
    assert times[-1] == 40.5
    assert {30.0, 30.05, 30.5} <= set(times)
    assert (np.diff(times) > 0).all()


def test_values_stack_subtype_genome_document(tmp_path):
    model = load_shipped()
    text = (
        "subtype: polymyositis\ngenome: [HLA_DRB1_11_01]\nparameters: {immunity_K_Treg: 5.0e+9}\nswitches: {H_CTL: 0}\n"
    )
    values, default = patient_values(written(tmp_path, text), model), model.values()
    assert values["immunity_HLA_presentation"] == FACTOR * default["immunity_HLA_presentation"]
    assert values["immunity_K_Treg"] == 5e9
    assert values["H_CTL"] == 0
    assert values["joint_synovial_antigen"] == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("subtype: polymyositi", r":2, subtype: unknown subtype.*did you mean 'polymyositis'\?"),
        ("genome: [HLA_DRB1_11_02]", r"genome\[0\]: unknown allele.*did you mean 'HLA_DRB1_11_01'\?"),
        ("parameters: {immunity_K_Tregs: 1}", r"unknown name 'immunity_K_Tregs'.*did you mean 'immunity_K_Treg'\?"),
        ("parameters: {immunity_K_Treg: -1}", "-1 cell; expected a value of at least 0"),
        ("switches: {H_CTLS: 1}", r"unknown name 'H_CTLS'; expected a hypothesis switch.*did you mean 'H_CTL'\?"),
        ("switches: {immunity_K_Treg: 1}", "a hypothesis switch of the network"),
        ("exposures: [{uv: {from_day: 400}}]", "begins on day 400, after the run ends on day 365.25.*--years"),
    ],
)
def test_what_the_network_does_not_know_is_said(tmp_path, text, says):
    with pytest.raises(PatientError, match=says):
        simulate(written(tmp_path, text), years=1)


@pytest.mark.parametrize("years", [0, -1, float("nan"), 1e9])
def test_years_that_make_no_sense(years):
    with pytest.raises(PatientError, match="years"):
        simulate("healthy_influenza", years=years)


@pytest.mark.parametrize(
    "more",
    [{"every_days": e} for e in (0, float("nan"), float("inf"), -1, 1e-7, "1")]
    + [{"years": "3"}, {"seed": "x"}, {"seed": 1.5}],
)
def test_arguments_that_make_no_sense(more):
    [name] = more
    with pytest.raises(PatientError, match=f"^{name}: "):
        simulate("healthy_influenza", **{"years": 1, **more})


def test_a_course_that_lacks_a_curve_is_not_explained(course):
    for name in ("CK", "MMT8", "muscle_necrotic", "pain"):
        if name in course:
            with pytest.raises(StoreError, match=f"no '{name}'"):
                explain(course.drop_vars(name), counterfactuals=False)


def test_a_model_for_export_carries_values_and_schedule():
    model, initial = patient_model("statin_necrotising")
    assert model.values()["immunity_HLA_presentation"] == FACTOR * load_shipped().values()["immunity_HLA_presentation"]
    assert [c.parameter for c in model.schedule].count("statin_dose") == 2
    assert set(initial) == {s.id for s in model.species}


def test_shares_sum_to_one_in_every_period(course):
    shares = mechanism_shares(course)
    for period in {s.period for s in shares}:
        assert sum(s.share for s in shares if s.period == period) == pytest.approx(1, abs=1e-5)
    assert sum(s.grams for s in shares) == pytest.approx(fibre_loss(course), rel=1e-3)


def test_switching_everything_off_one_by_one(course):
    told = []
    why = explain(course, progress=lambda *step: told.append(step))
    off = {c.switch: c for c in why.counterfactuals}
    assert why.finished
    assert len(told) == len(off) + 1
    assert off["H_STAT"].change < -0.9
    assert off["H_STAT"].onset_day is None
    assert "does not come" in off["H_STAT"].sentence
    assert json.loads(json.dumps(why.plain())) == json.loads(json.dumps(why.plain()))


def test_ctrl_c_keeps_the_finished_comparisons(course):
    def stop_at_third(name, i, n):
        if i == 2:
            raise KeyboardInterrupt

    why = explain(course, progress=stop_at_third)
    assert (why.finished, len(why.counterfactuals)) == (False, 2)


def test_a_life_that_cannot_be_rerun_is_a_sentence(course, monkeypatch):
    from myoflare.cohort import life as room

    def fails(*args, **kwargs):
        raise SimulationError("anna", "too many steps", "a course to the last day")

    monkeypatch.setattr(room, "advance", fails)
    why = explain(course)
    assert why.finished
    assert why.counterfactuals == ()
    assert all("could not be followed" in sentence for sentence in why.failures)


def test_a_course_of_another_network_is_not_compared(course):
    with pytest.raises(StoreError, match="another network.*run the person again"):
        explain(course.assign_attrs(digest="other"))
    assert explain(course.assign_attrs(digest="other"), counterfactuals=False).shares

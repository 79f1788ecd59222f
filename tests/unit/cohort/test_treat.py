"""A regimen in a person: what a clinic saw decides, and nothing else does."""

import json
import shutil

import numpy as np
import pytest

from myoflare.base.errors import PatientError, TherapyError
from myoflare.cohort import load_patient, simulate
from myoflare.cohort.treat import without_causes
from myoflare.store import science_path
from myoflare.therapy import Given

OPEN = """\
name: open
title: Sixty milligrams for four weeks, then nothing
start: {day: 100}
doses:
  - {drug: prednisone, dose: 60 mg, every_days: 1, doses: 28}
"""
CLOSED = """\
name: closed
title: As much as the clinic sees fit
start: {day: 100}
doses:
  - {drug: prednisone, dose: 60 mg, every_days: 1, from_day: 0, until_day: 300}
tapers:
  - {drug: prednisone, scheme: T4, if: "CK_xULN < 2"}
rules:
  - name: second agent
    when: "CK_xULN > 3 and day >= 28"
    then: {start: {drug: methotrexate, dose: 15 mg, every_days: 7}}
"""
YEARS = 0.75


def write(tmp_path, text):
    path = tmp_path / "regimen.yaml"
    path.write_text(text)
    return path


def test_no_treatment_is_the_plain_course_bit_for_bit():
    plain, treated = (simulate("polymyositis_few_treg", years=YEARS, regimen=r) for r in (None, "no_treatment"))
    assert all(np.array_equal(plain[name], treated[name]) for name in plain.data_vars)
    assert treated.attrs["regimen"] == "no_treatment"


def test_a_regimen_without_rules_is_its_doses(tmp_path):
    doses = [Given(100.0 + i, "prednisone", 60.0, "oral") for i in range(28)]
    written = simulate("polymyositis_few_treg", years=YEARS, regimen=write(tmp_path, OPEN))
    given = simulate("polymyositis_few_treg", years=YEARS, doses=doses)
    assert [r["day"] for r in json.loads(written.attrs["doses"])] == [g.day for g in doses]
    assert np.array_equal(written["CK"], given["CK"])


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    path = write(tmp_path_factory.mktemp("closed"), CLOSED)
    return {
        name: simulate(name, years=YEARS, regimen=path, seed=7)
        for name in ("polymyositis_few_treg", "healthy_influenza", "statin_necrotising")
    }


def decided(course):
    return [(row["day"], row["rule"], row["drug"]) for row in json.loads(course.attrs["decisions"])]


def test_rules_answer_what_was_measured(closed):
    second = {name: any(rule == "second agent" for _, rule, _ in decided(course)) for name, course in closed.items()}
    assert second == {"polymyositis_few_treg": True, "healthy_influenza": False, "statin_necrotising": True}
    assert all((day - 100) % 28 == 0 for course in closed.values() for day, _, _ in decided(course))


def test_a_taper_waits_for_its_condition(closed):
    well = [day for day, rule, _ in decided(closed["healthy_influenza"]) if rule == "taper"]
    ill = [day for day, rule, _ in decided(closed["statin_necrotising"]) if rule == "taper"]
    assert well
    assert not ill or ill[0] > well[0]


def test_the_same_seed_gives_the_same_treatment_and_another_may_not(closed, tmp_path):
    again = simulate("polymyositis_few_treg", years=YEARS, regimen=write(tmp_path, CLOSED), seed=7)
    assert again.attrs["doses"] == closed["polymyositis_few_treg"].attrs["doses"]
    assert np.array_equal(again["CK"], closed["polymyositis_few_treg"]["CK"])


def test_a_cause_taken_away_ends_and_does_not_begin_again():
    patient = load_patient("statin_necrotising")
    [statin] = [e for e in patient.exposures if e.kind == "statin"]
    stopped = without_causes(patient, [("statin", statin.day + 30)])
    assert [e.end for e in stopped.exposures if e.kind == "statin"] == [statin.day + 30]
    assert not [e for e in without_causes(patient, [("statin", statin.day)]).exposures if e.kind == "statin"]
    course = simulate(patient, years=YEARS, regimen="statin_stop", start_day=200)
    ends = [e["end"] for e in json.loads(course.attrs["events"]) if e["kind"] == "statin"]
    assert ends == [200.0]


def test_what_makes_no_sense_is_one_sentence(tmp_path):
    path = write(tmp_path, OPEN)
    with pytest.raises(TherapyError, match=r"regimen open: it would begin on day 400; expected a day of the course"):
        simulate("polymyositis_few_treg", years=YEARS, regimen=path, start_day=400)
    with pytest.raises(TherapyError, match=r"regimen open: it would begin on day -5"):
        simulate("polymyositis_few_treg", years=YEARS, regimen=path, start_day=-5)
    late = write(tmp_path, OPEN.replace("{day: 100}", "{after_diagnosis_days: 0}"))
    with pytest.raises(TherapyError, match=r"patient healthy_influenza: no diagnosis within 274 days.*--start"):
        simulate("healthy_influenza", years=YEARS, regimen=late)
    with pytest.raises(PatientError, match="doses and a regimen; expected one of them"):
        simulate("healthy_influenza", years=YEARS, regimen=path, doses=[Given(1.0, "prednisone", 5.0)])


def test_who_had_long_been_taking_a_drug_begins_with_it(tmp_path):
    steady = OPEN.replace("doses: 28}", "doses: 28, steady_state: true, run_in_days: 30}")
    assert steady != OPEN
    course = simulate("healthy_influenza", years=0.4, regimen=write(tmp_path, steady), start_day=0)
    plain = simulate("healthy_influenza", years=0.4, regimen=write(tmp_path, OPEN), start_day=0)
    lost = [1 - float(c["prednisone_at_contractility"][0]) for c in (course, plain)]
    assert lost[0] > 0.02
    assert lost[1] == 0


def test_rules_may_give_a_drug_from_a_folder(tmp_path):
    folder = shutil.copytree(science_path("drugs", "rituximab"), tmp_path / "rituximab")
    text = "name: own\ntitle: A drug of one's own\nstart: {day: 5}\ndoses:\n  - {drug: DRUG, dose: 1000 mg}\n"
    text += "rules:\n  - {name: low, when: IgG < 3, then: {stop: DRUG}}\nvisits: {every_days: 28}\n"
    drugs = ("rituximab", str(folder))
    runs = [simulate("healthy_influenza", years=0.2, regimen=write(tmp_path, text.replace("DRUG", d))) for d in drugs]
    assert runs[0]["rituximab_central"].max() > 500
    assert np.array_equal(*(run["rituximab_central"] for run in runs))


def test_a_first_day_without_a_regimen_is_refused():
    with pytest.raises(PatientError, match="start_day: day 7 of no regimen; expected a regimen"):
        simulate("healthy_influenza", years=0.2, start_day=7)

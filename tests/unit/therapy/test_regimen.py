"""Reading regimens: what ships, what the schema takes, and the one sentence for every fault."""

import math

import pytest
from regimen_texts import FLARE, ORAL, T1, regimen

from myoflare.base.errors import TherapyError
from myoflare.therapy.plan import begin
from myoflare.therapy.regimen import list_regimens, load_regimen, together


@pytest.mark.parametrize("name", list_regimens())
def test_every_shipped_regimen_fits_the_library_and_gives_doses_for_a_year(name):
    found = load_regimen(name)
    plan, given = begin(found, start=0).until(365)
    assert found.name == name
    assert found.title
    assert found.story
    assert found.sources or name == "no_treatment"
    assert bool(given) == bool(found.doses)
    assert {g.drug for g in given} <= set(found.drugs)
    assert all(g.amount > 0 and 0 <= g.day < 365 for g in given)
    assert plan.day == 365


def test_a_regimen_is_read_from_a_file(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("name: mine\ntitle: Mine\nstart: {day: 200}\nstop_causes: [{exposure: statin, day: 3}]\n")
    found = load_regimen(path)
    assert found.first_day() == 200
    assert begin(found).causes_stopped == (("statin", 203.0),)


def test_the_first_day_counts_from_the_diagnosis():
    found = regimen("start: {after_diagnosis_days: 14}\n")
    assert found.first_day(100) == 114
    with pytest.raises(TherapyError, match="no diagnosis to count from"):
        found.first_day()


def test_the_last_day_of_a_line():
    lines = regimen(
        "doses:\n"
        "  - {drug: ivig, dose: 2 g/kg, every_days: 28, doses: 13}\n"
        "  - {drug: prednisone, dose: 5 mg, every_days: 1, until_day: 10}\n"
        "  - {drug: methotrexate, dose: 15 mg, every_days: 7}\n"
        "  - {drug: rituximab, dose: 1 g, from_day: 5}\n"
    ).doses
    assert [line.last for line in lines] == [336, 9, math.inf, 5]


def test_lines_that_follow_each_other_do_not_overlap():
    body = "doses:\n  - {drug: ivig, dose: 1 g, every_days: 7, doses: 4}\n  - {drug: ivig, dose: 2 g, from_day: 28}\n"
    assert len(regimen(body).doses) == 2


def test_two_regimens_become_one():
    background = regimen(T1 + FLARE)
    both = together(background, regimen("doses:\n  - {drug: ivig, dose: 2 g/kg}\nvisits: {every_days: 7}\n"))
    assert both.drugs == ("prednisone", "ivig")
    assert both.visits_every == 7
    assert both.rules == background.rules


def test_two_regimens_of_one_drug_are_refused():
    with pytest.raises(TherapyError, match="prednisone from day 0, while another line gives it from 0 for good"):
        together(regimen(T1), regimen("doses:\n" + ORAL))
    with pytest.raises(TherapyError, match="the rule 'flare' stands in two"):
        together(regimen(T1 + FLARE), regimen("doses: []\n" + "rules:\n  - {name: flare, when: day > 3, then: {start: "
                 "{drug: ivig, dose: 2 g/kg}}}\n"))  # fmt: skip


def line(text):
    return f"doses:\n  - {{{text}}}\n"


def rule(text):
    return T1 + f"rules:\n  - {{{text}}}\n"


FAULTY = {
    line("drug: prednison, dose: 5 mg"): r"doses\[0\].drug: unknown drug 'prednison'.*did you mean 'prednisone'",
    line("drug: prednisone, dose: 5 cell"): "an amount in cell; expected one in mg, the unit of the route",
    line("drug: cd19_cart, dose: 5 mg/kg"): "an amount in mg; expected one in cell, the unit of the route",
    line("drug: prednisone, dose: 5 mg, cap: 3 U"): r"doses\[0\].cap: an amount in U",
    line("drug: prednisone, dose: 5"): "5 for 'dose'; expected text; a number takes a unit or quotes",
    line("drug: prednisone, dose: 0 mg"): "an amount above 0",
    line("drug: prednisone, dose: 5 mg, route: iv"): "prednisone has no route 'iv'.*known: oral",
    line("drug: prednisone, dose: 5 mg, from_day: -3"): "a dose on day -3, before the start of the regimen",
    line("drug: prednisone, dose: 5 mg, every_days: 1, from_day: 9, until_day: 4"): "4 is not after from_day 9",
    line("drug: prednisone, dose: 5 mg, doses: 3"): "doses without every_days",
    line("drug: prednisone, dose: 5 mg, steady_state: true"): "steady_state without every_days",
    line("drug: prednisone, dose: 5 mg, run_in_days: 5"): "run_in_days without steady_state",
    line("drug: prednisone, dose: 5 mg, every_days: 1, doses: 3, until_day: 9"): "both doses and until_day",
    line("drug: ivig, dose: 5 g, over_days: 1, rate: 1 g/h"): "both a rate and over_days",
    line("drug: ivig, dose: 5 g, rate: 1 g"): "an amount per time",
    line("drug: ivig, dose: 5 g, rate: 0 g/h"): "a rate above 0",
    line("drug: ivig, dose: 5 g, every_days: 0.001"): "an hour .* or more",
    line("drug: ivig, dose: 5 g, lag_days: -1"): "a number of at least 0",
    line("drug: ivig, dose: 5 g, bioavailability: 1.5"): "a number of at most 1",
    line("drug: ivig, dose: 5 g, capp: 3 g"): "unknown key 'capp'.*did you mean 'cap'",
    line("drug: ivig"): "the key 'dose' is missing",
    "doses: 5\n": "5 for 'doses'; expected a list",
    "doses: [5]\n": "expected a mapping of keys to values",
    line("drug: ivig, dose: 1 g, every_days: 7") + "  - {drug: ivig, dose: 1 g, from_day: 30, route: sc}\n":
        r"doses\[1\]: ivig from day 30, while another line gives it from 0 for good",
    "start: {day: 3, after_diagnosis_days: 4}\n": "both day and after_diagnosis_days",
    "start: {day: -3}\n": "a number of at least 0",
    "visits: {every_days: 0}\n": "a number of at least 1",
    "stop_causes: [{exposure: statins}]\n": "'statins' is no cause that can be taken away.*did you mean 'statin'",
    "stop_causes: [{exposure: infection}]\n": "'infection' is no cause that can be taken away",
    rule("name: x, when: force < 0.5, then: {stop: prednisone}"):
        r"rules\[0\].when: no clinic has 'force' at a visit.*'MMT8'",
    rule("name: x, when: humoral_memory_B > 1, then: {stop: prednisone}"): "no clinic has 'humoral_memory_B'",
    rule("name: x, when: dose(ivig) > 1, then: {stop: prednisone}"): "a drug of the regimen",
    rule("name: x, when: IgG < 3, then: {stop: ivig}"): "'ivig' is not a drug of the regimen",
    rule("name: x, when: IgG < 3, then: {back_one_step: prednison}"): "'prednison' is not a drug with a taper",
    rule("name: x, when: IgG < 3, then: {raise: {drug: prednisone}}"): "both or none of by and to",
    rule("name: x, when: IgG < 3, then: {raise: {drug: prednisone, by: 5 U}}"): "the unit of the route",
    rule("name: x, when: IgG < 3, then: {start: {drug: ivig, dose: 5 U}}"): r"rules\[0\].then.start.dose: an amount",
    rule("name: x, when: IgG < 3, then: {hold_days: 3}"): "nothing to do",
    rule("name: x, then: {stop: prednisone}"): "both or none of when and at_first_taper",
    rule("name: x, when: IgG < 3, at_first_taper: true, then: {stop: prednisone}"): "both or none of when",
    rule("name: x, when: IgG < 3, then: {stop: prednisone}") + "  - {name: x, when: day > 3, then: {stop: ivig}}\n":
        "a second rule 'x'",
    rule("name: taper, when: IgG < 3, then: {stop: prednisone}"): r"rules\[0\].name: a rule called 'taper'",
    "dosses: []\n": "unknown key 'dosses'.*did you mean 'doses'",
}  # fmt: skip


@pytest.mark.parametrize("body", FAULTY, ids=lambda b: b[-70:].strip())
def test_a_faulty_regimen_is_one_sentence_with_its_line(body):
    with pytest.raises(TherapyError, match=FAULTY[body]) as fault:
        regimen(body)
    assert str(fault.value).startswith("r.yaml:")
    assert "\n" not in str(fault.value)


def test_an_unknown_name_is_one_sentence():
    with pytest.raises(TherapyError, match="no shipped regimen has this name.*did you mean 'prednisone_T1'"):
        load_regimen("prednisone_T11")


def test_rules_may_read_what_the_caller_measures():
    from myoflare.therapy.measured import Measured

    body = T1 + "rules:\n  - {name: x, when: TIS < 20, then: {stop: prednisone}}\n"
    assert regimen(body, measured={"TIS": Measured("higher")}).rules[0].when.reads == {"TIS"}
    with pytest.raises(TherapyError, match="no clinic has 'TIS'"):
        regimen(body)

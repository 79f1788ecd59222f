"""A regimen at work: doses between visits, and what a clinic decides at them."""

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from regimen_texts import FLARE, ORAL, T1, regimen

from myoflare.base.errors import TherapyError
from myoflare.therapy.measured import Visit
from myoflare.therapy.plan import begin

BEN = {"person_weight": 75.0, "person_body_surface": 1.9}


def played(body, visits, until, start=0.0):
    """The plan and doses after the visits ``{day: {...}}``, played from visit to visit."""
    plan, doses, seen = begin(regimen(body), BEN, start), [], []
    for day, values in sorted(visits.items()):
        plan, more = plan.until(day, seen)
        doses += more
        seen = [*seen, Visit(day, values)]
    plan, more = plan.until(until, seen)
    return plan, doses + more


def told(plan):
    return [(d.day, d.rule, d.drug, d.what) for d in plan.decisions]


def amounts(doses, drug):
    return {round(d.day, 6): d.amount for d in doses if d.drug == drug}


def test_doses_are_in_the_unit_of_the_route_on_days_of_the_course():
    body = "doses:\n  - {drug: ivig, dose: 2 g/kg, over_days: 2, every_days: 28, doses: 2}\n"
    _, doses = begin(regimen(body), BEN, 200).until(400)
    assert [(d.day, d.drug, d.amount, d.route, d.over_days) for d in doses] == [
        (200, "ivig", 150, "iv", 2),
        (228, "ivig", 150, "iv", 2),
    ]


def test_a_typical_person_where_nothing_is_said():
    _, doses = begin(regimen("doses:\n" + ORAL), start=0).until(1)
    assert [d.amount for d in doses] == [70]


def test_the_records_of_nonmem():
    body = (
        "doses:\n"
        "  - {drug: ivig, dose: 48 g, rate: 2 g/h, every_days: 7, doses: 2, bioavailability: 0.5, lag_days: 0.25}\n"
        "  - {drug: prednisone, dose: 5 mg, every_days: 1, until_day: 2, steady_state: true, run_in_days: 3}\n"
        "  - {drug: rituximab, dose: 1 g, reset: true, from_day: 4}\n"
    )
    plan, doses = begin(regimen(body), BEN, 100).until(120)
    infused = [(d.day, d.amount, d.over_days) for d in doses if d.drug == "ivig"]
    assert infused == [(100.25, 24, pytest.approx(0.5)), (107.25, 24, pytest.approx(0.5))]
    assert [d.day for d in doses if d.drug == "prednisone"] == [97, 98, 99, 100, 101]
    assert plan.resets == ((104, "rituximab"),)


def test_twice_a_day_for_months_loses_no_dose():
    body = "doses:\n  - {drug: prednisone, dose: 5 mg, every_days: 0.1, until_day: 100}\n"
    plan, count = begin(regimen(body), BEN, 0.3), 0
    for day in range(1, 200):
        plan, doses = plan.until(day * 0.7 + 0.3)
        count += len(doses)
    assert count == 1000


def test_a_flare_sends_the_dose_back_one_step_and_holds_it():
    visits = {0: {"CK_xULN": 9}, 28: {"CK_xULN": 5}, 56: {"CK_xULN": 3}, 84: {"CK_xULN": 6}, 112: {"CK_xULN": 2}}
    plan, doses = played(T1 + FLARE, visits, 170)
    course = amounts(doses, "prednisone")
    assert [course[d] for d in (0, 27, 28, 56, 83, 84, 111, 112, 139, 140)] == [75, 75, 65, 55, 55, 65, 65, 55, 55, 45]
    assert (84, "flare", "prednisone", "back to 65 mg, held 28 days") in told(plan)


def test_a_flare_on_the_day_of_a_step_comes_before_it():
    _, doses = played(T1 + FLARE, {0: {"CK_xULN": 2}, 28: {"CK_xULN": 9}}, 60)
    course = amounts(doses, "prednisone")
    assert (course[28], course[55], course[56]) == (75, 75, 65)


def test_a_taper_that_ended_is_taken_up_again():
    steps = "[{down: 50 %, every_days: 7, to: 30 mg}, {down: 30 mg, every_days: 7}]"
    own = f"scheme: {{title: x, hold_days: 7, steps: {steps}}}"
    body = f"doses:\n{ORAL}tapers:\n  - {{drug: prednisone, {own}}}\n{FLARE}"
    plan, doses = played(body, {0: {"CK_xULN": 1}, 28: {"CK_xULN": 3}}, 70)
    course = amounts(doses, "prednisone")
    assert 27 not in course
    assert (course[28], course[55]) == (30, 30)
    assert 56 not in course


def test_a_taper_by_response_waits_for_the_response():
    body = T1.replace("scheme: T1", "scheme: T4, if: CK_xULN <= 1")
    visits = {0: {"CK_xULN": 9}, 28: {"CK_xULN": 2}, 56: {"CK_xULN": 1}, 84: {}, 112: {"CK_xULN": 1}}
    _, doses = played(body, visits, 140)
    course = amounts(doses, "prednisone")
    assert [course[d] for d in (55, 56, 84, 111, 112)] == [75, 64, 64, 64, 54]


def test_a_second_agent_begins_on_the_day_of_the_first_step():
    start = "start: {drug: methotrexate, dose: 20 mg, every_days: 7}"
    body = T1 + f"rules:\n  - {{name: second, at_first_taper: true, then: {{{start}}}}}\n"
    plan, doses = played(body, {}, 60)
    assert amounts(doses, "methotrexate") == dict.fromkeys((28, 35, 42, 49, 56), 20)
    assert [t for t in told(plan) if t[1] == "second"] == [(28, "second", "methotrexate", "started at 20 mg")]


def test_rescue_escalation_and_stop():
    body = T1 + (
        "rules:\n"
        "  - {name: rescue, when: MMT8 < 0.8 * MMT8_start and MMT8_last < 0.8 * MMT8_start,\n"
        "     then: {start: {drug: ivig, dose: 2 g/kg, every_days: 28, doses: 6}}}\n"
        "  - {name: more, when: MMT8 < 0.8 * MMT8_start, then: {raise: {drug: prednisone, by: 40 mg, cap: 100 mg}}}\n"
        "  - {name: low_IgG, when: IgG < 3, then: {stop: [ivig, prednisone]}}\n"
    )
    visits = {0: {"MMT8": 130}, 28: {"MMT8": 100}, 56: {"MMT8": 100}, 84: {"MMT8": 120, "IgG": 2.5}}
    plan, doses = played(body, visits, 200)
    assert told(plan) == [
        (28, "more", "prednisone", "up to 100 mg"),
        (56, "rescue", "ivig", "started at 150 g"),
        (56, "taper", "prednisone", "down to 90 mg"),
        (84, "low_IgG", "ivig", "stopped"),
        (84, "low_IgG", "prednisone", "stopped"),
    ]
    assert amounts(doses, "ivig") == {56: 150}
    assert max(amounts(doses, "prednisone")) == 83


def test_how_often_a_rule_acts():
    rules = (
        "rules:\n  - {name: up, when: CK > 1, times: 2, rest_days: 50, after_days: 20,"
        " then: {raise: {drug: methotrexate, by: 5 mg, cap: 22 mg}}}\n"
    )
    body = "doses:\n  - {drug: methotrexate, dose: 10 mg, every_days: 7}\n" + rules
    plan, _ = played(body, {d: {"CK": 2} for d in range(0, 400, 28)}, 400)
    assert told(plan) == [(28, "up", "methotrexate", "up to 15 mg"), (84, "up", "methotrexate", "up to 20 mg")]


def test_a_drug_that_is_given_is_not_started_again():
    start = "start: {drug: ivig, dose: 1 g, every_days: 28, doses: 2}"
    body = T1 + f"rules:\n  - {{name: rescue, when: CK > 1, times: 9, then: {{{start}}}}}\n"
    _, doses = played(body, {d: {"CK": 2} for d in range(0, 120, 14)}, 120)
    assert list(amounts(doses, "ivig")) == [0, 28, 56, 84, 112]


def test_what_it_knows_of_its_own_doses():
    body = (
        T1
        + "rules:\n  - {name: x, when: dose(prednisone) == 65 and weeks_on(prednisone) > 6, then: {stop: prednisone}}\n"
    )
    plan, _ = played(body, {28: {}, 41: {}, 49: {}}, 90)
    assert told(plan)[-1] == (49, "x", "prednisone", "stopped")


def test_weeks_on_a_drug_run_through_its_lines():
    lines = "doses:\n  - {drug: methotrexate, dose: 15 mg, every_days: 7, doses: 4}\n"
    lines += "  - {drug: methotrexate, dose: 20 mg, from_day: 28, every_days: 7, doses: 4}\n"
    lines += "  - {drug: methotrexate, dose: 10 mg, from_day: 140, every_days: 7, doses: 4}\n"
    body = lines + "rules:\n  - {name: x, when: weeks_on(methotrexate) == 7, then: {stop: methotrexate}}\n"
    assert told(played(body, {49: {}}, 60)[0]) == [(49, "x", "methotrexate", "stopped")]
    assert told(played(body, {161: {}}, 170)[0]) == []


def test_a_start_that_is_no_day_is_refused():
    with pytest.raises(TherapyError, match="a finite day"):
        begin(regimen(T1), BEN, float("nan"))


def test_the_daily_dose():
    body = T1 + "visits: {every_days: 14}\n"
    plan, _ = played(body.replace("doses:\n", "doses:\n  - {drug: methotrexate, dose: 21 mg, every_days: 7}\n"), {}, 30)
    assert plan.daily() == {"methotrexate": 3, "prednisone": 65}


def test_it_says_when_it_wants_to_see_the_person():
    plan = begin(regimen(T1), BEN, 200)
    assert plan.next_visit == 200
    plan, _ = plan.until(200, [Visit(100, {}), Visit(200, {})])
    assert plan.next_visit == 228


def test_visits_before_the_start_are_known_and_decide_nothing():
    body = T1 + "rules:\n  - {name: x, when: CK > 0.5 * CK_first, then: {stop: prednisone}}\n"
    plan, _ = begin(regimen(body), BEN, 100).until(130, [Visit(20, {"CK": 9}), Visit(100, {"CK": 3})])
    assert [d.rule for d in plan.decisions] == ["taper"]
    plan, _ = begin(regimen(body), BEN, 100).until(130, [Visit(100, {"CK": 3})])
    assert plan.decisions[0].rule == "x"


@pytest.mark.parametrize(
    ("visits", "until", "what"),
    [
        ([Visit(20, {})], 40, "a visit on day 20 after the doses up to day 30"),
        ([Visit(50, {})], 40, "a visit on day 50, asked for doses up to day 40"),
        ([Visit(35, {}), Visit(35, {})], 40, "two visits on day 35"),
        ([], 20, "a day from 30 on"),
        ([], float("nan"), "a day from 30 on"),
        ([], float("inf"), "a day from 30 on"),
        ([Visit(float("nan"), {})], 40, "a finite day"),
    ],
)
def test_a_plan_does_not_go_back(visits, until, what):
    plan, _ = begin(regimen(T1), BEN, 0).until(30)
    with pytest.raises(TherapyError, match=what):
        plan.until(until, visits)


def test_a_plan_is_a_record_that_can_be_put_away():
    body = T1 + FLARE
    plan, _ = played(body, {0: {"CK_xULN": 9}, 28: {"CK_xULN": 5}}, 56)
    again = pickle.loads(pickle.dumps(plan))
    assert again == plan
    assert again.until(84, [Visit(56, {"CK_xULN": 9})]) == plan.until(84, [Visit(56, {"CK_xULN": 9})])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.1, 10), st.floats(60, 150)), min_size=1, max_size=12),
    st.lists(st.integers(1, 335), max_size=6),
    st.floats(0, 300),
)
def test_how_a_course_is_cut_into_stretches_does_not_matter(rows, cuts, start):
    """One call with every visit gives what many calls give, each with the visits so far."""
    body = T1 + FLARE + (
        "  - {name: rescue, when: MMT8 < 0.8 * MMT8_best, then: {start: {drug: ivig, dose: 2 g/kg, every_days: 28}}}\n"
        "  - {name: second, at_first_taper: true, then: {start: {drug: methotrexate, dose: 20 mg, every_days: 7}}}\n"
    )  # fmt: skip
    visits = [Visit(start + 28 * i, {"CK_xULN": ck, "MMT8": mmt}) for i, (ck, mmt) in enumerate(rows)]
    whole, doses = begin(regimen(body), BEN, start).until(start + 336, visits)
    plan, pieces = begin(regimen(body), BEN, start), []
    for day in sorted({start + c for c in cuts} | {v.day for v in visits} | {start + 336}):
        plan, more = plan.until(day, [v for v in visits if v.day < day])
        pieces += more
    assert pieces == doses
    assert plan.decisions == whole.decisions
    assert all(d.amount > 0 for d in doses)

"""The shipped tapers against the figures that were worked out for them, and the sentences for faulty ones."""

import pytest
from regimen_texts import ORAL, T1, regimen

from myoflare.base.errors import TherapyError
from myoflare.therapy import tapers
from myoflare.therapy.plan import begin
from myoflare.therapy.regimen import load_regimen

# mg/day at the end of weeks 12, 24, 52, then grams in 26 and 52 weeks, for 75 kg: drugs.md section 5
PUBLISHED = {
    "T1": (55, 25, 5, 8.7, 10.4),
    "T2": (60, 30, 9, 9.8, 12.7),
    "T3": (30, 10, 1, 6.3, 7.1),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_taper_gives_the_published_doses(name):
    _, given = begin(load_regimen(f"prednisone_{name}"), {"person_weight": 75.0}, start=0).until(365)
    amounts = {round(g.day): g.amount for g in given}
    grams = [sum(a for d, a in amounts.items() if d < 7 * weeks) / 1000 for weeks in (26, 52)]
    assert [amounts[7 * week - 1] for week in (12, 24, 52)] == list(PUBLISHED[name][:3])
    assert [round(g, 1) for g in grams] == list(PUBLISHED[name][3:])


def test_a_taper_to_nothing_ends_in_no_dose():
    plan, given = begin(load_regimen("prednisone_T3"), {"person_weight": 75.0}, start=0).until(500)
    assert max(g.day for g in given) < 365
    assert plan.daily() == {}
    assert min(g.amount for g in given) == 1


def test_a_lighter_person_joins_the_scheme_where_the_dose_is():
    scheme = tapers.load_taper("T1")
    assert scheme.below(17.0, {}, "mg") == (12.0, 28)
    assert scheme.below(10.0, {}, "mg") == (7.5, 56)
    assert scheme.below(2.5, {}, "mg") is None


def test_levels_are_whole_tablets_and_always_lower():
    scheme, level, levels = tapers.load_taper("T4"), 75.0, []
    while found := scheme.below(level, {}, "mg"):
        level = found[0]
        levels.append(level)
    assert levels[-1] == 5
    assert levels == sorted(set(levels), reverse=True)
    assert all(level == round(level) for level in levels)
    assert all(low / high >= 0.8 for high, low in zip([75.0, *levels], levels, strict=False))


def own(steps, rest=""):
    scheme = f"scheme: {{title: x, hold_days: 7, steps: [{steps}]{rest}}}"
    return f"doses:\n{ORAL}tapers:\n  - {{drug: prednisone, {scheme}}}\n"


FAULTY = {
    own("{down: 5 mg, every_days: 7, to: -5 mg}"): "a taper below zero, to -5 mg",
    own("{down: 5 mg, every_days: 7}", ", floor: -1 mg"): "a taper below zero, to -1 mg",
    own("{down: 0 mg, every_days: 7}"): "an amount above 0",
    own("{down: 120 %, every_days: 7}"): "up to 100 %",
    own("{down: 5 mg, every_days: 0}"): "a number of at least 1",
    own("{down: 5 mg, every_days: 7, to: 5 mg}, {down: 1 mg, every_days: 7, to: 9 mg}"): "from high to low",
    own("{down: 5 g/kg, every_days: 7, to: 3 cell}"): "the unit of the route",
    own("{down: 5 mg, every_day: 7}"): "unknown key 'every_day'.*did you mean 'every_days'",
    T1.replace("T1", "T9"): "unknown taper 'T9'.*known: T1, T2, T3, T4",
    T1.replace("drug: prednisone, scheme", "drug: ivig, scheme"): "'ivig' is not a drug of the regimen",
    T1 + "  - {drug: prednisone, scheme: T2}\n": "a second taper of prednisone",
}


@pytest.mark.parametrize("body", FAULTY, ids=lambda b: b[-60:].strip())
def test_a_faulty_taper_is_one_sentence(body):
    with pytest.raises(TherapyError, match=FAULTY[body]) as fault:
        regimen(body)
    assert str(fault.value).startswith("r.yaml:")

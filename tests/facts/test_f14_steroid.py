"""F14: on prednisone creatine kinase falls within weeks, before full strength; resident T cells stay in muscle."""

import numpy as np
import pytest
from ward import ILL, prednisone, treat

DRUGS = ("azathioprine", "prednisone")
FIRST = ("polymyositis_few_treg", "dermatomyositis", "antisynthetase_arthritis")


@pytest.fixture(scope="module")
def courses():
    return {name: treat(name, prednisone(), ILL + 180, DRUGS) for name in (*FIRST, "statin_necrotising")}


def half_day(person, name):
    """Days until half of the largest change of the first half year."""
    after = person.t >= ILL
    t, y = person.t[after] - ILL, getattr(person, name)[after]
    change = np.abs(y - y[0])
    return float(t[change >= 0.5 * change.max()][0])


@pytest.mark.parametrize("name", FIRST)
def test_CK_is_halved_within_six_weeks(courses, name):
    person = courses[name]
    assert person.at("CK_xULN", ILL + 42) < 0.55 * person.at("CK_xULN", ILL)


def test_CK_is_normal_in_months_and_strength_still_grows_then(courses):
    person = courses["polymyositis_few_treg"]
    normal = person.first_day((person.t > ILL) & (person.CK_xULN < 1))
    assert 28 < normal - ILL < 140
    assert person.between("force", normal, ILL + 180).max() > person.at("force", normal)


def test_where_fibres_are_killed_CK_moves_before_strength(courses):
    assert half_day(courses["polymyositis_few_treg"], "CK_xULN") < half_day(courses["polymyositis_few_treg"], "force")


@pytest.mark.xfail(
    strict=True,
    reason="weakness by interferon, oedema and ER stress is lifted in days, and strength is back before CK; missing: "
    "weakness that only new fibre mends, beyond what these patients have lost",
)
@pytest.mark.parametrize("name", ["dermatomyositis", "antisynthetase_arthritis"])
def test_CK_is_normal_before_MMT8_is_full(courses, name):
    person = courses[name]
    after = person.t > ILL
    assert person.first_day(after & (person.CK_xULN < 1)) < person.first_day(after & (person.MMT8 > 149))


def test_resident_T_cells_stay(courses):
    person = courses["polymyositis_few_treg"]
    assert person.at("muscle_TRM", ILL + 168) > 0.6 * person.at("muscle_TRM", ILL)
    assert person.at("immunity_CD8", ILL + 84) < 0.4 * person.at("immunity_CD8", ILL)


def test_necrotising_myopathy_answers_least(courses):
    """Steroid alone seldom suffices there (evidence: trials.md section 5)."""
    left = {n: p.at("CK_xULN", ILL + 84) / p.at("CK_xULN", ILL) for n, p in courses.items()}
    assert max(left, key=left.get) == "statin_necrotising"
    assert left["statin_necrotising"] > 0.4


def test_fat_and_weakness_stay_after_delay():
    """F10 under treatment: begun after three years, it leaves more fat and less force than begun after one."""
    late = ILL + 730
    early = treat("statin_necrotising", prednisone(), ILL + 365, DRUGS)
    delayed = treat("statin_necrotising", prednisone(late), late + 365, DRUGS)
    assert delayed.at("fat_fraction", late + 168) > early.at("fat_fraction", ILL + 168) + 0.03
    assert delayed.at("force", late + 168) < early.at("force", ILL + 168) - 0.03

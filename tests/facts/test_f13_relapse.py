"""F13: relapse on or after the steroid taper, in about two thirds; fewer with a second agent from the first taper on.

The published figures: 62 % relapsed, hazard ratio 0.5 with a second agent. The cohort here is small and varied; which
patients relapse was not chosen, but the gain of memory recall and the weight of resident T cells were set with the
three shipped patients in view, so the share is no prediction.
"""

from functools import cache

import numpy as np
import pytest
from lab import vary
from ward import ILL, azathioprine, prednisone, treat

DRUGS = ("azathioprine", "prednisone")
WATCHED = 540  # days from the first dose
PEOPLE = ("polymyositis_few_treg", "dermatomyositis", "antisynthetase_arthritis")
DIFFER = ("muscle_kills_per_CTL", "muscle_k_INT", "immunity_K_site", "immunity_k_recall", "immunity_K_APC",
          "humoral_k_plasmablast", "muscle_w_TRM", "immunity_w_B_APC")  # fmt: skip


def course(name, second, days=ILL + WATCHED, **parameters):
    given = prednisone() + (azathioprine(ILL + 28, ILL + WATCHED) if second else [])
    return treat(name, given, days, DRUGS, step=7.0, **parameters)


def relapse_day(person):
    """Days from the first dose until CK is both above normal and twice its best, or force has lost a third of its gain.

    Infinity for one who stays well; nothing for one who never improved by half of the weakness and half of CK.
    """
    after = person.t >= ILL
    t, ck, force = person.t[after] - ILL, person.CK_xULN[after], person.force[after]
    best = np.minimum.accumulate(ck)
    gain = np.maximum.accumulate(force) - force[0]
    if best[-1] > max(1.0, 0.5 * ck[0]):
        return None
    improved = best <= max(1.0, 0.5 * ck[0])
    worse = improved & ((ck > np.maximum(1.0, 2 * best)) | (force - force[0] < 0.67 * gain - 0.05))
    return float(t[worse][0]) if worse.any() else np.inf


@cache
def cohort(second, size_each=5):
    """Relapse days of varied people, of those who were ill and whom treatment helped."""
    people = [course(n, second, **vary(DIFFER, i, 0.2, f"taper {n}")) for n in PEOPLE for i in range(size_each)]
    days = [relapse_day(p) for p in people if p.at("CK_xULN", ILL) > 1.5]
    return [d for d in days if d is not None]


@pytest.mark.parametrize("name", ["dermatomyositis", "antisynthetase_arthritis"])
def test_shipped_patients_relapse_after_the_taper(name):
    day = relapse_day(course(name, second=False))
    assert 42 < day < WATCHED


def test_most_of_a_varied_cohort_relapse_on_or_after_the_taper():
    days = np.array(cohort(second=False))
    assert len(days) >= 10
    assert np.isfinite(days).mean() > 0.5
    assert days.min() > 42


@pytest.mark.xfail(
    strict=True,
    reason="seven in eight relapse here: steroid leaves memory in everyone, and nobody's regulatory T cells recover",
)
def test_the_share_that_relapses_is_that_published():
    assert 0.5 < np.isfinite(cohort(second=False)).mean() < 0.75


def hazard(days):
    """Relapses per day at risk over a year and a half."""
    return np.isfinite(days).sum() / np.minimum(days, WATCHED).sum()


def test_a_second_agent_lowers_the_hazard():
    assert hazard(cohort(second=True)) < 0.75 * hazard(cohort(second=False))


@pytest.mark.xfail(
    strict=True,
    reason="the ratio is near a quarter: these people all lie close to the threshold, where little suppression decides",
)
def test_the_hazard_ratio_is_that_published():
    assert 0.35 < hazard(cohort(second=True)) / hazard(cohort(second=False)) < 0.7

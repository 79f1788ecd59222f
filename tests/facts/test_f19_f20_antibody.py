"""F19, F20: autoantibody under conventional treatment."""

import numpy as np
import pytest
from cohort_sample import DIFFER
from lab import vary
from ward import ILL, azathioprine, prednisone, treat

DRUGS = ("azathioprine", "prednisone")
MONTHS_26 = ILL + 790


def test_F19_anti_HMGCR_is_never_normal_on_conventional_treatment():
    """0 of 17 over 26 months; in people who differ in the attack, repair and antibody."""
    given = prednisone() + azathioprine(ILL + 28, MONTHS_26)
    for i in range(4):
        dice = vary(DIFFER, i, 0.35, "conventional")
        person = treat("statin_necrotising", given, MONTHS_26, DRUGS, step=7.0, **dice)
        assert person.between("autoantibody_xULN", ILL, MONTHS_26).min() > 1


@pytest.mark.parametrize("spread", [0.25])
def test_F20_the_change_of_antibody_follows_the_change_of_activity(spread):
    """Anti-Jo-1: r 0.7 over people, first half year of treatment; activity is CK on the scale of its logarithm."""
    antibody, activity = [], []
    differ = (*DIFFER, "immunity_Treg_supply")
    for i in range(10):
        dice = vary(differ, i, spread, "Jo-1")
        dice["immunity_Treg_supply"] *= 0.5  # the patient's own number
        for given in ([], prednisone()):
            person = treat("antisynthetase_arthritis", given, ILL + 120, DRUGS, step=7.0, **dice)
            if person.at("CK_xULN", ILL) > 1:
                antibody.append(np.log(person.at("autoantibody", ILL + 112) / person.at("autoantibody", ILL)))
                activity.append(np.log(person.at("CK", ILL + 112) / person.at("CK", ILL)))
    assert len(antibody) >= 10
    assert np.corrcoef(antibody, activity)[0, 1] > 0.5

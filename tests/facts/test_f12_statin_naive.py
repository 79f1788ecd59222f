"""F12: necrotising myopathy of the young who never took a statin has higher CK, recovers more slowly and relapses more.

Two invented men with the same HLA allele and the same few regulatory T cells, treated alike: one is 64 and gives up his
statin on the day on which treatment begins, the other is 22 and has nothing to give up.
"""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from ward import ILL, azathioprine, prednisone, treat

PEOPLE = Path(__file__).parent / "people"
LAST = 540  # day of the last azathioprine, from the first dose


@cache
def treated(name):
    given = prednisone() + azathioprine(ILL + 28, ILL + LAST)
    return treat(str(PEOPLE / f"{name}.yaml"), given, ILL + LAST + 160, step=1.0)


def days_to_half(person):
    """Days from the first dose until CK is half of what it was."""
    t, ck = person.t - ILL, person.CK_xULN
    met = (t > 0) & (ck < 0.5 * person.at("CK_xULN", ILL))
    return float(t[met][0]) if met.any() else np.inf


def test_both_fall_ill_and_answer_to_treatment():
    for name in ("statin_naive", "statin_withdrawn"):
        person = treated(name)
        assert person.at("CK_xULN", ILL) > 10
        assert days_to_half(person) < 180


@pytest.mark.xfail(strict=True, reason="established disease forgets what began it; age changes satellite cells only")
def test_creatine_kinase_is_higher_in_the_young_man():
    assert treated("statin_naive").at("CK_xULN", ILL) > 1.2 * treated("statin_withdrawn").at("CK_xULN", ILL)


@pytest.mark.xfail(
    strict=True, reason="the antigen of dying fibres outweighs that of the statin, whose end changes little"
)
def test_the_young_man_recovers_more_slowly():
    assert days_to_half(treated("statin_naive")) > 1.1 * days_to_half(treated("statin_withdrawn"))

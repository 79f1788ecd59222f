"""F6: signatures of the subtypes, as ratios to healthy muscle."""

import pytest
from lab import SICK, sick

DAY = 365


@pytest.mark.parametrize("subtype", SICK)
def test_every_subtype_is_ill_for_years(subtype):
    assert sick(subtype).ill_at_end


def test_ISG15_rises_some_300_fold_in_dermatomyositis_only():
    fold = {s: sick(s).at("ISG15_fold", DAY) for s in SICK}
    assert 100 < fold["dermatomyositis"] < 600
    assert all(fold[s] < 0.2 * fold["dermatomyositis"] for s in SICK if s != "dermatomyositis")
    assert fold["antisynthetase"] > fold["necrotising"], (
        "interferon 1 is moderate in antisynthetase syndrome, low in IMNM"
    )


def test_IFNG_rises_some_50_fold_in_antisynthetase_and_little_in_necrotising():
    fold = {s: sick(s).at("IFNG_fold", DAY) for s in SICK}
    assert 20 < fold["antisynthetase"] < 100
    assert fold["necrotising"] < 5
    assert fold["dermatomyositis"] > fold["necrotising"]


def test_MHC1_is_low_in_necrotising_and_widespread_elsewhere():
    mhc = {s: sick(s).at("MHC1", DAY) for s in SICK}
    assert mhc["necrotising"] < 0.2
    assert min(mhc[s] for s in SICK if s != "necrotising") > 0.4


def test_capillaries_are_lost_in_dermatomyositis_only():
    index = {s: sick(s).at("capillary_index", DAY) for s in SICK}
    assert index["dermatomyositis"] < 0.8
    assert min(index[s] for s in SICK if s != "dermatomyositis") > 0.85

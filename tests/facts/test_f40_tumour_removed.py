"""F40: dermatomyositis that a tumour keeps going improves when the tumour is removed."""

import pytest
from lab import life

REMOVED = 300


def with_tumour(removed, genome=()):
    """The average host, or a carrier, with a tumour from day 30 on."""
    exposure = f"{{tumour: {{appears_day: 30, removed_day: {removed}}}}}"
    return life("dermatomyositis", f"[{exposure}]", genome, days=1000, step=5.0)


@pytest.fixture(scope="module")
def kept():
    return with_tumour(5000)


def test_with_the_tumour_it_becomes_worse(kept):
    assert 1.3 < kept.at("CK_xULN", REMOVED) < kept.at("CK_xULN", 1000)
    assert kept.at("CDASI", 1000) > 10


def test_without_the_tumour_it_goes(kept):
    person = with_tumour(REMOVED)
    assert person.at("CK_xULN", 700) < 1
    assert person.at("CDASI", 1000) < 2
    assert person.at("force", 1000) > kept.at("force", 1000) + 0.05


def test_removed_two_months_later_it_improves_and_comes_back():
    late = with_tumour(REMOVED + 65)
    assert late.at("CK_xULN", 500) < 0.9 * late.at("CK_xULN", REMOVED + 65)
    assert late.at("CK_xULN", 1000) > late.at("CK_xULN", 500)


def test_in_a_carrier_it_goes_on_without_the_tumour_but_milder():
    """Beyond the threshold the disease keeps itself going (``test_tumour``); removal still halves it."""
    carrier = ("HLA_DRB1_03_01",)
    person, kept_on = with_tumour(REMOVED, carrier), with_tumour(5000, carrier)
    assert person.at("CK_xULN", 1000) > 1
    assert person.at("CK_xULN", 1000) < 0.7 * kept_on.at("CK_xULN", 1000)

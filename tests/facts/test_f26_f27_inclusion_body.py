"""F26, F27: in inclusion body myositis neither immunosuppression nor depletion of CD8 cells of blood stops the loss.

The patient's own numbers (degeneration, poor rebuilding, settled CD8 cells) were set to fat that grows by a tenth or
more a year (published: 11 %) and interferon gamma some 80-fold; what treatment does was not.
"""

import pytest
from ward import REMOVAL, azathioprine, prednisone, treat

BEGIN = 1095
DRUGS = ("azathioprine", "prednisone", REMOVAL)
END = BEGIN + 730


@pytest.fixture(scope="module")
def courses():
    suppressed = prednisone(BEGIN, hold=182, weeks=104) + azathioprine(BEGIN, END)
    depleted = [(BEGIN, "depletion_k_CD8_blood", 15.0)]
    return {
        "none": treat("inclusion_body", [], 2190, DRUGS, step=7.0),
        "suppressed": treat("inclusion_body", suppressed, END, DRUGS, step=7.0),
        "depleted": treat("inclusion_body", [], END, DRUGS, interventions=depleted, step=7.0),
    }


def test_it_is_an_inflamed_muscle(courses):
    person = courses["none"]
    assert 40 < person.at("IFNG_fold", BEGIN) < 160
    assert person.at("MHC1", BEGIN) > 0.4
    assert person.at("CK_xULN", BEGIN) > 2


def test_F27_fat_grows_by_a_tenth_a_year_untreated(courses):
    """Published in patients years into the disease; here the sixth year."""
    fat = [courses["none"].at("fat_fraction", d) for d in (1825, 2190)]
    assert 0.05 < fat[1] / fat[0] - 1 < 0.17


def test_F27_immunosuppression_lowers_CK_and_does_not_stop_fat(courses):
    person = courses["suppressed"]
    assert person.at("CK", BEGIN + 365) < 0.9 * person.at("CK", BEGIN)
    assert person.at("fat_fraction", END) > 1.15 * person.at("fat_fraction", BEGIN)
    assert person.at("force", END) < person.at("force", BEGIN) + 0.05


def test_F26_CD8_cells_of_blood_gone_and_nothing_gained(courses):
    person, none = courses["depleted"], courses["none"]
    assert person.at("immunity_CD8", BEGIN + 180) < 0.02 * person.at("immunity_CD8", BEGIN)
    assert person.at("muscle_TRM", BEGIN + 365) > 0.7 * person.at("muscle_TRM", BEGIN)
    assert person.at("force", BEGIN + 365) - none.at("force", BEGIN + 365) < 0.06
    assert person.at("fat_fraction", BEGIN + 365) > 1.05 * person.at("fat_fraction", BEGIN)


def test_without_degeneration_the_same_treatment_gives_strength_back(courses):
    """H-DEG and settled CD8 cells are what resists: the polymyositis patient gains."""
    person = treat("polymyositis_few_treg", prednisone(BEGIN, hold=182, weeks=104), BEGIN + 365, DRUGS, step=7.0)
    assert person.at("force", BEGIN + 300) > person.at("force", BEGIN) + 0.2

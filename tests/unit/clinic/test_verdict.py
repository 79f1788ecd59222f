import numpy as np
import pytest
from courses import FLU, STATIN, course

from myoflare.base.errors import StoreError
from myoflare.clinic import diagnose, summarise

ILL = {"CK_xULN": [(100, 1000, 20)], "CK": [(100, 1000, 4000)], "autoantibody": [(90, 1000, 50_000)]}


def test_nothing_happened():
    verdict = diagnose(course())
    assert (verdict.key, verdict.onset_day) == ("healthy", None)


def test_infection_only():
    verdict = diagnose(course([FLU]))
    assert (verdict.key, verdict.label) == ("infection", "infection only")
    assert "influenza A" in verdict.sentence


def test_injury_that_resolves_is_named_after_what_caused_it():
    verdict = diagnose(course([FLU], CK_xULN=[(33, 45, 30)]))
    assert (verdict.key, verdict.onset_day) == ("injury", None)
    assert verdict.label == "influenza myositis, resolved"


def test_long_injury_without_autoimmunity_is_no_myositis():
    verdict = diagnose(course([STATIN], CK_xULN=[(40, 130, 15)]))
    assert verdict.label == "statin myopathy, resolved"


def test_injury_that_goes_on_is_a_myopathy():
    verdict = diagnose(course([STATIN], MMT8=[(40, 1000, 120)]))
    assert (verdict.key, verdict.active_at_end) == ("myopathy", True)
    assert "continuing" in verdict.label


def test_onset_is_the_first_day_of_six_weeks():
    verdict = diagnose(course([FLU], **ILL))
    assert verdict.onset_day == 100
    assert verdict.active_at_end


def test_short_trouble_with_antibody_is_no_myositis():
    ill = {"CK_xULN": [(100, 130, 20)], "autoantibody": [(90, 1000, 50_000)]}
    assert diagnose(course([FLU], **ill)).onset_day is None


def test_remission_is_said():
    ill = {"CK_xULN": [(100, 300, 20)], "autoantibody": [(90, 1000, 50_000)]}
    verdict = diagnose(course(**ill))
    assert verdict.label.endswith("resolved")
    assert verdict.onset_day == 100


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({}, "necrotising"),
        ({"IFNG_fold": [(100, 1000, 80)]}, "polymyositis"),
        ({"CDASI": [(110, 1000, 20)]}, "dermatomyositis"),
        ({"joint_swelling": [(60, 1000, 5)]}, "antisynthetase"),
    ],
)
def test_the_kind_of_myositis(more, key):
    assert diagnose(course(**ILL, **more)).key == key


def test_a_course_without_read_outs_is_refused():
    with pytest.raises(StoreError, match="no read-out 'MMT8'"):
        diagnose(course().drop_vars("MMT8"))


def test_summary_has_extremes_with_their_days():
    row = summarise(course(**ILL, MMT8=[(200, 210, 101)]))
    assert (row["CK_max"], row["CK_max_day"], row["MMT8_min"], row["MMT8_min_day"]) == (4000, 100, 101, 200)
    assert row["onset_day"] == 100
    assert all(np.isscalar(v) for v in row.values())


def test_the_kind_is_named_by_what_was_there_before_treatment():
    treated = course(**ILL, IFNG_fold=[(100, 200, 80)])
    assert diagnose(treated).key == "necrotising"
    doses = '[{"day": 200.0, "drug": "tofacitinib"}]'
    assert diagnose(treated.assign_attrs(doses=doses)).key == "polymyositis"

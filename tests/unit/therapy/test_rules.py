"""The language of rules: what it reads, what it refuses, and what it makes of things not measured."""

import contextlib
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myoflare.base.errors import TherapyError
from myoflare.therapy.measured import Measured, Seen, Visit, clinic_measures
from myoflare.therapy.rules import parse_condition

CLINIC = clinic_measures()
DRUGS = ["prednisone", "ivig"]


def holds(text, **known):
    return parse_condition(text, CLINIC, DRUGS).holds(known)


TRUE = [
    ("CK_xULN > 1.3 * CK_xULN_last", {"CK_xULN": 4, "CK_xULN_last": 3}),
    ("1 < CK_xULN <= 2", {"CK_xULN": 2}),
    ("not (MMT8 >= 0.9 * MMT8_best)", {"MMT8": 100, "MMT8_best": 140}),
    ("min(CK, 5) + max(1, 2) - -1 == 8 and day != 3 / 1", {"CK": 9, "day": 4}),
    ("dose(prednisone) < 20 and weeks_on(ivig) >= 12", {"dose(prednisone)": 10, "weeks_on(ivig)": 12}),
]


@pytest.mark.parametrize(("text", "known"), TRUE)
def test_a_condition_that_holds(text, known):
    assert parse_condition(text, CLINIC, DRUGS).holds(known)
    assert not parse_condition(f"not ({text})", CLINIC, DRUGS).holds(known)


def test_what_is_not_measured_is_neither_true_nor_false():
    assert not holds("CK > 2")
    assert not holds("not (CK > 2)")
    assert not holds("CK > 2 and MMT8 < 100", MMT8=90)
    assert holds("CK > 2 or MMT8 < 100", MMT8=90)
    assert holds("not (CK > 2 and MMT8 < 100)", MMT8=120)
    assert not holds("CK > 2", CK=float("nan"))
    assert not holds("1 / CK > 2", CK=0.0)


def test_it_says_what_it_reads():
    found = parse_condition("MMT8 < 0.9 * MMT8_best and dose(ivig) > 0 and day > 3", CLINIC, DRUGS)
    assert found.reads == {"MMT8", "MMT8_best", "dose(ivig)", "day"}


def test_a_condition_travels_between_processes():
    found = pickle.loads(pickle.dumps(parse_condition("CK > 2", CLINIC)))
    assert found.holds({"CK": 3})
    assert found == parse_condition("CK > 2", CLINIC)


REFUSED = {
    "force < 0.5": "no clinic has 'force' at a visit; expected a measurement of a visit. a clinic has 'MMT8'",
    "humoral_memory_B > 1": "no clinic has 'humoral_memory_B'.*a clinic has 'B_cells'",
    "CK_xULM > 1": "did you mean 'CK_xULN'",
    "CK_last_visit > 1": "did you mean 'CK_last'",
    "dose(prednisolone) > 1": "did you mean 'prednisone'",
    "CK * 2": "is a number; expected a condition",
    "CK and MMT8": "'CK' is a number; expected a condition there",
    "(CK > 1) + 1 > 2": "'CK > 1' is a condition; expected a number there",
    "CK >": "invalid syntax",
    "__import__('os').system('ls')": "not of this language",
    "CK.__class__ > 1": "not of this language",
    "9 ** 9 ** 9 > 1": "not of this language",
    "[x for x in (1, 2)] > 1": "not of this language",
    "lambda: 1": "not of this language",
    "True": "not of this language",
    "1e999 > 1": "not of this language",
    f"{10**400} > 1": "not of this language",
    "max(CK=1) > 1": "not of this language",
    "-" * 60 + "1 > 0": "too many levels",
    "1 < " + "x" * 600: "at most 500",
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda t: t[:25])
def test_what_is_refused_and_how(text):
    with pytest.raises(TherapyError, match=REFUSED[text]) as fault:
        parse_condition(text, CLINIC, DRUGS, "r.yaml:3, rules[0].when")
    assert str(fault.value).startswith("r.yaml:3, rules[0].when: ")


@given(st.text(max_size=60))
def test_any_text_is_a_condition_or_a_sentence(text):
    with contextlib.suppress(TherapyError):  # and nothing else
        assert parse_condition(text, CLINIC, DRUGS).holds({}) in (True, False)


def test_the_names_are_those_that_the_caller_gives():
    assert parse_condition("TIS_best > 40", {"TIS": Measured("higher")}).holds({"TIS_best": 50})
    with pytest.raises(TherapyError, match="no clinic has 'MMT8'"):
        parse_condition("MMT8 > 40", {"TIS": Measured("higher")})


def test_visits_are_summed_up():
    seen = Seen()
    visits = [(-10, {"CK": 9, "MMT8": 130}), (0, {"CK": 8}), (28, {"CK": 3, "MMT8": 120, "force": 1}), (56, {"CK": 5})]
    for day, values in visits:
        seen = seen.after(Visit(day, values), 0, CLINIC)
    assert seen.known() == {
        "CK": 5, "CK_last": 3, "CK_best": 3, "CK_first": 9, "CK_start": 8,
        "MMT8_last": 120, "MMT8_best": 130, "MMT8_first": 130, "MMT8_start": 130,
    }  # fmt: skip


def test_what_a_clinic_measures_is_an_observable_and_force_is_not_measured():
    from myoflare.model.tables import read_observables
    from myoflare.store import science_path

    table = {o.id for o in read_observables(science_path("network", "observables.tsv"))}
    assert set(CLINIC) <= table
    assert "force" not in CLINIC
    assert {row.better for row in CLINIC.values()} == {"lower", "higher"}

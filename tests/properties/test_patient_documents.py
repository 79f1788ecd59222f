"""Whatever stands in a patient document, the answer is a patient or one sentence; and schedules are well formed."""

import math
from io import StringIO
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from myoflare.base.errors import MyoflareError, PatientError
from myoflare.cohort.exposures import Exposure, exposure_changes, exposure_kinds
from myoflare.cohort.patient import Patient, patient_from
from myoflare.store import science_path
from myoflare.store.document import parse_document

SEEDS = [p.read_text(encoding="utf-8") for p in sorted(Path(science_path("patients")).glob("*.yaml"))]
KEYS = ["name", "sex", "age_years", "exposures", "parameters", "switches", "genome", "subtype", "infection", "agent"]
KEYS = st.sampled_from([*KEYS, "day", "statin", "from_day", "to_day", "size", "H_CTL"])
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | KEYS | st.dates()
TREES = st.recursive(
    LEAVES,
    lambda t: st.lists(t, max_size=3) | st.dictionaries(KEYS | st.text(max_size=5), t, max_size=4),
    max_leaves=15,
)


def check_sentence(text):
    """A patient, or a sentence without a line break; anything else is a fault of ours."""
    sentence = "x.yaml"
    try:
        assert isinstance(patient_from(parse_document(text, "x.yaml", PatientError)), Patient)
    except MyoflareError as fault:
        sentence = str(fault)
    assert "\n" not in sentence
    assert sentence.startswith("x.yaml")


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200))
def test_any_text(text):
    check_sentence(text)


@settings(max_examples=300, deadline=None)
@given(TREES)
def test_any_tree(tree):

    stream = StringIO()
    YAML(typ="safe", pure=True).dump(tree, stream)
    check_sentence(stream.getvalue())


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SEEDS), st.integers(0, 2000), st.integers(0, 40), st.text(max_size=12))
def test_any_edit_of_a_shipped_person(text, at, cut, put):
    check_sentence(text[:at] + put + text[at + cut :])


@st.composite
def exposure(draw):
    name = draw(st.sampled_from(sorted(exposure_kinds())))
    kind = exposure_kinds()[name]
    agent = draw(st.sampled_from(sorted(kind.agents))) if kind.agents else ""
    day = draw(st.floats(0, 900))
    end = day + draw(st.floats(0.1, 400) | st.just(math.inf)) if kind.ends else math.inf
    return Exposure(name, name, day, end, draw(st.floats(0.01, 10)), agent)


@settings(max_examples=200, deadline=None)
@given(st.lists(exposure(), max_size=5))
def test_schedules_are_sorted_and_every_pulse_closes(exposures):
    changes = exposure_changes(exposures, {}, 1000)
    assert [c.day for c in changes] == sorted(c.day for c in changes)
    assert all(0 <= c.day <= 1000 and math.isfinite(c.value) and c.value >= 0 for c in changes)
    last = {c.parameter: c for c in changes}
    pulses = {p for e in exposures for p in _effect(e).pulse}
    assert all(abs(last[p].value) < 1e-12 for p in pulses)
    assert all(a.value != b.value for p in last for a, b in _neighbours([c for c in changes if c.parameter == p]))


def _effect(exposure):
    kind = exposure_kinds()[exposure.kind]
    return kind.agents.get(exposure.agent, kind)


def _neighbours(changes):
    return zip(changes, changes[1:], strict=False)

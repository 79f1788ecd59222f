import math

import pytest

from myoflare.base.errors import PatientError
from myoflare.cohort import list_patients, load_patient

SHIPPED = [
    "antisynthetase_arthritis",
    "bacterial_pyomyositis",
    "dermatomyositis",
    "eccentric_exercise",
    "healthy_influenza",
    "inclusion_body",
    "influenza_myositis",
    "polymyositis_few_treg",
    "statin_necrotising",
    "statin_toxicity",
]  # fmt: skip
WHOLE = """\
name: anna
story: A short one.
subtype: polymyositis
sex: female
age_years: 46
genome: [HLA_DRB1_11_01]
parameters: {immunity_Treg_supply: 4.0e+9}
switches: {H_CTL: 0.5}
exposures:
  - infection: {agent: influenza_a, day: 30, size: 2}
  - statin: {from_day: 1, to_day: 9}
  - tumour: {appears_day: 5}
person: {weight: 82}
"""


def write(tmp_path, text):
    path = tmp_path / "anna.yaml"
    path.write_text(text)
    return path


def test_the_shipped_persons():
    assert list_patients() == SHIPPED


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_person_has_a_story_and_a_warning(name):
    patient = load_patient(name)
    assert patient.name == name
    assert patient.story
    assert "no medical advice" in patient.text.splitlines()[0]


def test_a_whole_document(tmp_path):
    patient = load_patient(write(tmp_path, WHOLE))
    assert (patient.sex, patient.age_years, patient.genome) == ("female", 46, ("HLA_DRB1_11_01",))
    infection, statin, tumour = patient.exposures
    assert (infection.kind, infection.agent, infection.size) == ("infection", "influenza_a", 2)
    assert (statin.day, statin.end, statin.size) == (1, 9, 1)
    assert tumour.end == math.inf


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("sex: female", "sexx: female", r"anna.yaml:4, sexx: unknown key 'sexx'.*did you mean 'sex'\?"),
        ("sex: female", "sex: f", r":4, sex: 'f' for 'sex'; expected 'female' or 'male'"),
        ("name: anna\n", "", "the key 'name' is missing"),
        ("name: anna", "name: ../../etc", "letters, digits"),
        ("age_years: 46", "age_years: old", r":5, age_years: 'old' for 'age_years'; expected a number"),
        ("age_years: 46", "age_years: true", "True for 'age_years'; expected a number"),
        ("age_years: 46", "age_years: -1", "at least 0"),
        ("H_CTL: 0.5", "H_CTL: 2", r"switches.H_CTL: 2 for 'H_CTL'; expected a number of at most 1"),
        ("4.0e+9", ".nan", "a finite number"),
        ("4.0e+9", "many", "a number"),
        ("- statin:", "- statn:", r":11, exposures\[1\].statn: unknown exposure 'statn'.*did you mean 'statin'\?"),
        ("influenza_a", "influenza_c", r":10, .*unknown agent 'influenza_c'.*did you mean 'influenza_a'\?"),
        ("size: 2", "size: -2", r":10, exposures\[0\].infection.size: -2 for 'size'; expected a number above 0"),
        ("day: 30", "day: -30", "at least 0"),
        ("weight: 82", "wieght: 82", r"anna.yaml:13, person.wieght: unknown trait 'wieght'.*did you mean 'weight'\?"),
        ("weight: 82", "weight: 8", r"anna.yaml:13, person.weight: 8 kg for 'weight'; expected 20 to 250 kg"),
        ("from_day: 1", "from_dya: 1", r"unknown key 'from_dya'.*did you mean 'from_day'\?"),
        ("from_day: 1,", "", "the key 'from_day' is missing"),
        ("to_day: 9", "to_day: 0.5", "0.5 is not after from_day 1"),
        ("- tumour: {appears_day: 5}", "- tumour", "a mapping of keys"),
        (
            "- tumour: {appears_day: 5}",
            "- {tumour: {appears_day: 5}, uv: {}}",
            "2 keys; expected one exposure per item",
        ),
        ("- tumour: {appears_day: 5}", "- tumour: 5", "a mapping of keys"),
    ],
)
def test_every_fault_is_one_sentence_with_its_place(tmp_path, old, new, says):
    assert old in WHOLE
    with pytest.raises(PatientError, match=says) as caught:
        load_patient(write(tmp_path, WHOLE.replace(old, new)))
    assert "\n" not in str(caught.value)
    assert "anna.yaml" in str(caught.value)


def test_an_unknown_name_gets_a_suggestion():
    with pytest.raises(PatientError, match=r"did you mean 'dermatomyositis'\?"):
        load_patient("dermatomyosits")

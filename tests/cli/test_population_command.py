"""``myoflare population``, ``risk`` and ``twins`` as a user types them."""

import pytest
from click.testing import CliRunner

from myoflare.base.errors import MyoflareError
from myoflare.cli.main import cli


def typed(*words):
    result = CliRunner().invoke(cli, [str(w) for w in words])
    if isinstance(result.exception, MyoflareError):
        return str(result.exception)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--size", 0), "size: a population of 0; expected at least 1 person."),
        (("--size", 10, "--ancestry", "northern_europ"), "did you mean 'northern_europe'?"),
        (("--size", 10, "--latitude", 95), "latitude: 95; expected degrees from -90 to 90."),
        (("--size", 10, "--years", 200), "years: 200; expected a length of lives above 0 and up to 90 years."),
        (("--size", 10, "--without", "statine"), "did you mean 'statin'?"),
        (("--size", 10, "--without", "foo"), "known are H_BAPC"),
        (("--size", 10, "--seed", 10**20), "expected a whole number of at most 18 digits"),
        (("--size", 10, "--workers", 0), "workers: 0; expected a whole number from 1 to 1024."),
    ],
)
def test_bad_questions_are_one_sentence(tmp_path, words, sentence):
    assert sentence in typed("population", "run", "--out", tmp_path / "a", *words)
    assert not (tmp_path / "a").exists()


def test_a_small_population_says_aloud_that_it_is_a_hint(tmp_path):
    told = typed("population", "run", "--size", 60, "--seed", 1, "--workers", 1, "--out", tmp_path / "a")
    assert "effective cases in this population. These figures are a hint" in told
    assert "5,400 person-years" in told
    both = typed("population", "compare", tmp_path / "a", tmp_path / "a")
    assert "adults (18 and older)" in both


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("x")
    told = typed("population", "run", "--size", 60, "--out", tmp_path)
    assert "holds something else" in told
    assert "no population.json" in typed("population", "compare", tmp_path, tmp_path)
    told = typed("population", "run", "--size", 60, "--out", tmp_path / "mine.txt")
    assert "mine.txt: a file; expected a folder" in told
    for text in ("{", "{}", '{"question": {"without": []}}', '{"question": {"size": "x", "without": []}}'):
        (tmp_path / "population.json").write_text(text)
        assert "population.json: a damaged file" in typed("population", "compare", tmp_path, tmp_path)


def test_a_damaged_chunk_is_lived_again(tmp_path):
    def lived():
        return typed("population", "run", "--size", 60, "--seed", 1, "--workers", 1, "--out", tmp_path / "a")

    first, chunk = lived(), tmp_path / "a" / "chunks" / "000000.npz"
    chunk.write_bytes(chunk.read_bytes()[:200])
    assert "1 of 1 chunks are missing or damaged" in typed("population", "compare", tmp_path / "a", tmp_path / "a")
    assert lived() == first


def test_people_of_other_texts_are_not_drawn_again(tmp_path):
    typed("population", "run", "--size", 60, "--seed", 1, "--workers", 1, "--out", tmp_path / "a")
    told = tmp_path / "a" / "population.json"
    told.write_text(told.read_text().replace('"texts": "', '"texts": "f'))
    assert "a population of other texts" in typed("population", "relatives", tmp_path / "a")


def test_relatives_of_a_population(tmp_path):
    folder = tmp_path / "a"
    typed("population", "run", "--size", 1500, "--seed", 1, "--workers", 1, "--out", folder)
    told = typed("population", "relatives", folder, "--kind", "identical_twin", "--copies", 1)
    assert "falls ill in a life" in told
    assert "heritability of liability" in told
    assert "did you mean 'sibling'?" in typed("population", "relatives", folder, "--kind", "siblings")
    assert "no population.json" in typed("population", "relatives", tmp_path / "none")


def test_risk_and_twins_tell_a_chance_with_its_interval_and_no_advice(tmp_path):
    told = typed("risk", "statin_necrotising", "--size", 40)
    assert "from birth to 90" in told
    assert "no advice" in told
    picture = tmp_path / "fan.png"
    told = typed("twins", "statin_necrotising", "--size", 40, "--out", picture)
    assert "40 lives of one genome" in told
    assert picture.stat().st_size > 5000
    assert "this already exists" in typed("twins", "statin_necrotising", "--size", 40, "--out", picture)
    assert "size: 0 lives; expected at least 1" in typed("twins", "statin_necrotising", "--size", 0)
    assert "suffix .txt" in typed("twins", "statin_necrotising", "--size", 40, "--out", tmp_path / "fan.txt")


def test_an_unknown_allele_of_a_person_names_the_nearest(tmp_path):
    person = tmp_path / "person.yaml"
    person.write_text("name: me\nsubtype: healthy\nage_years: 40\nsex: female\ngenome: [HLA_DRB1_11_10]\n")
    assert "did you mean 'HLA_DRB1_11_01'" in typed("risk", person, "--size", 10)


def test_an_exposure_before_birth_is_refused(tmp_path):
    person = tmp_path / "person.yaml"
    text = "name: me\nsubtype: healthy\nage_years: 40\nsex: female\nexposures: [{statin: {from_day: -3}}]\n"
    person.write_text(text)
    assert "expected a number of at least 0" in typed("risk", person, "--size", 10)

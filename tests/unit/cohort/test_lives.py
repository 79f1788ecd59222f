"""Lives: shortcuts change nobody's verdict, populations go on after a stop, and do not depend on who works."""

from dataclasses import replace

import numpy as np
import pytest

from myoflare.base.errors import PatientError, StoreError
from myoflare.cohort.exposome import draw_exposome
from myoflare.cohort.hosts import Hosts
from myoflare.cohort.likely import likely_tilt, score
from myoflare.cohort.lives import live
from myoflare.cohort.people import draw_people
from myoflare.cohort.population import live_chunk
from myoflare.cohort.population_folder import read_population, run_population
from myoflare.cohort.question import CHUNK, Question
from myoflare.cohort.screen import screen


def leaning(size, seed):
    people = draw_people(size, seed, tilt=likely_tilt())
    return people, draw_exposome(people, lean=True)


@pytest.mark.slow
@pytest.mark.parametrize("likely", [True, False])
def test_skipping_what_the_screen_calls_harmless_changes_no_onset(likely):
    """Every infection of every host of forty people integrated in full, against the shortcut."""
    people, exposome = leaning(1500, 11)
    rows = np.sort(np.argsort(-score(people, exposome))[:40]) if likely else np.arange(40)
    people, exposome = people.take(rows), exposome.take(rows)
    quick, full = live(people, exposome), live(people, exposome, shortcuts=False)
    assert quick.lived < full.lived / 3
    assert list(zip(quick.who, quick.what, strict=True)) == list(zip(full.who, full.what, strict=True))
    assert np.abs(quick.day - full.day).max(initial=0.0) < 90
    assert len(full.who) >= (8 if likely else 0)


def test_people_without_clones_are_never_lived():
    people, exposome = leaning(30, 3)
    none = replace(people, clones=np.zeros_like(people.clones))
    found = live(none, exposome)
    assert found.lived == 0
    assert len(found.who) == 0


def test_the_screen_keeps_who_has_many_clones_and_knows_the_agents():
    people, exposome = leaning(30, 3)
    n, k = people.clones.shape
    hosts = Hosts(people, exposome, np.repeat(np.arange(n), k), np.tile(np.arange(k), n))
    ordinary = len(screen(hosts, 0).rows)
    strong = replace(people, clones=people.clones * 20, mimicry=np.minimum(people.mimicry + 0.5, 1.0))
    hosts = Hosts(strong, exposome, hosts.who, hosts.what)
    assert len(screen(hosts, 0).rows) > 2 * ordinary


def test_a_population_goes_on_after_a_stop_and_is_the_same_for_two_workers(tmp_path):
    question = Question(size=CHUNK + 200, seed=5)
    whole = run_population(question, tmp_path / "one")
    first = tmp_path / "two"
    run_population(question, first, workers=2)
    (first / "chunks" / "000000.npz").unlink()
    again = run_population(question, first)
    for name in ("person", "weight", "case", "age", "antigen", "kind", "exposures", "month"):
        assert np.array_equal(getattr(whole, name), getattr(again, name)), name
    assert whole.failed == 0
    with pytest.raises(StoreError, match="another question"):
        run_population(replace(question, seed=6), first)
    (first / "chunks" / "000001.npz").unlink()
    with pytest.raises(StoreError, match="1 of 2 chunks are missing or damaged"):
        read_population(first)


def test_the_last_people_of_a_chunk_do_not_depend_on_the_others():
    few, more = (live_chunk(Question(size=n, seed=2), 0) for n in (60, 90))
    n = len(few["person"])
    assert n
    assert np.array_equal(few["person"], more["person"][:n])
    assert np.array_equal(few["weight"], more["weight"][:n])
    assert np.array_equal(few["case"], more["case"][more["case"] < n])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"size": 0}, "a population of 0; expected at least 1 person"),
        ({"ancestry": "north_europe"}, "northern_europe"),
        ({"latitude": 99.0}, "degrees from -90 to 90"),
        ({"years": -3.0}, "above 0"),
    ],
)
def test_bad_questions(change, sentence):
    with pytest.raises(PatientError, match=sentence):
        Question(**{"size": 10} | change)


def test_an_unknown_exposure_to_leave_out_names_the_nearest():
    people = draw_people(2, 1)
    with pytest.raises(PatientError, match="did you mean 'statin'"):
        draw_exposome(people, without={"statine"})

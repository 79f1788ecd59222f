"""The table of published figures: every row can be asked, of those populations that it is about."""

from dataclasses import replace

import numpy as np
import pytest

from myoflare.base.errors import PatientError
from myoflare.cohort import compared
from myoflare.cohort.compared import Compared, compare_with_published, population_facts
from myoflare.cohort.epidemiology import Figure, _share_of, rate_of
from myoflare.cohort.kin import Kin
from myoflare.cohort.population import Population
from myoflare.cohort.population_folder import run_population
from myoflare.cohort.question import Question
from myoflare.cohort.standard import standard_density

KIN = [Kin(kind, *[Figure(0.1, 0.05, 0.2, 50.0)] * 4) for kind in ("identical_twin", "sibling", "child")]


@pytest.fixture(scope="module")
def population(tmp_path_factory):
    return run_population(Question(size=1500, seed=8), tmp_path_factory.mktemp("compared") / "population")


def test_every_row_is_asked_once_all_populations_are_there(population):
    others = [replace(population, question=replace(population.question, ancestry=a))
              for a in ("east_asia", "african_american")]  # fmt: skip
    rows = compare_with_published(population, KIN, others)
    assert [r.id for r in rows] == [r["id"] for r in population_facts()]
    assert len({r.id for r in rows}) == len(rows)


def test_rows_about_others_are_left_out_without_them(population):
    asked = {r.id for r in compare_with_published(population)}
    gone = {r["id"] for r in population_facts() if r["ancestry"] or r["measure"].startswith("kin:")}
    assert gone
    assert asked == {r["id"] for r in population_facts()} - gone


def test_too_few_cases_are_not_called_agreement():
    few = Compared("a", "a", "share", "no", 0.5, 0.4, 0.6, Figure(0.5, 0.0, 1.0, 9.0), "")
    assert not few.told
    assert not few.agrees
    assert replace(few, found=Figure(0.5, 0.45, 0.7, 11.0)).agrees
    assert not replace(few, found=Figure(np.nan, np.nan, np.nan, 50.0)).agrees


def test_an_unknown_measure_is_told(population, monkeypatch):
    row = dict(population_facts()[0]) | {"measure": "incidnce"}
    monkeypatch.setattr(compared, "population_facts", lambda: [row])
    with pytest.raises(PatientError, match="unknown measure 'incidnce'.*did you mean 'incidence'"):
        compare_with_published(population)


def test_every_row_says_whether_it_was_calibrated_to_and_where_it_comes_from():
    for row in population_facts():
        assert row["calibrated"] in ("yes", "seen", "no"), row["id"]
        assert row["source"], row["id"]
        low, value, high = (float(row[k] or row["value"]) for k in ("low", "value", "high"))
        assert low <= value <= high, row["id"]


def test_a_share_near_one_keeps_an_interval(population):
    found = _share_of(np.ones(20), np.ones(20, bool))
    assert (found.value, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(0.839, abs=0.002)  # Wilson's for 20 of 20


def test_the_rate_among_few_exposed_knows_that_they_are_a_sample():
    """With some fifteen exposed controls, nine of ten intervals or more hold the truth."""
    rng, hits = np.random.default_rng(5), 0
    for _ in range(300):
        exposed = rng.random(1500) < 0.01
        ill = np.flatnonzero(rng.random(1500) < np.where(exposed, 0.9, 0.02))
        hits += _rate_of(exposed, ill).covers(1e6 * 0.9 / 90)
    assert hits > 270


def _rate_of(exposed, ill):
    n = len(exposed)
    everyone = Population(
        question=Question(n), weight=np.ones(n), female=np.ones(n, bool), haplotypes=np.zeros((n, 2), int),
        loci=np.zeros((n, 9), int), at_age=np.full(n, 50.0), exposures=exposed[:, None], case=ill,
        age=np.full(len(ill), 50.0), antigen=np.zeros(len(ill), int), kind=np.full(len(ill), "x"),
        antibody=np.ones(len(ill)), month=np.zeros(len(ill)), case_exposures=exposed[ill][:, None], failed=0, lived=n,
        antigens=("first",), exposure_names=("silica",),
    )  # fmt: skip
    found = rate_of(everyone, "silica", None, (0.0, 90.0))
    scale = standard_density(np.array([50.0]))[0] * 90  # everyone falls ill at 50 here, not at the ages of the standard
    return Figure(found.value / scale, found.low / scale, found.high / scale, found.effective)

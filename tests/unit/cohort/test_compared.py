"""The table of published figures: every row can be asked, of those populations that it is about."""

from dataclasses import replace

import numpy as np
import pytest

from myoflare.base.errors import PatientError
from myoflare.cohort import compared
from myoflare.cohort.compared import Compared, compare_with_published, population_facts
from myoflare.cohort.epidemiology import Figure
from myoflare.cohort.kin import Kin
from myoflare.cohort.population_folder import run_population
from myoflare.cohort.question import Question

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

"""The page of rival causes says what was lived, what is left, and what cannot be told."""

from dataclasses import replace

import numpy as np
import pytest

from myoflare.cohort.people import draw_people
from myoflare.cohort.population import EXPOSED, Population
from myoflare.cohort.question import Question
from myoflare.cohort.standard import standard_age
from myoflare.report.rivals import rivals_page

SIZE, CASES = 3000, 400


@pytest.fixture(scope="module")
def populations():
    rng = np.random.default_rng(1)
    people = draw_people(SIZE, seed=2, without={"no_self_clones"})
    at = {
        "weight": np.ones(SIZE), "female": people.female, "haplotypes": people.haplotypes, "loci": people.loci,
        "at_age": standard_age(rng.random(SIZE)), "exposures": rng.random((SIZE, len(EXPOSED))) < 0.2,
    }  # fmt: skip
    cases = {
        "case": np.sort(rng.choice(SIZE, CASES, replace=False)), "age": 20 + 60 * rng.random(CASES),
        "antigen": rng.integers(0, 10, CASES), "kind": np.full(CASES, "dermatomyositis"), "antibody": np.zeros(CASES),
        "month": 12 * rng.random(CASES), "case_exposures": rng.random((CASES, len(EXPOSED))) < 0.2,
    }  # fmt: skip
    full = Population(
        Question(SIZE), **at, **cases, failed=0, lived=0, antigens=people.antigens, exposure_names=EXPOSED
    )
    few = {name: getattr(full, name)[:40] for name in cases}
    none = {name: getattr(full, name)[:0] for name in cases}
    return {"full": full, "no_statin": replace(full, **few), "no_self_clones": replace(full, **none)}


def test_the_page(populations):
    page = rivals_page(populations, count=600)
    assert page.count("Published") == 15
    assert "| `no_statin` | Statins play no part" not in page
    assert "| `full` | All causes together |" in page
    assert page.count("**fewer than 100 effective cases: wide errors**") == 2
    line = next(x for x in page.splitlines() if x.startswith("| `no_self_clones` | 0 |"))
    assert "better" not in line
    assert "Left out, for `full` has too few cases: juvenile_incidence." in page
    assert "What this does not tell" in page
    assert "nan" not in page


def test_the_same_seed_gives_the_same_page(populations):
    assert rivals_page(populations, count=600) == rivals_page(populations, count=600)

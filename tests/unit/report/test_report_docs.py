"""The documentation of the science is what the texts say now, and its links lead somewhere."""

import re
from pathlib import Path

import pytest
from report_fakes import fake_model

from myoflare.model import load_model
from myoflare.report.docs import science_docs, write_drug_docs, write_science_docs
from myoflare.report.docs_drugs import drugs_page
from myoflare.report.docs_links import Links

COMMITTED = Path(__file__).parents[3] / "docs" / "science"
APART = ("drugs.md", "repertoire.md")  # the one has computed figures, the other is written by hand


@pytest.fixture(scope="module")
def pages():
    return science_docs(load_model())


def test_committed_pages_are_not_stale(pages, tmp_path):
    written = {p.name: p.read_text(encoding="utf-8") for p in write_science_docs(load_model(), tmp_path)}
    committed = {p.name: p.read_text(encoding="utf-8") for p in COMMITTED.glob("*.md") if p.name not in APART}
    stale = sorted(n for n in written.keys() | committed.keys() if written.get(n) != committed.get(n))
    assert stale == [], "run `make docs` and commit docs/science"


def computed_cells(page):
    """The cells of a page of drugs that are computed (figure, deviation, whether it holds), and the page without."""
    cells, rest = [], []
    for line in page.splitlines():
        parts = line.split(" | ")
        inside = len(parts) == 7 and line.startswith("| ") and parts[5].startswith(("yes", "**no**"))
        cells += [parts[3]] if inside else []
        rest.append(" | ".join([*parts[:3], parts[6]]) if inside else line)
    return cells, rest


def test_the_committed_page_of_drugs_is_not_stale_in_its_words():
    model = load_model()
    fresh = drugs_page(model, Links(model), lambda drug, check: check.published)
    committed = (COMMITTED / "drugs.md").read_text(encoding="utf-8")
    assert computed_cells(committed)[1] == computed_cells(fresh)[1], "run `make docs` and commit docs/science"


@pytest.mark.slow
def test_the_committed_page_of_drugs_is_not_stale_in_its_figures(tmp_path):
    fresh = write_drug_docs(load_model(), tmp_path).read_text(encoding="utf-8")
    pages = [computed_cells(p)[0] for p in (fresh, (COMMITTED / "drugs.md").read_text(encoding="utf-8"))]
    assert len(pages[0]) == len(pages[1]) > 100
    for new, old in zip(*pages, strict=True):
        new, old = (text.replace("\u202f", "").split(" ") for text in (new, old))
        assert new[1:] == old[1:]
        assert float(new[0]) == pytest.approx(float(old[0]), rel=0.02, abs=1e-9), "run `make docs`"


def test_every_link_between_pages_has_its_anchor(pages):
    pages = pages | {"drugs.md": (COMMITTED / "drugs.md").read_text(encoding="utf-8")}
    anchors = {name: set(re.findall(r'<a id="([^"]+)">', text)) for name, text in pages.items()}
    for name, text in pages.items():
        for target, anchor in re.findall(r"\]\(([\w.]*)#([\w-]+)\)", text):
            assert anchor in anchors[target or name], (name, target, anchor)


def test_every_element_is_told(pages):
    model, text = load_model(), "".join(pages.values())
    told = set(re.findall(r'<a id="([^"]+)">', text))
    elements = (*model.species, *model.reactions, *model.rules, *model.parameters, *model.observables)
    assert {e.id for e in elements} <= told


def test_every_parameter_has_unit_and_source():
    bare = [p.id for p in load_model().parameters if not p.unit or not p.source or not p.confidence]
    assert bare == []


def test_toy_network_is_told_too(tmp_path):
    names = {p.name for p in write_science_docs(fake_model(), tmp_path)}
    assert {"index.md", "muscle.md", "parameters.md", "edges.md"} <= names

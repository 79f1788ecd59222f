"""The documentation of the science is what the texts say now, and its links lead somewhere."""

import re
from pathlib import Path

import pytest
from report_fakes import fake_model

from myoflare.model import load_model
from myoflare.report.docs import science_docs, write_science_docs

COMMITTED = Path(__file__).parents[3] / "docs" / "science"


@pytest.fixture(scope="module")
def pages():
    return science_docs(load_model())


def test_committed_pages_are_not_stale(pages, tmp_path):
    written = {p.name: p.read_text(encoding="utf-8") for p in write_science_docs(load_model(), tmp_path)}
    committed = {p.name: p.read_text(encoding="utf-8") for p in COMMITTED.glob("*.md")}
    stale = sorted(n for n in written.keys() | committed.keys() if written.get(n) != committed.get(n))
    assert stale == [], "run `make docs` and commit docs/science"


def test_every_link_between_pages_has_its_anchor(pages):
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

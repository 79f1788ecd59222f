"""The report of one patient: whole, offline, escaped, and every curve leads to its equations."""

import re
from html.parser import HTMLParser

import pytest
from report_fakes import fake_course, fake_explanation, fake_model

from myoflare.base.errors import StoreError
from myoflare.report import write_demo_report, write_report

VOID = {"meta", "br", "link", "img", "hr", "input"}


class Balance(HTMLParser):
    """Collects ids, local links and unbalanced tags."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.links, self.faults = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self._note(dict(attrs))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self._note(dict(attrs))

    def _note(self, attrs):
        if "id" in attrs:
            self.ids.append(attrs["id"])
        for key in ("href", "xlink:href", "src"):
            if key in attrs:
                self.links.append(attrs[key])

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append((tag, self.getpos()))


def parsed(text):
    page = Balance()
    page.feed(text)
    assert page.faults == []
    assert page.open == []
    return page


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(fake_course(), fake_explanation(), "Made-up myositis <b>.", path, model=fake_model())
    return path.read_text(encoding="utf-8")


def test_page_is_balanced_and_its_ids_are_unique(page):
    ids = parsed(page).ids
    assert len(ids) == len(set(ids))


def test_every_local_link_has_its_target(page):
    found = parsed(page)
    targets = {link[1:] for link in found.links if link.startswith("#")}
    assert targets <= set(found.ids)


def test_page_needs_nothing_from_outside(page):
    loads = [link for link in parsed(page).links if not link.startswith("#") and "doi.org" not in link]
    assert loads == []
    assert "<script src" not in page
    assert "@import" not in page


def test_patient_text_is_escaped(page):
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert "influenza <A>" not in page
    assert "Made-up myositis &lt;b&gt;." in page


def test_page_says_what_it_is(page):
    assert "no medical advice" in page
    assert "abc123def456" in page
    assert "LSODA" in page


def test_a_curve_leads_to_its_reactions_edges_and_sources(page):
    entry = re.search(r'<details class="entry" id="eq-muscle_mhc">.*?</details>', page, re.S)[0]
    assert "MHC-I appears" in entry
    assert "edge 25" in entry
    assert '<a href="#eq-k_mhc"' in entry


def test_every_figure_has_words_for_those_who_do_not_see_it(page):
    assert page.count('<svg role="img" aria-label="') == page.count('<svg role="img"') > 10


def test_report_without_model_or_explanation_or_events(tmp_path):
    course = fake_course(years=0.06, ill=0.0)
    course.attrs["events"] = "[]"
    path = write_report(course, None, "Healthy.", tmp_path / "report.html")
    found = parsed(path.read_text(encoding="utf-8"))
    assert {link[1:] for link in found.links if link.startswith("#")} <= set(found.ids)


def test_report_of_a_course_with_one_curve(tmp_path):
    course = fake_course()[["CK"]]
    text = write_report(course, None, "One curve.", tmp_path / "r.html").read_text(encoding="utf-8")
    parsed(text)
    assert "Creatine kinase" in text


def test_unwritable_place_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError):
        write_report(fake_course(0.1), None, "Healthy.", tmp_path / "file" / "report.html")


def test_demo_page_compares_patients_and_links_only_pages_that_exist(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "report.html").write_text("")
    courses = {"one": fake_course(1, name="one"), "two": fake_course(1, 0.0, name="two")}
    found = parsed(write_demo_report(courses, tmp_path / "report.html").read_text(encoding="utf-8"))
    assert {link for link in found.links if not link.startswith("#")} == {"one/report.html"}


def test_demo_page_takes_a_list_of_entries(tmp_path):
    entries = [{"course": fake_course(1), "verdict": "ill", "summary": {"CK_max": 12345.0}, "report": "x/report.html"}]
    text = write_demo_report(entries, tmp_path / "report.html").read_text(encoding="utf-8")
    assert "12\u202f345" in text
    assert 'href="x/report.html"' in text

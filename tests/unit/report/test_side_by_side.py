"""One person under several regimens on one page."""

import json
import re
from html.parser import HTMLParser

import pytest
from report_fakes import fake_course

from myoflare.base.errors import MyoflareError
from myoflare.report import write_side_by_side
from myoflare.report.side_by_side import _bars, _given


def treated(factor, doses, regimen):
    """The course of the tests with CK times ``factor``, and what was given."""
    course = fake_course().copy(deep=True)
    course["CK"].values[:] *= factor
    course["CK_xULN"] = ("time", course["CK"].values / 200)
    rows = [{"day": d, "drug": "prednisone", "amount": 60.0, "unit": "mg", "route": "oral"} for d in doses]
    return course.assign_attrs(doses=json.dumps(rows), regimen=regimen, regimen_title=regimen and f"<{regimen}>")


@pytest.fixture(scope="module")
def lives():
    daily, pulses = [100.0 + i for i in range(30)], [100.0, 128.0, 156.0]
    return {"none": treated(1, [], ""), "daily": treated(0.5, daily, "daily"), "pulses": treated(0.7, pulses, "pulses")}


@pytest.fixture(scope="module")
def page(lives, tmp_path_factory):
    return write_side_by_side(lives, tmp_path_factory.mktemp("page") / "side.html").read_text(encoding="utf-8")


def test_the_page_is_whole_and_needs_nothing_else(page):
    stack, void = [], {"meta", "link", "br", "hr", "img"}

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            if tag not in void:
                stack.append(tag)

        def handle_endtag(self, tag):
            assert stack.pop() == tag

    Reader().feed(page)
    assert stack == []
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)
    assert "@import" not in page


def test_every_regimen_is_named_and_the_words_are_there(page):
    assert "3 regimens" in page
    for words in ("None", "&lt;daily&gt;", "&lt;pulses&gt;", "no medical advice", "simulation of a made-up person"):
        assert words in page
    assert "<daily>" not in page


def test_a_panel_has_a_curve_for_each_regimen(page):
    panel = next(p for p in page.split('<figure class="panel">') if p.startswith("<h3>Creatine kinase"))
    assert len(set(re.findall(r"stroke: (#8a8a8a|#d55e00|#117733)", panel))) == 3
    assert "none ends at" in panel


def test_ids_are_unique(page):
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_daily_doses_are_a_bar_and_pulses_are_ticks(lives):
    assert _bars(lives["daily"]) == [[100.0, 129.0]]
    assert _bars(lives["pulses"]) == [[100.0, 100.0], [128.0, 128.0], [156.0, 156.0]]
    assert _bars(lives["none"]) == []
    assert _given(lives["pulses"]) == ["prednisone (oral): 3 doses, day 100 to 156, 180 mg in all"]


def test_the_same_courses_make_the_same_page(lives, page, tmp_path):
    assert write_side_by_side(lives, tmp_path / "again.html").read_text(encoding="utf-8") == page


def test_courses_that_lack_what_is_shown(tmp_path):
    course = fake_course()[["CK", "CK_xULN", "MMT8"]]
    text = write_side_by_side({"a": course, "b": course}, tmp_path / "p.html").read_text(encoding="utf-8")
    assert "Creatine kinase" in text
    assert "Force" not in text


def test_no_course_is_said(tmp_path):
    with pytest.raises(MyoflareError, match="no course; expected at least one"):
        write_side_by_side({}, tmp_path / "p.html")
    assert not list(tmp_path.iterdir())

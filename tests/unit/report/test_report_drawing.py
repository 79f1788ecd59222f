"""Reading a course, time axes, bands and the network picture."""

import numpy as np
import pytest
from report_fakes import fake_course, fake_explanation, fake_model

from myoflare.base.errors import MyoflareError
from myoflare.model import load_model
from myoflare.report import activity_at, draw_network, missing_members, plot_course, reading
from myoflare.report.composition import spread
from myoflare.report.diagram import loop_strength, read_diagram
from myoflare.report.docs_tables import rows_of
from myoflare.report.explained import counterfactuals, shares_by_period, verdict_sentence
from myoflare.report.formula import names, to_html, to_text
from myoflare.report.routes import box_of, clipped, route
from myoflare.report.story import tell
from myoflare.report.timeaxis import windows
from myoflare.report.timeline import timeline


def test_a_long_course_has_a_window_around_its_first_event():
    near, whole = windows(fake_course(3))
    assert near.start < 20 < near.end < 365
    assert (near.unit, whole.unit) == ("day", "month")


def test_a_short_course_has_one_window():
    assert [w.unit for w in windows(fake_course(21 / 365))] == ["day"]


def test_rows_follow_the_causal_chain():
    order = [row.id for row in timeline(fake_course())]
    chain = ["trigger", "tcells", "infiltrate", "death", "ck", "force", "feelings"]
    assert [name for name in order if name in chain] == chain


def test_curves_of_different_units_never_share_an_axis():
    for row in timeline(fake_course()):
        assert len({c.unit for c, _ in row.curves}) == 1


@pytest.mark.parametrize(
    ("value", "said"), [(0.0, "0"), (12345.0, "12\u202f300"), (2.5e8, "2.5 × 10⁸"), (0.25, "0.25"), (float("nan"), "–")]
)
def test_numbers_are_compact(value, said):
    assert reading.compact(value) == said


def test_labels_are_spread_in_order_within_the_axis():
    places = spread(np.array([0.5, 0.51, 0.52, 0.99, 1.0]), 0.08)
    assert (np.diff(places) > 0.0799).all()
    assert places.max() <= 1.0


def test_story_is_in_order_of_time_and_names_the_events():
    lines = tell(fake_course())
    assert [line.day for line in lines] == sorted(line.day for line in lines)
    assert any("influenza" in line.text for line in lines)


def test_explanation_takes_dicts_and_plain_verdicts():
    (first, shares), _ = shares_by_period(fake_explanation())
    assert first == "day 20 to 60"
    assert [s.mechanism for s in shares] == ["CTL", "virus"]
    assert counterfactuals(fake_explanation())[0].change == "−90 %"
    assert counterfactuals(None) == []
    assert verdict_sentence({"label": "healthy", "sentence": "Healthy muscle."}) == "Healthy muscle."


def test_formulas_link_names_and_escape_the_rest():
    assert names("k*hill(x, k, n)^2") == ["k", "hill", "x", "n"]
    assert to_text("k*x/(1+x)") == "k * x / (1 + x)"
    html = to_html("k*x<1e-3", {"k": 'rate "a"'})
    assert '<a href="#eq-k" title="rate &quot;a&quot;">k</a>' in html
    assert "&lt;" in html
    assert "1e-3" in html


def test_arrows_start_and_end_outside_their_boxes():
    picture = read_diagram()
    for arrow in picture.arrows:
        a, b = picture.nodes[arrow.source], picture.nodes[arrow.target]
        path = clipped(route(a.at, b.at, arrow.via, arrow.bend), box_of(a), box_of(b))
        for box, point in ((box_of(a), path[0]), (box_of(b), path[-2])):
            assert not (box[0] < point[0] < box[2] and box[1] < point[1] < box[3]), arrow.key


def test_boxes_do_not_overlap():
    boxes = [(n.id, box_of(n)) for n in read_diagram().nodes.values()]
    for i, (one, a) in enumerate(boxes):
        for other, b in boxes[i + 1 :]:
            apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
            assert apart, (one, other)


def test_every_causal_edge_but_treatment_is_in_the_picture():
    drawn = {n for arrow in read_diagram().arrows for n in arrow.edges}
    listed = {int(row["number"]) for row in rows_of("edges.tsv")}
    assert listed - drawn == {50}
    assert drawn <= listed


def test_every_member_of_the_picture_is_in_the_network():
    assert missing_members(load_model()) == []


def test_activity_lies_between_none_and_full():
    activity = activity_at(fake_course(), 60.0)
    assert min(activity.values()) >= 0
    assert max(activity.values()) <= 1
    assert activity["CD8"] > activity_at(fake_course(ill=0.0), 1000.0)["CD8"]
    assert set(loop_strength(activity)) == {"L1", "L2", "L3"}


@pytest.mark.parametrize("suffix", [".svg", ".png"])
def test_network_is_drawn_without_outside_programs(tmp_path, suffix):
    path = draw_network(fake_model(), tmp_path / f"net{suffix}")
    assert path.stat().st_size > 10_000


def test_network_twice_is_the_same_bytes(tmp_path):
    one = draw_network(None, tmp_path / "one.svg").read_bytes()
    assert one == draw_network(None, tmp_path / "two.svg").read_bytes()


def test_network_refuses_other_suffixes(tmp_path):
    with pytest.raises(MyoflareError, match=r"\.svg"):
        draw_network(None, tmp_path / "net.docx")


def test_notebook_plot_has_a_panel_for_each_name_and_window():
    assert len(plot_course(fake_course(), ["CK", "force"]).axes) == 4

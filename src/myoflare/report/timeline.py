"""Small multiples from trigger to symptoms: a panel per row of ``science/figures.yaml`` and unit, time axes aligned."""

from dataclasses import dataclass, replace

import numpy as np

from myoflare.report import reading, style
from myoflare.report.timeaxis import mark_events, set_time, thinned, windows

_WIDTH, _HEIGHT = 5.0, 1.9  # inch; the same for every panel, so that the axes line up down the page
_DECADES = 6  # a log axis shows at most this much below its top
_FAINT = 2e-3  # of the panel's top: a curve below this on a linear axis is told, not drawn
_NOTHING = 1e-9  # in the curve's own unit: what stays below is rounding, not a thing in the body


@dataclass(frozen=True)
class Row:
    """One row of the timeline: its words, its drawings (one per window), and the curves drawn or left out."""

    id: str
    title: str
    about: str
    unit: str
    svgs: tuple[str, ...]
    curves: tuple[tuple[reading.Curve, dict], ...]
    left_out: tuple[reading.Curve, ...]


def timeline(course):
    """All rows of the timeline that this course can fill, in causal order."""
    rows = []
    for panel in reading.science_text("figures.yaml")["panels"]:
        by_unit = {}
        for c in reading.matching(course, panel["show"]):
            by_unit.setdefault(c.unit, []).append(c)
        mine = [_row(course, panel, unit, curves, i) for i, (unit, curves) in enumerate(by_unit.items())]
        mine = [row for row in mine if row.curves]
        if len(mine) > 1:
            mine = [replace(row, title=f"{row.title} ({row.unit or 'number'})") for row in mine]
        rows += mine
    return rows


def _row(course, panel, unit, curves, number):
    key = panel["id"] + (str(number) if number else "")
    drawn, faint = _split(curves, panel)
    styled = tuple((c, _style(c, i, panel)) for i, c in enumerate(drawn))
    svgs = tuple(_panel(course, panel, unit, styled, window, f"{key}{i}") for i, window in enumerate(windows(course)))
    return Row(key, panel["title"], panel.get("about", ""), unit, svgs if styled else (), styled, tuple(faint))


def _split(curves, panel):
    """Curves worth ink, largest eight at most, and those that never leave the bottom of the axis."""
    tops = {c.id: _finite_max(c.values) for c in curves}
    top = max(tops.values(), default=0)
    if top < _NOTHING:
        return [], curves
    floor = top * (10.0**-_DECADES if panel.get("scale") == "log" else _FAINT)
    strong = [c for c in curves if tops[c.id] > floor]
    kept = sorted(strong, key=lambda c: -tops[c.id])[: 12 if panel.get("kind") == "stack" else len(style.PALETTE)]
    return [c for c in curves if c in kept], [c for c in curves if c not in kept]


def _finite_max(values):
    return float(np.max(np.nan_to_num(values, nan=0.0, posinf=0.0), initial=0.0))


def _style(c, index, panel):
    if panel.get("kind") == "stack":
        known = reading.science_text("figures.yaml")["mechanisms"].get(c.id.rsplit("_", 1)[-1])
        return {"color": known["colour"]} if known else {"color": style.PALETTE[index % 8]}
    return style.line_style(index)


def _panel(course, panel, unit, styled, window, key):
    with style.drawing():
        fig = style.figure(_WIDTH, _HEIGHT)
        ax = fig.add_axes((0.135, 0.21, 0.845, 0.65))
        draw_panel(ax, course, panel, unit, styled, window)
        names = ", ".join(c.name for c, _ in styled)
        alt = f"{panel['title']}, {window.title}, day {window.start:.0f} to {window.end:.0f}: {names}."
        return style.to_svg(fig, key, alt)


def draw_panel(ax, course, panel, unit, styled, window):
    """Draw one panel's curves, reference line and events on given axes."""
    t = reading.days(course)
    seen = (t >= window.start) & (t <= window.end)
    if panel.get("kind") == "stack":
        values = [np.clip(c.values, 0, None) for c, _ in styled]
        kept = thinned(t, np.sum(values, axis=0), window)
        colours = [s["color"] for _, s in styled]
        ax.stackplot(t[kept], [v[kept] for v in values], colors=colours, lw=0.3, edgecolor="white")
        ax.set_ylim(0, 1.05 * max(float(np.max(np.sum(values, axis=0)[seen], initial=0)), 1e-12))
    else:
        for c, look in styled:
            ax.plot(t, c.values, **look)
        _set_scale(ax, panel, [c.values for c, _ in styled], seen)
    _reference(ax, course, panel, unit)
    mark_events(ax, reading.events(course), window)
    set_time(ax, window)
    ax.set_ylabel(unit or panel.get("number", "number"), labelpad=3)
    ax.yaxis.set_label_coords(-0.105, 0.5)


def _set_scale(ax, panel, curves, seen):
    values = np.concatenate([v[seen] for v in curves] + [np.zeros(1)])
    top = float(np.max(values[np.isfinite(values)], initial=0.0))
    if "limits" in panel:
        ax.set_ylim(*panel["limits"])
    elif panel.get("scale") == "log" and top > 0:
        ax.set_yscale("log")
        positive = values[(values > 0) & np.isfinite(values)]
        low = max(float(positive.min()), top * 10.0**-_DECADES)
        ax.set_ylim(low / 1.6, max(top, low * 4) * 1.8)
        ax.minorticks_off()
    else:
        ax.set_ylim(0, 1.08 * top if top > 0 else 1)
    if ax.get_yscale() == "linear":
        ax.yaxis.set_major_formatter(lambda value, _: reading.compact(value))


def _reference(ax, course, panel, unit):
    line = panel.get("reference")
    if not line or reading.pretty_unit(line["unit"]) != unit:
        return
    if "from" in line:
        whole, share = line["from"]
        if whole not in course or share not in course:
            return
        at = int(np.argmax(course[share].values))
        value = float(course[whole].values[at]) / max(float(course[share].values[at]), 1e-12)
    else:
        value = float(line["value"])
    low, high = ax.get_ylim()
    if ax.get_yscale() == "log" and value > 0:
        ax.set_ylim(min(low, value / 1.6), max(high, value * 1.6))
    ax.axhline(value, color=style.SOFT, lw=0.9, zorder=1)
    look = {"ha": "right", "va": "bottom", "fontsize": 7.5, "color": style.SOFT, "clip_on": True}
    ax.text(0.995, value, line["label"], transform=ax.get_yaxis_transform(), **look)


def plot_course(course, names=None):
    """Small multiples of a course for a notebook.

    Parameters
    ----------
    course: Dataset with coordinate ``time`` (day), as ``simulate`` returns it.
    names: ids of curves, one panel each; the causal rows of the report when left out.

    Returns a matplotlib ``Figure``: rows are panels, columns the window around the first event and the whole course.
    """
    panels = [_named(n) for n in names] if names else reading.science_text("figures.yaml")["panels"]
    rows = []
    for panel in panels:
        curves, _ = _split(reading.matching(course, panel["show"]), panel)
        same = [c for c in curves if c.unit == curves[0].unit]
        if same:
            rows.append((panel, same[0].unit, [(c, _style(c, i, panel)) for i, c in enumerate(same)]))
    spans = windows(course)
    with style.drawing():
        fig = style.figure(6.2 * len(spans), max(1.75 * len(rows), 1.75))
        fig.set_layout_engine("constrained")
        for i, row in enumerate(rows):
            for j, window in enumerate(spans):
                ax = fig.add_subplot(len(rows), len(spans), i * len(spans) + j + 1)
                draw_panel(ax, course, *row, window)
                ax.set_title(row[0]["title"], loc="left")
                if j == 0 and len(row[2]) > 1:
                    ax.legend([c.name for c, _ in row[2]], fontsize=7, frameon=False, ncols=2)
    return fig


def _named(name):
    return {"id": name, "title": name, "show": [name]}

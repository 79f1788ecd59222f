"""One person under several regimens on one page: the same axes, a curve for each regimen, and what was given below."""

import json

import numpy as np

from myoflare.base.errors import MyoflareError
from myoflare.clinic.outcomes import first_dose_day, outcomes, steroid_curves
from myoflare.report import reading, style
from myoflare.report.page import css, swatch, template, title_of, write_page
from myoflare.report.timeaxis import Window, mark_events, set_time

NOTICE = (
    "This is a simulation of a made-up person, with numbers that are in part assumed. It compares what a model says of "
    "regimens; it is no medical advice, and no treatment of anyone may be chosen by it."
)
STEROID = "steroid"  # the id in figures.yaml of what is added up over the drugs of a course
_WIDTH, _HEIGHT, _STRIP = 5.0, 1.85, 0.085  # inch: a panel, and the strip of one regimen's doses under it
_APART = 2.5  # days: doses closer than this are drawn as one bar
_MOST = 1400  # points of a curve on paper
_FAINT = 1e-9


def write_side_by_side(courses, path):
    """Write one self-contained page that compares courses of the same person.

    Parameters
    ----------
    courses: courses (Datasets as ``simulate`` returns them) by the name of their regimen, in the order to be told.
    path: file to write; it appears whole or not at all. An earlier page is replaced.

    Curves are those of ``side_by_side`` in ``science/figures.yaml`` that some course has and that leave zero. Outcomes
    are read from the first dose on, for a course without doses from the first dose of any other.
    Returns the path. Raises MyoflareError for no course at all, StoreError when the file cannot be written
    or a course lacks the read-outs by which ``clinic.yaml`` knows illness.
    """
    if not courses:
        raise MyoflareError("side by side", "no course", "at least one")
    looks = {name: _look(i, course) for i, (name, course) in enumerate(courses.items())}
    starts = {name: first_dose_day(course) for name, course in courses.items()}
    first = min((day for day in starts.values() if day is not None), default=0.0)
    rows = {name: outcomes(c, first if starts[name] is None else starts[name]) for name, c in courses.items()}
    panels = [p for p in map(_Panel, _shown()) if p.fill(courses)]
    html = template("side_by_side.html.j2").render(
        css=css(), notice=NOTICE, title=title_of(next(iter(courses.values()))), looks=looks, swatch=swatch,
        titles={name: _title(name, course) for name, course in courses.items()},
        heads=[head for head, _ in _COLUMNS], at_end=AT_END,
        table={name: [said(row) for _, said in _COLUMNS] for name, row in rows.items()},
        given={name: _given(course) for name, course in courses.items()},
        decisions={name: _rows(course, "decisions") for name, course in courses.items()},
        events=reading.events(next(iter(courses.values()))),
        panels=[{"title": p.title, "about": p.about, "svg": p.draw(courses, looks)} for p in panels],
    )  # fmt: skip
    return write_page(path, html)


def _shown():
    return reading.science_text("figures.yaml")["side_by_side"]


def _rows(course, key):
    raw = course.attrs.get(key, "[]")
    return json.loads(raw) if isinstance(raw, str) else list(raw)


def _look(index, course):
    """Grey for a life without doses, else the next colour."""
    return {"color": "#8a8a8a", "linestyle": "-"} if not _rows(course, "doses") else style.line_style(index)


def _title(name, course):
    said = str(course.attrs.get("regimen_title") or name.replace("_", " "))
    return said[:1].upper() + said[1:]


def _after(day, since):
    return "never" if day is None else f"{day - since:.0f} d"


#: Heading of the table of outcomes, and the cell that a row of ``outcomes`` gives.
_COLUMNS = (
    ("CK normal after", lambda r: _after(r.get("CK_normal_day"), r["since"])),
    ("Best MMT-8", lambda r: f"{_number(r, 'MMT8_best', '{:.0f}')} after {_after(r.get('MMT8_best_day'), r['since'])}"),
    ("Relapses", lambda r: f"{r['relapses']}"),
    ("Time ill", lambda r: f"{100 * r['ill_days'] / r['days']:.0f} %" if r["days"] else "–"),
    ("MMT-8", lambda r: _number(r, "MMT8_end", "{:.0f}")),
    ("CK, U/L", lambda r: reading.compact(r.get("CK_end"))),
    ("IFN score", lambda r: _number(r, "IFN_score_end", "{:.2f}")),
    ("Autoantibody", lambda r: reading.compact(r.get("autoantibody_end"))),
    ("IgG, g/L", lambda r: _number(r, "IgG_end", "{:.1f}")),
    ("Fat, %", lambda r: f"{100 * r['fat_fraction_end']:.1f}" if "fat_fraction_end" in r else "–"),
    ("Steroid, g", lambda r: f"{r['steroid_g']:.1f}" if r["steroid_g"] else "0"),
)
AT_END = 7  # columns from "MMT-8" on are read on the last day


def _number(row, key, form):
    return form.format(row[key]) if key in row else "–"


def _given(course):
    """One line for each drug: how often, from when to when, and how much in all."""
    by_drug = {}
    for row in _rows(course, "doses"):
        by_drug.setdefault((row["drug"], row["unit"], row["route"]), []).append(row)
    lines = []
    for (drug, unit, route), rows in by_drug.items():
        days, total = [r["day"] for r in rows], sum(r["amount"] for r in rows)
        when = f"day {days[0]:.0f}" if len(rows) == 1 else f"{len(rows)} doses, day {min(days):.0f} to {max(days):.0f}"
        lines.append(f"{drug.replace('_', ' ')} ({route}): {when}, {reading.compact(total)} {unit} in all")
    return lines


def _bars(course):
    """``(first day, last day)`` of each stretch in which something is given every day or nearly so."""
    found = []
    for day in sorted({row["day"] for row in _rows(course, "doses")}):
        if found and day - found[-1][1] <= _APART:
            found[-1][1] = day
        else:
            found.append([day, day])
    return found


class _Panel:
    """One panel of the page: a curve for each course on common axes."""

    def __init__(self, text):
        self.id, self.text = text["id"], text
        self.title, self.about, self.unit = text.get("title", ""), text.get("about", ""), ""
        self.curves = {}

    def fill(self, courses):
        """Whether there is anything to draw."""
        for name, course in courses.items():
            found = self._curve(course)
            if found is None:
                continue
            said, self.unit, values = found
            self.title = self.title or said
            self.curves[name] = values
        return any(np.abs(v - self.text.get("nothing", 0.0)).max() > _FAINT for v in self.curves.values())

    def _curve(self, course):
        if self.id == STEROID:
            found = [np.asarray(course[n].values, float) for n in steroid_curves(course)]
            return self.title, "g", sum(found, np.zeros(course.sizes["time"]))
        if self.id not in course:
            return None
        c = reading.curve(course, self.id)
        return c.name, c.unit, c.values

    def draw(self, courses, looks):
        """The panel as SVG, with a strip of doses for each course that has any."""
        dosed = [name for name in courses if _rows(courses[name], "doses")]
        some = next(iter(courses.values()))
        end = max(float(reading.days(c)[-1]) for c in courses.values())
        window = Window(float(reading.days(some)[0]), end, "")
        strip = _STRIP * len(dosed)
        with style.drawing():
            fig = style.figure(_WIDTH, _HEIGHT + strip)
            below = 0.42 / (_HEIGHT + strip)
            share = strip / (_HEIGHT + strip)
            ax = fig.add_axes((0.135, below + share, 0.845, 0.88 - below - share))
            # the first curves are the thickest, so that one hidden by a later one still shows on both sides of it
            widths = np.linspace(2.6, 1.1, max(len(self.curves), 2))
            for width, (name, values) in zip(widths, self.curves.items(), strict=False):
                t = reading.days(courses[name])
                kept = _thin(t, values)
                ax.plot(t[kept], values[kept], **(looks[name] | {"lw": width}))
            self._scale(ax)
            mark_events(ax, reading.events(some), window)
            set_time(ax, window, labelled=not dosed)
            if dosed:
                ax.set_xticklabels([])
                _draw_doses(fig.add_axes((0.135, below, 0.845, share)), courses, dosed, looks, window)
            ax.set_ylabel(self.unit or self.text.get("number", "number"), labelpad=3)
            ax.yaxis.set_label_coords(-0.105, 0.5)
            return style.to_svg(fig, f"p-{self.id}", self._told())

    def _scale(self, ax):
        values = np.concatenate(list(self.curves.values()))
        low, top = float(values.min()), float(values.max())
        if "limits" in self.text:
            ax.set_ylim(*self.text["limits"])
        elif self.text.get("scale") == "log" and low < top / 10:
            ax.set_yscale("log")
            low = max(float(values[values > 0].min()), top * 1e-5)
            ax.set_ylim(low / 1.4, top * 1.6)
            ax.minorticks_off()
        else:
            ax.set_ylim(min(0.0, low), 1.06 * top)
        if ax.get_yscale() == "linear":
            ax.yaxis.set_major_formatter(lambda value, _: reading.compact(value))
        line = self.text.get("reference")
        if line and ax.get_ylim()[0] < line["value"] < ax.get_ylim()[1]:
            ax.axhline(line["value"], color=style.SOFT, lw=0.8, zorder=1)
            ax.text(0.995, line["value"], line["label"], transform=ax.get_yaxis_transform(), ha="right", va="bottom",
                    fontsize=7.5, color=style.SOFT)  # fmt: skip

    def _told(self):
        ends = "; ".join(f"{name} ends at {values[-1]:.3g}" for name, values in self.curves.items())
        return f"{self.title}, one curve for each regimen: {ends}."


def _thin(t, values):
    """Indices of points worth drawing: evenly spread, with the highest and the lowest kept."""
    if t.size <= _MOST:
        return np.arange(t.size)
    even = np.searchsorted(t, np.linspace(t[0], t[-1], _MOST))
    return np.unique([*even, int(np.argmax(values)), int(np.argmin(values))])


def _draw_doses(ax, courses, dosed, looks, window):
    """A row for each treated course: a tick for a dose, a bar where doses follow day by day."""
    least = (window.end - window.start) / 300
    for row, name in enumerate(dosed):
        for first, last in _bars(courses[name]):
            ax.barh(-row, max(last - first, least), left=first, height=0.62, color=looks[name]["color"], lw=0)
    ax.set_ylim(0.6 - len(dosed), 0.6)
    ax.set_yticks([])
    ax.grid(False)
    for side in ("left", "bottom", "top", "right"):
        ax.spines[side].set_visible(False)
    set_time(ax, window)
    ax.tick_params(axis="x", length=0)

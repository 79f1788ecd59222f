"""One page for several patients: what became of each, small pictures to compare, and links to the reports."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from myoflare.clinic import diagnose, summarise
from myoflare.report import reading, style
from myoflare.report.explained import plain, verdict_sentence
from myoflare.report.page import NOTICE, css, template, title_of, write_page

#: Column heading, key in the summary, and format of the number.
_NUMBERS = (
    ("Onset, day", "onset_day", "{:.0f}"),
    ("Peak CK, U/L", "CK_max", "{:,.0f}"),
    ("Lowest MMT-8", "MMT8_min", "{:.0f}"),
    ("Pain, of 10", "pain_max", "{:.1f}"),
    ("Fatigue, of 10", "fatigue_max", "{:.1f}"),
    ("Joint swelling, of 10", "joint_swelling_max", "{:.1f}"),
)
_SPARKS = ("CK", "force", "autoantibody", "IFN_score", "fatigue")
_LOGARITHMIC = ("CK", "autoantibody", "IFN_score")


def write_demo_report(entries, path):
    """Write one page that compares several courses.

    Parameters
    ----------
    entries: courses, by the name of their folder beside ``path`` (a page ``report.html`` in it is linked); or a list
        of mappings with ``course``, and if known ``verdict`` (record or sentence), ``summary`` (row of ``summarise``)
        and ``report`` (path of the patient's page, relative to this one).
    path: file to write; it appears whole or not at all.

    Returns the path. Raises ``StoreError`` when the file cannot be written.
    """
    told = [_told(entry) for entry in _entries(entries, Path(path).parent)]
    sparks = [name for name in _SPARKS if any(name in t["course"] for t in told)]
    limits = {name: _limits([t["course"] for t in told if name in t["course"]], name) for name in sparks}
    for number, entry in enumerate(told):
        entry["sparks"] = [_spark(entry["course"], name, limits[name], f"s{number}-{name}") for name in sparks]
    headings = [head for head, _, _ in _NUMBERS]
    words = [_heading(told, name) for name in sparks]
    html = template("demo.html.j2").render(css=css(), notice=NOTICE, rows=told, headings=headings, sparks=words)
    return write_page(path, html)


def _entries(entries, folder):
    if not isinstance(entries, Mapping):
        return [entry if "course" in entry else {"course": entry} for entry in entries]
    listed = []
    for name, course in entries.items():
        page = Path(name) / "report.html"
        listed.append({"course": course, "report": page.as_posix() if (folder / page).exists() else ""})
    return listed


def _told(entry):
    course = entry["course"]
    verdict = entry.get("verdict") or diagnose(course)
    summary = entry.get("summary") or summarise(course)
    label = plain(verdict)
    return {
        "course": course,
        "title": title_of(course),
        "verdict": label.get("label", "") if isinstance(label, dict) else str(label),
        "sentence": verdict_sentence(verdict),
        "report": str(entry["report"]) if entry.get("report") else "",
        "numbers": [_number(summary.get(key), form) for _, key, form in _NUMBERS],
    }


def _number(value, form):
    if value in (None, ""):
        return "–"
    return form.format(float(value)).replace(",", "\u202f")


def _heading(told, name):
    course = next(t["course"] for t in told if name in t["course"])
    return f"{reading.curve(course, name).name}{', log' if name in _LOGARITHMIC else ''}"


def _limits(courses, name):
    """One scale for every patient, so that the small pictures compare."""
    values = np.concatenate([np.asarray(c[name].values, float) for c in courses])
    top = float(np.nanmax(values))
    if name in _LOGARITHMIC:
        return max(float(values[values > 0].min(initial=top)), top * 1e-5), top * 1.3
    return min(0.0, float(np.nanmin(values))), top * 1.05 or 1.0


def _spark(course, name, limits, key):
    if name not in course:
        return ""
    t = reading.days(course)
    with style.drawing():
        fig = style.figure(1.9, 0.5)
        ax = fig.add_axes((0.01, 0.04, 0.98, 0.92))
        ax.plot(t, course[name].values, color=style.PALETTE[0], lw=1.2)
        if name in _LOGARITHMIC:
            ax.set_yscale("log")
        ax.set(xlim=(t[0], t[-1]), ylim=limits, xticks=[], yticks=[])
        ax.minorticks_off()
        ax.grid(False)
        for event in reading.events(course):
            ax.axvline(event.day, color=style.SOFT, lw=0.6, ls=(0, (2, 2)))
        values = course[name].values
        ends = f"starts at {values[0]:.3g}, ends at {values[-1]:.3g}"
        said = f"{name}: {ends}, highest {values.max():.3g}, lowest {values.min():.3g}"
        return style.to_svg(fig, key, said)

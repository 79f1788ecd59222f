"""The course told in dated sentences: when each link of the chain first left its resting range, peaked and ended."""

from dataclasses import dataclass

import numpy as np

from myoflare.report import reading
from myoflare.report.reading import compact


@dataclass(frozen=True)
class Sentence:
    """One line of the story."""

    day: float
    when: str
    text: str


def tell(course):
    """Sentences in order of time: events, departures from rest as ``science/figures.yaml`` names them, and the end."""
    lines = [_event_line(e) for e in reading.events(course)]
    t = reading.days(course)
    for mark in reading.science_text("figures.yaml").get("story", []):
        if mark["id"] in course:
            lines += _mark_lines(t, reading.curve(course, mark["id"]), mark)
    lines.sort(key=lambda s: s.day)
    return [*lines, *_ending(t, course)]


def _event_line(event):
    lasting = f", until day {event.end:g}" if event.end is not None and event.end > event.day else ""
    return Sentence(event.day, _when(event.day), f"{event.letter}: {event.label}{lasting}.")


def _when(day):
    if day < 130:
        return f"day {day:.0f}"
    return f"day {day:.0f} ({day / reading.MONTH:.0f} mo)"


def _mark_lines(t, c, mark):
    """The first crossing of the mark's threshold and the extreme after it, or nothing if it was never crossed."""
    rest = float(c.values[0])
    limit = rest * mark["times_rest"] if "times_rest" in mark else float(mark["level"])
    below = mark.get("direction") == "below"
    crossed = np.flatnonzero(c.values < limit if below else c.values > limit)
    if not crossed.size or (crossed[0] == 0 and not mark.get("from_start")):
        return []
    first = int(crossed[0])
    lines = [Sentence(float(t[first]), _when(t[first]), mark["text"])]
    if "extreme" in mark:
        top = float(np.min(c.values) if below else np.max(c.values))
        at = int(np.argmax(c.values <= 1.03 * top if below else c.values >= 0.97 * top))  # a plateau's beginning
        value = f"{compact(top * mark.get('times', 1))} {mark.get('unit', c.unit)}".strip()
        lines.append(Sentence(float(t[at]), _when(t[at]), mark["extreme"].format(value=value)))
    return lines


def _short(value):
    return compact(value) if abs(value) >= 10 else f"{value:.1f}"


def _ending(t, course):
    parts = []
    for mark in reading.science_text("figures.yaml").get("ending", []):
        if mark["id"] in course:
            value = _short(float(course[mark["id"]].values[-1]) * mark.get("times", 1))
            parts.append(mark["text"].format(value=value))
    return [Sentence(float(t[-1]), _when(t[-1]), "At the end: " + ", ".join(parts) + ".")] if parts else []

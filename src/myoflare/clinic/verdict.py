"""What a clinic would call a course: the label, the day of onset and one sentence."""

import json
from dataclasses import dataclass

import numpy as np

from myoflare.clinic.thresholds import days_of, holds, thresholds


@dataclass(frozen=True)
class Verdict:
    """``key`` is for machines, ``label`` for tables, ``sentence`` for people. ``onset_day`` is None without disease."""

    key: str
    label: str
    onset_day: float | None
    active_at_end: bool
    sentence: str


def diagnose(course):
    """The verdict on a course, from read-outs and the history of exposures only.

    Onset is the first day of the first period of at least six weeks in which muscle is weak or leaks enzyme, with
    autoimmune activity at some time in it. Trouble without it is an injury: resolved, or a myopathy that continues.
    The kind is named by what was there before the first dose. Thresholds and their sources stand in
    ``science/clinic.yaml``.
    """
    rules, times = thresholds(), np.asarray(course["time"].values, float)
    ill, injured = days_of(rules.illness, course), days_of(rules.injury, course)
    found = _first_illness(course, ill)
    if found:
        return _myositis(course, times, found[0], ill[-1])
    return _without_myositis(course, times, injured, 7 * rules.weeks.value)


def diagnosed_day(course):
    """The first day on which a clinic could call it myositis; None where it never could.

    By then the trouble has lasted six weeks and autoimmune activity has shown itself.
    """
    found = _first_illness(course, days_of(thresholds().illness, course))
    return found and float(found[1])


def _first_illness(course, ill):
    """Index of the onset and day of the diagnosis of the first period of illness that counts as myositis, or None."""
    times, autoimmune = np.asarray(course["time"].values, float), days_of(thresholds().autoimmunity, course)
    long = 7 * thresholds().weeks.value
    for first, last in _periods(ill):
        active = autoimmune[first : last + 1]
        if times[last] - times[first] >= long and active.any():
            return first, max(times[first] + long, times[first + int(active.argmax())])
    return None


def _periods(flags):
    """First and last index of every run of True."""
    edges = np.diff(np.concatenate([[0], flags.astype(int), [0]]))
    return list(zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1, strict=True))


def _myositis(course, times, first, active):
    onset = float(times[first])
    seen = _before_treatment(course, onset)
    kind = next(k for k in thresholds().myositis if all(holds(c, seen, first) for c in k.all))
    end = "still active at the end" if active else "resolved by the end"
    label = kind.label if active else f"{kind.label}, resolved"
    sentence = f"{_start(kind.label)} from day {onset:.0f}, {end} of day {times[-1]:.0f}."
    return Verdict(kind.key, label, onset, bool(active), sentence)


def _before_treatment(course, onset):
    """The course as the clinic that names the disease knows it: up to the first dose, and at least six weeks of it."""
    doses = [row["day"] for row in json.loads(course.attrs.get("doses", "[]"))]
    if not doses:
        return course
    last = max(min(doses), onset + 7 * thresholds().weeks.value)
    return course.sel(time=course["time"] <= last)


def _without_myositis(course, times, injured, long):
    events = json.loads(course.attrs.get("events", "[]"))
    periods = _periods(injured)
    if not periods:
        infections = [e["label"] for e in events if e.get("kind") == "infection"]
        if infections:
            return Verdict("infection", "infection only", None, False, f"Healthy muscle after {', '.join(infections)}.")
        return Verdict("healthy", "healthy", None, False, "Healthy muscle throughout.")
    first, last = max(periods, key=lambda p: times[p[1]] - times[p[0]])
    name = _cause(events, times[first])
    if injured[-1]:
        began = times[periods[-1][0]]
        word = "continuing" if times[-1] - began >= long else "not yet resolved"
        sentence = f"{_start(name)} without autoimmune activity from day {began:.0f}, {word} at the end."
        return Verdict("myopathy", f"myopathy {word}: {name}", None, True, sentence)
    period = f"from day {times[first]:.0f} to day {times[last]:.0f}"
    sentence = f"{_start(name)} {period}, resolved without autoimmune disease."
    return Verdict("injury", f"{name}, resolved", None, False, sentence)


def _cause(events, day):
    """What a history-taker would blame: the last exposure that was still there or had begun before the trouble."""
    before = [e for e in events if e["day"] <= day and e.get("injury")]
    return max(before, key=lambda e: e["day"])["injury"] if before else "muscle injury"


def _start(text):
    return text[:1].upper() + text[1:]

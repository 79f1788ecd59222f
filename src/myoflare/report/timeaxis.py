"""The time axis that all panels share: a window around the first event, and the whole course."""

from dataclasses import dataclass

import numpy as np

from myoflare.base.units import DAYS_PER_YEAR
from myoflare.report.reading import MONTH, days, events
from myoflare.report.style import SOFT


@dataclass(frozen=True)
class Window:
    """A stretch of time to draw, with the unit in which its ticks are counted."""

    start: float
    end: float
    title: str

    @property
    def unit(self):
        """Unit of the ticks: day up to a quarter, then month, then year."""
        length = self.end - self.start
        return "day" if length <= 130 else "month" if length <= DAYS_PER_YEAR * 4 else "year"

    @property
    def scale(self):
        """Days in one unit of the ticks."""
        return {"day": 1.0, "month": MONTH, "year": DAYS_PER_YEAR}[self.unit]


def windows(course):
    """One window for a short course; two for a long one, the first around the first event and the rise of CK."""
    t = days(course)
    whole = Window(float(t[0]), float(t[-1]), "whole course")
    happened = events(course)
    if not happened or t[-1] - t[0] <= 130:
        return [whole]
    first = happened[0].day
    peak = float(t[first_high(course["CK"].values)]) if "CK" in course else first
    length = float(np.clip(1.4 * (peak - first), 42, max(42, (t[-1] - t[0]) / 4)))
    start = max(float(t[0]), first - 0.12 * length)
    return [Window(start, min(float(t[-1]), first + length), "around the first event"), whole]


def first_high(values):
    """Index at which a curve first comes within a tenth of its top; a plateau counts from its beginning."""
    return int(np.argmax(values >= 0.9 * np.max(values)))


def thinned(t, totals, window, most=260):
    """Indices of saved times worth drawing as an area: those of the window, evenly spread, with the peak kept."""
    seen = np.flatnonzero((t >= window.start) & (t <= window.end))
    if seen.size <= most:
        return seen
    wanted = np.searchsorted(t[seen], np.linspace(t[seen][0], t[seen][-1], most))
    steepest = np.argsort(-np.abs(np.diff(totals[seen])))[: most // 4]
    return seen[np.unique(np.concatenate([wanted, steepest, steepest + 1, [int(np.argmax(totals[seen]))]]))]


def set_time(ax, window, labelled=True):
    """Limits and ticks of a window; ticks at round numbers of its unit."""
    ax.set_xlim(window.start, window.end)
    step = _step((window.end - window.start) / window.scale, window.unit)
    first = np.ceil(window.start / window.scale / step - 1e-9) * step + 0.0
    ticks = np.arange(first, window.end / window.scale + 1e-6, step)
    ax.set_xticks(ticks * window.scale, [f"{tick + 0.0:g}" for tick in ticks])
    if labelled:
        ax.set_xlabel(window.unit, labelpad=1)


def _step(length, unit):
    choices = {"day": (1, 2, 5, 7, 14, 28), "month": (1, 2, 3, 6, 12), "year": (0.5, 1, 2, 5, 10, 20)}[unit]
    return next((c for c in choices if length / c <= 9), choices[-1])


def mark_events(ax, happened, window, letters=True):
    """A thin line where an event begins, a pale band while it lasts, and its letter above the axes."""
    taken = []
    for event in happened:
        if event.end is not None and event.end > window.start and event.day < window.end:
            ax.axvspan(max(event.day, window.start), min(event.end, window.end), color="#000000", alpha=0.045, lw=0)
        if not window.start <= event.day <= window.end:
            continue
        ax.axvline(event.day, color=SOFT, lw=0.9, ls=(0, (2, 2)))
        if letters:
            place = _free_place((event.day - window.start) / (window.end - window.start), taken)
            ax.text(place, 1.02, event.letter, transform=ax.transAxes, ha="center", va="bottom", fontsize=8, color=SOFT)


def _free_place(x, taken, gap=0.032):
    while any(abs(x - other) < gap for other in taken):
        x += gap
    taken.append(x)
    return x

"""A figure and a table of sections that took the place of the network's muscle, beside the network alone."""

import csv

import numpy as np

from myoflare.report import style

PANELS = (
    ("muscle_fibre_death", "fibre that dies", "g/day"),
    ("muscle_CD8", "CD8 T cells in muscle", "cells"),
    ("muscle_M1", "M1 macrophages in muscle", "cells"),
    ("muscle_regenerating", "fibre that is rebuilt", "g"),
    ("symptoms_force", "force, share of the healthy", ""),
    ("immunity_CD8", "CD8 T cells in blood and nodes", "cells"),
)
WEEK = 7


def draw_coupled(coupled, course, path):
    """Six panels, coupled and network, over the days they share; PNG, SVG or PDF."""
    with style.drawing():
        fig = style.figure(9.0, 5.2)
        day, time = coupled.day, course["time"].values
        for k, (name, title, unit) in enumerate(PANELS):
            ax = fig.add_subplot(2, 3, k + 1)
            ax.plot(time, course[name].values, label="network", **style.line_style(0))
            ax.plot(day, _weekly(coupled.body[name]), label=f"{len(coupled.sections)} sections", **style.line_style(1))
            ax.set(title=title, ylabel=unit, xlim=(day[0], day[-1]), ylim=(0, None))
            if k >= 3:
                ax.set_xlabel("day")
        fig.axes[0].legend(frameon=False)
        fig.suptitle(
            "Sections in the place of the network's muscle (weekly means; a research model, no medical advice)"
        )
        fig.tight_layout()
        fig.savefig(path)
    return path


def write_coupled(coupled, course, path):
    """CSV: day, then each panel's quantity of the sections and of the network."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["day", *(f"{name}_{who}" for name, _, _ in PANELS for who in ("sections", "network"))])
        time = course["time"].values
        columns = [
            values
            for name, _, _ in PANELS
            for values in (coupled.body[name], np.interp(coupled.day, time, course[name].values))
        ]
        out.writerows([f"{v:.8g}" for v in row] for row in zip(coupled.day, *columns, strict=True))
    return path


def _weekly(values):
    """Mean of the week around each day: deaths of single fibres come one at a time."""
    padded = np.pad(values, WEEK // 2, mode="edge")
    return np.convolve(padded, np.ones(WEEK) / WEEK, mode="valid")

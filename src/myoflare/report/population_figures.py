"""Pictures of a population: incidence by age and sex, and odds ratios, each beside the published figures."""

import numpy as np

from myoflare.cohort.compared import population_facts
from myoflare.cohort.epidemiology import age_curve
from myoflare.report.style import PALETTE, SOFT, drawing, figure

EDGES = (0, 5, 10, 15, 20, 30, 40, 50, 60, 70, 80, 90)
SHOWN, ODDS = (0.25, 250.0), (0.5, 1, 2, 5, 10, 20, 50, 100, 200)  # of the odds ratios
_MARKS = {"yes": " *", "seen": " +", "no": ""}


def age_figure(population):
    """Incidence by age and sex, with the published rates as dashed lines over the ages they stand for."""
    with drawing():
        fig = figure(7.0, 3.6)
        ax = fig.add_subplot()
        for female, name, colour, shift in ((True, "women", PALETTE[1], -0.7), (False, "men", PALETTE[0], 0.7)):
            _curve(ax, age_curve(population, EDGES, female), shift, colour, f"{name}, simulated")
        _registers(ax)
        ax.set(
            xlabel="age at onset (years)", ylabel="new cases per million\nperson-years", xlim=(0, 102), ylim=(0, None)
        )
        ax.set_xticks(range(0, 91, 10))
        ax.set_title("Incidence by age and sex; dashed: published (Sweden 2007-11, United States)", loc="left")
        ax.legend(frameon=False, loc="upper left", bbox_to_anchor=(0.14, 0.9))
        fig.tight_layout()
    return fig


def _curve(ax, found, shift, colour, label):
    value = np.array([f.value for f in found])
    spread = np.array([[f.value - f.low, f.high - f.value] if f.effective >= 1 else [0, 0] for f in found]).T
    middle = np.convolve(EDGES, [0.5, 0.5], "valid")
    ax.errorbar(middle + shift, value, np.maximum(spread, 0), fmt="o-", color=colour, capsize=2, label=label)


def _registers(ax):
    rate = {row["id"]: float(row["value"]) for row in population_facts()}
    for fact, name, colour in (("incidence_women", "women", PALETTE[1]), ("incidence_men", "men", PALETTE[0])):
        ax.hlines(rate[fact], 18, 90, colors=colour, linestyles="dashed")
        ax.text(90.5, rate[fact], f"{name} {rate[fact]:g}", color=colour, va="center", fontsize=8)
    ax.hlines(rate["juvenile"], 2, 18, colors=SOFT, linestyles="dashed")
    ax.text(18.7, rate["juvenile"] - 0.2, f"children {rate['juvenile']:g}", color=SOFT, va="top", fontsize=8)
    ax.axvspan(50, 80, color="#00000010", zorder=0)
    above = ax.get_xaxis_transform()
    ax.text(65, 0.98, "register's peak", transform=above, ha="center", va="top", color=SOFT, fontsize=8)


def odds_figure(rows):
    """Forest plot of every odds ratio, simulated above published."""
    rows = [r for r in rows if r.unit == "odds ratio"]
    with drawing():
        fig = figure(7.6, 0.36 * len(rows) + 1.0)
        ax = fig.add_subplot()
        for i, row in enumerate(rows):
            y = len(rows) - i
            if row.told:
                _bar(ax, y + 0.15, row.found.value, row.found.low, row.found.high, PALETTE[1], "o")
            else:
                ax.text(1.05, y + 0.15, "too few cases", color=PALETTE[1], fontsize=7, va="center")
            _bar(ax, y - 0.15, row.published, row.low, row.high, PALETTE[0], "s")
        ax.set_yticks(range(len(rows), 0, -1), [r.what + _MARKS[r.calibrated] for r in rows])
        ax.axvline(1, color=SOFT, linewidth=0.8)
        ax.set(
            xscale="log",
            xlim=SHOWN,
            xlabel="odds ratio, 95 % interval (* calibrated to, + in view)",
            ylim=(0.4, len(rows) + 0.8),
        )
        ax.set_xticks(ODDS, [f"{x:g}" for x in ODDS])
        ax.plot([], [], "o", color=PALETTE[1], label="simulated")
        ax.plot([], [], "s", color=PALETTE[0], label="published")
        ax.legend(frameon=False, loc="upper right")
        fig.tight_layout()
    return fig


def _bar(ax, y, value, low, high, colour, mark):
    ax.plot(np.clip([low, high], *SHOWN) if np.isfinite(low) else [value, value], [y, y], color=colour, linewidth=1.4)
    ax.plot([np.clip(value, *SHOWN)], [y], mark, color=colour, markersize=4)

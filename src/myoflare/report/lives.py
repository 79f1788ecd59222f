"""Pictures of lives: one person's line, the fan of twins, and the strip of latitudes."""

import numpy as np
from matplotlib.ticker import NullLocator

from myoflare.base.units import DAYS_PER_YEAR
from myoflare.cohort.lives import course_of
from myoflare.report.style import GRID, PALETTE, SOFT, drawing, figure

SHOWN = 60  # lives of a fan, at most
TIMES = (0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200)  # ticks of creatine kinase


def twins_figure(lives, name, size=None):
    """The fan of twins: who has fallen ill by each age, and one thin line for each life that does, or for every n-th.

    size: how many lives were drawn, where the likeliest alone were lived.
    """
    order = np.argsort(lives.onset)
    onset, w = lives.onset[order], lives.weight[order] / lives.weight.sum()
    with drawing():
        fig = figure(7.0, 3.4)
        ax, below = fig.subplots(2, 1, sharex=True, height_ratios=(1.2, 1))
        ill = np.isfinite(onset)
        ages, gone = np.r_[0.0, onset[ill], 90.0], np.r_[0.0, np.cumsum(w[ill])]
        ax.step(ages, 1e5 * np.r_[gone, gone[-1]], where="post", color=PALETTE[1])
        ax.set(ylabel="ill by this age,\nof 100,000", ylim=(0, None))
        drawn = f"{int(ill.sum())} of {size or len(lives.onset):,} lives drawn fall ill, each with its weight"
        ax.set_title(f"One genome ({name}): {drawn}", loc="left", fontsize=9)
        every = -(-int(ill.sum()) // SHOWN) or 1
        for y, (age, k) in enumerate(zip(onset[ill][::every], lives.antigen[order][ill][::every], strict=True)):
            below.plot([0, age], [y, y], color=GRID, linewidth=0.6)
            below.plot([age], [y], **_mark(k))
        for k in np.unique(lives.antigen[lives.antigen >= 0]):
            below.plot([], [], linestyle="none", label=lives.antigens[k], **_mark(k))
        if ill.any():
            below.legend(frameon=False, ncols=5, loc="lower center", bbox_to_anchor=(0.5, 0.98), fontsize=7)
        which = "lives that\nfall ill" + (f",\none of {every}" if every > 1 else "")
        below.set(xlabel="age (years)", ylabel=which, yticks=[], xlim=(0, 90))
        fig.tight_layout()
    return fig


def _mark(antigen):
    """Colour and shape of one antigen; there are more antigens than colours."""
    again, colour = divmod(int(antigen), len(PALETTE))
    return {"marker": "osD"[again], "color": PALETTE[colour], "markersize": 3}


def life_figure(people, exposome, person, antigen, age):
    """A life line: exposures of one person above, self-reactive cells and creatine kinase below; ``age`` of onset."""
    days, course = course_of(people, exposome, person, antigen, min(age + 3.0, 90.0))
    years, own = days / DAYS_PER_YEAR, exposome.of(person)
    with drawing():
        fig = figure(7.6, 5.2)
        top, cells, muscle = fig.subplots(3, 1, sharex=True, height_ratios=(1.1, 1, 1))
        for i in range(len(exposome.sites)):
            rows = np.flatnonzero(exposome.site[own] == i) + own.start
            rows = rows[exposome.day[rows] < days[-1]]
            known = people.mimicry[person, antigen][exposome.agent[rows]] > 0
            for mask, colour in ((~known, SOFT), (known, PALETTE[1])):
                size = np.maximum(exposome.size[rows][mask], 0.02)
                top.scatter(exposome.day[rows][mask] / DAYS_PER_YEAR, np.full(mask.sum(), i), 25 * size, color=colour)
        shown = [
            s for s in ("statin", "smoking", "silica", "tumour", "checkpoint") if exposome.starts[s][person] < days[-1]
        ]
        for i, span in enumerate(shown, len(exposome.sites)):
            ends = min(exposome.ends[span][person], days[-1])
            top.plot(
                [exposome.starts[span][person] / DAYS_PER_YEAR, ends / DAYS_PER_YEAR],
                [i, i],
                color=PALETTE[0],
                linewidth=5,
            )
        names = [*exposome.sites, *shown]
        top.set_yticks(range(len(names)), names)
        top.set_ylim(-0.6, len(names) - 0.4)
        told = "woman" if people.female[person] else "man"
        many = f"{people.clones[person, antigen]:.1f} times the mean"
        what = "orange: infections by agents that they know"
        top.set_title(f"A {told} with {people.antigens[antigen]} clones at {many}; {what}", loc="left", fontsize=8)
        for name, label in (("immunity_CD4", "CD4"), ("immunity_CD8", "CD8"), ("immunity_memory_CD4", "memory CD4")):
            cells.semilogy(years, np.maximum(course[name], 1.0), label=label, linewidth=1.1)
        cells.set_ylabel("self-reactive\ncells")
        cells.legend(frameon=False, ncols=3, loc="upper left")
        muscle.semilogy(years, course["CK_xULN"], color=PALETTE[2], linewidth=1.1)
        muscle.set_yticks(TIMES, [f"{x:g}" for x in TIMES])
        muscle.yaxis.set_minor_locator(NullLocator())
        muscle.set_ylim(0.4, 1.2 * max(3.0, float(np.max(course["CK_xULN"]))))
        muscle.axhline(2, color=SOFT, linewidth=0.7, linestyle="dashed")
        muscle.set(
            ylabel="creatine kinase\n(times upper limit)", xlabel="age (years)", xlim=(0, days[-1] / DAYS_PER_YEAR)
        )
        for ax in (top, cells, muscle):
            ax.axvline(age, color=PALETTE[3], linewidth=0.9)
        muscle.text(age, muscle.get_ylim()[1], "onset ", color=PALETTE[3], ha="right", va="top", fontsize=8)
        fig.tight_layout()
    return fig


def latitude_figure(rows):
    """Strip of the share of dermatomyositis by latitude; ``rows`` of (latitude, ``Figure``)."""
    with drawing():
        fig = figure(7.0, 2.8)
        ax = fig.add_subplot()
        for latitude, f in rows:
            if np.isfinite(f.value):
                spread = [[f.value - f.low], [f.high - f.value]]
                ax.errorbar([latitude], [f.value], spread, fmt="o", color=PALETTE[1], capsize=2)
                ax.text(latitude, 1.01, f"{f.effective:.0f}", ha="center", va="bottom", fontsize=7, color=SOFT)
        ax.set(xlabel="latitude (degrees)", ylabel="share with\ndermatomyositis", ylim=(0, 1), xlim=(-5, 70))
        ax.set_title("Share of dermatomyositis by latitude, with effective cases", loc="left", pad=14)
        fig.tight_layout()
    return fig

"""What the muscle is made of through time: the whole as a stacked band, and what is not healthy on its own scale."""

import numpy as np

from myoflare.report import reading, style
from myoflare.report.timeaxis import mark_events, set_time, thinned, windows

_SIZE = (10.2, 2.6)
_NAMED = 0.004  # a band that never reaches this share of the axis has its name in the key only


def tissue_parts(course):
    """Tissue states that the course has, bottom to top: ``(curve, label, colour)``, healthy first."""
    text = reading.science_text("figures.yaml")["tissue"]
    known = [text["healthy"], *text["others"]]
    return [(reading.curve(course, k["id"]), k["label"], k["colour"]) for k in known if k["id"] in course]


def composition(course):
    """SVGs of the whole muscle and of its non-healthy part, or nothing when the course has no tissue."""
    parts = tissue_parts(course)
    if len(parts) < 2:
        return []
    svgs = [("The whole muscle", _band(course, parts, windows(course)[-1], "tissue-all", "whole muscle"))]
    diseased = parts[1:]
    for i, window in enumerate(reversed(windows(course))):
        title = f"Everything but healthy fibre, {window.title}"
        svgs.append((title, _band(course, diseased, window, f"tissue-{i}", title)))
    return svgs


def _band(course, parts, window, key, title):
    t = reading.days(course)
    with style.drawing():
        fig = style.figure(*_SIZE)
        ax = fig.add_axes((0.07, 0.17, 0.74, 0.72))
        kilograms = [np.clip(c.values, 0, None) / 1000 for c, _, _ in parts]
        kept = thinned(t, kilograms[-1], window)
        drawn = [k[kept] for k in kilograms]
        ax.stackplot(t[kept], drawn, colors=[colour for _, _, colour in parts], lw=0.4, edgecolor="white")
        seen = (t >= window.start) & (t <= window.end)
        top = float(np.max(np.sum(kilograms, axis=0)[seen], initial=0)) or 1.0
        ax.set_ylim(0, top * 1.02)
        mark_events(ax, reading.events(course), window)
        set_time(ax, window)
        ax.set_ylabel("kg")
        _label_bands(ax, t, kilograms, parts, window, top)
        return style.to_svg(fig, key, f"Stacked band, {title}: " + ", ".join(label for _, label, _ in parts))


def _label_bands(ax, t, kilograms, parts, window, top):
    """Names at the right, level with each band's end and pushed apart, joined to the band by a thin line."""
    at = int(np.searchsorted(t, window.end, side="right")) - 1
    ends = np.array([k[at] for k in kilograms])
    middles = np.cumsum(ends) - ends / 2
    kept = [i for i, k in enumerate(kilograms) if k.max() > _NAMED * top]
    parts, middles, ends = [parts[i] for i in kept], middles[kept], ends[kept]
    wanted = spread(middles / top, 0.082)
    for (_, label, colour), middle, place, amount in zip(parts, middles / top, wanted, ends, strict=True):
        ax.plot([1.0, 1.025], [middle / 1.02, place], transform=ax.transAxes, color=style.SOFT, lw=0.5, clip_on=False)
        ax.plot(
            [1.035], [place], "s", transform=ax.transAxes, color=colour, ms=7, mec=style.SOFT, mew=0.4, clip_on=False
        )
        said = f"{label}  {_weight(amount)}"
        ax.text(1.05, place, said, transform=ax.transAxes, va="center", fontsize=8.5)


def _weight(kilograms):
    return f"{kilograms:.1f} kg" if kilograms >= 1 else f"{1000 * kilograms:.3g} g" if kilograms > 5e-5 else "0 g"


def spread(places, gap):
    """Places moved so that neighbours are ``gap`` apart; kept in order, within [0, 1] if they fit."""
    order = np.argsort(places, kind="stable")
    moved = np.array(places, float)[order]
    for i in range(1, len(moved)):
        moved[i] = max(moved[i], moved[i - 1] + gap)
    over = max(0.0, moved[-1] - 1.0) if len(moved) else 0.0
    if over:
        moved[-1] -= over
        for i in range(len(moved) - 2, -1, -1):
            moved[i] = min(moved[i], moved[i + 1] - gap)
    result = np.empty_like(moved)
    result[order] = moved
    return result

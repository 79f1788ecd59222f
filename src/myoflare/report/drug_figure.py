"""What the usual dose of a drug does in a healthy body: concentrations above, what is left at the hooks below."""

from pathlib import Path

import numpy as np

from myoflare.base.errors import StoreError
from myoflare.model.records import Model
from myoflare.report import style
from myoflare.report.drug import dose_words
from myoflare.report.network import check_picture
from myoflare.report.reading import compact, pretty_unit
from myoflare.report.timeaxis import Window, set_time
from myoflare.therapy.checks import Assay
from myoflare.therapy.compose import own_name

LEFT = 0.02  # of the largest: a drug of which less is left has gone
LONGEST = 180.0  # days after the last dose that are looked at


def draw_drug(assay: Assay, path) -> Path:
    """Draw the usual dose of the drug to ``path`` (SVG, PNG or PDF by its suffix) and return the path.

    Raises MyoflareError for another suffix, StoreError when the file cannot be written, and what ``Assay.course`` does.
    """
    path = Path(path)
    check_picture(path)
    panels = _panels(assay)
    times, curves = _course(assay, [name for _, names in panels for name in names])
    with style.drawing():
        fig = _figure(assay, panels, times, curves)
        try:
            fig.savefig(path, dpi=140, metadata={"Date": None} if path.suffix.lower() == ".svg" else None)
        except OSError as fault:
            raise StoreError(str(path), fault.strerror or str(fault), "a file that can be written") from fault
    return path


def _panels(assay):
    """``(unit, ids)`` of each panel: what the drug shows, by unit, then the hooks that it sets."""
    drug, whole = assay.drug, assay.treated.whole
    shown = drug.shows or tuple(s.id for s in drug.part.species if s.unit)
    by_unit = {}
    for name in dict.fromkeys(own_name(whole, drug.name, n) for n in shown):
        by_unit.setdefault(_told(whole)[name][1], []).append(name)
    at = f"{drug.name}_at_"
    hooks = [r.id for r in whole.rules if r.id.startswith(at)]
    return [*by_unit.items(), *([("hooks", hooks)] if hooks else [])]


def _told(whole: Model):
    """Words and unit of every quantity."""
    return {x.id: (x.name or x.id, x.unit) for x in (*whole.species, *whole.rules, *whole.observables)}


def _course(assay, names):
    """Times and curves by id, through the usual dose and on until it has gone."""
    dose = assay.drug.standard
    last = (dose.doses - 1) * dose.every_days
    least = max(dose.every_days, 1.0)
    times, found = assay.course(dose, names, last + LONGEST)
    moved = [np.abs(y - y[0]) for y in found]
    there = [t for m in moved if m.max() > 0 for t in times[m > LEFT * m.max()][-1:]]
    end = max(last + least, min(max(there, default=0.0), last + LONGEST))
    times, found = assay.course(dose, names, end)
    return times, dict(zip(names, found, strict=True))


def _figure(assay, panels, times, curves):
    drug, told = assay.drug, _told(assay.treated.whole)
    fig = style.figure(7.2, 0.9 + 2.1 * len(panels))
    fig.set_layout_engine("constrained")
    fig.suptitle(f"{drug.title}: {dose_words(drug.standard, drug)}", x=0.01, ha="left", fontsize=10)
    window = Window(0.0, float(times[-1]), "")
    axes = np.atleast_1d(fig.subplots(len(panels), 1, sharex=True))
    for ax, (unit, names) in zip(axes, panels, strict=True):
        for i, name in enumerate(names):
            words = name.removeprefix(f"{drug.name}_at_") if unit == "hooks" else told[name][0]
            ax.plot(times, curves[name], label=words, **style.line_style(i))
        ax.set_title("Where it takes hold: what is left, 1 without the drug" if unit == "hooks" else
                     told[names[0]][0] if len(names) == 1 else "What is in the body", loc="left")  # fmt: skip
        ax.set_ylabel("" if unit == "hooks" else pretty_unit(unit) or "number")
        if unit == "hooks" or len(names) > 1:
            ax.legend(fontsize=7, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
        top = max(float(np.max(curves[n])) for n in names)
        ax.set_ylim(
            min(0.0, *(float(np.min(curves[n])) for n in names)),
            1.08 * (max(top, 1.0) if unit == "hooks" else top) or 1,
        )
        ax.yaxis.set_major_formatter(lambda value, _: compact(value))
        set_time(ax, window, labelled=ax is axes[-1])
    days = [i * drug.standard.every_days for i in range(drug.standard.doses)]
    axes[0].plot(days, [0] * len(days), "|", color=style.INK, ms=6, clip_on=False,
                 transform=axes[0].get_xaxis_transform())  # fmt: skip
    return fig

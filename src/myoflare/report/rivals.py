"""The page of rival causes: what is left of the published figures without each of them, and what that tells."""

import numpy as np

from myoflare.cohort.epidemiology import FEW
from myoflare.cohort.register import published, registers
from myoflare.cohort.rivals import FULL, rivals, weigh
from myoflare.report.docs_links import table

RATES = ("incidence", "juvenile_incidence")  # what another scale of all clones would mend
REGISTERS = 4000
_STAGE = {"yes": "Calibrated to.\n", "seen": "In view while calibrating.\n", "no": "Not calibrated to.\n"}


def rivals_page(populations, seed=1, count=REGISTERS):
    """The page, from finished populations by name of rival.

    Every figure stands as the middle and the 95 % range of registers of 500 cases. Two comparisons are made: on all
    figures, and without the rates, since another mean number of clones would mend those and nothing else.
    """
    found = {name: registers(p, count, seed) for name, p in populations.items()}
    p = published()
    parts = [_HEAD, _populations(populations), "## What is left\n", *_figures(found, p)]
    parts += ["## Which causes the figures ask for\n", _weighed(found, p, range(len(p.names)), "all figures")]
    shape = [i for i, name in enumerate(p.names) if name not in RATES]
    parts += [_weighed(found, p, shape, "without the rates"), _TAIL]
    return "\n".join(parts)


def _populations(populations):
    rows = []
    for name, population in populations.items():
        effective = population.effective_cases
        note = "" if effective >= FEW else "**fewer than 100 effective cases: wide errors**"
        rival = rivals()[name]
        rows.append([f"`{name}`", rival.title, rival.hypothesis or "–", rival.would_show or "–",
                     str(len(population.weight)), f"{effective:.0f}", note])  # fmt: skip
    heads = ["Name", "Switched off", "Hypothesis", "Would show", "People", "Effective cases", ""]
    return table(heads, rows)


def _figures(found, p):
    names = list(found)
    for i, row in enumerate(p.rows):
        log = row["scale"] == "log"
        yield (
            f"### {row['title']}\n\nPublished {row['published']} ({row['low']} to {row['high']}), {row['source']}. "
            + _STAGE[row["calibrated"]]
        )
        rows = [[f"`{n}`", *_range(found[n][:, i], log), _covers(found[n][:, i], p, i)] for n in names]
        yield table(["", "Middle", "95 % of registers", "Covers the published value"], rows)


def _range(values, log):
    good = values[np.isfinite(values)]
    if len(good) < 0.5 * len(values):
        return "–", "too few cases"
    low, middle, high = (np.exp(q) if log else q for q in np.quantile(good, [0.025, 0.5, 0.975]))
    return f"{middle:.3g}", f"{low:.3g} to {high:.3g}"


def _covers(values, p, i):
    good = values[np.isfinite(values)]
    if len(good) < 0.5 * len(values):
        return "–"
    low, high = np.quantile(good, [0.025, 0.975])
    return "yes" if low <= p.value[i] <= high else "no"


def _weighed(found, p, columns, what):
    """The table of Bayes factors on some figures; the tolerance says how near the nearest registers came."""
    there = np.isfinite(found[FULL]).mean(axis=0) > 0.5
    gone = [p.names[i] for i in columns if not there[i]]
    columns = [i for i in columns if there[i]]
    chosen = {name: values[:, columns] for name, values in found.items()}
    answer = weigh(chosen, [p.names[i] for i in columns], p.value[columns], p.error[columns])
    rows = []
    for i in np.argsort(-answer.factor, kind="stable"):
        name, worst = answer.names[i], _worst(answer.off[i], answer.figures)
        factor = f"{answer.factor[i]:.2g} ({answer.low[i]:.2g} to {answer.high[i]:.2g})"
        say = "–" if name == FULL else answer.verdict(name)
        rows.append([f"`{name}`", str(answer.kept[i]), factor, say, worst])
    head = f"**On {what}.** The registers kept lie within {answer.tolerance:.1f} published errors (root mean square)."
    head += f" Left out, for `full` has too few cases: {', '.join(gone)}." if gone else ""
    heads = ["", "Kept", "Bayes factor (95 %)", "What the figures say", "Furthest off, in errors"]
    return head + "\n\n" + table(heads, rows)


def _worst(off, figures):
    good = np.flatnonzero(np.isfinite(off))
    top = good[np.argsort(-np.abs(off[good]))[:3]]
    return ", ".join(f"{figures[i]} {off[i]:+.1f}" for i in top) or "–"


_HEAD = """<!-- Written by `python -m benchmarks.rivals` from the texts in src/myoflare/science. -->

# Rival causes

Each cause is switched off in turn, with the same people, the same clones and the same exposures otherwise, and nothing
is calibrated again. Figures are those that a register of 500 adults would print; odds ratios are crude, by band of age.
"""
_TAIL = """## What this does not tell

- Summary figures lose information, and a Bayes factor from them may even point the wrong way (Robert 2011,
  doi:10.1073/pnas.1102900108). Rivals between a third and three cannot be told apart.
- A tolerance far above one published error means that no version of the model is near the figures, and the factors
  then compare bad explanations with worse ones.
- Some figures were calibrated to with every cause on, which favours `full`. Those that were not are the fair witnesses.
- Twins, relatives and latitude are not among these figures; they tell luck from genes and sun better than any that are.
"""

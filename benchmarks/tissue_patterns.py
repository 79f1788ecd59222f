"""What biopsies of four patients show, over twenty sections each, beside what the network says of the same muscle.

    python -m benchmarks.tissue_patterns     # writes benchmarks/results/tissue_patterns.md and .tsv, some 15 minutes

Sections of 0.25 mm^2, one seed each; every number of ``myoflare.tissue.measure_section``. The tests of the patterns
(tests/facts/test_tissue_patterns.py) grow the same sections.
"""

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
from scipy import stats

import myoflare as mf
from myoflare.tissue.drive import drive_of
from myoflare.tissue.fascicle import make_fascicle
from myoflare.tissue.grow import grow_section
from myoflare.tissue.morphometry import counting, measure_section
from myoflare.tissue.profiles import edge_row
from myoflare.tissue.states import CELL_KINDS, CELL_STATES, FIBRE_STATES

SIDE = 500.0  # um
SEEDS = range(1, 21)
PEOPLE = {  # name of the pattern -> patient, day of the biopsy, first day of the section (healthy until then)
    "polymyositis": ("polymyositis_few_treg", 240, 60),
    "dermatomyositis": ("dermatomyositis", 365, 120),
    "necrotising": ("statin_necrotising", 365, 185),
    "healthy": ("healthy_influenza", 200, 100),
}
SHOWN = (
    "fraction_necrotic", "fraction_regenerating", "fraction_MHC1", "fraction_MxA", "fraction_C5b9", "fraction_invaded",
    "edge_atrophic", "inside_atrophic", "perifascicular_atrophy_index", "capillaries_per_fibre", "capillaries_lost",
    "capillaries_C5b9", "CD8_endomysial_per_mm2", "CD4_perivascular_per_mm2", "B_perivascular_per_mm2", "CD3_per_mm2",
    "CD68_per_mm2", "fat_fraction",
)  # fmt: skip
CELLS = ("CD8", "CD4", "M1", "M2", "neutrophil")
RESULT = Path(__file__).parent / "results" / "tissue_patterns"


@cache
def course(pattern):
    patient, day, _ = PEOPLE[pattern]
    return mf.simulate(mf.load_patient(patient), years=(day + 20) / 365, seed=7)


def one(job):
    """Name -> number of one section: its morphometry, border values, and what the network can be compared with."""
    pattern, seed = job
    _, day, start = PEOPLE[pattern]
    section = grow_section(make_fascicle(seed, SIDE, SIDE), drive_of(course(pattern)), day, seed, start_day=start)
    row = {name: finding.value for name, finding in measure_section(section).items()}
    row |= border(section)
    row["held"] = float(np.mean(held)) if len(held := in_contact(section)) else np.nan
    mass = section.fascicle.fibres.area_um2 / section.fascicle.fibres.area_um2.sum()
    row |= {f"state_{s}": float(mass[section.fibres.state == k].sum()) for k, s in enumerate(FIBRE_STATES)}
    return (
        row | {f"count_{kind}": float(section.counts[kind][-1]) for kind in CELLS} | {"scale": section.attrs["scale"]}
    )


def border(section):
    """Means of MxA and MHC-I over the outer row of fascicles and over the fibres inside, and of size."""
    edge = edge_row(section.fascicle, counting()["edge_distance"])
    marks = {"MxA": section.fibres.MxA, "MHC1": section.fibres.MHC1, "size": section.fibres.size}
    where = {"edge": edge, "inside": ~edge}
    return {
        f"{w}_{m}": float(v[here].mean()) if here.any() else np.nan
        for m, v in marks.items()
        for w, here in where.items()
    }


def in_contact(section):
    """Whether each CD8 cell holds on to a fibre."""
    CD8 = np.isin(section.cells.kind, [CELL_KINDS.index("CD8"), CELL_KINDS.index("TRM")])
    alive = section.cells.state != CELL_STATES.index("dying")
    return section.cells.state[CD8 & alive] == 1


def sample(seeds=SEEDS, workers=None, progress=None):
    """pattern -> name -> array (seed,)."""
    jobs = [(pattern, seed) for seed in seeds for pattern in PEOPLE]
    found = {pattern: [] for pattern in PEOPLE}
    with ProcessPoolExecutor(workers or os.cpu_count()) as pool:
        for k, (job, row) in enumerate(zip(jobs, pool.map(one, jobs), strict=True)):
            found[job[0]].append(row)
            if progress:
                progress(k + 1, len(jobs))
    return {p: {name: np.array([r[name] for r in rows]) for name in rows[0]} for p, rows in found.items()}


def interval(values, level=0.95):
    """Mean and confidence interval by Student's t; what could not be measured is left out."""
    values = np.asarray(values, float)
    values = values[np.isfinite(values)]
    if len(values) < 2:
        return np.nan, np.nan, np.nan
    half = stats.t.ppf(0.5 + level / 2, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return values.mean(), values.mean() - half, values.mean() + half


def main():
    found = sample(progress=lambda done, of: print(f"\r{done}/{of}", end="", file=sys.stderr, flush=True))
    names = list(found["healthy"])
    rows = ["\t".join(("pattern", "seed", *names))]
    for pattern, table in found.items():
        rows += ["\t".join((pattern, str(s), *(f"{table[n][i]:.6g}" for n in names))) for i, s in enumerate(SEEDS)]
    RESULT.with_suffix(".tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    RESULT.with_suffix(".md").write_text(page(found), encoding="utf-8")


def page(found):
    lines = [
        "# What biopsies show",
        "",
        f"`python -m benchmarks.tissue_patterns`: {len(SEEDS)} sections of 0.25 mm^2 of each patient, mean and 95 %",
        "interval. Cells are those of a block 1 mm deep; a cut of 10 um holds one in a hundred.",
        "",
        "| | " + " | ".join(found) + " |",
        "| --- " * (len(found) + 1) + "|",
    ]
    for name in SHOWN:
        cells = ["{:.3g} ({:.3g} to {:.3g})".format(*interval(table[name])) for table in found.values()]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines += ["", "## Beside the network", "", *against_network(found)]
    return "\n".join(lines) + "\n"


def against_network(found):
    """Lines of a table: section mean with interval, and the network on the same day."""
    yield "Shares of fibre mass and cells to a section of the same muscle."
    yield ""
    yield "| pattern | what | sections | network |"
    yield "| --- | --- | --- | --- |"
    for pattern, table in found.items():
        day = PEOPLE[pattern][1]
        now = course(pattern).sel(time=day, method="nearest")
        muscle = sum(float(now[f"muscle_{s}"]) for s in FIBRE_STATES)
        pairs = [(f"state_{s}", float(now[f"muscle_{s}"]) / muscle) for s in FIBRE_STATES]
        pairs += [(f"count_{kind}", float(now[f"muscle_{kind}"]) / float(table["scale"].mean())) for kind in CELLS]
        for name, network in pairs:
            mean, low, high = interval(table[name])
            if max(mean, network) > 1e-3:
                mark = "" if low <= network <= high else " *"
                what = f"{name.partition('_')[2]} | {mean:.3g} ({low:.3g} to {high:.3g})"
                yield f"| {pattern} | {what} | {network:.3g}{mark} |"
    yield ""
    yield "A star: the network lies outside the interval."


if __name__ == "__main__":
    main()

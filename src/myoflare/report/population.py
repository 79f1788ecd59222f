"""The page that sets a population beside the published figures."""

from pathlib import Path

import numpy as np

from myoflare.cohort.alike import copies_of
from myoflare.cohort.compared import compare_with_published
from myoflare.cohort.epidemiology import FEW, kind_share
from myoflare.cohort.exposome import draw_exposome
from myoflare.cohort.kin import kin
from myoflare.cohort.likely import likely_tilt
from myoflare.cohort.population import one_person
from myoflare.cohort.population_folder import read_population
from myoflare.cohort.risk import live_all
from myoflare.report.lives import latitude_figure, life_figure, twins_figure
from myoflare.report.population_figures import age_figure, odds_figure

_STAGES = (
    ("yes", "Calibrated to", ""),
    (
        "seen",
        "In view while calibrating",
        "They hang on numbers that were moved for the table above with these in view: no predictions.",
    ),
    ("no", "Not calibrated to", ""),
)
_HOW = """## How far this can be trusted

The numbers were set in some forty rounds, each on a population of 2,000 to 360,000 people with a seed of its own,
towards the figures of the first table: most by hand, the scale of clones of each antigen also by
`python -m benchmarks.calibrate_population`. What was moved: that scale, presentation by
molecules that are not named (`elsewhere`), how much the thymus shows, how a statin harms most people's fibres, the
tumour's antigen, shares of viruses, the size of infections and the chance that a doctor sees one, the spread of sun,
B cells by sex, and Treg and the help of B cells by age.

- Factors of the loci outside HLA were assumed with the published direction known. A right sign was put in, then,
  and is no finding; a wrong one is.
- *Intervals meet* is a low bar: a wide interval meets much, even where the estimate itself lies far off.
- Of what the evidence tells about genes and environment, the model has no lungs, hearts, vitamin D and vaccines, and
  these figures are not counted here: tumours by year after the diagnosis, silica among cases of inclusion body
  myositis, antibodies of the well.
- The seed of this page had no part in the last rounds. This page is written by
  `python -m myoflare.report.population FOLDER OUT [FOLDER ...]` from finished runs."""


def write_population(population, folder, elsewhere=(), families=(), fan=0, notes=""):
    """Write ``population.md`` and its pictures into ``folder``; their paths. ``notes`` stand below the tables.

    elsewhere: populations at other latitudes or of other ancestries. families: records of ``kin`` of this population.
    fan: how often the genome of the case whose life is drawn is lived anew, 0: not at all.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    rows = compare_with_published(population, families, elsewhere)
    drawn = {"population_age.png": age_figure(population), "population_odds.png": odds_figure(rows)}
    drawn |= _life_of_a_case(population, fan)
    latitudes = [p for p in elsewhere if p.question.ancestry == population.question.ancestry]
    if latitudes:
        everywhere = sorted([population, *latitudes], key=lambda p: p.question.latitude)
        strip = [(p.question.latitude, kind_share(p, "dermatomyositis")) for p in everywhere]
        drawn["population_latitude.png"] = latitude_figure(strip)
    paths = []
    for name, fig in drawn.items():
        fig.savefig(folder / name, dpi=150)
        paths.append(folder / name)
    page = folder / "population.md"
    text = population_page(population, rows, families, notes)
    if "population_twins.png" in drawn:
        text += f"\nThe genome of that person lived {fan:,} times, each with clones and exposures of its own:\n"
        text += "\n![Twins](population_twins.png)\n"
    if latitudes:
        text += "\nShare of dermatomyositis by latitude: the same people and infections, under another sun:\n"
        text += "\n![Latitude](population_latitude.png)\n"
    page.write_text(text, encoding="utf-8")
    return [page, *paths]


def _life_of_a_case(population, fan):
    """The life line of the adult case nearest to the middle age, and the fan of its twins, as {file: figure}."""
    if not (population.age >= 18).any():
        return {}
    grown = np.where(population.age >= 18, population.age, np.nan)
    at = int(np.nanargmin(np.abs(grown - np.nanmedian(grown))))
    people, exposome = one_person(population.question, int(population.person[population.case[at]]))
    line = life_figure(people, exposome, 0, int(population.antigen[at]), float(population.age[at]))
    if not fan:
        return {"population_life.png": line}
    many = copies_of(people, 0, fan, population.question.seed, likely_tilt())
    lives = live_all(many, draw_exposome(many, exposome.latitude, lean=True))
    return {"population_life.png": line, "population_twins.png": twins_figure(lives, "that of the case above", fan)}


def population_page(population, rows, families=(), notes=""):
    """The page as Markdown."""
    q = population.question
    few = population.effective_cases < FEW
    lines = [
        "# Who falls ill: the simulated population beside the published figures",
        "",
        f"{q.size:,} people (seed {q.seed}, {q.ancestry}, latitude {q.latitude:g}) lived"
        f" {q.years:g} years each, {population.person_years / 1e6:.2f} million person-years."
        f" {len(population.case)} fell ill, worth {population.effective_cases:.0f} cases of equal weight."
        f" {len(population.weight):,} of them were likely enough to be lived, with {population.lived:,} courses"
        f" integrated, {population.failed} failed.",
        "",
    ]  # fmt: skip
    if q.without:
        lines += [f"**Without {', '.join(q.without)}.** The published figures are those of a world that has them.", ""]
    if few:
        lines += [f"**Fewer than {FEW:.0f} effective cases: every figure here is a hint, not a result.**", ""]
    for stage, head, word in _STAGES:
        chosen = [r for r in rows if r.calibrated == stage]
        if not chosen:
            continue
        agree, told = sum(r.agrees for r in chosen), sum(r.told for r in chosen)
        lines += [
            f"## {head}",
            "",
            *([word, ""] if word else []),
            f"{agree} of {len(chosen)} agree (the intervals meet); {len(chosen) - told} rest on too few cases.",
            "",
        ]
        lines += [
            "| Figure | Unit | Published | Simulated | Effective cases | Intervals meet | Source |",
            "| --- | --- | --- | --- | --- | --- | --- |",
        ]
        lines += [_row(r) for r in chosen] + [""]
    lines += _families(families) + ([notes, ""] if notes else [])
    lines += ["![Incidence by age and sex](population_age.png)", "", "![Odds ratios](population_odds.png)", ""]
    if (population.age >= 18).any():
        lines += ["The life of one of them:", "", "![Life line](population_life.png)", ""]
    return "\n".join(lines)


def _families(families):
    """What was counted of the relatives of cases."""
    if not families:
        return []
    lines = [
        "## Families", "",
        "Relatives of the cases, with genes by Mendel and repertoire and exposures of their own, lived as everyone is.",
        "", "| Relative | Falls ill in a life | Everyone | Odds ratio | Heritability of liability | Effective |",
        "| --- | --- | --- | --- | --- | --- |",
    ]  # fmt: skip
    for k in families:
        cells = [_span(f, form) for f, form in ((k.chance, "{:.2%}"), (k.everyone, "{:.3%}"), (k.odds_ratio, "{:.2f}"),
                                                (k.heritability, "{:.2f}"))]  # fmt: skip
        lines.append(f"| {k.kind.replace('_', ' ')} | {' | '.join(cells)} | {k.chance.effective:.0f} |")
    return [*lines, ""]


def _span(f, form):
    if not np.isfinite(f.value):
        return "cannot be told"
    return f"{form.format(f.value)} ({form.format(f.low)} to {form.format(f.high)})"


def _row(r):
    form = "{:.3f}" if r.unit == "share" else "{:.2f}"
    published = form.format(r.published)
    if np.isfinite(r.low):
        published += f" ({form.format(r.low)} to {form.format(r.high)})"
    found = "–"
    if np.isfinite(r.found.value):
        found = f"{form.format(r.found.value)} ({form.format(r.found.low)} to {form.format(r.found.high)})"
    word = ("yes" if r.agrees else "**no**") if r.told else "too few cases"
    return f"| {r.what} | {r.unit} | {published} | {found} | {r.found.effective:.0f} | {word} | {r.source} |"


def main(arguments):
    """Write the page of the population in the folder ``arguments[0]`` into ``arguments[1]``; any further folders are
    populations at other latitudes, for the strip, or of other ancestries, for the rows about these."""
    folder, out, *others = arguments
    population = read_population(folder, as_today=True)
    elsewhere = [read_population(other, as_today=True) for other in others]
    families = [kin(population, kind, copies=20) for kind in ("identical_twin", "sibling", "child")]
    for path in write_population(population, out, elsewhere, families, fan=20_000, notes=_HOW):
        print(path)


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])

"""``myoflare population``: who falls ill, in a population lived from birth to 90."""

from pathlib import Path

import click

from myoflare.cli.show import Stopped, bar, say, table


@click.group()
def population():
    """Who falls ill: genes and exposures of many people, each living with the network from birth to 90."""


def _options(command):
    for option in reversed(
        (
            click.option("--size", type=int, default=10_000, show_default=True, help="People; each lives --years."),
            click.option("--seed", type=int, default=0, show_default=True, help="Another seed, other people."),
            click.option(
                "--ancestry", default="northern_europe", show_default=True, help="A column of haplotypes.tsv."
            ),
            click.option("--latitude", type=float, default=55.0, show_default=True, help="Degrees north, for the sun."),
            click.option("--years", type=float, default=90.0, show_default=True, help="Length of each life."),
            click.option("--without", multiple=True, metavar="NAME", help="A cause or exposure to switch off."),
            click.option("--workers", type=int, help="Processes; as many as cores by default."),
        )
    ):
        command = option(command)
    return command


@population.command()
@_options
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the results. [populations/ANCESTRY_SEED]")
def run(size, seed, ancestry, latitude, years, without, workers, out):
    """Live a population and say how many fall ill, who they are and what they had met.

    People are drawn more often from where disease is likely and weighted back, so that a few thousand of them stand for
    millions of person-years. Ctrl-C or a kill lose seconds: the same command goes on. The numbers are the same for any
    number of workers.

    \b
    Examples:
      myoflare population run --size 20000 --seed 1 --out runs/north
      myoflare population run --size 20000 --without statin --out runs/no_statin
    """
    from myoflare.cohort.question import Question
    from myoflare.report.population import write_population

    out = out or Path("populations") / "_".join((ancestry, str(seed), *sorted(without)))
    found = _live(Question(size, seed, ancestry, latitude, years, tuple(without)), out, workers)
    _tell(found)
    pages = write_population(found, out / "pages")
    say(f"Written to {out}; open {pages[0]}")


@population.command()
@click.argument("first", type=click.Path(path_type=Path))
@click.argument("second", type=click.Path(path_type=Path))
def compare(first, second):
    """Set two finished populations side by side."""
    from myoflare.cohort.population_folder import read_population

    both = [read_population(folder) for folder in (first, second)]
    one, two = (_rows(found) for found in both)
    rows = [[name, one.get(name, "–"), two.get(name, "–")] for name in dict.fromkeys((*one, *two))]
    table(["", str(first), str(second)], rows)
    for folder, found in zip((first, second), both, strict=True):
        _warn_if_few(f"in {folder}", found.effective_cases)


@population.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--kind", default="sibling", show_default=True, help="identical_twin, fraternal_twin, sibling, parent or child."
)
@click.option("--copies", type=int, default=10, show_default=True, help="Relatives of this kind for each case.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed, other relatives.")
def relatives(folder, kind, copies, seed):
    """Count how often relatives of the cases of a finished population fall ill, and the heritability that follows.

    Genes pass by Mendel; repertoire and exposures are the relative's own. For identical twins the chance is their
    concordance.

    \b
    Example:
      myoflare population relatives populations/northern_europe_0 --kind identical_twin
    """
    from myoflare.cohort.kin import kin
    from myoflare.cohort.population_folder import read_population

    found = read_population(folder, as_today=True)
    with bar(1.0, "living relatives") as update:
        k = kin(found, kind, copies, seed, lambda done, total: update(done / total, f"{done} of {total} parts"))
    rows = [
        ["falls ill in a life", _cell(k.chance, "{:.3%}")],
        ["everyone", _cell(k.everyone, "{:.3%}")],
        ["odds ratio", _cell(k.odds_ratio, "{:.2f}")],
        ["heritability of liability", _cell(k.heritability, "{:.2f}")],
    ]
    table([kind.replace("_", " "), "95 % interval, effective cases"], rows)
    _warn_if_few("among the relatives", k.chance.effective, "more --copies or a larger population")


def _warn_if_few(where, effective, cure="a larger --size"):
    from myoflare.cohort.epidemiology import FEW

    if effective < FEW:
        say(f"Careful: only {effective:.0f} effective cases {where}. These figures are a hint; ask for {cure}.")


def _live(question, out, workers):
    from myoflare.cohort.population_folder import run_population
    from myoflare.simulate.ensemble.hire import cores

    workers = cores() if workers is None else workers
    try:
        with bar(question.chunks, "living") as update:
            return run_population(question, out, workers, lambda done, total: update(done, f"{done} of {total} chunks"))
    except KeyboardInterrupt:
        raise Stopped(f"Stopped; {out} keeps what is done, and the same command goes on.") from None


def _tell(found):
    say(f"{found.question.size:,} lives, {found.person_years:,.0f} person-years; {len(found.case)} fell ill,")
    say(
        f"worth {found.effective_cases:.0f} cases of equal weight; "
        f"{found.lived} courses integrated, {found.failed} failed."
    )
    _warn_if_few("in this population", found.effective_cases)
    table(["figure", "value, 95 % interval, effective cases"], list(_rows(found).items()))


def _rows(found):
    from myoflare.cohort.epidemiology import incidence, shares
    from myoflare.cohort.odds import case_control

    rows = {
        "adults (18 and older), per million a year": incidence(found), "women": incidence(found, female=True),
        "men": incidence(found, female=False), "children (2 to 17)": incidence(found, ages=(2.0, 18.0)),
    }  # fmt: skip
    rows = {name: _cell(figure, "{:.2f}") for name, figure in rows.items()}
    rows |= {f"share {name}": _cell(f, "{:.1%}") for name, f in shares(found).items() if f.effective}
    odds = case_control(found) | case_control(found, found.exposure_names)
    rows |= {f"odds ratio {name}": _cell(f, "{:.2f}") for name, f in odds.items()}
    return rows


def _cell(figure, form):
    if figure.value != figure.value:
        return "cannot be told"
    text = f"{form.format(figure.value)} ({form.format(figure.low)} to {form.format(figure.high)})"
    return f"{text}, {figure.effective:.0f}"

"""``myoflare biopsy``: needles of one person's muscle on one day, and two courses side by side."""

import math
from pathlib import Path

import click

from myoflare.cli.show import Stopped, bar, say, spinner, table

YEARS = 3.0  # of a shipped person's life, as `myoflare run` has it
SHOWN = (
    "fibres", "fibre_area", "perifascicular_atrophy_index", "capillaries_per_fibre", "capillaries_lost",
    "fraction_necrotic", "fraction_regenerating", "fraction_MHC1", "fraction_MxA", "fraction_invaded",
    "CD3_endomysial_per_mm2", "CD3_perimysial_per_mm2", "CD68_endomysial_per_mm2", "CD68_perimysial_per_mm2",
    "B_per_mm2", "scar_fraction", "fat_fraction",
)  # fmt: skip


class _Pair(click.Group):
    """``biopsy PATIENT`` and ``biopsy compare A B``: a first word that is no command is a patient."""

    def parse_args(self, ctx, args):
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["take", *args]
        return super().parse_args(ctx, args)


def _options(command):
    """What both commands ask for."""
    for option in reversed([
        click.option("--day", type=float, required=True, metavar="D", help="Day of the course."),
        click.option("--stain", "stains", multiple=True, metavar="S", help="A stain, or all; may be repeated. [HE]"),
        click.option("--size-mm2", type=float, default=1.0, show_default=True, help="Area of a needle's section."),
        click.option("--needles", type=int, default=1, show_default=True, help="Sections, each from its own place."),
        click.option("--seed", type=int, default=0, show_default=True, help="Of needle 1; the next has one more."),
        click.option("--history", type=float, default=180.0, show_default=True, help="Days played before the biopsy."),
        click.option("--out", type=click.Path(path_type=Path), help="Folder to write."),
        click.option("--force", is_flag=True, help="Replace an earlier biopsy in that folder."),
    ]):  # fmt: skip
        command = option(command)
    return command


@click.group(cls=_Pair)
def biopsy():
    """Take a biopsy: stained sections of one person's muscle, counted and scored.

    \b
      myoflare biopsy PATIENT|RUN --day D    needles of one person; see `myoflare biopsy take --help`
      myoflare biopsy compare A B --day D    two courses, the same needles, side by side

    \b
    Examples:
      myoflare biopsy dermatomyositis --day 300
      myoflare biopsy runs/dermatomyositis --day 300 --needles 3 --stain MxA --stain CD31 --out runs/dm_biopsy
      myoflare biopsy compare runs/dm/no_treatment runs/dm/ivig_q4w --day 400
    """


@biopsy.command()
@click.argument("person", metavar="PATIENT|RUN")
@_options
@click.option("--film", is_flag=True, help="A film of the lesion, a frame every ten days (film.gif).")
def take(person, day, stains, size_mm2, needles, seed, history, out, force, film):
    """Take needles of one person's muscle on one day.

    PATIENT is a shipped person or a YAML document, whose life is then simulated; RUN is a folder that `myoflare run`
    wrote. The folder gets, for each needle: every --stain as PNG (the whole section, and the busiest field at x20 and
    x40), sheet.png with all stains, HE.ome.tif and markers.ome.tif for QuPath or napari, history.csv day by day. Over
    the needles: morphometry.csv and scores.csv with mean and range.

    The muscle is healthy --history days before the biopsy; what the course then did to it is played, about two minutes
    for 1 mm2 and 180 days. Ctrl-C keeps the needles that are finished; the same command goes on where it stopped. More
    --needles in the same folder are added to it.

    \b
    Example:
      myoflare biopsy dermatomyositis --day 300 --needles 3 --film
    """
    stains = _checked(stains)
    course = _course(person, day)
    folder = out or Path("biopsies") / f"{course.attrs['patient']}_day{day:g}"
    found = _take(course, day, folder, stains, size_mm2, needles, seed, history, film, force, course.attrs["patient"])
    _tell(found)
    _classify(course, day, found)
    say(f"Written to {folder}; open {found[0].folder / 'sheet.png'}")


@biopsy.command()
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@_options
def compare(first, second, day, stains, size_mm2, needles, seed, history, out, force):
    """Take the same needles of two courses, such as an untreated and a treated one, and lay them side by side.

    A and B are patients or run folders. With the same seed both meet the same muscle and the same chances, so that what
    differs is what the course did.

    \b
    Example:
      myoflare run dermatomyositis --regimen ivig_q4w --out runs/dm
      myoflare biopsy compare runs/dm/no_treatment runs/dm/ivig_q4w --day 400
    """
    from myoflare.report.biopsy import write_comparison

    stains = _checked(stains)
    names = _names(first, second)
    courses = [_course(person, day) for person in (first, second)]
    out = out or Path("biopsies") / f"{names[0]}_and_{names[1]}_day{day:g}"
    both = [
        _take(course, day, out / name, stains, size_mm2, needles, seed, history, False, force, name)
        for course, name in zip(courses, names, strict=True)
    ]
    _tell_both(both, names)
    titles = [f"{name}, day {day:g}" for name in names]
    path, *_ = write_comparison(both, titles, out, stains)
    say(f"Written to {out}; open {path}")


@biopsy.command()
@click.argument("person", metavar="PATIENT")
@click.option("--day", type=float, required=True, metavar="D", help="Last day of the course.")
@click.option("--follow", type=float, default=60.0, show_default=True, help="Day up to which sections only follow.")
@click.option("--replicas", type=click.IntRange(1, 64), default=8, show_default=True, help="Sections.")
@click.option("--size-mm2", type=float, default=0.25, show_default=True, help="Area of each.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of replica 1; the next has one more.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write.")
@click.option("--force", is_flag=True, help="Replace earlier files in that folder.")
def coupled(person, day, follow, replicas, size_mm2, seed, out, force):
    """Let sections take the place of the network's muscle: what they release keeps the disease going, or not.

    Body and sections meet once a day. Up to --follow the sections follow the network, because a few hundred fibres
    cannot stand for 25 kg of muscle in which a few fibres die in a day. The folder gets coupled.csv, coupled.png (both
    muscles over time) and sheet.png of replica 1. Some four minutes for 8 sections of 0.25 mm2 and 180 days.

    \b
    Example:
      myoflare biopsy coupled polymyositis_few_treg --day 240
    """
    from myoflare.base.units import DAYS_PER_YEAR
    from myoflare.cohort import load_patient, simulate
    from myoflare.report.coupled import draw_coupled, write_coupled
    from myoflare.report.slide_files import write_sheet
    from myoflare.store import check_target, write_whole

    patient = load_patient(person)
    folder = out or Path("biopsies") / f"{patient.name}_coupled_day{day:g}"
    check_target(folder, force)
    with bar(1.0, f"{patient.name}: {replicas} x {size_mm2:g} mm2") as update:
        found = _couple(patient, day, follow, replicas, size_mm2, seed, update)
    course = simulate(patient, years=(day + 1) / DAYS_PER_YEAR)

    def write(draft):
        draft.mkdir()
        write_coupled(found, course, draft / "coupled.csv")
        draw_coupled(found, course, draft / "coupled.png")
        write_sheet(found.sections[0], draft / "sheet.png")

    write_whole(folder, write, force)
    table(["exchanged, whole course", "unaccounted for"], [[k, f"{v:.2g}"] for k, v in found.error.items()])
    say(f"Written to {folder}; open {folder / 'coupled.png'}")


def _couple(patient, day, follow, replicas, size_mm2, seed, update):
    from myoflare.cohort.life import load_shipped, prepare_life
    from myoflare.tissue.coupled import Body, grow_coupled
    from myoflare.tissue.fascicle import make_fascicle

    life = prepare_life(patient, load_shipped(), day)
    side = 1000 * math.sqrt(size_mm2)
    fascicles = [
        make_fascicle(seed + k, side, side, sex=patient.sex, age_years=patient.age_years) for k in range(replicas)
    ]
    body = Body(life.model, dict(life.values), tuple(life.inputs), life.start, patient.name)
    return grow_coupled(body, fascicles, day, seed, update, follow=follow)


def _checked(stains):
    from myoflare.report.slide_files import check_stains

    return check_stains(stains or ("HE",))


def _course(person, day):
    """The course of a run folder, or of a person who is simulated for it."""
    from myoflare.base.errors import TissueError
    from myoflare.base.units import DAYS_PER_YEAR
    from myoflare.store import is_run, read_run

    if not math.isfinite(day) or not 0 <= day < 100 * DAYS_PER_YEAR - 1:
        came = f"{day:g}"
        raise TissueError("--day", came, "a day of the course, which begins with day 0 and lasts up to 100 years")
    if is_run(person) or Path(person).is_dir():
        return read_run(person).course
    from myoflare.cohort import load_patient, simulate

    patient = load_patient(person)
    with spinner(patient.name) as progress:
        return simulate(patient, years=max(YEARS, (day + 1) / DAYS_PER_YEAR), progress=progress)


def _take(course, day, folder, stains, size_mm2, needles, seed, history, film, force, label):
    from myoflare.report.biopsy import FINDINGS, scan_pixels, write_biopsy
    from myoflare.simulate.ensemble import cores
    from myoflare.tissue.needle import check_needles, memory_gb

    check_needles(course, day, size_mm2, needles, history)
    need = memory_gb(size_mm2, scan_pixels(size_mm2))
    click.echo(f"{label}: {needles} x {size_mm2:g} mm2, about {need:.1f} GB of memory at most.", err=True)
    try:
        with bar(needles, label) as update:
            return write_biopsy(
                course, day, folder, stains=stains, size_mm2=size_mm2, needles=needles, seed=seed,
                history_days=history, film=film, force=force, progress=_once(update), threads=min(cores(), 8),
            )  # fmt: skip
    except KeyboardInterrupt:
        done = sorted(p.parent.name for p in Path(folder).glob(f"needle_*/{FINDINGS}"))
        kept = f"kept: {', '.join(done)}; " if done else ""
        raise Stopped(f"Stopped; {kept}the same command goes on from here in {folder}.") from None


def _once(update):
    """Where stderr is no terminal each stage is one line, not one line a step."""
    last = []

    def tell(done, words=""):
        told = (int(done), words)
        update(done, words if told not in last[-1:] else "") if not _terminal() else update(done, words)
        last[:] = [told]

    return tell


def _terminal():
    from rich.console import Console

    return Console(stderr=True).is_terminal


def _tell(found):
    from myoflare.report.biopsy import mean_and_range

    heads = [f"needle {k + 1}" for k in range(len(found))]
    heads += ["mean", "range"] if len(found) > 1 else []
    rows = []
    for name, what, values in _rows(found):
        mean, low, high = mean_and_range(values)
        more = [_cell(mean), f"{_cell(low)} to {_cell(high)}"] if len(found) > 1 else []
        rows.append([name, *map(_cell, values), *more, what])
    table(["", *heads, ""], rows)


def _classify(course, day, found):
    """What the 2017 criteria make of the person, without and with what the needles show at most."""
    from myoflare.clinic import classify

    points = {}
    for row in (row for needle in found for row in needle.scores if row["score"] == "EULAR_ACR"):
        points[row["item"]] = max(points.get(row["item"], 0.0), row["points"])
    words = [f"{c.total:.1f} points, {c.level}, probability {c.probability:.0%}" for c in (
        classify(course, day), classify(course, day, points)
    )]  # fmt: skip
    click.echo(f"2017 EULAR/ACR criteria on day {day:g}: {words[0]}; with the biopsy {words[1]}.")


def _tell_both(both, names):
    from myoflare.report.biopsy import mean_and_range

    rows = []
    for (name, what, left), (_, _, right) in zip(_rows(both[0]), _rows(both[1]), strict=True):
        cells = []
        for values in (left, right):
            mean, low, high = mean_and_range(values)
            cells.append(_cell(mean) + (f" ({_cell(low)} to {_cell(high)})" if len(values) > 1 else ""))
        rows.append([name, *cells, what])
    table(["", *names, ""], rows)


def _rows(found):
    """(name, what it is, value of each needle) of what is shown."""
    for name in SHOWN:
        unit, about = found[0].units[name]
        plain = "" if unit in ("dimensionless", "count") else f"{unit}, "
        yield name, plain + about, [n.values[name] for n in found]
    for score, title in (("JDM", "juvenile dermatomyositis biopsy score"), ("EULAR_ACR", "biopsy points of EULAR/ACR")):
        yield score, f"{title}, of {found[0].most(score):g}", [n.points(score) for n in found]


def _names(first, second):
    """A name for each: the last part of its path that tells them apart."""
    parts = [Path(p).resolve().parts if Path(p).exists() else (p,) for p in (first, second)]
    names = [Path(p[-1]).stem for p in parts]
    if names[0] != names[1]:
        return names
    apart = [f"{Path(p[-2]).name}_{n}" if len(p) > 1 else n for p, n in zip(parts, names, strict=True)]
    return apart if apart[0] != apart[1] else [f"A_{names[0]}", f"B_{names[1]}"]


def _cell(value):
    if math.isnan(value):
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"

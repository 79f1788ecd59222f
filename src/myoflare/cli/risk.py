"""``myoflare risk`` and ``myoflare twins``: one genome, lived many times."""

from pathlib import Path

import click
import numpy as np

from myoflare.cli.show import say, spinner, table

NO_ADVICE = "For research and teaching. This is a simulation with assumed numbers and no advice to anyone."


def _options(command):
    for option in reversed((
        click.argument("person", metavar="PERSON"),
        click.option("--size", type=int, default=20_000, show_default=True, help="Lives to draw."),
        click.option("--seed", type=int, default=0, show_default=True, help="Another seed, other lives."),
        click.option("--ancestry", default="northern_europe", show_default=True, help="A column of haplotypes.tsv."),
        click.option("--latitude", type=float, default=55.0, show_default=True, help="Degrees north, for the sun."),
    )):  # fmt: skip
        command = option(command)
    return command


@click.command()
@_options
def risk(person, size, seed, ancestry, latitude):
    """The chance that a person with these alleles falls ill, with its interval, beside that of others of that sex.

    PERSON is a patient's document or the name of a shipped one; sex, age_years, genome are read, and of the exposures
    statins, tumours and checkpoint inhibitors, from age_years on. What nobody knows of a person, the repertoire and
    what else life will bring, is drawn.
    """
    from myoflare.cohort.patient import load_patient
    from myoflare.cohort.risk import chance
    from myoflare.cohort.risk import risk as compute

    patient = load_patient(person)
    with spinner("living"):
        own, others = compute(patient, size, seed, ancestry, latitude)
    age = patient.age_years
    spans = [
        ("in the next 10 years", (age, min(age + 10, 90.0))),
        ("until 90", (age, 90.0)),
        ("from birth to 90", (0.0, 90.0)),
    ]
    rows = [[words, _told(chance(own, ages)), _told(chance(others, ages))] for words, ages in spans]
    table([f"{patient.name}, {patient.sex}, {age:g} years", "this person", "others of this sex"], rows)
    lifetime, usual = chance(own), chance(others)
    if lifetime.value:
        say(f"Of 100,000 people like this, about {1e5 * lifetime.value:.0f} fall ill in a life; the others do not.")
    _warn_if_few("this person", lifetime)
    _warn_if_few("others of this sex", usual)
    say(NO_ADVICE)


def _warn_if_few(who, figure):
    from myoflare.cohort.epidemiology import FEW

    if figure.effective < FEW:
        say(f"Careful: only {figure.effective:.0f} effective cases are behind {who}; ask for a larger --size.")


@click.command()
@_options
@click.option("--same-repertoire", is_flag=True, help="Twins who share their clones too, as none do.")
@click.option("--out", type=click.Path(path_type=Path), help="Draw the fan: .png, .svg or .pdf.")
@click.option("--force", is_flag=True, help="Replace an earlier picture.")
def twins(person, size, seed, ancestry, latitude, same_repertoire, out, force):
    """The same genome lived many times: how many fall ill, when, and with what.

    PERSON is a patient's document or the name of a shipped one, of which sex and genome are read; what these lives
    meet is drawn.
    """
    from myoflare.cohort.patient import load_patient
    from myoflare.cohort.risk import chance
    from myoflare.cohort.risk import twins as compute
    from myoflare.report.lives import twins_figure
    from myoflare.report.network import check_picture
    from myoflare.store import check_place, check_target, write_whole
    from myoflare.store.whole import no_file

    patient = load_patient(person)
    if out:
        check_picture(out)
        check_target(out, force, no_file)
        check_place(out)
    with spinner("living"):
        lives = compute(patient, size, seed, ancestry, latitude, same_repertoire)
    found = chance(lives)
    say(f"{size} lives of one genome: {np.isfinite(lives.onset).sum()} fell ill; chance: {_told(found)}.")
    _warn_if_few("this", found)
    rows = [
        [name, int((lives.antigen == k).sum())] for k, name in enumerate(lives.antigens) if (lives.antigen == k).any()
    ]
    if rows:
        table(["antigen", "lives"], rows)
    if out:
        write_whole(out, lambda path: twins_figure(lives, patient.name, size).savefig(path, dpi=150), force=force)
        say(f"Written to {out}")
    say(NO_ADVICE)


def _told(figure):
    if not figure.effective:
        return f"none; below {1e5 * figure.high:.0f} in 100,000" if figure.high < 1 else "cannot be told"
    return f"{1e5 * figure.value:.1f} in 100,000 ({1e5 * figure.low:.1f} to {1e5 * figure.high:.1f})"

"""``myoflare drugs``: what is in the drug library, and one drug from its hooks to its published figures."""

import os
from pathlib import Path

import click

from myoflare.cli.show import say, spinner, table


@click.group(invoke_without_command=True)
@click.pass_context
def drugs(ctx):
    """List the drugs that ship with the package; `drugs show NAME` tells one in full.

    \b
    Examples:
      myoflare drugs
      myoflare drugs show prednisone
      myoflare drugs show ./my_anti_il6 --out my_anti_il6.svg
    """
    if ctx.invoked_subcommand is not None:
        return
    from myoflare.report.drug import NOTICE, dose_words
    from myoflare.therapy import list_drugs, load_drug

    found = [load_drug(name) for name in list_drugs()]
    rows = [[d.name, d.kind, d.title, ", ".join(d.routes), dose_words(d.standard, d)] for d in found]
    table(["drug", "class", "title", "routes", "usual dose"], rows)
    say(NOTICE)


@drugs.command()
@click.argument("drug", metavar="NAME|FOLDER")
@click.option("--out", type=click.Path(path_type=Path), help="Picture to draw: .png, .svg or .pdf. [NAME.png]")
@click.option("--force", is_flag=True, help="Replace an earlier picture.")
@click.option("--no-plot", is_flag=True, help="Words only, no picture.")
def show(drug, out, force, no_plot):
    """Tell one drug: where it takes hold of the body, how it is given, and published figures beside computed ones.

    The usual dose is drawn in a healthy body, to NAME.png in the current folder unless --out says where. A picture that
    is there already stays as it is without --force.

    NAME|FOLDER is a shipped drug (see `myoflare drugs`) or the path of a folder of your own, with drug.yaml in it.

    \b
    Examples:
      myoflare drugs show rituximab
      myoflare drugs show ./my_anti_il6 --out my_anti_il6.svg
    """
    from myoflare.cohort.course import load_shipped
    from myoflare.report.drug import NOTICE
    from myoflare.therapy import load_drug
    from myoflare.therapy.checks import Assay

    found = load_drug(drug)
    place = None if no_plot else _place(found, out, force)
    assay = Assay(found, load_shipped())
    _tell(assay)
    if place:
        _draw(assay, place, force)
    elif not no_plot:
        say(f"{found.name}.png is there already and stays as it is; add --force to draw it anew.")
    say(NOTICE)


def _place(drug, out, force):
    """Where to draw; nothing where the default place is taken. StoreError where ``out`` cannot be written."""
    from myoflare.report.network import check_picture
    from myoflare.store import check_place, check_target
    from myoflare.store.whole import no_file

    place = out or Path(f"{drug.name}.png")
    check_picture(place)
    if not out and not force and os.path.lexists(place):
        return None
    check_target(place, force, no_file)
    check_place(place)
    return place


def _draw(assay, place, force):
    from myoflare.report.drug_figure import draw_drug
    from myoflare.store import write_whole
    from myoflare.store.whole import no_file

    write_whole(place, lambda path: draw_drug(assay, path), force=force, obstacle=no_file)
    say(f"The usual dose is drawn in {place}")


def _tell(assay):
    from myoflare.cohort.course import load_shipped
    from myoflare.report import drug as words

    drug, body = assay.drug, load_shipped()
    say(f"{drug.name}: {drug.title} ({drug.kind})\n{' '.join(drug.hits.split())}\n")
    hooks = [[h.id, h.words, h.how, "; ".join(h.feel)] for h in words.holds(drug, body)]
    _section("Where it takes hold of the body", ["hook", "in the body", "set by", "felt by"], hooks)
    _section(
        "What it moves itself", ["process", "state"], [[m.words, ", ".join(m.feel)] for m in words.moves(drug, body)]
    )
    read = words.reads(drug, body)
    if read:
        say(f"It reads of the body: {'; '.join(read)}.\n")
    routes = [
        [name, r.into, r.unit, r.bioavailability, r.lag_days, f"{r.over_days:g}"] for name, r in drug.routes.items()
    ]
    _section("Routes", ["route", "into", "unit", "share that arrives", "lag (day)", "over (day)"], routes)
    say(f"Usual dose: {words.dose_words(drug.standard, drug)}.")
    if drug.average:
        say(f"The disease sees means over {drug.average.days:g} day of {', '.join(drug.average.of)}.")
    say("")
    heads = ["figure", "dose", "published", "computed", "deviation", "source"]
    _section("Published figures", heads, _compared(assay, drug.checks))
    _section("Published effects", heads, _compared(assay, drug.engagement))
    _section("Numbers", ["parameter", "value", "unit", "CV", "confidence", "meaning", "source"], _numbers(drug))
    if drug.notes:
        say(f"Notes: {' '.join(drug.notes.split())}")
    for source in drug.sources:
        say(f"- {source}")


def _compared(assay, checks):
    from myoflare.report import drug as words

    rows = []
    with spinner("computing published figures") as progress:
        for i, check in enumerate(checks):
            progress(i / len(checks), check.what)
            found = words.compare(assay, check)
            off = "" if found.holds else " (off)"
            dose = words.dose_words(check, assay.drug)
            rows.append(
                [words.check_words(check), dose, found.published, found.shown, found.deviation + off, check.source]
            )
    return rows


def _numbers(drug):
    return [
        [p.id, f"{p.value:.6g}", p.unit, f"{drug.cv[p.id]:.0%}" if p.id in drug.cv else "", p.confidence,
         p.description, p.source]
        for p in drug.part.parameters if p.unit
    ]  # fmt: skip


def _section(title, heads, rows):
    if rows:
        say(title)
        table(heads, rows)
        say("")

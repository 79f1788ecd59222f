"""The commands for one network or a few persons. Heavy rooms are imported inside, so that ``--help`` is fast."""

from pathlib import Path

import click

from myoflare.cli.show import Stopped, say, spinner, tell_table

UNTREATED, SIDE_BY_SIDE = "no_treatment", "side_by_side.html"
PETAB_FILES = {"problem.yaml", "model.xml", "parameters.tsv", "observables.tsv", "conditions.tsv", "measurements.tsv"}


@click.command()
@click.argument("patients", nargs=-1, required=True, metavar="PATIENT...")
@click.option("--years", type=float, default=3.0, show_default=True, help="Length of the run.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the noise in measured.csv.")
@click.option("--out", type=click.Path(path_type=Path), help="Run folder; with several patients, its parent.")
@click.option("--force", is_flag=True, help="Replace an earlier run in that folder.")
@click.option("--regimen", "regimens", multiple=True, metavar="NAME|FILE", help="Treat; may be given several times.")
@click.option("--start", type=float, help="First day of the regimens; by default what each says, often the diagnosis.")
@click.option("--vary-drugs", is_flag=True, help="Draw the person's own drug kinetics from the seed.")
@click.option(
    "--what-if/--no-what-if", default=None,
    help="Rerun the life without each mechanism; by default where there is no regimen.",
)  # fmt: skip
@click.option("--no-report", is_flag=True, help="Leave out the pages.")
def run(patients, years, seed, out, force, regimens, start, vary_drugs, what_if, no_report):
    """Run one or more persons and write a run folder for each.

    The folder holds every state day by day (course.zarr), the summary, the explanation with its page, and measured.csv:
    what a clinic would have measured every 28 days, with the noise of its assays.

    With --regimen the same person lives untreated and under each regimen, with the same random streams, each life in a
    folder of its own, and side_by_side.html compares them. For research and teaching, not for anybody's treatment.

    PATIENT is the name of a shipped person (see `myoflare patients`) or the path of a YAML document; a regimen is the
    name of a shipped one (see `myoflare regimens`) or a YAML document.

    \b
    Examples:
      myoflare run polymyositis_few_treg --years 5 --out runs/pm
      myoflare run my_patient.yaml other.yaml --seed 7 --out runs
      myoflare run dermatomyositis --regimen prednisone_T1 --regimen ivig_q4w
    """
    from myoflare.base.errors import TherapyError
    from myoflare.cohort import load_patient
    from myoflare.cohort.course import run_days
    from myoflare.therapy import load_regimen

    people = [load_patient(p) for p in patients]
    plans = [load_regimen(r) for r in regimens]
    if plans:
        names = [plan.name for plan in plans]
        _refuse_twins(names, "regimens")
        plans = [None, *plans] if "no_treatment" not in names else plans
    elif start is not None or vary_drugs:
        raise click.UsageError("--start and --vary-drugs belong to a --regimen; name one, see `myoflare regimens`.")
    days = run_days(years)
    if start is not None and not 0 <= start <= days:
        raise TherapyError(
            "--start", f"day {start:g}", f"a day of the course, 0 to {days:.0f}", "lengthen it with --years"
        )
    homes = _folders(people, out)
    lives = [
        (person, plan, home / (plan.name if plan else UNTREATED) if plans else home)
        for person, home in zip(people, homes, strict=True)
        for plan in plans or [None]
    ]
    _check_folders([folder for _, _, folder in lives], homes if plans and not no_report else [], force)
    how = {"years": years, "seed": seed}
    treated = how | {"start_day": start, "vary_drugs": vary_drugs}
    summaries, courses = [], {}
    try:
        for person, plan, folder in lives:
            options = treated | {"regimen": plan} if plan else how
            what_ifs = what_if if what_if is not None else not plans
            course, summary = _run_one(person, folder, options, force, what_ifs, not no_report)
            summaries.append(summary | {"patient": f"{person.name}, {folder.name}"} if plans else summary)
            courses.setdefault(folder.parent, {})[folder.name] = course
    except KeyboardInterrupt:
        from myoflare.store import is_run

        done = [str(f) for _, _, f in lives if is_run(f)]
        kept = f"; kept: {', '.join(done)}" if done else ""
        raise Stopped(f"Stopped; nothing was half-written{kept}.") from None
    tell_table(summaries)
    if plans and not no_report:
        _compare(courses)


def _compare(courses):
    from myoflare.report import write_side_by_side

    for home, lives in courses.items():
        say(f"Side by side: {write_side_by_side(lives, home / SIDE_BY_SIDE)}")


def _check_folders(folders, homes, force):
    """StoreError before anything is begun: what stands there must be ours, and it takes files."""
    from myoflare.store import check_place, check_target, no_run
    from myoflare.store.whole import no_file

    for folder in folders:
        check_target(folder, force, no_run)
        check_place(folder)
    for home in homes:
        check_target(home / SIDE_BY_SIDE, force, no_file)


def _refuse_twins(names, what):
    from myoflare.base.errors import MyoflareError

    twice = next((n for n in names if names.count(n) > 1), None)
    if twice:
        raise MyoflareError(twice, f"two {what} with this name", "a name of its own for each run folder")


def _folders(people, out):
    names = [p.name for p in people]
    _refuse_twins(names, "patients")
    if len(people) == 1 and out:
        return [out]
    return [(out or Path("runs")) / n for n in names]


def _run_one(person, folder, options, force, what_if, with_report):
    """Course and summary row of one life, which is kept in ``folder``."""
    from myoflare.cli.pages import keep
    from myoflare.cohort import simulate

    with spinner(f"{person.name} {folder.name}") as progress:
        course = simulate(person, progress=progress, **options)
    with spinner("without each mechanism") as tell:
        summary = keep(course, person, folder, _by_name(tell), what_if, with_report, force)
    say(summary["sentence"])
    say(f"Written to {folder}" + (f"; open {folder / 'report.html'}" if with_report else ""))
    return course, summary


def _by_name(tell):
    """Progress of `explain`, which names the mechanism, as share done."""
    return lambda name, i, n: tell(i / max(n, 1), name)


@click.command()
def regimens():
    """List the regimens that ship with the package. For research and teaching, not for anybody's treatment."""
    from myoflare.cli.show import table
    from myoflare.therapy import list_regimens, load_regimen

    plans = [load_regimen(name) for name in list_regimens()]
    table(["regimen", "drugs", "what it is"], [[p.name, ", ".join(p.drugs) or "none", p.title] for p in plans])


@click.command()
def patients():
    """List the persons that ship with the package."""
    from myoflare.cli.show import table
    from myoflare.cohort import list_patients, load_patient

    people = [load_patient(name) for name in list_patients()]
    table(["patient", "sex", "age", "story"], [[p.name, p.sex, f"{p.age_years:.0f}", p.story.strip()] for p in people])


@click.command()
@click.argument("run_folder", type=click.Path(path_type=Path), metavar="RUN")
@click.option("--shares-only", is_flag=True, help="Do not rerun the life without each mechanism.")
def explain(run_folder, shares_only):
    """Say which mechanisms drove the damage, when, and what happens when each is switched off.

    The explanation is kept in the run folder and its report. Ctrl-C stops early and keeps what is finished.

    \b
    Example:
      myoflare explain runs/statin_necrotising
    """
    from myoflare.cli.pages import page
    from myoflare.cli.show import tell_explanation
    from myoflare.clinic import diagnose
    from myoflare.cohort import explain as explain_course
    from myoflare.store import read_run, rewrite_run

    run = read_run(run_folder)
    with spinner("switching off") as progress:
        why = explain_course(run.course, counterfactuals=not shares_only, progress=_by_name(progress))
    verdict = diagnose(run.course)
    had_report = "report.html" in run.manifest["files"]
    pages = {"report.html": page(run.course, why.plain(), verdict)} if had_report else {}
    rewrite_run(run, explanation=why.plain(), pages=pages)
    tell_explanation(why, verdict)
    if not why.finished:
        done = len(why.counterfactuals)
        raise Stopped(f"Stopped; the {done} finished comparisons are kept in {run_folder}.")


@click.command()
@click.argument("form", type=click.Choice(["sbml", "petab", "omex"]))
@click.option("--patient", help="Export the network with this person's numbers and exposures.")
@click.option("--years", type=float, default=3.0, show_default=True, help="Length of the person's run.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="File or, for petab, folder.")
@click.option("--force", is_flag=True, help="Replace an earlier export.")
def export(form, patient, years, out, force):
    """Write the network for other people's tools: SBML Level 3, PEtab tables, or a COMBINE archive.

    \b
    Examples:
      myoflare export sbml --out network.xml
      myoflare export omex --patient dermatomyositis --out dm.omex
    """
    from myoflare import model as room
    from myoflare.cohort import patient_model
    from myoflare.cohort.course import load_shipped, run_days
    from myoflare.store import check_place, check_target, write_whole
    from myoflare.store.whole import no_file

    run_days(years)
    obstacle = _no_problem if form == "petab" else no_file
    check_target(out, force, obstacle)
    check_place(out)
    model, initial = patient_model(patient, years=years) if patient else (load_shipped(), None)
    write = {
        "sbml": lambda path: room.write_sbml(model, path, initial),
        "petab": lambda path: room.write_petab(model, path, initial),
        "omex": lambda path: room.write_omex(model, path, initial, years=years),
    }[form]
    write_whole(out, write, force=force, obstacle=obstacle)
    say(f"Written to {out}")


def _no_problem(path):
    """The obstacle to a PEtab problem: a file, or a folder that is no problem of ours and nothing else."""
    if not path.is_dir():
        return "is a file, not a folder"
    names = {p.name for p in path.iterdir()}
    if "problem.yaml" not in names:
        return "is not an earlier export (it has no problem.yaml)"
    more = min(names - PETAB_FILES, default="")
    return f"holds {more}, which is not of the export" if more else ""


@click.command()
@click.argument("model_file", type=click.Path(path_type=Path), metavar="MODEL")
def check(model_file):
    """Check a network, in Antimony (with its tables beside it) or SBML. Says what is wrong with it, or how large it is.

    \b
    Example:
      myoflare check network.xml
    """
    from myoflare.model import load_model

    model = load_model(model_file)
    parts = {
        "states": model.species,
        "reactions": model.reactions,
        "rules": model.rules,
        "parameters": model.parameters,
        "read-outs": model.observables,
    }
    counts = ", ".join(f"{len(items)} {word}" for word, items in parts.items())
    say(f"{model.id}: {counts}. No fault found. Digest {model.digest[:12]}.")


@click.command()
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Picture to write: .svg, .pdf or .png.")
@click.option("--force", is_flag=True, help="Replace an earlier picture.")
def diagram(out, force):
    """Draw the network as a picture.

    \b
    Example:
      myoflare diagram --out network.svg
    """
    from myoflare.cohort.course import load_shipped
    from myoflare.report import draw_network
    from myoflare.report.network import check_picture
    from myoflare.store import write_whole

    check_picture(out)
    write_whole(out, lambda path: draw_network(load_shipped(), path), force=force)
    say(f"Written to {out}")

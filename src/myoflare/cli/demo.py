"""``myoflare demo``: everybody who ships with the package, on all cores, with one report."""

import contextlib
import multiprocessing
import os
import signal
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import click

from myoflare.base.errors import MyoflareError
from myoflare.cli.show import Stopped, bar, say, tell_table

REPORT = "report.html"
MARK = b"<title>Patients compared"  # by which a report of ours is known


@click.command()
@click.option("--years", type=float, default=3.0, show_default=True, help="Length of each run.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the noise in measured.csv.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("runs/demo"), show_default=True, help="Run folders."
)
@click.option("--workers", type=click.IntRange(1, 64), default=None, help="Processes; as many as cores by default.")
def demo(years, seed, out, workers):
    """Run every shipped person, print what a clinic would say, and write one report.

    Earlier demo runs in the folder are replaced; anything else there is refused. Ctrl-C keeps the persons who are
    finished.
    """
    from myoflare.cohort import list_patients
    from myoflare.cohort.course import prepare, run_days

    names = list_patients()
    run_days(years)
    _check_out(out, names)
    click.echo("preparing the network (about half a minute the first time, then kept)", err=True)
    prepare()
    began = time.perf_counter()
    results, stopped = _run_all(names, years, seed, out, workers or _cores())
    took = time.perf_counter() - began
    good = [n for n in names if isinstance(results.get(n), dict)]
    if good:
        tell_table([results[n] for n in good])
        say(f"{len(good)} simulations in {took:.0f} s.")
    if stopped:
        raise Stopped(f"Stopped; {len(good)} finished runs are kept in {out}.")
    if good:
        say(f"Report: {_report([out / n for n in good], out).resolve()}")
    say("This is a research tool and no medical advice.")
    failed = [n for n in names if n not in good]
    for name in failed:
        click.echo(f"Error: {name} failed: {results[name]}", err=True)
    return 2 if failed else 0


def _check_out(out, names):
    """StoreError before anything is begun: what stands in ``out`` under our names must be ours, and it takes files."""
    from myoflare.store import check_place, check_target, no_run

    for name in names:
        check_target(out / name, True, no_run)
    check_target(out / REPORT, True, _no_report)
    check_place(out / REPORT)


def _no_report(path):
    """The obstacle to our report: another page of that name."""
    if path.is_dir():
        return "is a folder, not a file"
    with path.open("rb") as file:
        return "" if MARK in file.read(4000) else "is not the report of a demo"


def _cores():
    """Cores that this process may use, where the system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _run_all(names, years, seed, out, workers):
    """By name a summary, or the sentence that says why there is none; and whether Ctrl-C came first."""
    from myoflare.store import sweep

    summaries = {}
    # Workers are started afresh, not forked: threads of the numerical libraries do not survive a fork.
    pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))
    try:
        with bar(len(names), "simulating") as update:
            with _shielded():
                jobs = {pool.submit(_one, name, years, seed, out / name): name for name in names}
            for job in as_completed(jobs):
                summaries[jobs[job]] = job.result()
                update(len(summaries), jobs[job])
    except KeyboardInterrupt:
        _end(pool)
        sweep([out / name for name in names])
        return summaries, True
    except BaseException:
        _end(pool)
        raise
    pool.shutdown()
    return summaries, False


@contextlib.contextmanager
def _shielded():
    """Ignore Ctrl-C while processes start, so that they inherit this and only the parent ever hears it."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _end(pool):
    """Stop at once; what the workers leave behind is swept up afterwards."""
    processes = list((pool._processes or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()
    for process in processes:
        process.join(5)


def _one(name, years, seed, folder):
    """One person in a process of its own: the summary row, or a sentence where a fault stopped it."""
    try:
        return _run_one(name, years, seed, folder)
    except MyoflareError as fault:
        return str(fault)


def _run_one(name, years, seed, folder):
    from myoflare.cli.pages import keep
    from myoflare.cohort import load_patient, simulate

    person = load_patient(name)
    return keep(simulate(person, years=years, seed=seed), person, folder, force=True)


def _report(folders, out):
    from myoflare.clinic import diagnose
    from myoflare.report import write_demo_report
    from myoflare.store import read_run

    entries = []
    for folder in folders:
        run = read_run(folder)
        page = f"{folder.name}/report.html"
        entries.append({"course": run.course, "verdict": diagnose(run.course), "summary": run.summary, "report": page})
    return write_demo_report(entries, out / REPORT)

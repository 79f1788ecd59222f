"""``myoflare ensemble``: many virtual patients of one network."""

import contextlib
from pathlib import Path

import click
from rich.console import Console

from myoflare.cli.show import Stopped, bar, say, table

WHAT = "max, min, mean, last, day_of_max or day_of_min"


@click.command()
@click.argument("model_file", type=click.Path(path_type=Path), metavar="MODEL")
@click.option("--patients", type=int, required=True, help="How many.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of the results.")
@click.option("--spread", type=float, default=0.3, show_default=True, help="Coefficient of variation of parameters.")
@click.option("--vary", multiple=True, metavar="NAME", help="A parameter that differs; all above 0 by default.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed, other patients.")
@click.option("--days", type=float, default=365.0, show_default=True, help="Length of each course.")
@click.option("--every", type=float, default=7.0, show_default=True, help="Days between saved days.")
@click.option("--outputs", default="states", show_default=True, help="states, rules, observables or derived (both).")
@click.option("--keep", multiple=True, metavar="NAME", help="An output to keep; all of them by default.")
@click.option(
    "--quantile", multiple=True, type=float, help="A share of patients; 0.05, 0.25, 0.5, 0.75, 0.95 by default."
)
@click.option("--summary", multiple=True, type=(str, str), metavar="NAME WHAT", help=f"A number per patient: {WHAT}.")
@click.option(
    "--above", multiple=True, type=(str, float), metavar="NAME LEVEL", help="Count who reaches a level, and when."
)
@click.option(
    "--below", multiple=True, type=(str, float), metavar="NAME LEVEL", help="Count who falls to a level, and when."
)
@click.option(
    "--course", "courses", multiple=True, type=int, metavar="PATIENT", help="Store the course of this patient."
)
@click.option("--solver", default="auto", show_default=True, help="auto, tsit5, rodas5p or reference.")
@click.option("--rtol", type=float, default=1e-6, show_default=True, help="Relative tolerance of the solver.")
@click.option("--workers", type=int, help="Processes; as many as cores by default.")
@click.option("--threads", is_flag=True, help="Threads of one process instead.")
@click.option("--chunk", type=int, help="Patients solved at once; fewer need less memory. Never changes a result.")
@click.option("--force", is_flag=True, help="Replace an earlier ensemble in that folder, or begin anew.")
def ensemble(model_file, out, workers, threads, chunk, force, **asked):
    """Run thousands or millions of virtual patients who differ in the parameters of one network.

    MODEL is a network in Antimony (.ant, its tables beside it) or SBML (.xml). Patients are numbered from 0; patient 17
    is the same whoever else is asked for. The folder holds reductions.zarr (mean, spread and quantiles of every output
    on every saved day), patients/*.npy (status, last day and every --summary, one number per patient), and
    trajectories.npy. A quantile is right to within 0.4 %.

    Ctrl-C, a kill or a full disk lose a few seconds at most: the same command goes on, and the files have the same bits
    as if nothing had happened. A patient who fails is counted and named with the reason; the others go on.

    \b
    Examples:
      myoflare ensemble network.ant --patients 10000 --out runs/spread
      myoflare ensemble network.ant --patients 1000000 --days 730 --outputs observables \\
          --keep CK --summary CK max --above CK 1000 --out runs/ck
      myoflare ensemble network.xml --patients 500 --vary k_death --spread 0.5 --course 0 --course 17 --out runs/k
    """
    from myoflare.simulate.ensemble import Stopped as Interrupted
    from myoflare.simulate.ensemble import cores, run_ensemble

    question = _question(model_file, **asked)
    mode, workers = "threads" if threads else "processes", cores() if workers is None else workers
    try:
        with _progress(question.patients) as progress:
            how = {"workers": workers, "mode": mode, "chunk": chunk, "force": force, "progress": progress}
            result = run_ensemble(question, out, **how)
    except Interrupted as fault:
        raise Stopped(str(fault)) from None
    for sentence in result.report:
        say(sentence)
    table(["output", "unit", *result.quantile_names], result.last_day)
    say(f"Written to {out}")


def _question(model_file, patients, spread, vary, seed, days, every, outputs, keep, quantile, solver, rtol, **kept):
    from myoflare.simulate.ensemble import Crossing, Ensemble, Spread, Summary, grid

    more = {"quantiles": quantile} if quantile else {}
    return Ensemble(
        source=Spread(spread, vary), patients=patients, times=grid(days, every), model=model_file, seed=seed,
        outputs=outputs, keep=keep, solver=solver, rtol=rtol, trajectories=kept["courses"],
        summaries=tuple(Summary(*s) for s in kept["summary"]),
        crossings=(*(Crossing(*c) for c in kept["above"]), *(Crossing(*c, "below") for c in kept["below"])), **more,
    )  # fmt: skip


@contextlib.contextmanager
def _progress(patients):
    """The bar of an ensemble: patients done, and how many of them failed. Quiet where stderr is no terminal."""
    words = Console(stderr=True).is_terminal
    with bar(patients, "simulating") as update:
        yield lambda done, total, failed: update(done, f"{done:,} of {total:,}, {failed:,} failed" if words else "")

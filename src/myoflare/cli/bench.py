"""``myoflare bench``: the door to the folder ``benchmarks`` of the source tree."""

import sys
from pathlib import Path

import click

from myoflare.cli.show import Stopped, say, table

ROOT = Path(__file__).resolve().parents[3]


@click.command()
@click.option(
    "--quick", is_flag=True, help="Half a year, few patients, one turn: does it run? Its figures mean little."
)
@click.option("--models", help="Networks, with commas: immuno, immuno-quasi, disease. All by default.")
@click.option("--peers", help="Simulators to compare with, with commas: roadrunner, copasi, ... All by default.")
@click.option("--out", type=click.Path(path_type=Path), help="Writes OUT.json and OUT.md. [benchmarks/results/bench]")
@click.option("--seed", type=int, default=7, show_default=True, help="Seed of the patients.")
def bench(quick, models, peers, out, seed):
    """Measure how fast many patients run, beside libRoadRunner and others, and how far each is from the truth.

    Three scenarios of two years for each network: no drug, monthly infusions, and a daily oral dose as well. Myoflare
    and the other simulator take turns in one process, so that a busy machine slows both; a ratio of 30 says that
    Myoflare takes a thirtieth of the CPU time. A second ratio is at equal error: Myoflare's tolerance is loosened until
    it is as wrong as the other.

    Peers are used where they are installed (pip install "myoflare[bench]") and named where they are not. A whole run
    takes about half an hour; Ctrl-C keeps the cases that are finished. It needs the source tree, not only the package.

    \b
    Examples:
      myoflare bench --quick
      myoflare bench --models disease --peers roadrunner
      myoflare bench --out here/laptop
    """
    found = _benchmarks()
    networks = _listed(models, found.NETWORKS, "--models")
    names = _listed(peers, tuple(found.PEERS), "--peers")
    result = found.run(networks, names, quick=quick, out=out, seed=seed, tell=lambda words: click.echo(words, err=True))
    from benchmarks.report import HEADS, notes, rows

    table(HEADS, [row + [""] * (len(HEADS) - len(row)) for row in rows(result)])
    for note in notes(result):
        say(f"- {note}")
    say(f"Written to {out or found.RESULTS / ('quick' if quick else 'bench')}.md and .json")
    if not result["finished"]:
        raise Stopped(f"Stopped; {len(result['cases'])} finished cases are kept.")


def _benchmarks():
    """The benchmarks of this source tree; a sentence where there is none."""
    if not (ROOT / "benchmarks" / "bench.py").is_file():
        raise click.ClickException("the benchmarks are in the source tree only; run this from a clone of it")
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    from benchmarks import bench

    return bench


def _listed(text, known, option):
    names = tuple(n.strip() for n in text.split(",")) if text else tuple(known)
    wrong = next((n for n in names if n not in known), None)
    if wrong is not None:
        raise click.BadParameter(f"{wrong!r} is none of {', '.join(known)}", param_hint=option)
    return names

"""Words, tables and progress on a terminal. Results go to stdout, everything else to stderr."""

import contextlib

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

NOTICEABLE = 0.02
COLUMNS = {
    "patient": "patient", "verdict": "verdict", "onset_day": "onset (day)",
    "CK_max": "peak CK (U/L)", "MMT8_min": "lowest MMT-8",
    "pain_max": "pain", "fatigue_max": "fatigue", "joint_swelling_max": "joint swelling",
}  # fmt: skip


class Stopped(click.ClickException):
    """Ctrl-C or SIGTERM, with a sentence that says what is kept. (click swallows the text of a KeyboardInterrupt.)"""

    exit_code = 2


def say(text):
    """One line of result."""
    click.echo(text)


def table(heads, rows):
    """A table on stdout, no wider than the terminal; plain when piped."""
    console = Console(width=None if Console().is_terminal else 160)
    shown = Table(*heads, header_style="bold", box=None, pad_edge=False)
    for row in rows:
        shown.add_row(*map(str, row))
    console.print(shown)


def tell_table(summaries):
    """One row per person."""
    table(list(COLUMNS.values()), [[_cell(s.get(key, "")) for key in COLUMNS] for s in summaries])


def tell_explanation(why, verdict):
    """Summary, shares by period and what-ifs."""
    say(verdict.sentence)
    say(why.summary)
    rows = [[s.period, s.label, f"{s.share:.0%}", f"{s.grams:.0f}"] for s in why.shares if s.share >= 0.01]
    if rows:
        table(["period", "mechanism", "share", "grams"], rows)
    idle = [
        row.switch for row in why.counterfactuals if abs(row.change) < NOTICEABLE and row.onset_day == verdict.onset_day
    ]
    for row in why.counterfactuals:
        if row.switch not in idle:
            say(f"- {row.sentence}")
    for sentence in why.failures:
        say(f"- {sentence}")
    if idle:
        say(f"- Without any one of {', '.join(idle)}, next to nothing changes.")


@contextlib.contextmanager
def bar(total, label):
    """A progress bar on stderr; plain lines where stderr is no terminal. Yields a function of (done, words)."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda done, words="": words and click.echo(f"{label}: {words}", err=True)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(label, total=total)
        yield lambda done, words="": progress.update(task, completed=done, description=f"{label} {words}")


@contextlib.contextmanager
def spinner(label):
    """Progress from 0 to 1, shown on a terminal only. Yields a function of (share, words)."""
    if not Console(stderr=True).is_terminal:
        yield lambda share, words="": None
        return
    with bar(1.0, label) as update:
        yield lambda share, words="": update(share, words)


def _cell(value):
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return "–" if value == "" else str(value)

"""``myoflare``: the group of commands, and the one place where a fault becomes a sentence and an exit code."""

import _thread
import os
import signal
import sys

import click

from myoflare import __version__
from myoflare.base.errors import MyoflareError
from myoflare.cli.show import Stopped

EXAMPLES = """
\b
Examples:
  myoflare patients                            who ships with the package
  myoflare run healthy_influenza               one person, three years, in runs/healthy_influenza
  myoflare run my_patient.yaml --years 5       your own document
  myoflare explain runs/statin_necrotising     why, and what would have happened without each mechanism
  myoflare export sbml --out network.xml       the network for other people's tools
  myoflare drugs show prednisone               one drug: where it takes hold, and its published figures
  myoflare biopsy dermatomyositis --day 300    a stained section of the muscle, counted and scored
  myoflare demo                                everybody, with a report
  myoflare ensemble net.ant --patients 10000 --out runs/many   many who differ
  myoflare population run --size 20000 --out runs/north        who falls ill, from birth to 90

This is a research tool and no medical advice.
"""


@click.group(epilog=EXAMPLES, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, "--version", "-V", message="myoflare %(version)s")
def cli():
    """A mechanistic simulator of autoimmune myositis: from cause to weakness, one person at a time."""


def main(argv=None):
    """Run the command line and exit: 0 well, 2 a fault in what was given or stopped (Ctrl-C), 1 a fault of ours."""
    signal.signal(signal.SIGTERM, _stop)
    sys.unraisablehook = _heard_again
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # a terminal without a dash still gets its table
    try:
        result = cli.main(args=argv, prog_name="myoflare", standalone_mode=False)
        sys.stdout.flush()
        sys.exit(result if isinstance(result, int) else 0)
    except MyoflareError as fault:
        _leave(f"Error: {fault}", 2)
    except click.UsageError as fault:
        fault.show()
        sys.exit(2)
    except Stopped as fault:
        _leave(fault.format_message(), 2)
    except click.ClickException as fault:
        _leave(f"Error: {fault.format_message()}", 2)
    except (KeyboardInterrupt, click.Abort):
        _leave("Stopped; nothing was half-written.", 2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as fault:
        if os.environ.get("MYOFLARE_TRACEBACK"):
            raise
        kind = type(fault).__name__
        what = f"this is a fault of Myoflare, not of your input ({kind}: {_line(fault)})"
        _leave(f"Error: {what}; set MYOFLARE_TRACEBACK=1 to see where.", 1)


def _stop(signum, frame):
    raise KeyboardInterrupt


def _heard_again(fault):
    """Ctrl-C that came while the garbage collector was at work would be printed and lost; say it once more."""
    if issubclass(fault.exc_type, KeyboardInterrupt):
        _thread.interrupt_main()
    else:
        sys.__unraisablehook__(fault)


def _leave(sentence, code):
    click.echo(sentence, err=True)
    sys.exit(code)


def _line(fault):
    return (str(fault).strip().splitlines() or ["no message"])[0][:200]


def _add_commands():
    from myoflare.cli import bench, biopsy, commands, demo, drugs, ensemble, population, risk

    for name in ("run", "patients", "regimens", "explain", "export", "check", "diagram"):
        cli.add_command(getattr(commands, name))
    cli.add_command(demo.demo)
    cli.add_command(drugs.drugs)
    cli.add_command(ensemble.ensemble)
    cli.add_command(bench.bench)
    cli.add_command(biopsy.biopsy)
    cli.add_command(population.population)
    cli.add_command(risk.risk)
    cli.add_command(risk.twins)


_add_commands()

if __name__ == "__main__":
    main()

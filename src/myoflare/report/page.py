"""The report of one patient: one HTML file that needs nothing else, from the verdict down to the equations."""

from functools import cache
from importlib import resources

import numpy as np
from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from myoflare.report import composition, equations, explained, reading
from myoflare.report.network import activity_pictures
from myoflare.report.story import tell
from myoflare.report.timeaxis import windows
from myoflare.report.timeline import timeline
from myoflare.store import write_whole

NOTICE = (
    "This is a research tool: a simulation of a made-up person, with numbers that are in part assumed. "
    "It is no medical advice and must not guide the care of anyone."
)


def write_report(course, explanation, verdict, path, model=None):
    """Write the self-contained page of one course.

    Parameters
    ----------
    course: Dataset with coordinate ``time`` (day), as ``simulate`` returns it.
    explanation: record or dict with ``shares`` (period, mechanism, share) and ``counterfactuals``; may be ``None``.
    verdict: sentence, or record with one.
    path: file to write; it appears whole or not at all.
    model: the network, so that each curve leads to its equations on the same page.

    Returns the path. Raises ``StoreError`` when the file cannot be written.
    """
    told = _patient(course) | _pictures(course, model) | _reasons(explanation) | _network(model)
    html = template("report.html.j2").render(
        css=css(), notice=NOTICE, verdict=explained.verdict_sentence(verdict), compact=_compact, swatch=swatch,
        source=lambda text: Markup(equations.safe_link(str(text or ""))), **told,
    )  # fmt: skip
    return write_page(path, html)


def _patient(course):
    """Who it is, what happened, what is different, and how it was computed."""
    return {
        "title": title_of(course),
        "subtype": course.attrs.get("subtype", ""),
        "told": str(course.attrs.get("story", "")),
        "story": tell(course),
        "events": reading.events(course),
        "changed": reading.changed_parameters(course),
        "patient_yaml": course.attrs.get("patient_yaml", ""),
        "provenance": _provenance(course),
    }


def _pictures(course, model):
    """Timeline, tissue and network, and where the name of a curve leads."""
    rows, parts = timeline(course), composition.tissue_parts(course)
    curves = [c for row in rows for c in (*(c for c, _ in row.curves), *row.left_out)]
    drawn = {c.id: c for c in (*curves, *(c for c, _, _ in parts))}
    anchors = set(drawn) if model is None else set(equations.titles(model))
    networks, note = activity_pictures(course)
    return {
        "heads": [w.title for w in windows(course)],
        "rows": rows,
        "parts": parts,
        "bands": composition.composition(course),
        "networks": networks,
        "network_note": note,
        "drawn": drawn.values(),
        "link": lambda name: f"#eq-{name}" if name in anchors else "#equations",
    }


def _reasons(explanation):
    return {
        "sentences": explained.sentences(explanation),
        "periods": explained.shares_by_period(explanation),
        "counterfactuals": explained.counterfactuals(explanation),
    }


def _network(model):
    if model is None:
        return {"entries": [], "functions": [], "parameters": []}
    return {
        "entries": _grouped(equations.equations(model)),
        "functions": equations.function_rows(model),
        "parameters": equations.parameter_rows(model),
    }


def title_of(course):
    """The patient's name in words."""
    return str(course.attrs.get("patient", "patient")).replace("_", " ").capitalize()


def _compact(value):
    try:
        return reading.compact(float(value))
    except (TypeError, ValueError):
        return str(value if value is not None else "–")


def _grouped(entries):
    heads = {"state": "States", "rule": "Derived quantities", "observable": "Read-outs"}
    groups = [(head, [e for e in entries if e.kind == kind]) for kind, head in heads.items()]
    return [(head, members) for head, members in groups if members]


def _provenance(course):
    words = {"version": "Myoflare version", "digest": "model digest", "seed": "seed", "solver": "solver",
             "tolerances": "tolerances", "duration_s": "computing time, s"}  # fmt: skip
    rows = [(said, course.attrs[key]) for key, said in words.items() if key in course.attrs]
    t = reading.days(course)
    return [*rows, ("simulated", f"day {t[0]:g} to {t[-1]:g}, {np.size(t)} saved times")]


def swatch(look):
    """A short sample of a curve's line for a key."""
    dash = look.get("linestyle", "-")
    pattern = "" if isinstance(dash, str) else f' stroke-dasharray="{" ".join(str(1.6 * d) for d in dash[1])}"'
    width = 3 if "linestyle" in look else 9
    return Markup(f'<svg aria-hidden="true" viewBox="0 0 26 9"><path d="M0 4.5H26" stroke="{look["color"]}" '
                  f'stroke-width="{width}"{pattern}/></svg>')  # fmt: skip


@cache
def _environment():
    return Environment(loader=PackageLoader("myoflare.report"), autoescape=True, trim_blocks=True, lstrip_blocks=True)


def template(name):
    """A page template of this room."""
    return _environment().get_template(name)


def css():
    """The style sheet that every page carries in itself."""
    return Markup(resources.files("myoflare.report").joinpath("templates", "style.css").read_text(encoding="utf-8"))


def write_page(path, html):
    """Write a page whole or not at all; an earlier page is replaced."""
    return write_whole(path, lambda draft: draft.write_text(html, encoding="utf-8"), force=True)

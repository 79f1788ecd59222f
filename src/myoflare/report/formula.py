"""Formulas as a reader meets them: every name is a link to what it means."""

import re
from html import escape

_TOKEN = re.compile(r"(?P<name>[A-Za-z_]\w*)|(?P<number>\d+\.?\d*(?:[eE][-+]?\d+)?)|(?P<mark>\*\*|\S)|(?P<space>\s+)")
_MARKS = {"*": " · ", "**": "^", "/": " / ", "+": " + ", "-": " − ", ",": ", "}


def tokens(text):
    """``(kind, text)`` for each part of a formula; kinds are name, number and mark."""
    return [(m.lastgroup, m[0]) for m in _TOKEN.finditer(text) if m.lastgroup != "space"]


def names(text):
    """Names that occur in a formula, each once, in order."""
    return list(dict.fromkeys(value for kind, value in tokens(text) if kind == "name"))


def to_html(text, titles, prefix="eq-"):
    """A formula with each name known in ``titles`` (id → tooltip) linked to its anchor; everything else escaped."""
    out = []
    for kind, value in tokens(text):
        if kind == "name" and value in titles:
            tip = escape(titles[value], quote=True)
            out.append(f'<a href="#{prefix}{value}" title="{tip}">{value}</a>')
        elif kind == "mark":
            out.append(escape(_MARKS.get(value, value)))
        else:
            out.append(escape(value))
    return "".join(out)


def to_text(text):
    """A formula as plain text with even spacing, for a code span in Markdown."""
    marks = {"*": " * ", "/": " / ", "+": " + ", "-": " - ", ",": ", ", "**": "^"}
    return "".join(marks.get(value, value) if kind == "mark" else value for kind, value in tokens(text)).strip()

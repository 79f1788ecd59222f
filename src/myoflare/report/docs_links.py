"""Where each name of the network stands in the documentation, and small pieces of Markdown."""

import re

from myoflare.report.equations import edge_numbers
from myoflare.report.formula import names

HEAD = "<!-- Written by `make docs` from the texts in src/myoflare/science. Change those, not this page. -->\n\n"


class Links:
    """Page and anchor of every state, reaction, rule, parameter, function and observable."""

    def __init__(self, model):
        self.page, self.words, self.parameters = {}, {}, {p.id: p for p in model.parameters}
        for element in (*model.species, *model.rules, *model.reactions):
            self._add(element.id, f"{element.module or 'body'}.md", element.name)
        for group, name in ((model.parameters, "parameters.md"), (model.observables, "observables.md")):
            for element in group:
                self._add(element.id, name, getattr(element, "name", "") or element.description)
        for function in model.functions:
            self._add(function.id, "index.md", function.id)

    def _add(self, key, page, words):
        self.page.setdefault(key, page)
        self.words.setdefault(key, words or key)

    def to(self, key, text=None, here=""):
        """A Markdown link to ``key``; relative to the page ``here``."""
        if key not in self.page:
            return code(text or key)
        page = "" if self.page[key] == here else self.page[key]
        return f"[{text or code(key)}]({page}#{key})"

    def used(self, formula, here):
        """Two lists of links: states and quantities, then parameters with value and unit, that a formula names."""
        found = [n for n in names(formula) if n in self.page]
        quantities = [self.to(n, here=here) for n in found if n not in self.parameters]
        numbers = [f"{self.to(n, here=here)} = {number(self.parameters[n])}" for n in found if n in self.parameters]
        return quantities, numbers


def number(parameter):
    """Value and unit of a parameter."""
    unit = "" if parameter.unit in ("dimensionless", "") else f" {parameter.unit}"
    return f"{parameter.value:.6g}{unit}"


def anchor(key):
    """An anchor that links can point to."""
    return f'<a id="{key}"></a>'


def code(text):
    """Inline code."""
    return f"`{text}`"


def cell(text):
    """Text that may stand in a table."""
    return re.sub(r"\s+", " ", str(text or "")).replace("|", "\\|").replace("<", "&lt;").strip()


def table(heads, rows):
    """A Markdown table."""
    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)]) + "\n"


def edge_links(notes):
    """Links to the causal edges that an element carries."""
    return ", ".join(f"[{n}](edges.md#edge-{n})" if n.isdigit() else n for n in edge_numbers(notes))

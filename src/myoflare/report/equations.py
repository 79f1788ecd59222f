"""From a curve to the equations behind it: what a state's reactions, a rule's formula and their parameters are."""

import re
from dataclasses import dataclass
from html import escape

from myoflare.report.formula import names, to_html
from myoflare.report.reading import compact


@dataclass(frozen=True)
class Line:
    """One reaction or formula that bears on an element, ready for the page."""

    role: str
    id: str
    name: str
    formula: str
    edges: tuple[str, ...]
    source: str
    about: str


@dataclass(frozen=True)
class Entry:
    """An element of the network with everything that defines it."""

    id: str
    name: str
    unit: str
    kind: str
    lines: tuple[Line, ...]
    parameters: tuple[dict, ...]


def edge_numbers(notes):
    """Edge numbers named in an element's notes, as text; words such as INPUT stay words."""
    return tuple(re.findall(r"\d+|[A-Za-z]\w*", str(notes.get("edges", notes.get("edge", "")) or "")))


def titles(model):
    """Tooltip of every named thing in the network."""
    tips = {s.id: f"{s.name} [{s.unit}]" for s in model.species}
    tips |= {p.id: f"{p.description or p.id} = {p.value:.6g} {p.unit}" for p in model.parameters}
    tips |= {r.id: f"{r.name or r.id} [{r.unit}]" for r in model.rules}
    tips |= {f.id: f"{f.id}({', '.join(f.arguments)}) = {f.formula}" for f in model.functions}
    return tips | {o.id: f"{o.name} [{o.unit}]" for o in model.observables if o.id not in tips}


def equations(model):
    """An entry for every state, rule, observable and function, in the network's order."""
    tips = titles(model)
    params = {p.id: p for p in model.parameters}
    touching = _touching(model)
    entries = [_entry(s, "state", [_reaction_line(r, s.id, tips) for r in touching[s.id]],
                      [r.law for r in touching[s.id]], params) for s in model.species]  # fmt: skip
    entries += [_entry(r, "rule", [_formula_line(r, tips)], [r.formula], params) for r in model.rules]
    seen = {e.id for e in entries}
    for o in model.observables:
        if o.id not in seen:
            entries.append(_entry(o, "observable", [_formula_line(o, tips)], [o.formula], params))
    return entries


def _touching(model):
    found = {s.id: [] for s in model.species}
    for reaction in model.reactions:
        for species, change in reaction.stoichiometry.items():
            if change and species in found:
                found[species].append(reaction)
    return found


def _entry(element, kind, lines, formulas, params):
    used = dict.fromkeys(n for f in formulas for n in names(f) if n in params)
    return Entry(
        element.id,
        element.name or element.id,
        element.unit,
        kind,
        tuple(lines),
        tuple(map(_row, map(params.get, used))),
    )


def _row(p):
    return {"id": p.id, "value": compact(p.value), "unit": p.unit, "description": p.description, "source": p.source,
            "confidence": p.confidence}  # fmt: skip


def _reaction_line(reaction, species, tips):
    change = reaction.stoichiometry[species]
    many = "" if abs(change) == 1 else f"{abs(change):g} · "
    role = ("gain" if change > 0 else "loss") + (f" ({many[:-3]}×)" if many else "")
    notes = reaction.notes
    return Line(role, reaction.id, reaction.name, to_html(reaction.law, tips), edge_numbers(notes),
                str(notes.get("source", "")), str(notes.get("about", "")))  # fmt: skip


def _formula_line(element, tips):
    notes = getattr(element, "notes", {})
    about = notes.get("about") or getattr(element, "description", "")
    source = notes.get("source") or getattr(element, "source", "")
    return Line(
        "=", element.id, element.name, to_html(element.formula, tips), edge_numbers(notes), str(source), str(about)
    )


def function_rows(model):
    """Named formulas of arguments: ``(id, 'id(x, k)', html formula)``."""
    return [(f.id, f"{f.id}({', '.join(f.arguments)})", to_html(f.formula, {})) for f in model.functions]


def parameter_rows(model):
    """Rows of every parameter."""
    return [_row(p) for p in model.parameters]


def safe_link(text):
    """A source as HTML: DOIs and addresses become links, the rest is escaped."""
    doi = re.fullmatch(r"(?:doi:)?(10\.\d{4,}/\S+)", text.strip())
    if doi:
        return f'<a href="https://doi.org/{escape(doi[1], quote=True)}">{escape(text)}</a>'
    return escape(text)

"""Pages of the documentation that are tables: parameters, read-outs, causal edges, subtypes, exposures."""

import csv
from importlib import resources

from myoflare.report.docs_links import HEAD, anchor, cell, code, table
from myoflare.report.equations import edge_numbers
from myoflare.report.formula import names, to_text
from myoflare.report.reading import science_text


def rows_of(*path):
    """Rows of a tab-separated table of the folder ``science``, as dicts."""
    file = resources.files("myoflare").joinpath("science", *path)
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines(), delimiter="\t"))


def parameters_page(model, links):
    """Every parameter with value, unit, meaning, source, confidence, and where it is used."""
    users = _users(model)
    rows = [
        [anchor(p.id) + code(p.id), f"{p.value:.6g}", cell(p.unit), cell(p.description), cell(p.source),
         cell(p.confidence), cell(p.prior), ", ".join(links.to(u) for u in users.get(p.id, [])) or "–"]
        for p in model.parameters
    ]  # fmt: skip
    heads = ["Parameter", "Value", "Unit", "Meaning", "Source", "Confidence", "Prior", "Used in"]
    return HEAD + f"# Parameters ({len(rows)})\n\n" + table(heads, rows)


def _users(model):
    found = {}
    formulas = [(r.id, r.law) for r in model.reactions] + [(r.id, r.formula) for r in model.rules]
    for key, formula in [*formulas, *((o.id, o.formula) for o in model.observables)]:
        for name in names(formula):
            found.setdefault(name, []).append(key)
    return {key: list(dict.fromkeys(users)) for key, users in found.items()}


def observables_page(model, links):
    """Every read-out with formula, unit, noise and source."""
    parts = [HEAD + f"# Read-outs ({len(model.observables)})\n"]
    for o in model.observables:
        quantities, numbers = links.used(o.formula, "observables.md")
        unit = "" if o.unit == "dimensionless" else f", {cell(o.unit)}"
        facts = [f"- {cell(o.description)}"] if o.description else []
        facts += [f"- Reads: {', '.join(quantities)}"] if quantities else []
        facts += [f"- Numbers: {'; '.join(numbers)}"] if numbers else []
        facts += [f"- Noise: {cell(o.noise_distribution)}, {code(o.noise)}"] if o.noise else []
        facts += [f"- Source: {cell(o.source)}"] if o.source else []
        told = "\n".join(facts)
        parts.append(
            f"## {anchor(o.id)}{cell(o.name)}{unit}\n\n```text\n{o.id} = {to_text(o.formula)}\n```\n\n{told}\n"
        )
    return "\n".join(parts)


def edges_page(model, links):
    """The checklist of signed edges with the elements that carry each, and those that none carries."""
    carried = {}
    for element in (*model.reactions, *model.rules, *model.species):
        for number in edge_numbers(element.notes):
            carried.setdefault(number, []).append(element.id)
    rows, missing = [], []
    for edge in rows_of("edges.tsv"):
        number = edge["number"]
        by = [links.to(key) for key in carried.get(number, [])]
        if not by:
            missing.append(f"[{number}](#edge-{number}) {cell(edge['effect'])}")
        rows.append([anchor(f"edge-{number}") + number, cell(edge["effect"]), cell(edge["sign"]), cell(edge["form"]),
                     cell(edge["mainIn"]), cell(edge["switch"]), ", ".join(by) or "**none**"])  # fmt: skip
    absent = "\n".join(f"- {m}" for m in missing) or "None."
    about = "P polymyositis- or inclusion-body-like, D dermatomyositis-like, N necrotising.\n\n"
    heads = ["No.", "Effect", "Sign", "Form", "Main in", "Switch", "Carried by"]
    return (
        HEAD + "# Causal edges\n\n" + about + table(heads, rows) + f"\n## Edges that no equation carries\n\n{absent}\n"
    )


def subtypes_page(model, links):
    """The numbers in which the subtypes differ from one another."""
    subtypes = rows_of("network", "subtypes.tsv")
    known = {p.id: p for p in model.parameters}
    keys = [k for k in subtypes[0] if k in known]
    told = "\n".join(
        f"- {anchor(s['conditionId'])}**{cell(s.get('conditionName') or s['conditionId'])}**: "
        f"{cell(s.get('description'))}. Source: {cell(s.get('source'))}."
        for s in subtypes
    )
    rows = [
        [
            links.to(k),
            cell(known[k].description),
            cell(known[k].unit),
            f"{known[k].value:.6g}",
            *(cell(s[k]) for s in subtypes),
        ]
        for k in keys
    ]
    heads = ["Parameter", "Meaning", "Unit", "Default", *(code(s["conditionId"]) for s in subtypes)]
    return HEAD + f"# Subtypes\n\nAll else is shared.\n\n{told}\n\n" + table(heads, rows)


def exposures_page(model, links):
    """What can reach a person from outside, and which inputs of the network it moves."""
    parts = [HEAD + "# Exposures\n"]
    for key, kind in science_text("exposures.yaml").items():
        parts.append(f"## {anchor(key)}{cell(kind.get('title', key))}\n\n{code(key)}\n\n" + _moves(kind, links))
        for name, agent in kind.get("agents", {}).items():
            parts.append(
                f"### {anchor(name)}{cell(agent.get('title', name))}\n\n{code(name)}\n\n" + _moves(agent, links)
            )
    return "\n".join(parts)


_KEYS = {
    "begins": "First day given as",
    "ends": "Last day given as",
    "amount": "Size given as",
    "pulse_days": "Pulse, days",
    "kind": "Kind",
    "injury": "Injury by itself",
}


def _moves(kind, links):
    facts = [f"- {cell(kind['description'])}"] if kind.get("description") else []
    facts += [f"- {said}: {code(kind[key])}" for key, said in _KEYS.items() if key in kind]
    for verb in ("pulse", "while", "set"):
        for name, value in (kind.get(verb) or {}).items():
            facts.append(f"- {verb.capitalize()}: {links.to(name)} {value}")
    facts += [f"- Source: {cell(kind['source'])}"] if kind.get("source") else []
    return "\n".join(facts) + "\n"

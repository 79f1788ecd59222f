"""Pages of the documentation that tell the equations: one for each module, and the index."""

from myoflare.report.docs_links import HEAD, anchor, cell, code, edge_links, table
from myoflare.report.formula import to_text


def module_page(model, module, title, links):
    """States with what changes them, then reactions, then derived quantities of one module."""
    here = f"{module or 'body'}.md"
    parts = [HEAD + f"# {title}\n"]
    states = [s for s in model.species if s.module == module]
    if states:
        parts.append(f"## States ({len(states)})\n\n" + _states(model, states, links, here))
    reactions = [r for r in model.reactions if r.module == module]
    if reactions:
        told = "\n".join(_reaction(r, links, here) for r in reactions)
        parts.append(f"## Reactions ({len(reactions)})\n\nRates are in the unit of what changes, per day.\n\n{told}")
    rules = [r for r in model.rules if r.module == module]
    if rules:
        parts.append(f"## Derived quantities ({len(rules)})\n\n" + "\n".join(_rule(r, links, here) for r in rules))
    return "\n".join(parts)


def _states(model, states, links, here):
    rows = []
    for s in states:
        gains = [
            links.to(r.id, r.name or code(r.id), here) for r in model.reactions if r.stoichiometry.get(s.id, 0) > 0
        ]
        losses = [
            links.to(r.id, r.name or code(r.id), here) for r in model.reactions if r.stoichiometry.get(s.id, 0) < 0
        ]
        rows.append(
            [anchor(s.id) + cell(s.name), code(s.id), cell(s.unit), "; ".join(gains) or "–", "; ".join(losses) or "–"]
        )
    return table(["State", "Id", "Unit", "Gained by", "Lost by"], rows)


def _reaction(r, links, here):
    left = [_term(-n, s, links, here) for s, n in r.stoichiometry.items() if n < 0]
    right = [_term(n, s, links, here) for s, n in r.stoichiometry.items() if n > 0]
    change = f"{' + '.join(left) or '∅'} → {' + '.join(right) or '∅'}"
    return _block(r, f"rate = {to_text(r.law)}", [f"- Change: {change}", *_facts(r, r.law, links, here)])


def _term(count, species, links, here):
    return ("" if count == 1 else f"{count:g} ") + links.to(species, here=here)


def _rule(r, links, here):
    unit = f"- Unit: {cell(r.unit)}" if r.unit else "- Unit: none"
    return _block(r, f"{r.id} = {to_text(r.formula)}", [unit, *_facts(r, r.formula, links, here)])


def _block(element, formula, facts):
    head = f"### {anchor(element.id)}{cell(element.name or element.id)}\n\n{code(element.id)}\n"
    return f"{head}\n```text\n{formula}\n```\n\n" + "\n".join(facts) + "\n"


def _facts(element, formula, links, here):
    quantities, numbers = links.used(formula, here)
    edges = edge_links(element.notes)
    facts = [f"- Causal edges: {edges}"] if edges else []
    facts += [f"- About: {cell(element.notes['about'])}"] if element.notes.get("about") else []
    facts += [f"- Source: {cell(element.notes['source'])}"] if element.notes.get("source") else []
    facts += [f"- Reads: {', '.join(quantities)}"] if quantities else []
    return facts + ([f"- Numbers: {'; '.join(numbers)}"] if numbers else [])


def _shape(function):
    head = f"{function.id}({', '.join(function.arguments)})"
    return f"{anchor(function.id)}{code(f'{head} = {to_text(function.formula)}')}"


def index_page(model, titles):
    """Where to find what, and the shapes that all formulas share."""
    rows = []
    for module, title in titles.items():
        counts = [sum(e.module == module for e in group) for group in (model.species, model.reactions, model.rules)]
        rows.append([f"[{title}]({module or 'body'}.md)", *map(str, counts)])
    totals = ["All", str(len(model.species)), str(len(model.reactions)), str(len(model.rules))]
    shapes = "\n\n".join(_shape(f) for f in model.functions)
    return (
        HEAD + "# The science of Myoflare\n\n"
        "One network serves every patient. It is written in Antimony under `src/myoflare/science/network`, with its "
        "numbers in tables. These pages are generated from those texts.\n\n"
        + table(["Module", "States", "Reactions", "Derived quantities"], [*rows, totals])
        + "\n- [Parameters](parameters.md): every number with unit, source and confidence\n"
        "- [Read-outs](observables.md): what a clinic would measure\n"
        "- [Causal edges](edges.md): the checklist of signed edges, and which equation carries each\n"
        "- [Subtypes](subtypes.md): the few numbers in which the subtypes differ\n"
        "- [Exposures](exposures.md): what can reach a person from outside\n"
        "- [Repertoire](repertoire.md): how genomes and receptors of a population are drawn\n"
        "- [Drugs](drugs.md): where each takes hold, and published figures beside computed ones\n"
        "- [Limits](../limits.md): what this network does not do\n\n"
        "## Shapes\n\n" + shapes + "\n"
    )

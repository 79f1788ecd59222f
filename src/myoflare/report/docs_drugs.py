"""The page of the drug library: what each drug is and does, and published figures beside computed ones."""

from myoflare.report import drug as words
from myoflare.report.docs_links import HEAD, anchor, cell, code, table
from myoflare.report.docs_tables import rows_of
from myoflare.therapy import list_drugs, load_drug
from myoflare.therapy.checks import Assay

SOURCE = "../../src/myoflare/science/drugs"


def compute(body):
    """A function of (drug, check) that computes a figure in ``body``; a drug is joined to it once."""
    assays = {}

    def computed(drug, check):
        if drug.name not in assays:
            assays[drug.name] = Assay(drug, body)
        return words.compare(assays[drug.name], check).computed

    return computed


def drugs_page(body, links, computed):
    """The page as text. ``computed(drug, check)`` gives the figure of each check, in the order of the page."""
    drugs = [load_drug(name) for name in list_drugs()]
    parts = [
        HEAD + f"# Drugs ({len(drugs)})\n\n{words.NOTICE} Doses below are those of publications, not of anybody.\n",
        "Each drug is a folder of text under `src/myoflare/science/drugs`: equations in Antimony, numbers in a table, "
        "published figures. It joins the body by name and takes hold of it at *hooks*, quantities of the network that "
        "are 1 (a share that is left) or 0 (what is added) without drugs. `myoflare drugs show NAME` draws a drug; "
        "[how to add one](../how-to/add-a-drug.md).\n",
        _overview(drugs),
        "## The error of averaging\n\n" + _averaging(links),
    ]
    return "\n".join([*parts, *(_drug(d, body, links, computed) for d in drugs)])


def _overview(drugs):
    rows = [
        [f"[{cell(d.title)}](#drug-{d.name})", code(d.name), cell(d.kind), cell(words.dose_words(d.standard, d)),
         str(len(d.checks)), str(len(d.engagement)), str(sum(bool(c.misses) for c in (*d.checks, *d.engagement)))]
        for d in drugs
    ]  # fmt: skip
    heads = ["Drug", "Name", "Class", "Usual dose", "Published figures", "Published effects", "Of these missed"]
    return table(heads, rows)


def _averaging(links):
    rows = [[links.to(r["quantity"]), f"{100 * float(r['largestDifference']):.1f} %"]
            for r in rows_of("drugs", "averaging.tsv")]  # fmt: skip
    return (
        "Drugs that swing within hours stand in the network as means of their effect over a day (or a week, where the "
        "drug says so). The same year of prednisone by mouth (60 mg a day for 4 weeks, 30 mg for 8 weeks, then 10 mg) "
        "in the shipped person with dermatomyositis, with means and with every swing, differs at the end of any day by "
        "at most:\n\n" + table(["Quantity", "Largest difference, of the value with every swing"], rows)
    )


def _drug(drug, body, links, computed):
    place = f"{SOURCE}/{drug.name}"
    facts = [
        f"- Usual dose: {cell(words.dose_words(drug.standard, drug))}",
        *(f"- Route {name}: {_route(r)}" for name, r in drug.routes.items()),
        f"- Equations: [{drug.name}.ant]({place}/{drug.name}.ant); numbers: [parameters.tsv]({place}/parameters.tsv)",
    ]
    if drug.average:
        over = "a day" if drug.average.days == 1 else f"{drug.average.days:g} days"
        facts.append(f"- Stands in the network as means over {over}: {', '.join(map(code, drug.average.of))}")
    if weak := words.weak(drug):
        facts.append(f"- Numbers of low confidence: {', '.join(map(code, weak))}")
    parts = [
        f"## {anchor(f'drug-{drug.name}')}{cell(drug.title)}\n",
        f"{code(drug.name)}, {cell(drug.kind)}. {cell(drug.hits)}\n",
        "\n".join(facts) + "\n",
        _acts(drug, body, links),
        _figures("Published figures", drug, drug.checks, computed),
        _figures("Published effects", drug, drug.engagement, computed),
    ]
    parts += [f"Notes: {cell(drug.notes)}\n"] if drug.notes else []
    parts += ["Sources: " + "; ".join(map(cell, drug.sources)) + "\n"] if drug.sources else []
    return "\n".join(p for p in parts if p)


def _route(route):
    said = [f"{route.unit} into {code(route.into)}"]
    said += [f"over {route.over_days:g} days"] if route.over_days else []
    said += [f"share that arrives {code(route.bioavailability)}"] if route.bioavailability != "1" else []
    said += [f"lag {code(route.lag_days)}, day"] if route.lag_days != "0" else []
    return ", ".join(said)


def _acts(drug, body, links):
    rows = [[links.to(h.id), cell(h.words), cell("; ".join(h.feel)) or "counted only"] for h in words.holds(drug, body)]
    told = table(["Hook", "In the body", "Felt by"], rows) if rows else ""
    moved = [f"- {cell(m.words)}: {cell(', '.join(m.feel))}" for m in words.moves(drug, body)]
    if moved:
        told += "\nIt moves states of the body itself:\n\n" + "\n".join(moved) + "\n"
    read = words.reads(drug, body)
    return told + (f"\nIt reads of the body: {cell('; '.join(read))}.\n" if read else "")


def _figures(title, drug, checks, computed):
    rows = []
    for check in checks:
        found = words.Compared(check, computed(drug, check))
        held = "yes" if found.holds else f"**no**: {cell(check.misses) or 'not explained yet'}"
        rows.append([cell(words.check_words(check)), cell(words.dose_words(check, drug)), found.published, found.shown,
                     found.deviation, held, cell(check.source)])  # fmt: skip
    heads = ["Figure", "Dose", "Published", "Computed", "Deviation", "Holds", "Source"]
    return f"{title}:\n\n" + table(heads, rows) if rows else ""

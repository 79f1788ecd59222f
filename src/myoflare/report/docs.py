"""Documentation of the science, written from the texts: what is believed, in which equation, with which numbers.

Run as ``python -m myoflare.report.docs [FOLDER]``. The same texts always give the same pages.
"""

import sys
from pathlib import Path

from myoflare.model import load_model
from myoflare.report import docs_drugs, docs_pages, docs_tables
from myoflare.report.docs_links import Links

_WORDS = {
    "infection": "Microbes, danger and the first interferon",
    "immunity": "T cells: presentation, tolerance, memory",
    "humoral": "B cells, plasma cells, antibody, complement",
    "muscle": "Muscle: fibres, what kills and rebuilds them, vessels, messengers, creatine kinase",
    "joint": "Joint: the synovium",
    "symptoms": "Symptoms: force, pain, fatigue",
}


def science_docs(model):
    """Every page as text, by file name."""
    modules = list(dict.fromkeys(e.module for e in (*model.species, *model.reactions, *model.rules)))
    ordered = [m for m in _WORDS if m in modules] + [m for m in modules if m not in _WORDS]
    titles = {m: _WORDS.get(m, m.capitalize() or "Body") for m in ordered}
    links = Links(model)
    pages = {f"{m or 'body'}.md": docs_pages.module_page(model, m, titles[m], links) for m in ordered}
    pages["parameters.md"] = docs_tables.parameters_page(model, links)
    pages["observables.md"] = docs_tables.observables_page(model, links)
    pages["edges.md"] = docs_tables.edges_page(model, links)
    pages["subtypes.md"] = docs_tables.subtypes_page(model, links)
    pages["exposures.md"] = docs_tables.exposures_page(model, links)
    pages["index.md"] = docs_pages.index_page(model, titles)
    return pages


def write_science_docs(model, folder):
    """Write every page of the science into ``folder`` and return their paths, sorted."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in science_docs(model).items():
        path = folder / name
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return sorted(written)


def write_drug_docs(model, folder):
    """Write the page of the drugs, whose figures are computed in ``model``, into ``folder``; about half a minute."""
    path = Path(folder) / "drugs.md"
    path.write_text(docs_drugs.drugs_page(model, Links(model), docs_drugs.compute(model)), encoding="utf-8")
    return path


def main(arguments):
    """Write the documentation of the shipped network and drugs, ``docs/science`` by default."""
    folder, model = Path(arguments[0] if arguments else "docs/science"), load_model()
    written = [*write_science_docs(model, folder), write_drug_docs(model, folder)]
    print(f"{len(written)} pages in {folder}")


if __name__ == "__main__":
    main(sys.argv[1:])

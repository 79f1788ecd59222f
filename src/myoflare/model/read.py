"""Open a network: text and tables become one frozen, checked ``Model``."""

import hashlib
import stat
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

from myoflare.base.errors import ModelError
from myoflare.model.antimony_text import antimony_to_sbml
from myoflare.model.check import check_literals, check_names, check_units, check_values, join_tables
from myoflare.model.constructs import refuse_depth, refuse_entities
from myoflare.model.records import Action, Change, Model
from myoflare.model.sbml_document import parse_document
from myoflare.model.sbml_read import to_records
from myoflare.model.start import settled
from myoflare.model.tables import read_observables, read_parameters

ANTIMONY_SUFFIXES = (".ant", ".txt")
SBML_SUFFIXES = (".xml", ".sbml")


def load_model(path: str | Path | None = None) -> Model:
    """Read and check a network: the shipped one, or Antimony (.ant, .txt) or SBML (.xml, .sbml) at ``path``.

    ``parameters.tsv`` and ``observables.tsv`` are read from the same folder. Antimony text with a parameters table is
    held to the house rules: units everywhere, every number in the table. SBML without tables is taken as it comes.
    Raises ModelError with one sentence that says where the fault is.
    """
    path = Path(path) if path is not None else Path(str(files("myoflare") / "science" / "network" / "body.ant"))
    try:
        return _load(path)
    except RecursionError:
        raise ModelError(str(path), "formulas nested too deeply", "simple formulas") from None


def _load(path: Path) -> Model:
    text = read_text(path)
    antimony = path.suffix.lower() in ANTIMONY_SUFFIXES
    text, modules = antimony_to_sbml(path) if antimony else (text, ())
    document = parse_document(text, path, lines=not antimony)
    model = to_records(document, path, modules)
    if not (model.species or model.rules or model.parameters or model.events or model.symbols):
        raise ModelError(str(path), "no state and no rule in it", "a model in which something changes")
    parameters, observables = path.with_name("parameters.tsv"), path.with_name("observables.tsv")
    if antimony and observables.exists():
        model = replace(model, observables=read_observables(observables))
    if antimony and parameters.exists():
        refuse_typed_values(document, path)
        model = join_tables(model, read_parameters(parameters))
        check_literals(model)
        check_names(model)
        model = check_units(model)
    check_values(model)
    return settle(model)


def read_text(path: Path) -> str:
    """Text of a model file; ModelError for what is no readable text."""
    try:
        folder = stat.S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError) as fault:
        raise ModelError(str(path), getattr(fault, "strerror", "") or str(fault), "a readable model file") from fault
    if folder:
        raise ModelError(str(path), "a folder", "a .ant, .txt, .xml or .sbml file")
    if path.suffix.lower() not in ANTIMONY_SUFFIXES + SBML_SUFFIXES:
        raise ModelError(str(path), f"a file ending in {path.suffix or 'nothing'}", "a .ant, .txt, .xml or .sbml file")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as fault:
        raise ModelError(str(path), f"byte {fault.start} is not UTF-8", "a text file") from fault
    except OSError as fault:
        raise ModelError(str(path), fault.strerror or str(fault), "a readable model file") from fault
    if not text.strip():
        raise ModelError(str(path), "an empty file", "a model")
    refuse_entities(text, path)
    if path.suffix.lower() in SBML_SUFFIXES:
        refuse_depth(text, path)
    return text


def refuse_typed_values(document, path: Path) -> None:
    """ModelError for a number of a parameter that stands in the text and not in the table."""
    ruled = {r.getVariable() for r in document.getModel().getListOfRules()}
    for p in document.getModel().getListOfParameters():
        if p.isSetValue() and p.getId() not in ruled:
            raise ModelError(
                f"{path.name}, {p.getId()}", f"the value {p.getValue():g} typed into the text",
                "values in parameters.tsv only",
            )  # fmt: skip


def with_values(model: Model, values: Mapping[str, float], schedule: Sequence[Action] = ()) -> Model:
    """``model`` with some parameters replaced and a schedule added; starting values that depend on them follow.

    Raises ModelError for an unknown parameter, or an action on an unknown parameter or state.
    """
    known, states = model.values(), {s.id for s in model.species}
    for name in [*values, *(a.parameter for a in schedule if isinstance(a, Change))]:
        if name not in known:
            raise ModelError(model.id, f"unknown parameter {name}", "a parameter of the model")
    for action in schedule:
        if not isinstance(action, Change) and action.state not in states:
            raise ModelError(model.id, f"unknown state {action.state}", "a state of the model")
    parameters = tuple(
        replace(p, value=float(values[p.id]), formula="") if p.id in values else p for p in model.parameters
    )
    ordered = tuple(sorted((*model.schedule, *schedule), key=lambda c: c.day))
    return settle(replace(model, parameters=parameters, schedule=ordered))


def settle(model: Model) -> Model:
    """Starting values from their formulas, and the digest of all that is then fixed."""
    model = settled(model)
    return replace(model, digest=digest(model))


def digest(model: Model) -> str:
    """Sixteen hexadecimal digits that identify structure, numbers and schedule; titles and notes do not count."""
    parts = [
        [(s.id, s.unit, s.rest) for s in model.species],
        [(p.id, p.value, p.unit) for p in model.parameters],
        [(f.id, f.arguments, f.formula) for f in model.functions],
        [(r.id, r.formula) for r in model.rules],
        [(r.id, r.law, sorted(r.stoichiometry.items())) for r in model.reactions],
        [(o.id, o.formula, o.unit) for o in model.observables],
        [tuple(v for k, v in vars(action).items() if k != "label") for action in model.schedule],
    ]
    if model.events:
        parts.append([replace(event, label="") for event in model.events])
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

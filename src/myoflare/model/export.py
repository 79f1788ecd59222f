"""Write a model for other programs: SBML, a PEtab folder, a COMBINE archive."""

import math
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from myoflare.base.errors import ModelError
from myoflare.model.records import Model, Observable
from myoflare.model.sbml_write import to_sbml
from myoflare.model.sedml import manifest, sedml
from myoflare.store import write_whole

MEASUREMENT_COLUMNS = ["observableId", "simulationConditionId", "measurement", "time"]
EPOCH = (1980, 1, 1, 0, 0, 0)  # the same model gives the same archive, byte for byte
LONGEST_YEARS = 100
PETAB_YAML = """format_version: 1
parameter_file: parameters.tsv
problems:
  - sbml_files: [model.xml]
    condition_files: [conditions.tsv]
    observable_files: [observables.tsv]
    measurement_files: [measurements.tsv]
"""


def write_sbml(model: Model, path: str | Path, initial: Mapping[str, float] | None = None) -> Path:
    """Write SBML Level 3 Version 2 with values, starting amounts (``initial`` by species id) and schedule as events.

    Raises StoreError when the place cannot be written; nothing half-written stays under the final name.
    """
    text = to_sbml(model, initial)
    return write_whole(path, lambda draft: draft.write_text(text, encoding="utf-8"), force=True)


def write_petab(
    model: Model,
    folder: str | Path,
    initial: Mapping[str, float] | None = None,
    measurements: pd.DataFrame | None = None,
) -> Path:
    """Write a PEtab 1 problem (Schmiester 2021, doi:10.1371/journal.pcbi.1008646): yaml, SBML and four tables.

    ``measurements`` has PEtab's columns and the condition ``person``; by default the table is empty. The folder must
    not exist yet, or be empty. Raises StoreError when the place cannot be written.
    """

    def fill(draft: Path) -> None:
        draft.mkdir()
        (draft / "problem.yaml").write_text(PETAB_YAML, encoding="utf-8")
        (draft / "model.xml").write_text(to_sbml(model, initial), encoding="utf-8")
        tables = {
            "parameters": _parameters(model),
            "observables": pd.DataFrame([_observable(o) for o in model.observables]),
            "conditions": pd.DataFrame({"conditionId": ["person"], "conditionName": ["as in model.xml"]}),
            "measurements": pd.DataFrame(columns=MEASUREMENT_COLUMNS) if measurements is None else measurements,
        }
        for name, table in tables.items():
            table.to_csv(draft / f"{name}.tsv", sep="\t", index=False)

    return write_whole(folder, fill)


def _parameters(model: Model) -> pd.DataFrame:
    rows = [
        {
            "parameterId": p.id,
            "parameterName": p.description or p.id,
            "parameterScale": p.scale,
            "lowerBound": "" if math.isnan(p.lower) else repr(p.lower),
            "upperBound": "" if math.isnan(p.upper) else repr(p.upper),
            "nominalValue": repr(p.value),
            "estimate": int(p.estimate),
            "unit": p.unit,
            "source": p.source,
            "confidence": p.confidence,
            "prior": p.prior,
        }
        for p in model.parameters
    ]
    return pd.DataFrame(rows)


def _observable(o: Observable) -> dict[str, str]:
    """PEtab says the scale of noise by a transformation and keeps the distribution's own name for its shape."""
    scale = o.noise_distribution if o.noise_distribution in ("log", "log10") else "lin"
    return {
        "observableId": f"observable_{o.id}",
        "observableName": o.name or o.id,
        "observableFormula": o.formula,
        "observableTransformation": scale,
        "noiseFormula": o.noise or "1",
        "noiseDistribution": "laplace" if o.noise_distribution == "laplace" else "normal",
        "unit": o.unit,
        "description": o.description,
        "source": o.source,
    }


def write_omex(model: Model, path: str | Path, initial: Mapping[str, float] | None = None, years: float = 3.0) -> Path:
    """Write a COMBINE archive: manifest, SBML, and SED-ML that runs it for ``years`` and reports every state daily.

    Raises ModelError when ``years`` is not above 0 and at most 100, StoreError when the place cannot be written.
    """
    if not 0 < years <= LONGEST_YEARS:
        raise ModelError("years", f"{years:g}", f"a number above 0 and up to {LONGEST_YEARS}")
    members = {
        "manifest.xml": manifest(),
        "model.xml": to_sbml(model, initial),
        "simulation.sedml": sedml(model, years),
    }

    def fill(draft: Path) -> None:
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in members.items():
                member = zipfile.ZipInfo(name, date_time=EPOCH)
                member.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(member, text)

    return write_whole(path, fill, force=True)

"""Read the PEtab tables beside a network: parameters and observables, every row checked."""

import csv
import math
from pathlib import Path

from myoflare.base.errors import ModelError
from myoflare.base.units import parse_unit
from myoflare.model.records import Observable, Parameter

PARAMETER_COLUMNS = ("parameterId", "nominalValue", "unit")
OBSERVABLE_COLUMNS = ("observableId", "observableFormula")
SCALES = ("", "lin", "log", "log10")


def read_rows(path: Path, required: tuple[str, ...]) -> list[dict[str, str]]:
    """Rows of a tab-separated table as dictionaries of stripped text, with ``line`` added."""
    try:
        with open(path, newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file, delimiter="\t")
            head = [name.strip() for name in reader.fieldnames or []]
            missing = [name for name in required if name not in head]
            if missing:
                raise ModelError(str(path), f"no column {missing[0]}", "the columns " + ", ".join(required))
            rows = []
            for row in reader:
                clean = {k.strip(): (v or "").strip() for k, v in row.items() if isinstance(k, str)}
                if None in row:
                    raise ModelError(f"{path} line {reader.line_num}", "more cells than columns", f"{len(head)} cells")
                if any(clean.values()) and not clean[required[0]].startswith("#"):
                    rows.append({**clean, "line": str(reader.line_num)})
            return rows
    except UnicodeDecodeError as fault:
        raise ModelError(str(path), f"byte {fault.start} is not UTF-8", "a UTF-8 text table") from fault
    except csv.Error as fault:
        raise ModelError(str(path), str(fault), "a tab-separated table with short cells") from fault
    except OSError as fault:
        raise ModelError(str(path), fault.strerror or str(fault), "a readable table") from fault


def number(text: str, where: str, column: str, blank: float | None = None) -> float:
    """Number of a cell; an empty one is ``blank`` where that is given. Raises ModelError."""
    if not text and blank is not None:
        return blank
    try:
        value = float(text)
    except ValueError:
        raise ModelError(where, f"{column} is {text!r}", "a number") from None
    if math.isnan(value) or (math.isinf(value) and column == "nominalValue"):
        raise ModelError(where, f"{column} is {text!r}", "a finite number")
    return value


def _parameter(row: dict[str, str], path: Path) -> Parameter:
    name = row["parameterId"]
    where = f"{path.name} line {row['line']}, {name}"
    if not row["unit"]:
        raise ModelError(where, "the unit is empty", "a unit such as 1/day, or dimensionless")
    try:
        parse_unit(row["unit"])
    except ValueError as fault:
        raise ModelError(where, str(fault), "a unit built from the known names") from None
    value = number(row["nominalValue"], where, "nominalValue")
    lower = number(row.get("lowerBound", ""), where, "lowerBound", math.nan)
    upper = number(row.get("upperBound", ""), where, "upperBound", math.nan)
    if value < lower or value > upper:
        raise ModelError(where, f"nominalValue {value:g} lies outside its bounds", f"{lower:g} to {upper:g}")
    scale = row.get("parameterScale", "")
    if scale not in SCALES:
        raise ModelError(where, f"parameterScale is {scale!r}", "lin, log or log10")
    keep = {key: row.get(key, "") for key in ("description", "source", "confidence", "prior")}
    return Parameter(
        id=name, value=value, unit=row["unit"], lower=lower, upper=upper, scale=scale or "lin",
        estimate=row.get("estimate", "") in ("1", "true", "True"), **keep,
    )  # fmt: skip


def read_parameters(path: Path) -> dict[str, Parameter]:
    """Rows of ``parameters.tsv`` by id, in table order. Raises ModelError naming line and id."""
    table: dict[str, Parameter] = {}
    for row in read_rows(path, PARAMETER_COLUMNS):
        parameter = _parameter(row, path)
        if parameter.id in table:
            raise ModelError(f"{path.name} line {row['line']}", f"a second row for {parameter.id}", "one row each")
        table[parameter.id] = parameter
    return table


def read_observables(path: Path) -> tuple[Observable, ...]:
    """Rows of ``observables.tsv`` in table order. Raises ModelError naming line and id."""
    table: dict[str, Observable] = {}
    for row in read_rows(path, OBSERVABLE_COLUMNS):
        where = f"{path.name} line {row['line']}, {row['observableId']}"
        if row["observableId"] in table:
            raise ModelError(where, "a second row for this observable", "one row each")
        if row.get("unit"):
            try:
                parse_unit(row["unit"])
            except ValueError as fault:
                raise ModelError(where, str(fault), "a unit built from the known names") from None
        table[row["observableId"]] = Observable(
            id=row["observableId"],
            name=row.get("observableName", ""),
            formula=row["observableFormula"],
            unit=row.get("unit", ""),
            noise=row.get("noiseFormula", ""),
            noise_distribution=row.get("noiseDistribution", "") or "normal",
            description=row.get("description", ""),
            source=row.get("source", ""),
            group=row.get("group", ""),
        )
    return tuple(table.values())

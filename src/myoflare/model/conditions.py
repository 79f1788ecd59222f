"""Read a PEtab condition table: each row names a subtype and the few parameters it changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from myoflare.base.errors import ModelError
from myoflare.model.records import Model
from myoflare.model.tables import number, read_rows

TEXT_COLUMNS = ("conditionId", "conditionName", "description", "source", "line")


@dataclass(frozen=True)
class Condition:
    """One row: ``values`` maps parameter id to the value that replaces its default."""

    id: str
    name: str
    description: str
    source: str
    values: Mapping[str, float]


def load_conditions(path: str | Path, model: Model | None = None) -> dict[str, Condition]:
    """Rows of a condition table by id; a blank cell keeps the default. With ``model``, columns must be its parameters.

    Raises ModelError naming the line and column at fault.
    """
    path = Path(path)
    known = None if model is None else set(model.values())
    table: dict[str, Condition] = {}
    for row in read_rows(path, ("conditionId",)):
        where = f"{path.name} line {row['line']}, {row['conditionId']}"
        if row["conditionId"] in table:
            raise ModelError(where, "a second row for this condition", "one row each")
        cells = {k: v for k, v in row.items() if k not in TEXT_COLUMNS and v}
        unknown = sorted(set(cells) - known) if known is not None else []
        if unknown:
            raise ModelError(where, f"column {unknown[0]} is no parameter of the model", "parameter ids as columns")
        values = {name: number(text, where, name) for name, text in cells.items()}
        table[row["conditionId"]] = Condition(
            row["conditionId"], row.get("conditionName", ""), row.get("description", ""), row.get("source", ""), values
        )
    return table

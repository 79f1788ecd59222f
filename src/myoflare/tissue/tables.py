"""The numbers of ``science/tissue``: a table of parameters as a mapping, every row checked."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from myoflare.base.errors import TissueError
from myoflare.model.tables import number, read_rows
from myoflare.store import science_path

COLUMNS = ("parameter", "value", "low", "high", "unit", "description", "source", "confidence")


@cache
def geometry_table() -> Mapping[str, float]:
    """``science/tissue/geometry.tsv``: parameter -> value, in the units of the table (um, um^2, 1/mm^2)."""
    path = science_path("tissue", "geometry.tsv")
    return MappingProxyType({r["parameter"]: checked(path, r) for r in read_rows(path, COLUMNS)})


def checked(path, row) -> float:
    """The value of a row, which must lie between its ``low`` and its ``high``. Raises TissueError."""
    where = f"{path} line {row['line']}"
    value, low, high = (number(row[c], where, c) for c in ("value", "low", "high"))
    if not low <= value <= high:
        raise TissueError(where, f"value {value:g}", f"between {low:g} and {high:g}")
    return value


@cache
def rules_table() -> Mapping[str, float]:
    """``science/tissue/rules.tsv``: what cells and fibres do in space; what the network knows stands in its table."""
    path = science_path("tissue", "rules.tsv")
    return MappingProxyType({r["parameter"]: checked(path, r) for r in read_rows(path, COLUMNS)})

"""What one drug does to the kinetics of another where the two networks do not meet: rows of a table.

Interactions that follow from shared equations (FcRn blockade and infused IgG on every antibody) are not in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from myoflare.base.errors import TherapyError
from myoflare.model.tables import number, read_rows
from myoflare.store import science_path
from myoflare.therapy.measured import Measured
from myoflare.therapy.rules import Condition, parse_condition

COLUMNS = ("drug", "other", "condition", "parameter", "factor", "source")


@dataclass(frozen=True)
class Interaction:
    """``parameter`` of ``drug`` times ``factor`` while ``other`` is taken and ``when`` (None: always) holds of it."""

    drug: str
    other: str
    when: Condition | None
    parameter: str
    factor: float
    source: str
    confidence: str = ""


@cache
def interactions() -> tuple[Interaction, ...]:
    """Rows of ``science/drugs/interactions.tsv``, in the order of the table. Raises TherapyError, ModelError."""
    path = science_path("drugs", "interactions.tsv")
    return tuple(_row(row, f"{path.name} line {row['line']}") for row in read_rows(path, COLUMNS))


def _row(row: Mapping[str, str], where: str) -> Interaction:
    factor = number(row["factor"], where, "factor")
    if factor <= 0:
        raise TherapyError(where, f"factor {factor:g}", "a factor above 0")
    when = parse_condition(row["condition"], {"daily": Measured("higher")}, where=where) if row["condition"] else None
    keep = {key: row.get(key, "") for key in ("drug", "other", "parameter", "source", "confidence")}
    return Interaction(when=when, factor=factor, **keep)


def interaction_factors(daily: Mapping[str, float]) -> dict[tuple[str, str], float]:
    """Factors by (drug, parameter) for drugs that are taken together.

    ``daily`` is the dose per day of each drug, in the unit of its route (mg for tablets); names may be those of drugs
    outside the library that the table knows, such as ``allopurinol``. Two drugs that act on a parameter in the same
    way by the same factor (two steroids) count once; different factors are multiplied.

    >>> interaction_factors({"ciclosporin": 250, "prednisone": 25})[("ciclosporin", "F")]
    0.78
    """
    found: dict[tuple[str, str], set[float]] = {}
    for row in interactions():
        taken = daily.get(row.drug, 0) > 0 and daily.get(row.other, 0) > 0
        if taken and (row.when is None or row.when.holds({"daily": daily[row.other]})):
            found.setdefault((row.drug, row.parameter), set()).add(row.factor)
    result = {}
    for key, factors in found.items():
        result[key] = 1.0
        for factor in sorted(factors):
            result[key] *= factor
    return result

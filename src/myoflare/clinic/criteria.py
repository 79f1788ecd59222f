"""The 2017 EULAR/ACR criteria read off a course on a day, without or with a biopsy.

    classify(course, day=240).probability
    classify(course, day=240, biopsy=score_section(section)["EULAR_ACR"].by_item()).level

Weights, conditions and what cannot be seen here stand in ``science/criteria.yaml``. Source: Lundberg 2017 Ann Rheum Dis
76:1955, doi:10.1136/annrheumdis-2017-211468. A classification for research: no diagnosis of anybody.
"""

import math
from dataclasses import dataclass
from functools import cache

from myoflare.base.errors import StoreError
from myoflare.clinic.thresholds import Condition, holds
from myoflare.store import science_document


@dataclass(frozen=True)
class Classification:
    """``items`` maps what counted to its weight; ``level`` is definite, probable or no myositis."""

    items: dict[str, float]
    total: float
    probability: float
    level: str
    with_biopsy: bool


def classify(course, day, biopsy=None):
    """The ``Classification`` on ``day`` of a course; age is that on day 0, the onset of what a course shows.

    ``biopsy`` maps the biopsy items of the criteria to points, as ``myoflare.tissue.scores`` reads them off a section.
    Raises StoreError for a day outside the course.
    """
    last = float(course["time"].values[-1])
    if not 0 <= day <= last:
        raise StoreError("day", f"{day:g}", f"a day of the course, 0 to {last:g}")
    text, which = criteria_text(), "without" if biopsy is None else "with"
    seen = course.sel(time=course["time"] <= day)
    age = float(course.attrs.get("age_years", math.nan))
    items = {name: row[which] for name, row in text["age"].items() if row["from"] <= age < row["to"]}
    for name, row in text["items"].items():
        if any(holds(Condition(**condition), seen) for condition in row.get("any", ())):
            items[name] = row[which]
    if biopsy is not None:
        items |= {name: points for name, points in biopsy.items() if points > 0}
    total = sum(items.values())
    probability = 1 / (1 + math.exp(text["probability"]["shift"][which] - total))
    level = next((word for word, least in text["levels"].items() if total >= least[which]), "no myositis")
    return Classification(items, float(total), float(probability), level, biopsy is not None)


@cache
def criteria_text():
    """The parsed ``science/criteria.yaml``."""
    return science_document("criteria.yaml").data

"""A pathologist's scores, read off the morphometry by the conditions of ``science/tissue/scores.yaml``.

``JDM`` is the biopsy score of juvenile dermatomyositis; ``EULAR_ACR`` holds the four biopsy items of the 2017 criteria,
with the weights that they add there.
"""

import re
from dataclasses import dataclass
from functools import cache

from myoflare.base.errors import TissueError
from myoflare.store import science_document
from myoflare.tissue.morphometry import measure_section

CONDITION = re.compile(r"^(\w+) (>=|<) (\d+(?:\.\d+)?)$")


@dataclass(frozen=True)
class Item:
    """``points`` of at most ``most``. ``why`` names the conditions that held, or why the item is always absent."""

    name: str
    domain: str
    points: float
    most: float
    why: str


@dataclass(frozen=True)
class Score:
    name: str
    title: str
    items: tuple[Item, ...]

    @property
    def points(self):
        return sum(item.points for item in self.items)

    @property
    def most(self):
        return sum(item.most for item in self.items)

    def by_item(self):
        """Item -> points."""
        return {item.name: item.points for item in self.items}

    def domains(self):
        """Domain -> (points, most)."""
        parts = {item.domain: [i for i in self.items if i.domain == item.domain] for item in self.items}
        return {d: (sum(i.points for i in items), sum(i.most for i in items)) for d, items in parts.items()}


def score_section(section) -> dict[str, Score]:
    """Name -> ``Score`` of a ``Section``."""
    return score_findings(measure_section(section))


def score_findings(found) -> dict[str, Score]:
    """Name -> ``Score`` of findings as from ``measure_section``."""
    values = {name: finding.value for name, finding in found.items()}
    return {
        name: Score(name, text["title"], tuple(_item(n, item, values) for n, item in text["items"].items()))
        for name, text in scores_text().items()
    }


def biopsy_items(found) -> dict[str, tuple[bool, float]]:
    """The biopsy items of the 2017 EULAR/ACR criteria: name -> (whether it is there, points that it then adds).

    ``found`` is what ``measure_section`` gives. The points belong to the column "with biopsy" of the criteria.
    """
    return {item.name: (item.points > 0, item.most) for item in score_findings(found)["EULAR_ACR"].items}


@cache
def scores_text():
    """``scores`` of ``science/tissue/scores.yaml``, every condition read once. Raises TissueError."""
    document = science_document("tissue", "scores.yaml")
    for score, text in document.data["scores"].items():
        for name, item in text["items"].items():
            where = document.where("scores", score, "items", name)
            if ("absent" in item) == ("points" in item):
                raise TissueError(where, "neither or both of points and absent", "one of them")
            if not item.get("source"):
                raise TissueError(where, "no source", "where the item and its threshold come from")
            for line in item.get("points", {}).values():
                for condition in line:
                    parts(condition, where)
    return document.data["scores"]


def parts(condition, where="condition"):
    """(finding, sign, bound) of each part of a condition; all must hold. Raises TissueError."""
    found = [CONDITION.match(part.strip()) for part in condition.split(" and ")]
    if not all(found):
        raise TissueError(where, f"condition {condition!r}", "'finding >= number' or 'finding < number'")
    return [(m[1], m[2], float(m[3])) for m in found]


def _item(name, text, values):
    weight = text.get("weight", 1)
    if "absent" in text:
        return Item(name, text["domain"], 0, text["most"] * weight, f"never seen here: {text['absent']}")
    lines = text["points"]
    for points in sorted(lines, reverse=True):
        held = [c for c in lines[points] if all(_holds(p, values, name) for p in parts(c))]
        if held:
            return Item(name, text["domain"], points * weight, max(lines) * weight, "; ".join(held))
    return Item(name, text["domain"], 0, max(lines) * weight, "")


def _holds(part, values, item):
    name, sign, bound = part
    if name not in values:
        raise TissueError(f"scores.yaml, {item}", f"unknown finding {name!r}", "a finding of morphometry.py")
    return values[name] >= bound if sign == ">=" else values[name] < bound
